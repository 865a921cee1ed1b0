"""A build from plan to version: units, assembly, coverage, gate, one atomic appearance."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Protocol

from hueset.build.assemble import AssembledTables, FinishedTables, assemble_tables
from hueset.build.executor import run_steps
from hueset.build.import_guard import only_known_code
from hueset.build.manifest import make_manifest, other_files
from hueset.build.regressions import compare_with_previous
from hueset.build.row_accounting import check_units, check_version
from hueset.build.unit_cache import ShardCondition, condition_of, is_complete_unit, keep_fresh
from hueset.build.units import UNITS, load_shard, not_ours, reject_table
from hueset.builder import Finding
from hueset.builder.loader import builder_code, load_builder, whole_sources
from hueset.coverage import measure as coverage
from hueset.documents.manifest import manifest_of
from hueset.documents.metadata import declared_metadata, named_by_licence
from hueset.documents.record_kinds import APPEARANCE, RecordKind
from hueset.documents.verdicts import Verdict
from hueset.errors import BuildError, NondeterministicError, SourceFormatError, StoreError
from hueset.failpoints import pass_failpoint
from hueset.gate import begin_import, choose_engine, run_gate
from hueset.store.metadata_revisions import pending_revision, record_revision
from hueset.store.row_licences import count_licences
from hueset.store.store import StoredVersion, write_json
from hueset.store.version import kind_of
from hueset.store.version_documents import hash_documents, write_documents
from hueset.tables.writer import WRITER, write_plain
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hueset.build.plan import BuildPlan
    from hueset.build.regressions import RegressionCheck
    from hueset.build.shard import Shard
    from hueset.builder import Reject
    from hueset.declaration.project import Project
    from hueset.documents.manifest import Manifest
    from hueset.documents.metadata import RevisionDocument
    from hueset.store.store import VersionStore
    from hueset.store.version_documents import DocumentRenderer


class BuildProgress(Protocol):
    """Who is told how a build goes on."""

    def units(self, total: int, reused: int) -> None:
        """Say how many units there are, and how many were finished before."""

    def unit(self, shard: Shard) -> None:
        """Say that a unit is finished."""

    def stage(self, name: str) -> None:
        """Say which `BuildStep` begins."""


@dataclass(frozen=True)
class BuildResult:
    """What a build came to.

    Attributes
    ----------
    version
        The version in the store.
    state
        `built`, `unchanged` (it was there already) or `identical` (a forced rebuild gave the same
        bytes).
    units
        Units in all.
    reused
        Units that were finished before.
    seconds
        Wall time of each stage.
    against
        What it lost against the version that was the latest before; None where there was none.
    remade
        Units whose finished shard was damaged, and was made again.
    revised
        The metadata revision that this build made, because the declaration says other words or
        licences than the version did; None where it made none.
    instead_of
        Of an unchanged version, the other one that was the latest until now; else None.
    found_by
        How this build found each source; the manifest of an unchanged version tells of another.
    """

    version: StoredVersion
    state: str
    units: int
    reused: int
    seconds: dict[str, float]
    against: RegressionCheck | None = None
    remade: int = 0
    revised: RevisionDocument | None = None
    instead_of: str | None = None
    found_by: Mapping[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The gate's verdict."""
        return self.version.manifest.verdict


