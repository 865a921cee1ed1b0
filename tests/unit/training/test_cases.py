import numpy as np
import pytest

from hueset.declaration.project import find_project
from hueset.errors import DeclarationError
from hueset.training.cases import read_cases, try_cases
from tests.support.training_store import REPO

SCORES = {"good": 0.8, "bad": 0.2, "fine": 0.7, "so so": 0.79}


def predict(texts: list[str]) -> dict[str, np.ndarray]:
    return {"valence": np.array([SCORES[text] for text in texts])}


def written(tmp_path, text: str):
    (tmp_path / "cases.yaml").write_text(text)
    return read_cases(tmp_path)


def test_cases_are_told_by_kind_and_by_name(tmp_path) -> None:
    cases = written(
        tmp_path,
        """
cases:
  - {target: valence, kind: plain, higher: good, lower: bad}
  - {target: valence, kind: negation, higher: bad, lower: good}
  - {target: valence, kind: synonym, alike: [good, fine]}
  - {target: valence, kind: opposite_context, higher: good, lower: so so}
""",
    )
    (told,) = try_cases(cases, ["valence"], predict, {"valence": 0.3})
    assert told["pass_rate"] == 0.5
    assert told["code"] == "cases.failed"
    assert told["by_kind"] == {
        "negation": [0, 1],
        "opposite_context": [0, 1],
        "plain": [1, 1],
        "synonym": [1, 1],
    }
    assert [one["texts"] for one in told["failed"]] == [["bad", "good"], ["good", "so so"]]


def test_a_target_without_cases_has_no_pass_rate() -> None:
    (told,) = try_cases((), ["valence"], predict, {"valence": 0.3})
    assert told["pass_rate"] is None
    assert told["targets"] == ["valence"]


def test_a_case_needs_exactly_one_pair(tmp_path) -> None:
    with pytest.raises(DeclarationError, match="either higher and lower, or alike"):
        written(tmp_path, "cases: [{target: valence, kind: plain, higher: good}]\n")


@pytest.mark.parametrize("dataset", ["vibe", "emotions", "chromatic"])
def test_the_shipped_cases_can_be_read_and_cover_every_kind(dataset: str) -> None:
    kinds = {case.kind for case in read_cases(REPO / "datasets" / dataset)}
    assert kinds == {"plain", "negation", "metaphor", "synonym", "opposite_context"}


def test_every_shipped_case_is_of_a_target_that_there_is() -> None:
    project = find_project(REPO)
    known = {
        dataset: {name for one in project.dataset(dataset).coverage.classes for name in one.classes}
        for dataset in ("vibe", "chromatic")
    }
    for case in read_cases(REPO / "datasets/emotions"):
        assert case.target in known["vibe"]
    for case in read_cases(REPO / "datasets/chromatic"):
        kind, _, name = case.target.partition(":")
        assert kind in {"type", "has_markers"}
        assert not name or name in known["chromatic"]


def test_a_difference_too_small_to_be_meant_does_not_pass(tmp_path) -> None:
    cases = written(tmp_path, "cases: [{target: valence, kind: plain, higher: good, lower: so so}]")
    (told,) = try_cases(cases, ["valence"], predict, {"valence": 0.3})
    assert told["pass_rate"] == 0
