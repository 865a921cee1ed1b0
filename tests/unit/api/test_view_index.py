"""A view that cannot be imported costs itself alone, and is named."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from hueset.declaration.project import Project, find_project
from hueset.errors import ForeignProjectError
from hueset_api.app import create_app
from hueset_api.settings import ServiceSettings
from hueset_api.view_index import load_views
from tests.support.handwritten_version import write_version
from tests.support.moods_project import write_moods

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def moods(tmp_path: Path) -> Iterator[Path]:
    yield write_moods(tmp_path / "project")
    for name in [one for one in sys.modules if one.partition(".")[0] == "makers"]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import nothing_of_that_name\n", "nothing_of_that_name"),
        ("raise SystemExit(3)\n", "SystemExit"),
        ("TITLE = 'x'\n", "makers.moods.view lacks offered, router"),
    ],
)
def test_what_is_wrong_with_it_is_logged_and_the_page_says_so(
    moods: Path, text: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    (moods / "makers/moods/view.py").write_text(text)
    rows = pa.table({"id": ["a"], "split": ["train"]})
    write_version(moods / "artifacts", "moods", {"examples": (("id",), rows)})
    settings = ServiceSettings(moods / "artifacts", Project(moods), access_log=False)
    with caplog.at_level(logging.WARNING, "hueset.api"):
        app = create_app(settings=settings)
    assert "moods is served without its view: " in caplog.text
    assert told in caplog.text
    with TestClient(app, base_url="http://localhost") as client:
        page = client.get("/datasets/moods")
        assert page.status_code == 200
        assert "Its own view cannot be shown" in page.text
        assert str(moods) not in page.text
        assert client.get("/datasets/moods/view").status_code == 404


def test_one_of_somebody_else_s_project_is_never_imported(moods: Path) -> None:
    (moods / "makers/moods/view.py").chmod(0o777)
    with pytest.raises(ForeignProjectError):
        load_views(find_project(start=moods / "datasets"))
    assert not [one for one in sys.modules if one.partition(".")[0] == "makers"]


def test_without_a_project_there_is_none() -> None:
    assert load_views(None).views == {}
