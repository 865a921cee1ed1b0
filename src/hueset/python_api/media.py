"""Audio, MIDI and other bytes of a version by the key of their row."""

from __future__ import annotations

import io
import threading
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from hueset.errors import SourceFormatError, UsageError
from hueset.python_api.reprs import html_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from hueset.store.version import StoredVersion as VersionFolder

AUDIO_TYPE = "audio"


class Sound(NamedTuple):
    """Decoded audio.

    Attributes
    ----------
    samples
        float32 in -1..1; shape [n] of one channel, [channels, n] of several.
    rate_hz
        Samples in a second.
    """

    samples: NDArray[np.float32]
    rate_hz: int

    @property
    def duration_s(self) -> float:
        """How long it lasts."""
        return float(self.samples.shape[-1] / self.rate_hz)

    def __repr__(self) -> str:
        channels = 1 if self.samples.ndim == 1 else self.samples.shape[0]
        mono = "mono" if channels == 1 else f"{channels} channels"
        return f"<Sound {self.duration_s:.3f} s, {self.rate_hz:,} Hz, {mono}>"


class Media(Mapping[Any, bytes | None]):
    """The bytes of one column by the table's key; None where the row has none.

    A key is the value of the key column, or a tuple of values where the key has several. One
    look-up reads the bytes of one row and nothing else. Threads may share it.

    Parameters
    ----------
    version
        The folder of the version.
    table
        One of its tables.
    column
        A column of type `binary` or `audio`.

    Raises
    ------
    UnknownNameError
        There is no such table or column.
    UsageError
        The column holds no bytes.
    """

    def __init__(self, version: VersionFolder, table: str, column: str, kind: str) -> None:
        from hueset.store.media import open_media

        self.table, self.column = table, column
        self._where = f"{version.dataset} {version.name}"
        self._kind = kind
        self._lock = threading.Lock()
        self._clips = open_media(version, table, column)
        # Whoever looks one key up and forgets it leaves no file open.
        weakref.finalize(self, self._clips.close)

    def __getitem__(self, key: Any) -> bytes | None:
        """Return the bytes of one row as they are stored: FLAC or WAV of audio.

        Raises
        ------
        UnknownNameError
            No row has this key.
        """
        with self._lock:
            return self._clips[key]

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the keys, in the order of the rows."""
        return iter(self._clips)

    def __len__(self) -> int:
        """Return how many rows there are, with bytes or without."""
        return len(self._clips)

    def __contains__(self, key: object) -> bool:
        """Whether a row has this key; no bytes are read."""
        return key in self._clips

    def array(self, key: Any) -> Sound | None:
        """Return the decoded audio of one row; None where the row has none.

        Raises
        ------
        UnknownNameError
            No row has this key.
        UsageError
            The column holds no audio.
        SourceFormatError
            Its bytes are no audio that can be decoded.
        """
        if self._kind != AUDIO_TYPE:
            message = f"{self._where}: {self.table}.{self.column} is {self._kind}, no audio"
            raise UsageError(message, hint="its bytes are had by [key]", value=self.column)
        stored = self[key]
        return (
            None
            if stored is None
            else _decode_audio(stored, f"{self._where}: {self.table} {key!r}")
        )

    def close(self) -> None:
        """Close the files; a look-up opens them again."""
        with self._lock:
            self._clips.close()

    def __enter__(self) -> Media:
        """Return itself; at the end the files are closed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the files."""
        self.close()

    def __repr__(self) -> str:
        first = next(iter(self), None)
        like = f", keys like {first!r}" if first is not None else ""
        return f"<Media {self._where} {self.table}.{self.column}: {len(self):,} rows{like}>"

    def _repr_html_(self) -> str:
        rows = [(repr(key),) for key in self]
        title = f"{self._where} {self.table}.{self.column}: {len(self):,} rows"
        return html_table(title, ("key",), rows, "[key] gives the bytes of one")


def _decode_audio(stored: bytes, where: str) -> Sound:
    import soundfile

    try:
        samples, rate_hz = soundfile.read(io.BytesIO(stored), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        message = f"{where}: its bytes are no audio that can be decoded: {error}"
        raise SourceFormatError(message, hint="`hueset verify` says whether it changed") from error
    channels = samples.T
    return Sound(channels[0] if len(channels) == 1 else channels, int(rate_hz))
