"""Tables whose files are those of the units: linked, not written again, and the same bytes."""

import os
import shutil
from pathlib import Path

import polars as pl
import pytest

import hueset.build.assemble
from hueset.build.plan import make_plan
from hueset.build.run import BuildResult, run_build
from hueset.declaration.project import find_project
from hueset.errors import BuildError, UnknownNameError, UsageError
from hueset.release.card import render_documents
from hueset.sources import Where
from hueset.store.gc import find_garbage
from hueset.store.media import open_media
from hueset.store.store import VersionStore
from hueset.store.verify import verify_version
from tests.support.in_process_build import Silent, tree
from tests.support.zoo_project import SHELTER, STREET, declare, forget_builder, write_zoo

UMA = ("uma", "cat", "0.7")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = write_zoo(tmp_path / "zoo_project")
    declare_per_unit(made)
    return made


def declare_per_unit(root: Path, street: list[tuple[str, str, str]] = STREET) -> None:
    """Declare the data, with the sounds in files of their units."""
    declare(root, "1.0.0", SHELTER, street)
    edit(root, "row_group_rows: 2", "row_group_rows: 2\n    files: per_unit")


def edit(root: Path, old: str, new: str, file: str = "datasets/zoo/dataset.yaml") -> None:
    text = (root / file).read_text()
    assert old in text
    (root / file).write_text(text.replace(old, new))


def build(root: Path, store: Path, *, workers: int = 1, force: bool = False) -> BuildResult:
    forget_builder()
    project = find_project(root)
    where = Where(root, project.folder("zoo"), mirror=root / "mirror", flags={})
    plan = make_plan(project, "zoo", where)
    return run_build(
        project,
        plan,
        VersionStore(store),
        Silent(),
        render=render_documents,
        workers=workers,
        force=force,
    )


def calls(done: BuildResult) -> pl.DataFrame:
    return pl.read_parquet(done.version.files("calls")).sort("name")


def test_a_build_on_finished_units_gives_the_bytes_of_a_fresh_one(
    root: Path, tmp_path: Path
) -> None:
    first = build(root, tmp_path / "grown")
    declare_per_unit(root, [*STREET, UMA])
    grown = build(root, tmp_path / "grown")
    fresh = build(root, tmp_path / "fresh", workers=2)
    assert (grown.reused, fresh.reused) == (1, 0)
    assert tree(grown.version.path) == tree(fresh.version.path)
    assert grown.version.name != first.version.name


def test_files_of_unchanged_units_are_the_same_file_in_every_version(
    root: Path, tmp_path: Path
) -> None:
    first = build(root, tmp_path / "store")
    declare_per_unit(root, [*STREET, UMA])
    second = build(root, tmp_path / "store")
    inodes = [{path.stat().st_ino for path in v.version.files("calls")} for v in (first, second)]
    assert len(inodes[0] & inodes[1]) == 3  # the shelter's animals fall into three splits
    assert inodes[1] - inodes[0]
    assert not verify_version(first.version).faults
    assert not verify_version(second.version).faults


def test_rows_are_those_of_packed_files(root: Path, tmp_path: Path) -> None:
    whole = build(root, tmp_path / "store")
    declare(root, "1.0.0", SHELTER, STREET)
    packed = build(root, tmp_path / "store")
    assert len(whole.version.files("calls")) > len(packed.version.files("calls"))
    assert calls(whole).equals(calls(packed))
    tables = [done.version.manifest.tables["calls"] for done in (whole, packed)]
    assert tables[0].splits == tables[1].splits


