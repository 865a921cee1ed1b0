"""What the engine promises of every table, whatever its suite says: keys, nulls, splits, privacy.

Keys and splits in plain DuckDB over the parquet files, numbers and texts by `leaves`; no column of
audio or bytes is ever read. A check that passes is recorded too, with how much it looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hueset.declaration import SPLITS
from hueset.declaration.column_types import ClassOf, Scalar, parse_type
from hueset.documents.gate_report import INVARIANT
from hueset.documents.verdicts import Severity, Verdict
from hueset.gate.frames import keys_at, null_counts, row_count
from hueset.gate.leaves import check_leaves
from hueset.gate.report import MAX_EXAMPLES, CheckResult
from hueset.tables.class_names import declared_types, select_named
from hueset.tables.sql import Limits, add_parquet_view, open_database
from hueset.tables.sql import quote_identifier as _name
from hueset.tables.sql import quote_text as _text
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from hueset.declaration import Dataset, TableDeclaration

_MEMORY = "2GB"
_MAX_GROUPS = 1_000


@dataclass(frozen=True)
class _Open:
    """A table whose files are open as the view `t`."""

    con: duckdb.DuckDBPyConnection
    name: str
    table: TableDeclaration
    rows: int
    paths: Sequence[Path]

    def result(
        self,
        check: str,
        message: str,
        *,
        columns: tuple[str, ...] = (),
        failed: int = 0,
        evaluated: int | None = None,
        examples: Sequence[str] = (),
        verdict: Verdict = Verdict.FAIL,
    ) -> CheckResult:
        """Return a check's result; it passes where nothing failed."""
        looked = self.rows if evaluated is None else evaluated
        return CheckResult(
            id=f"output.{check}",
            table=self.name,
            type=INVARIANT,
            columns=columns,
            severity=Severity.WARNING if verdict is Verdict.WARN else Severity.CRITICAL,
            verdict=verdict if failed else Verdict.PASS,
            evaluated=looked,
            unexpected_count=failed,
            observed=None,
            example_keys=tuple(examples) if failed else (),
            why=_WHY[check],
            message=message,
        )

    def key_of(self) -> str:
        """Return the SQL of a row's key as text."""
        return " || ' / ' || ".join(f"CAST({_name(one)} AS VARCHAR)" for one in self.table.key)

    def where(self, condition: str) -> list[str]:
        """Return the keys of the first rows for which a condition holds, in the order of keys."""
        query = (
            f"SELECT {self.key_of()} AS k FROM t WHERE {condition} ORDER BY k LIMIT {MAX_EXAMPLES}"  # noqa: S608
        )
        return [str(key) for (key,) in self.con.execute(query).fetchall()]


_WHY = {
    "rows": "a table must hold the rows it was declared to hold",
    "key_unique": "a row is found by its key",
    "non_null": "the declaration promises a value in every row",
    "values": "the declaration lists every value there may be",
    "finite": "a missing value is null, and no number is infinite",
    "split_named": "every row belongs to train, validation or test",
    "split_disjoint": "a group in two splits leaks what is tested into what is trained on",
    "private": "no published column may reveal whose machine the data came from",
    "quarantine": "a build that refuses most of its input has not read it rightly",
}


def check_tables(
    dataset: Dataset,
    tables: Mapping[str, Sequence[Path]],
    min_rows: Mapping[str, int],
    quarantine: Mapping[str, Mapping[str, int]],
    *,
    sample: bool = False,
) -> list[CheckResult]:
    """Check every declared table.

    Parameters
    ----------
    dataset
        The declaration.
    tables
        The parquet files of each table.
    min_rows
        Floors of rows of each table, beyond the declaration's.
    quarantine
        Per table, how many rows were refused for each reason.
    sample
        Whether this is the embedded sample, of which only empty tables are judged.

    Returns
    -------
    list of CheckResult
        In the order of the declared tables; passed checks too.
    """
    results = []
    for name, table in dataset.tables.items():
        paths = list(tables.get(name, ()))
        # A connection for each: it may end with a result that was not fetched to its last row.
        with (
            TemporaryDirectory() as spill,
            open_database(
                paths, limits=Limits(memory=_MEMORY, spill=Path(spill), ordered=False)
            ) as con,
        ):
            opened = _Open(con, name, table, row_count(paths), paths)
            floor = max(table.min_rows, min_rows.get(name, 0) if table.min_rows else 0)
            results.append(_rows(opened, min(floor, 1) if sample else floor))
            results.append(_quarantine(opened, dataset, quarantine.get(name, {})))
            if opened.rows:
                add_parquet_view(con, paths, "t", select=select_named(declared_types(table)))
                results += _contents(opened)
    return results


def _contents(opened: _Open) -> Iterator[CheckResult]:
    yield _key_unique(opened)
    yield from _non_null(opened)
    if opened.table.split:
        yield _split_named(opened, opened.table.split)
    yield from _leaves(opened)
    if opened.table.split and opened.table.group:
        yield _split_disjoint(opened, opened.table.split, opened.table.group)


def _rows(opened: _Open, floor: int) -> CheckResult:
    few = opened.rows < floor
    told = f"holds {format_count(opened.rows, 'row')}, at least {floor:,} are promised"
    verdict: Verdict = Verdict.FAIL if opened.rows else Verdict.ERROR
    return opened.result("rows", told, failed=int(few), verdict=verdict)