def run_build(
    project: Project,
    plan: BuildPlan,
    store: VersionStore,
    watcher: BuildProgress,
    *,
    render: DocumentRenderer,
    workers: int = 1,
    force: bool = False,
    engine: str = "process",
    address: str | None = None,
) -> BuildResult:
    """Carry out a plan.

    Parameters
    ----------
    project
        The project with declaration, suites and card.
    plan
        What to build.
    store
        Where the version appears.
    watcher
        Who is told.
    render
        What makes the card and the Croissant file: `hueset.release.card.render_documents`.
    workers
        Worker processes.
    force
        Build again although the version is there, and compare the bytes.
    engine
        What runs the steps: `process` or `ray`.
    address
        Of a running Ray cluster; None starts one here.

    Raises
    ------
    NondeterministicError
        A forced rebuild gave other bytes for the same fingerprint.
    BuildError
        A builder failed; finished units are kept.
    StoreError
        The store cannot be written; the hint says what is known of its state.
    """
    name = plan.dataset.name
    found_by = {key: str(source.via) for key, source in plan.resolution.sources.items()}
    there = plan.state(store) != "new"
    if there:
        store.version(name, plan.version).require_whole()
    if there and not force:
        found = store.version(name, plan.version)
        # A build killed between the version's appearance and its record ends here.
        instead_of = store.point(found) if found.manifest.verdict.passes else None
        _make_up_for_record(store, found)
        found, revised = _revise_metadata(project, plan, store, found, render)
        return BuildResult(
            found,
            "unchanged",
            len(plan.units),
            len(plan.units),
            {},
            revised=revised,
            instead_of=instead_of,
            found_by=found_by,
        )
    choose_engine(0)  # a setting that names none is told before the work
    early = _EarlyImport(watcher)
    clock = _StageClock(watcher)
    before = _latest(store, plan)
    with store.staging(name) as staged:
        units = staged / "_units" if force else store.units(name)
        clock.stage("units")
        whole, remade = (set(), 0) if force else _reusable(plan, store)
        missing = [unit for unit in plan.units if unit.digest not in whole]
        watcher.units(len(plan.units), len(whole))
        run_steps(
            missing,
            plan.inputs,
            units,
            workers=workers,
            done=early.unit,
            engine=engine,
            address=address,
        )
        shards = _shards(plan, units)
        begin_import(_rows_of(shards))
        clock.stage("tables")
        version = staged / "version"
        version.mkdir()
        assembled = assemble_tables(plan.inputs, shards, version)
        pass_failpoint("after-assemble")
        refused = _quarantine(shards, assembled, version)
        clock.stage("coverage")
        tables = {
            table: [version / file.path for file in files]
            for table, files in assembled.files.items()
        }
        covered = coverage.measure_coverage(plan.dataset, plan.inputs.facts, tables)
        write_json(version / "coverage.json", covered)
        clock.stage("gate")
        findings = [*_findings(plan, shards, assembled, version)]
        findings += coverage.coverage_findings(plan.dataset, covered)
        findings += _refused_units(plan, shards)
        rows_refused = {table: told for table, told in refused.items() if table != UNITS}
        report = run_gate(
            plan.dataset, plan.suites, tables, findings, rows_refused, sample=plan.sample
        )
        (version / "gate").mkdir()
        write_json(version / "gate" / "report.json", report.to_json())
        clock.stage("version")
        units_used = {planned.unit.key: planned.digest for planned in plan.units}
        write_json(version / "units.json", units_used)
        manifest = make_manifest(project, plan, assembled, refused, report)
        rejects = [one for shard in shards for one in shard.rejects] + [*assembled.rejects]
        check_version(manifest, version, assembled.files, rejects)
        files = other_files(version)
        draft = manifest_of({**manifest, "licences": {}, "files": files})
        manifest["licences"] = count_licences(draft, version)
        manifest = named_by_licence(manifest)
        manifest["files"] = files
        write_json(version / "manifest.json", manifest)
        texts = render(project, StoredVersion(name, plan.version, version), None)
        write_documents(version, texts)
        pass_failpoint("before-publish")
        if there:
            finished = store.version(name, plan.version)
            _compare(finished, draft)
            state = "identical"
        else:
            finished = store.publish(version, name, plan.version, to_latest=report.verdict.passes)
            state = "built"
    seconds = clock.stop()
    body = {"state": state, "engine": engine, "workers": workers, "seconds": seconds}
    lost = None
    if state == "built":
        body["documents"] = hash_documents(finished)
        if before is not None and before.name != finished.name:
            lost = compare_with_previous(plan.dataset, before, finished)
            body["against"] = asdict(lost)
    store.record(finished, RecordKind.BUILD, body)
    finished, revised = _revise_metadata(project, plan, store, finished, render)
    return BuildResult(
        finished,
        state,
        len(plan.units),
        len(whole),
        seconds,
        lost,
        remade,
        revised,
        found_by=found_by,
    )


