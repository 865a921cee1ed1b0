"""The service over a store that changes under it: new versions, damage, emptiness."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.in_process_build import build_pets, command, environment_of
from tests.support.renamed_dataset import copy_dataset_as
from tests.support.service_process import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.service_process import Service

PETS = "/v1/datasets/pets"


@pytest.fixture
def store(pets_store: Path, tmp_path: Path) -> Path:
    """A private copy of the store, to be damaged."""
    shutil.copytree(pets_store, tmp_path / "store", symlinks=True)
    return tmp_path / "store"


def test_a_new_version_appears_without_a_restart(pets: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    with serving(store, pets) as service:
        assert service.get("/v1/datasets").status_code == 503, "no store is not an empty one"
        store.mkdir()
        empty = {"datasets": [], "not_built": ["pets"]}
        service.until("/v1/datasets", lambda told: told == empty)
        assert "Nothing is built yet" in service.get("/").text
        first = build_pets(pets, store).version.name
        told = service.until("/v1/datasets", lambda d: d.get("datasets"))
        assert told["datasets"][0]["version"] == first
        second = build_pets(pets, store, salt="other").version.name
        service.until(f"{PETS}/health", lambda h: h["version"] == second)
        assert service.json(f"{PETS}/health?version={first}")["latest"] is False


@pytest.fixture(scope="module")
def damaged(pets_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service under which every dataset but the birds is damaged, each in its own way."""
    store = tmp_path_factory.mktemp("damaged") / "store"
    for name in ("birds", *DAMAGE):
        copy_dataset_as(pets_store, "pets", store / name)
    with serving(store, store.parent) as service:
        for name, damage in DAMAGE.items():
            assert service.get(f"/v1/datasets/{name}/ready?dimensions=calm").status_code == 200
            damage(store / name / (store / name / "latest").readlink())
        yield service


DAMAGE: dict[str, Callable[[Path], object]] = {
    "manifest": lambda version: (version / "manifest.json").unlink(),
    "data": lambda version: next((version / "data/pets").glob("train-*")).unlink(),
    "coverage": lambda version: (version / "coverage.json").unlink(),
    "garbage": lambda version: (version / "manifest.json").write_text('{"tables": '),
    "pointer": shutil.rmtree,
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_shows_as_error_for_its_dataset_and_harms_no_other(
    damaged: Service, name: str
) -> None:
    base = f"/v1/datasets/{name}"
    told = damaged.until(f"{base}/health", lambda h: h["verdict"] == "error")
    assert told["reason"]
    assert "/store/" not in json.dumps(told)
    damaged.until(f"{base}/ready?dimensions=calm", lambda told: told["ready"] is False)
    assert damaged.get(f"{base}/ready?dimensions=calm").status_code == 409
    assert damaged.get(f"/datasets/{name}").status_code == 200
    rows = damaged.get(f"{base}/rows?limit=1")
    assert rows.status_code in {200, 503}
    assert name == "coverage" or rows.status_code == 503
    listed = {d["name"]: d["verdict"] for d in damaged.json("/v1/datasets")["datasets"]}
    assert (listed[name], listed["birds"]) == ("error", "warn")
    assert damaged.get("/v1/datasets/birds/ready?dimensions=calm").status_code == 200
    assert damaged.get("/datasets/birds").status_code == 200
    assert damaged.get("/").status_code == 200


def test_a_changed_byte_is_found_by_the_check_in_the_background(store: Path) -> None:
    version = store / "pets" / (store / "pets/latest").readlink()
    file = next((version / "data/pets").glob("train-*"))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    with serving(store, store.parent) as service:
        told = service.until(f"{PETS}/health", lambda h: h["receipt"]["state"] == "faulty")
        assert told["verdict"] == "error"
        assert told["receipt"]["faults"] == [f"{file.relative_to(version).as_posix()}: changed"]
        assert service.get(f"{PETS}/ready?dimensions=calm").status_code == 409
        assert "damaged" in service.get("/datasets/pets").text


def test_a_version_that_failed_is_shown_and_never_ready(store: Path) -> None:
    for pointer in ("latest",):
        (store / "pets" / pointer).unlink()
    for path in (store / "pets").glob("*+*/manifest.json"):
        manifest = json.loads(path.read_text())
        path.write_text(json.dumps({**manifest, "verdict": "fail"}))
    with serving(store, store.parent) as service:
        told = service.json(f"{PETS}/health")
        assert (told["verdict"], told["latest"]) == ("fail", False)
        reasons = service.json(f"{PETS}/ready?dimensions=calm")["reasons"]
        assert "the gate's verdict is fail, and no waiver is recorded" in reasons


def test_a_store_that_is_not_there_is_alive_and_not_ready(tmp_path: Path) -> None:
    with serving(tmp_path / "nowhere", tmp_path) as service:
        assert service.get("/healthz").status_code == 200
        answer = service.get("/readyz")
        assert answer.status_code == 503
        assert "--out" in answer.json()["hint"]
        page = service.get("/", headers={"Accept": "text/html"})
        assert page.status_code == 503
        assert "the store is not there" in page.text
        assert service.get("/static/hueset.css").status_code == 200


def test_a_store_that_goes_while_it_is_served_is_missed_and_its_return_seen(store: Path) -> None:
    with serving(store, store.parent) as service:
        asked = ("/v1/datasets", "/", PETS, f"{PETS}/health", f"{PETS}/ready?dimensions=calm")
        assert [service.get(path).status_code for path in asked] == [200] * 5
        store.rename(store.parent / "elsewhere")
        service.until("/v1/datasets", lambda told: told.get("code") == "E_STORE")
        service.until(f"{PETS}/ready?dimensions=calm", lambda told: told.get("code") == "E_STORE")
        assert {service.get(path).status_code for path in (*asked, "/readyz")} == {503}
        assert service.get("/metrics").status_code == 200
        assert service.get("/healthz").status_code == 200
        (store.parent / "elsewhere").rename(store)
        service.until("/v1/datasets", lambda told: told.get("datasets"))
        service.until(f"{PETS}/health", lambda told: told.get("verdict") == "warn")


def test_a_store_of_which_nothing_can_be_read_is_not_ready(store: Path) -> None:
    for manifest in store.glob("pets/*+*/manifest.json"):
        manifest.write_text("{")
    with serving(store, store.parent) as service:
        answer = service.get("/readyz")
        assert (answer.status_code, answer.json()["code"]) == (503, "E_STORE")
        assert "none of the 1 datasets" in answer.json()["detail"]


def test_it_ends_when_told_and_finishes_what_it_began(store: Path) -> None:
    with serving(store, store.parent) as service:
        assert service.get(f"{PETS}/statistics").status_code == 200
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(timeout=20) == 0


def test_another_server_runs_the_same_application(store: Path) -> None:
    """`uvicorn hueset_api.app:app`, with the store named in the environment."""
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "hueset_api.app:app", "--port", "0"],
        env=environment_of(HUESET_STORE=str(store)),
        cwd=store.parent,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        told = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in process.stderr)
        url = next(found[0] for found in told if found)
        assert httpx.get(f"{url}/v1/datasets/pets/health").json()["verdict"] == "warn"
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stderr.close()


def test_a_port_in_use_is_an_error_with_a_way_out(store: Path) -> None:
    with serving(store, store.parent) as service:
        taken = str(service.port)
        done = command("serve", "--out", str(store), "--port", taken, cwd=store.parent)
    assert done.returncode == 2
    assert "--port" in done.stderr
