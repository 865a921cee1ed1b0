import pytest

from hueset.builder.splits import (
    assign_group_splits,
    assign_split,
    hash_position,
    hash_positions,
    join_clusters,
    strictest_split,
)

SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}


def test_a_group_keeps_its_split_for_ever() -> None:
    found = [assign_split(name, SHARES, "v1") for name in ("01_01", "01_02", "08_12")]
    assert found == ["validation", "train", "train"]
    assert hash_position("01_01", "v1") == 0.8256064939557411


def test_the_places_of_many_groups_are_those_of_each() -> None:
    groups = ["", "01_01", "ß", *map(str, range(500))]
    assert hash_positions(groups, "v1").tolist() == [hash_position(group, "v1") for group in groups]
    assert assign_group_splits(groups, SHARES, "v1") == [
        assign_split(group, SHARES, "v1") for group in groups
    ]
    assert assign_group_splits([], SHARES) == []


def test_shares_are_met_over_many_groups() -> None:
    found = [assign_split(str(at), SHARES) for at in range(5000)]
    assert found.count("test") == pytest.approx(500, abs=70)


def test_shares_that_do_not_sum_to_one_are_refused() -> None:
    with pytest.raises(ValueError, match="not 1"):
        assign_split("a", {"train": 0.8, "test": 0.1})


def test_a_cluster_is_named_by_its_smallest_member_whatever_the_order() -> None:
    pairs = [("d", "c"), ("b", "a"), ("c", "b"), ("x", "y")]
    assert (
        join_clusters(pairs)
        == join_clusters(reversed(pairs))
        == {
            "a": "a",
            "b": "a",
            "c": "a",
            "d": "a",
            "x": "x",
            "y": "x",
        }
    )


def test_the_strictest_split_wins() -> None:
    assert strictest_split(["train", "test", "validation"]) == "test"
