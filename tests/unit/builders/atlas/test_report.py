"""What a comparison of two sources is said to show."""

from __future__ import annotations

from typing import Any

import pytest

from hueset_builders.atlas.report import describe_comparison


def row(**changed: Any) -> dict[str, Any]:
    return {
        "kind_a": "rating",
        "kind_b": "rating",
        "source_a": "norms",
        "source_b": "museum",
        "spearman": 0.85,
        "by_chance": 0.4,
        "mean_a": 0.3,
        "mean_b": 0.5,
        "whole_mean_a": 0.49,
        "whole_mean_b": 0.5,
        **changed,
    }


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "order them alike, beyond what chance reaches (±0.40)"),
        ({"spearman": -0.5}, "order them the other way round"),
        ({"by_chance": 0.88}, "prove nothing: chance alone reaches ±0.88"),
        ({"spearman": None, "by_chance": None}, "too few shared texts"),
        ({"kind_b": "tag", "mean_b": 1.0}, "-0.19 from the mean of norms: the other way"),
        ({"kind_b": "tag", "mean_b": 0.0}, "-0.19 from the mean of norms: the same way"),
        ({"kind_a": "tag", "kind_b": "tag"}, "two tags"),
    ],
)
def test_it_says_what_the_numbers_show_and_no_more(changed: dict[str, Any], said: str) -> None:
    assert said in describe_comparison(row(**changed))
