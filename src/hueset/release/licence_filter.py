"""A version cut down to the rows under certain licences: a version derived from another.

It is made where it is needed (to be exported or published), not kept in the store. Counts and
coverage are measured again; the gate's report is that of the whole version, and the card says so.
Refused rows of other licences are left out too, because their text is in the quarantine.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from hueset.build.row_accounting import HandOver, check_account
from hueset.coverage.recorded_contract import read_contract
from hueset.coverage.recount import recount_coverage
from hueset.coverage.tables import ParquetTable, TableShape, open_tables
from hueset.declaration import TableDeclaration
from hueset.declaration.licence_terms import AND, UNTOLD, split_expression
from hueset.documents.manifest import manifest_of
from hueset.documents.metadata import named_by_licence
from hueset.errors import UsageError
from hueset.files.hashing import digest_of, file_sha256
from hueset.release.card import render_documents
from hueset.store.row_licences import allowed_rows, count_licences
from hueset.store.store import StoredVersion, write_json
from hueset.store.version_documents import write_documents
from hueset.tables.writer import TableWriter, read_batches, write_plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from hueset.declaration.project import Project
    from hueset.store.store import VersionStore


@contextmanager
def filter_by_licence(
    project: Project, store: VersionStore, version: StoredVersion, licences: Collection[str]
) -> Iterator[StoredVersion]:
    """Yield a version, cut down to licences where some are named; a cut one is gone at the end.

    Raises
    ------
    UsageError
        No row carries one of the named licences.
    """
    if not licences:
        yield version
        return
    with store.staging(version.dataset) as staged:
        yield make_subset(project, version, sorted(set(licences)), staged / "version")


def make_subset(
    project: Project, version: StoredVersion, licences: list[str], folder: Path
) -> StoredVersion:
    """Write the rows of a version into a folder whose licences are all among those given.

    Raises
    ------
    StoreError
        A file of the version is missing, of another size, or is reached by a link.
    """
    version.require_whole()
    whole = version.manifest
    by_row = {name for counts in whole.licences.values() for name in counts} - {UNTOLD}
    known = {part for name in by_row for part in split_expression(name)}
    for licence in licences:
        if licence not in known:
            where = f"{version.dataset} {version.name}"
            raise UsageError.unknown("licence", licence, known, where=where)
    dataset = project.dataset(version.dataset)
    tables, dropped = {}, {}
    for name, told in whole.tables.items():
        tables[name] = _table(version, name, licences, folder)
        dropped[name] = told.rows - tables[name]["rows"]
    if not any(told["rows"] for told in tables.values()):
        message = f"{version.dataset} {version.name} has no row under {', '.join(licences)} alone"
        together = sorted(
            name for name in by_row if AND in name and {*split_expression(name)} & {*licences}
        )
        hint = f"rows stand under several at once: {'; '.join(together)}; name all of them"
        raise UsageError(message, hint=hint, value=licences)
    digest = digest_of([version.name, licences])[:12]
    part = "" if version.kind == "whole" else f"{version.kind}."
    manifest: dict[str, Any] = {
        **version.manifest_json,
        "version": f"{whole.semver}+{part}{digest}",
        "licence_declared": None,
        "tables": tables,
        "derived": {"from": version.name, "only_licence": licences, "dropped": dropped},
        "quarantine": _quarantine(version, licences, folder),
    }
    draft = manifest_of(manifest)
    manifest["licences"] = count_licences(draft, folder)
    manifest = named_by_licence(manifest)
    # Counted by what the whole version was judged by, whatever the declaration says today.
    contract = read_contract(version, dataset.coverage)
    kept = {
        name: ParquetTable(
            [folder / file.path for file in table.files], TableShape.of_manifest(table)
        )
        for name, table in draft.tables.items()
    }
    with open_tables(kept) as opened:
        write_json(folder / "coverage.json", recount_coverage(version, opened, contract))
    (folder / "gate").mkdir()
    report = json.loads((version.path / "gate/report.json").read_text(encoding="utf-8"))
    write_json(folder / "gate/report.json", report)
    manifest["files"] = [
        {"path": path.relative_to(folder).as_posix(), "bytes": size, "sha256": sha256}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_relative_to(folder / "data")
        for sha256, size in [file_sha256(path)]
    ]
    write_json(folder / "manifest.json", manifest)
    made = StoredVersion(version.dataset, manifest["version"], folder)
    write_documents(folder, render_documents(project, made, None))
    return made


def _table(version: StoredVersion, name: str, licences: list[str], folder: Path) -> dict[str, Any]:
    told = version.manifest.tables[name]
    plain = version.manifest_json["tables"][name]
    files = version.files(name)
    with pq.ParquetFile(files[0]) as first:
        groups = [first.metadata.row_group(at).num_rows for at in range(first.num_row_groups)]
    declared = TableDeclaration.model_validate(
        {
            **{key: plain[key] for key in ("description", "key", "split", "group", "columns")},
            "row_group_rows": max([*groups, 1]),
        }
    )
    writer = TableWriter(folder / "data" / name, name, declared)
    allowed = allowed_rows(version.manifest, version.path, name, licences)
    at = 0
    for path in files:
        for rows in read_batches(path, rows=declared.row_group_rows):
            mask = allowed.slice(at, rows.num_rows).to_arrow()
            writer.write(rows.filter(mask.cast(pa.bool_())))
            at += rows.num_rows
    written, content = writer.close()
    left_out = told.rows - int(allowed.sum())
    kept = sum(file.rows for file in written)
    check_account(HandOver.TO_SUBSET, name, came=at, written=kept, refused=left_out)
    splits = dict.fromkeys(told.splits, 0)
    for file in written:
        splits[file.split] = splits.get(file.split, 0) + file.rows
    return {
        **plain,
        "rows": sum(splits.values()),
        "splits": {split: rows for split, rows in splits.items() if rows or len(splits) == 1},
        "files": [asdict(file) for file in written],
        "content": content,
    }


def _quarantine(
    version: StoredVersion, licences: list[str], folder: Path
) -> dict[str, dict[str, int]]:
    allowed = {
        source.name
        for source in version.manifest.sources
        if set(split_expression(source.licence)) <= set(licences)
    }
    (folder / "quarantine").mkdir(parents=True)
    counts: dict[str, dict[str, int]] = {}
    for table in version.manifest.quarantine:
        path = version.path / "quarantine" / f"{table}.parquet"
        kept = pl.read_parquet(path, glob=False).filter(pl.col("source").is_in(sorted(allowed)))
        if kept.height:
            write_plain(kept.to_arrow(), folder / "quarantine" / path.name)
            reasons = kept.group_by("reason").len().sort("reason").rows()
            counts[table] = {str(reason): int(count) for reason, count in reasons}
    return counts
