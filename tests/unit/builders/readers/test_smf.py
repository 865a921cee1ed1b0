from __future__ import annotations

import csv
import io
import struct
import subprocess
import sys
from typing import TYPE_CHECKING

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hueset.errors import InputError
from hueset_builders.readers.midi.smf import (
    END_OF_TRACK,
    LYRIC,
    meta_message,
    parse_smf,
    variable_length,
    write_smf,
)

if TYPE_CHECKING:
    from pathlib import Path

END = b"\x00\xff\x2f\x00"


def smf_bytes(*tracks: bytes, kind: int = 1, division: int = 96, count: int | None = None) -> bytes:
    header = struct.pack(
        ">4sLHHh", b"MThd", 6, kind, len(tracks) if count is None else count, division
    )
    return header + b"".join(b"MTrk" + struct.pack(">L", len(t)) + t for t in tracks)


def reason_of(data: bytes) -> str:
    with pytest.raises(InputError, match=r"take\.mid") as caught:
        parse_smf(data, "take.mid")
    return caught.value.reason


def test_running_status_carries_on_also_over_meta_events() -> None:
    track = b"\x00\x90\x3c\x40" + b"\x10\x3c\x00" + b"\x00\xff\x01\x01x" + b"\x05\x3e\x41" + END
    [parsed] = parse_smf(smf_bytes(track)).tracks
    assert parsed.channel_events == ((0, 0x90, 60, 64), (16, 0x90, 60, 0), (21, 0x90, 62, 65))
    assert parsed.meta_events == ((16, 1, b"x"),)
    assert parsed.end_tick == 21


def test_messages_of_one_data_byte_are_told_from_those_of_two() -> None:
    track = b"\x00\xc1\x07" + b"\x00\xd1\x22" + b"\x00\xe1\x00\x40" + END
    [parsed] = parse_smf(smf_bytes(track)).tracks
    assert parsed.channel_events == ((0, 0xC1, 7, 0), (0, 0xD1, 0x22, 0), (0, 0xE1, 0, 0x40))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not_midi"),
        (b"RIFF\x00\x00\x00\x00RMIDdata", "riff_container"),
        (b"SMF2CLIP" + bytes(20), "midi2_clip"),
        (b"MThd\x00\x00", "truncated"),
        (smf_bytes(END, kind=3), "bad_header"),
        (smf_bytes(END, division=0), "bad_header"),
        (smf_bytes(END, division=-31 << 8 | 4), "bad_header"),
        (smf_bytes(END, division=-25 << 8), "bad_header"),
        (smf_bytes(), "no_tracks"),
        (smf_bytes(END, count=2), "truncated"),
        (smf_bytes(END)[:-1], "truncated"),
        (smf_bytes(b"\x00\x90\x3c"), "truncated"),
        (smf_bytes(b"\x00\xff\x01\x09abc"), "truncated"),
        (smf_bytes(b"\x00\xf0\x09abc"), "truncated"),
        (smf_bytes(b"\x00\x3c\x40" + END), "running_status_missing"),
        (smf_bytes(b"\x00\xf0\x01\xf7\x00\x3c\x40" + END), "running_status_missing"),
        (smf_bytes(b"\x00\xf4" + END), "undefined_status"),
        (smf_bytes(b"\x00\x90\x3c\x80" + END), "data_byte_out_of_range"),
        (smf_bytes(b"\xff\xff\xff\xff\x7f\x90\x3c\x40" + END), "quantity_too_long"),
        (b"MThd" + bytes(32 * 2**20), "too_large"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    assert reason_of(data) == reason


@pytest.mark.parametrize(
    ("data", "flags"),
    [
        (smf_bytes(END), {}),
        (smf_bytes(END) + b"!!", {"trailing_bytes": 2}),
        (smf_bytes(b""), {"end_of_track_missing": 1}),
        (smf_bytes(END + b"\x00\x90\x3c\x40"), {"events_after_end_of_track": 1}),
        (smf_bytes(b"\x00\xf8" + END), {"system_message": 1}),
        (smf_bytes(END)[:14] + b"XFIH\x00\x00\x00\x02ab" + smf_bytes(END)[14:], {"alien_chunk": 1}),
    ],
)
def test_what_is_odd_but_clear_is_read_and_counted(data: bytes, flags: dict[str, int]) -> None:
    assert parse_smf(data).flags == flags


@given(st.integers(0, 0x0FFF_FFFF))
def test_a_quantity_is_written_as_mido_writes_it(value: int) -> None:
    assert list(variable_length(value)) == mido.midifiles.meta.encode_variable_int(value)


def test_a_number_beyond_four_bytes_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        variable_length(0x1000_0000)
    assert caught.value.reason == "quantity_too_long"


def test_what_is_written_is_read_by_mido() -> None:
    data = write_smf(
        480, [[(0, b"\x90\x3c\x40"), (960, b"\x80\x3c\x00"), (960, meta_message(END_OF_TRACK))]]
    )
    file = mido.MidiFile(file=io.BytesIO(data))
    assert (file.type, file.ticks_per_beat) == (1, 480)
    assert [message.type for message in file.tracks[0]] == ["note_on", "note_off", "end_of_track"]
    assert file.length == 1.0


def test_a_meta_message_can_be_long() -> None:
    data = write_smf(
        480, [[(0, meta_message(LYRIC, b"la" * 100)), (0, meta_message(END_OF_TRACK))]]
    )
    assert parse_smf(data).tracks[0].meta_events == ((0, LYRIC, b"la" * 100),)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tail: bytes) -> None:
    for data in (tail, smf_bytes(tail), smf_bytes(END)[:14] + tail):
        try:
            parse_smf(data)
        except InputError as error:
            assert error.reason


