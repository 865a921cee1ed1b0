"""Whether a version is still what its manifest says: every byte hashed again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from hueset.card import DOCUMENTS
from hueset.parquet import file_sha256

if TYPE_CHECKING:
    from collections.abc import Callable

    from hueset.store import Store, Version


@dataclass(frozen=True)
class Fault:
    """One file that is not what the manifest says.

    Attributes
    ----------
    path
        Below the version folder.
    kind
        `missing`, `changed` or `extra`.
    expected, found
        The SHA-256 that was promised and the one that is there.
    """

    path: str
    kind: Literal["missing", "changed", "extra"]
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
    """

    files: int
    bytes: int
    faults: tuple[Fault, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "verdict": "fail" if self.faults else "pass",
            "files": self.files,
            "bytes": self.bytes,
            "faults": [asdict(fault) for fault in self.faults],
        }


def verify(version: Version, *, progress: Callable[[int, int], None] | None = None) -> Verification:
    """Hash every file of a version and hold it against the manifest.

    Parameters
    ----------
    version
        The version.
    progress
        Called with (bytes done, bytes in all).
    """
    manifest = version.manifest
    promised = {file["path"]: file for file in manifest["files"]}
    for table in manifest["tables"].values():
        promised |= {file["path"]: file for file in table["files"]}
    total, done, faults = sum(file["bytes"] for file in promised.values()), 0, []
    for path, file in sorted(promised.items()):
        place = version.path / path
        if not place.is_file():
            faults.append(Fault(path, "missing", file["sha256"]))
            continue
        digest, size = file_sha256(place)
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
    known = {*promised, "manifest.json", *DOCUMENTS}
    faults += [Fault(path, "missing") for path in sorted({*DOCUMENTS} - there)]
    faults += [Fault(path, "extra") for path in sorted(there - known)]
    return Verification(len(promised), done, tuple(faults))


def verify_and_record(
    store: Store, version: Version, *, progress: Callable[[int, int], None] | None = None
) -> Verification:
    """Verify, and append the result to the version's records."""
    found = verify(version, progress=progress)
    store.record(version, "verification", found.to_json())
    return found
