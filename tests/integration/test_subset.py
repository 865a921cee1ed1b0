"""A version of a part of the units: what it is called, and who may take it for the whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hueset.coverage.readiness import check_readiness
from hueset.errors import DeclarationError, SourceFormatError
from hueset.release.hub.errors import RefusedReleaseError
from hueset.release.hub.release import check_allowed
from hueset.store.store import VersionStore
from tests.support.in_process_build import build_pets, command, environment_of, plan_pets
from tests.support.pets_project import repin


@pytest.fixture
def choosy(pets: Path) -> Path:
    """The project, with a parameter that chooses the first files, and one that names a tool."""
    path = pets / "datasets/pets/dataset.yaml"
    text = path.read_text()
    path.write_text(
        text.replace("{salt: s}", "{salt: s, limit: null, tool: ''}\nselection: [limit]")
    )
    path = pets / "pets_builders/pets.py"
    text = path.read_text()
    text = text.replace('names("*.csv")]', 'names("*.csv")][: inputs.parameters["limit"]]')
    text = text.replace(
        'Unit(name, (("pets", name),))',
        'Unit(name, (("pets", name),), {"tool": Path(inputs.parameters["tool"]).read_text() '
        'if inputs.parameters["tool"] else ""})',
    )
    path.write_text(text.replace("import csv, io", "import csv, io\nfrom pathlib import Path"))
    return pets


def test_a_subset_says_so_in_its_name_and_has_a_pointer_of_its_own(
    choosy: Path, tmp_path: Path
) -> None:
    at = tmp_path / "store"
    part = build_pets(choosy, at, limit=1).version
    store = VersionStore(at)
    assert part.name.startswith("1.0.0+subset.")
    assert part.manifest.subset == part.subset == {"limit": 1}
    assert (store.latest("pets"), store.latest("pets", "subset")) == (None, part.name)
    assert store.version("pets").name == part.name  # there is no other
    assert "This is a subset, not the whole dataset." in (part.path / "README.md").read_text()

    whole = build_pets(choosy, at).version
    assert whole.kind == "whole"
    assert whole.subset == {}
    assert store.version("pets").name == whole.name
    assert store.version("pets", "latest-subset").name == part.name
    assert store.version("pets", "1.0.0").name == whole.name


def test_a_larger_choice_takes_over_what_a_smaller_one_made(choosy: Path, tmp_path: Path) -> None:
    assert build_pets(choosy, tmp_path / "store", limit=1).reused == 0
    assert build_pets(choosy, tmp_path / "store", limit=2).reused == 1
    assert build_pets(choosy, tmp_path / "store").reused == 2
    assert build_pets(choosy, tmp_path / "store", salt="other").reused == 0


def test_subsets_are_compared_only_where_they_were_chosen_alike(
    choosy: Path, tmp_path: Path
) -> None:
    at = tmp_path / "store"
    build_pets(choosy, at)
    assert build_pets(choosy, at, limit=1).against is None
    assert build_pets(choosy, at, limit=2).against is None
    path = choosy / "mirror/pets/b.csv"
    path.write_text(path.read_text().replace("zoe,cat,0.2", "zoe,cat,0.25"))
    repin(choosy)
    assert build_pets(choosy, at, limit=2).against is not None


def test_a_subset_is_not_ready_and_not_published_unless_asked_for_by_name(
    choosy: Path, tmp_path: Path
) -> None:
    store = VersionStore(tmp_path / "store")
    part = build_pets(choosy, store.root, limit=2).version
    answer = check_readiness(store, "pets", [])
    assert (answer.ready, answer.reasons) == (False, ("this is a subset, not the whole dataset",))
    assert check_readiness(store, "pets", [], version=part.name).ready
    with pytest.raises(RefusedReleaseError, match="a subset") as caught:
        check_allowed(store, part, [])
    assert "--allow subset" in str(caught.value.hint)
    check_allowed(store, part, ["subset"])


def test_the_shell_says_what_was_chosen(choosy: Path, tmp_path: Path) -> None:
    at = str(tmp_path / "store")
    done = command("build", "pets", "--mirror", "mirror", "--out", at, "--limit", "1", cwd=choosy)
    assert done.returncode == 0, done.stderr
    assert "(a subset: limit 1)" in done.stdout
    plan = command("plan", "pets", "--mirror", "mirror", "--out", at, "--limit", "1", cwd=choosy)
    assert "nothing to do" in plan.stdout
    for what in ("show", "coverage"):
        shown = command(what, "pets", "--out", at, cwd=choosy)
        assert "(a subset: limit 1)" in shown.stdout
    listed = json.loads(command("list", "--out", at, "--json", cwd=choosy).stdout)
    assert listed["datasets"][0]["subset"] == {"limit": 1}


def test_a_selection_that_is_no_parameter_is_refused(pets: Path) -> None:
    path = pets / "datasets/pets/dataset.yaml"
    path.write_text(path.read_text().replace("{salt: s}", "{salt: s}\nselection: [limit]"))
    with pytest.raises(DeclarationError, match="selection names 'limit'"):
        plan_pets(pets)


def test_a_tool_that_changed_makes_another_version(choosy: Path, tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text("one")
    first = build_pets(choosy, tmp_path / "store", tool=str(tool)).version
    assert build_pets(choosy, tmp_path / "store", tool=str(tool)).state == "unchanged"
    tool.write_text("two")
    second = build_pets(choosy, tmp_path / "store", tool=str(tool))
    assert second.state == "built"
    assert second.version.name != first.name


def test_no_path_of_this_machine_is_in_a_version(choosy: Path, tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text("one")
    version = build_pets(choosy, tmp_path / "store", tool=str(tool)).version
    assert version.manifest.parameters["tool"] == "tool"
    for path in version.path.rglob("*"):
        assert not path.is_file() or str(tmp_path).encode() not in path.read_bytes()


def test_replay_uses_what_the_version_was_made_with(choosy: Path, tmp_path: Path) -> None:
    path = choosy / "mirror/pets/a.csv"
    path.write_text(path.read_text() + "ann,dog,7\n")
    repin(choosy)
    at = str(tmp_path / "store")
    built = build_pets(choosy, Path(at), limit=1)
    assert built.version.manifest.quarantine == {"pets": {"calm_out_of_range": 1}}
    done = command("replay", "pets", "--mirror", "mirror", "--out", at, "--json", cwd=choosy)
    assert json.loads(done.stdout)["still"]["count"] == 1
    tried = json.loads(done.stdout)
    assert (tried["units"], tried["units_gone"]) == (1, [])


def test_replay_asks_where_a_file_lies_of_which_it_knows_the_name(
    choosy: Path, tmp_path: Path
) -> None:
    tool = tmp_path / "tool"
    tool.write_text("one")
    built = build_pets(choosy, tmp_path / "store", tool=str(tool)).version
    assert built.manifest.places == ("tool",)
    again = ["replay", "pets", "--mirror", "mirror", "--out", str(tmp_path / "store"), "--json"]
    refused = command(*again, cwd=choosy)
    assert refused.returncode == 2
    assert "--set tool=PATH" in json.loads(refused.stdout)["error"]["hint"]
    assert command(*again, "--set", f"tool={tool}", cwd=choosy).returncode == 0


def test_sources_of_which_nothing_can_be_read_are_named(pets: Path, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (pets / "mirror/pets" / name).write_text("not a csv\n")
    repin(pets)
    with pytest.raises(SourceFormatError, match="no row could be made") as caught:
        build_pets(pets, tmp_path / "store")
    assert "a.csv: not a csv" in caught.value.message
    assert "hueset sources pets" in str(caught.value.hint)


def test_refused_units_are_named(pets: Path, tmp_path: Path) -> None:
    (pets / "mirror/pets/a.csv").write_text("not a csv\n")
    repin(pets)
    found = build_pets(pets, tmp_path / "store").version.gate.findings
    refused = next(one for one in found if one.check == "input.unit_refused")
    assert (refused.count, refused.examples) == (1, ("a.csv",))


DEADLY = """
def build_unit(unit, inputs):
    import os, signal
    os.kill(os.getpid(), signal.SIGKILL)
    yield
