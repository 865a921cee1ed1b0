"""Records and runs that somebody changed: read as data or refused, wherever they are shown.

As `test_hostile_documents`, for what lies beside a version: one seeded change at a time goes
through everything that reads a record or lists a run.
"""

from __future__ import annotations

import copy
import io
import json
import random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient
from rich.console import Console

from hueset.coverage.readiness import check_readiness
from hueset.documents.record_kinds import RecordKind
from hueset.errors import HuesetError
from hueset.render import terminal as show
from hueset.render.terminal import training as learning
from hueset.store.store import VersionStore
from hueset.store.verify import verify_in_store
from hueset.training.runs import all_runs, find_run, unreadable_runs
from hueset_api.app import create_app
from hueset_api.settings import ServiceSettings
from tests.contract.test_hostile_documents import HOSTILE, HOSTILE_NAME, places
from tests.support.handwritten_version import write_version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hueset.store.version import StoredVersion

CHANGES = 150

FAULT = {"path": "data/x", "kind": "changed", "expected": None, "found": None, "reason": None}
TARGET = {
    "target": "calm",
    "verdict": "learned",
    "metric": "r2",
    "value": 0.5,
    "permuted": 0.0,
    "p_value": 0.01,
    "n": 10,
    "why": "",
}
RECORDS: dict[str, dict[str, Any]] = {
    RecordKind.BUILD: {"state": "built", "documents": {}, "seconds": {"rows": 1.5}},
    RecordKind.VERIFICATION: {"verdict": "fail", "files": 1, "bytes": 5, "faults": [FAULT]},
    RecordKind.WAIVER: {"verdict": "fail", "why": "known", "by": "me", "checks": ["a"]},
    RecordKind.RELEASE: {
        "repo": "a/b",
        "endpoint": "http://127.0.0.1",
        "tag": "v1.0.0",
        "commit": "c",
        "files": {"README.md": {"bytes": 1, "sha256": "0" * 64}},
    },
    RecordKind.PULL: {"repo": "a/b", "commit": "c"},
    RecordKind.PROBE: {
        "task": "pets",
        "rows": 10,
        "targets": [TARGET],
        "findings": [{"code": "leak", "verdict": "warn", "message": "it leaks"}],
    },
}
RUN: dict[str, Any] = {
    **dict.fromkeys(("manifest_sha256", "data_sha256", "code_sha256", "facts_sha256"), "0" * 64),
    "format": 1,
    "id": "run",
    "task": "t",
    "dataset": "pets",
    "version": "1.0.0+handmade",
    "status": "finished",
    "reason": None,
    "request_digest": "x",
    "seed": 1,
    "companions": [],
    "started_at": "2026-01-01T00:00:00Z",
    "finished_at": None,
    "seconds": 1.0,
    "request": {"quick": True, "settings": {}, "stages": []},
    "outcomes": [],
}


@pytest.fixture
def version(tmp_path: Path) -> StoredVersion:
    rows = pa.table({"name": ["rex", "tom"]})
    return write_version(tmp_path / "store", "pets", {"pets": (["name"], rows)})


def changed(document: dict[str, Any], dice: random.Random) -> bytes:
    """Return a document with one change."""
    made = copy.deepcopy(document)
    *way, last = dice.choice(list(places(document)))
    inside: Any = made
    for key in way:
        inside = inside[key]
    match dice.randrange(5):
        case 0:
            del inside[last]
        case 1 if isinstance(inside, dict):
            inside[HOSTILE_NAME] = inside.pop(last)
        case _:
            inside[last] = dice.choice(HOSTILE)
    text = json.dumps(made)
    match dice.randrange(12):
        case 0:
            return text.replace(": ", ': NaN, "x": ', 1).encode()
        case 1:
            return text.encode()[: dice.randrange(len(text))]
        case 2:
            return text.replace(": 1", f": {'1' * 5_000}", 1).encode()
    return text.encode()


def shown(read: Callable[[], Any], print_: Callable[[Console, Any], None]) -> str:
    out = io.StringIO()
    print_(Console(file=out, width=100), read())
    return out.getvalue()


@pytest.mark.parametrize("kind", RECORDS)
def test_a_changed_record_is_data_or_refused(version: StoredVersion, kind: str) -> None:
    store = VersionStore(version.path.parents[1])
    store.record(version, RecordKind.BUILD, RECORDS[RecordKind.BUILD])
    place = store.record(version, kind, RECORDS[kind])
    sound, dice = json.loads(place.read_text()), random.Random(kind)
    app = create_app(settings=ServiceSettings(store.root, access_log=False))
    client = TestClient(app, base_url="http://localhost", raise_server_exceptions=False)
    readers: dict[str, Callable[[], Any]] = {
        "ready": lambda: check_readiness(store, "pets", []),
        "show": lambda: shown(lambda: show.version_document(store, version), show.print_version),
        "coverage": lambda: shown(
            lambda: show.coverage_document(store, version), show.print_coverage
        ),
        "verify": lambda: verify_in_store(store, version),
    }
    for number in range(CHANGES // len(RECORDS)):
        content = changed(sound, dice)
        place.write_bytes(content)
        for reader, read in readers.items():
            try:
                said = read()
            except HuesetError:
                continue
            except Exception as error:
                error.add_note(f"change {number}, read by {reader}: {content[:300]!r}")
                raise
            assert "\x1b]0;" not in str(said), (number, reader)
    for route in ("/v1/datasets", "/v1/datasets/pets/health", "/v1/datasets/pets/versions", "/"):
        assert client.get(route).status_code == 200
    assert client.get("/v1/datasets/pets/ready").status_code in {200, 409}


def test_a_changed_run_is_listed_or_named_as_unreadable(tmp_path: Path) -> None:
    store, dice = VersionStore(tmp_path), random.Random(20)
    for number in range(CHANGES):
        place = tmp_path / f"_runs/run-{number:03}/run.json"
        place.parent.mkdir(parents=True)
        place.write_bytes(changed(RUN | {"id": f"run-{number:03}"}, dice))
    listed, lost = all_runs(store), unreadable_runs(store)
    assert len(listed) + len(lost) == CHANGES
    assert len(lost) > CHANGES // 4
    said = shown(lambda: learning.runs_document(listed, lost), learning.print_runs)
    assert "\x1b]0;" not in said
    for name in lost:
        with pytest.raises(HuesetError):
            find_run(store, name)
