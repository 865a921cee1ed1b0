"""The words of documents: each says what follows from it, and stands in quotes in one place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hueset.builder import Finding
from hueset.documents.verdicts import CoverageVerdict, Severity, Tone, Verdict
from hueset.render.html import STYLE
from hueset.render.terminal.words import STYLES, colour_verdict
from hueset.training.errors import RefusedTrainingError
from hueset.training.preflight import choose_targets
from hueset.training.task import Target
from hueset_api.badge import COLOURS

REPO = Path(__file__).parents[3]
QUOTED = re.compile(rf"""["']({"|".join([*Verdict, *CoverageVerdict])})["']""")
OF_SOMETHING_ELSE = {
    ("hueset/build/unit_cache.py", "absent"): "a shard that is not there",
    ("hueset/cli/__init__.py", "error"): "the key of an error in JSON",
    ("hueset/declaration/base.py", "computed"): "a kind of label",
    ("hueset/declaration/fault_words.py", "error"): "a key of pydantic's",
    ("hueset/python_api/coverage.py", "absent"): "what a caller may write",
    ("hueset/python_api/coverage.py", "trainable"): "what a caller may write",
    ("hueset/release/hub/loading.py", "error"): "what a process of its own answers",
    ("hueset/render/html/words.py", "computed"): "a kind of label",
    ("hueset/render/terminal/output.py", "error"): "the key of an error in JSON",
    ("hueset_builders/vibe/goemotions.py", "neutral"): "a class of the corpus",
}
"""The same letters with another meaning."""


def test_a_word_of_a_verdict_stands_in_quotes_where_it_is_defined_and_nowhere_else() -> None:
    found = {}
    for root in (REPO / "src", REPO / "api", REPO / "builders"):
        files = [*root.rglob("*.py"), *root.rglob("*.html")]
        assert files
        for path in files:
            place = path.relative_to(root).as_posix()
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                for word in QUOTED.findall(line):
                    if place != "hueset/documents/verdicts.py":
                        found[place, word] = f"{place}:{number}: {line.strip()}"
    unknown = {key: where for key, where in found.items() if key not in OF_SOMETHING_ELSE}
    assert not unknown, "write Verdict.… or CoverageVerdict.… of hueset.documents.verdicts"
    assert set(OF_SOMETHING_ELSE) <= set(found), "strike out what is gone"


@pytest.mark.parametrize("one", [*Verdict, *CoverageVerdict])
def test_every_member_is_explained_and_can_be_shown(one: Verdict | CoverageVerdict) -> None:
    assert one.meaning
    assert STYLES[one.tone] in colour_verdict(one)
    letter = "v" if isinstance(one, Verdict) else "c"
    assert f".{letter}-{one}" in STYLE.read_text() or f".g-{one}" in STYLE.read_text()


def test_every_verdict_of_the_gate_has_a_colour_on_the_badge() -> None:
    assert {one.tone for one in Verdict} <= set(COLOURS)
    assert set(STYLES) == set(Tone)


def test_what_passes_and_in_which_order() -> None:
    assert [one for one in Verdict if one.passes] == ["pass", "warn"]
    assert sorted(Verdict, key=lambda one: one.rank) == ["pass", "warn", "fail", "error"]
    assert [one.verdict for one in Severity] == ["fail", "warn", "pass"]


def test_only_what_is_trainable_is_trained_unasked_and_what_is_absent_never() -> None:
    assert [one for one in CoverageVerdict if one.trainable] == ["trainable"]
    assert not [one for one in CoverageVerdict if one.trainable and one.needs_consent]
    targets = [Target(str(one), one, "why", 1) for one in CoverageVerdict]
    assert choose_targets(targets).stages == (("trainable",),)
    for one in CoverageVerdict:
        if one.trainable or one.needs_consent:
            assert choose_targets(targets, [str(one)]).stages == ((str(one),),)
        else:
            with pytest.raises(RefusedTrainingError, match=f"{one}: why"):
                choose_targets(targets, [str(one)])


def test_a_word_that_nobody_knows_is_no_verdict() -> None:
    with pytest.raises(ValueError, match="'splendid' is none of trainable, thin"):
        Target("calm", "splendid", "why", 1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'splendid', expected one of"):
        Finding("a.check", "splendid", "message")  # type: ignore[arg-type]
    assert Finding("a.check", "warn", "message").verdict is Verdict.WARN  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("count", "floor", "verdict"),
    [(0, 5, "absent"), (4, 5, "thin"), (5, 5, "trainable"), (0, 0, "absent"), (1, 0, "trainable")],
)
def test_a_mere_count_is_worth_nothing_too_little_or_enough(
    count: int, floor: int, verdict: str
) -> None:
    assert CoverageVerdict.of_count(count, floor) == verdict
