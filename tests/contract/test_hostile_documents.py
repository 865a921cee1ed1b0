"""Documents of a version that somebody changed, with hashes that fit: read as data or refused.

One seeded change at a time goes through everything that reads a version. Nothing but a
`HuesetError` may come out, and nothing may appear outside of what was named.
"""

from __future__ import annotations

import copy
import hashlib
import json
import random
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from hueset.declaration.project import find_project
from hueset.errors import HuesetError
from hueset.release.hub.pull import pull_release
from hueset.release.hub.release import make_release
from hueset.render import terminal as show
from hueset.render.report.document import render_report
from hueset.store import query
from hueset.store.store import VersionStore
from hueset.store.verify import verify_version
from hueset.store.version import StoredVersion
from hueset_api.database import Database
from hueset_api.row_pages import Ask, read_row_page
from hueset_api.statistics import of_table
from tests.support.in_process_build import build_pets, tree
from tests.support.pets_project import write_pets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DOCUMENTS = ("manifest.json", "coverage.json", "gate/report.json", "units.json")
CHANGES = 80

HOSTILE_NAME = "x\" AS SELECT 1; COPY (SELECT content FROM read_text('{out}/in')) TO '{out}/x'; --"
HOSTILE: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**70,
    1e308,
    0.5,
    "",
    "x" * 20_000,
    [],
    {},
    [[[[]]]],
    HOSTILE_NAME,
    "'; ATTACH '{out}/x' AS y; --",
    "../../../../{out}/x",
    "{out}/x",
    "data/../../x",
    "a\x00b",
    "\x1b]0;title\x07[red]:x:",
    "\u202egpj",
    "javascript:alert(1)",
    "list<" * 300,
    "NaN",
)


class FakeHub:
    """Stands for the client of a Hub that holds one release: the files of a folder."""

    repo, endpoint = "somebody/else", "http://127.0.0.1"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def head(self) -> str:
        return "c" * 40

    def tags(self) -> dict[str, str]:
        return {"v1.0.0": "c" * 40}

    def read(self, commit: str, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def files(self, commit: str) -> dict[str, None]:
        return {p.relative_to(self.folder).as_posix(): None for p in self.folder.rglob("*")}

    def stream(self, commit: str, path: str) -> Iterator[bytes]:
        place = self.folder / path
        yield place.read_bytes() if place.is_file() else b""

    def persist(self, what: str, call: Callable[[], None], *, state: str) -> None:
        call()

    def note(self, text: str) -> None:
        """Nobody listens."""


class FakeWatcher:
    """Stands for whoever is told how a transfer goes on."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> StoredVersion:
    root = tmp_path_factory.mktemp("hostile")
    return build_pets(write_pets(root / "pets_project"), root / "store").version


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the path of every value of a document."""
    items = enumerate(value) if isinstance(value, list) else ()
    for key, one in value.items() if isinstance(value, dict) else items:
        yield (*at, key)
        yield from places(one, (*at, key))


def changed(document: dict[str, Any], dice: random.Random, out: Path) -> bytes:
    """Return a document with one change."""
    made = copy.deepcopy(document)
    *way, last = dice.choice(list(places(document)))
    inside: Any = made
    for key in way:
        inside = inside[key]
    value = dice.choice(HOSTILE)
    value = value.format(out=out) if isinstance(value, str) and "{out}" in value else value
    what = dice.randrange(6)
    if what == 0:
        del inside[last]
    elif what == 1 and isinstance(inside, dict):
        inside[HOSTILE_NAME.format(out=out)] = inside.pop(last)
    elif what == 2 and isinstance(inside, list):
        inside.append(inside[last])
    else:
        inside[last] = value
    text = json.dumps(made)
    match dice.randrange(12):
        case 0:
            return text.replace(": ", ': NaN, "x": ', 1).encode()
        case 1:
            return text.replace("{", '{"tables": {}, "tables": {}, ', 1).encode()
        case 2:
            return text.replace("[]", "[" * 100_000 + "]" * 100_000, 1).encode()
        case 3:
            return text.replace(": 1", f": {'1' * 5_000}", 1).encode()
        case 4:
            return text.encode()[: dice.randrange(len(text))]
    return text.encode()


def fit_hashes(folder: Path, name: str) -> None:
    """Let the manifest name what the changed document is."""
    manifest = json.loads((folder / "manifest.json").read_text())
    content = (folder / name).read_bytes()
    for file in manifest["files"]:
        if file["path"] == name:
            file |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def ask_in_sql(store: VersionStore) -> None:
    opened = query.open_store(store)
    query.ask(opened.con, "select table_schema, table_name from information_schema.tables")
    for fault in opened.broken.values():
        assert "pets" in fault


def serve(version: StoredVersion, database: Database) -> None:
    for table in version.manifest.tables:
        read_row_page(database, version, Ask(table))
        of_table(database, version, table)


def test_a_changed_document_is_data_or_refused(pets: StoredVersion, tmp_path: Path) -> None:
    project = find_project(pets.path.parents[2] / "pets_project")
    dice = random.Random(20)
    store = VersionStore(tmp_path / "store")
    out = tmp_path / "out"
    out.mkdir()
    (out / "in").write_text("secret")
    refused: dict[str, int] = {}
    for number in range(CHANGES):
        name = DOCUMENTS[number % len(DOCUMENTS)] if number % 2 else "manifest.json"
        shutil.rmtree(store.root, ignore_errors=True)
        shutil.copytree(pets.path.parents[1], store.root, symlinks=True)
        version = StoredVersion("pets", pets.name, store.root / "pets" / pets.name)
        document = json.loads((version.path / name).read_text())
        content = changed(document, dice, out)
        (version.path / name).write_bytes(content)
        if name != "manifest.json":
            fit_hashes(version.path, name)
        database = Database(5)
        readers: dict[str, Callable[[], object]] = {
            "sql": lambda: ask_in_sql(store),
            "rows": lambda v=version, d=database: serve(v, d),
            "report": lambda v=version: render_report(v),
            "list": lambda: show.list_document(project, store),
            "show": lambda v=version: show.version_document(store, v),
            "coverage": lambda v=version: show.coverage_document(store, v),
            "verify": lambda v=version: verify_version(v),
            "publish": lambda v=version: make_release(project, v, "somebody/else"),
            "pull": lambda v=version: pull_release(
                VersionStore(tmp_path / "pulled"), FakeHub(v.path), "v1.0.0", FakeWatcher()
            ),
        }
        for reader, read in readers.items():
            try:
                read()
            except HuesetError:
                refused[reader] = refused.get(reader, 0) + 1
            except Exception as error:
                error.add_note(f"change {number} of {name}, read by {reader}: {content[:300]!r}")
                raise
            shutil.rmtree(tmp_path / "pulled", ignore_errors=True)
            assert sorted(tree(out)) == ["in"], (number, name, reader)
        database.close()
    assert {"rows", "report", "show", "publish", "pull"} <= set(refused)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "store"]
