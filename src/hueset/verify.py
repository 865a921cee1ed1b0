"""Whether a version is still what its manifest says: every byte hashed again."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from hueset.card import DOCUMENTS
from hueset.errors import StoreError
from hueset.parquet import file_sha256
from hueset.revisions import revision_faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from hueset.store import Store, Version


@dataclass(frozen=True)
class Fault:
    """One file that is not what the manifest says.

    Attributes
    ----------
    path
        Below the version folder.
    kind
        `missing`, `changed`, `extra` or `unreadable`; an unreadable manifest promises nothing.
    expected, found
        The SHA-256 that was promised and the one that is there.
    """

    path: str
    kind: Literal["missing", "changed", "extra", "unreadable"]
    expected: str | None = None
    found: str | None = None


@dataclass(frozen=True)
class Verification:
    """What a check of all files found.

    Attributes
    ----------
    files
        How many files the manifest names.
    bytes
        How many bytes were hashed.
    faults
        Every file that is missing, changed or extra; empty when all is well.
    recorded
        Whether the result could be written beside the version.
    """

    files: int
    bytes: int
    faults: tuple[Fault, ...]
    recorded: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "verdict": "fail" if self.faults else "pass",
            "files": self.files,
            "bytes": self.bytes,
            "faults": [asdict(fault) for fault in self.faults],
        }


def verify(
    version: Version,
    *,
    records: Iterable[Mapping[str, Any]] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Verification:
    """Hash every file of a version and hold it against the manifest.

    Parameters
    ----------
    version
        The version.
    records
        Its records: the first holds what manifest and documents were when the version appeared,
        which the manifest cannot say of itself.
    progress
        Called with (bytes done, bytes in all).
    """
    first = _first_hashes(records)
    try:
        manifest = version.original
    except StoreError:
        return Verification(0, 0, (Fault("manifest.json", "unreadable"),))
    promised = {file["path"]: file for file in manifest["files"]}
    for table in manifest["tables"].values():
        promised |= {file["path"]: file for file in table["files"]}
    total, done, faults = sum(file["bytes"] for file in promised.values()), 0, []
    for path, file in sorted(promised.items()):
        place = version.path / path
        if not place.is_file():
            faults.append(Fault(path, "missing", file["sha256"]))
            continue
        try:
            digest, size = file_sha256(place)
        except OSError:
            faults.append(Fault(path, "unreadable", file["sha256"]))
            continue
        done += size
        if digest != file["sha256"]:
            faults.append(Fault(path, "changed", file["sha256"], digest))
        if progress:
            progress(done, total)
    there = {
        path.relative_to(version.path).as_posix()
        for path in version.path.rglob("*")
        if path.is_file() or path.is_symlink()
    }
    for path, expected in first.items():
        digest = file_sha256(version.path / path)[0] if path in there else expected
        if digest != expected:
            faults.append(Fault(path, "changed", expected, digest))
    faults += [
        Fault(path, "changed" if digest else "missing", expected or None, digest or None)
        for path, expected, digest in revision_faults(version.path)
    ]
    known = {*promised, "manifest.json", *DOCUMENTS}
    faults += [Fault(path, "missing") for path in sorted({*DOCUMENTS} - there)]
    faults += [Fault(path, "extra") for path in sorted(there - known)]
    return Verification(len(promised), done, tuple(faults))


def verify_and_record(
    store: Store, version: Version, *, progress: Callable[[int, int], None] | None = None
) -> Verification:
    """Verify, and append the result to the version's records.

    Somebody else's store may be one that is only read: then the result is not `recorded`.
    """
    found = verify(version, records=store.records(version), progress=progress)
    try:
        store.record(version, "verification", found.to_json())
    except StoreError:
        return replace(found, recorded=False)
    return found


def _first_hashes(records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the SHA-256 of manifest and documents as the oldest record of each holds them."""
    found: dict[str, str] = {}
    for record in sorted(records, key=lambda one: str(one.get("at"))):
        told = {"manifest.json": record.get("manifest_sha256"), **record.get("documents", {})}
        for path, digest in told.items():
            if digest:
                found.setdefault(path, digest)
    return found
