import pytest

from hueset.errors import UnknownNameError, UsageError
from hueset.store.store import VersionStore
from hueset.training.errors import RefusedTrainingError
from hueset.training.preflight import choose_targets, waiver_of
from hueset.training.task import Target
from hueset.training.waiver import waive_findings
from tests.support.training_store import mood_version

TARGETS = [
    Target("valence", "trainable", "9,000 examples", 9000),
    Target("arousal", "neutral", "68% of labels in .4-.6", 5000),
    Target("intimacy", "thin", "20 examples, floor 1,000", 20),
    Target("geometry", "absent", "no example", 0),
]


def test_what_is_thin_or_neutral_is_refused_unless_it_was_named() -> None:
    assert choose_targets(TARGETS).stages == (("valence",),)
    assert set(choose_targets(TARGETS).refused) == {"arousal", "intimacy", "geometry"}
    named = choose_targets(TARGETS, ["arousal", "intimacy"])
    assert named.stages == (("arousal", "intimacy"),)
    assert named.refused == {}


def test_what_is_absent_is_refused_even_when_it_was_named() -> None:
    choice = choose_targets(TARGETS, ["valence", "geometry"])
    assert choice.stages == (("valence",),)
    assert choice.refused == {"geometry": "absent: no example"}
    with pytest.raises(RefusedTrainingError, match="geometry: absent: no example"):
        choose_targets(TARGETS, ["geometry"])


def test_a_stage_that_lacks_data_is_refused_whole() -> None:
    choice = choose_targets(TARGETS, stages=[["valence"], ["valence", "geometry"]])
    assert choice.stages == (("valence",),)
    (refused,) = choice.refused_stages
    assert refused == {
        "stage": ["valence", "geometry"],
        "reason": "geometry is absent: no example",
    }


def test_an_unknown_target_names_the_nearest_known_one() -> None:
    with pytest.raises(UnknownNameError) as caught:
        choose_targets(TARGETS, ["valance"])
    assert "did you mean 'valence'?" in str(caught.value.hint)


def test_a_version_that_failed_needs_a_waiver_and_the_waiver_is_a_record(tmp_path) -> None:
    store, version = VersionStore(tmp_path), mood_version(tmp_path, verdict="fail")
    with pytest.raises(RefusedTrainingError, match="did not pass its gate"):
        waiver_of(store, version)
    waive_findings(store, version, why="only valence is looked at", by="a reader")
    found = waiver_of(store, version)
    assert found is not None
    assert (found.why, found.by) == ("only valence is looked at", "a reader")


def test_a_version_that_passed_needs_no_waiver(tmp_path) -> None:
    store, version = VersionStore(tmp_path), mood_version(tmp_path)
    assert waiver_of(store, version) is None
    with pytest.raises(UsageError, match="passed its gate"):
        waive_findings(store, version, why="to be sure")
