"""The account of a corpus of words: counts, what a filter costs, whether words can be told apart.

The published figures that others failed on (93 % of words with fewer than five examples, metrics
that nobody had computed) are why each number carries its data's digest.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, Any

from hueset_builders.readers.measures import Measure
from hueset_builders.socialfx.separability import Baseline, measure_separability
from hueset_builders.socialfx.terms import comparable_vectors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = Mapping[str, Any]

COUNTED = (
    ("rows", "count"),
    ("terms", "count"),
    ("languages", "count"),
    ("row_share", "share"),
    ("term_share", "share"),
    ("rare_term_share", "share"),
    ("single_term_share", "share"),
    ("median_examples", "count"),
    ("imbalance", "1"),
    ("repeated_curve_rows", "count"),
)
COMPARED = tuple(
    f"{measure}{suffix}"
    for measure in ("silhouette", "davies_bouldin")
    for suffix in ("", "_chance_mean", "_chance_sd", "_p_value")
)


def measure_effect(
    effect: str, rows: Sequence[Row], parameters: Mapping[str, Any], *, reason: str | None = None
) -> tuple[list[Measure], dict[str, float]]:
    """Measure one effect whole, and filtered to words with enough examples.

    Parameters
    ----------
    effect
        `eq`, `comp` or `reverb`.
    rows
        Rows of the table `contributions`; without any, everything is not measured.
    parameters
        `min_examples`, `rare_below`, `permutations`, `seed`.
    reason
        Why there are no rows.

    Returns
    -------
    tuple
        The measures, and the mean silhouette of each word over the whole.
    """
    least = parameters["min_examples"]
    counts = Counter(row["term"] for row in rows)
    by_scope = {
        f"{effect}, all terms": list(rows),
        f"{effect}, terms with {least} or more": [r for r in rows if counts[r["term"]] >= least],
    }
    made: list[Measure] = []
    by_term: dict[str, float] = {}
    for at, (scope, members) in enumerate(by_scope.items()):
        if not rows:
            made += [
                Measure(name, scope, unit, reason=reason or "no contributions were found")
                for name, unit in (*COUNTED, *((name, "1") for name in COMPARED))
            ]
            continue
        made += _count_measures(scope, members, rows, parameters)
        compared, by_label = _separability_measures(effect, scope, members, parameters)
        made += compared
        if at == 0:
            by_term = by_label
    return made, by_term


def corpus_digest(rows: Sequence[Row]) -> str:
    """Return the SHA-256 over the sorted lines `<contribution_id> <term> <curve_id>`."""
    lines = sorted(f"{row['contribution_id']}\t{row['term']}\t{row['curve_id']}\n" for row in rows)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _count_measures(
    scope: str, members: Sequence[Row], rows: Sequence[Row], parameters: Mapping[str, Any]
) -> list[Measure]:
    counts = Counter(row["term"] for row in members)
    terms = len({row["term"] for row in rows})
    rare = sum(count < parameters["rare_below"] for count in counts.values())
    single = sum(count == 1 for count in counts.values())
    curves = Counter(row["curve_id"] for row in members)
    middle = median(counts.values()) if counts else None
    values: dict[str, float | None] = {
        "rows": len(members),
        "terms": len(counts),
        "languages": len({row["language"] for row in members if row["language"]}),
        "row_share": len(members) / len(rows),
        "term_share": len(counts) / terms,
        "rare_term_share": rare / len(counts) if counts else None,
        "single_term_share": single / len(counts) if counts else None,
        "median_examples": middle,
        "imbalance": max(counts.values()) / middle if middle else None,
        "repeated_curve_rows": sum(count for count in curves.values() if count > 1),
    }
    settled = {name: parameters[name] for name in ("min_examples", "rare_below")}
    settled["imbalance"] = "largest word over the median word"
    return [
        _measure(name, scope, unit, values[name], members, settled, "no word has enough examples")
        for name, unit in COUNTED
    ]


def _separability_measures(
    effect: str, scope: str, members: Sequence[Row], parameters: Mapping[str, Any]
) -> tuple[list[Measure], dict[str, float]]:
    import numpy as np

    counts = Counter(row["term"] for row in members)
    # A word heard once has no inside: it can be compared with nothing of its own.
    kept = [row for row in members if counts[row["term"]] > 1]
    settled = {
        "permutations": parameters["permutations"],
        "seed": parameters["seed"],
        "distance": "euclidean",
        "vectors": "raw" if effect == "eq" else "each parameter scaled to mean 0, sd 1",
        "rows": len(kept),
        "terms": len({row["term"] for row in kept}),
        "leaves_out": "terms with one row",
    }
    values: dict[str, float] = {}
    by_label: dict[str, float] = {}
    if settled["terms"] > 1:
        vectors = np.array([row["values"] for row in kept], dtype=np.float64)
        found = measure_separability(
            comparable_vectors(effect, vectors),
            [row["term"] for row in kept],
            permutations=parameters["permutations"],
            seed=parameters["seed"],
        )
        values = {
            **_baseline("silhouette", found.silhouette),
            **_baseline("davies_bouldin", found.davies_bouldin),
        }
        by_label = found.by_label
    reason = "fewer than two words have two rows or more"
    return [
        _measure(name, scope, "1", values.get(name), kept, settled, reason) for name in COMPARED
    ], by_label


def _baseline(name: str, found: Baseline) -> dict[str, float]:
    return {
        name: found.value,
        f"{name}_chance_mean": found.chance_mean,
        f"{name}_chance_sd": found.chance_sd,
        f"{name}_p_value": found.p_value,
    }


def _measure(
    name: str,
    scope: str,
    unit: str,
    value: float | None,
    rows: Sequence[Row],
    parameters: Mapping[str, Any],
    reason: str,
) -> Measure:
    if value is None:
        return Measure(name, scope, unit, reason=reason, parameters=parameters)
    return Measure(
        name, scope, unit, float(value), data_sha256=corpus_digest(rows), parameters=parameters
    )
