"""Small corpora for the chromatic builder: copies of the sample, changed, and built in process."""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

import hueset_builders.chromatic.build as builder
from hueset.builder import Batch, Finding, Inputs, Reject
from hueset.declaration.column_types import arrow_schema
from hueset.declaration.project import Project
from hueset.errors import InputError
from hueset.sources import Where, resolve_sources
from hueset.tables.conformance import conform_rows
from hueset_builders.readers.midi.notes import read_midi
from tests.support.shared_renders import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from hueset.builder import Unit

REPO = Path(__file__).parents[2]
SAMPLE = REPO / "datasets" / "chromatic" / "sample" / "corpus"
MEDIA = (".flac", ".wav")


@dataclass
class Built:
    """What a build in process gave."""

    folder: Path
    inputs: Inputs
    units: list[Unit]
    findings: list[Finding] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    refused: dict[str, InputError] = field(default_factory=dict)

    def files(self, table: str) -> list[Path]:
        path = self.folder / f"{table}.parquet"
        return [path] if path.exists() else []

    def scan(self, table: str) -> pl.LazyFrame:
        return pl.scan_parquet(self.files(table))

    def rows(self, table: str) -> list[dict[str, Any]]:
        return pq.read_table(self.files(table)[0]).to_pylist()

    def check(self) -> list[Finding]:
        return [*builder.check(self, self.inputs), *builder.check_unit(self, self.inputs)]

    def change(self, table: str, edit: Callable[[dict[str, Any]], None]) -> None:
        """Corrupt a finished table, row by row."""
        rows = self.rows(table)
        for row in rows:
            edit(row)
        schema = arrow_schema(self.inputs.dataset.tables[table])
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), self.files(table)[0])

    def drop(self, table: str, where: Callable[[dict[str, Any]], bool]) -> None:
        """Lose the rows of a finished table for which something holds."""
        rows = [row for row in self.rows(table) if not where(row)]
        schema = arrow_schema(self.inputs.dataset.tables[table])
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), self.files(table)[0])

    def found(self, check: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.check == check]


def copy_sample(folder: Path, *songs: str, audio: bool = False) -> Path:
    """Copy songs of the sample (all of them by default) into a folder."""
    for song in songs or ("01_01", "05_01", "08_01"):
        shutil.copytree(
            SAMPLE / song,
            folder / song,
            ignore=None if audio else shutil.ignore_patterns(*(f"*{kind}" for kind in MEDIA)),
        )
    return folder


def edit_manifest(corpus: Path, song: str, **changes: Any) -> dict[str, Any]:
    """Change fields of a manifest; a value of `...` deletes the field; returns the manifest."""
    path = corpus / song / f"{song}.yml"
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, value in changes.items():
        if value is ...:
            del values[name]
        else:
            values[name] = value
    path.write_text(yaml.safe_dump(values, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return dict(values)


def render_stems(corpus: Path, song: str) -> list[str]:
    """Render the stems of a song from its MIDI, and say so in its manifest; returns their names."""
    made = []
    for track in edit_manifest(corpus, song, audio_origin="rendered")["audio_tracks"]:
        midi = track.get("midi_file")
        if midi and len(read_midi(corpus / song / midi).onset_s):
            path = corpus / song / track["audio_file"]
            render(corpus / song / midi, path, sample_rate=16_000)
            made.append(path.name)
    return made


def inputs_of(corpus: Path, **parameters: Any) -> Inputs:
    """Resolve a corpus folder as the engine does."""
    project = Project(REPO)
    dataset = project.dataset("chromatic")
    where = Where(REPO, project.folder("chromatic"), flags={"corpus": corpus})
    sources = resolve_sources(dataset, where).sources
    merged = {**dataset.defaults, **parameters}
    return Inputs(dataset, sources, merged, project.facts(dataset))


def build(corpus: Path, folder: Path, **parameters: Any) -> Built:
    """Build a corpus in this process, without the gate."""
    inputs = inputs_of(corpus, **parameters)
    built = Built(folder, inputs, list(builder.plan_units(inputs)))
    batches: dict[str, list[pa.Table]] = defaultdict(list)
    for unit in built.units:
        try:
            made = list(builder.build_unit(unit, inputs))
        except InputError as error:
            built.refused[unit.key] = error
            continue
        for one in made:
            match one:
                case Batch(table, rows):
                    batches[table].append(_conformed(inputs, table, rows))
                case Finding():
                    built.findings.append(one)
                case Reject():
                    built.rejects.append(one)
    folder.mkdir(parents=True, exist_ok=True)
    empty = {
        name: [arrow_schema(table).empty_table()] for name, table in inputs.dataset.tables.items()
    }
    for name, parts in {**empty, **batches}.items():
        pq.write_table(pa.concat_tables(parts), folder / f"{name}.parquet")
    parts = [_conformed(inputs, made.table, made.rows) for made in builder.combine(built, inputs)]
    pq.write_table(pa.concat_tables(parts or empty["preview"]), folder / "preview.parquet")
    return built


def _conformed(inputs: Inputs, table: str, rows: pa.Table) -> pa.Table:
    if table.startswith("_"):
        return rows
    return conform_rows(rows, arrow_schema(inputs.dataset.tables[table]), where=table)
