"""Poems that are nearly the same: MinHash proposes pairs, the exact likeness decides.

Broder, "On the resemblance and containment of documents", SEQUENCES 1997; library datasketch (MIT).
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from hueset.builder.splits import join_clusters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datasketch import MinHash

_PROPOSAL_MARGIN = 0.2
"""Pairs are proposed from this much below the threshold, so that chance misses next to none."""


def word_shingles(text: str, size: int) -> frozenset[str]:
    """Return the runs of `size` words of a text, without case, accents or punctuation.

    A text with fewer words is one run.
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    words = re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c)))
    runs = max(1, len(words) - size + 1)
    return frozenset(" ".join(words[at : at + size]) for at in range(runs)) - {""}


def near_duplicates(
    texts: Mapping[str, str], *, threshold: float, size: int, permutations: int, seed: int
) -> list[tuple[str, str, float]]:
    """Return the pairs of texts that share most of their word runs.

    Parameters
    ----------
    texts
        Id → text.
    threshold
        Jaccard index of the runs from which two texts count as nearly the same, 0..1.
    size
        Words of a run.
    permutations
        Length of a MinHash.
    seed
        Seed of the MinHash; the same seed proposes the same pairs.

    Returns
    -------
    list
        (smaller id, larger id, Jaccard index), sorted.
    """
    from datasketch import MinHash, MinHashLSH

    runs = {name: word_shingles(text, size) for name, text in texts.items()}
    index = MinHashLSH(threshold=max(0.1, threshold - _PROPOSAL_MARGIN), num_perm=permutations)
    hashes: dict[str, MinHash] = {}
    for name, found in sorted(runs.items()):
        if found:
            hashes[name] = MinHash(num_perm=permutations, seed=seed)
            hashes[name].update_batch([run.encode() for run in sorted(found)])
            index.insert(name, hashes[name])
    pairs = []
    for name, made in hashes.items():
        for other in index.query(made):
            if name < other:
                alike = len(runs[name] & runs[other]) / len(runs[name] | runs[other])
                if alike >= threshold:
                    pairs.append((name, other, alike))
    return sorted(pairs)


def duplicate_groups(
    texts: Mapping[str, str], pairs: list[tuple[str, str, float]]
) -> dict[str, str]:
    """Return id → its group: the smallest id of those it is nearly the same as, or itself."""
    joined = join_clusters((left, right) for left, right, _ in pairs)
    return {name: joined.get(name, name) for name in texts}


def author_groups(authors: Mapping[str, str | None], group: Mapping[str, str]) -> dict[str, str]:
    """Return id → a group of authors that no near-duplicate leaves.

    Parameters
    ----------
    authors
        Id → author; a poem without one stands for itself.
    group
        Id → its group of near-duplicates.
    """
    ties = [
        (f"author {authors[name]}" if authors[name] else f"poem {name}", f"same {group[name]}")
        for name in authors
    ]
    joined = join_clusters(ties)
    return {name: joined[tie] for name, (tie, _) in zip(authors, ties, strict=True)}
