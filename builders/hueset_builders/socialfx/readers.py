"""Readers of the forms in which SocialFX is found; each row becomes a contribution or a word curve.

Cartwright & Pardo, "Social-EQ", ISMIR 2013; Zheng, Seetharaman & Pardo, "SocialFX", ACM MM 2016;
Seetharaman & Pardo, "Audealize", JAES 2016. Gains are z-scores over the 40 bands of a row, not dB.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import math
import re
from typing import TYPE_CHECKING, Any

from hueset.builder import Reject, convert_input_errors, decode_text
from hueset.errors import SourceFormatError
from hueset_builders.socialfx.records import Contribution, WordCurve
from hueset_builders.socialfx.words import language_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BANDS = 40
"""Bands of the SocialEQ graphic equaliser, 20 Hz to 19,682 Hz."""

CSV_HEADER = ("descriptor", "audio_id", "ratings_consistency")
CSV_FIELDS = ("descriptor", "language", "audio_id", "ratings_consistency")
"""The header of the original file leaves `language` out; every row has it."""

REVERB_PARAMETERS = (
    ("delay", "s"),
    ("comb_gain", "1"),
    ("stereo_offset", "s"),
    ("cutoff", "Hz"),
    ("wet_dry", "1"),
)
"""The settings of the Audealize reverberator, in their published order and units."""


def band_centre_hz(name: str) -> float | None:
    """Return the centre of a band from its name (`RSC_20Hz_band` → 20.0); None if it names none."""
    found = re.search(r"(?<![\d.])(\d+(?:\.\d+)?)\s*Hz", name)
    return float(found[1]) if found else None


def read_csv(raw: bytes, source: str) -> Iterator[Contribution | Reject]:
    """Read the original `eq_contributions.csv`: 44 fields under a header that names 43.

    Raises
    ------
    SourceFormatError
        The header is another one.
    """
    with convert_input_errors(f"{source}: no csv file in UTF-8"):
        text = decode_text(raw)
        rows = csv.reader(io.StringIO(text, newline=""))
        header = next(rows, [])
    bands = tuple(header[len(CSV_HEADER) :])
    if tuple(header[: len(CSV_HEADER)]) != CSV_HEADER or len(bands) != BANDS:
        message = f"{source}:1: header starts {header[:4]} and names {len(header)} columns"
        hint = f"expected {', '.join(CSV_HEADER)} and {BANDS} bands (language is not in the header)"
        raise SourceFormatError(message, hint=hint)
    for line, row in enumerate(rows, start=2):
        key = f"csv-{line - 1:05d}"
        if len(row) != len(CSV_FIELDS) + BANDS:
            expected = f"{len(CSV_FIELDS) + BANDS} fields"
            yield _reject(source, line, "field_count", str(len(row)), expected)
            continue
        given, language, audio_id, consistency = row[: len(CSV_FIELDS)]
        yield _contribution(
            source,
            line,
            key=key,
            given=given,
            language=language,
            audio_id=audio_id,
            consistency=consistency,
            names=bands,
            units=("z-score",) * BANDS,
            values=row[len(CSV_FIELDS) :],
        )


def read_hub(path: Any, effect: str, source: str) -> Iterator[Contribution | Reject]:
    """Read one config of the Hub form: `id, text, param_keys, param_values, extra`.

    `extra` is the text of a Python dict; it is read as a literal and never run.

    Parameters
    ----------
    path
        The parquet file, or a binary stream of it.
    effect
        `eq`, `comp` or `reverb`: which unit the parameters have, if one is known.
    source
        The source's name, for messages.

    Raises
    ------
    SourceFormatError
        A column is missing.
    """
    import pyarrow.parquet as pq

    with convert_input_errors(f"{source}: cannot be read as parquet"):
        table = pq.read_table(path)
    needed = ("id", "text", "param_keys", "param_values", "extra")
    lacking = [name for name in needed if name not in table.column_names]
    if lacking:
        message = f"{source}: lacks the columns {', '.join(lacking)}"
        hint = f"it has {', '.join(table.column_names)}"
        raise SourceFormatError(message, hint=hint)
    for line, row in enumerate(table.select(list(needed)).to_pylist(), start=1):
        try:
            extra = _literal(row["extra"])
        except ValueError as error:
            yield _reject(source, line, "extra_unreadable", str(row["extra"])[:80], str(error))
            continue
        names = tuple(row["param_keys"] or ())
        yield _contribution(
            source,
            line,
            key=str(row["id"]),
            given=row["text"] or "",
            language=extra.get("lang", extra.get("language")),
            audio_id=extra.get("audio_id"),
            consistency=extra.get("ratings_consistency"),
            names=names,
            units=("z-score" if effect == "eq" else None,) * len(names),
            values=row["param_values"] or (),
        )


def read_audealize_eq(
    raw: bytes, names: Sequence[str], source: str
) -> Iterator[WordCurve | Reject]:
    """Read the Audealize equaliser words: 40 aggregated z-scores each.

    Parameters
    ----------
    raw
        The JSON file.
    names
        The names of the 40 bands, which this form leaves out.
    source
        The source's name, for messages.
    """
    yield from _audealize(raw, tuple(names), ("z-score",) * len(names), len(names), source)


def read_audealize_reverb(raw: bytes, source: str) -> Iterator[WordCurve | Reject]:
    """Read the Audealize reverb words: 5 parameters and a constant 1, which is dropped."""
    names, units = zip(*REVERB_PARAMETERS, strict=True)
    yield from _audealize(raw, names, units, len(names) + 1, source)


def _audealize(
    raw: bytes, names: tuple[str, ...], units: tuple[str | None, ...], length: int, source: str
) -> Iterator[WordCurve | Reject]:
    with convert_input_errors(f"{source}: not valid JSON", hint="is the file whole?"):
        entries = json.loads(raw)
    if not isinstance(entries, list):
        message = f"{source}: expected a JSON list of words, found {type(entries).__name__}"
        raise SourceFormatError(message)
    for at, entry in enumerate(entries, start=1):
        settings = entry.get("settings", []) if isinstance(entry, dict) else None
        if not isinstance(settings, list) or not isinstance(entry.get("word"), str):
            expected = "an object with word and settings"
            yield _reject(source, at, "not_a_word", str(entry)[:80], expected, "terms")
            continue
        values = [_number(value) for value in settings]
        if len(values) != length:
            yield _reject(source, at, "parameter_count", str(len(values)), str(length), "terms")
            continue
        kept = [value for value in values[: len(names)] if value is not None]
        if len(kept) != len(names):
            yield _reject(source, at, "not_finite", str(settings)[:80], "finite numbers", "terms")
            continue
        if length > len(names) and values[-1] != 1:
            yield _reject(source, at, "constant_differs", str(settings[-1]), "1", "terms")
            continue
        yield WordCurve(
            given=entry["word"],
            language=language_of(entry.get("lang")),
            names=names,
            units=units,
            values=tuple(kept),
            agreement=_number(entry.get("agreement")),
            num=entry.get("num"),
            x=_number(entry.get("x")),
            y=_number(entry.get("y")),
        )


def _contribution(
    source: str,
    line: int,
    *,
    key: str,
    given: str,
    language: str | None,
    audio_id: Any,
    consistency: Any,
    names: tuple[str, ...],
    units: tuple[str | None, ...],
    values: Sequence[Any],
) -> Contribution | Reject:
    numbers = [_number(value) for value in values]
    finite = [number for number in numbers if number is not None]
    if not given.strip():
        return _reject(source, line, "no_word", given, "a word")
    if not names or len(names) != len(values):
        return _reject(
            source, line, "parameter_count", str(len(values)), f"{len(names)}, one per name"
        )
    if len(finite) != len(numbers):
        place = numbers.index(None)
        return _reject(source, line, "not_finite", str(values[place])[:40], "a finite number")
    try:
        spoken = language_of(language)
    except ValueError as error:
        return _reject(source, line, "unknown_language", str(language), str(error))
    return Contribution(
        key=key,
        given=given,
        language=spoken,
        audio_id=None if audio_id in {None, ""} else str(audio_id),
        ratings_consistency=_number(consistency),
        names=names,
        units=units,
        values=tuple(finite),
    )


def _number(given: Any) -> float | None:
    """Return a finite float, or None for anything else: text that is no number, NaN, infinity."""
    if given is None or isinstance(given, bool):
        return None
    try:
        number = float(given)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _literal(text: str | None) -> dict[str, Any]:
    if text is None or not text.strip():
        return {}
    try:
        made = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        message = "a Python dict of plain values"
        raise ValueError(message) from error
    if not isinstance(made, dict):
        message = "a Python dict"
        raise ValueError(message)
    return made


def _reject(
    source: str,
    line: int,
    reason: str,
    observed: str,
    expected: str,
    table: str = "contributions",
) -> Reject:
    return Reject(table, source, f"row {line}", reason, observed, expected)
