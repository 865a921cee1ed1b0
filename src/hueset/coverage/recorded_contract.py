"""The contract that a version was judged by, which stands in its manifest.

An older version does not name it: then the declaration at hand is taken where it fits what the
version says of its coverage, and nothing is counted where it does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from hueset.declaration.coverage_contract import CoverageContract
from hueset.errors import StoreError, UsageError

if TYPE_CHECKING:
    from hueset.store.store import StoredVersion


def read_contract(
    version: StoredVersion, declared: CoverageContract | None = None
) -> CoverageContract:
    """Return the contract that a version was judged by.

    Parameters
    ----------
    version
        The version.
    declared
        The contract of the declaration at hand, for a version that does not name its own.

    Raises
    ------
    StoreError
        The contract that it names is none.
    UsageError
        It names none, and the declaration at hand is not what it was judged by.
    """
    own = version.manifest.contract
    if own is not None:
        try:
            return CoverageContract.model_validate(own)
        except ValidationError as error:
            place = ".".join(str(part) for part in error.errors()[0]["loc"])
            message = f"{version.dataset} {version.name}: manifest.json: contract: {place}: "
            message += error.errors()[0]["msg"]
            hint = "a newer Hueset may have written it; `hueset verify` compares every file"
            raise StoreError(message, hint=hint, value=place) from error
    if declared is None or not _fits(declared, version):
        message = f"{version.dataset} {version.name} does not say by which contract it was judged"
        if declared is not None:
            message += ", and the declaration at hand has another"
        hint = "what was counted at its build is its coverage; build it anew to count it again"
        raise UsageError(message, hint=hint, value=version.name)
    return declared


def _fits(declared: CoverageContract, version: StoredVersion) -> bool:
    """Whether what a version says of its coverage may have been counted by a contract."""
    told, numeric = version.coverage, declared.numeric
    if [one.name for one in told.presence] != [one.name for one in declared.presence]:
        return False
    lists = [(one.name, one.table, one.column, one.floor) for one in told.classes]
    if lists != [(one.name, one.table, one.column, one.floor) for one in declared.classes]:
        return False
    if numeric is None or told.floors is None or not told.dimensions:
        return numeric is None and not told.dimensions
    return (
        told.floors.to_json() == numeric.floors.model_dump(mode="json")
        and numeric.table in version.manifest.tables
        and told.kinds_apart == (numeric.kind is not None)
        and all(bool(one.by_unit) <= (numeric.unit is not None) for one in told.dimensions)
        and all(
            ("aside" in one.model_fields_set) == bool(numeric.excluded_kinds)
            for one in told.dimensions
        )
    )