READ_ALL = """
import sys
from pathlib import Path
from hueset_builders.readers.midi.notes import read_midi, slice_midi
from hueset.errors import InputError
for line in sys.stdin:
    path = Path(line.rstrip("\\n"))
    try:
        score = read_midi(path)
        slice_midi(score, 0.5, 2.5)
        print(":", "ok", score.n_notes, flush=True)
    except InputError as error:
        assert path.name in error.message, error.message
        print(":", error.reason, flush=True)
"""


def test_hostile_files_are_read_like_mido_reads_them_or_refused_with_a_reason(
    data_dir: Path,
) -> None:
    folder = data_dir / "hostile"
    with (folder / "INDEX.tsv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len(rows) == 219
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL],
        input="".join(f"{folder / row['file']}\n" for row in rows),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    outcome = {
        row["file"]: line.split()[1:]
        for row, line in zip(rows, done.stdout.splitlines(), strict=True)
    }
    alien_chunk = "midi/jazz-soft/test-non-midi-track.mid"  # to be skipped, says RP-001
    assert outcome.pop(alien_chunk) == ["ok", "8"]
    for row in rows:
        observed = row["observed"].removeprefix("mido: ")
        if row["file"] in outcome and row["observed"].startswith("mido: ok"):
            notes = next(w for w in observed.split() if w.startswith("notes="))
            assert outcome[row["file"]] == ["ok", notes.removeprefix("notes=")], row["file"]
        elif row["file"] in outcome:
            assert outcome[row["file"]][0] != "ok", row["file"]
    assert outcome["midi/midly/PiDamaged.mid"] == ["truncated"]
    assert outcome["midi/midly/Beethoven.rmi"] == ["riff_container"]
    assert outcome["midi/jazz-soft/test-empty-file.mid"] == ["empty_file"]
    assert outcome["midi/symusic/ValueError_Control168.mid"] == ["data_byte_out_of_range"]
    assert outcome["lfs_pointers/maestro-v2.0.0.json"] == ["lfs_pointer"]
    assert outcome["midi2/jazz-soft/test-data.midi2"] == ["midi2_clip"]
    assert outcome["wav/hound/pop.wav"] == ["not_midi"]
