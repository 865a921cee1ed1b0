"""Render MIDI to audio with FluidSynth (https://www.fluidsynth.org) and a named SoundFont.

For performances whose recording is not at hand. What was rendered always says so: the builder
writes `RenderInfo` into the row. The same program, font and MIDI give the same bytes.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from hueset.errors import InputError, SourceFormatError, SourceMissingError, SystemRefusedError
from hueset_builders.readers.midi.notes import read_midi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedRandom

SOUNDFONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
"""Where Debian's `timgm6mb-soundfont` puts its font (Tim Brechbill, GPL-2.0)."""
LONGEST_S = 4 * 3600.0
_OPTIONS = ("-ni", "-q", "-f", os.devnull, "-R", "0", "-C", "0", "-g", "0.2")
_INSTALL = "apt-get install fluidsynth timgm6mb-soundfont (Debian's names), or name another font"
_SLOWEST_SPEED = 10.0
_STARTUP_S = 60.0
_BYTES_PER_FRAME = 4
_MACHINE = re.compile(
    r"write error|failed to (?:write|open|create)|out of memory|no space left|cannot allocate",
    re.IGNORECASE,
)
"""What FluidSynth says of the machine and not of the MIDI."""


@dataclass(frozen=True)
class RenderInfo:
    """How a piece was rendered; `settings` are the options that shape the sound."""

    renderer: str
    renderer_version: str
    renderer_sha256: str
    soundfont: str
    soundfont_sha256: str
    sample_rate: int
    settings: str


@contextmanager
def render_midi(
    midi: Path | bytes, soundfont: Path = SOUNDFONT, sample_rate: int = 16_000
) -> Iterator[tuple[BufferedRandom, RenderInfo]]:
    """Render a MIDI file to a stereo 16-bit WAV, without reverb and chorus.

    The WAV is an open file without a name: whatever ends this process, nothing is left behind.

    Parameters
    ----------
    midi
        A path, or the file's bytes. It is read by `read_midi` first.
    soundfont
        A SoundFont 2 file.
    sample_rate
        In Hz.

    Raises
    ------
    SourceMissingError
        FluidSynth or the font is not installed.
    SourceFormatError
        The font is no SoundFont (FluidSynth itself would render silence).
    SystemRefusedError
        FluidSynth was killed, took too long, or could not write: no defect of the MIDI.
    InputError
        With the reasons of `read_midi`, or `no_notes`, `too_long` (over `LONGEST_S`),
        `render_failed` (FluidSynth complains of the MIDI).
    """
    info = describe_render(soundfont, sample_rate)
    name = midi.name if isinstance(midi, Path) else "midi"
    score = read_midi(midi, name)
    if not score.n_notes:
        message = f"{name}: there is no note to render"
        raise InputError(message, reason="no_notes")
    if score.span_s > LONGEST_S:
        message = f"{name}: lasts {score.span_s:.0f} s, more than the {LONGEST_S:.0f} s allowed"
        raise InputError(message, reason="too_long", value=score.span_s)
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as made:
        source.write(midi.read_bytes() if isinstance(midi, Path) else midi)
        source.flush()
        command = [
            "fluidsynth",
            *_OPTIONS,
            "-r",
            str(sample_rate),
            "-F",
            f"/dev/fd/{made.fileno()}",
            str(soundfont.resolve()),
            f"/dev/fd/{source.fileno()}",
        ]
        longest_s = _STARTUP_S + score.span_s / _SLOWEST_SPEED
        _run(command, name, longest_s, (source.fileno(), made.fileno()))
        wanted = int(score.onset_s[-1] * sample_rate) * _BYTES_PER_FRAME
        size = made.seek(0, os.SEEK_END)
        if size < wanted:
            message = f"{name}: FluidSynth wrote {size:,} bytes, and the last note starts later"
            hint = "is the disk of the temporary folder full? TMPDIR names another one"
            raise SystemRefusedError(message, hint=hint, value=size)
        made.seek(0)
        yield made, info


def _run(command: list[str], name: str, longest_s: float, files: tuple[int, int]) -> None:
    """Run FluidSynth; only what it says of the MIDI itself is a defect of the input.

    Whatever else goes wrong may go right next time, so it must end the run and never be kept.
    """
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            check=False,
            text=True,
            errors="replace",
            pass_fds=files,
            timeout=longest_s,
        )
    except subprocess.TimeoutExpired as error:
        message = f"{name}: FluidSynth did not finish within {error.timeout:.0f} s"
        hint = "the machine is loaded: build with fewer --workers"
        raise SystemRefusedError(message, hint=hint) from error
    except OSError as error:
        raise SystemRefusedError.of(error) from error
    # A font that cannot be loaded is only told on stderr: the audio is then silence, code 0.
    said = "; ".join(
        line for line in done.stderr.splitlines() if line.startswith("fluidsynth: error")
    )
    code = done.returncode
    if code < 0:
        message = f"{name}: FluidSynth was ended by signal {-code} {said}".rstrip()
        hint = "signal 9 is often the kernel short of memory: build with fewer --workers"
        raise SystemRefusedError(message, hint=hint, value=code)
    if "SoundFont" in said:
        message = f"{name}: FluidSynth cannot use the SoundFont: {said}"
        raise SourceFormatError(message, hint=_INSTALL)
    if (code and not said) or _MACHINE.search(said):
        message = f"{name}: FluidSynth ended with {code}: {said or 'it said nothing'}"
        hint = "look at memory and at the disk of the temporary folder; TMPDIR names another one"
        raise SystemRefusedError(message, hint=hint, value=code)
    if said:
        message = f"{name}: FluidSynth ended with {code}: {said}"
        raise InputError(message, reason="render_failed", value=code)


def describe_render(soundfont: Path = SOUNDFONT, sample_rate: int = 16_000) -> RenderInfo:
    """Return what `rendered` would say, without rendering; raises where it could not render."""
    program = shutil.which("fluidsynth")
    if program is None:
        message = "the program `fluidsynth` is not on the PATH, so nothing can be rendered"
        raise SourceMissingError(message, hint=_INSTALL)
    if not soundfont.is_file():
        message = f"the SoundFont {soundfont.name} is not at {soundfont}"
        raise SourceMissingError(message, hint=_INSTALL, value=str(soundfont))
    with soundfont.open("rb") as stream:
        head = stream.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"sfbk":
        message = f"{soundfont} is no SoundFont 2 file (it starts with {head!r})"
        raise SourceFormatError(message, hint=_INSTALL, value=str(soundfont))
    return RenderInfo(
        renderer="fluidsynth",
        renderer_version=_version(program),
        renderer_sha256=_sha256(Path(program)),
        soundfont=soundfont.name,
        soundfont_sha256=_sha256(soundfont),
        sample_rate=sample_rate,
        settings="reverb off, chorus off, gain 0.2",
    )


@cache
def _version(program: str) -> str:
    said = subprocess.run(
        [program, "--version"], capture_output=True, check=True, text=True, timeout=_STARTUP_S
    ).stdout
    found = re.search(r"runtime version (\S+)", said)
    return found[1] if found else said.strip().splitlines()[0]


@cache
def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
