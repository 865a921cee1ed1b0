"""What a SocialFX version promises, recomputed over the finished tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from hueset.builder import Finding, Verdict
from hueset_builders.socialfx.corpus import EXCERPT, is_zscored
from hueset_builders.socialfx.readers import BANDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hueset.builder import Inputs, Shards


def check(tables: Shards, inputs: Inputs) -> Iterator[Finding]:
    """Check parameters, curves, counts, the filtered config and splits.

    Parameters
    ----------
    tables
        The finished tables.
    inputs
        The declaration and parameters.
    """
    contributions = tables.scan("contributions").collect().to_dicts()
    terms = tables.scan("terms").collect().to_dicts()
    eq = [row for row in (*contributions, *terms) if row["effect"] == "eq"]
    yield _promise_finding(
        "terms.forty_parameters",
        [_name(row) for row in eq if len(row["parameter_names"]) != BANDS],
        f"{len(eq)} equaliser rows with {BANDS} parameters",
    )
    yield _promise_finding(
        "terms.one_key_set",
        _other_keys(contributions, terms),
        "one set of parameter names and units per effect",
    )
    yield _promise_finding(
        "terms.zscore_stated",
        [
            row["contribution_id"]
            for row in contributions
            if row["effect"] == "eq" and row["zscored"] != is_zscored(row["values"])
        ],
        "what is called z-scored has mean 0 and sd 1 to 1e-6",
    )
    yield _promise_finding(
        "terms.counts_recomputed",
        _wrong_counts(contributions, terms),
        "the count of a word is its number of contributions",
    )
    kept = tables.scan("contributions_filtered").collect().to_dicts()
    yield _promise_finding(
        "terms.filter_recomputed",
        _wrong_filter(contributions, kept, inputs.parameters["min_examples"]),
        f"the filtered config holds exactly the words with {inputs.parameters['min_examples']} "
        "examples or more",
    )
    splits: dict[str, set[str]] = defaultdict(set)
    for row in contributions:
        splits[row["curve_id"]].add(row["split"])
    yield _promise_finding(
        "terms.curve_in_one_split",
        [curve for curve, names in splits.items() if len(names) > 1],
        "equal curves lie in one split",
    )


def _promise_finding(name: str, broken: Iterable[str], promise: str) -> Finding:
    found = sorted(broken)
    verdict: Verdict = Verdict.FAIL if found else Verdict.PASS
    message = f"broken in {len(found)} places: {promise}" if found else promise
    return Finding(name, verdict, message, count=len(found), examples=tuple(found[:10]))


def _name(row: dict[str, Any]) -> str:
    return str(row.get("contribution_id") or f"{row['effect']}/{row['term']}")


def _other_keys(*tables: list[dict[str, Any]]) -> list[str]:
    expected: dict[str, tuple[Any, Any]] = {}
    wrong = []
    for row in (row for table in tables for row in table):
        keys = (row["parameter_names"], row["parameter_units"])
        if keys != expected.setdefault(row["effect"], keys):
            wrong.append(_name(row))
    return wrong


def _counts(contributions: Iterable[dict[str, Any]]) -> Counter[tuple[str, str]]:
    return Counter(
        (row["effect"], row["term"]) for row in contributions if row["source"] != EXCERPT
    )


def _wrong_counts(contributions: list[dict[str, Any]], terms: list[dict[str, Any]]) -> list[str]:
    counts = _counts(contributions)
    listed = {(term["effect"], term["term"]): term["count"] for term in terms}
    return [
        "/".join(word)
        for word in {*counts, *(word for word, count in listed.items() if count is not None)}
        if listed.get(word) != counts[word]
    ]


def _wrong_filter(
    contributions: list[dict[str, Any]], kept: list[dict[str, Any]], least: int
) -> list[str]:
    counts = _counts(contributions)
    expected = {
        (row["contribution_id"], row["term"])
        for row in contributions
        if row["source"] != EXCERPT and counts[row["effect"], row["term"]] >= least
    }
    found = {(row["contribution_id"], row["term"]) for row in kept}
    return ["/".join(pair) for pair in expected ^ found]
