"""Answers read back: checked one by one, agreement computed, written as one file of a source.

The file holds everything that a builder needs: the texts with their licence, each rater's answer,
the scale, the agreement. A rater is a pseudonym: `rater-1` will do, and names are better left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from hueset.annotate.agreement import krippendorff_alpha
from hueset.annotate.scale import HIGH, LOW, annotation_contract, require_annotatable_dimension
from hueset.annotate.spreadsheet_cells import unguard_cell
from hueset.builder.csv_reader import csv_rows
from hueset.errors import InputError, UsageError
from hueset.files.hashing import digest_of
from hueset.files.outputs import write_outputs
from hueset.store.store import json_bytes
from hueset.tables.class_names import manifest_types, name_classes
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from hueset.declaration.project import Project
    from hueset.store.store import StoredVersion

FORMAT = "hueset-answers-1"
NEEDED = ("example_id", "dimension", "rating")
FEWEST_RATERS = 2


@dataclass(frozen=True)
class ImportedAnswers:
    """What was read from answers on one dimension.

    Attributes
    ----------
    dimension
        What was asked.
    raters, texts, ratings
        How many.
    unanswered
        Answers left empty: a rater could not tell.
    alpha
        Krippendorff's alpha over the texts with two raters or more; None where it is not defined.
    file
        The file that was written.
    """

    dimension: str
    raters: int
    texts: int
    ratings: int
    unanswered: int
    alpha: float | None
    file: Path


@dataclass(frozen=True)
class _Answer:
    rater: str
    example_id: str
    rating: int | None
    where: str


def import_answers(
    project: Project, version: StoredVersion, files: Sequence[Path], folder: Path
) -> list[ImportedAnswers]:
    """Read filled-in task files, and write one file per dimension.

    Parameters
    ----------
    project, version
        Whose texts were rated.
    files
        Filled-in task files, CSV or JSONL. A rater is named by the column `rater`, or else by the
        name of the file.
    folder
        The folder of the source; it is made if need be.

    Raises
    ------
    InputError
        A file is no task file, or an answer is none; file and line are named.
    UnknownNameError
        An answer is on an undeclared dimension.
    UsageError
        A dimension was rated by fewer than two people.
    """
    by_dimension: dict[str, list[_Answer]] = {}
    # Two files may have one name in two folders; then the name alone is no place.
    alike = len({path.name for path in files}) < len({*files})
    for path in files:
        for at, row in _rows(path):
            where = f"{path if alike else path.name}:{at}"
            answer = _answer(row, path, where)
            by_dimension.setdefault(str(row["dimension"]), []).append(answer)
    return [
        _write_answers(project, version, dimension, answers, folder)
        for dimension, answers in sorted(by_dimension.items())
    ]


def _write_answers(
    project: Project, version: StoredVersion, dimension: str, answers: list[_Answer], folder: Path
) -> ImportedAnswers:
    require_annotatable_dimension(project, version.dataset, dimension)
    _refuse_twice(answers)
    if not any(answer.rating is not None for answer in answers):
        message = f"{dimension}: none of {format_count(len(answers), 'answer')} has a rating"
        hint = f"fill in the column `rating`, {LOW}..{HIGH}, and save the file"
        raise UsageError(message, hint=hint, value=dimension)
    given = [answer for answer in answers if answer.rating is not None]
    raters = sorted({answer.rater for answer in given})
    if len(raters) < FEWEST_RATERS:
        message = f"{dimension} was rated by one person, {raters[0]}: there is nothing to agree on"
        hint = "give the files of two raters or more; one file may hold several: fill in `rater`"
        raise UsageError(message, hint=hint, value=dimension)
    texts = _texts(project, version, given)
    alpha = krippendorff_alpha(
        (answer.rater, answer.example_id, float(answer.rating or 0)) for answer in given
    )
    ordered = sorted(given, key=lambda answer: (answer.example_id, answer.rater))
    document = {
        "format": FORMAT,
        "dataset": version.dataset,
        "version": version.name,
        "dimension": dimension,
        "scale": [LOW, HIGH],
        "raters": len(raters),
        "items": len(texts),
        "alpha": alpha,
        "level": "interval",
        "answers": [
            {**texts[one.example_id], "rater": one.rater, "rating": one.rating} for one in ordered
        ],
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{dimension}-{digest_of(document['answers'])[:12]}.json"
    write_outputs({path: json_bytes(document)}, is_ours=_holds_its_answers, forceable=False)
    unanswered = len(answers) - len(given)
    return ImportedAnswers(dimension, len(raters), len(texts), len(given), unanswered, alpha, path)


def _texts(
    project: Project, version: StoredVersion, given: Sequence[_Answer]
) -> dict[str, dict[str, Any]]:
    """Return the rated texts as the version holds them, not as a spreadsheet saved them."""
    annotation, _ = annotation_contract(project.dataset(version.dataset))
    (key,) = version.manifest.tables[annotation.table].key
    wanted = sorted({answer.example_id for answer in given})
    context = pl.col(annotation.context) if annotation.context else pl.lit(None, dtype=pl.String)
    rows = (
        name_classes(
            pl.scan_parquet(version.files(annotation.table), glob=False),
            manifest_types(version.manifest.tables[annotation.table]),
        )
        .filter(pl.col(key).is_in(wanted))
        .select(
            pl.col(key).alias("example_id"),
            pl.col(annotation.unit).alias("unit"),
            pl.col(annotation.text).alias("text"),
            context.alias("context"),
            pl.col(annotation.licence).alias("licence"),
        )
        .collect()
    )
    found = {str(row["example_id"]): row for row in rows.iter_rows(named=True)}
    for answer in given:
        if answer.example_id not in found:
            message = f"{answer.where}: {answer.example_id!r} is no text of {version.name}"
            hint = "name the version that the tasks were made of with --version"
            raise InputError(message, reason="unknown_text", hint=hint, value=answer.example_id)
    return found


def _answer(row: Mapping[str, Any], path: Path, where: str) -> _Answer:
    rater = str(row.get("rater") or "").strip() or path.stem
    text = str(row["rating"] if row["rating"] is not None else "").strip()
    if not text:
        return _Answer(rater, str(row["example_id"]), None, where)
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = float("nan")
    if number not in range(LOW, HIGH + 1):
        message = f"{where}: the rating {text!r} is no whole number in {LOW}..{HIGH}"
        hint = "fix it; leave it empty where the rater could not tell"
        raise InputError(message, reason="rating_off_scale", hint=hint, value=text)
    return _Answer(rater, str(row["example_id"]), int(number), where)


def _refuse_twice(answers: Sequence[_Answer]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for answer in answers:
        one = (answer.rater, answer.example_id)
        before = seen.get(one)
        seen[one] = answer.where
        if before is not None:
            message = f"{answer.where}: {answer.rater} rated {answer.example_id} already"
            hint = "do two raters share a name? fill in `rater`"
            if before == answer.where:
                hint = "the file is given twice: name it once"
            else:
                message += f", at {before}"
            raise InputError(message, reason="rated_twice", hint=hint, value=answer.rater)


def _holds_its_answers(path: Path, content: bytes) -> bool:
    """Whether a file holds the answers that its name was made of, and nothing but what we write."""
    try:
        told = json.loads(content)
        return digest_of(told["answers"])[:12] == path.stem.rpartition("-")[2]
    except (ValueError, KeyError, TypeError):
        return False


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield line number and row of a task file."""
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error}"
        raise InputError(message, hint="save it as CSV in UTF-8, or give the JSONL") from error
    yield from read_tasks(path, content)


def read_tasks(path: Path, content: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield line number and row of the content of a task file; raises `InputError` for no such."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{path} cannot be read: {error}"
        raise InputError(message, hint="save it as CSV in UTF-8, or give the JSONL") from error
    lines = text.splitlines(keepends=True)
    if path.suffix == ".jsonl":
        rows = _json_lines(lines, path)
    else:
        dialect = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
        told = csv_rows(text.encode(), path.name, delimiter=dialect, reason="unreadable")
        rows = ((at, _cells(row)) for at, row in told)
    for at, row in rows:
        missing = [name for name in NEEDED if name not in row]
        if missing:
            message = f"{path.name}:{at} lacks {', '.join(missing)}"
            raise InputError(message, hint="is it a file that `hueset annotate` wrote?")
        yield at, row


def _cells(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: unguard_cell(cell) if isinstance(cell, str) else cell for name, cell in row.items()
    }


def _json_lines(lines: Sequence[str], path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for at, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            message = f"{path.name}:{at} is no JSON: {error}"
            raise InputError(message, hint="one JSON object per line") from error
        yield at, row if isinstance(row, dict) else {}
