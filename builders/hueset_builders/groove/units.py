"""One session at a time: its performances, their bars and their hits."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hueset.builder import Batch, Reject, Unit, csv_rows
from hueset.builder.splits import assign_split
from hueset.errors import InputError, SourceFormatError
from hueset_builders.groove.timing import Grid, GridPositions, measure_swing, place_hits
from hueset_builders.readers.midi.notes import read_midi

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hueset.builder import Inputs, ResolvedSource
    from hueset_builders.readers.midi.notes import Score

ROOTS = {"groove": "", "groove_zip": "groove/"}
"""Each source, and where the published folder lies in it."""
COLUMNS = (
    "drummer",
    "session",
    "id",
    "style",
    "bpm",
    "beat_type",
    "time_signature",
    "midi_filename",
    "audio_filename",
    "duration",
    "split",
)
LEAST_OFF_BEATS = {"performance": 8, "bar": 2}
ROUNDING_S = 0.001
"""A bar that ends this much after the published end is still complete."""


def plan_units(inputs: Inputs) -> list[Unit]:
    """Return one unit per recording session, in the order of their names.

    Raises
    ------
    SourceFormatError
        `info.csv` has other columns than published.
    """
    sessions: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    source, root = _source(inputs)
    for row in read_info(source.read(f"{root}info.csv")):
        sessions[row["session"]].append(row)
    shares, salt = inputs.parameters["session_shares"], inputs.parameters["session_salt"]
    return [
        Unit(
            key=session,
            inputs=tuple((source.name, root + row["midi_filename"]) for row in rows),
            payload={"rows": rows, "split_by_session": session_split(session, rows, shares, salt)},
        )
        for session, rows in sorted(sessions.items())
    ]


def read_info(data: bytes) -> list[dict[str, str]]:
    """Return the rows of `info.csv`, as text.

    Raises
    ------
    SourceFormatError
        It has other columns than published.
    """
    head = tuple(data.partition(b"\n")[0].decode("ascii", errors="replace").strip().split(","))
    if head != COLUMNS:
        message = f"info.csv has the columns {list(head)}, published are {list(COLUMNS)}"
        raise SourceFormatError(
            message, hint="download it again, and do not save it from a spreadsheet"
        )
    return [row for _, row in csv_rows(data.decode("ascii", errors="replace").encode(), "info.csv")]


def session_split(
    session: str, rows: list[dict[str, str]], shares: dict[str, float], salt: str
) -> str:
    """Return the split of a whole session: the published one where that is one, else by hash."""
    published = {row["split"] for row in rows}
    return published.pop() if len(published) == 1 else assign_split(session, shares, salt)


def build_unit(unit: Unit, inputs: Inputs) -> Iterator[Batch | Reject]:
    """Make the rows of one session."""
    source, root = _source(inputs)
    voices = {int(pitch): voice for pitch, voice in inputs.facts["kit.yaml"]["voices"].items()}
    performances: list[dict[str, Any]] = []
    bars: list[dict[str, Any]] = []
    hits: list[pa.Table] = []
    for row in unit.payload["rows"]:
        data = source.read(root + row["midi_filename"])
        try:
            score = read_midi(data, row["midi_filename"])
            grid = _grid(score, row)
        except InputError as error:
            yield Reject("performances", source.name, row["id"], error.reason, error.message)
            continue
        unknown = sorted(set(score.pitch.tolist()) - voices.keys())
        if unknown:
            reason = f"pitches {unknown} are not on the kit"
            yield Reject(
                "performances", source.name, row["id"], "unknown_pitch", reason, "kit.yaml"
            )
            continue
        common = _common(row, unit.payload["split_by_session"])
        placed = place_hits(score.onset_s, grid)
        voice = np.array([voices[pitch] for pitch in score.pitch.tolist()], dtype=object)
        own_bars = list(_bars(row, score, grid, placed, voice))
        measures = _performance(row, score, grid, placed)
        performances.append({**common, **measures, "bars": len(own_bars), "midi": data})
        bars += [{**common, **bar} for bar in own_bars]
        hits.append(_hits(common, score, placed, voice))
    if performances:
        yield Batch("performances", pa.Table.from_pylist(performances))
        yield Batch("bars", pa.Table.from_pylist(bars))
        yield Batch("hits", pa.concat_tables(hits))


def _source(inputs: Inputs) -> tuple[ResolvedSource, str]:
    """Return the source that is there, and where the published folder lies in it."""
    name = next(name for name in ROOTS if name in inputs.sources)
    return inputs.sources[name], ROOTS[name]


def _grid(score: Score, row: dict[str, str]) -> Grid:
    """Return the grid; the MIDI file's tempo must be the published one."""
    numerator, denominator = map(int, row["time_signature"].split("-"))
    tempos = {tempo.us_per_quarter for tempo in score.tempos}
    if len(tempos) != 1 or not score.n_notes:
        message = f"{row['midi_filename']}: {len(tempos)} tempos and {score.n_notes} notes"
        raise InputError(message, reason="no_single_tempo" if score.n_notes else "no_notes")
    grid = Grid(tempos.pop(), numerator, denominator)
    if abs(60 / grid.quarter_s - float(row["bpm"])) > 0.5:
        message = f"{row['midi_filename']}: {60 / grid.quarter_s:.2f} bpm, published {row['bpm']}"
        raise InputError(message, reason="tempo_differs")
    metres = {(metre.numerator, metre.denominator) for metre in score.time_signatures}
    if metres - {(numerator, denominator)}:
        message = f"{row['midi_filename']}: in {sorted(metres)}, published {row['time_signature']}"
        raise InputError(message, reason="metre_differs")
    return grid


