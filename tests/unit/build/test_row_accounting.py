"""Rows in = rows written + rows refused: each hand-over is broken once, and ends the build."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

import hueset.build.assemble
import hueset.build.run
import hueset.build.units
from hueset.build import executor
from hueset.build.unit_cache import write_account
from hueset.errors import BuildError, RowAccountError, UnknownNameError
from hueset.store.store import VersionStore
from hueset.tables.writer import TableWriter, _Series
from tests.support.in_process_build import build_pets
from tests.support.pets_project import repin

if TYPE_CHECKING:
    from pathlib import Path

LAST = '    yield Batch("pets", pa.Table.from_pylist(rows))'


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the steps run here, where they can be broken."""
    monkeypatch.setattr(executor, "one_blas_thread", lambda: True)


def edit(pets: Path, old: str, new: str, file: str = "pets_builders/pets.py") -> None:
    text = (pets / file).read_text()
    assert old in text
    (pets / file).write_text(text.replace(old, new, 1))


def combine(pets: Path, body: str) -> None:
    text = (pets / "pets_builders/pets.py").read_text()
    body = body.replace("\n", "\n    ")
    code = f"\ndef combine(shards, inputs):\n    rows = shards.scan('pets').collect()\n    {body}\n"
    (pets / "pets_builders/pets.py").write_text(text + code)


def assert_refused(pets: Path, store: Path, said: str, kind: type = RowAccountError) -> None:
    with pytest.raises(kind, match=said):
        build_pets(pets, store)
    assert VersionStore(store).versions("pets") == []


@pytest.mark.parametrize("files", ["packed", "per_unit"])
@pytest.mark.parametrize("through", [False, True])
def test_a_row_with_an_empty_split_ends_the_build(
    pets: Path, tmp_path: Path, files: str, through: bool
) -> None:
    edit(pets, '"split": split}', '"split": split if name not in ("tom", "kit") else ""}')
    edit(
        pets,
        "    group: name",
        f"    group: name\n    files: {files}",
        "datasets/pets/dataset.yaml",
    )
    if through:
        combine(pets, 'yield Batch("pets", rows.to_arrow())')
    said = r"table 'pets': 2 rows have no split.* the first is name='tom'"
    assert_refused(pets, tmp_path / "store", said, BuildError)


def test_a_row_lost_on_the_way_to_the_shard_is_seen(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conform = hueset.build.units.conform_rows
    monkeypatch.setattr(
        hueset.build.units, "conform_rows", lambda rows, *a, **k: conform(rows.slice(1), *a, **k)
    )
    said = r"unit 'a.csv': table 'pets', from the builder's .*: 5 rows came in, 4 were written"
    assert_refused(pets, tmp_path / "store", said)


@pytest.mark.parametrize("files", ["packed", "per_unit"])
def test_a_row_lost_in_the_writer_is_seen(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: str
) -> None:
    edit(
        pets,
        "    group: name",
        f"    group: name\n    files: {files}",
        "datasets/pets/dataset.yaml",
    )
    add = _Series.add
    monkeypatch.setattr(_Series, "add", lambda self, rows: add(self, rows.slice(1)))
    place = {"packed": "from the shards of the units to", "per_unit": "to the shard of the unit"}
    assert_refused(pets, tmp_path / "store", rf"table 'pets', .*{place[files]}.* came in, ")


def test_a_row_lost_between_the_shards_and_the_table_is_seen(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = hueset.build.assemble._read
    monkeypatch.setattr(
        hueset.build.assemble, "_read", lambda *a: (rows.slice(1) for rows in read(*a))
    )
    said = r"table 'pets', from the shards .*: 10 rows came in, 9 were written and 0 refused"
    assert_refused(pets, tmp_path / "store", said)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('yield Batch("pets", rows.head(7).to_arrow())', "10 rows came in, 7 .* and 0 refused"),
        (
            "import polars as pl\nyield Batch('pets', pl.concat([rows, rows]).to_arrow())",
            "10 rows came in, 20 were written",
        ),
        ('yield Batch("pets", rows.head(0).to_arrow())', "10 rows came in, 0 were written"),
        ('yield Reject("pets", "pets", "rex", "odd", "x")', "10 .* 10 were written and 1 refused"),
    ],
)
def test_combine_yields_the_rows_of_the_units_or_refuses_them(
    pets: Path, tmp_path: Path, body: str, said: str
) -> None:
    combine(pets, body)
    assert_refused(pets, tmp_path / "store", f"table 'pets', .* through combine: {said}")


def test_rows_that_combine_refuses_are_part_of_the_account(pets: Path, tmp_path: Path) -> None:
    combine(
        pets,
        'yield Batch("pets", rows.tail(8).to_arrow())\n'
        'for name in rows["name"].head(2):\n'
        '    yield Reject("pets", "pets", name, "twice", name)',
    )
    manifest = build_pets(pets, tmp_path / "store").version.manifest
    assert manifest.tables["pets"].rows == 8
    assert manifest.quarantine == {"pets": {"twice": 2}}


def test_combine_may_pick_from_a_working_table(pets: Path, tmp_path: Path) -> None:
    edit(pets, LAST, LAST.replace('"pets"', '"_read"', 1))
    combine(pets, 'yield Batch("pets", shards.scan("_read").collect().head(7).to_arrow())')
    edit(pets, "shards.scan('pets')", "shards.scan('_read')")
    assert build_pets(pets, tmp_path / "store").version.manifest.tables["pets"].rows == 7


