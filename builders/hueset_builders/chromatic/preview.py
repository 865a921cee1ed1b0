"""The table `preview`: a few segments per colour, those with audio first, then MIDI, then lyrics.

Only the whole corpus knows what a colour has, but only a song's own unit has its sound in hand. So
each unit keeps the best of its song in a working table, one row group each, and `combine` takes
from those. Which of several equals is taken is drawn by the hash of its id: a new song moves none
of the others', and the order of the work does not matter.
"""

from __future__ import annotations

import hashlib
from bisect import insort
from collections import defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from hueset.builder import Batch
from hueset.declaration.column_types import arrow_schema
from hueset.tables.rows import table_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from hueset.builder import Inputs, Shards
    from hueset_builders.chromatic.columns import Row

OFFERED = "_preview"
"""The working table: the columns of `preview`, and `rank` and `draw`, by which they are chosen."""
AUDIO, MIDI, LYRICS = range(3)
_ORDER = ("rank", "draw")
_LIGHT = ("segment_id", "song_id", "colour", *_ORDER)


class PreviewCandidates:
    """The best segments of one song, no more than a whole colour may have."""

    def __init__(self, inputs: Inputs) -> None:
        self.schema = arrow_schema(inputs.dataset.tables["preview"])
        self.limit = int(inputs.parameters["preview_per_colour"])
        self.rows: list[tuple[int, str, Row]] = []

    def takes(self, rank: int, segment_id: str) -> bool:
        """Whether a segment would be among the best so far."""
        if len(self.rows) < self.limit:
            return True
        return bool(self.rows) and (rank, _draw(segment_id)) < self.rows[-1][:2]

    def offer(self, row: Row, media: Row) -> None:
        """Keep a segment with its sound if it is among the best; an empty one never is."""
        rank = rank_of(row)
        if rank is None or not self.takes(rank, row["segment_id"]):
            return
        own = {**row, "audio": media["audio"], "midi": media["midi"]}
        taken = {name: own[name] for name in self.schema.names}
        insort(self.rows, (rank, _draw(row["segment_id"]), taken), key=lambda one: one[:2])
        del self.rows[self.limit :]

    def batches(self) -> Iterator[Batch]:
        """Yield the rows in the order of their ids, each by itself, so that each can be read so."""
        schema = self.schema.append(pa.field("rank", pa.int8())).append(
            pa.field("draw", pa.string())
        )
        for rank, draw, row in sorted(self.rows, key=lambda one: str(one[2]["segment_id"])):
            told = {**row, "rank": rank, "draw": draw}
            yield Batch(OFFERED, table_of([told], schema))


def rank_of(row: Mapping[str, Any]) -> int | None:
    """Return how soon a row of `segments` is taken; None where there is nothing to look at."""
    if row["has_audio"]:
        return AUDIO
    return MIDI if row["has_midi"] else LYRICS if row["lyric_text"] else None


def combine(shards: Shards, inputs: Inputs) -> Iterator[Batch]:
    """Yield the rows of `preview`, in the order of the songs; no more than one song in memory."""
    offered = [(path, _light(path)) for path in shards.files(OFFERED)]
    limit = int(inputs.parameters["preview_per_colour"])
    chosen = choose_segments((row for _, rows in offered for row in rows), limit)
    for path, rows in offered:
        wanted = [at for at, row in enumerate(rows) if row["segment_id"] in chosen]
        if wanted:
            yield Batch("preview", _rows(path, wanted).drop_columns(list(_ORDER)))


def choose_segments(offered: Iterable[Mapping[str, Any]], limit: int) -> set[str]:
    """Return the ids of at most `limit` segments of each colour.

    Those of the better rank come first; within one rank the songs take turns, as far as each goes.
    """
    turns: dict[tuple[str, int], int] = defaultdict(int)
    colours: dict[str | None, list[tuple[int, int, str, str]]] = defaultdict(list)
    for row in sorted(offered, key=lambda row: (row["rank"], row["draw"])):
        place = row["song_id"], row["rank"]
        rank, turn = row["rank"], turns[place]
        colours[row["colour"]].append((rank, turn, row["draw"], row["segment_id"]))
        turns[place] += 1
    return {name for rows in colours.values() for *_, name in sorted(rows)[:limit]}


def _draw(segment_id: str) -> str:
    return hashlib.sha256(segment_id.encode()).hexdigest()


def _light(path: Path) -> list[dict[str, Any]]:
    with pq.ParquetFile(path) as file:
        rows: list[dict[str, Any]] = file.read(list(_LIGHT), use_threads=False).to_pylist()
        return rows


def _rows(path: Path, wanted: list[int]) -> pa.Table:
    """Read rows by their numbers, and no row group without one."""
    parts = []
    with pq.ParquetFile(path) as file:
        sizes = [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)]
        for group, end in enumerate(accumulate(sizes)):
            own = [at - end + sizes[group] for at in wanted if end - sizes[group] <= at < end]
            if own:
                parts.append(file.read_row_group(group, use_threads=False).take(pa.array(own)))
    return pa.concat_tables(parts)
