"""The files of the thesaurus: one base emotion each, six sub-emotions of six nodes of six tiers."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from hueset.builder import convert_input_errors
from hueset.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Row = dict[str, Any]

WIDTH = 6
"""Bases, sub-emotions of a base, nodes of a sub-emotion, tiers of a node."""

BASE_IDS = ("I", "II", "III", "IV", "V", "VI")


def read_base(raw: bytes, source: str) -> list[Row]:
    """Read one base emotion; returns its words, each with all that stands above it.

    Returns
    -------
    list of dict
        One row per word: the columns of `nodes`, and tier, tier_rank, position, synonym.

    Raises
    ------
    SourceFormatError
        It is no JSON, or a key is missing; the message names the place.
    """
    with convert_input_errors(f"{source}: not valid JSON", hint="is the file whole?"):
        base = json.loads(raw)
    rows: list[Row] = []
    hint = "expected id, name, arousal_range, valence and sub_emotions with sub_sub_emotions"
    with convert_input_errors(f"{source}: not a base emotion of the thesaurus", hint=hint):
        low, high = base["arousal_range"]
        above = {
            "base_id": base["id"],
            "base": base["name"],
            "arousal_low": float(low),
            "arousal_high": float(high),
            "valence": base["valence"],
            "source": source,
        }
        at_base = BASE_IDS.index(base["id"])
        for at_sub, (sub, inside) in enumerate(base["sub_emotions"].items()):
            for at_node, (name, node) in enumerate(inside["sub_sub_emotions"].items()):
                shared = {
                    **above,
                    "sub_id": inside["id"],
                    "sub": sub,
                    "sub_description": inside["description"],
                    "arousal_bias": float(inside["arousal_bias"]),
                    "node_id": node["id"],
                    "index": at_base * WIDTH**2 + at_sub * WIDTH + at_node,
                    "name": name,
                    "path": f"{base['name']}/{sub}/{name}",
                    "description": node["description"],
                    "tiers": list(node["intensity_tiers"]),
                }
                for rank, (tier, words) in enumerate(node["intensity_tiers"].items(), start=1):
                    rows += [
                        {
                            **shared,
                            "tier": tier,
                            "tier_rank": rank,
                            "position": at,
                            "synonym": word,
                        }
                        for at, word in enumerate(words, start=1)
                    ]
    return rows


def node_rows(words: Sequence[Row], polarity: Mapping[str, Sequence[float]]) -> list[Row]:
    """Return one row per node, in the order of its index.

    Parameters
    ----------
    words
        What `read_base` returned, of all bases.
    polarity
        Stated valence → its part of the scale -1..1.

    Raises
    ------
    DeclarationError
        A stated valence has no declared part of the scale.
    """
    occurs = word_occurrences(words)
    made: dict[str, Row] = {}
    for word in words:
        if word["valence"] not in polarity:
            raise DeclarationError.unknown("valence", word["valence"], polarity, where=word["path"])
        node = made.setdefault(
            word["node_id"],
            {
                **{name: value for name, value in word.items() if name not in _NOT_OF_A_NODE},
                "valence_low": float(polarity[word["valence"]][0]),
                "valence_high": float(polarity[word["valence"]][1]),
                "synonyms": 0,
                "ambiguous_synonyms": 0,
            },
        )
        node["synonyms"] += 1
        node["ambiguous_synonyms"] += len(occurs[word["synonym"]]) > 1
    names = Counter(node["name"] for node in made.values())
    for node in made.values():
        node["name_shared"] = names[node["name"]] > 1
    return sorted(made.values(), key=lambda node: node["index"])


def synonym_rows(words: Sequence[Row]) -> list[Row]:
    """Return one row per word and place, with how many nodes and bases it stands in."""
    occurs = word_occurrences(words)
    rows = []
    for word in sorted(words, key=lambda w: (w["index"], w["tier_rank"], w["position"])):
        places = occurs[word["synonym"]]
        bases = len({base for base, _ in places})
        rows.append(
            {
                **{name: word[name] for name in ("node_id", *_OF_A_WORD)},
                "nodes": len(places),
                "bases": bases,
                "ambiguous": len(places) > 1,
                "ambiguous_base": bases > 1,
            }
        )
    return rows


def word_occurrences(words: Iterable[Row]) -> dict[str, set[tuple[str, str]]]:
    """Return word → the (base id, node id) it stands in."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for word in words:
        found[word["synonym"]].add((word["base_id"], word["node_id"]))
    return found


_OF_A_WORD = ("tier", "tier_rank", "position", "synonym")
_NOT_OF_A_NODE = (*_OF_A_WORD, "source")
