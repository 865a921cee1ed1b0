"""What the ears of the build find is told: by song, file and track, and never lost in silence."""

import numpy as np
import pytest
import soundfile as sf

from tests.support.chromatic_corpora import build, copy_sample, edit_manifest

SONG = "05_01"
BELLS = "05_01_01_bells"
BASS = "05_01_02_bass"


@pytest.fixture
def corpus(tmp_path):
    return copy_sample(tmp_path / "corpus", SONG, audio=True)


def as_float_wav(corpus, change, stem=BELLS):
    """Replace a stem by a float WAV with changed samples."""
    flac = corpus / SONG / f"{stem}.flac"
    samples, rate = sf.read(flac, dtype="float32", always_2d=True)
    wav = flac.with_suffix(".wav")
    sf.write(wav, change(samples), rate, subtype="FLOAT")
    tracks = edit_manifest(corpus, SONG)["audio_tracks"]
    for track in tracks:
        if track.get("audio_file") == flac.name:
            track["audio_file"] = wav.name
    edit_manifest(corpus, SONG, audio_tracks=tracks)
    return rate


def told(built, check):
    [finding] = [one for one in [*built.findings, *built.check()] if one.check == check]
    assert finding.verdict == "warn"
    return finding


def checks(built):
    return {one.check for one in [*built.findings, *built.check()]}


def test_a_stem_that_lies_below_the_level_whole_is_named_with_its_level(corpus, tmp_path):
    as_float_wav(corpus, lambda samples: samples / 1000)
    built = build(corpus, tmp_path / "out")
    rows = [row for row in built.rows("segments") if row["audio_file"] == f"{BELLS}.wav"]
    assert {row["has_audio"] for row in rows} == {False}
    loudest = max(row["rms_dbfs"] for row in rows if row["rms_dbfs"] is not None)
    finding = told(built, "audio.track_below_silence")
    assert finding.count == 1
    assert finding.examples == (f"{SONG} track 1, {BELLS}.wav at {loudest:.1f} dBFS",)
    assert "1 of 3 tracks with sound lie below -40 dBFS whole" in finding.message
    assert "not one segment is heard of" not in finding.message
    below = [
        row["rms_dbfs"]
        for row in built.rows("segments")
        if row["rms_dbfs"] is not None and row["rms_dbfs"] < -40
    ]
    some = told(built, "audio.below_silence")
    assert some.count == len(below)
    assert f"the loudest at {max(below):.1f} dBFS" in some.message
    assert f"--silence-dbfs {np.floor(max(below)):.0f}`" in some.message


def test_a_song_of_which_nothing_is_heard_is_named(corpus, tmp_path):
    built = build(corpus, tmp_path / "out", silence_dbfs=-1.0)
    assert not any(row["audio"] for row in built.rows("media"))
    assert f"not one segment is heard of {SONG}" in told(built, "audio.track_below_silence").message


def test_what_the_level_lets_in_is_not_told_of(corpus, tmp_path):
    built = build(corpus, tmp_path / "out", silence_dbfs=-200.0)
    assert not {check for check in checks(built) if check.startswith("audio.")}


@pytest.mark.parametrize("media", ["none", "flac", "mel"])
def test_a_number_that_is_none_inside_a_stem_is_told_with_file_and_place(corpus, tmp_path, media):
    def spoil(samples):
        samples[len(samples) // 2] = np.nan
        return samples

    as_float_wav(corpus, spoil)
    built = build(corpus, tmp_path / "out", media=media)
    assert built.refused == {}
    [bad] = [row for row in built.rows("segments") if row["audio_state"] == "unreadable"]
    finding = told(built, "input.audio_non_finite_samples")
    assert finding.message.startswith(f"{SONG}: {SONG}.yml: {BELLS}.wav: 1 of ")
    assert f"at {bad['start_s']:.2f} s: {BELLS}.wav: " in finding.message
    assert "NaN" in finding.message
    assert "audio_non_finite_samples" in built.rows("songs")[0]["flags"]
    assert ("input.audio_without_mel" in checks(built)) == (media == "mel")


def test_a_stem_damaged_in_the_middle_is_told_with_file_and_place(corpus, tmp_path):
    path = corpus / SONG / f"{BELLS}.flac"
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    path.write_bytes(bytes(data))
    built = build(corpus, tmp_path / "out")
    bad = [row for row in built.rows("segments") if row["audio_state"] == "unreadable"]
    reasons = {flag for row in bad for flag in row["flags"] if flag.startswith("audio_")}
    [reason] = reasons
    finding = told(built, f"input.{reason}")
    assert f"{SONG}.yml: {BELLS}.flac: {len(bad)} of " in finding.message


def test_rounded_and_cut_samples_are_counted(corpus, tmp_path):
    def louder(samples):
        return samples / abs(samples).max() * np.float32(1.37)

    as_float_wav(corpus, louder)
    built = build(corpus, tmp_path / "out")
    rows = [row for row in built.rows("media") if row["track_no"] == 1 and row["audio"]]
    inexact = [row for row in rows if not row["audio_exact"]]
    assert inexact
    finding = told(built, "input.audio_inexact")
    assert f"{BELLS}.wav: {len(inexact)} of {len(rows)} slices" in finding.message
    samples, _ = sf.read(corpus / SONG / f"{BELLS}.wav", dtype="float64")
    clipped = told(built, "input.audio_clipped")
    beyond = int(np.count_nonzero(abs(samples) >= 1))
    assert f"{BELLS}.wav: {beyond} samples" in clipped.message


def test_a_sound_corpus_has_none_of_these(corpus, tmp_path):
    built = build(corpus, tmp_path / "out")
    assert not {check for check in checks(built) if check.startswith("input.audio_")}
