from __future__ import annotations

import hashlib
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile as sf

from hueset.errors import InputError, SourceFormatError, SourceMissingError, SystemRefusedError
from hueset_builders.readers.midi.notes import read_midi
from hueset_builders.readers.midi.smf import END_OF_TRACK, meta_message, write_smf
from hueset_builders.readers.render import SOUNDFONT, describe_render
from tests.support.shared_renders import render

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLE = Path(__file__).resolve().parents[4] / "datasets/chromatic/sample/corpus"
NEEDS_FLUIDSYNTH = pytest.mark.skipif(
    shutil.which("fluidsynth") is None or not SOUNDFONT.is_file(),
    reason="needs Debian's fluidsynth and timgm6mb-soundfont",
)
NOTE = [(0, b"\x90\x3c\x40"), (960, b"\x80\x3c\x00"), (960, meta_message(END_OF_TRACK))]


@NEEDS_FLUIDSYNTH
def test_a_render_says_how_it_was_made_and_sounds_where_the_notes_are(tmp_path: Path) -> None:
    midi, out = SAMPLE / "01_01" / "01_01_03_bass.mid", tmp_path / "bass.wav"
    info = render(midi, out)
    assert (info.renderer, info.soundfont, info.sample_rate) == (
        "fluidsynth",
        "TimGM6mb.sf2",
        16_000,
    )
    assert info.renderer_version.split(".")[0] == "2"
    assert info.soundfont_sha256 == hashlib.sha256(SOUNDFONT.read_bytes()).hexdigest()
    assert info == describe_render()
    samples, rate = sf.read(out, always_2d=True)
    assert (rate, samples.shape[1]) == (16_000, 2)
    score = read_midi(midi)
    assert len(samples) / rate == pytest.approx(score.span_s, abs=4)
    first = int(np.argmax(np.abs(samples).max(axis=1) > 1e-3)) / rate
    assert first == pytest.approx(score.onset_s[0], abs=0.02)
    assert [path.name for path in tmp_path.iterdir()] == ["bass.wav"]


@NEEDS_FLUIDSYNTH
def test_the_same_midi_gives_the_same_bytes_as_path_and_as_bytes(tmp_path: Path) -> None:
    midi = SAMPLE / "05_01" / "05_01_02_bass.mid"
    render(midi, tmp_path / "a.wav", sample_rate=8_000)
    render(midi.read_bytes(), tmp_path / "b.wav", sample_rate=8_000)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    assert sf.info(tmp_path / "a.wav").samplerate == 8_000


@NEEDS_FLUIDSYNTH
@pytest.mark.parametrize(
    ("midi", "reason"),
    [
        (b"not midi", "not_midi"),
        (write_smf(480, [[(0, meta_message(END_OF_TRACK))]]), "no_notes"),
        (write_smf(1, [[*NOTE[:-1], (40_000, meta_message(END_OF_TRACK))]]), "too_long"),
    ],
)
def test_what_cannot_be_rendered_is_refused_and_leaves_nothing(
    tmp_path: Path, midi: bytes, reason: str
) -> None:
    with pytest.raises(InputError) as caught:
        render(midi, tmp_path / "a.wav")
    assert caught.value.reason == reason
    assert list(tmp_path.iterdir()) == []


FAKE_FLUIDSYNTH = """#!/bin/sh
[ "$1" = --version ] && echo "runtime version 2.0.0" && exit
for out; do [ "$before" = -F ] && break; before=$out; done
head -c 1000000 /dev/zero > "$out"
echo > "$STARTED"
exec sleep 60
"""


