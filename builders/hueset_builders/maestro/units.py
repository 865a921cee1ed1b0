"""One performance at a time: its audio as mel windows, its MIDI as what sounds in them."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hueset.builder import Batch, Reject, Unit
from hueset.declaration.column_types import ListOf, Scalar, parse_type
from hueset.errors import InputError, SourceMissingError, UnknownNameError, UsageError
from hueset_builders.maestro.arrays import check_arrays
from hueset_builders.maestro.index import Performance, select_performances
from hueset_builders.maestro.onsets import onset_lags_s
from hueset_builders.maestro.passages import passage_rows
from hueset_builders.maestro.windows import (
    WindowShape,
    onsets_within,
    rounding_error_db,
    window_rows,
)
from hueset_builders.readers.audio import probe_audio
from hueset_builders.readers.mel import MelSettings, mel_windows
from hueset_builders.readers.midi.notes import read_midi
from hueset_builders.readers.render import SOUNDFONT, describe_render, render_midi

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import BinaryIO

    from hueset.builder import Finding, Inputs, ResolvedSource, Shards
    from hueset_builders.readers.mel import MelWindow
    from hueset_builders.readers.midi.notes import Score

SOURCES = ("official", "midi_only")
DTYPES = ("float32", "float16")
DESCRIBED = ("sample_rate_hz", "mel_bands", "n_fft", "hop_samples", "window_s")
"""Parameters that types and descriptions of the columns speak of: a build cannot change them."""
WINDOWS_PER_BATCH = 64
SHORTER_S = 1.0
"""So much shorter than published a recording may be; the published ones are exact."""
LEAST_ONSETS = 10
"""With fewer onsets that stand alone, the lag of a performance is not told."""
LARGEST_LAG_S = 0.020
"""A larger median lag, either way, flags a performance."""


@dataclass(frozen=True)
class PerformanceAudio:
    """Where the audio of a performance came from; the fields of `performances`."""

    audio_origin: str
    audio_sha256: str
    renderer: str | None = None
    renderer_version: str | None = None
    renderer_sha256: str | None = None
    render_settings: str | None = None
    soundfont: str | None = None
    soundfont_sha256: str | None = None


def plan_units(inputs: Inputs) -> list[Unit]:
    """Return one unit per chosen performance, in the published order.

    Raises
    ------
    SourceMissingError
        Audio is absent and rendering was not asked for, or cannot be done here.
    UsageError
        A parameter does not fit the declared columns, or the extra `hueset[mel]` is absent.
    """
    source, parameters = _source(inputs), inputs.parameters
    absent = [name for name in ("scipy", "soxr") if find_spec(name) is None]
    if absent:
        message = f"mel features need {' and '.join(absent)}, which this Python does not have"
        raise UsageError(message, hint='pip install "hueset[mel]"')
    shape_of(inputs)
    compositions = inputs.facts["compositions.yaml"]
    chosen = select_performances(source, parameters["where"], parameters["limit"], compositions)
    silent = [one for one in chosen if one.audio is None]
    rendering: dict[str, Any] = {}
    if silent and not parameters["render"]:
        message = (
            f"{len(silent):,} of {len(chosen):,} chosen performances have no audio in the source "
            f"{source.name!r}, e.g. {silent[0].key}"
        )
        hint = (
            "either give the recordings (`--source official=PATH` with maestro-v3.0.0.zip or its "
            "folder), or add `--render` to render the MIDI with FluidSynth and a SoundFont"
        )
        raise SourceMissingError(message, hint=hint)
    if silent:
        rendering = asdict(describe_render(_soundfont(parameters), parameters["sample_rate_hz"]))
    return [
        Unit(
            key=one.key,
            inputs=tuple((source.name, member) for member in (one.midi, one.audio) if member),
            payload={"performance": asdict(one), "render": None if one.audio else rendering},
        )
        for one in chosen
    ]


def build_unit(unit: Unit, inputs: Inputs) -> Iterator[Batch | Reject]:
    """Make the rows of one performance; a few windows are in memory at a time."""
    source, settings, shape = _source(inputs), settings_of(inputs.parameters), shape_of(inputs)
    one = Performance(**unit.payload["performance"])
    data = source.read(one.midi)
    score = read_midi(data, one.midi)
    told = _PerformanceTotals()
    with _audio(one, data, source, inputs.parameters) as (path, audio):
        shared = _performance_columns(one, audio)
        pending: list[MelWindow] = []
        for window in mel_windows(path, settings, one.key):
            told.add(window, score, settings, shape)
            if np.ptp(window.mel) == 0:
                struck = len(score.onset_s[onsets_within(score, window)])
                if struck:
                    key = f"{one.key}:{window.index}"
                    observed = f"{struck} notes, every value is {window.mel.flat[0]:.0f} dB"
                    yield Reject("windows", source.name, key, "silent_window", observed, "sound")
                else:
                    told.silent += 1
                continue
            told.windows += 1
            pending.append(window)
            if len(pending) == WINDOWS_PER_BATCH:
                yield Batch("windows", _with(shared, window_rows(pending, score, settings, shape)))
                pending = []
        if pending:
            yield Batch("windows", _with(shared, window_rows(pending, score, settings, shape)))
    row = {**shared, **told.row(), **_midi(score, told.end_s)}
    row |= {"duration_s": one.duration_s, "audio_sha256": audio.audio_sha256, "midi": data}
    yield Batch("performances", pa.Table.from_pylist([row]))
    yield passage_rows(one.key, score)


def check_unit(tables: Shards, inputs: Inputs) -> Iterator[Finding]:
    """Hold the arrays of one performance to its columns and its MIDI; see `check_arrays`."""
    yield from check_arrays(tables, settings_of(inputs.parameters), inputs.parameters["dtype"])


def settings_of(parameters: Mapping[str, Any]) -> MelSettings:
    """Return what is computed."""
    return MelSettings(
        sample_rate_hz=parameters["sample_rate_hz"],
        bands=parameters["mel_bands"],
        n_fft=parameters["n_fft"],
        hop_samples=parameters["hop_samples"],
        window_s=parameters["window_s"],
    )


def shape_of(inputs: Inputs) -> WindowShape:
    """Return the declared shape of a window, which the parameters must fit.

    Raises
    ------
    UsageError
        They do not.
    """
    parameters, declaration = inputs.parameters, inputs.dataset.defaults
    dtype, limit = parameters["dtype"], parameters["limit"]
    if dtype not in DTYPES:
        raise UnknownNameError.unknown("parameter dtype:", str(dtype), DTYPES)
    if limit is not None and (type(limit) is not int or limit < 1):
        message = f"parameter limit: found {limit!r}, allowed is a whole number from 1, or null"
        raise UsageError(message, hint="for example --limit 10", value=limit)
    for name in DESCRIBED:
        found, allowed = parameters[name], declaration[name]
        if found != allowed or found <= 0:
            message = f"parameter {name}: found {found}, the columns of windows hold {allowed}"
            hint = "declare another dataset.yaml: the parameter with types and descriptions"
            raise UsageError(message, hint=hint, value=found)
    declared = parse_type(inputs.dataset.tables["windows"].columns["mel"].type)
    match declared:
        case ListOf(ListOf(Scalar(), int() as frames), int() as bands):
            shape = WindowShape(bands, frames, dtype)
        case _:
            message = f"windows.mel is declared as {declared}, not as an array of two dimensions"
            raise UsageError(message, hint="declare array<float32, BANDS, FRAMES>")
    settings = settings_of(inputs.parameters)
    made = (settings.bands, settings.frames(settings.window_samples))
    if made != (bands, frames):
        message = f"the parameters make windows of {made}, declared are {(bands, frames)}"
        raise UsageError(message, hint="change the type of windows.mel in dataset.yaml with them")
    return shape


class _PerformanceTotals:
    """What is gathered over the windows of a performance."""

    def __init__(self) -> None:
        self.windows = 0
        self.silent = 0
        self.end_s = 0.0
        self.error_db = 0.0
        self.lags: list[np.ndarray[Any, np.dtype[np.float64]]] = []

    def add(
        self, window: MelWindow, score: Score, settings: MelSettings, shape: WindowShape
    ) -> None:
        onset_s = score.onset_s[onsets_within(score, window)] - window.start_s
        self.end_s = window.end_s
        self.error_db = max(self.error_db, rounding_error_db([window], shape.dtype))
        self.lags.append(onset_lags_s(window.mel, onset_s, settings))

    def row(self) -> dict[str, Any]:
        lags = np.concatenate(self.lags)
        enough = len(lags) >= LEAST_ONSETS
        lag_s = float(np.median(lags)) if enough else None
        return {
            "windows": self.windows,
            "silent_windows": self.silent,
            "audio_s": self.end_s,
            "onsets_compared": len(lags),
            "onset_lag_ms": None if lag_s is None else lag_s * 1e3,
            "aligned": None if lag_s is None else abs(lag_s) <= LARGEST_LAG_S,
            "dtype_error_db": self.error_db,
        }


def _midi(score: Score, audio_s: float) -> dict[str, Any]:
    return {
        "midi_s": score.span_s,
        "notes": score.n_notes,
        "notes_after_audio": int(np.count_nonzero(score.onset_s >= audio_s)),
        "pitch_min": int(score.pitch.min()) if score.n_notes else None,
        "pitch_max": int(score.pitch.max()) if score.n_notes else None,
        "velocity_mean": float(score.velocity.mean()) if score.n_notes else None,
        "pedal_used": score.pedal_s is not None,
    }


def _performance_columns(one: Performance, audio: PerformanceAudio) -> dict[str, Any]:
    """Return what a performance and each of its windows say alike."""
    names = ("composer", "title", "composition", "year", "split", "split_by_composition")
    told = {name: getattr(one, name) for name in names}
    made_by = {name: value for name, value in asdict(audio).items() if name != "audio_sha256"}
    return {"performance": one.key, **told, **made_by}


def _with(shared: dict[str, Any], rows: pa.Table) -> pa.Table:
    for name, value in shared.items():
        rows = rows.append_column(name, pa.repeat(value, rows.num_rows))
    return rows


def _source(inputs: Inputs) -> ResolvedSource:
    return next(inputs.sources[name] for name in SOURCES if name in inputs.sources)


def _soundfont(parameters: Mapping[str, Any]) -> Path:
    """Return the font's path: one given with folders as it is, a bare name where fonts lie."""
    given = Path(parameters["soundfont"]).expanduser()
    return given if given.name != str(given) else SOUNDFONT.parent / given


