"""What each expectation means, in plain Python over plain values: slow, and easy to check."""

from __future__ import annotations

import itertools
import math
import re
import statistics
from collections import Counter
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROUNDED = {"float16": np.float16, "float32": np.float32, "float64": np.float64}


@dataclass(frozen=True)
class Said:
    """What must come out: `unexpected` is None for a check of an aggregate."""

    verdict: str
    evaluated: int
    unexpected: int | None = None


def say(
    kind: str,
    kwargs: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    types: Mapping[str, str],
) -> Said:
    """Judge rows of Python values (class names, dates, numbers, None for null)."""
    short = kind.removeprefix("expect_")
    if short.startswith("table_row_count"):
        low, high = kwargs.get("min_value", 0), kwargs.get("max_value", math.inf)
        low, high = (kwargs["value"],) * 2 if "value" in kwargs else (low, high)
        return Said(_verdict(bool(rows) and low <= len(rows) <= high, rows), len(rows))
    if "column" not in kwargs:
        return _many_columns(short, kwargs, rows, types)
    name = kwargs["column"]
    values = [row[name] for row in rows]
    filled = [one for one in values if one is not None]
    if "null" in short:
        return _nulls(short, kwargs, values, filled)
    if not filled:
        return Said("error", 0)
    held = _each(short, kwargs, filled, types[name])
    if held is None:
        good = _whole(short, kwargs, filled, types[name])
        return Said("pass" if good else "fail", len(filled))
    return _mostly(held, kwargs)


def _verdict(good: bool, looked: Sequence[object]) -> str:
    return ("pass" if good else "fail") if looked else "error"


def _mostly(held: list[bool], kwargs: Mapping[str, Any]) -> Said:
    good = bool(held) and sum(held) / len(held) >= kwargs.get("mostly", 1)
    return Said(_verdict(good, held), len(held), held.count(False))


def _nulls(short: str, kwargs: Mapping[str, Any], values: list[Any], filled: list[Any]) -> Said:
    if short.startswith("column_proportion"):
        share = len(filled) / len(values) if values else 0
        return Said(_verdict(_inside(share, kwargs, None), values), len(values))
    wanted = "not_be_null" in short
    return _mostly([(one is not None) == wanted for one in values], kwargs)


def read(raw: Any, kind: str | None) -> Any:
    """Return an argument as the declared type."""
    if kind in ROUNDED and raw is not None:
        return _as(raw, kind)
    if kind == "date32" and isinstance(raw, str):
        return date.fromisoformat(raw)
    if isinstance(raw, float) and (kind is None or "int" in kind or kind == "bool"):
        return Fraction(str(raw))
    return raw


def end(raw: Any, kind: str | None) -> Any:
    """Return an end of a range as it is written, or the float of the type that is spelled so."""
    if kind not in ROUNDED or raw is None:
        return read(raw, kind)
    with np.errstate(over="ignore"):
        near = ROUNDED[kind](raw)
    exact = Fraction(raw)
    spelled = np.isfinite(near) and exact.denominator > 1
    if spelled and Fraction(np.format_float_scientific(near)) == Fraction(repr(raw)):
        return Fraction(float(near))
    return exact


def _inside(value: Any, kwargs: Mapping[str, Any], kind: str | None) -> bool:
    low, high = (end(kwargs.get(one), kind) for one in ("min_value", "max_value"))
    if isinstance(value, float) and math.isnan(value):
        return False
    above = low is None or value > low or (value == low and not kwargs.get("strict_min"))
    return above and (
        high is None or value < high or (value == high and not kwargs.get("strict_max"))
    )


def _each(short: str, kwargs: Mapping[str, Any], filled: list[Any], kind: str) -> list[bool] | None:
    known = [read(one, kind) for one in kwargs.get("value_set", ())]
    strictly = kwargs.get("strictly", False)
    pairs = list(itertools.pairwise(filled))
    match short:
        case "column_values_to_be_between":
            return [_inside(one, kwargs, kind) for one in filled]
        case "column_values_to_be_in_set":
            return [one in known for one in filled]
        case "column_values_to_not_be_in_set":
            return [one not in known for one in filled]
        case "column_values_to_be_unique":
            return [filled.count(one) == 1 for one in filled]
        case "column_values_to_match_regex":
            return [bool(re.search(kwargs["regex"], str(one))) for one in filled]
        case "column_values_to_not_match_regex":
            return [not re.search(kwargs["regex"], str(one)) for one in filled]
        case "column_value_lengths_to_be_between":
            return [_inside(len(one), kwargs, None) for one in filled]
        case "column_value_lengths_to_equal":
            return [len(one) == kwargs["value"] for one in filled]
        case "column_values_to_be_increasing":
            return [True] + [b > a or (b == a and not strictly) for a, b in pairs]
        case "column_values_to_be_decreasing":
            return [True] + [b < a or (b == a and not strictly) for a, b in pairs]
    return None