def test_a_process_that_is_killed_while_it_renders_leaves_no_file_behind(tmp_path: Path) -> None:
    """The renderer is a fake that writes and then takes its time."""
    temporary, started = tmp_path / "tmp", tmp_path / "started"
    temporary.mkdir()
    program = tmp_path / "bin" / "fluidsynth"
    program.parent.mkdir()
    program.write_text(FAKE_FLUIDSYNTH)
    program.chmod(0o755)
    font = tmp_path / "font.sf2"
    font.write_bytes(struct.pack("<4sL4s", b"RIFF", 4, b"sfbk"))
    code = (
        "from pathlib import Path\nfrom hueset_builders.readers.render import render_midi\n"
        f"with render_midi(Path({str(SAMPLE / '01_01' / '01_01_03_bass.mid')!r}), "
        f"Path({str(font)!r})): pass"
    )
    path = f"{program.parent}:{os.environ['PATH']}"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        start_new_session=True,
        cwd=Path(__file__).parents[4],
        env={**os.environ, "PATH": path, "TMPDIR": str(temporary), "STARTED": str(started)},
    )
    try:
        for _ in range(600):
            if started.exists() or process.poll() is not None:
                break
            time.sleep(0.05)
        assert started.exists()
        process.kill()
        process.wait()
        assert list(temporary.iterdir()) == []
    finally:
        os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put a fake fluidsynth on the PATH that does what a line of shell says; gives a font."""

    def made(does: str) -> Path:
        program = tmp_path / "bin" / "fluidsynth"
        program.parent.mkdir()
        program.write_text(
            '#!/bin/sh\n[ "$1" = --version ] && echo "runtime version 2.0.0" && exit\n'
            f'for out; do [ "$before" = -F ] && break; before=$out; done\n{does}\n'
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
        font = tmp_path / "font.sf2"
        font.write_bytes(struct.pack("<4sL4s", b"RIFF", 4, b"sfbk"))
        return font

    return made


LATER = [(9600, b"\x90\x3c\x40"), (9960, b"\x80\x3c\x00"), (9960, meta_message(END_OF_TRACK))]


@pytest.mark.parametrize(
    ("does", "told"),
    [
        ("kill -9 $$", "ended by signal 9"),
        ("exec sleep 30", "did not finish within"),
        ("exit 3", "it said nothing"),
        (
            'echo "fluidsynth: error: Audio output file write error: No space" >&2; exit 1',
            "No space",
        ),
        ('echo "fluidsynth: error: Out of memory" >&2', "Out of memory"),
        ('head -c 1000 /dev/zero > "$out"', "wrote 1,000 bytes"),
    ],
)
def test_a_failure_of_the_machine_is_no_defect_of_the_midi(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fake: Callable[[str], Path],
    does: str,
    told: str,
) -> None:
    monkeypatch.setattr("hueset_builders.readers.render._STARTUP_S", 0.2)
    monkeypatch.setattr("hueset_builders.readers.render._version", lambda program: "2.0.0")
    with pytest.raises(SystemRefusedError, match=told) as caught:
        render(write_smf(480, [LATER]), tmp_path / "a.wav", fake(does))
    assert caught.value.exit_code == 4
    assert caught.value.hint


def test_what_fluidsynth_says_of_the_midi_is_a_defect_of_it(
    tmp_path: Path, fake: Callable[[str], Path]
) -> None:
    font = fake('echo "fluidsynth: error: Invalid MIDI event" >&2; exit 1')
    with pytest.raises(InputError, match="Invalid MIDI event") as caught:
        render(write_smf(480, [LATER]), tmp_path / "a.wav", font)
    assert caught.value.reason == "render_failed"


@NEEDS_FLUIDSYNTH
def test_a_broken_font_is_refused_instead_of_rendering_silence(tmp_path: Path) -> None:
    font = tmp_path / "broken.sf2"
    font.write_bytes(b"<html>")
    with pytest.raises(SourceFormatError, match="broken"):
        describe_render(font)
    font.write_bytes(struct.pack("<4sL4s", b"RIFF", 4, b"sfbk"))
    with pytest.raises(SourceFormatError, match="cannot use the SoundFont"):
        render(write_smf(480, [NOTE]), tmp_path / "a.wav", font)


@NEEDS_FLUIDSYNTH
def test_a_missing_font_is_an_error_that_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(SourceMissingError, match=r"nowhere\.sf2") as caught:
        describe_render(tmp_path / "nowhere.sf2")
    assert "timgm6mb-soundfont" in (caught.value.hint or "")


def test_a_missing_program_is_an_error_that_names_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceMissingError, match="fluidsynth") as caught:
        render(write_smf(480, [NOTE]), tmp_path / "a.wav")
    assert "apt-get install fluidsynth" in (caught.value.hint or "")
