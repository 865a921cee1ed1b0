"""The page of any version: whole, safe, and the same bytes every time."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING

import pytest
from markupsafe import Markup

from hueset.builder.dataset_modules import DatasetModule, load_dataset_module
from hueset.declaration.project import find_project
from hueset.errors import UsageError
from hueset.render.report import Section, render_report, write_report
from hueset.render.report.document import sections_of
from hueset.store.store import StoredVersion, VersionStore
from tests.support.html_reader import Page
from tests.support.in_process_build import command

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "</script><script>alert(1)</script>\u2028<!-- \"'><img src=x onerror=alert(1)>"


@pytest.fixture
def version(pets_store: Path) -> StoredVersion:
    return VersionStore(pets_store).version("pets")


def section(**changes: object) -> Section:
    told: dict[str, object] = {
        "name": "own",
        "title": "Own",
        "lead": "of its own",
        "body": Markup("<p>{}</p>").format("body"),
    }
    return Section(**{**told, **changes})  # type: ignore[arg-type]


def test_the_page_tells_verdict_tables_coverage_gate_and_sources(version: StoredVersion) -> None:
    page = Page(render_report(version))
    words = " ".join(page.words)
    assert version.manifest.title in words
    assert version.name in words
    assert version.manifest.verdict in words
    for name, table in version.manifest.tables.items():
        assert name in words
        assert table.description in words
    for source in version.manifest.sources:
        assert source.digest[:16] in words
    for dimension in version.coverage.dimensions:
        assert dimension.name in words
    for check in version.gate.checks:
        assert check.message in words
    for finding in version.gate.findings:
        assert finding.message in words


def test_the_page_asks_nothing_of_any_network(version: StoredVersion) -> None:
    page = Page(render_report(version, [section()]))
    assert all(url.startswith(("#", "data:")) for url in page.pointed_to())
    assert "link" not in page.tags[page.tags.index("link") + 1 :]
    assert re.findall(r"https?://", page.text) == []


def test_the_policy_names_every_script_and_nothing_else(version: StoredVersion) -> None:
    page = Page(render_report(version, [section(script="(() => {})();", data={"a": 1})]))
    [policy] = [value for _, value in page.attributes if "script-src" in value]
    named = re.findall(r"'sha256-([^']+)'", policy)
    found = [
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        for script in page.scripts
        if script.strip()
    ]
    assert named == found
    assert len(found) == 2
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy


def test_hostile_text_of_a_section_stays_text(version: StoredVersion) -> None:
    hostile = section(
        title=HOSTILE, lead=HOSTILE, body=Markup("<p>{}</p>").format(HOSTILE), data={"t": HOSTILE}
    )
    plain, page = (
        Page(render_report(version, [section(data={})])),
        Page(render_report(version, [hostile])),
    )
    assert page.tags == plain.tags
    assert page.handlers() == []
    assert page.scripts == plain.scripts
    assert page.data["data-own"] == {"t": HOSTILE}
    assert "".join(page.words).count(HOSTILE) == 4  # title twice: the navigation names it too


def test_the_same_version_gives_the_same_bytes(version: StoredVersion, tmp_path: Path) -> None:
    pets = find_project(version.path.parents[2])
    dataset = pets.dataset("pets")
    for name in ("a.html", "b.html"):
        write_report(version, None, pets.facts(dataset), tmp_path / name)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix == ".html") == ["a.html", "b.html"]


def test_a_builder_without_a_report_adds_no_section(version: StoredVersion) -> None:
    pets = find_project(version.path.parents[2])
    assert load_dataset_module(pets, pets.dataset("pets"), DatasetModule.REPORT) is None
    assert sections_of(version, None, {}) == []


def test_a_folder_that_is_not_there_is_told(version: StoredVersion, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        write_report(version, None, {}, tmp_path / "no" / "page.html")


def test_the_command_writes_the_file_and_tells_it(pets_store: Path, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    done = command(
        "report",
        "pets",
        "--project",
        str(pets_store.parent),
        "--out",
        str(pets_store),
        "--to",
        str(file),
        "--json",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["bytes"] == file.stat().st_size
    assert told["file"] == str(file)
    assert told["own"] == []


def test_an_unknown_version_ends_with_usage(pets_store: Path, tmp_path: Path) -> None:
    done = command(
        "report",
        "pets",
        "--project",
        str(pets_store.parent),
        "--out",
        str(pets_store),
        "--version",
        "9.9.9",
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert "known:" in done.stderr
    assert list(tmp_path.glob("*.html")) == []
