"""Which performances play the same notes: passages that two have in common.

A passage is six notes in a row, by pitch; notes of one chord count from the lowest up. Two
performances of one composition share a tenth to two thirds of them, wrong notes and rubato and all;
of the 1,276 performances of MAESTRO, those of different compositions share at most 0.04.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

from hueset.builder import Batch, Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hueset.builder import Inputs, Shards
    from hueset_builders.readers.midi.notes import Score

TABLE = "_passages"
"""The working table of a unit: `performance`, and its `passages` as a list."""
NOTES = 6
CHORD_S = 0.03
"""Notes that start in the same step of this length are put in the order of their pitches."""
MOST_SHARED = 0.06
"""A larger share of the shorter one's passages is the same composition."""
LEAST_PASSAGES = 20
"""With fewer passages in common nothing is told: scales and trills are in many pieces."""
COMMON = 40
"""A passage of more performances than this is a scale or a trill, and tells nothing."""


def passage_hashes(score: Score) -> NDArray[np.uint64]:
    """Return the hashes of a performance's passages, uint64 [passages], rising and unique."""
    order = np.lexsort((score.pitch, np.round(score.onset_s / CHORD_S)))
    pitch = score.pitch[order].astype(np.uint64)
    count = max(len(pitch) - NOTES + 1, 0)
    hashed = np.zeros(count, np.uint64)
    for step in range(NOTES):
        # Pitches have 7 bits, so six of them stand side by side without a collision.
        hashed = (hashed << np.uint64(7)) | pitch[step : step + count]
    return np.unique(hashed)


def passage_rows(performance: str, score: Score) -> Batch:
    """Return the working table of one performance."""
    found = pa.array([passage_hashes(score)], pa.list_(pa.uint64()))
    return Batch(TABLE, pa.table({"performance": [performance], "passages": found}))


def combine(shards: Shards, inputs: Inputs) -> Iterator[Finding]:
    """Hold `split_by_composition` to the notes themselves; no table is changed."""
    del inputs
    splits = shards.scan("performances").select("performance", "split_by_composition")
    told = shared_passages(splits.join(shards.scan(TABLE), on="performance").collect())
    torn = told.filter(pl.col("share") > MOST_SHARED)
    if torn.height:
        pairs = [
            f"{left} and {right} ({share:.2f})"
            for left, right, share in torn.select("left", "right", "share").iter_rows()
        ]
        message = (
            f"{torn.height} pairs of performances in different split_by_composition share more "
            f"than {MOST_SHARED} of their passages, so they play the same; join their titles in "
            "compositions.yaml"
        )
        check = "output.split_by_composition_notes"
        yield Finding(check, Verdict.FAIL, message, "performances", torn.height, tuple(pairs[:10]))


def shared_passages(performances: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs in different `split_by_composition` that share enough passages to tell.

    The whole set has 6.3 million passages: 3 s and 0.6 GB.

    Parameters
    ----------
    performances
        `performance`, `split_by_composition`, `passages`.

    Returns
    -------
    DataFrame of `left`, `right` (keys), `passages` (in common) and `share` (of the one with fewer),
    falling by `share`.
    """
    from scipy.sparse import csr_array

    split = performances["split_by_composition"].rank("dense").to_numpy()
    size = performances["passages"].list.len().to_numpy()
    owner = np.repeat(np.arange(len(size), dtype=np.int32), size)
    found = performances["passages"].explode(empty_as_null=False).to_numpy()
    order = np.argsort(found, kind="stable")
    found, owner = found[order], owner[order]
    first = np.flatnonzero(np.diff(found, prepend=~found[:1]))
    count = np.diff(first, append=len(found))
    torn = np.minimum.reduceat(split[owner], first) != np.maximum.reduceat(split[owner], first)
    telling = np.repeat(torn & (count <= COMMON), count)
    column = np.repeat(np.arange(len(first), dtype=np.int32), count)[telling]
    ones = np.ones(len(column), np.int32)
    has = csr_array((ones, (owner[telling], column)), shape=(len(size), len(first)))
    common = (has @ has.T).tocoo()
    left, right = common.coords
    chosen = (left < right) & (split[left] != split[right]) & (common.data >= LEAST_PASSAGES)
    left, right, shared = left[chosen], right[chosen], common.data[chosen]
    names = performances["performance"]
    return pl.DataFrame(
        {
            "left": names.gather(left),
            "right": names.gather(right),
            "passages": shared,
            "share": shared / np.minimum(size[left], size[right]),
        }
    ).sort("share", "left", "right", descending=[True, False, False])
