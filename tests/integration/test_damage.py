"""Every kind of damage to a store, against every route and every command that reads one.

All the damaged datasets lie in one store, each harmed in one way, beside one that is sound. The
claim: a damaged one says why wherever it is asked for, and the others answer as before.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from fastapi.testclient import TestClient

from hueset.cli import entrypoint as ending
from hueset.cli.app import app
from hueset.documents.record_kinds import RecordKind
from hueset.files.hashing import file_sha256
from hueset.files.safe_paths import MOST_BYTES
from hueset.store.store import VersionStore
from hueset_api.app import create_app
from hueset_api.settings import ServiceSettings
from tests.support.pets_project import write_pets
from tests.support.renamed_dataset import rename_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SOUND = "sound"


@dataclass(frozen=True)
class Case:
    """One kind of damage.

    Attributes
    ----------
    harm
        Done to the folder of the dataset, whose only version is named.
    said
        What stands in the reason that the dataset gives; None where it stays readable.
    verified
        What `hueset verify` says: a kind of fault with the path, None where nothing is wrong with
        the files, or an error's code where no version can be opened.
    """

    harm: Callable[[Path, str], object]
    said: str | None
    verified: str | None


def in_place_of(file: str) -> dict[str, Callable[[Path], object]]:
    """Return what may lie in the place of a document, by a name for each."""

    def linked(place: Path, to: str) -> None:
        place.unlink()
        place.symlink_to(to)

    def replaced(place: Path, make: Callable[[Path], object]) -> None:
        place.unlink()
        make(place)

    return {
        "missing": lambda place: place.unlink(),
        "empty": lambda place: place.write_bytes(b""),
        "cut": lambda place: place.write_bytes(place.read_bytes()[:-20]),
        "binary": lambda place: place.write_bytes(b"\x00\xff\xfe" * 50),
        "list": lambda place: place.write_text("[]"),
        "deep": lambda place: place.write_text("[" * 100_000),
        "large": lambda place: os.truncate(place, MOST_BYTES + 1),
        "folder": lambda place: replaced(place, lambda one: one.mkdir()),
        "loop": lambda place: linked(place, place.name),
        "outside": lambda place: linked(place, "/etc/hostname"),
        "pipe": lambda place: replaced(place, os.mkfifo),
    }


def documents() -> Iterator[tuple[str, Case]]:
    """Return the damages of the documents that a version is read by."""
    for file in ("manifest.json", "coverage.json", "gate/report.json"):
        for kind, harm in in_place_of(file).items():

            def done(base: Path, version: str, file: str = file, harm: Any = harm) -> None:
                harm(base / version / file)

            said = "half deleted" if (file, kind) in HALF else file.rpartition("/")[2]
            verified = "unreadable manifest.json" if file == "manifest.json" else file
            if (file, kind) in HALF:
                verified = "E_STORE"
            yield f"{file.partition('.')[0].replace('/', '_')}_{kind}", Case(done, said, verified)


HALF = {("manifest.json", kind) for kind in ("missing", "folder", "loop", "pipe")}
"""A version whose manifest is no file is one that somebody deleted half of."""


def data_of(base: Path, version: str) -> Path:
    return next((base / version / "data/pets").glob("train-*"))


def swap(place: Path, make: Callable[[Path], object]) -> None:
    place.unlink()
    make(place)


def point(base: Path, make: Callable[[Path], object]) -> None:
    (base / "latest").unlink()
    make(base / "latest")


def edit(base: Path, version: str, **changes: Any) -> None:
    place = base / version / "manifest.json"
    place.write_text(json.dumps(json.loads(place.read_text()) | changes))


def record_of(base: Path, version: str) -> Path:
    return next((base / "_records" / version).glob("build-*"))


def behind_a_link(base: Path, version: str) -> None:
    moved = base / version / "elsewhere"
    (base / version / "data").rename(moved)
    (base / version / "data").symlink_to(moved)


CASES: dict[str, Case] = {
    **dict(documents()),
    "manifest_format": Case(
        lambda base, version: edit(base, version, format=99), "format 99", "unreadable manifest"
    ),
    "manifest_tables": Case(
        lambda base, version: edit(base, version, tables=5), "manifest", "unreadable manifest"
    ),
    "manifest_files": Case(
        lambda base, version: edit(base, version, files=[{}]), "manifest", "unreadable manifest"
    ),
    "data_missing": Case(lambda b, v: data_of(b, v).unlink(), "is missing", "missing data/pets/"),
    "data_cut": Case(
        lambda b, v: os.truncate(data_of(b, v), 100), "promised", "changed data/pets/"
    ),
    "data_folder": Case(
        lambda b, v: swap(data_of(b, v), lambda one: one.mkdir()), "folder", "missing data/pets/"
    ),
    "data_linked": Case(
        lambda b, v: swap(data_of(b, v), lambda one: one.symlink_to("/etc/passwd")),
        "symbolic link",
        "link data/pets/",
    ),
    "data_behind_a_link": Case(behind_a_link, "symbolic link", "link data/pets/"),
    "data_pipe": Case(
        lambda b, v: swap(data_of(b, v), os.mkfifo), "no regular file", "not_a_file data/pets/"
    ),
    "data_flipped": Case(
        lambda b, v: data_of(b, v).write_bytes(
            data_of(b, v).read_bytes()[:200] + b"X" + data_of(b, v).read_bytes()[201:]
        ),
        None,
        "changed data/pets/",
    ),
    "card_linked": Case(
        lambda b, v: swap(b / v / "README.md", lambda one: one.symlink_to("/etc/passwd")),
        "symbolic link",
        "link README.md",
    ),
    "card_missing": Case(lambda b, v: (b / v / "README.md").unlink(), None, "missing README.md"),
    "card_changed": Case(
        lambda b, v: (b / v / "README.md").write_text("other"), None, "changed README.md"
    ),
    "extra_file": Case(lambda b, v: (b / v / "data/x").write_text("x"), None, "extra data/x"),
    "units_cut": Case(
        lambda b, v: (b / v / "units.json").write_text("{"), "promised", "changed units.json"
    ),
    "version_gone": Case(lambda b, v: shutil.rmtree(b / v), "not", "E_STORE"),
    "version_is_a_file": Case(
        lambda b, v: (shutil.rmtree(b / v), (b / v).write_text("")), "not", "E_STORE"
    ),
    "pointer_dangling": Case(
        lambda b, v: point(b, lambda one: one.symlink_to("1.0.0+gone")), "not", "E_STORE"
    ),
    "pointer_loop": Case(
        lambda b, v: point(b, lambda one: one.symlink_to("latest")), "not", "E_STORE"
    ),
    "pointer_outside": Case(
        lambda b, v: point(b, lambda one: one.symlink_to("/etc")), "not", "E_STORE"
    ),
    "pointer_file": Case(
        lambda b, v: point(b, lambda one: one.write_text("x")), "no symbolic link", "E_STORE"
    ),
    "pointer_folder": Case(
        lambda b, v: point(b, lambda one: one.mkdir()), "no symbolic link", "E_STORE"
    ),
    **{
        f"record_{kind}": Case(
            lambda b, v, harm=harm: harm(record_of(b, v)),  # type: ignore[misc]
            None,
            None,
        )
        for kind, harm in in_place_of("record").items()
    },
    "records_a_file": Case(
        lambda b, v: (shutil.rmtree(b / "_records" / v), (b / "_records" / v).write_text("x")),
        None,
        None,
    ),
}

RUNS = in_place_of("run.json")
ODD_NAMES = (b"Not A Name", b"a\nb", "näme".encode(), b"\xff\xfe", b"x" * 200)


@dataclass(frozen=True)
class Harmed:
    """A store with every kind of damage, the project beside it, and the service over it."""

    store: Path
    project: Path
    client: TestClient
    before: dict[str, Any]

    ROUTES: ClassVar[tuple[str, ...]] = ()

    def run(self, *arguments: str) -> tuple[int, Any, str]:
        """Run a command in this process; returns its code, its JSON, and its stderr."""
        return run(self.store, self.project, *arguments)


def run(store: Path, project: Path, *arguments: str) -> tuple[int, Any, str]:
    """Run a command in this process with `--json`."""
    out, err, argv = io.StringIO(), io.StringIO(), sys.argv
    out.reconfigure = err.reconfigure = lambda **_: None  # type: ignore[attr-defined]
    places = ["--out", str(store), "--project", str(project)]
    sys.argv = ["hueset", *arguments, "--json", *places]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = ending.run_application(app)
    finally:
        sys.argv = argv
    return code, json.loads(out.getvalue()), err.getvalue()


def copy_as(sound: Path, root: Path, name: str) -> str:
    """Copy a version under the name of another dataset, with a record of its build."""
    version = sound.readlink().name
    base = root / name
    shutil.copytree(sound.parent / version, base / version)
    rename_version(base / version, name)
    (base / "latest").symlink_to(version)
    store = VersionStore(root)
    documents = {
        one: file_sha256(base / version / one)[0] for one in ("README.md", "croissant.json")
    }
    body = {"state": "built", "documents": documents, "seconds": {}}
    store.record(store.version(name), RecordKind.BUILD, body)
    return version


def answers(client: TestClient, store: Path, project: Path) -> dict[str, Any]:
    """Return what the sound dataset answers, without what differs from one moment to the next."""
    listed = {one["name"]: one for one in client.get("/v1/datasets").json()["datasets"]}
    health = client.get(f"/v1/datasets/{SOUND}/health").json()
    health.pop("receipt")
    return {
        "listed": listed[SOUND],
        "health": health,
        "ready": client.get(f"/v1/datasets/{SOUND}/ready?dimensions=calm").json()["ready"],
        "rows": client.get(f"/v1/datasets/{SOUND}/rows").json(),
        "list": [one for one in run(store, project, "list")[1]["datasets"] if one["name"] == SOUND],
        "show": run(store, project, "show", SOUND)[1],
        "coverage": run(store, project, "coverage", SOUND)[1],
    }


def write_run(root: Path, name: str) -> Path:
    """Write the document of a run that ended."""
    folder = root / "_runs" / name
    folder.mkdir(parents=True)
    hashes = ("manifest_sha256", "data_sha256", "code_sha256", "facts_sha256")
    told = {
        **dict.fromkeys(hashes, "0" * 64),
        "request_digest": "x",
        "seed": 1,
        "companions": [],
        "finished_at": None,
        "format": 1,
        "id": name,
        "task": "t",
        "dataset": SOUND,
        "version": "1.0.0+x",
        "status": "finished",
        "reason": None,
        "started_at": "2026-01-01T00:00:00Z",
        "seconds": 1.0,
        "request": {"quick": True, "settings": {}, "stages": []},
        "outcomes": [],
    }
    (folder / "run.json").write_text(json.dumps(told))
    return folder / "run.json"


@pytest.fixture(scope="module")
def harmed(pets_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harmed]:
    """Everything at once: what one damage did to others would show in any of the tests."""
    base = tmp_path_factory.mktemp("harmed")
    project, store = write_pets(base / "project"), base / "store"
    (project / "catalog.yaml").write_text(f"datasets: [{', '.join([SOUND, *CASES])}]\n")
    for name in (SOUND, *CASES):
        for kind in ("datasets", "expectations"):
            shutil.copytree(project / kind / "pets", project / kind / name)
        declaration = project / "datasets" / name / "dataset.yaml"
        declaration.write_text(declaration.read_text().replace("name: pets\nv", f"name: {name}\nv"))
    version = copy_as(pets_store / "pets/latest", store, SOUND)
    made = create_app(settings=ServiceSettings(store, access_log=False))
    with TestClient(made, base_url="http://localhost") as client:
        before = answers(client, store, project)
    write_run(store, "good")
    for name, case in CASES.items():
        copy_as(pets_store / "pets/latest", store, name)
        case.harm(store / name, version)
    for kind, harm in RUNS.items():
        harm(write_run(store, f"run_{kind}"))
    for odd in ODD_NAMES:
        shutil.copytree(store / SOUND, os.fsdecode(bytes(store) + b"/" + odd), symlinks=True)
    (store / "a_file").write_text("no dataset")
    (store / "a_loop").symlink_to("a_loop")
    made = create_app(settings=ServiceSettings(store, access_log=False))
    with TestClient(made, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield Harmed(store, project, client, before)


def test_the_sound_dataset_answers_as_before(harmed: Harmed) -> None:
    assert answers(harmed.client, harmed.store, harmed.project) == harmed.before


def test_the_lists_have_a_row_for_each_that_says_why(harmed: Harmed) -> None:
    answer = harmed.client.get("/v1/datasets")
    listed = {one["name"]: one for one in answer.json()["datasets"]}
    _, told, _ = harmed.run("list")
    shell = {one["name"]: one for one in told["datasets"]}
    metrics = harmed.client.get("/metrics")
    page = harmed.client.get("/")
    assert (answer.status_code, metrics.status_code, page.status_code) == (200, 200, 200)
    for name, case in CASES.items():
        assert f'dataset="{name}"' in metrics.text, name
        assert name in page.text
        if case.said:
            assert case.said in listed[name]["reason"], name
            assert listed[name]["verdict"] == "error", name
            assert case.said in shell[name]["fault"], name
        elif not name.startswith(("data_", "card_", "extra_")):
            assert listed[name]["verdict"] == "warn", name
            assert shell[name]["fault"] is None, name
        if name.startswith("record") and name != "record_missing":
            assert "the record" in listed[name]["reason"], name
    odd = [one["reason"] for one in listed.values() if "no name of a dataset" in one["reason"]]
    assert len(odd) == len(ODD_NAMES)
    assert str(harmed.store) not in answer.text + page.text + metrics.text


def test_the_runs_that_cannot_be_read_are_named_beside_those_that_can(harmed: Harmed) -> None:
    code, told, _ = harmed.run("runs")
    assert code == 0
    assert [one["id"] for one in told["runs"]] == ["good"]
    assert set(told["unreadable"]) == {f"run_{kind}" for kind in RUNS if kind != "missing"}
    assert harmed.run("runs", "good")[1]["id"] == "good"
    code, told, _ = harmed.run("runs", "run_cut")
    assert (code, told["error"]["code"]) == (4, "E_STORE")


def test_gc_leaves_what_it_cannot_judge_and_says_so(harmed: Harmed) -> None:
    code, told, _ = harmed.run("gc", "--dry-run", "--keep", "0")
    assert code == 0
    assert {"manifest_cut", "pointer_dangling", "units_cut"} <= set(told["left"])
    assert SOUND not in told["left"]
    assert "version" not in {one["kind"] for one in told["garbage"]}


@pytest.mark.parametrize("name", CASES)
def test_every_route_answers_for_a_damaged_dataset(harmed: Harmed, name: str) -> None:
    words = {"name": name, "old": "latest", "new": "latest", "key": "rex", "path": "x"}
    for route in routes(harmed.client):
        path = route
        for word, value in words.items():
            path = path.replace(f"{{{word}:path}}", value).replace(f"{{{word}}}", value)
        if "{name}" not in route or "{" in path:
            continue
        answer = harmed.client.get(path)
        assert answer.status_code in {200, 400, 404, 409, 422, 503}, (path, answer.text[:500])
        assert str(harmed.store) not in answer.text, path
        assert "root:" not in answer.text, path
        case = CASES[name]
        if case.said and path.endswith("/health"):
            assert case.said in answer.json()["reason"], path
        if path.endswith("/ready") and case.verified and name != "data_flipped":
            assert answer.status_code == 409, answer.text


@pytest.mark.parametrize("name", CASES)
def test_every_command_answers_for_a_damaged_dataset(harmed: Harmed, name: str) -> None:
    for command in (
        ("show", name),
        ("coverage", name),
        ("quarantine", name),
        ("card", name),
        ("ready", name, "--dimensions", "calm"),
        ("diff", name, "latest", "latest"),
    ):
        code, told, err = harmed.run(*command)
        assert "E_INTERNAL" not in err, (command, err)
        assert code in {0, 1, 2, 4}, command
        if command[0] == "ready":
            unknown = name == "records_a_file"  # a check that found faults may have lain there
            # The shell hashes no table, and every document; what lies there besides it sees.
            seen = CASES[name].verified and name != "data_flipped"
            assert code == (1 if seen or unknown else 0), told


@pytest.mark.parametrize("name", CASES)
def test_the_integrity_check_names_the_file(harmed: Harmed, name: str) -> None:
    expected = CASES[name].verified
    code, told, err = harmed.run("verify", name)
    if expected is None:
        assert (code, told["faults"]) == (0, []), err
    elif expected.startswith("E_"):
        assert told["error"]["code"] == expected
    else:
        said = [f"{fault['kind']} {fault['path']}" for fault in told["faults"]]
        assert code == 1
        assert any(expected in one for one in said), said


def routes(client: TestClient) -> list[str]:
    return [route.path for route in client.app.routes if "GET" in getattr(route, "methods", ())]  # type: ignore[attr-defined]
