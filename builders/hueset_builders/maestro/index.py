"""MAESTRO's own list of performances: found in a folder or zip, verified, and selected from."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from hueset.builder import convert_input_errors, csv_rows
from hueset.builder.splits import strictest_split
from hueset.errors import (
    InputError,
    SourceChangedError,
    SourceFormatError,
    SourceMissingError,
    UnknownNameError,
    UsageError,
)
from hueset_builders.maestro.compositions import composition_ids
from hueset_builders.readers.file_sniffing import refuse_impostor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hueset.builder import ResolvedSource

COLUMNS = (
    "canonical_composer",
    "canonical_title",
    "split",
    "year",
    "midi_filename",
    "audio_filename",
    "duration",
)
ROWS = 1_276
FEW_VALUES = 10
"""So many values of a column are all named where another one is asked for."""
DIGESTS = {
    "maestro-v3.0.0.csv": "cb88a64a12971a995dd41852aa3a33879501cf70d01b9a6feb637f4ad8d8ddff",
    "maestro-v3.0.0.json": "f587488423d7c0abd0858ac6f1a2a0ea0482e85519eee774a90eb3feb6bd1e04",
}
"""SHA-256 of the two forms of the list, which hold the same."""


@dataclass(frozen=True)
class Performance:
    """One performance as published, and where its files lie in the source.

    Attributes
    ----------
    key
        Its MIDI file's name without suffix, e.g. `2018/MIDI-Unprocessed_…`.
    composer, title, year, split, duration_s
        As published; `duration_s` is that of the recording.
    composition
        The composition it plays (see `hueset_builders.maestro.compositions`).
    split_by_composition
        The published split, but for compositions that straddle it: those go whole to the
        strictest of theirs.
    midi, audio
        Member names; `audio` is None where the source does not hold it.
    """

    key: str
    composer: str
    title: str
    year: int
    split: str
    duration_s: float
    composition: str
    split_by_composition: str
    midi: str
    audio: str | None


def read_index(source: ResolvedSource) -> tuple[str, list[dict[str, str]]]:
    """Return the folder in the source that holds the list, and its rows as text.

    Raises
    ------
    SourceFormatError, SourceChangedError
        There is no list of v3.0.0, or it is not the published one; the message says how it
        differs.
    """
    names = source.names("*maestro-v*")
    for name, digest in DIGESTS.items():
        for member in names:
            if member == name or member.endswith(f"/{name}"):
                data = source.read(member)
                if hashlib.sha256(data).hexdigest() != digest:
                    _complain(data, member)
                return member.removesuffix(name), _rows(data, name)
    for member in names:
        if member.endswith((".csv", ".json")):
            _complain(source.read(member), member)
    message = f"source {source.name!r} holds no {next(iter(DIGESTS))}"
    raise SourceFormatError(message, hint="give the folder or zip of MAESTRO v3.0.0, as published")


def select_performances(
    source: ResolvedSource,
    where: Mapping[str, Any],
    limit: int | None,
    compositions: Mapping[str, Any],
) -> list[Performance]:
    """Return the performances of the source that are asked for, in the published order.

    Parameters
    ----------
    source
        The folder or zip.
    where
        Column of the list → the value it must have, e.g. `year` → 2018.
    limit
        At most so many, from 1.
    compositions
        The facts of `datasets/maestro/compositions.yaml`.

    Raises
    ------
    UnknownNameError
        `where` names no column of the list.
    UsageError
        Nothing is left; a value that no performance has names the nearest of its column.
    SourceMissingError
        MIDI files of the selection are not in the source.
    """
    root, rows = read_index(source)
    works = ((row["canonical_composer"], row["canonical_title"]) for row in rows)
    groups = composition_ids(works, compositions)
    splits: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        splits[groups[row["canonical_composer"], row["canonical_title"]]].add(row["split"])
    for column in where:
        if column not in COLUMNS:
            raise UnknownNameError.unknown("column in --where", column, COLUMNS)
    for column, value in where.items():
        _refuse_absent(column, str(value), {row[column] for row in rows})
    chosen = [row for row in rows if all(row[name] == str(value) for name, value in where.items())]
    if not chosen:
        message = f"no performance has all of {dict(where)}"
        raise UsageError(message, hint="each of these values occurs, but not together")
    chosen = chosen[:limit]
    present = set(source.names(f"{root}*"))
    missing = [row for row in chosen if root + row["midi_filename"] not in present]
    if missing:
        message = (
            f"source {source.name!r} lacks the MIDI files of {len(missing):,} of {len(chosen):,} "
            f"performances, e.g. {missing[0]['midi_filename']}"
        )
        raise SourceMissingError(message, hint="give the whole set, or choose with --where")
    return [_performance(row, root, present, groups, splits) for row in chosen]


def _refuse_absent(column: str, value: str, known: set[str]) -> None:
    """Raise the error that names the nearest values of a column, whatever their case."""
    if value in known:
        return
    folded = {one.casefold(): one for one in sorted(known)}
    near = difflib.get_close_matches(value.casefold(), folded, n=3, cutoff=0.4)
    if len(known) <= FEW_VALUES:
        hint = f"known: {', '.join(sorted(known))}"
    elif near:
        hint = f"near: {', '.join(repr(folded[one]) for one in near)}"
    else:
        hint = f"for example: {min(known)!r}"
    message = f"--where {column}: no performance has {value!r}; {len(known):,} values are known"
    raise UnknownNameError(message, hint=hint, value=value, known=sorted(known))


def _performance(
    row: dict[str, str],
    root: str,
    present: set[str],
    groups: dict[tuple[str, str], str],
    splits: dict[str, set[str]],
) -> Performance:
    composition = groups[row["canonical_composer"], row["canonical_title"]]
    audio = root + row["audio_filename"]
    return Performance(
        key=row["midi_filename"].rpartition(".")[0],
        composer=row["canonical_composer"],
        title=row["canonical_title"],
        year=int(row["year"]),
        split=row["split"],
        duration_s=float(row["duration"]),
        composition=composition,
        split_by_composition=strictest_split(splits[composition]),
        midi=root + row["midi_filename"],
        audio=audio if audio in present else None,
    )


def _rows(data: bytes, name: str) -> list[dict[str, str]]:
    if name.endswith(".csv"):
        return [row for _, row in csv_rows(data, name)]
    columns = json.loads(data)
    return [
        {column: str(columns[column][number]) for column in COLUMNS}
        for number in columns[COLUMNS[0]]
    ]


def _complain(data: bytes, member: str) -> NoReturn:
    """Raise the error that says how a list differs from the published one."""
    hint = "download it again from the homepage, without opening and saving it in between"
    try:
        refuse_impostor(data[:512], member)
    except InputError as error:
        raise SourceFormatError(error.message, hint=error.hint or hint) from error
    if not member.endswith(".csv"):
        message = f"{member} is not the published list (other SHA-256)"
        raise SourceChangedError(message, hint=hint)
    text = data.decode("utf-8", errors="replace")
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        message = f"{member}:1: has the columns {reader.fieldnames}, published: {list(COLUMNS)}"
        raise SourceFormatError(message, hint=hint)
    with convert_input_errors(f"{member} cannot be read as a table", hint=hint):
        rows = list(reader)
    signs = [
        (len(rows) != ROWS, f"it has {len(rows):,} rows, v3.0.0 has {ROWS:,} (v2.0.0 has 1,282)"),
        (text.startswith("\ufeff"), "it begins with a byte order mark"),
        ("\r\n" in text, "its lines end with CR LF"),
        ("\ufffd" in text, "it is not UTF-8"),
        (
            _has_rounded_durations(rows),
            "its durations are rounded to ten digits, as a spreadsheet saves them",
        ),
    ]
    told = "; ".join(sign for seen, sign in signs if seen) or "its SHA-256 is another"
    raise SourceChangedError(f"{member} is not the published list: {told}", hint=hint)


def _has_rounded_durations(rows: list[dict[str, str]]) -> bool:
    return all(len((row["duration"] or "").replace(".", "").lstrip("0")) <= 10 for row in rows)
