"""The receipt of a version: what it is made of, what it holds, with the hash of every file."""

from __future__ import annotations

import platform
from collections import defaultdict
from dataclasses import asdict
from importlib.metadata import version as installed
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from hueset import __version__
from hueset.declaration.licence_terms import UNTOLD
from hueset.documents.metadata import FIRST, declared_metadata, metadata_stamp
from hueset.files.hashing import file_sha256
from hueset.store.version import MANIFEST_FORMAT
from hueset.store.version_documents import DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hueset.build.assemble import AssembledTables
    from hueset.build.plan import BuildPlan
    from hueset.declaration.project import Project
    from hueset.gate import GateReport


def make_manifest(
    project: Project,
    plan: BuildPlan,
    assembled: AssembledTables,
    refused: dict[str, dict[str, int]],
    report: GateReport,
) -> dict[str, Any]:
    """Return the manifest without what is read off its rows: licences, and its other files."""
    dataset, sources = plan.dataset, plan.resolution.to_manifest()
    metadata = declared_metadata(
        dataset, sources, project.prose(dataset.name), project.changes(dataset.name)
    )
    return {
        "format": MANIFEST_FORMAT,
        "dataset": dataset.name,
        "version": plan.version,
        "semver": dataset.version,
        "sample": plan.sample,
        "subset": plan.subset,
        "verdict": report.verdict,
        "title": dataset.title,
        "summary": dataset.summary,
        "licence": dataset.licence or UNTOLD,  # where undeclared, decided by the rows in the end
        "licence_declared": dataset.licence,
        "language": list(dataset.language),
        "tags": list(dataset.tags),
        "task_categories": list(dataset.task_categories),
        "fingerprint": asdict(plan.fingerprint),
        "metadata": metadata_stamp(metadata, FIRST),
        "parameters": _without_places(plan.inputs.parameters),
        "changed_parameters": _without_places(plan.changed_parameters),
        "places": [key for key, value in plan.inputs.parameters.items() if _is_place(value)],
        "units": len(plan.units),
        "sources": sources,
        "tables": {name: _table(plan, name, assembled) for name in dataset.tables},
        "quarantine": refused,
        "contract": dataset.coverage.model_dump(mode="json"),
        "written_by": {
            "hueset": __version__,
            "python": platform.python_version(),
            **{name: installed(name) for name in ("pyarrow", "polars", "duckdb", "numpy")},
        },
    }


def _without_places(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters with files of this machine by their name: a version is published."""
    return {
        key: PurePath(value).name if _is_place(value) else value
        for key, value in parameters.items()
    }


def _is_place(value: Any) -> bool:
    """Whether a parameter is a file of this machine."""
    return isinstance(value, str) and PurePath(value).is_absolute() and bool(PurePath(value).name)


def _table(plan: BuildPlan, name: str, assembled: AssembledTables) -> dict[str, Any]:
    declared, files = plan.dataset.tables[name], assembled.files[name]
    splits: dict[str, int] = defaultdict(int)
    for file in files:
        splits[file.split] += file.rows
    return {
        "description": declared.description,
        "rows": sum(splits.values()),
        "key": list(declared.key),
        "split": declared.split,
        "group": declared.group,
        "splits": dict(splits),
        "columns": {
            column: told.model_dump(mode="json", exclude_defaults=True)
            for column, told in declared.columns.items()
        },
        "files": [asdict(file) for file in files],
        "content": assembled.content[name],
    }


def other_files(version: Path) -> list[dict[str, Any]]:
    """Return path, size and hash of everything that is no table: quarantine, gate, coverage.

    The documents are not among them: they are made from the manifest, and can be made again.
    """
    made = []
    for path in sorted(version.rglob("*")):
        relative = path.relative_to(version).as_posix()
        if path.is_file() and not relative.startswith("data/") and relative not in DOCUMENTS:
            digest, size = file_sha256(path)
            made.append({"path": relative, "bytes": size, "sha256": digest})
    return made
