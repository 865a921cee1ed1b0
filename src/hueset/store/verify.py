"""Whether a version is still what its manifest says: every byte hashed again.

There is one integrity check, for the shell and for the service. It follows no link, opens nothing
that is no regular file, and ends on no damage: what it cannot read is a fault of that file.
"""

from __future__ import annotations

import stat
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from hueset.documents.record_kinds import RecordKind
from hueset.documents.records import BuildRecord, PullRecord
from hueset.documents.verdicts import Verdict
from hueset.errors import HuesetError, StoreError, sentence_of
from hueset.files.safe_paths import hash_beneath, list_entries
from hueset.store.metadata_revisions import revision_faults
from hueset.store.table_shapes import table_contradictions
from hueset.store.version import StoredVersion, open_versions
from hueset.store.version_documents import DOCUMENTS
from hueset.words import format_count, format_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from hueset.documents.records import Record
    from hueset.store.store import VersionStore

MANIFEST = "manifest.json"

JUDGED_BY = ("coverage.json", "gate/report.json")
"""What says, beside the manifest, whether one may train on a version."""


class FaultKind(StrEnum):
    """What is wrong with one file of a version."""

    MISSING = "missing"
    CHANGED = "changed"
    EXTRA = "extra"
    LINK = "link"
    """It is a symbolic link, or lies behind one."""
    NOT_A_FILE = "not_a_file"
    CONTRADICTION = "contradiction"
    """It says something else than the name of the version, or than another document of it."""
    UNREADABLE = "unreadable"
    """An unreadable manifest promises nothing."""


@dataclass(frozen=True)
class IntegrityFault:
    """One file that is not what the manifest says.

    Attributes
    ----------
    path
        Below the version folder.
    kind
        What is wrong with it.
    expected, found
        The SHA-256 that was promised and the one that is there.
    reason
        What the system said of a file that cannot be read.
    """

    path: str
    kind: FaultKind
    expected: str | None = None
    found: str | None = None
    reason: str | None = None


@dataclass(frozen=True, repr=False)
class Verification:
    """What a check of all files found.

    Attributes
    ----------
    files
        How many files the manifest names.
    bytes
        How many bytes were hashed.
    faults
        Every file that is missing, changed, extra or no file; empty when all is well.
    unrecorded
        Manifest and documents of which no record says what they were when the version appeared:
        the manifest cannot say it of itself, so a change of them would not be seen.
    remarks
        Records that could not be read, one sentence each.
    recorded
        Whether the result could be written beside the version.
    """

    files: int
    bytes: int
    faults: tuple[IntegrityFault, ...]
    unrecorded: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    recorded: bool = True

    def __repr__(self) -> str:
        verdict = f"{format_count(len(self.faults), 'fault')}" if self.faults else "all as promised"
        of = f"{format_count(self.files, 'file')}, {format_size(self.bytes)}"
        lines = [f"<Verification of {of}: {verdict}>"]
        lines += [f"  {one.path}: {one.reason or one.kind}" for one in self.faults[:10]]
        if len(self.faults) > 10:
            lines.append(f"  … {len(self.faults) - 10} more in .faults")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "verdict": Verdict.FAIL if self.faults else Verdict.PASS,
            "files": self.files,
            "bytes": self.bytes,
            "faults": [asdict(fault) for fault in self.faults],
            "unrecorded": list(self.unrecorded),
            "remarks": list(self.remarks),
        }


