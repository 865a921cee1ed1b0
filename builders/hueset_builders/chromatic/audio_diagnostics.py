"""What decoding and encoding the slices of one stem came to, told once per stem."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from hueset_builders.chromatic.manifest import ManifestFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hueset.errors import InputError
    from hueset_builders.readers.audio import Flac


class AudioDiagnostics:
    """Keeps the account of one stem.

    Parameters
    ----------
    where
        The stem, as faults name it.
    segments
        How many segments its song has.
    """

    def __init__(self, where: str, segments: int) -> None:
        self.where, self.segments = where, segments
        self._lost: dict[str, list[str]] = defaultdict(list)
        self._mel: str | None = None
        self._slices = self._inexact = self._clipped = 0

    def lost(self, start_s: float, error: InputError) -> None:
        """Count a segment whose samples cannot be used."""
        self._lost[error.reason].append(f"at {start_s:.2f} s: {error.message}")

    def no_mel(self, error: InputError) -> None:
        """Keep why the stem has no mel."""
        self._mel = error.message

    def encoded(self, flac: Flac) -> None:
        """Count a slice that became FLAC."""
        self._slices += 1
        self._inexact += not flac.exact
        self._clipped += flac.clipped

    def faults(self) -> Iterator[ManifestFault]:
        """Yield what is wrong with the stem."""
        for reason, places in sorted(self._lost.items()):
            told = (
                f"{len(places)} of {self.segments} segments cannot be used; the first {places[0]}"
            )
            yield ManifestFault(f"input.audio_{reason}", told, self.where)
        if self._mel is not None:
            yield ManifestFault("input.audio_without_mel", f"has no mel: {self._mel}", self.where)
        if self._inexact:
            told = f"{self._inexact} of {self._slices} slices hold what 24 bits cannot: rounded"
            yield ManifestFault("input.audio_inexact", told, self.where)
        if self._clipped:
            told = f"{self._clipped} samples lie beyond full scale: cut off in the FLAC"
            yield ManifestFault("input.audio_clipped", told, self.where)
