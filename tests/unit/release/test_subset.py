"""Rows by licence: which they are, and a version cut down to some of them."""

from __future__ import annotations

import io
import json
import re
import shutil
from typing import TYPE_CHECKING

import polars as pl
import pytest
from rich.console import Console

from hueset.documents.manifest import manifest_of
from hueset.errors import UsageError
from hueset.files.hashing import file_sha256
from hueset.release.hub.release import files_of
from hueset.release.licence_filter import filter_by_licence
from hueset.render.terminal.datasets import print_version, version_document
from hueset.store.row_licences import count_licences, row_licences
from hueset.store.store import StoredVersion, VersionStore
from tests.support.coverage_sides import check_sides_agree
from tests.support.in_process_build import tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub_sessions import Zoo


def test_a_rows_licence_comes_from_its_column_its_owner_or_its_source(built_zoo: Zoo) -> None:
    told = built_zoo.new.manifest.licences

    # animals has the column, calls and labels hold the key of animals
    for table in ("animals", "calls", "labels"):
        assert told[table] == {"CC-BY-4.0": 5, "unstated": 3}


def test_without_column_and_owner_the_source_decides(built_zoo: Zoo) -> None:
    manifest = built_zoo.new.manifest.to_json()
    del manifest["tables"]["animals"]["columns"]["licence"]

    counts = count_licences(manifest_of(manifest), built_zoo.new.path)

    assert counts["animals"] == counts["labels"] == {"CC-BY-4.0": 5, "unstated": 3}
    assert counts["calls"] == {"untold": 8}


def test_one_licence_for_all_sources_is_that_of_every_row(built_zoo: Zoo) -> None:
    manifest = built_zoo.new.manifest.to_json()
    del manifest["tables"]["animals"]["columns"]["licence"]
    manifest["sources"] = [{**s, "licence": "MIT"} for s in manifest["sources"]]

    assert count_licences(manifest_of(manifest), built_zoo.new.path)["calls"] == {"MIT": 8}


def test_a_source_that_is_not_declared_leaves_the_licence_untold(built_zoo: Zoo) -> None:
    manifest = built_zoo.new.manifest.to_json()
    del manifest["tables"]["animals"]["columns"]["licence"]
    manifest["sources"] = manifest["sources"][:1]
    manifest["sources"].append({**manifest["sources"][0], "name": "other", "licence": "MIT"})

    found = row_licences(manifest_of(manifest), built_zoo.new.path, "labels")

    assert set(found) == {"CC-BY-4.0", None}


def test_with_nothing_filtered_the_coverage_is_that_of_the_build(zoo: Zoo) -> None:
    check_sides_agree(zoo.new)
    with filter_by_licence(zoo.project, zoo.store, zoo.new, ["CC-BY-4.0", "unstated"]) as part:
        assert part.coverage == zoo.new.coverage
        check_sides_agree(part)


def test_what_is_shown_says_that_it_is_a_part(built_zoo: Zoo, tmp_path: Path) -> None:
    zoo = built_zoo
    with filter_by_licence(zoo.project, zoo.store, zoo.new, ["CC-BY-4.0"]) as part:
        shutil.copytree(part.path, tmp_path / "zoo" / part.name)
    store, shown = VersionStore(tmp_path), io.StringIO()
    document = version_document(store, store.version("zoo", part.name))
    print_version(Console(file=shown, width=200), document)
    dropped = sum(document["manifest"]["derived"]["dropped"].values())
    said = f"a part of {zoo.new.name}: only rows under CC-BY-4.0, {dropped} rows left out"
    assert dropped > 1
    assert said in shown.getvalue()


def test_what_is_left_is_judged_by_what_the_whole_was_and_not_by_today_s_floors(zoo: Zoo) -> None:
    path = zoo.project.folder(zoo.new.dataset) / "dataset.yaml"
    text = path.read_text()
    changed = re.sub(r"floors: \{.*\}", "floors: {examples: 7}", text)
    assert changed != text
    path.write_text(changed)
    try:
        with filter_by_licence(zoo.project, zoo.store, zoo.new, ["CC-BY-4.0"]) as part:
            assert part.coverage.floors == zoo.new.coverage.floors
    finally:
        path.write_text(text)


