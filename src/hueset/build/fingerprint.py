"""What a version is made of, as digests: sources, parameters, units, code, schema, suites.

Rows depend on all but the last; the suites and floors decide the verdict. The text of a card,
a citation or a description is metadata (`hueset.documents.metadata`), and never rebuilds a row. So
is a licence, but for one thing: where rows say their own, a source's licence is a part of them.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from hueset.build.code_closure import find_code
from hueset.declaration.row_schema import carries_licences, schema_digest
from hueset.files.hashing import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hueset.builder import Inputs, Unit


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


def code_digest(builder: str) -> str:
    """Return the digest over a builder's code, and the data beside it.

    Raises
    ------
    DeclarationError
        There is no such module.
    """
    found = find_code(builder)
    return digest_of([found.modules, found.data])


def _licences_in_rows(inputs: Inputs) -> dict[str, str]:
    """Return the licence of each source, where a builder writes them into rows; else nothing."""
    dataset = inputs.dataset
    if not carries_licences({name: table.columns for name, table in dataset.tables.items()}):
        return {}
    return {name: dataset.sources[name].licence for name in inputs.sources}
