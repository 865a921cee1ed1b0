"""Bytes and sound by the key of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import hueset
from hueset.errors import SourceFormatError, UnknownNameError, UsageError
from tests.support.toys_version import RATE_HZ, sound_of, write_toys

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def version(tmp_path: Path) -> hueset.Version:
    write_toys(tmp_path)
    return hueset.open_store(tmp_path).version("toys")


def test_a_key_of_two_columns_gives_the_bytes_of_its_row(version: hueset.Version) -> None:
    with version.media("calls", "call") as calls:
        assert list(calls) == [(1, 1), (1, 2), (2, 1)]
        assert (len(calls), (2, 1) in calls, (3, 1) in calls) == (3, True, False)
        assert calls[1, 1] == sound_of(1)
        assert calls[1, 2] is None
        with pytest.raises(UnknownNameError, match=r"no row has the key \(9, 9\)") as told:
            calls[9, 9]
    assert "a key is like (1, 1)" in str(told.value.hint)


def test_sound_is_decoded_with_its_rate_and_channels(version: hueset.Version) -> None:
    calls = version.media("calls", "call")
    one, two = calls.array((1, 1)), calls.array((2, 1))
    assert one is not None
    assert two is not None
    samples, rate_hz = one
    assert (samples.dtype, samples.shape, rate_hz) == (np.float32, (800,), RATE_HZ)
    assert two.samples.shape == (2, 800)
    assert np.abs(two.samples[0] * 2 - two.samples[1]).max() < 1e-4
    assert repr(two) == "<Sound 0.100 s, 8,000 Hz, 2 channels>"
    assert calls.array((1, 2)) is None


def test_what_is_no_sound_is_said_to_be_none(
    version: hueset.Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = version.media("calls", "score")
    assert (scores[1, 1], scores[1, 2], scores[2, 1]) == (b"MThd", None, b"")
    with pytest.raises(UsageError, match=r"calls\.score is binary, no audio"):
        scores.array((1, 1))
    calls = version.media("calls", "call")
    monkeypatch.setattr(hueset.Media, "__getitem__", lambda *_: b"no sound")
    with pytest.raises(SourceFormatError, match="no audio that can be decoded"):
        calls.array((1, 1))


def test_a_column_without_bytes_and_an_unknown_one_are_refused(version: hueset.Version) -> None:
    with pytest.raises(UsageError, match="'no' holds int32, no bytes"):
        version.media("calls", "no")
    with pytest.raises(UnknownNameError, match="unknown column of calls 'cal'") as told:
        version.media("calls", "cal")
    assert "did you mean 'call'?" in str(told.value.hint)