def _make_up_for_record(store: VersionStore, found: StoredVersion) -> None:
    """Record a version that has no record of its appearance, once every file is what it should be.

    Raises
    ------
    StoreError
        A file is not the one that the manifest names.
    """
    if store.kinds_recorded(found.dataset, found.name) & APPEARANCE:
        return
    from hueset.store.verify import verify_version

    faults = verify_version(found).faults
    if faults:
        message = f"{found.dataset} {found.name} has no record, and {faults[0].path} is not whole"
        hint = f"move {found.path} away, then build it again"
        raise StoreError(message, hint=hint, value=faults[0].path)
    store.record(found, RecordKind.BUILD, {"state": "found", "documents": hash_documents(found)})


def _revise_metadata(
    project: Project,
    plan: BuildPlan,
    store: VersionStore,
    found: StoredVersion,
    render: DocumentRenderer,
) -> tuple[StoredVersion, RevisionDocument | None]:
    """Let a version say what is declared now, where its newest revision says otherwise."""
    name, sources = plan.dataset.name, plan.resolution.to_manifest()
    declared = declared_metadata(plan.dataset, sources, project.prose(name), project.changes(name))
    revision = pending_revision(found, declared, sources)
    if revision is None:
        return found, None
    return record_revision(project, store, found, revision, render), revision.document


def _reusable(plan: BuildPlan, store: VersionStore) -> tuple[set[str], int]:
    """Return the digests of the shards that are whole, kept from any `gc`, and how many are not."""
    name = plan.dataset.name
    found = {unit.digest: condition_of(store.units(name) / unit.digest) for unit in plan.units}
    whole = [digest for digest, one in found.items() if one is ShardCondition.WHOLE]
    with store.locked(name):
        kept = keep_fresh(store.units(name) / digest for digest in whole)
    return kept, sum(one is ShardCondition.DAMAGED for one in found.values())


def _latest(store: VersionStore, plan: BuildPlan) -> StoredVersion | None:
    """Return the latest version of the same kind; None where there is none to compare with.

    Two subsets are of the same kind when they were chosen alike.
    """
    name = plan.dataset.name
    there = store.latest(name, kind_of(plan.version))
    if there not in store.versions(name):
        return None
    found = store.version(name, there)
    return found if found.subset == plan.subset else None


def _shards(plan: BuildPlan, units: Path) -> list[Shard]:
    """Return all shards in the order of the units."""
    folders = [units / unit.digest for unit in plan.units]
    shards = [load_shard(folder) for folder in folders if is_complete_unit(folder)]
    check_units(plan.units, shards)
    if any(sum(shard.rows.values()) for shard in shards):
        return shards
    name, rejects = plan.dataset.name, [one for shard in shards for one in shard.rejects]
    hint = f"look at the source: `hueset sources {name}`, with the options of this build"
    if not rejects:
        message = f"{name}: {format_count(len(shards), 'unit')} made no row, and refused none"
        raise BuildError(message, hint=hint)
    reasons = ", ".join(f"{word} {n:,}" for word, n in Counter(r.reason for r in rejects).items())
    first = rejects[0]
    message = f"{name}: no row could be made; refused: {reasons}; the first: {first.observed}"
    raise SourceFormatError(message, hint=hint, value=first.key)


