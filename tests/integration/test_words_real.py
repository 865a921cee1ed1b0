"""socialfx, poems and emotions from the real files, built by the engine and documented."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import polars as pl
import pytest
from rich.console import Console

from hueset.build.plan import make_plan
from hueset.build.run import run_build
from hueset.declaration.project import find_project
from hueset.release.card import render_documents
from hueset.release.export import export_version
from hueset.release.hub.loading import check_loading
from hueset.render import terminal as show
from hueset.sources import Where
from hueset.store.store import VersionStore
from tests.support.coverage_sides import check_sides_agree
from tests.support.in_process_build import REPO, Silent, command

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.store.store import StoredVersion

NAMES = ("socialfx", "poems", "emotions")
PAGE = REPO / "docs/datasets.md"


@pytest.fixture(scope="module")
def built(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, StoredVersion]:
    project = find_project(REPO)
    folder = tmp_path_factory.mktemp("words")
    store = VersionStore(folder / "store")
    made = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HUESET_CACHE", str(folder / "cache"))
        for name in NAMES:
            where = Where(
                project_root=REPO, dataset_dir=project.folder(name), mirror=data_dir, flags={}
            )
            plan = make_plan(project, name, where)
            made[name] = run_build(
                project, plan, store, Silent(), render=render_documents, workers=1
            ).version
    return made


@pytest.mark.parametrize("name", NAMES)
def test_every_side_counts_its_labels_alike(built: dict[str, StoredVersion], name: str) -> None:
    check_sides_agree(built[name])


def rows(version: StoredVersion, table: str) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(path) for path in version.files(table)])


@pytest.mark.parametrize("name", NAMES)
def test_it_passes_its_gate_and_becomes_the_latest(
    built: dict[str, StoredVersion], name: str
) -> None:
    version = built[name]
    assert version.manifest.verdict == "warn"
    assert {check.verdict for check in version.gate.checks} <= {"pass", "warn"}
    assert VersionStore(version.path.parents[1]).latest(name) == version.name


@pytest.mark.parametrize("name", NAMES)
def test_the_page_shows_its_coverage_as_it_is(built: dict[str, StoredVersion], name: str) -> None:
    version = built[name]
    console = Console(file=io.StringIO(), width=100)
    document = show.coverage_document(VersionStore(version.path.parents[1]), version)
    show.print_coverage(console, document)
    shown = console.file.getvalue().replace(version.name, f"{version.manifest.semver}+…")  # type: ignore[attr-defined]
    told = re.search(rf"\$ hueset coverage {name}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert told
    lines = [line.rstrip() for line in shown.splitlines()]
    assert told[1].splitlines() == lines


def test_words_without_contributions_are_not_measured_and_that_is_no_failure(
    built: dict[str, StoredVersion],
) -> None:
    measures = rows(built["socialfx"], "measures")
    assert set(measures["status"]) == {"not_measured"}
    assert measures["reason"].str.contains("only curves per word were found").all()


def test_poems_keep_every_token_and_their_duplicates_are_refused(
    built: dict[str, StoredVersion],
) -> None:
    version = built["poems"]
    assert version.manifest.quarantine == {"poems": {"exact_duplicate": 21}}
    assert version.manifest.tables["chunks"].rows == 7_654
    (kept,) = [p for p in version.coverage.presence if p.name == "every_token_kept"]
    assert (kept.present, kept.n) == (1_217, 1_217)
    measures = {(m["name"], m["scope"]): m["value"] for m in rows(version, "measures").to_dicts()}
    assert measures["poems", "read"] == 1_238
    assert measures["encoding_damaged_poems", "read"] == 239
    assert measures["tokens_kept_share", "kept"] == 1.0
    poems = rows(version, "poems")
    assert poems["encoding_damaged"].sum() == 239
    groups = dict(poems.select("poem_id", "near_duplicate_group").iter_rows())
    lake = "Edgar-Allan-Poe-The-Lake"
    assert groups[f"{lake}-Early-Version"] == groups[lake], "two versions of one poem"
    near = poems.group_by("near_duplicate_group").agg(pl.col("split").n_unique())
    assert near["split"].max() == 1
    assert set(poems["split_by_author"]) == {"train", "validation", "test"}


def test_an_export_loads_every_table_that_has_rows(
    built: dict[str, StoredVersion], tmp_path: Path
) -> None:
    version = built["emotions"]
    folder = export_version(find_project(REPO), version, tmp_path / "exported")
    loaded, faults = check_loading(str(folder), None, version.manifest)
    tables = version.manifest.tables
    assert faults == []
    assert {one["table"] for one in loaded} == {n for n, t in tables.items() if t.rows}
    assert len(loaded) == len(tables) - 1, "one table is empty, and datasets cannot load it"


def test_word_vectors_that_are_named_and_missing_are_an_error(
    data_dir: Path, tmp_path: Path
) -> None:
    told = command(
        "build",
        "poems",
        "--mirror",
        str(data_dir),
        "--embeddings",
        str(tmp_path / "none.txt"),
        "--out",
        str(tmp_path / "store"),
        cwd=REPO,
    )
    assert told.returncode == 3
    assert "error[E_SOURCE_MISSING]" in told.stderr
    assert "embeddings" in told.stderr
    assert not (tmp_path / "store/poems").exists()