"""


def test_a_worker_that_is_killed_is_told_as_that(pets: Path, tmp_path: Path) -> None:
    with (pets / "pets_builders/pets.py").open("a") as stream:
        stream.write(DEADLY)
    for _ in range(3):
        done = command(
            "build",
            "pets",
            "--mirror",
            "mirror",
            "--out",
            str(tmp_path / "store"),
            "--workers",
            "2",
            cwd=pets,
        )
        assert "error[E_BUILD]: a worker process died, at or near the unit" in done.stderr
        assert "Traceback" not in done.stderr
    assert not list((tmp_path / "store/pets/_units").iterdir())


SLOW = """
def build_unit(unit, inputs):
    import time
    from pathlib import Path
    Path(inputs.parameters["salt"], unit.key).write_text("started")
    time.sleep(60)
    yield
"""


def test_ctrl_c_ends_the_workers_and_takes_away_what_they_had_half_made(
    pets: Path, tmp_path: Path
) -> None:
    with (pets / "pets_builders/pets.py").open("a") as stream:
        stream.write(SLOW)
    started = tmp_path / "started"
    started.mkdir()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "hueset",
            "build",
            "pets",
            "--mirror",
            "mirror",
            "--workers",
            "2",
            "--out",
            str(tmp_path / "store"),
            "--set",
            f"salt={started}",
        ],
        cwd=pets,
        env=environment_of(),
        start_new_session=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    for _ in range(1200):
        if len(list(started.iterdir())) == 2 or process.poll() is not None:
            break
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert not list((tmp_path / "store/pets/_units").iterdir())