def test_only_rows_of_the_licence_remain_in_their_order(zoo: Zoo) -> None:
    with filter_by_licence(zoo.project, zoo.store, zoo.new, ["CC-BY-4.0"]) as part:
        for table in ("animals", "calls", "labels"):
            whole = pl.read_parquet(zoo.new.files(table))
            kept = pl.read_parquet(part.files(table))
            allowed = {"rex", "tom", "ida", "kit", "uma"}
            assert kept.equals(whole.filter(pl.col("name").is_in(allowed)))
        assert part.manifest.derived is not None
        assert part.manifest.derived.dropped == dict.fromkeys(part.manifest.tables, 3)
        assert part.manifest.quarantine == {}
        assert part.coverage.dimensions[0].n == 5
        card = (part.path / "README.md").read_text()
        assert f"**A part of `{zoo.new.name}`:** only rows under CC-BY-4.0." in card
        assert "license: cc-by-4.0" in card
        place = part.path
    assert not place.exists()
    assert zoo.store.versions("zoo") == [zoo.old.name, zoo.new.name]


def test_its_manifest_names_every_file_with_its_hash(zoo: Zoo) -> None:
    from hueset.store.verify import verify_version

    with filter_by_licence(zoo.project, zoo.store, zoo.new, ["unstated"]) as part:
        assert verify_version(part).faults == ()
        assert "quarantine/animals.parquet" in files_of(part.manifest)


def test_the_same_choice_is_the_same_version_byte_for_byte(zoo: Zoo) -> None:
    with filter_by_licence(zoo.project, zoo.store, zoo.new, ["CC-BY-4.0"]) as part:
        first, name = tree(part.path), part.name
    with filter_by_licence(zoo.project, zoo.store, zoo.new, ["CC-BY-4.0", "CC-BY-4.0"]) as part:
        assert (tree(part.path), part.name) == (first, name)
    with filter_by_licence(zoo.project, zoo.store, zoo.new, ["unstated"]) as part:
        assert part.name != name


def test_a_licence_that_no_row_carries_is_an_error_with_the_nearest(zoo: Zoo) -> None:
    with (
        pytest.raises(UsageError, match="unknown licence 'CC-BY-4'") as caught,
        filter_by_licence(zoo.project, zoo.store, zoo.new, ["CC-BY-4"]),
    ):
        pass
    assert "did you mean 'CC-BY-4.0'" in str(caught.value.hint)


def test_no_choice_is_the_version_itself(zoo: Zoo) -> None:
    with filter_by_licence(zoo.project, zoo.store, zoo.new, ()) as part:
        assert part is zoo.new


def relicensed(zoo: Zoo, licences: dict[str, list[str]]) -> StoredVersion:
    """Return the version as if `labels` listed the licences of its rows, by source."""
    (path,) = zoo.new.files("labels")
    rows = pl.read_parquet(path)
    lists = pl.Series("licences", [licences[source] for source in rows["source"]])
    rows.with_columns(lists).write_parquet(path)
    manifest = json.loads((zoo.new.path / "manifest.json").read_text())
    column = {"type": "list<string>", "nullable": False, "description": "All of them."}
    table = manifest["tables"]["labels"]
    table["columns"]["licences"] = column
    table["files"][0]["sha256"], table["files"][0]["bytes"] = file_sha256(path)
    manifest["licences"] = count_licences(manifest_of(manifest), zoo.new.path)
    (zoo.new.path / "manifest.json").write_text(json.dumps(manifest))
    return StoredVersion("zoo", zoo.new.name, zoo.new.path)


def test_a_row_under_several_licences_goes_out_only_with_all_of_them(zoo: Zoo) -> None:
    both = ["CC-BY-4.0", "CC-BY-NC-ND-3.0"]
    version = relicensed(zoo, {"shelter": both, "street": ["unstated"]})
    assert version.manifest.licences["labels"] == {" AND ".join(both): 5, "unstated": 3}
    with filter_by_licence(zoo.project, zoo.store, version, ["CC-BY-4.0"]) as part:
        assert part.manifest.tables["animals"].rows == 5
        assert part.manifest.tables["labels"].rows == 0
        assert part.manifest.licence == "CC-BY-4.0"
    with filter_by_licence(zoo.project, zoo.store, version, both) as part:
        assert part.manifest.tables["labels"].rows == 5
        assert part.manifest.licence == "CC-BY-NC-ND-3.0"
    with (
        pytest.raises(UsageError, match=r"no row under CC-BY-NC-ND-3\.0 alone") as caught,
        filter_by_licence(zoo.project, zoo.store, version, both[1:]),
    ):
        pass
    assert "CC-BY-4.0 AND CC-BY-NC-ND-3.0" in str(caught.value.hint)