def test_where_nothing_can_be_linked_the_bytes_are_copied(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked = build(root, tmp_path / "linked")

    def refuse(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(hueset.build.assemble.os, "link", refuse)
    copied = build(root, tmp_path / "copied")
    assert tree(copied.version.path) == tree(linked.version.path)
    assert {path.stat().st_nlink for path in copied.version.files("calls")} == {1}


def test_a_forced_build_gives_the_same_bytes(root: Path, tmp_path: Path) -> None:
    build(root, tmp_path / "store")
    assert build(root, tmp_path / "store", force=True).state == "identical"


def test_a_shard_changed_in_place_is_not_taken_over(root: Path, tmp_path: Path) -> None:
    first = build(root, tmp_path / "store")
    units = [tmp_path / "store/zoo/_units" / name for name in first.version.units.values()]
    path = next(unit for unit in units for _ in unit.glob("calls/*"))
    path = min(path.glob("calls/*.parquet"))
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(data)
    declare_per_unit(root, [*STREET, UMA])
    second = build(root, tmp_path / "store")
    assert second.reused == 0
    assert not verify_version(second.version).faults
    # The version from before shares the file; its own check says so.
    assert [fault.kind for fault in verify_version(first.version).faults] == ["changed"]


def test_a_store_that_was_copied_keeps_its_finished_units(root: Path, tmp_path: Path) -> None:
    build(root, tmp_path / "store")
    shutil.copytree(tmp_path / "store", tmp_path / "copy", symlinks=True, copy_function=shutil.copy)
    declare_per_unit(root, [*STREET, UMA])
    done = build(root, tmp_path / "copy")
    assert done.reused == 1
    assert not verify_version(done.version).faults


def test_garbage_does_not_count_what_a_version_still_holds(root: Path, tmp_path: Path) -> None:
    store = VersionStore(tmp_path / "store")
    build(root, store.root)
    declare_per_unit(root, [*STREET, UMA])
    build(root, store.root)
    for unit in store.units("zoo").iterdir():
        os.utime(unit, (0, 0))
    (gone,) = find_garbage(store).garbage
    held = sum(path.stat().st_size for path in Path(gone.path).rglob("calls/*.parquet"))
    every = sum(path.stat().st_size for path in Path(gone.path).rglob("*") if path.is_file())
    assert gone.bytes == every - held
    assert held > 0


CHECK = """
def check_unit(tables, inputs):
    import os
    from pathlib import Path
    from hueset.builder import Finding
    names = sorted(tables.scan("calls").collect()["name"])
    seen = Path(os.environ["SEEN"])
    seen.write_text((seen.read_text() if seen.exists() else "") + f"{names[0]} ")
    if "uma" in names:
        yield Finding("output.loud", "fail", "uma is too loud", "calls", examples=("uma",))
"""


def test_a_unit_is_checked_once_and_its_findings_stay_with_it(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))
    with (root / "zoo_builders/zoo.py").open("a") as stream:
        stream.write(CHECK)
    assert build(root, tmp_path / "store").verdict == "warn"
    declare_per_unit(root, [*STREET, UMA])
    assert build(root, tmp_path / "store").verdict == "fail"
    assert (tmp_path / "seen").read_text().split() == ["ida", "lea", "lea"]
    again = build(root, tmp_path / "other")
    assert [f.check for f in again.version.gate.findings if f.verdict == "fail"] == ["output.loud"]


def test_a_check_of_a_unit_that_gives_no_finding_is_named(root: Path, tmp_path: Path) -> None:
    with (root / "zoo_builders/zoo.py").open("a") as stream:
        stream.write("\ndef check_unit(tables, inputs):\n    yield 'loud'\n")
    with pytest.raises(BuildError, match="check_unit gives 'loud'"):
        build(root, tmp_path / "store")


def test_one_row_is_read_by_its_key(root: Path, tmp_path: Path) -> None:
    done = build(root, tmp_path / "store")
    rows = {row["name"]: row for row in calls(done).iter_rows(named=True)}
    with (
        open_media(done.version, "calls", "call") as sounds,
        open_media(done.version, "calls", "midi") as midi,
    ):
        assert len(sounds) == len(rows) == 7
        assert set(sounds) == set(rows)
        for name, row in rows.items():
            assert sounds[name] == row["call"]["bytes"]
            assert midi[name] == row["midi"]
        sounds.close()
        assert sounds["rex"] == rows["rex"]["call"]["bytes"]
        with pytest.raises(UnknownNameError, match="no row has the key 'nobody'"):
            sounds["nobody"]


def test_columns_without_bytes_are_refused(root: Path, tmp_path: Path) -> None:
    version = build(root, tmp_path / "store").version
    with pytest.raises(UsageError, match="no bytes"):
        open_media(version, "calls", "tags")
    with pytest.raises(UnknownNameError, match="column of calls"):
        open_media(version, "calls", "cal")


def test_a_row_without_bytes_has_none(root: Path, tmp_path: Path) -> None:
    edit(
        root,
        '"call": call(name)',
        '"call": None if name == "rex" else call(name)',
        "zoo_builders/zoo.py",
    )
    with open_media(build(root, tmp_path / "store").version, "calls", "call") as sounds:
        assert sounds["rex"] is None
        assert sounds["tom"] is not None
