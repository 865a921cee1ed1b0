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

from builders.midi import read_midi
from hueset.errors import InputError, SourceFormatError, SourceMissingError

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
def rendered(
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
    InputError
        With the reasons of `read_midi`, or `no_notes`, `too_long` (over `LONGEST_S`),
        `render_failed`.
    """
    info = describe(soundfont, sample_rate)
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
            "fluidsynth", *_OPTIONS, "-r", str(sample_rate), "-F", f"/dev/fd/{made.fileno()}",
            str(soundfont.resolve()), f"/dev/fd/{source.fileno()}",
        ]  # fmt: skip
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                check=False,
                text=True,
                errors="replace",
                pass_fds=(source.fileno(), made.fileno()),
                timeout=_STARTUP_S + score.span_s / _SLOWEST_SPEED,
            )
        except subprocess.TimeoutExpired as error:
            message = f"{name}: FluidSynth did not finish within {error.timeout:.0f} s"
            raise InputError(message, reason="render_failed") from error
        # A font that cannot be loaded is only told on stderr: the audio is then silence, code 0.
        said = [line for line in done.stderr.splitlines() if line.startswith("fluidsynth: error")]
        if done.returncode or said or not made.seek(0, os.SEEK_END):
            message = f"{name}: FluidSynth ended with {done.returncode}: {'; '.join(said)}"
            raise InputError(message, reason="render_failed", value=done.returncode)
        made.seek(0)
        yield made, info


def describe(soundfont: Path = SOUNDFONT, sample_rate: int = 16_000) -> RenderInfo:
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
