"""What a version is made of, as digests: sources, parameters, units, code, schema, suites.

Rows depend on all but the last; the suites and floors decide the verdict. The text of a card,
a citation or a description is metadata (`hueset.documents.metadata`), and never rebuilds a row. So
is a licence, but for one thing: where rows say their own, a source's licence is a part of them.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hueset.builder.loader import builder_code
from hueset.declaration.builder_package import explain_missing
from hueset.errors import DeclarationError
from hueset.files.hashing import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hueset.builder import Inputs, Unit
    from hueset.declaration import Dataset, Table

ROW_MODULES = (
    "hueset.tables.writer",
    "hueset.declaration.column_types",
    "hueset.builder.splits",
    "hueset.tables.casts",
    "hueset.tables.class_ids",
    "hueset.tables.conform",
    "hueset.tables.row_sizes",
    "hueset.tables.rows",
)
"""The engine's own modules that decide what bytes a row becomes."""

LICENCE_COLUMNS = ("licence", "licences")
"""Columns in which a row names its licence: one as text, or all that it carries as a list."""


@dataclass(frozen=True)
class Fingerprint:
    """The digests of everything that decides a version, as hex SHA-256.

    `rows` is over what decides the rows of a unit, its own input aside: the parameters that only
    choose units are no part of it, so that a larger choice takes over what a smaller one made.
    `units` is over what was planned: programs and fonts that a unit uses stand there, for example.
    """

    sources: str
    parameters: str
    units: str
    facts: str
    code: str
    schema: str
    suites: str
    rows: str

    @property
    def digest(self) -> str:
        """The first 12 hex digits over all parts: what stands behind the `+` of a version."""
        return digest_of(asdict(self))[:12]


def compute_fingerprint(
    inputs: Inputs, units: Iterable[Unit], suites: Mapping[str, bytes]
) -> Fingerprint:
    """Return the fingerprint of a build.

    Parameters
    ----------
    inputs
        The declaration with its resolved sources, parameters and facts.
    units
        What was planned.
    suites
        The bytes of each suite file, by file name.
    """
    dataset = inputs.dataset
    contract = {
        "suites": {name: hashlib.sha256(text).hexdigest() for name, text in suites.items()},
        "coverage": dataset.coverage.model_dump(mode="json"),
        "quarantine": dataset.quarantine.model_dump(mode="json"),
    }
    of_rows = {
        key: inputs.parameters[key] for key in inputs.parameters if key not in dataset.selection
    }
    facts = digest_of(dict(inputs.facts))
    code = code_digest(dataset.builder)
    schema = schema_digest(dataset)
    licences = _licences_in_rows(inputs)
    sources = {name: source.digest for name, source in inputs.sources.items()}
    return Fingerprint(
        sources=digest_of([sources, licences] if licences else sources),
        parameters=digest_of(dict(inputs.parameters)),
        units=digest_of([[unit.key, dict(unit.payload)] for unit in units]),
        facts=facts,
        code=code,
        schema=schema,
        suites=digest_of(contract),
        rows=digest_of(
            [digest_of(of_rows), facts, code, schema, *([licences] if licences else [])]
        ),
    )


def unit_digest(unit: Unit, inputs: Inputs, rows: str) -> str:
    """Return the digest that names a unit's shard: its own input bytes and all that reads them."""
    read = []
    for name, member in unit.inputs:
        source = inputs.sources[name]
        read.append([name, member, source.member(member).sha256 if member else source.digest])
    return digest_of([unit.key, read, dict(unit.payload), rows])


def schema_digest(dataset: Dataset) -> str:
    """Return the digest over what the declaration decides about the rows of every table."""
    return digest_of({name: _shape(table) for name, table in dataset.tables.items()})


def carries_licences(columns: Mapping[str, Iterable[str]]) -> bool:
    """Whether rows say their own licence: then it is a part of them, and no mere metadata.

    Parameters
    ----------
    columns
        The names of the columns of each table.
    """
    return any(name in LICENCE_COLUMNS for names in columns.values() for name in names)


def code_digest(builder: str) -> str:
    """Return the digest over a builder's source and all modules of its package tree it imports.

    Raises
    ------
    DeclarationError
        There is no such module.
    """
    top = builder.partition(".")[0]
    seen: dict[str, str] = {}
    waiting = [builder, *ROW_MODULES]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        source = _source_of(name)
        if source is None:
            if name == builder:
                message = f"the builder module {builder!r} does not exist"
                hint = explain_missing(builder) or "fix `builder:`"
                raise DeclarationError(message, hint=hint, value=builder)
            continue
        text = source.read_bytes()
        seen[name] = hashlib.sha256(text).hexdigest()
        if name.partition(".")[0] == top:
            with builder_code(builder, "to be read"):
                imported = _imports(text, source)
            waiting += [found for found in imported if found.partition(".")[0] == top]
    return digest_of(seen)


def _source_of(name: str) -> Path | None:
    try:
        found = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        return None
    return Path(found.origin) if found and found.origin else None


def _imports(text: bytes, source: Path) -> set[str]:
    """Return every module name that source may import; `from a import b` gives `a` and `a.b`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text, str(source))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _licences_in_rows(inputs: Inputs) -> dict[str, str]:
    """Return the licence of each source, where a builder writes them into rows; else nothing."""
    dataset = inputs.dataset
    if not carries_licences({name: table.columns for name, table in dataset.tables.items()}):
        return {}
    return {name: dataset.sources[name].licence for name in inputs.sources}


def _shape(table: Table) -> dict[str, Any]:
    """Return what a table's declaration decides about its rows; its descriptions decide nothing."""
    decided = table.model_dump(mode="json", exclude={"description", "columns", "min_rows"})
    columns = [[name, c.type, c.nullable, c.values] for name, c in table.columns.items()]
    return {**decided, "columns": columns}
