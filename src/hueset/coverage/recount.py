"""The coverage of a version, counted again from its parquet by the contract it was judged by."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hueset.coverage.measure import measure_tables
from hueset.coverage.tables import CoverageTables, TableShape
from hueset.documents.coverage import DECLARED, DimensionCoverage
from hueset.store import query
from hueset.tables.sql import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hueset.declaration.coverage_contract import CoverageContract
    from hueset.store.store import StoredVersion
    from hueset.tables.sql_session import SqlSession

SEALED_MEMORY = "1GB"
"""What a condition of a version's contract may use."""

_COUNTED = frozenset(DimensionCoverage.model_fields) - DECLARED
"""What stands beside the facts of a dimension, and is counted anew."""


def version_tables(version: StoredVersion, session: SqlSession) -> CoverageTables:
    """Return the tables of a version as they are counted.

    Parameters
    ----------
    version
        The version.
    session
        Over a connection of `hueset.store.query.connect_reader` with one thread.
    """

    @contextmanager
    def sealed() -> Iterator[SqlSession]:
        limits = Limits(memory=SEALED_MEMORY, threads=1)
        with (
            query.connect_locked([version], limits=limits) as con,
            session.open_beside(con) as beside,
        ):
            yield beside

    tables = version.manifest.tables.items()
    shapes = {name: TableShape.of_manifest(table) for name, table in tables}
    return CoverageTables(session, shapes, version.dataset, sealed)


def recount_coverage(
    version: StoredVersion, tables: CoverageTables, contract: CoverageContract
) -> dict[str, Any]:
    """Count the whole coverage of a version again.

    Parameters
    ----------
    version
        The version, which has the list of dimensions.
    tables
        Its tables, or what is left of them.
    contract
        What it was judged by.

    Returns
    -------
    dict
        What `coverage.json` holds: the same, where the parquet is what it was at the build.
    """
    entries = [one.to_json() for one in version.coverage.dimensions]
    facts = [
        {k: one for k, one in entry.items() if k not in {*_COUNTED, "lift"}} for entry in entries
    ]
    lift = {entry["name"]: entry["lift"] for entry in entries if "lift" in entry}
    measured = measure_tables(tables, contract, facts, lift=lift)
    return {"dataset": version.dataset, **measured}