def verify_in_store(
    store: VersionStore,
    version: StoredVersion,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Verification:
    """Hash every file of a version, and hold manifest and documents against its records.

    Parameters
    ----------
    store
        The store that holds its records.
    version
        The version.
    progress
        Called with (bytes done, bytes in all).
    """
    known = store.read_records(version)
    found = verify_version(version, records=known.readable, progress=progress)
    return replace(found, remarks=known.unreadable)


def verify_and_record(
    store: VersionStore,
    version: StoredVersion,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Verification:
    """Verify, and append the result to the version's records.

    Somebody else's store may be one that is only read: then the result is not `recorded`.
    """
    found = verify_in_store(store, version, progress=progress)
    try:
        store.record(version, RecordKind.VERIFICATION, found.to_json())
    except StoreError:
        return replace(found, recorded=False)
    return found


def damage_behind_a_failure() -> StoreError | None:
    """Return the error of the version that is open and damaged; None where each is whole.

    For a failure that nobody foresaw: the libraries that read tables say of a damaged file what
    they met in it, each by classes of its own, and so does our code of a value that makes no sense.
    Whether a file is to blame is not guessed: the versions that are open are hashed.
    """
    for version in open_versions():
        faults = verify_version(version).faults
        if faults:
            more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
            first = faults[0].reason or faults[0].kind
            message = f"{version.dataset} {version.name} is damaged: {faults[0].path}: {first}"
            hint = f"move {version.path} away, then build it again: `build-dataset "
            return StoreError(f"{message}{more}", hint=f"{hint}{version.dataset}`")
    return None


def verify_version(
    version: StoredVersion,
    *,
    records: Iterable[Record] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Verification:
    """Hash every file of a version and hold it against the manifest.

    Parameters
    ----------
    version
        The version; its manifest is read again, whatever was read of it before.
    records
        Its records: the first holds what manifest and documents were when the version appeared,
        which the manifest cannot say of itself.
    progress
        Called with (bytes done, bytes in all).
    """
    again = StoredVersion(version.dataset, version.name, version.path)
    try:
        there = list_entries(version.path)
        promised = again.promised()
    except (HuesetError, OSError) as error:
        reason = sentence_of(error, version.path)
        return Verification(0, 0, (IntegrityFault(MANIFEST, FaultKind.UNREADABLE, reason=reason),))
    total, done, faults = sum(file.bytes for file in promised.values()), 0, []
    for path, file in sorted(promised.items()):
        fault, size = _check_file(version, path, file.sha256, there)
        faults += [fault] if fault else []
        done += size
        if progress:
            progress(done, total)
    first = _first_hashes(records)
    for path in (MANIFEST, *DOCUMENTS):
        fault, _ = _check_file(version, path, first.get(path), there)
        faults += [fault] if fault else []
    known = {*promised, MANIFEST, *DOCUMENTS}
    faults += [
        IntegrityFault(path, _kind_of(entry) or FaultKind.EXTRA)
        for path, entry in sorted(there.items())
        if path not in known
    ]
    faults += [
        IntegrityFault(
            path,
            FaultKind.CHANGED if digest else FaultKind.MISSING,
            expected or None,
            digest or None,
        )
        for path, expected, digest in revision_faults(version.path)
    ]
    if not faults:  # of what cannot be read nothing more can be said
        faults += [*_contradictions(again), *_other_tables(again)]
    unrecorded = tuple(path for path in (MANIFEST, *DOCUMENTS) if path not in first)
    return Verification(len(promised), done, tuple(faults), unrecorded)


def document_faults(store: VersionStore, version: StoredVersion) -> list[str]:
    """Return, in words, what of a version's documents is not what was written.

    A guard reads its answer from them, so each is hashed for every question: manifest, card and
    Croissant file against the version's first records, coverage and gate report against the
    manifest. Of the tables no byte is read; that a file lies there which nobody promised is seen.

    Raises
    ------
    StoreError
        The manifest cannot be read.
    """
    first = _first_hashes(store.read_records(version).readable)
    promised = version.promised()
    try:
        there = list_entries(version.path)
    except OSError as error:
        return [f"its folder cannot be listed: {sentence_of(error, version.path)}"]
    wanted = {path: first.get(path) for path in (MANIFEST, *DOCUMENTS)}
    wanted |= {path: file.sha256 for path, file in promised.items() if path in JUDGED_BY}
    checked = (_check_file(version, path, digest, there)[0] for path, digest in wanted.items())
    extra = [path for path in sorted(there) if path not in promised and path not in wanted]
    return [
        *(f"{fault.path}: {fault.kind}" for fault in checked if fault),
        *(f"{path}: {_kind_of(there[path]) or FaultKind.EXTRA}" for path in extra),
        *(f"{fault.path}: {fault.reason}" for fault in _contradictions(version)),
    ]


def _contradictions(version: StoredVersion) -> list[IntegrityFault]:
    """Return what documents of which every byte is as promised say wrong all the same."""
    no_documents = []
    documents = {"coverage.json": "coverage", "gate/report.json": "gate", "units.json": "units"}
    for path, document in documents.items():
        try:
            getattr(version, document)
        except StoreError as error:
            reason = sentence_of(error, version.path)
            no_documents.append(IntegrityFault(path, FaultKind.UNREADABLE, reason=reason))
    return no_documents or [
        IntegrityFault(path, FaultKind.CONTRADICTION, reason=said)
        for path, said in version.contradictions()
    ]


def _other_tables(version: StoredVersion) -> list[IntegrityFault]:
    """Return the tables that are not what the manifest says, though their hashes fit."""
    return [
        IntegrityFault(path, FaultKind.CONTRADICTION, reason=said)
        for path, said in table_contradictions(version)
    ]


def _check_file(
    version: StoredVersion, path: str, expected: str | None, there: Mapping[str, Any]
) -> tuple[IntegrityFault | None, int]:
    """Return what is wrong with one file, and how many bytes of it were hashed."""
    entry = there.get(path)
    kind = FaultKind.MISSING if entry is None else _kind_of(entry)
    if kind is FaultKind.MISSING and _behind_a_link(path, there):
        kind = FaultKind.LINK
    if kind is not None:
        return IntegrityFault(path, kind, expected), 0
    try:
        digest, size = hash_beneath(version.path, path)
    except OSError as error:
        reason = sentence_of(error, version.path)
        return IntegrityFault(path, FaultKind.UNREADABLE, expected, reason=reason), 0
    changed = expected is not None and digest != expected
    return (IntegrityFault(path, FaultKind.CHANGED, expected, digest) if changed else None), size


def _kind_of(entry: Any) -> FaultKind | None:
    if stat.S_ISLNK(entry.st_mode):
        return FaultKind.LINK
    return None if stat.S_ISREG(entry.st_mode) else FaultKind.NOT_A_FILE


def _behind_a_link(path: str, there: Mapping[str, Any]) -> bool:
    parts = path.split("/")
    return any("/".join(parts[:at]) in there for at in range(1, len(parts)))


def _first_hashes(records: Iterable[Record]) -> dict[str, str]:
    """Return the SHA-256 of manifest and documents as the oldest record of each holds them."""
    found: dict[str, str] = {}
    for record in sorted(records, key=lambda one: one.at):
        documents = record.documents if isinstance(record, BuildRecord | PullRecord) else {}
        for path, digest in {MANIFEST: record.manifest_sha256, **documents}.items():
            found.setdefault(path, digest)
    return found
