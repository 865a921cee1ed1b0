"""Health, coverage, ready, versions over HTTP, from a real server."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.support.in_process_build import command
from tests.support.service_process import serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.service_process import Service

PETS = "/v1/datasets/pets"


def test_health_says_verdict_coverage_gate_sources_quarantine_and_receipt(service: Service) -> None:
    told = service.until(f"{PETS}/health", lambda h: h["receipt"]["state"] == "verified")
    assert told["verdict"] == "warn"
    assert told["latest"] is True
    assert {d["name"]: d["verdict"] for d in told["coverage"]["dimensions"]} == {
        "calm": "trainable",
        "shiny": "absent",
    }
    assert told["rows"] == 10
    assert [s["state"] for s in told["sources"]] == ["fresh"]
    assert told["quarantine"] == {"rows": 0, "rate": 0.0, "tables": {}}
    assert told["receipt"]["files"] > 3
    assert told["receipt"]["checked_at"].endswith("Z")
    assert told["gate"]["checks"]["pass"] > 0


def test_ready_is_200_for_what_can_be_learned_and_409_with_reasons_for_what_cannot(
    service: Service,
) -> None:
    good = service.get(f"{PETS}/ready?dimensions=calm&min=5")
    assert (good.status_code, good.json()["ready"]) == (200, True)
    absent = service.get(f"{PETS}/ready?dimensions=calm,shiny")
    assert absent.status_code == 409
    assert absent.json()["reasons"] == ["shiny: absent: no example"]
    few = service.get(f"{PETS}/ready?dimensions=calm&min=11")
    assert few.json()["reasons"] == ["calm: 10 examples, asked for 11"]


def test_a_name_that_is_not_there_is_never_ready_but_an_error_with_the_nearest(
    service: Service,
) -> None:
    answer = service.get(f"{PETS}/ready?dimensions=clam")
    assert answer.status_code == 404
    assert "did you mean 'calm'?" in answer.json()["hint"]


def test_ready_counts_one_split_when_asked(service: Service) -> None:
    coverage = service.json(f"{PETS}/coverage")["dimensions"][0]
    told = service.json(f"{PETS}/ready?dimensions=calm&split=train")
    assert told["asked"][0]["n"] == coverage["by_split"]["train"] < coverage["n"]
    misspelt = service.get(f"{PETS}/ready?dimensions=calm&split=trian")
    assert (misspelt.status_code, misspelt.json()["code"]) == (404, "E_NOT_FOUND")
    assert "did you mean 'train'?" in misspelt.json()["hint"]


@pytest.mark.parametrize(
    ("dimensions", "minimum", "code"),
    [("calm", 5, 0), ("shiny", 0, 1), ("calm", 11, 1), ("x", 0, 2)],
)
def test_the_shell_gives_the_same_answer_by_its_exit_code(
    pets_store: Path, dimensions: str, minimum: int, code: int
) -> None:
    asked = ["--dimensions", dimensions, "--min", str(minimum), "--out", str(pets_store)]
    assert command("ready", "pets", *asked, cwd=pets_store.parent).returncode == code


def test_the_shell_and_the_service_say_the_same_of_every_state_of_a_store(
    pets_store: Path, tmp_path: Path
) -> None:
    """One store, made worse step by step while it is served."""
    store = shutil.copytree(pets_store, tmp_path / "store", symlinks=True)
    version = store / "pets" / (store / "pets/latest").readlink()
    data = next((version / "data/pets").glob("train-*"))

    def both() -> tuple[dict[str, Any], dict[str, Any]]:
        done = command("ready", "pets", *asked, "--out", str(store), "--json", cwd=tmp_path)
        shell = json.loads(done.stdout)
        assert done.returncode == (0 if shell["ready"] else 1)
        same = ("ready", "version")  # the service looks again within a quarter second
        service.until(
            f"{PETS}/ready?dimensions=calm", lambda t: all(t[key] == shell[key] for key in same)
        )
        told = [shell, service.json(f"{PETS}/ready?dimensions=calm")]
        return tuple({k: v for k, v in one.items() if k != "verified_at"} for one in told)  # type: ignore[return-value]

    asked = ("--dimensions", "calm")
    with serving(store, tmp_path) as service:
        shell, web = both()
        assert shell == web
        assert shell["ready"]
        data.unlink()
        shell, web = both()
        assert shell == web
        assert "is missing" in shell["reasons"][0]
        (version / "manifest.json").write_text("{")
        shell, web = both()
        assert (shell["version"], web["version"]) == (None, None)
        assert len(shell["reasons"]) == len(web["reasons"]) == 1


def test_the_shell_says_how_old_its_knowledge_of_the_files_is(
    pets_store: Path, tmp_path: Path
) -> None:
    store = shutil.copytree(pets_store, tmp_path / "store", symlinks=True)
    never = command("ready", "pets", "--out", str(store), cwd=pets_store.parent).stdout
    assert f"bytes not hashed since the build; run `hueset verify pets --out {store}`" in never
    command("verify", "pets", "--out", str(store), cwd=pets_store.parent)
    then = command("ready", "pets", "--out", str(store), cwd=pets_store.parent).stdout
    assert "every byte verified just now" in then


def test_the_badge_says_the_same(service: Service) -> None:
    assert "warn" in service.get(f"{PETS}/badge.svg").text
    ready = service.get(f"{PETS}/badge.svg?dimensions=calm")
    assert ready.headers["content-type"] == "image/svg+xml"
    assert "pets: ready" in ready.text
    assert "pets: not ready" in service.get(f"{PETS}/badge.svg?dimensions=shiny").text


def test_coverage_counted_afresh_agrees_with_what_was_computed_at_the_build(
    service: Service,
) -> None:
    built = service.json(f"{PETS}/coverage")["dimensions"][0]
    fresh = service.json(f"{PETS}/coverage?by=dimension,split,source")
    groups = fresh["groups"]
    assert {g["dimension"] for g in groups} == {"calm"}
    assert sum(g["n"] for g in groups) == built["n"]
    for split, n in built["by_split"].items():
        assert sum(g["n"] for g in groups if g["split"] == split) == n
    for source, told in built["by_source"].items():
        assert sum(g["n"] for g in groups if g["source"] == source) == told["n"]
    values = service.json(f"{PETS}/coverage?by=value&live=true")["groups"]
    assert sum(g["n"] for g in values) == built["n"]
    assert service.get(f"{PETS}/coverage?by=colour").status_code == 400


@pytest.mark.parametrize("written", ["+", "%2B", "%20"])
def test_a_version_is_found_however_its_plus_is_written(service: Service, written: str) -> None:
    names = [v["version"] for v in service.json(f"{PETS}/versions")["versions"]]
    assert len(names) == 2
    older = names[1].replace("+", written)
    assert service.json(f"{PETS}/health?version={older}")["version"] == names[1]
    told = service.json(f"{PETS}/diff/{older}/{names[0].replace('+', written)}")
    assert (told["old"], told["new"]) == (names[1], names[0])
    assert told["parameters"] == {"salt": ["s", "another"]}


def test_links_in_a_document_lead_somewhere(service: Service) -> None:
    for path in service.json(f"{PETS}/health")["links"].values():
        assert service.get(path).status_code == 200, path


def test_the_version_asked_for_stays_the_version_answered(service: Service) -> None:
    names = [v["version"] for v in service.json(f"{PETS}/versions")["versions"]]
    for name in names:
        page = service.get(f"/datasets/pets?version={quote(name, safe='')}").text
        assert f'<dd class="mono">{name}</dd>' in page
