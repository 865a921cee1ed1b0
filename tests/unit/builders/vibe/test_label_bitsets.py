from __future__ import annotations

import polars as pl
import pytest

from hueset_builders.vibe.label_bitsets import (
    as_set,
    class_bits,
    class_votes,
    describe_sets,
    set_members,
)

NAMES = ("joy", "anger", "grief")
ANGER, GRIEF, JOY = 1, 2, 4


def test_bits_stand_in_the_order_of_the_names() -> None:
    assert class_bits(NAMES) == {"anger": ANGER, "grief": GRIEF, "joy": JOY}


def test_more_classes_than_bits_are_refused() -> None:
    assert len(class_bits([str(at) for at in range(32)])) == 32
    with pytest.raises(ValueError, match="33 classes"):
        class_bits([str(at) for at in range(33)])


def test_a_set_holds_the_classes_that_are_given_and_nothing_else() -> None:
    rows = pl.DataFrame({"joy": [1, 0, None, 2], "anger": [1, 0, 1, 0], "grief": [0, 0, 0, 1]})
    assert rows.select(as_set(NAMES)).to_series().to_list() == [ANGER + JOY, 0, ANGER, GRIEF]


def test_members_of_each_different_set_stand_in_the_order_of_names() -> None:
    sets = pl.Series([JOY + ANGER, 0, GRIEF, JOY + ANGER], dtype=pl.UInt32)
    found = set_members(sets, NAMES).sort("given", maintain_order=True)
    assert found.rows() == [(GRIEF, "grief"), (ANGER + JOY, "anger"), (ANGER + JOY, "joy")]


def test_a_set_is_described_by_its_classes_and_whether_one_was_not_rated() -> None:
    sets = pl.Series([JOY + ANGER, 0, GRIEF + ANGER, JOY + ANGER], dtype=pl.UInt32)
    told = describe_sets(sets, NAMES, ["grief"]).sort("given")
    assert told.rows() == [
        (ANGER + GRIEF, "anger, grief", True),
        (ANGER + JOY, "anger, joy", False),
    ]
    assert not describe_sets(sets, NAMES, [])["unrated"].any()


def test_votes_are_counted_per_comment_and_class() -> None:
    ratings = pl.DataFrame(
        {"comment": [0, 0, 0, 2, 3], "given": [JOY, JOY + ANGER, 0, JOY, GRIEF]},
        schema={"comment": pl.UInt32, "given": pl.UInt32},
    )
    assert class_votes(ratings, NAMES).rows() == [
        (0, "anger", 1),
        (0, "joy", 2),
        (2, "joy", 1),
        (3, "grief", 1),
    ]
