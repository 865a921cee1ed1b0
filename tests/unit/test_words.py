import pytest

from hueset.words import format_count


@pytest.mark.parametrize(
    ("count", "noun", "said"),
    [
        (0, "row", "0 rows"),
        (1, "row", "1 row"),
        (2000, "row", "2,000 rows"),
        (1, "class", "1 class"),
        (3, "class", "3 classes"),
        (2, "entry", "2 entries"),
        (2, "day", "2 days"),
    ],
)
def test_a_count_stands_with_the_right_form_of_its_noun(count: int, noun: str, said: str) -> None:
    assert format_count(count, noun) == said