def _quarantine(opened: _Open, dataset: Dataset, refused: Mapping[str, int]) -> CheckResult:
    total, ceiling = sum(refused.values()), dataset.quarantine.ceiling
    share = total / (total + opened.rows) if total else 0.0
    most = sorted(refused.items(), key=lambda item: (-item[1], item[0]))[:MAX_EXAMPLES]
    told = f"{total:,} of {format_count(total + opened.rows, 'row')} were refused ({share:.2%})"
    return opened.result(
        "quarantine",
        f"{told}, the ceiling is {ceiling:.2%}",
        failed=total if share > ceiling else 0,
        evaluated=total + opened.rows,
        examples=[f"{reason} {count:,}" for reason, count in most],
    )


def _key_unique(opened: _Open) -> CheckResult:
    key = opened.table.key
    names = ", ".join(map(_name, key))
    missing = " OR ".join(f"{_name(one)} IS NULL" for one in key)
    nulls = _one(opened, f"SELECT count(*) FROM t WHERE {missing}")  # noqa: S608
    grouped = f"SELECT {names}, count(*) AS _n FROM t GROUP BY {names} HAVING count(*) > 1"  # noqa: S608
    doubled = _one(opened, f"SELECT coalesce(sum(_n - 1), 0) FROM ({grouped})")  # noqa: S608
    examples: list[str] = []
    if doubled:
        query = f"SELECT {opened.key_of()} AS k FROM ({grouped}) ORDER BY k LIMIT {MAX_EXAMPLES}"  # noqa: S608
        examples = [str(one) for (one,) in opened.con.execute(query).fetchall()]
    rows = format_count(opened.rows, "row")
    told = f"the key {', '.join(key)} of {rows}: {doubled:,} repeat, {nulls:,} null"
    return opened.result("key_unique", told, columns=key, failed=doubled + nulls, examples=examples)


def _non_null(opened: _Open) -> Iterator[CheckResult]:
    promised = [name for name, column in opened.table.columns.items() if not column.nullable]
    counts = null_counts(opened.paths, promised)
    for name, column in opened.table.columns.items():
        if not column.nullable:
            nulls = counts[name]
            kind = parse_type(column.type)
            plain = isinstance(kind, ClassOf) or (
                isinstance(kind, Scalar) and "binary" not in kind.name
            )
            examples = opened.where(f"{_name(name)} IS NULL") if nulls and plain else []
            told = f"{name}: {nulls:,} of {format_count(opened.rows, 'row')} are null, none may be"
            yield opened.result("non_null", told, columns=(name,), failed=nulls, examples=examples)


def _split_named(opened: _Open, split: str) -> CheckResult:
    wrong = f"{_name(split)} IS NULL OR {_name(split)} NOT IN ({', '.join(map(_text, SPLITS))})"
    failed = _one(opened, f"SELECT count(*) FROM t WHERE {wrong}")  # noqa: S608
    values = format_count(opened.rows, "value")
    told = f"{split}: {failed:,} of {values} are not one of {', '.join(SPLITS)}"
    examples = opened.where(wrong) if failed else []
    return opened.result("split_named", told, columns=(split,), failed=failed, examples=examples)


def _leaves(opened: _Open) -> Iterator[CheckResult]:
    """Say of each number and text, at any depth, that it is what it may be."""
    for found in check_leaves(opened.table, opened.paths):
        keys = keys_at(opened.paths, opened.table, found.rows)
        values = format_count(found.evaluated, "value")
        told = f"{found.leaf}: {found.failed:,} of {values} {found.says}"
        yield opened.result(
            found.check,
            told,
            columns=(found.column,),
            failed=found.failed,
            evaluated=found.evaluated,
            examples=[keys[row] for row in found.rows],
        )


def _split_disjoint(opened: _Open, split: str, group: str) -> CheckResult:
    s, g = _name(split), _name(group)
    straddling = (
        f"SELECT CAST({g} AS VARCHAR) AS k FROM t WHERE {g} IS NOT NULL "  # noqa: S608
        f"GROUP BY {g} HAVING count(DISTINCT {s}) > 1"
    )
    groups = _one(opened, f"SELECT count(DISTINCT {g}) FROM t")  # noqa: S608
    count = _one(opened, f"SELECT count(*) FROM ({straddling})")  # noqa: S608
    loose = _one(opened, f"SELECT count(*) FROM t WHERE {g} IS NULL")  # noqa: S608
    rows = opened.con.execute(f"{straddling} ORDER BY k LIMIT {_MAX_GROUPS}").fetchall()
    named = [str(key) for (key,) in rows]
    told = f"{count:,} of {format_count(groups, 'group')} ({group}) lie in more than one split"
    if opened.table.published_split and count:
        told += "; the split is kept as published"
    if not groups:
        told = f"no row has a {group}, so nothing shows that the splits are apart"
        return opened.result(
            "split_disjoint",
            told,
            columns=(split, group),
            failed=loose,
            evaluated=0,
            verdict=Verdict.ERROR,
        )
    if loose:
        told += f"; {loose:,} rows have no group"
    published = opened.table.published_split
    result = opened.result(
        "split_disjoint",
        told,
        columns=(split, group),
        failed=count or loose,
        evaluated=groups,
        examples=named[:MAX_EXAMPLES],
        verdict=Verdict.FAIL if count and not published else Verdict.WARN,
    )
    return replace(result, observed=named or None)


def _one(opened: _Open, query: str) -> int:
    row: Any = opened.con.execute(query).fetchone()
    return int(row[0])
