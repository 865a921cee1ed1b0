"""A folder in which no song lies → what was found there, and the folder that was meant.

The corpus lies deep in a clone, and one folder above a song: those are the mistakes to expect.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from os.path import isfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from hueset.errors import SourceFormatError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from hueset.builder import ResolvedSource

LEVELS_UP = 3
MOST_ENTRIES = 10_000
"""Of a folder above; one that holds more is no corpus."""
SHOWN = 4
SUFFIXES = (".yml", ".yaml")


def no_song(source: ResolvedSource, ask: str) -> SourceFormatError:
    """Return the error for a source without a song.

    Parameters
    ----------
    source
        What was given; it holds no `AA_TT/AA_TT.yml`.
    ask
        How to get the corpus, for the hint where no folder near it fits.
    """
    names = [member.name for member in source.members]
    expected = "expected folders AA_TT, each with its manifest AA_TT/AA_TT.yml"
    message = f"{source.path}: the source {source.name!r} holds no song: {expected}, found "
    found = _below(names)
    if source.path.is_dir():
        places = [(source.path / folder, count) for folder, count in found.most_common(2)]
        places = places or list(islice(_above(source.path), 1))
        meant = [f"--source {source.name}={place} ({_songs(count)})" for place, count in places]
        hint = f"did you mean {' or '.join(meant)}?" if meant else ask
    else:
        inside = [f"{folder} ({_songs(count)})" for folder, count in found.most_common(2)]
        hint = f"unpack it and give the folder {' or '.join(inside)}" if inside else ask
    return SourceFormatError(message + _entries(names), hint=hint, value=str(source.path))


def _below(names: Iterable[str]) -> Counter[str]:
    """Return folder → how many songs lie in it, of the folders below."""
    songs = {path.parent for path in map(PurePosixPath, names) if _is_manifest(path)}
    return Counter(str(song.parent) for song in sorted(songs))


def _above(folder: Path) -> Iterator[tuple[Path, int]]:
    """Yield the folders above in which songs lie, the nearest first."""
    for place in folder.absolute().parents[:LEVELS_UP]:
        try:
            entries = list(islice(place.iterdir(), MOST_ENTRIES))
        except OSError:
            return  # what may not be read is nobody's corpus
        # `Path.is_file` raises in a folder that may not be read, somebody else's home.
        count = sum(
            any(isfile(one / f"{one.name}{end}") for end in SUFFIXES)  # noqa: PTH113
            for one in entries
        )
        if count:
            yield place, count


def _is_manifest(path: PurePosixPath) -> bool:
    return path.suffix in SUFFIXES and path.stem == path.parent.name


def _entries(names: Iterable[str]) -> str:
    """Return what lies at the top, folders first and marked with a slash."""
    tops = {name.partition("/")[0] + "/" * ("/" in name) for name in names}
    listed = sorted(tops, key=lambda name: (not name.endswith("/"), name))
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(listed[:SHOWN]) + more if listed else "nothing"


def _songs(count: int) -> str:
    return f"{count:,} song{'s' if count > 1 else ''}"
