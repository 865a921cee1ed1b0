"""Declared ways from classes of other datasets to the tree, each held against its own evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hueset.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = dict[str, Any]

LEVELS = {"base": "base_id", "sub": "sub_id", "node": "node_id"}
NAMES = {"base": "base", "sub": "sub", "node": "name"}


def class_map(facts: Any, words: Sequence[Row], *, where: str = "class_map.yaml") -> list[Row]:
    """Return the declared map, one row per class and target; an unmapped class has one without.

    Parameters
    ----------
    facts
        `schemes`: scheme → class → `to: [{id, evidence, text, why}]`, or `unmapped: why`.
    words
        The words of the tree, as `hueset_builders.emotions.thesaurus.read_base` gives them.
    where
        The file's name, for messages.

    Raises
    ------
    DeclarationError
        A target is not in the tree, its evidence does not stand there, or a class has neither
        targets nor a reason why it is unmapped.
    """
    rows: list[Row] = []
    for scheme, classes in facts["schemes"].items():
        for name, given in classes.items():
            here = f"{where}: {scheme}.{name}"
            if set(given) == {"unmapped"}:
                rows.append(_row(scheme, name, 0, justification=given["unmapped"]))
                continue
            if set(given) != {"to"} or not given["to"]:
                message = f"{here}: expected `to:` with targets, or `unmapped:` with the reason"
                raise DeclarationError(message, value=given)
            for rank, target in enumerate(given["to"]):
                rows.append(_map_class(scheme, name, rank, target, words, here))
    return rows


def unique_targets(rows: Sequence[Row], scheme: str) -> dict[str, Row]:
    """Return class → its target, for the classes of a scheme that have exactly one."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row["scheme"] == scheme and row["target_id"] is not None:
            found.setdefault(row["class_name"], []).append(row)
    return {name: mine[0] for name, mine in found.items() if len(mine) == 1}


def _map_class(
    scheme: str,
    name: str,
    rank: int,
    target: Mapping[str, str],
    words: Sequence[Row],
    here: str,
) -> Row:
    level = next(
        (level for level, column in LEVELS.items() for w in words if w[column] == target["id"]),
        None,
    )
    if level is None:
        known = {word[column] for word in words for column in LEVELS.values()}
        raise DeclarationError.unknown("id of the tree", target["id"], known, where=here)
    below = [word for word in words if word[LEVELS[level]] == target["id"]]
    first = below[0]
    standing = (
        {first[NAMES[level]].lower()}
        if target["evidence"] == "name"
        else {word["synonym"] for word in below}
    )
    if target["evidence"] not in {"name", "synonym"} or target["text"] not in standing:
        message = f"{here}: {target['text']!r} is no {target['evidence']} of {target['id']}"
        hint = "the evidence must stand in the tree; else the class is unmapped"
        raise DeclarationError(message, hint=hint, value=target["text"])
    path = [first["base"], first["sub"], first["name"]]
    return _row(
        scheme,
        name,
        rank,
        target_id=target["id"],
        level=level,
        target_path="/".join(path[: list(LEVELS).index(level) + 1]),
        base_id=first["base_id"],
        node_id=first["node_id"] if level == "node" else None,
        evidence=target["evidence"],
        evidence_text=target["text"],
        justification=target["why"],
    )


def _row(scheme: str, name: str, rank: int, **given: str | None) -> Row:
    absent = dict.fromkeys(
        ("target_id", "level", "target_path", "base_id", "node_id", "evidence", "evidence_text")
    )
    return {
        "scheme": scheme,
        "class_name": name,
        "rank": rank,
        "mapped": given.get("target_id") is not None,
        **absent,
        **given,
    }
