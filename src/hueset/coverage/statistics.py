"""What the labels of one dimension are worth: people's ratings, tags and computed values apart.

People's labels are judged by the floors of the declaration. A tag says that something is there and
nothing else: a tag that is absent is unknown, so tags are counted per pole and never give a
negative. A computed value is shown, and is nobody's judgement. Where a declaration does not say
which kind a label is of, all of them count alike.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from hueset.declaration import COMPUTED_KINDS
from hueset.tables.sql import quote_identifier, quote_text
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from hueset.declaration import Floors, NumericCoverage

FAMILIES = ("human", "tag", "computed")

# The band .4-.6 is the middle of the unit scale: labels there teach a model to answer `.5`.
_COUNTS = """
    count(v) AS n,
    count(DISTINCT v) AS "distinct",
    min(v) AS min,
    max(v) AS max"""
_LINEAR = """
    avg(v) AS mean,
    stddev_samp(v) AS sd,
    quantile_disc(v, 0.25) AS q25,
    quantile_disc(v, 0.5) AS median,
    quantile_disc(v, 0.75) AS q75,
    avg(CASE WHEN v BETWEEN 0.4 AND 0.6 THEN 1.0 WHEN v IS NULL THEN NULL ELSE 0.0 END)
        AS neutral_band_share,
    avg(CASE WHEN v = 0.5 THEN 1.0 WHEN v IS NULL THEN NULL ELSE 0.0 END) AS neutral_point_share"""
# An angle in turns: mean direction, and circular standard deviation sqrt(-2 ln R) in turns (Mardia,
# Jupp. Directional Statistics, 2000). It has no order, so no quartiles, and no middle.
_CIRCULAR = """
    CASE WHEN count(v) = 0 THEN NULL ELSE
        (atan2(avg(sin(2 * pi() * v)), avg(cos(2 * pi() * v))) / (2 * pi()) + 1) % 1 END AS mean,
    CASE WHEN count(v) < 2 THEN NULL ELSE sqrt(greatest(0, -2 * ln(greatest(1e-9, sqrt(
        avg(sin(2 * pi() * v)) ** 2 + avg(cos(2 * pi() * v)) ** 2))))) / (2 * pi()) END AS sd,
    NULL AS q25, NULL AS median, NULL AS q75,
    NULL AS neutral_band_share, NULL AS neutral_point_share"""


def judge_labels(numbers: Mapping[str, Any], floors: Floors) -> tuple[str, str]:
    """Return the verdict on one set of labels, and its reason in plain words."""
    n = numbers["n"]
    if n == 0:
        return "absent", "no example"
    if n < floors.examples:
        return "thin", f"{format_count(n, 'example')}, floor {floors.examples:,}"
    sd, band, point = numbers["sd"], numbers["neutral_band_share"], numbers["neutral_point_share"]
    faults = []
    if numbers["distinct"] < floors.distinct:
        faults.append(f"{numbers['distinct']} distinct values, floor {floors.distinct}")
    if sd is None:  # of one value, or of values too large to be squared
        faults.append(f"no sd can be computed, floor {floors.sd:g}")
    elif sd < floors.sd:
        faults.append(f"sd {sd:.3f}, floor {floors.sd:g}")
    if band is not None and band > floors.neutral_band_share:
        faults.append(f"{band:.0%} of labels in .4-.6, ceiling {floors.neutral_band_share:.0%}")
    if point is not None and point > floors.neutral_point_share:
        faults.append(f"{point:.0%} exactly at .5, ceiling {floors.neutral_point_share:.0%}")
    if faults:
        return "neutral", "; ".join(faults)
    few = n < floors.examples_warn
    return "trainable", format_count(n, "example") + (
        f", below {floors.examples_warn:,}" if few else ""
    )


def not_finite(count: int) -> str:
    """Return in words how many labels were left out because they are NaN or infinite."""
    return f"{count:,} left out, NaN or infinite"


def judge_tags(low: int, high: int, floors: Floors) -> tuple[str, str]:
    """Return the verdict on tags: how many say the low pole, and how many the high one."""
    said = f"tags: {low:,} low, {high:,} high, floor {floors.positives:,} per pole"
    if not low and not high:
        return "absent", "no tag"
    if min(low, high) >= floors.positives:
        return "trainable", said
    if min(low, high) == 0 or max(low, high) >= floors.positives:
        return "positive_only", said
    return "thin", said


def weigh_labels(
    con: duckdb.DuckDBPyConnection,
    rows: str,
    numeric: NumericCoverage,
    *,
    circular: bool = False,
) -> dict[str, Any]:
    """Judge a set of labels.

    Parameters
    ----------
    con
        The connection.
    rows
        A subquery with the column `v`, the value in 0..1, and all columns of the wide table.
    numeric
        The contract.
    circular
        Whether the value is an angle in turns.

    Returns
    -------
    dict
        Verdict, reason and numbers. Where the contract names the column of the kind also
        `judged`, the family they are of, and `evidence`, the same for each family that has any.
        Tags have `low_tags` and `high_tags`, how many say each pole.
    """
    if numeric.kind is None:
        numbers = label_statistics(con, rows, circular=circular)
        verdict, reason = judge_labels(numbers, numeric.floors)
        return {"verdict": verdict, "reason": reason, **numbers}
    evidence = {
        family: one
        for family in FAMILIES
        if (one := _family(con, rows, numeric, family, circular=circular))["n"]
    }
    judged = next(iter(evidence), None)
    empty = {"verdict": "absent", "reason": "no example"}
    told = (
        evidence[judged] if judged else {**empty, **label_statistics(con, rows, circular=circular)}
    )
    return {**told, "judged": judged, "evidence": evidence}


def label_statistics(
    con: duckdb.DuckDBPyConnection, rows: str, *, circular: bool = False
) -> dict[str, Any]:
    """Return count, spread and share in the middle of the values `v`; a share over none is null."""
    measured = _CIRCULAR if circular else _LINEAR
    return query_rows(con, f"SELECT {_COUNTS}, {measured} FROM {rows}")[0]


def kinds_of(numeric: NumericCoverage, family: str) -> tuple[str, ...]:
    """Return the kinds of label of a family."""
    return {"human": numeric.human, "tag": ("tag",), "computed": COMPUTED_KINDS}[family]


def query_rows(
    con: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any] = ()
) -> list[dict[str, Any]]:
    """Return the rows of a query as JSON values; a number that is not finite is null."""
    cursor = con.execute(sql, list(values))
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in cursor.fetchall()]


def group_key(group: object) -> str:
    """Return the key of a group in a document: `null` for null, else the value as text.

    A text that reads `null`, with or without quotes around it, is quoted once more, so that no two
    groups share a key.
    """
    if group is None:
        return "null"
    text = str(group)
    return f'"{text}"' if re.fullmatch(r'("*)null\1', text) else text


def sql_in(column: str, values: Sequence[str]) -> str:
    """Return the SQL condition that a column holds one of some texts."""
    told = ", ".join(map(quote_text, values))
    return f"{quote_identifier(column)}::VARCHAR IN ({told})" if told else "false"


def _family(
    con: duckdb.DuckDBPyConnection,
    rows: str,
    numeric: NumericCoverage,
    family: str,
    *,
    circular: bool,
) -> dict[str, Any]:
    mine = f"(SELECT * FROM {rows} WHERE {sql_in(str(numeric.kind), kinds_of(numeric, family))})"
    numbers = label_statistics(con, mine, circular=circular)
    if family == "tag":
        poles = "count(*) FILTER (v < 0.5) AS low_tags, count(*) FILTER (v > 0.5) AS high_tags"
        numbers |= query_rows(con, f"SELECT {poles} FROM {mine}")[0]
        verdict, reason = judge_tags(numbers["low_tags"], numbers["high_tags"], numeric.floors)
    elif family == "computed":
        verdict, reason = "computed", f"{numbers['n']:,} computed values, judged by no person"
    else:
        verdict, reason = judge_labels(numbers, numeric.floors)
    return {"verdict": verdict, "reason": reason, **numbers}


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
