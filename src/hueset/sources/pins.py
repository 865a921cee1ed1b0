"""What the bytes of a source are, and whether they are those that were pinned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hueset.errors import LfsPointerError, SourceChangedError, SourceFormatError
from hueset.sources import file_sniffing, hashes, versions
from hueset.sources.containers import open_container
from hueset.sources.lock import LockEntry
from hueset.sources.resolved_source import LocalSource, matching_names
from hueset.words import format_count

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.builder.source import Member, Via
    from hueset.declaration import MembersPin, Source
    from hueset.sources.containers import Container
    from hueset.sources.hashes import Progress

PinState = Literal["ok", "locked", "unrecorded", "open", "sample"]
"""`ok`: as pinned in the declaration. `locked`: as recorded in `sources.lock`. `unrecorded`: the
declaration says `pin_on_first_fetch` and nothing is recorded yet. `open`: the source is unpinned:
recorded, never compared.
`sample`: the embedded sample, which has no pin."""

POINTER_BYTES = 512
"""No git-LFS pointer is larger."""


@dataclass(frozen=True)
class Identity:
    """What the bytes are.

    Attributes
    ----------
    digest
        SHA-256 of the file, or over the lines of its members.
    size
        Bytes of the file, or of its members together.
    members
        The members that count, sorted; empty for a plain file.
    whole
        Whether digest and size are those of one file, rather than those of its members.
    version
        The name of the version, where it is one of another dataset.
    """

    digest: str
    size: int
    members: tuple[Member, ...]
    whole: bool
    version: str | None = None


def identify_bytes(
    path: Path, name: str, source: Source, *, sample: bool = False, progress: Progress | None = None
) -> Identity:
    """Compute what the bytes at a path are.

    An archive pinned by sha256, or declared `kind: file`, is its own bytes. A folder, whatever
    has a members pin, and an archive declared `kind: folder`, is its members: packed otherwise
    it is still the same.

    Parameters
    ----------
    path
        A file, folder or archive that exists.
    name
        The source's name.
    source
        Its declaration.
    sample
        Whether it is part of the embedded sample: then the pin's globs do not apply.
    progress
        Called with (name, bytes done, bytes in all) while bytes are read.

    Raises
    ------
    SourceFormatError
        It is no data, or not of the declared kind.
    SourceChangedError
        It is a version whose files are not those its own manifest names.
    """
    if source.dataset is not None:
        found = versions.examine_version(path, name, source.dataset, progress)
        size = sum(member.size for member in found.members)
        return Identity(found.digest, size, found.members, False, found.name)
    inside = open_container(path, source.unpacked_bytes)
    pinned = None if sample else source.pin.members
    if path.is_dir() and source.kind == "file" and pinned is None:
        message = f"source {name!r}: {path} is a folder, and it is declared as a file"
        raise SourceFormatError(message, hint="name the file itself", value=str(path))
    if not path.is_dir():
        file_sniffing.refuse_file(path, source=name)
    if inside is None:
        if source.kind == "folder" or pinned is not None:
            message = f"source {name!r}: {path} is neither a folder nor an archive"
            hint = "give the folder, or a .zip, .tar or .tar.gz of it"
            raise SourceFormatError(message, hint=hint, value=str(path))
        return Identity(hashes.file_digest(path, name, progress), path.stat().st_size, (), True)
    names = hashes.member_names(path, inside)
    if pinned is not None:
        names = matching_names(names, pinned.glob)
    members = hashes.member_digests(path, inside, names, name, progress)
    by_file = source.pin.sha256 is not None or (source.kind == "file" and pinned is None)
    if by_file and not path.is_dir():
        digest = hashes.file_digest(path, name, progress)
        return Identity(digest, path.stat().st_size, members, True)
    size = sum(member.size for member in members)
    return Identity(hashes.digest_over(members), size, members, False)


def check_pin(
    path: Path, name: str, source: Source, identity: Identity, recorded: LockEntry | None
) -> PinState:
    """Compare what the bytes are with the pin, or with what `sources.lock` holds.

    Raises
    ------
    SourceChangedError
        They differ; both values are named.
    LfsPointerError
        They differ, because members are git-LFS pointers.
    """
    pin = source.pin
    if pin.unpinned:
        return "open"
    if pin.sha256 is not None:
        if identity.digest != pin.sha256 or not identity.whole:
            _complain(path, name, identity, f"sha256 {pin.sha256} ({pin.bytes:,} bytes)", "pinned")
        return "ok"
    if pin.members is not None and len(identity.members) != pin.members.count:
        _complain_of_count(path, name, len(identity.members), pin.members)
    if pin.members is not None and pin.members.digest is not None:
        if identity.digest != pin.members.digest:
            wanted = f"{format_count(pin.members.count, 'member')}, digest {pin.members.digest}"
            _complain(path, name, identity, wanted, "pinned")
        return "ok"
    if recorded is None:
        _refuse_pointers(path, name, identity)
        return "unrecorded"
    if recorded_as(identity) != recorded:
        _complain(path, name, identity, recorded.sentence(), "recorded in sources.lock")
    return "locked"


def waits_for_lock(source: Source) -> bool:
    """Return whether the bytes of a source are for `sources.lock` to hold."""
    pin = source.pin
    return pin.pin_on_first_fetch or (pin.members is not None and pin.members.digest is None)


def resolved_source(
    path: Path, name: str, via: Via, identity: Identity, unpacked_bytes: int | None = None
) -> LocalSource:
    """Return the source that a builder reads."""
    return LocalSource(
        name,
        path,
        via,
        identity.digest,
        identity.size,
        identity.members,
        identity.version,
        unpacked_bytes,
    )


def recorded_as(identity: Identity) -> LockEntry:
    """Return what `sources.lock` would hold of it."""
    members = None if identity.whole else len(identity.members)
    return LockEntry(identity.digest, identity.size, members)


def _complain(path: Path, name: str, identity: Identity, wanted: str, how: str) -> None:
    _refuse_pointers(path, name, identity)
    message = (
        f"source {name!r} changed: {path} has {recorded_as(identity).sentence()}; {how}: {wanted}"
    )
    hint = (
        "get the bytes the declaration names; if the new ones are right, change the pin (and the "
        "dataset's version)"
        if how == "pinned"
        else f"get the former bytes, or delete {name!r} from sources.lock and record it again"
    )
    raise SourceChangedError(message, hint=hint, value=identity.digest)


def _complain_of_count(path: Path, name: str, found: int, pin: MembersPin) -> None:
    message = (
        f"source {name!r} changed: {path} has {found:,} members that match "
        f"{', '.join(pin.glob)}; pinned: {pin.count:,}"
    )
    hint = "is it the right folder or archive, whole, with its root where the globs begin?"
    raise SourceChangedError(message, hint=hint, value=found)


def _refuse_pointers(path: Path, name: str, identity: Identity) -> None:
    """Raise if small members are git-LFS pointers: the usual reason why a clone differs."""
    inside = open_container(path)
    if inside is None:
        return
    pointers = _pointers(inside, identity.members)
    if pointers:
        message = (
            f"source {name!r}: {len(pointers):,} of {len(identity.members):,} members of {path} "
            f"are git-LFS pointers, not the files themselves, e.g. {pointers[0]}"
        )
        raise LfsPointerError(
            message, hint="run `git lfs pull` in that repository", value=pointers[0]
        )


def _pointers(inside: Container, members: tuple[Member, ...]) -> list[str]:
    small = [member.name for member in members if member.size <= POINTER_BYTES]
    return [member for member, data in inside.read_all(small) if file_sniffing.is_lfs_pointer(data)]