def _quarantine(
    shards: Sequence[Shard], assembled: AssembledTables, version: Path
) -> dict[str, dict[str, int]]:
    """Write what was refused, one file per table; returns table → reason → count."""
    by_table: dict[str, list[tuple[str | None, Reject]]] = defaultdict(list)
    for shard in shards:
        for reject in shard.rejects:
            by_table[reject.table].append((shard.key, reject))
    for reject in assembled.rejects:
        by_table[reject.table].append((None, reject))
    folder = version / "quarantine"
    folder.mkdir()
    for table, rejects in sorted(by_table.items()):
        write_plain(reject_table(rejects), folder / f"{table}.parquet")
    return {
        table: dict(sorted(Counter(reject.reason for _, reject in rejects).items()))
        for table, rejects in sorted(by_table.items())
    }


def _findings(
    plan: BuildPlan, shards: Sequence[Shard], assembled: AssembledTables, version: Path
) -> list[Finding]:
    found = [finding for shard in shards for finding in shard.findings]
    found += assembled.findings
    check = getattr(load_builder(plan.dataset.builder), "check", None)
    if check is not None:
        tables = FinishedTables(plan.dataset, version, assembled.files)
        module = plan.dataset.builder
        with only_known_code(module), builder_code(module, "in check", whole_sources(plan.inputs)):
            made = list(check(tables, plan.inputs))
        found += made
    for one in found:
        if not isinstance(one, Finding):
            raise not_ours(one, "check", plan.dataset)
    return found


def _refused_units(plan: BuildPlan, shards: Sequence[Shard]) -> list[Finding]:
    """Hold the share of units that could not be read against the quarantine's ceiling."""
    keys = tuple(one.key for shard in shards for one in shard.rejects if one.table == UNITS)
    count = len(keys)
    if not count:
        return []
    ceiling = plan.dataset.quarantine.ceiling
    units = format_count(len(plan.units), "unit")
    message = f"{count} of {units} could not be read (ceiling {ceiling:.0%})"
    verdict = Verdict.FAIL if count > ceiling * len(plan.units) else Verdict.WARN
    return [Finding("input.unit_refused", verdict, message, count=count, examples=keys[:10])]


def _compare(there: StoredVersion, manifest: Manifest) -> None:
    """Hold a rebuilt version against the one in the store."""
    other = []
    for name, table in manifest.tables.items():
        before = there.manifest.tables[name]
        if before.files != table.files:
            same = before.content == table.content
            other.append(f"{name} ({'same values' if same else 'other values'})")
    if other:
        written = there.manifest.written_by.pyarrow
        message = f"{there.name}: the same fingerprint gave other bytes in {', '.join(other)}"
        hint = (
            f"written by pyarrow {written}, now {WRITER}: rebuild with that version to compare"
            if f"pyarrow {written}" != WRITER
            else "check the builder for set order, threads, clocks and random numbers"
        )
        raise NondeterministicError(message, hint=hint)


def _rows_of(shards: Sequence[Shard]) -> int:
    """Return the rows of all tables; those of the work (`_name`) are none of the version's."""
    return sum(
        rows for shard in shards for table, rows in shard.rows.items() if not table.startswith("_")
    )


class _EarlyImport:
    """Lets the gate load its library beside the work, as soon as the rows need it."""

    def __init__(self, watcher: BuildProgress) -> None:
        self.watcher = watcher
        self.rows = 0

    def unit(self, shard: Shard) -> None:
        """Count a finished unit, and tell of it."""
        self.rows += _rows_of([shard])
        begin_import(self.rows)
        self.watcher.unit(shard)


class _StageClock:
    """Wall time per stage."""

    def __init__(self, watcher: BuildProgress) -> None:
        self.watcher = watcher
        self.seconds: dict[str, float] = {}
        self.running: tuple[str, float] | None = None

    def stage(self, name: str) -> None:
        self.stop()
        self.running = (name, time.perf_counter())
        self.watcher.stage(name)

    def stop(self) -> dict[str, float]:
        if self.running:
            name, since = self.running
            self.seconds[name] = round(time.perf_counter() - since, 3)
        self.running = None
        return self.seconds
