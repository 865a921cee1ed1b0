"""Whether a coverage contract speaks of what there is, said before any row is made.

The declaration's own names are held against each other in `hueset.declaration`; here are those
that need the tables of facts, and the conditions in SQL.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hueset.declaration.fault_words import describe_kind
from hueset.declaration.yaml_lines import load_yaml
from hueset.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hueset.declaration import Dataset
    from hueset.declaration.located_yaml import Place


def check_facts(dataset: Dataset, facts: Mapping[str, Any], folder: Path) -> None:
    """Hold the list of dimensions against those that the declaration names.

    Parameters
    ----------
    dataset
        The declaration.
    facts
        Its tables of facts by file name.
    folder
        Where they lie, for the messages.

    Raises
    ------
    DeclarationError
        The list is none, a dimension has no name or is there twice, or the declaration requires or
        feeds one that does not exist.
    """
    numeric = dataset.coverage.numeric
    if numeric is None:
        return
    place = folder / numeric.dimensions
    for file in filter(None, (numeric.dimensions, numeric.recommendations)):
        if file not in facts:
            where = _where(folder, "coverage", "numeric")
            message = f"{where}: coverage.numeric names {file}, which `lookup_tables` does not list"
            raise DeclarationError(message, hint=f"add it: `lookup_tables: [{file}]`", value=file)
    listed = facts[numeric.dimensions]
    if not isinstance(listed, list) or not listed:
        found = describe_kind(listed)
        message = f"{place}:1: expected a list of dimensions, found {found}"
        raise DeclarationError(message, hint="write `- {name: …, group: …}` for each")
    names: set[str] = set()
    for at, one in enumerate(listed):
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, str):
            where = load_yaml(place).where((at,))
            message = f"{where}: dimension {at + 1} has no name: {one!r}"
            raise DeclarationError(message, hint="write `name: …`")
        if name in names:
            where = load_yaml(place).where((at,))
            message = f"{where}: the dimension {name!r} is there twice"
            raise DeclarationError(message, hint="keep one of the two", value=name)
        names.add(name)
    told: dict[Place, tuple[str, ...]] = {("coverage", "numeric", "required"): numeric.required}
    told |= {
        ("sources", name, "dimensions"): one.dimensions for name, one in dataset.sources.items()
    }
    for key, wanted in told.items():
        for at, name in enumerate(wanted):
            if name not in names:
                where = f"{_where(folder, *key, at)}: {'.'.join(map(str, key))}"
                raise DeclarationError.unknown("dimension", name, names, where=where)


def _where(folder: Path, *place: str | int) -> str:
    """Return file and line of a place in the declaration."""
    return load_yaml(folder / "dataset.yaml").where(place)


def check_coverage(dataset: Dataset, facts: Mapping[str, Any], folder: Path) -> None:
    """Measure the coverage of tables without rows: a condition that cannot be read fails here.

    Raises
    ------
    DeclarationError
        DuckDB cannot make sense of the contract.
    """
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    from hueset.coverage.measure import measure_coverage
    from hueset.declaration.column_types import arrow_schema

    with TemporaryDirectory() as empty:
        tables = {name: [Path(empty) / f"{name}.parquet"] for name in dataset.tables}
        for name, table in dataset.tables.items():
            # `empty_table` would import pandas, and a plan has to be quick.
            empty_table = pa.Table.from_batches([], schema=arrow_schema(table))
            pq.write_table(empty_table, tables[name][0])
        try:
            measure_coverage(dataset, facts, tables)
        except duckdb.Error as error:
            said = str(error).strip().partition("\n")[0]
            message = f"{_where(folder, 'coverage')}: coverage: {said}"
            hint = "look at the conditions under coverage.presence"
            raise DeclarationError(message, hint=hint) from error
