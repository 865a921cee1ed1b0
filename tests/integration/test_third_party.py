"""A dataset of somebody else has the same five modules as ours: in a project, or in a package."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from hueset.cli.app import app
from hueset.declaration.project import find_project
from hueset.declaration.scaffold import init_project
from hueset.store.store import VersionStore
from hueset_api.app import create_app
from hueset_api.settings import ServiceSettings
from tests.support.moods_project import PACKAGE, install_moods, write_moods

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = """id,text,valence
r01,the rain would not stop,0.2
r02,we sang until the morning,0.95
r03,an empty room and a clock,0.3
r04,she laughed at her own joke,0.9
r05,the rain would not stop,0.1
r06,warm bread on the table,0.85
r07,nobody rated this line,
r08,a door slammed in the dark,high
"""


@pytest.fixture(params=["project", "package"])
def project(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A project with the dataset of its own, or one beside which a package was installed."""
    root = tmp_path / "project"
    if request.param == "project":
        write_moods(root)
    else:
        install_moods(tmp_path / "site")
        monkeypatch.syspath_prepend(str(tmp_path / "site"))
        init_project(root, "others")
    (root / "rows.csv").write_text(ROWS)
    monkeypatch.chdir(root)
    yield root
    for name in [one for one in sys.modules if one.partition(".")[0] in {PACKAGE, "makers"}]:
        del sys.modules[name]


def run(*arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_it_is_listed_built_checked_reported_trained_and_shown(project: Path) -> None:
    assert "moods" in [one["name"] for one in run("list")["datasets"]]
    assert not {name.partition(".")[0] for name in sys.modules} & {PACKAGE, "makers"}

    built = run("build", "moods", "--source", "rows=rows.csv", "--workers", "1")
    assert built["verdict"] == "warn", built
    version = VersionStore(project / "artifacts").version("moods")
    findings = {one.check for one in version.gate.findings}
    assert "input.text_twice" in findings, "checks.py was not asked"

    page = project / "moods.html"
    assert run("report", "moods", "--to", str(page))["own"] == ["order"]
    assert "Happiest first" in page.read_text()

    trained = run("train", "moods", "--quick", "--dimensions", "valence")
    assert (trained["task"], trained["status"]) == ("valence", "finished")

    settings = ServiceSettings(project / "artifacts", find_project(project), access_log=False)
    with TestClient(create_app(settings=settings), base_url="http://localhost") as client:
        assert "Read the texts" in client.get("/datasets/moods").text
        view = client.get("/datasets/moods/view")
    assert view.status_code == 200
    assert "warm bread on the table" in view.text
