import json
from pathlib import Path
from typing import Any

import pytest

from hueset.build.regressions import compare_with_previous
from hueset.declaration.project import Project
from hueset.store.store import VersionStore
from hueset.store.version import StoredVersion
from tests.integration.test_build import edit
from tests.support.handwritten_version import manifest_of
from tests.support.in_process_build import REPO, build_pets

CHROMATIC = Project(REPO).dataset("chromatic")


def version(folder: Path, tables: dict[str, Any], **coverage: Any) -> StoredVersion:
    """A version of which only manifest and coverage are there."""
    folder.mkdir()
    manifest = manifest_of("chromatic", "1.0.0+made", tables or {"segments": table("k")})
    (folder / "manifest.json").write_text(json.dumps(manifest))
    told = {"dimensions": [], "floors": None, "classes": [], "presence": [], **coverage}
    (folder / "coverage.json").write_text(json.dumps(told))
    return StoredVersion("chromatic", folder.name, folder)


def table(*columns: str, rows: int = 100) -> dict[str, Any]:
    return {
        "description": "",
        "rows": rows,
        "key": [columns[0]],
        "split": None,
        "group": None,
        "splits": {"train": rows},
        "columns": {name: {"type": "string"} for name in columns},
        "files": [
            {
                "path": f"data/{'_'.join(columns)}.parquet",
                "split": "train",
                "rows": rows,
                "bytes": 1,
                "sha256": "0" * 64,
                "arrow_bytes": 1,
            }
        ],
        "content": {},
    }


def presence(present: int, n: int, **groups: list[int]) -> list[dict[str, Any]]:
    one = {"name": "midi", "table": "segments", "by": "colour", "n": n, "present": present}
    one |= {"share": present / n}
    return [{**one, "verdict": "trainable", "groups": groups}]


def classes(**counts: int) -> list[dict[str, Any]]:
    told = [
        {"class": name, "n": n, "by": {}, "verdict": "trainable" if n else "absent"}
        for name, n in counts.items()
    ]
    whole = {"by": None, "floor": 0, "required": [], "labelled": 1, "unlabelled": 0}
    whole |= {"undeclared": [], "classes": told}
    return [{"name": "colour", "table": "segments", "column": "colour", **whole}]


def lost(tmp_path: Path, before: StoredVersion, after: StoredVersion) -> dict[str, str]:
    return {
        one.check: one.message for one in compare_with_previous(CHROMATIC, before, after).findings
    }


def test_lost_columns_and_tables_are_named(tmp_path: Path) -> None:
    before = version(tmp_path / "one", {"a": table("x", "y", "z"), "b": table("x")})
    after = version(tmp_path / "two", {"a": table("x", "new")})
    told = compare_with_previous(CHROMATIC, before, after)
    assert told.version == "one"
    assert {one.check: one.examples for one in told.findings} == {
        "against.column_lost": ("y", "z"),
        "against.table_lost": (),
    }
    assert not compare_with_previous(CHROMATIC, after, after).findings


@pytest.mark.parametrize(("now", "told"), [(44, True), (46, False), (60, False)])
def test_a_share_that_fell_by_more_than_five_points_is_told(
    now: int, told: bool, tmp_path: Path
) -> None:
    before = version(tmp_path / "one", {}, presence=presence(50, 100))
    after = version(tmp_path / "two", {}, presence=presence(now, 100))
    found = lost(tmp_path, before, after)
    assert found == (
        {"against.coverage_drop": "midi: 44.0% of segments, 50.0% before"} if told else {}
    )


def test_a_drop_in_one_colour_is_told_though_the_whole_holds(tmp_path: Path) -> None:
    before = version(tmp_path / "one", {}, presence=presence(50, 100, Red=[40, 50], Blue=[10, 50]))
    after = version(tmp_path / "two", {}, presence=presence(60, 100, Red=[50, 50], Blue=[5, 50]))
    message = "midi of Blue: 10.0% of segments, 20.0% before"
    assert lost(tmp_path, before, after) == {"against.coverage_drop": message}


def test_a_colour_and_a_class_that_are_gone_are_told(tmp_path: Path) -> None:
    before = version(
        tmp_path / "one", {}, presence=presence(5, 9, Red=[4, 5]), classes=classes(Red=5, Blue=0)
    )
    after = version(
        tmp_path / "two", {}, presence=presence(5, 9, Blue=[5, 9]), classes=classes(Red=0, Blue=9)
    )
    assert set(lost(tmp_path, before, after)) == {"against.group_lost", "against.class_lost"}


def test_a_version_before_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    after = version(tmp_path / "two", {"a": table("x")})
    before = StoredVersion("chromatic", "gone", tmp_path / "gone")
    assert set(lost(tmp_path, before, after)) == {"against.unreadable"}


def test_a_build_records_what_it_lost_and_its_bytes_do_not_depend_on_it(
    pets: Path, tmp_path: Path
) -> None:
    first = build_pets(pets, tmp_path / "grown")
    assert first.against is None
    builder = pets / "pets_builders/pets.py"
    edit(builder, '"calm": float(calm)', '"calm": float(calm) if name < "l" else None')
    grown = build_pets(pets, tmp_path / "grown")
    assert grown.against is not None
    assert grown.against.version == first.version.name
    assert [one.check for one in grown.against.findings] == ["against.coverage_drop"]
    assert "labels of calm" in grown.against.findings[0].message
    assert grown.against.findings[0].examples == ()  # the message names it
    (record,) = VersionStore(tmp_path / "grown").records(grown.version, "build")
    assert record.against.findings[0].check == "against.coverage_drop"
    fresh = build_pets(pets, tmp_path / "fresh")
    for name in ("manifest.json", "gate/report.json"):
        assert (fresh.version.path / name).read_bytes() == (grown.version.path / name).read_bytes()
