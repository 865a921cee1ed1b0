"""A dataset of this project built from files of a test, without store and gate."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hueset.build.testing import build_tables, make_inputs
from hueset.declaration.project import Project
from hueset.sources import LocalSource, Member

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hueset.builder import Finding, Inputs, Reject

REPO = Path(__file__).parents[2]


@dataclass(frozen=True)
class Built:
    """The finished tables of a test's build, what was refused and what was found."""

    tables: dict[str, list[dict[str, Any]]]
    rejects: tuple[Reject, ...]
    findings: tuple[Finding, ...]

    def verdicts(self) -> dict[str, str]:
        return {finding.check: finding.verdict for finding in self.findings}

    def reasons(self) -> list[str]:
        return [reject.reason for reject in self.rejects]


def resolved(name: str, path: Path, pattern: str = "*") -> LocalSource:
    """A file or folder as the resolver would give it, its pin aside."""
    files = sorted(p for p in path.rglob(pattern) if p.is_file()) if path.is_dir() else [path]
    members = tuple(
        Member(file.relative_to(path).as_posix(), _sha256(file.read_bytes()), file.stat().st_size)
        for file in files
        if path.is_dir()
    )
    lines = "".join(f"{member.sha256}  {member.name}\n" for member in members)
    digest = _sha256(lines.encode() if members else path.read_bytes())
    return LocalSource(
        name, path, "flag", digest, sum(file.stat().st_size for file in files), members
    )


def inputs(dataset: str, sources: Mapping[str, Path], **parameters: Any) -> Inputs:
    """The inputs of a declared dataset with its own facts and these sources."""
    return make_inputs(Project(REPO), dataset, sources, **parameters)


def build(made: Inputs, folder: Path) -> Built:
    """Plan, build every unit, assemble and check, as a build does."""
    built = build_tables(made, folder)
    tables = {name: built.read(name).to_dicts() for name in made.dataset.tables}
    return Built(tables, built.rejects, built.findings)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
