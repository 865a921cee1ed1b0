"""Faults of a song, and keys that break a promise → findings that name song and file."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from hueset.builder import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from builders.chromatic.manifest import Fault
    from builders.chromatic.song import Song
    from hueset.builder import Verdict

MAX_EXAMPLES = 10
MEDIA_MISSING = "input.media_missing"

_TABLES = {"section": "sections", "lyric": "lyrics", "audio": "tracks", "midi": "tracks"}


def findings_of(song: Song) -> Iterator[Finding]:
    """Yield one finding per check that the song's input failed.

    Files that are not there are told once for the corpus, see `missing_files`.
    """
    by_check: dict[str, list[Fault]] = defaultdict(list)
    for fault in song.faults:
        if fault.check != MEDIA_MISSING:
            by_check[fault.check].append(fault)
    for name, faults in sorted(by_check.items()):
        first = faults[0]
        more = f"; {len(faults) - 1} more in this song" if len(faults) > 1 else ""
        yield Finding(
            name,
            "warn",
            f"{song.song_id}: {first.where}: {first.message}{more}",
            table=_table(name),
            count=len(faults),
            examples=tuple(fault.where for fault in faults[:MAX_EXAMPLES]),
        )
    if song.timing.manifest.confidence == "low":
        unit, stamps = song.timing.manifest.unit, song.timing.manifest.stamps
        told = f"{stamps} different fractions decide nothing; its stamps are read as {unit}"
        file = f"{song.song_id}.yml"
        yield Finding(
            "timecode.inherited", "warn", f"{song.song_id}: {file}: {told}", examples=(file,)
        )


def broken(
    name: str,
    what: str,
    keys: Iterable[str],
    table: str,
    verdict: Verdict = "fail",
) -> Iterator[Finding]:
    """Yield one finding where any key breaks a promise; `what` goes on after "3 of segments"."""
    found = list(keys)
    if found:
        shown = ", ".join(found[:3]) + (", …" if len(found) > 3 else "")
        message = f"{len(found)} of {table} {what}: {shown}"
        yield Finding(name, verdict, message, table, len(found), tuple(found[:10]))


def _table(check: str) -> str:
    return _TABLES.get(check.removeprefix("input.").partition("_")[0], "songs")
