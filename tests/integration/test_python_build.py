"""Building from Python: the command's engine, its errors, its progress, and how it is stopped."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import hueset
from tests.support.in_process_build import environment_of
from tests.support.pets_project import write_pets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BUILDING = {"workers": 1}


@pytest.fixture
def build(pets: Path, tmp_path: Path) -> Callable[..., hueset.BuiltVersion]:
    def call(**options: object) -> hueset.BuiltVersion:
        given = {"project": pets, "mirror": pets / "mirror", "store": tmp_path / "store"}
        built: hueset.BuiltVersion = hueset.build("pets", **{**BUILDING, **given, **options})
        return built

    return call


def test_a_build_gives_the_version_and_says_how_it_came_about(
    build: Callable[..., hueset.BuiltVersion], tmp_path: Path
) -> None:
    events: list[hueset.BuildEvent] = []
    built = build(progress=events.append)
    assert (built.result.state, built.result.units, built.verdict) == ("built", 2, "warn")
    assert built == hueset.open_store(tmp_path / "store").version("pets")
    assert built.table("pets").rows == 10
    calm = built.coverage["calm"]
    assert (calm.verdict, calm.examples) == ("trainable", 10)
    assert built.coverage.with_verdict("absent") == ("shiny",)
    assert built.gate.findings[0].verdict == "warn"
    assert repr(built.gate.findings[0]).startswith("<warn ")
    assert built.card.startswith("---\n")
    steps = list(dict.fromkeys(event.step for event in events))
    assert steps == list(hueset.BuildStep)
    counted = [one for one in events if one.step is hueset.BuildStep.UNITS]
    assert [(one.done, one.total, one.name) for one in counted] == [
        (0, 2, None),
        (1, 2, "a.csv"),
        (2, 2, "b.csv"),
    ]
    again = build()
    assert (again.result.state, again) == ("unchanged", built)

    # The evidence of the same version: every byte, and what it may be used for.
    assert not built.verify().faults
    assert built.ready("calm", minimum=10)
    assert not built.ready("calm", minimum=11)
    file = next((built.path / "data").rglob("*.parquet"))
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert [fault.path for fault in built.verify().faults] == [
        file.relative_to(built.path).as_posix()
    ]
    answer = built.ready("calm")
    assert not answer
    assert "not what the manifest says" in answer.reasons[0]


def test_ctrl_c_leaves_the_store_as_it_was_and_the_next_build_goes_on(
    build: Callable[..., hueset.BuiltVersion], tmp_path: Path
) -> None:
    def stop(event: hueset.BuildEvent) -> None:
        if event.name == "a.csv":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(progress=stop)
    assert list((tmp_path / "store/pets/_staging").iterdir()) == []
    store = hueset.open_store(tmp_path / "store")
    assert store.datasets() == []
    built = build(store=store)
    assert (built.result.state, built.result.reused) == ("built", 1)


def test_a_version_that_fails_its_gate_is_raised_and_kept_in_the_projects_own_store(
    pets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite = pets / "expectations/pets/pets.yaml"
    suite.write_text(suite.read_text().replace("max_value: 1}", "max_value: 0.5}"))
    monkeypatch.chdir(pets)
    with pytest.raises(hueset.errors.GateFailedError, match="did not pass its gate: ") as failed:
        hueset.build("pets", sources={"pets": "mirror/pets"}, workers=1)
    version = failed.value.version
    assert (failed.value.code, failed.value.exit_code, version.verdict) == ("E_GATE", 1, "fail")
    assert any(one.verdict == "fail" for one in version.gate.findings)
    store = hueset.open_store(pets / "artifacts")
    assert store.versions("pets") == [version.name]
    with pytest.raises(hueset.errors.UnknownNameError, match="that passed"):
        store.version("pets")


def test_what_is_unknown_is_named_before_anything_is_built(
    build: Callable[..., hueset.BuiltVersion], tmp_path: Path
) -> None:
    with pytest.raises(hueset.errors.UnknownNameError, match="parameter of pets 'slat'") as told:
        build(parameters={"slat": "x"})
    assert "did you mean 'salt'?" in str(told.value.hint)
    with pytest.raises(hueset.errors.UnknownNameError, match="'proces'"):
        build(engine="proces")
    with pytest.raises(hueset.errors.UnknownNameError, match=r"^sources: unknown source of pets"):
        build(sources={"pats": "here"})
    for workers in (0, -3, "2"):
        with pytest.raises(hueset.errors.UsageError, match="a whole number of at least 1"):
            build(workers=workers)
    with pytest.raises(hueset.errors.UsageError, match="sample cannot be combined"):
        build(sample=True)
    with pytest.raises(hueset.errors.SourceMissingError):
        build(mirror=tmp_path)
    assert not (tmp_path / "store").exists()


def test_a_script_without_a_guard_is_run_once_and_not_by_its_workers_too(
    pets: Path, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import hueset\n"
        "print('once')\n"
        "def tell(event):\n"
        "    if event.step == 'tables': raise SystemExit(7)\n"
        f"hueset.build('pets', project={str(pets)!r}, mirror={str(pets / 'mirror')!r}, workers=2,\n"
        "             store='store', progress=tell)\n"
    )
    done = subprocess.run(
        [sys.executable, script.name],
        cwd=tmp_path,
        env=environment_of(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (7, "once\n"), done.stderr
    assert len(list((tmp_path / "store/pets/_units").iterdir())) == 2


def test_a_strangers_project_that_is_met_on_the_way_up_is_not_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_pets(tmp_path / "strange")
    root.chmod(0o777)
    monkeypatch.chdir(root)
    with pytest.raises(hueset.errors.ForeignProjectError):
        hueset.build("pets", mirror="mirror", workers=1)
