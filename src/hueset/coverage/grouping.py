"""The labels and classes of a version by columns: dimension, split, source, class, tenth.

What is said of a group is what `coverage.json` says of a dimension or of one of its sources, by the
same statements and the same floors.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hueset.coverage.classes import group_classes
from hueset.coverage.label_groups import (
    DimensionColumn,
    LabelRows,
    group_bins,
    group_labels,
    judged_family,
)
from hueset.documents.judgements import judge_rows
from hueset.errors import UsageError
from hueset.tables.class_names import class_columns
from hueset.tables.sql import quote_identifier
from hueset.tables.sql_session import EVERY_ROW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hueset.coverage.tables import CoverageTables
    from hueset.declaration import ClassCoverage, NumericCoverage
    from hueset.declaration.coverage_contract import CoverageContract
    from hueset.store.store import StoredVersion
    from hueset.tables.sql_session import Statement

COLUMNS = ("dimension", "split", "source", "unit", "label_kind", "value")
"""What labels are counted by, beside columns of classes; `value` is a tenth of the scale."""

POOLED = "labels of several dimensions are judged by none: ask by dimension too"
UNJUDGED = "the contract judges all kinds of label alike: here they are only counted"


@dataclass(frozen=True)
class Grouping:
    """By what labels are counted, and among which rows.

    Attributes
    ----------
    by
        Of `COLUMNS`, and columns of classes of the wide table.
    conditions
        Table → only its rows for which this holds; a table that is not named is left out. None
        for all rows of all tables.
    """

    by: tuple[str, ...]
    conditions: Mapping[str, Statement] | None = None

    def condition_on(self, table: str) -> Statement | None:
        """Return the condition on the rows of a table; None where the table is left out."""
        return EVERY_ROW if self.conditions is None else self.conditions.get(table)


def group_coverage(
    version: StoredVersion, tables: CoverageTables, contract: CoverageContract, grouping: Grouping
) -> dict[str, Any]:
    """Count the labels and classes of a version by columns.

    Returns
    -------
    dict
        `groups`: by dimension, what `coverage.json` says of a dimension or of one of its sources,
        for each combination that has a label (by dimension alone for each dimension). Without
        `dimension` there is a count, and no verdict. With `value` there are counts by tenths.
        `classes`: each class with its rows, verdict and reason by those columns that its own table
        has.

    Raises
    ------
    UsageError
        A column cannot be counted by.
    """
    numeric, by = contract.numeric, grouping.by
    lists = [(one, grouping.condition_on(one.table)) for one in contract.classes]
    condition = grouping.condition_on(numeric.table) if numeric else None
    groups: list[dict[str, Any]] = []
    if numeric and "label_kind" in by and numeric.kind is None:
        groups = _count_kinds(tables, numeric, grouping)
    elif numeric and condition is not None:
        rows = LabelRows(tables, numeric, condition)
        groups = _group_labels(version, rows, by)
    return {
        "by": list(by),
        "groups": groups,
        "classes": [
            _group_classes(tables, one, by, where) for one, where in lists if where is not None
        ],
    }


def tables_counted(contract: CoverageContract) -> tuple[str, ...]:
    """Return the tables in which labels or classes are counted."""
    wide = [contract.numeric.table] if contract.numeric else []
    return tuple(dict.fromkeys([*wide, *(one.table for one in contract.classes)]))


def _group_labels(
    version: StoredVersion, rows: LabelRows, by: Sequence[str]
) -> list[dict[str, Any]]:
    columns = {name: _column(rows, name) for name in by if name not in {"dimension", "value"}}
    keys = list(dict.fromkeys(columns.values()))
    dimensions = [DimensionColumn.of(entry.to_json()) for entry in version.coverage.dimensions]

    def group(dimension: str, key: Sequence[str | None], tenth: float | None) -> tuple[Any, ...]:
        apart = {"dimension": dimension, "value": tenth}
        return tuple(apart[one] if one in apart else key[keys.index(columns[one])] for one in by)

    if "value" in by:
        tally: Counter[tuple[Any, ...]] = Counter()
        for name, bins_of in group_bins(rows, dimensions, keys).items():
            for key, families in bins_of.items():
                for at, n in families[judged_family(families)].items():
                    tally[group(name, key, at // 2 / 10)] += n
        return [{**_named(by, one), "n": tally[one]} for one in sorted(tally, key=_order)]
    entries = [
        (group(name, key, None), entry)
        for name, groups in group_labels(rows, dimensions, keys).items()
        for key, entry in groups.items()
    ]
    if "dimension" in by:
        entries = sorted(entries, key=lambda pair: _order(pair[0])) if keys else entries
        return [{**_named(by, key), **entry} for key, entry in entries]
    pooled: Counter[tuple[Any, ...]] = Counter()
    for key, entry in entries:
        pooled[key] += entry["n"]
    return [
        {**_named(by, key), "n": pooled[key], "verdict": None, "reason": POOLED}
        for key in sorted(pooled, key=_order)
    ]


def _named(by: Sequence[str], key: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(by, key, strict=True))


def _column(rows: LabelRows, name: str) -> str:
    """Return the column of the wide table that something is counted by."""
    numeric = rows.numeric
    shape = rows.tables.shapes[numeric.table]
    known = {
        "split": shape.split,
        "source": numeric.source,
        "unit": numeric.unit,
        "label_kind": numeric.kind,
        **{one: one for one in class_columns(shape.types)},
    }
    if name not in known:
        raise UsageError.unknown(
            "column to count by", name, [*COLUMNS, *class_columns(shape.types)]
        )
    column = known[name]
    if column is None or column not in shape.types:
        message = f"the table {numeric.table} has no column for the {name}"
        raise UsageError(message, hint="leave it out of by=", value=name)
    return column


def _count_kinds(
    tables: CoverageTables, numeric: NumericCoverage, grouping: Grouping
) -> list[dict[str, Any]]:
    """Count the labels of the long table, where the wide one does not tell their kinds."""
    by = grouping.by
    types = tables.shapes[numeric.labels].types if numeric.labels else {}
    missing = [name for name in by if name not in types or name == "value"]
    condition = grouping.condition_on(numeric.labels) if numeric.labels else None
    if missing or condition is None:
        names = " and ".join(missing) or "what is filtered by"
        message = f"the kinds of labels cannot be counted by {names}"
        raise UsageError(message, hint="ask for by=dimension,source,label_kind", value=names)
    columns = ", ".join(f"{quote_identifier(name)}::VARCHAR AS k{at}" for at, name in enumerate(by))
    order = ", ".join(str(at + 1) for at in range(len(by)))
    where = f"WHERE {condition.sql}" if condition.sql else ""
    table = tables.relation(str(numeric.labels))
    sql = f"SELECT {columns}, count(*) AS n FROM {table} {where} GROUP BY {order} ORDER BY {order}"
    return [
        {
            **{name: row[f"k{at}"] for at, name in enumerate(by)},
            "n": row["n"],
            "verdict": None,
            "reason": UNJUDGED,
        }
        for row in tables.session.rows(sql, condition.values)
    ]


def _group_classes(
    tables: CoverageTables, declared: ClassCoverage, by: Sequence[str], condition: Statement
) -> dict[str, Any]:
    shape = tables.shapes[declared.table]
    columns = {name: shape.split if name == "split" else name for name in by}
    keys = {
        name: column
        for name, column in columns.items()
        if column in shape.types
        and column != declared.column
        and name not in {"dimension", "value", "label_kind"}
    }
    found = group_classes(tables, declared, [str(one) for one in keys.values()], condition)
    entries = [
        {
            "class": one.name,
            **dict(zip(keys, one.key, strict=True)),
            "n": one.n,
            "groups": one.groups,
            **(
                judge_rows(
                    one.n, one.groups, floor=declared.floor, floor_groups=declared.floor_groups
                )
                if one.name in declared.classes
                else {"verdict": None, "reason": "no class of the contract"}
            ),
        }
        for one in found
    ]
    if not keys:
        there = {one.name for one in found}
        entries += [
            {
                "class": name,
                "n": 0,
                "groups": 0 if shape.group else None,
                **judge_rows(0, 0, floor=declared.floor, floor_groups=declared.floor_groups),
            }
            for name in declared.classes
            if name not in there
        ]
    return {"name": declared.name, "by": ["class", *keys], "groups": entries}


def _order(key: Sequence[Any]) -> list[tuple[bool, Any]]:
    """Return what to sort groups by: part after part, null last."""
    return [(part is None, "" if part is None else part) for part in key]
