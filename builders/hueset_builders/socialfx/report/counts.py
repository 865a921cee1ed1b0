"""The counts of SocialFX: words by effect and language, examples per word, and every measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hueset.render.report.section import Material


@dataclass(frozen=True)
class VersionCounts:
    """What was counted.

    Attributes
    ----------
    effects
        By effect and aggregation: words, of them English and Spanish, with a count, with enough
        examples, with a spread.
    steps
        By effect: how many words were given how often, in steps.
    measured
        The measures that hold a value: by scope, then name.
    missing
        What was not measured: by reason, the scopes and how many measures.
    floor
        The examples a word needs to stand in the filtered table.
    """

    effects: Sequence[Mapping[str, Any]]
    steps: Mapping[str, Sequence[tuple[str, int]]]
    measured: Mapping[str, Sequence[Mapping[str, Any]]]
    missing: Mapping[str, tuple[Sequence[str], int]]
    floor: int


STEPS = ((1, 1), (2, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, None))


def count_version(material: Material) -> VersionCounts:
    """Return the counts of a version."""
    effects = material.rows(
        "SELECT effect, aggregation, count(*) AS words, "
        "count(*) FILTER (language = 'en') AS en, count(*) FILTER (language = 'es') AS es, "
        "count(count) AS counted, count(*) FILTER (enough_examples) AS enough, "
        "count(spread) AS spread, sum(count) AS given "
        'FROM "socialfx"."terms" GROUP BY effect, aggregation ORDER BY effect, aggregation'
    )
    given: dict[str, list[int]] = {}
    for row in material.rows(
        'SELECT effect, count AS n FROM "socialfx"."terms" WHERE count IS NOT NULL '
        "ORDER BY effect, n"
    ):
        given.setdefault(row["effect"], []).append(row["n"])
    measured: dict[str, list[Mapping[str, Any]]] = {}
    missing: dict[str, tuple[list[str], int]] = {}
    for row in material.rows(
        'SELECT name, scope, value, unit, reason FROM "socialfx"."measures" ORDER BY scope, name'
    ):
        if row["value"] is not None:
            measured.setdefault(row["scope"], []).append(row)
        else:
            scopes, count = missing.get(row["reason"], ([], 0))
            missing[row["reason"]] = (
                scopes if row["scope"] in scopes else [*scopes, row["scope"]],
                count + 1,
            )
    return VersionCounts(
        effects=effects,
        steps={effect: _steps(counts) for effect, counts in given.items()},
        measured=measured,
        missing=missing,
        floor=material.version.manifest.parameter("min_examples", int),
    )


def _steps(counts: Sequence[int]) -> list[tuple[str, int]]:
    return [
        (
            f"{low}" if low == high else f"{low} or more" if high is None else f"{low} to {high}",
            sum(low <= n and (high is None or n <= high) for n in counts),
        )
        for low, high in STEPS
    ]
