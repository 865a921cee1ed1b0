"""A dataset built from files of a test through the engine's own steps, without store and gate."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from hueset.build.assemble import FinishedTables, assemble_tables
from hueset.build.plan import PlannedUnit
from hueset.build.units import run_step
from hueset.builder import Inputs
from hueset.builder.loader import load_builder
from hueset.declaration.project import Project
from hueset.sources import Member, ResolvedSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hueset.build.assemble import AssembledTables
    from hueset.build.units import Shard
    from hueset.builder import Finding, Reject

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


def resolved(name: str, path: Path, pattern: str = "*") -> ResolvedSource:
    """A file or folder as the resolver would give it, its pin aside."""
    files = sorted(p for p in path.rglob(pattern) if p.is_file()) if path.is_dir() else [path]
    members = tuple(
        Member(file.relative_to(path).as_posix(), _sha256(file.read_bytes()), file.stat().st_size)
        for file in files
        if path.is_dir()
    )
    lines = "".join(f"{member.sha256}  {member.name}\n" for member in members)
    digest = _sha256(lines.encode() if members else path.read_bytes())
    return ResolvedSource(
        name, path, "flag", digest, sum(file.stat().st_size for file in files), members
    )


def inputs(dataset: str, sources: Mapping[str, Path], **parameters: Any) -> Inputs:
    """The inputs of a declared dataset with its own facts and these sources."""
    project = Project(REPO)
    declared = project.dataset(dataset)
    unknown = set(sources) - set(declared.sources)
    assert not unknown, f"undeclared sources {unknown}"
    return Inputs(
        dataset=declared,
        sources={name: resolved(name, path) for name, path in sources.items()},
        parameters={**declared.parameters, **parameters},
        facts=project.facts(declared),
    )


def made_files(made: Inputs, folder: Path) -> dict[str, list[Path]]:
    """Plan, build every unit and assemble; returns the parquet files of each table."""
    finished = _finished(made, folder)[2]
    return {name: finished.files(name) for name in made.dataset.tables}


def build(made: Inputs, folder: Path) -> Built:
    """Plan, build every unit, assemble and check, as a build does."""
    module = load_builder(made.dataset.builder)
    shards, done, finished = _finished(made, folder)
    return Built(
        tables={
            name: pl.concat([pl.read_parquet(path) for path in finished.files(name)]).to_dicts()
            for name in made.dataset.tables
        },
        rejects=tuple(r for shard in shards for r in shard.rejects) + done.rejects,
        findings=(
            *(finding for shard in shards for finding in shard.findings),
            *done.findings,
            *module.check(finished, made),
        ),
    )


def _finished(made: Inputs, folder: Path) -> tuple[list[Shard], AssembledTables, FinishedTables]:
    module = load_builder(made.dataset.builder)
    units = [
        PlannedUnit(unit, hashlib.sha256(unit.key.encode()).hexdigest())
        for unit in module.plan_units(made)
    ]
    shards = [run_step(unit, made, folder / "units") for unit in units]
    done = assemble_tables(made, shards, folder / "version")
    return shards, done, FinishedTables(made.dataset, folder / "version", done.files)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