def _common(row: dict[str, str], split_by_session: str) -> dict[str, Any]:
    style, _, detail = row["style"].partition("/")
    return {
        "performance": row["id"],
        "drummer": row["drummer"],
        "session": row["session"],
        "style": style,
        "style_detail": detail or None,
        "bpm": int(row["bpm"]),
        "beat_type": row["beat_type"],
        "split": row["split"],
        "split_by_session": split_by_session,
    }


def _performance(
    row: dict[str, str], score: Score, grid: Grid, placed: GridPositions
) -> dict[str, Any]:
    return {
        "numerator": grid.numerator,
        "denominator": grid.denominator,
        "duration_s": float(row["duration"]),
        "midi_s": score.span_s,
        "last_hit_s": float(score.onset_s[-1]),
        "recorded": bool(row["audio_filename"]),
        **_measures(score, grid, placed, np.arange(score.n_notes), "performance"),
    }


def _bars(
    row: dict[str, str], score: Score, grid: Grid, placed: GridPositions, voice: NDArray[np.object_]
) -> Iterator[dict[str, Any]]:
    """Yield every bar up to the published end or the last hit; a bar may be without hits."""
    duration_s = float(row["duration"])
    count = max(int(np.ceil(duration_s / grid.bar_s - ROUNDING_S)), int(placed.bar.max()) + 1)
    for bar in range(count):
        chosen = np.flatnonzero(placed.bar == bar)
        heard = Counter(voice[chosen].tolist())
        yield {
            "bar": bar,
            "start_s": bar * grid.bar_s,
            "end_s": (bar + 1) * grid.bar_s,
            "complete": bool((bar + 1) * grid.bar_s <= duration_s + ROUNDING_S),
            "steps": grid.steps,
            "voices": [{"voice": name, "hits": hits} for name, hits in sorted(heard.items())],
            **_measures(score, grid, placed, chosen, "bar"),
        }


def _measures(
    score: Score, grid: Grid, placed: GridPositions, chosen: NDArray[np.int64], what: str
) -> dict[str, Any]:
    """Measure some of the hits; null where there is none."""
    velocity = score.velocity[chosen].astype(np.float64)
    late_ms, late = placed.offset_ms[chosen], placed.offset_sixteenth[chosen]
    some = len(chosen) > 0
    return {
        "hits": len(chosen),
        "velocity_mean": float(velocity.mean()) if some else None,
        "velocity_sd": float(velocity.std()) if some else None,
        "offset_mean_ms": float(late_ms.mean()) if some else None,
        "offset_sd_ms": float(late_ms.std()) if some else None,
        "offset_mean_sixteenth": float(late.mean()) if some else None,
        "offset_sd_sixteenth": float(late.std()) if some else None,
        "swing": measure_swing(score.onset_s[chosen], grid, LEAST_OFF_BEATS[what]),
    }


def _hits(
    common: dict[str, Any], score: Score, placed: GridPositions, voice: NDArray[np.object_]
) -> pa.Table:
    columns = {
        "hit": np.arange(score.n_notes),
        "onset_s": score.onset_s,
        "bar": placed.bar,
        "step": placed.step,
        "pitch": score.pitch,
        "voice": pa.array(voice.tolist()),
        "velocity": score.velocity,
        "offset_ms": placed.offset_ms,
        "offset_sixteenth": placed.offset_sixteenth,
    }
    same = {name: pa.repeat(value, score.n_notes) for name, value in _arrow_scalars(common).items()}
    return pa.table({**same, **columns})


def _arrow_scalars(common: dict[str, Any]) -> dict[str, pa.Scalar]:
    return {
        name: pa.scalar(value, pa.int32() if name == "bpm" else pa.string())
        for name, value in common.items()
    }
