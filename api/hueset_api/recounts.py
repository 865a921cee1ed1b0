"""Coverage counted from the parquet for a request: whole, or by columns and among some rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hueset.coverage.grouping import COLUMNS, Grouping, group_coverage, tables_counted
from hueset.coverage.recorded_contract import read_contract
from hueset.coverage.recount import recount_coverage
from hueset.errors import UnknownNameError
from hueset.tables.sql_session import Statement
from hueset_api.columns import columns_of
from hueset_api.row_pages import read_filters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hueset.declaration import Dataset
    from hueset.store.store import StoredVersion
    from hueset_api.database import Database


def count_whole(
    database: Database, version: StoredVersion, declared: Dataset | None
) -> dict[str, Any]:
    """Return the coverage of a version, counted again.

    Raises
    ------
    UsageError
        It does not say by which contract it was judged.
    """
    contract = read_contract(version, declared.coverage if declared else None)
    with database.coverage_tables(version) as tables:
        return recount_coverage(version, tables, contract)


def count_groups(
    database: Database,
    version: StoredVersion,
    declared: Dataset | None,
    by: Sequence[str],
    filters: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the labels and classes of a version by columns.

    Parameters
    ----------
    by
        Of `hueset.coverage.grouping.COLUMNS`, and columns of classes of the wide table.
    filters
        `column:operator:value`; a table without such a column is left out.

    Raises
    ------
    UsageError
        A column cannot be counted by, or the version does not say by which contract it was judged.
    UnknownNameError
        No table that is counted has a column that is filtered by.
    """
    contract = read_contract(version, declared.coverage if declared else None)
    conditions = None
    if filters:
        named = [text.partition(":")[0] for text in filters]
        known = {table: columns_of(version, table) for table in tables_counted(contract)}
        conditions = {
            table: Statement(" AND ".join(parts), tuple(values))
            for table, columns in known.items()
            if set(named) <= set(columns)
            for parts, values in [read_filters(columns, filters)]
        }
        if not conditions:
            every = sorted({column for columns in known.values() for column in columns})
            missing = next((name for name in named if name not in every), named[0])
            raise UnknownNameError.unknown("column", missing, every)
    with database.coverage_tables(version) as tables:
        counted = group_coverage(version, tables, contract, Grouping(tuple(by), conditions))
    return {"dataset": version.dataset, "version": version.name, **counted}


__all__ = ["COLUMNS", "count_groups", "count_whole"]
