"""Coverage of classes and of presence: how many rows, of how many groups, in which splits.

A class is `absent` (no row), `thin` (fewer rows than the floor, or rows of fewer groups) or
`trainable`. A value that says that no class could be determined (`unknown`, `ambiguous`) is an
outcome: counted and shown, never something to train on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hueset.builder import Finding
from hueset.coverage.statistics import group_key
from hueset.declaration import SPLITS
from hueset.documents.judgements import judge_rows
from hueset.documents.verdicts import CoverageVerdict, Verdict
from hueset.errors import DeclarationError
from hueset.tables.sql import quote_identifier
from hueset.tables.sql_session import EVERY_ROW
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hueset.coverage.tables import CoverageTables
    from hueset.declaration import ClassCoverage, PresenceCoverage
    from hueset.tables.sql_session import Statement


def measure_classes(tables: CoverageTables, declared: ClassCoverage) -> dict[str, Any]:
    """Count the rows of each class, its groups, and its rows in each split.

    Parameters
    ----------
    tables
        The tables; where the one of the classes has a column of groups or of splits, those are
        counted.
    declared
        The closed list.

    Returns
    -------
    dict
        Strict JSON. Of a class `groups` is null, and `by_split` empty, where the table has none.
    """
    shape = tables.shapes[declared.table]
    split = shape.split if shape.split != declared.column else None
    by = _by(tables, declared, declared.by)
    by_split = _by(tables, declared, split)
    groups = {one.name: one.groups for one in group_classes(tables, declared, [])}
    total = sum(sum(told.values()) for told in by.values())
    labelled = total - sum(sum(by.get(one, {}).values()) for one in declared.abstain_values)
    relation = tables.relation(declared.table)
    (rows,) = tables.session.rows(f"SELECT count(*) AS n FROM {relation}")

    def entry(name: str) -> dict[str, Any]:
        n = sum(by.get(name, {}).values())
        return {
            "class": name,
            "n": n,
            "share": n / total if total else None,
            "groups": groups.get(name, 0) if shape.group else None,
            "by": by.get(name, {}) if declared.by else {},
            "by_split": by_split.get(name, {}) if split else {},
        }

    return {
        "name": declared.name,
        "table": declared.table,
        "column": declared.column,
        "by": declared.by,
        "floor": declared.floor,
        "floor_groups": declared.floor_groups,
        "required": list(declared.required),
        "labelled": labelled,
        "unlabelled": rows["n"] - total,
        "classes": [
            {
                **one,
                **judge_rows(
                    one["n"],
                    one["groups"],
                    floor=declared.floor,
                    floor_groups=declared.floor_groups,
                ),
            }
            for one in map(entry, declared.classes)
        ],
        "outcomes": [entry(name) for name in declared.abstain_values],
        "undeclared": sorted(set(by) - {*declared.classes, *declared.abstain_values}),
        "lacking": _lacking(by_split, declared.classes) if split else {},
    }


@dataclass(frozen=True)
class ClassGroup:
    """The rows of one class among some rows.

    Attributes
    ----------
    name
        The class.
    key
        The texts of the columns that the rows share.
    n
        How many rows there are.
    groups
        Of how many groups they are; None where the table has none. A row without a group is of
        none.
    """

    name: str
    key: tuple[str | None, ...]
    n: int
    groups: int | None


def group_classes(
    tables: CoverageTables,
    declared: ClassCoverage,
    keys: Sequence[str],
    condition: Statement = EVERY_ROW,
) -> list[ClassGroup]:
    """Count the rows of each class by columns of its table, in order."""
    group = tables.shapes[declared.table].group
    column = quote_identifier(declared.column)
    columns = [f"{quote_identifier(key)}::VARCHAR AS k{at}" for at, key in enumerate(keys)]
    distinct = f"count(DISTINCT {quote_identifier(group)})" if group else "NULL"
    order = ", ".join(str(at + 1) for at in range(len(keys) + 1))
    also = f"AND {condition.sql}" if condition.sql else ""
    rows = tables.session.rows(
        f"""SELECT {", ".join([f"{column}::VARCHAR AS class", *columns])}, count(*) AS n,
            {distinct} AS "group" FROM {tables.relation(declared.table)}
            WHERE {column} IS NOT NULL {also} GROUP BY {order} ORDER BY {order}""",
        condition.values,
    )
    return [
        ClassGroup(
            row["class"], tuple(row[f"k{at}"] for at in range(len(keys))), row["n"], row["group"]
        )
        for row in rows
    ]


def measure_presence(tables: CoverageTables, declared: PresenceCoverage) -> dict[str, Any]:
    """Count the rows that have what a row may lack.

    Raises
    ------
    DeclarationError
        The condition cannot be held against the values of a column.
    """
    import duckdb

    by = f"{quote_identifier(declared.by)}::VARCHAR" if declared.by else "NULL"
    try:
        with tables.for_conditions() as session:
            rows = session.rows(
                f"""SELECT {by} AS "group", count(*) AS n,
                    count(*) FILTER (WHERE {declared.present}) AS present
                    FROM {tables.relation(declared.table)} GROUP BY 1 ORDER BY 1"""
            )
    except duckdb.DataError as error:  # what an empty table could not show before the build
        said = str(error).strip().partition("\n")[0]
        message = f"coverage.presence: {declared.name}: {declared.present!r}: {said}"
        hint = "compare a column with values of its own type; a class is given by its name"
        raise DeclarationError(message, hint=hint, value=declared.present) from error
    n, present = sum(row["n"] for row in rows), sum(row["present"] for row in rows)
    share = present / n if n else None
    verdict = CoverageVerdict.of_count(share or 0, declared.floor)
    return {
        "name": declared.name,
        "table": declared.table,
        "by": declared.by,
        "n": n,
        "present": present,
        "share": share,
        "verdict": verdict,
        "groups": {group_key(row["group"]): [row["present"], row["n"]] for row in rows}
        if declared.by
        else {},
    }


def class_findings(classes: Mapping[str, Any]) -> list[Finding]:
    """Return what a list of classes has to say to the gate."""
    name, told = classes["name"], []
    for verdict in (CoverageVerdict.ABSENT, CoverageVerdict.THIN):
        found = [c["class"] for c in classes["classes"] if c["verdict"] == verdict]
        required = [
            c for c in found if verdict is CoverageVerdict.ABSENT and c in classes["required"]
        ]
        if required:
            message = f"{name}: no row of the required {', '.join(required)}"
            told.append(
                Finding(
                    "coverage.required_class_absent",
                    Verdict.FAIL,
                    message,
                    examples=tuple(required),
                )
            )
        rest = tuple(c for c in found if c not in required)
        if rest:
            thin = describe_thin_classes(classes["floor"], classes["floor_groups"])
            what = "have no row" if verdict is CoverageVerdict.ABSENT else f"have {thin}"
            count = format_count(len(classes["classes"]), "class")
            message = f"{name}: {len(rest)} of {count} {what}"
            told.append(
                Finding(
                    f"coverage.class_{verdict}",
                    Verdict.WARN,
                    message,
                    count=len(rest),
                    examples=rest,
                )
            )
    for split, lacking in classes["lacking"].items():
        present = sum(c["n"] > 0 for c in classes["classes"])
        message = f"{name}: {len(lacking)} of {present} classes with rows have none in {split}"
        told.append(
            Finding(
                "coverage.class_split",
                Verdict.WARN,
                message,
                count=len(lacking),
                examples=tuple(lacking),
            )
        )
    if classes["undeclared"]:
        names = tuple(classes["undeclared"])
        message = f"{name}: values outside the declared list: {', '.join(names)}"
        told.append(Finding("coverage.undeclared_class", Verdict.FAIL, message, examples=names))
    return told


def describe_thin_classes(floor: int, floor_groups: int) -> str:
    """Return in words what makes a class thin: few rows, or rows of few groups."""
    more = f", or rows of under {format_count(floor_groups, 'group')}" if floor_groups else ""
    return f"under {format_count(floor, 'row')}{more}"


def _by(
    tables: CoverageTables, declared: ClassCoverage, other: str | None
) -> dict[str, dict[str, int]]:
    """Return value → value of the other column → rows."""
    told: dict[str, dict[str, int]] = {}
    for one in group_classes(tables, declared, [other] if other else []):
        told.setdefault(one.name, {})[group_key(one.key[0] if other else None)] = one.n
    return told


def _lacking(by_split: Mapping[str, Mapping[str, int]], names: Iterable[str]) -> dict[str, Any]:
    """Return split → the classes that have rows, and none in it; of the splits that have any."""
    held = {split for counts in by_split.values() for split in counts}
    order = [one for one in SPLITS if one in held] + sorted(held - set(SPLITS))
    found = {
        split: [name for name in names if by_split.get(name) and split not in by_split[name]]
        for split in order
    }
    return {split: lacking for split, lacking in found.items() if lacking}
