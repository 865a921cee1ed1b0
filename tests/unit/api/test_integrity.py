"""The check in the background: no fault ends it, and what it could not check it says."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from hueset.store.store import StoredVersion, VersionStore
from hueset_api import integrity as receipts
from hueset_api import version_index as library
from hueset_api.app import create_app
from hueset_api.integrity import IntegrityMonitor, IntegrityState
from hueset_api.settings import ServiceSettings
from tests.support.handwritten_version import write_version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def version(tmp_path: Path) -> StoredVersion:
    import pyarrow as pa

    rows = pa.table({"name": ["rex", "tom"]})
    made = write_version(tmp_path / "store", "pets", {"pets": (["name"], rows)})
    # Where a build puts it: in a folder whose time does not change when a file in it is cut.
    (file,) = made.files("pets")
    moved = made.path / "data/pets/train-00000-of-00001.parquet"
    moved.parent.mkdir(parents=True)
    manifest = made.path / "manifest.json"
    names = [str(one.relative_to(made.path)) for one in (file, moved)]
    manifest.write_text(manifest.read_text().replace(*names))
    file.rename(moved)
    return StoredVersion(made.dataset, made.name, made.path)


def checker(version: StoredVersion, current: object = None) -> IntegrityMonitor:
    store = VersionStore(version.path.parents[1])
    look = current or (lambda: [version])
    return IntegrityMonitor(store, look, lambda one: one.path.stat().st_mtime_ns, 60.0)  # type: ignore[arg-type]


def until_checked(checks: IntegrityMonitor, version: StoredVersion) -> None:
    """Wait for the thread, with a way out that no sound run takes."""
    for _ in range(2_000):
        if checks.of(version) is not None:
            return
        checks._stop.wait(0.01)
    pytest.fail("the thread checked nothing")


def test_running_out_of_files_does_not_end_the_checks(
    version: StoredVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts, "LOOK_EVERY_S", 0.01)
    faults: Iterator[Exception] = iter(
        [OSError(errno.EMFILE, "Too many open files"), MemoryError(), KeyError("tables")]
    )

    def current() -> list[StoredVersion]:
        for fault in faults:
            raise fault
        return [version]

    checks = checker(version, current)
    checks.start()
    try:
        until_checked(checks, version)
        assert checks.is_alive()
        assert checks.last_pass_age_s is None or checks.last_pass_age_s >= 0
    finally:
        checks.stop()


@pytest.mark.parametrize("fault", [MemoryError(), RecursionError("deep"), KeyError("files")])
def test_a_check_that_gave_up_is_said_and_is_no_yes(
    version: StoredVersion, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise fault

    checks = checker(version)
    checks._round()
    assert checks.told(version)["state"] == IntegrityState.VERIFIED
    monkeypatch.setattr(receipts, "verify_in_store", fail)
    checks._done.clear()
    before = checks.generation("pets")
    checks._round()
    told = checks.told(version)
    assert told["state"] == IntegrityState.UNCHECKED
    assert "could not be checked" in told["reason"]
    assert checks.generation("pets") != before
    assert checks.faults(version) == [told["reason"]]


def test_a_version_that_gives_up_costs_the_others_nothing(
    version: StoredVersion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow as pa

    other = write_version(tmp_path / "store", "cats", {"t": (["n"], pa.table({"n": ["a"]}))})
    sound = receipts.verify_in_store

    def fail(store: VersionStore, one: StoredVersion, **options: object) -> object:
        if one.dataset == "pets":
            raise MemoryError
        return sound(store, one, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(receipts, "verify_in_store", fail)
    checks = checker(version, lambda: [version, other])
    checks._round()
    assert checks.told(version)["state"] == IntegrityState.UNCHECKED
    assert checks.told(other)["state"] == IntegrityState.VERIFIED


def test_a_checker_that_never_began_or_ended_is_said_everywhere(
    version: StoredVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ServiceSettings(version.path.parents[1], access_log=False)
    made = create_app(settings=settings)
    service = made.state.service

    def refused() -> None:
        message = "can't start new thread"
        raise RuntimeError(message)

    monkeypatch.setattr(service.receipts._thread, "start", refused)
    with TestClient(made, base_url="http://localhost") as client:
        assert not service.receipts.is_alive()
        health = client.get("/v1/datasets/pets/health").json()
        assert health["receipt"]["state"] == "unchecked"
        answer = client.get("/v1/datasets/pets/ready")
        assert answer.status_code == 409
        assert "restart the service" in " ".join(answer.json()["reasons"])
        assert "hueset_checker_alive 0" in client.get("/metrics").text


def test_age_and_state_of_a_check_are_metrics(version: StoredVersion) -> None:
    made = create_app(settings=ServiceSettings(version.path.parents[1], access_log=False))
    with TestClient(made, base_url="http://localhost") as client:
        until_checked(made.state.service.receipts, version)
        text = client.get("/metrics").text
    assert 'hueset_receipt_age_seconds{dataset="pets"}' in text
    assert 'hueset_receipt_state{dataset="pets",state="verified"} 1' in text
    assert "hueset_checker_alive 1" in text
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")]
    assert len(set(names)) == len(names), "Prometheus refuses a name that is described twice"


@pytest.mark.parametrize("harm", ["cut", "written over", "linked"])
def test_a_file_harmed_in_place_is_seen_by_the_next_question(
    version: StoredVersion, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    """No folder's time changes when a file is cut: each file has to be looked at."""
    monkeypatch.setattr(library, "LOOK_AGAIN_S", 0.0)
    monkeypatch.setattr(receipts.IntegrityMonitor, "start", lambda _: None)
    made = create_app(settings=ServiceSettings(version.path.parents[1], access_log=False))
    (file,) = version.files("pets")
    service = made.state.service
    with TestClient(made, base_url="http://localhost") as client:
        assert client.get("/v1/datasets/pets/ready").status_code == 200
        match harm:
            case "cut":
                os.truncate(file, 20)
                answer = client.get("/v1/datasets/pets/ready")
                assert answer.status_code == 409
                assert "promised" in answer.json()["reasons"][0]
            case "linked":
                kept = file.rename(file.with_name("kept"))
                file.symlink_to(kept.name)
                answer = client.get("/v1/datasets/pets/ready")
                assert "symbolic link" in answer.json()["reasons"][0]
                assert client.get("/v1/datasets/pets/rows").status_code == 503
            case _:
                service.receipts._round()
                opened = service.library.open("pets").version
                assert service.receipts.of(opened) is not None
                file.write_bytes(file.read_bytes())
                assert service.receipts.of(opened) is None
                assert service.receipts.told(opened)["state"] == "pending"


def test_a_dead_checker_changes_what_is_kept(version: StoredVersion) -> None:
    checks = checker(version)
    checks._round()
    alive = checks.generation("pets")
    checks._started = True
    assert not checks.is_alive()
    assert checks.generation("pets") != alive
