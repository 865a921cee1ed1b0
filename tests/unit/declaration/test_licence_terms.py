"""Which licence a mixture is called by: the declared one, or the strictest; never a freer one."""

from __future__ import annotations

import pytest

from hueset.declaration.licence_terms import licence_covers, strictest_licence


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["MIT", "CC-BY-NC-4.0", "CC0-1.0"], "CC-BY-NC-4.0"),
        (["CC-BY-4.0", "CC-BY-SA-4.0"], "CC-BY-SA-4.0"),
        (["CC-BY-NC-SA-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0"], "CC-BY-NC-SA-4.0"),
        # neither asks all that the other asks: both hold
        (["CC-BY-SA-4.0", "CC-BY-NC-4.0"], "CC-BY-NC-4.0 AND CC-BY-SA-4.0"),
        (["MIT AND CC-BY-NC-ND-3.0", "CC-BY-4.0"], "CC-BY-NC-ND-3.0"),
        (["CC-BY-4.0", "unstated"], "CC-BY-4.0 AND unstated"),
        (["MIT", "Apache-2.0"], "Apache-2.0 AND MIT"),
        ([], "unstated"),
    ],
)
def test_the_strictest_is_what_no_other_covers(names: list[str], expected: str) -> None:
    assert strictest_licence(names) == expected
    assert strictest_licence(names[::-1]) == expected


def test_own_words_are_covered_by_nothing_but_themselves() -> None:
    assert licence_covers("my own", "my own")
    assert not licence_covers("CC-BY-NC-ND-4.0", "my own")
    assert not licence_covers("my own", "CC-BY-NC-4.0")