def _whole(short: str, kwargs: Mapping[str, Any], filled: list[Any], kind: str) -> bool:
    known = {read(one, kind) for one in kwargs.get("value_set", ())}
    exact: list[Any] = [one if isinstance(one, str | date) else Fraction(one) for one in filled]
    match short:
        case "column_min_to_be_between":
            return _inside(min(filled), kwargs, kind)
        case "column_max_to_be_between":
            return _inside(max(filled), kwargs, kind)
        case "column_mean_to_be_between":
            return _inside(_float(sum(exact) / len(exact), kind), kwargs, kind)
        case "column_median_to_be_between":
            return _inside(_float(statistics.median(exact), kind), kwargs, kind)
        case "column_sum_to_be_between":
            return _inside(_float(sum(exact), kind), kwargs, kind)
        case "column_stdev_to_be_between":
            spread = float(statistics.stdev(exact)) if len(exact) > 1 else math.nan
            return _inside(spread, kwargs, kind)
        case "column_quantile_values_to_be_between":
            return _quantiles(kwargs, sorted(filled), kind)
        case "column_distinct_values_to_be_in_set":
            return set(filled) <= known
        case "column_distinct_values_to_contain_set":
            return set(filled) >= known
        case "column_distinct_values_to_equal_set":
            return set(filled) == known
        case "column_most_common_value_to_be_in_set":
            counts = Counter(filled)
            most = {one for one, count in counts.items() if count == max(counts.values())}
            return bool(most & known) and (len(most) == 1 or kwargs.get("ties_okay", False))
        case "column_unique_value_count_to_be_between":
            return _inside(len(set(filled)), kwargs, None)
        case "column_proportion_of_unique_values_to_be_between":
            return _inside(Fraction(len(set(filled)), len(filled)), kwargs, None)
    raise AssertionError(short)


def _float(value: Any, kind: str) -> Any:
    """Return what was drawn from floats as one of 64 bits."""
    return float(value) if kind in ROUNDED else value


def _as(value: Any, kind: str) -> Any:
    """Round what a set gives to the nearest float of the type, where it is not too great for it."""
    if kind not in ROUNDED:
        return value
    with np.errstate(over="ignore"):
        near = float(ROUNDED[kind](float(value)))
    return near if math.isfinite(near) else float(value)


def _quantiles(kwargs: Mapping[str, Any], ordered: list[Any], kind: str) -> bool:
    given = kwargs["quantile_ranges"]
    for share, (low, high) in zip(given["quantiles"], given["value_ranges"], strict=True):
        value = ordered[round(share * (len(ordered) - 1))]
        if not _inside(value, {"min_value": low, "max_value": high}, kind):
            return False
    return True


def _many_columns(
    short: str,
    kwargs: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    types: Mapping[str, str],
) -> Said:
    names = kwargs.get("column_list") or [kwargs["column_A"], kwargs["column_B"]]
    given = [tuple(row[name] for name in names) for row in rows]
    ignored = kwargs.get("ignore_row_if", "both_values_are_missing")
    if ignored in {"both_values_are_missing", "all_values_are_missing"}:
        given = [one for one in given if set(one) != {None}]
    elif ignored in {"either_value_is_missing", "any_value_is_missing"}:
        given = [one for one in given if None not in one]
    compared = short.endswith(("to_be_equal", "greater_than_b"))
    if not any(None not in one if compared else set(one) != {None} for one in given):
        return Said("error", 0)
    if short == "compound_columns_to_be_unique":
        return _mostly([given.count(one) == 1 for one in given], kwargs)
    if short == "column_pair_values_to_be_in_set":
        known = [
            tuple(read(one, types[name]) for one, name in zip(pair, names, strict=True))
            for pair in kwargs["value_pairs_set"]
        ]
        return _mostly([one in known for one in given], kwargs)
    if short == "column_pair_values_to_be_equal":
        return _mostly([None not in one and one[0] == one[1] for one in given], kwargs)
    equal = kwargs.get("or_equal", False)
    held = [None not in one and (one[0] > one[1] or (equal and one[0] == one[1])) for one in given]
    return _mostly(held, kwargs)
