from __future__ import annotations

import polars as pl
import pytest

from hueset.builder.splits import hash_position
from hueset_builders.vibe.splits import assign_splits

PARAMETERS = {
    "split_salt": "s",
    "split_shares": {"train": 0.8, "validation": 0.1, "test": 0.1},
    "validation_of_train": {"imdb": 0.1},
}


def assigned(*rows: tuple[str, str, str, str | None]) -> dict[str, dict[str, object]]:
    schema = ["example_id", "source", "group_id", "upstream_split"]
    texts = pl.DataFrame(rows, schema=dict.fromkeys(schema, pl.String), orient="row")
    return {row["example_id"]: row for row in assign_splits(texts, PARAMETERS).to_dicts()}


@pytest.mark.parametrize(
    ("upstream", "ours"), [("train", "train"), ("dev", "validation"), ("test", "test")]
)
def test_the_published_split_is_kept(upstream: str, ours: str) -> None:
    found = assigned(("a", "emobank", "g", upstream))["a"]
    assert found == {"example_id": "a", "split": ours, "moved": False, "shared": False}


def test_equal_texts_go_whole_to_the_strictest_split() -> None:
    found = assigned(
        ("a", "emobank", "g", "train"), ("b", "goemotions", "g", "dev"), ("c", "imdb", "h", "test")
    )
    assert (found["a"]["split"], found["a"]["moved"], found["a"]["shared"]) == (
        "validation",
        True,
        True,
    )
    assert (found["b"]["split"], found["b"]["moved"]) == ("validation", False)
    assert found["c"]["shared"] is False


def test_a_text_without_published_split_follows_its_equal() -> None:
    found = assigned(("a", "goemotions", "g", None), ("b", "emobank", "g", "train"))
    assert found["a"]["split"] == found["b"]["split"] == "train"
    assert found["a"]["moved"] is False


def test_a_tenth_of_the_train_of_reviews_is_validation_by_group() -> None:
    groups = [f"g{n}" for n in range(2_000)]
    found = assigned(*((g, "imdb", g, "train") for g in groups))
    held = {g for g in groups if found[g]["split"] == "validation"}
    assert held == {g for g in groups if hash_position(g, "s") < 0.1}
    assert 150 < len(held) < 250
    assert all(found[g]["split"] == "train" for g in groups if g not in held)
    assert not any(row["moved"] for row in found.values())


def test_no_test_review_is_held_out_for_validation() -> None:
    groups = [f"g{n}" for n in range(200)]
    found = assigned(*((g, "imdb", g, "test") for g in groups))
    assert {row["split"] for row in found.values()} == {"test"}


def test_a_corpus_without_any_split_is_split_by_hash() -> None:
    groups = [f"g{n}" for n in range(2_000)]
    found = assigned(*((g, "goemotions", g, None) for g in groups))
    counts = {
        s: sum(r["split"] == s for r in found.values()) for s in ("train", "validation", "test")
    }
    assert counts["train"] > 1_500
    assert min(counts["validation"], counts["test"]) > 140
