"""Task files: texts that nobody has rated on a dimension, a few of every kind, each of them once.

Every rater gets the same texts in an order of their own, as CSV for a spreadsheet and as JSONL. The
choice depends on nothing but the version, the dimension and the numbers asked for.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from hueset.annotate.scale import annotation_contract, require_annotatable_dimension, scale_anchors
from hueset.annotate.spreadsheet_cells import guard_cell
from hueset.builder.splits import hash_position
from hueset.errors import HuesetError, UsageError
from hueset.files.outputs import write_outputs
from hueset.tables.class_names import manifest_types, name_classes
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hueset.declaration import Annotation, NumericCoverage
    from hueset.declaration.project import Project
    from hueset.store.store import StoredVersion

FIELDS = (
    "example_id",
    "unit",
    "text",
    "context",
    "dimension",
    "question",
    "low_end",
    "middle",
    "high_end",
    "rating",
    "rater",
    "licence",
    "version",
)
FEWEST_RATERS = 2


@dataclass(frozen=True)
class AnnotationTasks:
    """What was written.

    Attributes
    ----------
    dimension
        What is asked.
    texts
        How many texts, by stratum.
    files
        The files, CSV and JSONL for each rater.
    """

    dimension: str
    texts: dict[str, int]
    files: tuple[Path, ...]


def write_tasks(
    project: Project,
    version: StoredVersion,
    dimension: str,
    folder: Path,
    *,
    texts: int = 100,
    raters: int = 2,
    units: Sequence[str] = (),
    longest: int = 600,
) -> AnnotationTasks:
    """Write the task files of a dimension.

    Parameters
    ----------
    project, version
        Whose texts.
    dimension
        What people are asked.
    folder
        Where to write; it is made if need be.
    texts
        How many texts in all, spread evenly over the declared strata.
    raters
        How many people, at least two.
    units
        Only these kinds of text; default all.
    longest
        Characters of the longest text: nobody rates a hundred long ones in an evening.

    Raises
    ------
    UsageError
        There are fewer than two raters, or no text is left to be asked.
    UnknownNameError
        There is no such dimension.
    OutputExistsError
        One of the files is there, and somebody answered in it: none is written.
    """
    if raters < FEWEST_RATERS:
        message = f"{format_count(raters, 'rater')} cannot agree with anybody"
        raise UsageError(message, hint="ask two or more: --raters 2", value=raters)
    declared = require_annotatable_dimension(project, version.dataset, dimension)
    annotation, numeric = annotation_contract(project.dataset(version.dataset))
    rows = select_candidates(version, annotation, numeric, dimension, units=units, longest=longest)
    if rows.is_empty():
        message = f"{version.dataset} {version.name} has no text to ask about {dimension}"
        raise UsageError(message, hint="other --unit or a larger --max-characters may leave some")
    chosen = spread_evenly(rows, texts, salt=dimension)
    tasks = [
        {**scale_anchors(declared), **row, "rating": "", "rater": "", "version": version.name}
        for row in chosen.drop("stratum").iter_rows(named=True)
    ]
    files: dict[Path, bytes] = {}
    for rater in range(1, raters + 1):
        salt = f"{dimension}-rater-{rater}"
        mine = sorted(tasks, key=lambda task: hash_position(str(task["example_id"]), salt))
        stem = folder / f"{version.dataset}-{dimension}-rater-{rater}"
        files |= {stem.with_suffix(".csv"): _csv(mine), stem.with_suffix(".jsonl"): _jsonl(mine)}
    folder.mkdir(parents=True, exist_ok=True)
    write_outputs(files, is_ours=_is_unanswered, forceable=False)
    counts = dict(sorted(chosen["stratum"].value_counts().rows()))
    return AnnotationTasks(dimension, counts, tuple(files))


def select_candidates(
    version: StoredVersion,
    annotation: Annotation,
    numeric: NumericCoverage,
    dimension: str,
    *,
    units: Sequence[str] = (),
    longest: int,
) -> pl.DataFrame:
    """Return the texts that nobody rated on a dimension yet, every one once.

    Returns
    -------
    polars.DataFrame
        `example_id`, `unit`, `text`, `context`, `licence`, `stratum`.
    """
    (key,) = version.manifest.tables[annotation.table].key
    rows = _scan(version, annotation.table).filter(
        pl.col(annotation.text).str.len_chars().is_between(1, longest)
    )
    if units:
        rows = rows.filter(pl.col(annotation.unit).is_in(units))
    found = rows.select(
        pl.col(key).alias("example_id"),
        pl.col(annotation.unit).alias("unit"),
        pl.col(annotation.text).alias("text"),
        (pl.col(annotation.context) if annotation.context else pl.lit(None, dtype=pl.String)).alias(
            "context"
        ),
        pl.col(annotation.licence).alias("licence"),
        pl.concat_str(annotation.strata, separator=" ").alias("stratum"),
        pl.col(annotation.same).alias("same"),
    ).collect()
    if numeric.labels:
        rated = (
            _scan(version, numeric.labels)
            .filter((pl.col("dimension") == dimension) & pl.col("label_kind").is_in(numeric.human))
            .select(pl.col(key).alias("example_id"))
            .collect()
        )
        known = found.join(rated, on="example_id", how="semi").select("same").unique()
        found = found.join(known, on="same", how="anti")
    return found.sort("example_id").unique("same", keep="first", maintain_order=True).drop("same")


def _scan(version: StoredVersion, table: str) -> pl.LazyFrame:
    rows = pl.scan_parquet(version.files(table), glob=False)
    return name_classes(rows, manifest_types(version.manifest.tables[table]))


def spread_evenly(rows: pl.DataFrame, count: int, *, salt: str) -> pl.DataFrame:
    """Return so many rows, as evenly over the strata as they allow, by hash of their id."""
    places = [hash_position(one, salt) for one in rows["example_id"]]
    return (
        rows.with_columns(place=pl.Series(places))
        .sort("place")
        .with_columns(turn=pl.int_range(pl.len()).over("stratum"))
        .sort("turn", "place")
        .head(count)
        .drop("turn", "place")
    )


def _is_unanswered(path: Path, content: bytes) -> bool:
    """Whether a file is a task file in which nobody has answered, or said who rates."""
    from hueset.annotate.answers import read_tasks

    try:
        rows = [row for _, row in read_tasks(path, content)]
    except HuesetError:
        return False
    known = {*FIELDS}
    return all(
        {*row} <= known
        and not any(str(row.get(name) or "").strip() for name in ("rating", "rater"))
        for row in rows
    )


def _csv(tasks: list[dict[str, Any]]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, FIELDS)
    writer.writeheader()
    writer.writerows({name: _cell(task[name]) for name in FIELDS} for task in tasks)
    # With a mark at its beginning a spreadsheet reads the file as UTF-8.
    return stream.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> Any:
    return guard_cell(value) if isinstance(value, str) else value


def _jsonl(tasks: list[dict[str, Any]]) -> bytes:
    lines = (
        json.dumps({name: task[name] for name in FIELDS}, ensure_ascii=False) for task in tasks
    )
    return "".join(f"{line}\n" for line in lines).encode()
