"""What a version of the emotion tree promises, recomputed over the finished tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from hueset.builder import Finding, Verdict
from hueset_builders.emotions.thesaurus import WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hueset.builder import Inputs, Shards


def check(tables: Shards, inputs: Inputs) -> Iterator[Finding]:
    """Check the shape of the tree, the marks of ambiguity, the map and the splits.

    Parameters
    ----------
    tables
        The finished tables.
    inputs
        The declaration; its facts say which classes there are.
    """
    nodes = tables.scan("nodes").collect().to_dicts()
    synonyms = tables.scan("synonyms").collect().to_dicts()
    subs = Counter(node["sub_id"] for node in nodes)
    bases = Counter(node["base_id"] for node in nodes)
    places = {(node["base_id"], node["sub_id"]) for node in nodes}
    yield _promise_finding(
        "emotions.six_by_six_by_six",
        [
            *(name for name, count in subs.items() if count != WIDTH),
            *(name for name, count in bases.items() if count != WIDTH**2),
            *(["bases"] if len(bases) != WIDTH else []),
            *(["sub-emotions"] if len(places) != WIDTH**2 else []),
        ],
        f"{len(nodes)} nodes: six bases of six sub-emotions of six nodes",
    )
    yield _promise_finding(
        "emotions.index_is_the_place",
        [node["node_id"] for at, node in enumerate(nodes) if node["index"] != at],
        "the index runs from 0 without a gap, base by base",
    )
    yield _promise_finding(
        "emotions.six_tiers",
        [node["node_id"] for node in nodes if len(set(node["tiers"])) != WIDTH],
        f"each node has {WIDTH} tiers",
    )
    within: dict[str, set[str]] = defaultdict(set)
    for word in synonyms:
        within[word["synonym"]].add(word["node_id"])
    yield _promise_finding(
        "emotions.ambiguity_marked",
        [word["synonym"] for word in synonyms if word["nodes"] != len(within[word["synonym"]])],
        f"{sum(len(found) > 1 for found in within.values())} of {len(within)} words stand in "
        "several nodes, and are marked",
    )
    declared = {
        (scheme, name)
        for scheme, classes in inputs.facts["class_map.yaml"]["schemes"].items()
        for name in classes
    }
    mapped = tables.scan("class_map").collect().to_dicts()
    listed = {(row["scheme"], row["class_name"]) for row in mapped}
    yield _promise_finding(
        "emotions.every_class_listed",
        ["/".join(name) for name in declared ^ listed],
        f"{len(listed)} classes, mapped or with the reason why not",
    )
    known: set[str] = {
        node[column] for node in nodes for column in ("base_id", "sub_id", "node_id")
    }
    recordings = tables.scan("recordings").collect().to_dicts()
    yield _promise_finding(
        "emotions.targets_exist",
        [
            str(row["target_id"])
            for row in (*mapped, *recordings)
            if row["target_id"] is not None and row["target_id"] not in known
        ],
        "every target is a place of the tree",
    )
    splits: dict[str, set[str]] = defaultdict(set)
    for row in recordings:
        splits[row["actor"]].add(row["split"])
    yield _promise_finding(
        "emotions.actor_in_one_split",
        [actor for actor, found in splits.items() if len(found) > 1],
        "no speaker is heard in two splits",
    )


def _promise_finding(name: str, broken: Iterable[Any], promise: str) -> Finding:
    found = sorted(broken)
    verdict: Verdict = Verdict.FAIL if found else Verdict.PASS
    message = f"broken in {len(found)} places: {promise}" if found else promise
    return Finding(name, verdict, message, count=len(found), examples=tuple(found[:10]))