def test_a_row_that_combine_yields_is_written(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(pets, LAST, LAST.replace('"pets"', '"_read"', 1))
    combine(pets, 'yield Batch("pets", shards.scan("_read").collect().to_arrow())')
    edit(pets, "shards.scan('pets')", "shards.scan('_read')")
    write = TableWriter.write
    monkeypatch.setattr(TableWriter, "write", lambda self, rows: write(self, rows.slice(1)))
    said = "table 'pets', from combine to the table: 10 rows came in, 9 were written"
    assert_refused(pets, tmp_path / "store", said)


def test_a_manifest_that_counts_otherwise_than_its_files_is_refused(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = hueset.build.run.make_manifest

    def miscounted(*arguments: Any) -> dict[str, Any]:
        manifest = make(*arguments)
        manifest["tables"]["pets"]["splits"]["train"] -= 1
        return manifest

    monkeypatch.setattr(hueset.build.run, "make_manifest", miscounted)
    said = "table 'pets', from the table to the version: 10 rows came in, 9 were written"
    assert_refused(pets, tmp_path / "store", said)


def test_files_cut_after_they_were_counted_are_seen(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assemble = hueset.build.run.assemble_tables

    def cut(*arguments: Any) -> Any:
        done = assemble(*arguments)
        path = arguments[2] / done.files["pets"][0].path
        pq.write_table(pq.read_table(path).slice(1), path)
        return done

    monkeypatch.setattr(hueset.build.run, "assemble_tables", cut)
    assert_refused(pets, tmp_path / "store", "table 'pets', from the table to the version")


def test_the_quarantine_holds_every_row_that_was_refused(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(pets, "rex,dog,0.9", "rex,dog,9", "mirror/pets/a.csv")
    repin(pets)
    table = hueset.build.run.reject_table
    monkeypatch.setattr(hueset.build.run, "reject_table", lambda rejects: table(rejects).slice(1))
    said = "table 'pets', .* to the quarantine: 1 row came in, 0 were written"
    assert_refused(pets, tmp_path / "store", said)


def test_an_engine_that_loses_a_unit_is_told_which(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lazily(planned: Any, *arguments: Any, **more: Any) -> None:
        executor.run_steps(planned[:1], *arguments, **more)

    monkeypatch.setattr(hueset.build.run, "run_steps", lazily)
    assert_refused(pets, tmp_path / "store", r"planned: 2 units, finished: 1; lost: 'b\.csv'")


def test_a_finished_unit_whose_account_was_changed_is_seen(pets: Path, tmp_path: Path) -> None:
    build_pets(pets, tmp_path / "store")
    for account in (tmp_path / "store/pets/_units").glob("*/unit.json"):
        told = json.loads(account.read_text())
        kept = {key: told[key] for key in told if key not in {"format", "files", "sha256"}}
        write_account(account.parent, {**kept, "rows": {"pets": 6}})
    edit(pets, "calm is a share", "calm is a share indeed", "expectations/pets/pets.yaml")
    with pytest.raises(RowAccountError, match="12 rows came in, 10 were written"):
        build_pets(pets, tmp_path / "store")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            'kept = rows.filter(pl.col("name") != "rex")\n'
            'yield Batch("pets", kept.to_arrow())\n'
            'yield Reject("pets", "pets", "tom", "odd", "x")',
            "rex neither .* tom yielded or refused",
        ),
        (
            'yield Batch("pets", rows.with_columns(name=pl.col("name").replace("rex", "xer"))'
            ".to_arrow())",
            "rex neither yielded nor refused; xer yielded",
        ),
    ],
)
def test_combine_gives_back_the_very_rows_that_it_was_given(
    pets: Path, tmp_path: Path, body: str, said: str
) -> None:
    combine(pets, f"import polars as pl\n{body}")
    assert_refused(pets, tmp_path / "store", said)


@pytest.mark.parametrize("place", ["build_unit", "combine"])
def test_a_reject_of_an_undeclared_table_is_refused(pets: Path, tmp_path: Path, place: str) -> None:
    line = 'yield Reject("petz", "pets", "rex", "odd", "x")'
    if place == "combine":
        combine(pets, line)
    else:
        edit(pets, "    rows = []", f"    {line}\n    rows = []")
    with pytest.raises(UnknownNameError, match="unknown table in a reject 'petz'") as caught:
        build_pets(pets, tmp_path / "store")
    assert "'pets'" in str(caught.value.hint)


def test_a_unit_of_which_every_row_is_refused_has_none(pets: Path, tmp_path: Path) -> None:
    bad = "\n".join(f"{name},dog,9" for name in ("rex", "tom"))
    (pets / "mirror/pets/a.csv").write_text(f"{bad}\n")
    repin(pets)
    manifest = build_pets(pets, tmp_path / "store").version.manifest
    assert manifest.tables["pets"].rows == 5
    assert manifest.quarantine == {"pets": {"calm_out_of_range": 2}}


@pytest.mark.parametrize("files", ["packed", "per_unit"])
def test_a_unit_without_rows_makes_no_split(pets: Path, tmp_path: Path, files: str) -> None:
    edit(
        pets,
        "    group: name",
        f"    group: name\n    files: {files}",
        "datasets/pets/dataset.yaml",
    )
    edit(pets, '"split": split}', '"split": "test"}')
    none = 'pa.Table.from_pylist(rows) if unit.key != "a.csv" else pa.table({})'
    edit(pets, LAST, LAST.replace("pa.Table.from_pylist(rows)", none))
    told = build_pets(pets, tmp_path / "store").version.manifest.tables["pets"]
    assert set(told.splits) == {"test"}
    assert all(file.rows for file in told.files)
