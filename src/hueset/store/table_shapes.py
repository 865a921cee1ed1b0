"""Whether the tables of a version are what its manifest says: their columns, types and rows.

Only the footers are read. That the hash of a file fits says nothing of what is in it, and every
statement on a table is made from what the manifest says of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.declaration.column_types import arrow_type, parse_type
from hueset.errors import StoreError

if TYPE_CHECKING:
    import pyarrow as pa

    from hueset.store.version import StoredVersion


def table_contradictions(version: StoredVersion) -> list[tuple[str, str]]:
    """Return each parquet file that is not what the manifest says of it, and what it is.

    Raises
    ------
    StoreError
        A file is missing, or is reached by a link.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = []
    for name, table in version.manifest.tables.items():
        declared = {c: arrow_type(parse_type(one.type)) for c, one in table.columns.items()}
        for file, path in zip(table.files, version.files(name), strict=True):
            try:
                footer = pq.read_metadata(path)
                schema = footer.schema.to_arrow_schema()
            except (OSError, pa.ArrowException) as error:
                found.append((file.path, f"it is no parquet: {str(error).splitlines()[0]}"))
                continue
            said = _difference(schema, declared)
            if not said and footer.num_rows != file.rows:
                said = f"it has {footer.num_rows:,} rows, the manifest says {file.rows:,}"
            if said:
                found.append((file.path, said))
    return found


def require_declared_shapes(version: StoredVersion) -> None:
    """Raise where a table has not the columns that the manifest says.

    Raises
    ------
    StoreError
        It names the file, and what is there.
    """
    for path, said in table_contradictions(version):
        message = f"{version.dataset} {version.name}: {path} is not what the manifest says: {said}"
        hint = f"do not use it; `hueset verify {version.dataset}` names every such file"
        raise StoreError(message, hint=hint, value=path)


def _difference(schema: pa.Schema, declared: dict[str, pa.DataType]) -> str:
    if schema.names != list(declared):
        lost = [name for name in declared if name not in schema.names]
        more = [name for name in schema.names if name not in declared]
        if lost or more:
            parts = {"lacks": lost, "has": more}
            told = [f"{verb} {', '.join(names[:3])}" for verb, names in parts.items() if names]
            return f"it {' and '.join(told)}"
        return "its columns stand in another order"
    for name, kind in declared.items():
        if schema.field(name).type != kind:
            return f"{name} is {schema.field(name).type}, the manifest says {kind}"
    return ""
