"""What became of a refused row is told by what is written now, not by its mere absence."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from hueset.build import executor
from hueset.build.quarantine import replay_quarantine
from hueset.store.store import VersionStore
from tests.support.in_process_build import Silent, build_pets, plan_pets
from tests.support.pets_project import repin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Replay = Callable[[str], dict[str, Any]]

SOUND = "tom,cat,0.1\nida,dog,0.8\n"
BAD = "rex,dog,9\nbob,dog,8\n"


@pytest.fixture
def replay(pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Replay:
    """Build with `BAD` in `a.csv`, then say what replay tells of the rows of another `a.csv`."""
    monkeypatch.setattr(executor, "one_blas_thread", lambda: True)
    store = VersionStore(tmp_path / "store")

    def give(text: str) -> None:
        (pets / "mirror/pets/a.csv").write_text(text)
        repin(pets)

    def again(text: str) -> dict[str, Any]:
        if not store.versions("pets"):
            give(SOUND + BAD)
            build_pets(pets, store.root)
        give(text)
        version = store.version("pets")
        told = replay_quarantine(plan_pets(pets)[1], store, version, Silent())
        counted = ("accepted", "still", "unknown")
        assert told["refused"] == 2 == told["gone"] + sum(told[one]["count"] for one in counted)
        return {name: told[name]["examples"] for name in (*counted, "gone_rows")}

    return again


def by_line(pets: Path) -> None:
    """Let the builder name refused rows by their line."""
    maker = pets / "pets_builders/pets.py"
    text = maker.read_text()
    text = text.replace(
        "for name, kind, calm in csv", "for at, (name, kind, calm) in enumerate(csv"
    )
    text = text.replace("csv.reader(io.StringIO(text)):", "csv.reader(io.StringIO(text)), 1):")
    maker.write_text(text.replace('"pets", name, "calm', '"pets", f"{unit.key}:{at}", "calm'))


def test_a_row_that_was_deleted_is_gone_and_not_accepted(replay: Replay) -> None:
    told = replay(SOUND)
    assert told == {"accepted": [], "still": [], "unknown": [], "gone_rows": ["rex", "bob"]}


def test_a_row_that_is_written_now_is_accepted_whatever_became_of_others(replay: Replay) -> None:
    told = replay(f"{SOUND}rex,dog,0.9\nnew,dog,0.5\n")
    # Another row is new, and refused rows have the names of rows: `bob` is neither of them.
    assert told == {"accepted": ["rex"], "still": [], "unknown": [], "gone_rows": ["bob"]}
    told = replay(f"{SOUND}rex,dog,0.9\nbob,dog,7\n")
    assert told == {"accepted": ["rex"], "still": ["bob"], "unknown": [], "gone_rows": []}


def test_a_row_that_may_be_one_of_the_new_ones_is_unknown(replay: Replay) -> None:
    told = replay(f"{SOUND}dog rex,dog,0.9\n")
    assert told == {"accepted": [], "still": [], "unknown": ["rex", "bob"], "gone_rows": []}


def test_without_the_shard_of_then_the_version_itself_says_what_was_written(
    replay: Replay, tmp_path: Path
) -> None:
    replay(SOUND)
    shutil.rmtree(tmp_path / "store/pets/_units")
    assert replay(f"{SOUND}rex,dog,0.9\n")["accepted"] == ["rex"]
    assert replay(SOUND)["gone_rows"] == ["rex", "bob"]


def test_rows_named_by_their_line_are_followed_when_it_moves(replay: Replay, pets: Path) -> None:
    by_line(pets)
    told = replay(f"tom,cat,0.1\n{BAD}")
    assert told == {"accepted": [], "still": ["a.csv:2", "a.csv:3"], "unknown": [], "gone_rows": []}
    told = replay(SOUND)
    assert told["gone_rows"] == ["a.csv:3", "a.csv:4"]
    told = replay(f"{SOUND}rex,dog,0.9\n")
    assert told["unknown"] == ["a.csv:3", "a.csv:4"], "the new row may be one of them"


def test_after_a_fix_of_the_code_as_many_rows_as_are_written_more_are_accepted(
    replay: Replay, pets: Path
) -> None:
    by_line(pets)
    replay(SOUND + BAD)
    maker = pets / "pets_builders/pets.py"
    maker.write_text(maker.read_text().replace("<= float(calm) <= 1", "<= float(calm) <= 9"))
    assert replay(SOUND + BAD)["accepted"] == ["a.csv:3", "a.csv:4"]
    maker.write_text(maker.read_text().replace("rows.append", "if at != 4: rows.append"))
    told = replay(SOUND + BAD)
    assert told["unknown"] == ["a.csv:3", "a.csv:4"], (
        "one of them is written, and nobody says which"
    )


def test_under_another_key_rows_cannot_be_told_apart(replay: Replay, pets: Path) -> None:
    replay(SOUND)
    declaration = pets / "datasets/pets/dataset.yaml"
    declaration.write_text(declaration.read_text().replace("key: [name]", "key: [name, kind]"))
    assert replay(SOUND)["unknown"] == ["rex", "bob"]
