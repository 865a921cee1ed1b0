"""Check that everything Hueset is installed with may be used with it: no GPL, LGPL only in extras.

    python -m tools.check_licences

Looks at what this environment holds of the base install and of each extra, as its metadata says.
What is not installed is not judged: run it where the extras are.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, metadata

from tools.make_constraints import closure

NAME = "hueset"
LONGEST = 60
"""A `License` field longer than this is the text of a licence, not its name."""

FREE = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "CC0-1.0",
        "CNRI-Python",
        "HPND",
        "ISC",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "PSF-2.0",
        "Python-2.0",
        "Unlicense",
        "Zlib",
    }
    | {"MPL-2.0"}
)
"""May be used and passed on with little more than a notice; MPL-2.0 asks for its own files only."""

LESSER = frozenset(f"LGPL-{v}-{how}" for v in ("2.1", "3.0") for how in ("only", "or-later"))
"""Asks that it can be exchanged: for extras, which nobody has to install."""

SPELLINGS = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 3-Clause License": "BSD-3-Clause",
    "BSD License": "BSD",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "PSFL": "PSF-2.0",
}
"""Names that projects give, and the SPDX identifier (https://spdx.org/licenses) that is meant."""

NOT_A_LICENCE = frozenset({"DFSG approved", "OSI Approved"})


@dataclass(frozen=True)
class Reviewed:
    """What a person found where metadata does not say enough.

    Attributes
    ----------
    licence
        The licence as an SPDX expression.
    reason
        Where that stands, or why it may be.
    """

    licence: str
    reason: str


REVIEWED = {
    "mlcroissant": Reviewed(
        "Apache-2.0", "the metadata says nothing; LICENSE.md of its repository"
    ),
    "soundfile": Reviewed(
        "BSD-3-Clause",
        "its wheels carry libsndfile (LGPL-2.1-or-later) as a library file of its own, loaded at "
        "run time, which may be exchanged",
    ),
}
"""Packages whose metadata is not the last word."""


def licence_of(found: PackageMetadata) -> str:
    """Return a package's licence as an SPDX expression, as far as its metadata can be understood.

    The expression field comes first (PEP 639), then the short free field, then the classifiers,
    all of which have to be met.
    """
    expression, free = _field(found, "License-Expression"), _field(found, "License")
    if expression:
        return expression
    if free and "\n" not in free and len(free) <= LONGEST and _known(free):
        return SPELLINGS.get(free, free)
    kinds = [
        one.split(" :: ")[-1]
        for one in found.get_all("Classifier") or []
        if one.startswith("License ::")
    ]
    names = [SPELLINGS.get(one, one) for one in kinds if one not in NOT_A_LICENCE]
    return " AND ".join(names) or free.partition("\n")[0][:LONGEST] or "unknown"


def may_be_used(expression: str, *, optional: bool) -> bool:
    """Say whether a licence goes with Hueset's.

    Of alternatives one has to, of what is joined by AND each; in brackets each has to.
    """
    allowed = FREE | LESSER if optional else FREE
    if "(" in expression:
        expression = re.sub(r"[()]", "", expression).replace(" OR ", " AND ")
    return any(
        all(_bare(name) in allowed for name in choice.split(" AND "))
        for choice in expression.split(" OR ")
    )


def faults_of(licences: dict[str, str], *, optional: bool) -> list[str]:
    """Return a line for each package whose licence does not go with Hueset's.

    Parameters
    ----------
    licences
        Package → licence.
    optional
        Whether they come with an extra alone.
    """
    return [
        f"{name}: {licence}"
        for name, licence in sorted(licences.items())
        if not may_be_used(licence, optional=optional)
    ]


def licences_of(wanted: str) -> dict[str, str]:
    """Return package → licence of all that a requirement needs and this environment holds."""
    return {
        name: REVIEWED[name].licence if name in REVIEWED else licence_of(metadata(name))
        for name in closure(wanted)
    }


def extras() -> list[str]:
    """Return the extras that Hueset offers."""
    return sorted(metadata(NAME).get_all("Provides-Extra") or [])


def main() -> int:
    """Print what was looked at and what does not go; return the exit code."""
    base = licences_of(NAME)
    faults = faults_of(base, optional=False)
    seen = dict(base)
    for extra in extras():
        more = {k: v for k, v in licences_of(f"{NAME}[{extra}]").items() if k not in base}
        faults += [f"[{extra}] {fault}" for fault in faults_of(more, optional=True)]
        seen |= more
    for fault in faults:
        print(f"not allowed: {fault}")
    for name in sorted(REVIEWED.keys() & seen.keys()):
        print(f"reviewed: {name}, {REVIEWED[name].licence}: {REVIEWED[name].reason}")
    print(f"{len(seen)} packages, {len(base)} of them in the base install, {len(faults)} faults")
    return 1 if faults else 0


def _field(found: PackageMetadata, name: str) -> str:
    return str((found.get_all(name) or [""])[0]).strip()


def _known(name: str) -> bool:
    name = SPELLINGS.get(name, name)
    return may_be_used(name, optional=True) or "GPL" in name


def _bare(name: str) -> str:
    """Return a licence without its exception: `WITH` only ever allows more."""
    return name.partition(" WITH ")[0].strip()


if __name__ == "__main__":
    sys.exit(main())
