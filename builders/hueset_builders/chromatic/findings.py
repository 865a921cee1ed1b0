"""Faults of a song, and keys that break a promise → findings that name song and file."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from hueset.builder import Finding, Reject, Verdict
from hueset_builders.chromatic.song import SOURCE
from hueset_builders.readers.timecode_evidence import RATE_MARGIN_NATS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hueset_builders.chromatic.manifest import ManifestFault
    from hueset_builders.chromatic.song import Song
    from hueset_builders.readers.timecode_evidence import Decision

MAX_EXAMPLES = 10
MEDIA_MISSING = "input.media_missing"

_TABLES = {"section": "sections", "lyric": "lyrics", "audio": "tracks", "midi": "tracks"}


def findings_of(song: Song) -> Iterator[Finding]:
    """Yield one finding per check that the song's input failed.

    Files that are not there are told once for the corpus, see `missing_files`.
    """
    by_check: dict[str, list[ManifestFault]] = defaultdict(list)
    for fault in song.faults:
        if fault.check != MEDIA_MISSING:
            by_check[fault.check].append(fault)
    for name, faults in sorted(by_check.items()):
        first = faults[0]
        more = f"; {len(faults) - 1} more in this song" if len(faults) > 1 else ""
        yield Finding(
            name,
            Verdict.WARN,
            f"{song.song_id}: {first.where}: {first.message}{more}",
            table=_table(name),
            count=len(faults),
            examples=tuple(fault.where for fault in faults[:MAX_EXAMPLES]),
        )
    yield from _unsure(song, f"{song.song_id}.yml", song.timing.manifest, "the album")
    if song.timing.lyrics:
        yield from _unsure(song, f"{song.song_id}.lrc", song.timing.lyrics, "the manifest")


def _unsure(song: Song, file: str, decision: Decision, other: str) -> Iterator[Finding]:
    """Yield why the unit of a file's stamps is not known for sure, where it is not."""
    if decision.confidence != "low":
        return
    unit, wanted = decision.unit, decision.inherited
    few = "1 fraction decides" if decision.stamps == 1 else f"{decision.stamps} fractions decide"
    few += " nothing"
    check = "undecided"
    if decision.evidence == "inherited":
        check, told = "inherited", f"{few}; its stamps are read as {unit}, which {other} has"
    elif decision.evidence == "assumed":
        told = f"no stamp has a fraction, and {other} has no unit to inherit: taken for {unit}"
    elif decision.rival and (decision.rate_margin or 0.0) < RATE_MARGIN_NATS:
        check = "rate"
        told = f"the frame rate is not sure: read as {unit}, {decision.rate_margin:.1f} nats "
        told += f"before {decision.rival}"
    elif wanted and not decision.fits_inherited:
        told = f"{few}, but they cannot be {wanted}, which {other} has; read as {unit}"
    else:
        told = f"{few}; they are likelier {unit} than {wanted or 'anything else'}, and read so"
    message = f"{song.song_id}: {file}: {told}"
    yield Finding(f"timecode.{check}", Verdict.WARN, message, examples=(file,))


def refused_lines(song: Song) -> Iterator[Reject]:
    """Yield the lyric lines that cannot be this song's."""
    for line in song.timing.refused:
        yield Reject(
            table="lyrics",
            source=SOURCE,
            key=f"{song.song_id}.lrc:{line.file_line}",
            reason="line_outside_song",
            observed=line.stamp.text,
            expected=f"within {song.timing.running_time_s:.2f} s",
        )


def broken_promise(
    name: str,
    what: str,
    keys: Iterable[str],
    table: str,
    verdict: Verdict = Verdict.FAIL,
) -> Iterator[Finding]:
    """Yield one finding where any key breaks a promise; `what` goes on after "3 of segments"."""
    found = list(keys)
    if found:
        shown = ", ".join(found[:3]) + (", …" if len(found) > 3 else "")
        message = f"{len(found)} of {table} {what}: {shown}"
        yield Finding(name, verdict, message, table, len(found), tuple(found[:10]))


def _table(check: str) -> str:
    return _TABLES.get(check.removeprefix("input.").partition("_")[0], "songs")