@contextmanager
def _audio(
    one: Performance, midi: bytes, source: ResolvedSource, parameters: Mapping[str, Any]
) -> Iterator[tuple[BinaryIO, PerformanceAudio]]:
    """Give the audio of a performance as an open file that can seek."""
    if one.audio is not None:
        recorded = PerformanceAudio("recorded", source.member(one.audio).sha256)
        with source.open(one.audio) as stream, tempfile.TemporaryFile() as copy:
            if not _is_plain(stream):
                # A member of a zip seeks by unpacking from its start again.
                shutil.copyfileobj(stream, copy, 1 << 20)
                copy.seek(0)
            opened = stream if _is_plain(stream) else copy
            _refuse_shorter(opened, one)
            yield opened, recorded
        return
    font, rate = _soundfont(parameters), parameters["sample_rate_hz"]
    with render_midi(midi, font, rate) as (stream, info):
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        stream.seek(0)
        yield (
            stream,
            PerformanceAudio(
                audio_origin="rendered",
                audio_sha256=digest,
                renderer=info.renderer,
                renderer_version=info.renderer_version,
                renderer_sha256=info.renderer_sha256,
                render_settings=info.settings,
                soundfont=info.soundfont,
                soundfont_sha256=info.soundfont_sha256,
            ),
        )


def _refuse_shorter(stream: BinaryIO, one: Performance) -> None:
    """Refuse a recording that is cut, or another one: the notes would sound in no audio."""
    found_s = probe_audio(stream, one.audio or "").duration_s
    stream.seek(0)
    if found_s < one.duration_s - SHORTER_S:
        message = f"{one.audio}: lasts {found_s:.1f} s, published are {one.duration_s:.1f} s"
        hint = "it is cut or another recording: copy it again from its source"
        raise InputError(message, reason="audio_too_short", hint=hint, value=found_s)


def _is_plain(stream: BinaryIO) -> bool:
    """Return whether a stream is a file of the system itself."""
    try:
        stream.fileno()
    except OSError:
        return False
    return True
