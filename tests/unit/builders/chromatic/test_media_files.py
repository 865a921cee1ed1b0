"""What the files beside a manifest tell together."""

from hueset_builders.chromatic.manifest import Track
from hueset_builders.chromatic.media_files import SongFiles, TrackFiles
from hueset_builders.readers.midi.notes import read_midi

SMPTE = {24: 0x00, 25: 0x20, 30: 0x60}
"""The rate stands in two bits of the byte with the hours."""


def midi(rate, *, notes=True):
    played = b"\x00\x90\x3c\x40\x83\x60\x80\x3c\x40" if notes else b""
    offset = bytes((0x00, 0xFF, 0x54, 0x05, SMPTE[rate] | 1, 0, 0, 0, 0))
    track = offset + played + b"\x00\xff\x2f\x00"
    head = b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0MTrk"
    return read_midi(head + len(track).to_bytes(4, "big") + track)


def files(*tracks):
    made = []
    for number, (name, score) in enumerate(tracks, start=1):
        state = "present" if len(score.onset_s) else "empty"
        track = Track(number, "plays", None, None, name, None, None, media_declared=True)
        made.append(TrackFiles(track, "unnamed", None, None, state, True, score, ()))
    return SongFiles(tuple(made), None, ())


def test_files_without_notes_have_no_say_in_the_frame_rate():
    silent = [(f"{at}.mid", midi(30, notes=False)) for at in range(3)]
    assert files(("a.mid", midi(25)), *silent).frame_rate == 25
    assert files(*silent).frame_rate is None


def test_a_file_that_many_tracks_share_has_one_vote():
    drums = midi(24)
    assert (
        files(*[("drums.mid", drums)] * 5, ("a.mid", midi(25)), ("b.mid", midi(25))).frame_rate
        == 25
    )
