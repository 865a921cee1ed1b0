"""What the pages say in a line: which dimensions are which, and what a version did."""

from __future__ import annotations

from typing import Any

import pytest

from hueset.render.html.words import list_names
from hueset_api.routes.page import _did, _names

NOTHING: dict[str, Any] = {"rows": {}, "coverage": [], "findings": {"new": [], "gone": []}}


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([("valence", "trainable"), ("arousal", "neutral")], "valence · arousal neutral"),
        ([("a", "absent"), ("b", "absent"), ("c", "absent")], "3 absent"),
        ([("a_b", "positive_only"), ("c", "computed")], "a b positive only · c computed"),
        ([(name, "trainable") for name in "abcde"], ""),
        ([], ""),
    ],
)
def test_few_are_named_and_many_are_counted(cells: list[tuple[str, str]], said: str) -> None:
    assert _names(cells) == said


def test_a_long_list_ends_with_how_many_more() -> None:
    assert list_names(["a_a"]) == "a a"
    assert list_names(["a", "b"]) == "a and b"
    assert list_names(["a", "b", "c", "d"], 2) == "a, b and 2 more"
    assert list_names([]) == ""


def test_a_version_says_what_it_did_to_rows_verdicts_and_findings() -> None:
    moved = {"cell": "calm", "n": [3, 9], "verdict": ["thin", "positive_only"]}
    still = {"cell": "loud", "n": [3, 4], "verdict": ["thin", "thin"]}
    told = _did(
        {
            "rows": {"pets": [10, 8], "labels": [0, 1200]},
            "coverage": [moved, still],
            "findings": {"new": [{}, {}], "gone": [{}]},
        }
    )
    assert told == [
        "pets −2 rows",
        "labels +1,200 rows",
        "calm: thin → positive only",
        "2 findings new",
        "1 finding gone",
    ]


def test_many_verdicts_are_counted_and_no_change_is_said() -> None:
    moved = {"cell": "calm", "n": [3, 9], "verdict": ["thin", "trainable"]}
    assert _did({**NOTHING, "coverage": [moved] * 6})[-1] == "2 more verdicts changed"
    assert _did(NOTHING) == ["rows, coverage and findings are the same in number"]
