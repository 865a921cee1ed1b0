"""SHA-256 of files and members, computed once: an unchanged large file is not read again.

What was computed lies in the cache, one small JSON file per source path. It holds for a file
only while size, mtime, ctime and inode are those seen then; a file that had changed within the last
two seconds is read again next time. Files appear there by a rename, so any
number of processes may share them; one that cannot be read counts as not there.
"""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING, Any

from hueset.builder.source import Member
from hueset.errors import SourceError
from hueset.files.atomic import replace_file
from hueset.sources import cache as cachedir
from hueset.sources.containers import Folder
from hueset.sources.members import archive_errors, is_settled, member_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from hueset.sources.containers import Container

    Progress = Callable[[str, int, int | None], None]

_FORM = 3
_SHAPES = ([int, str, str], [int, str, type(None)])
"""A member as it is kept: size, what tells that it is unchanged, digest once it was computed."""

_UNSETTLED = ""
_BLOCK = 1 << 20


def file_digest(path: Path, name: str = "", progress: Progress | None = None) -> str:
    """Return the SHA-256 of a file, as hex.

    Parameters
    ----------
    path
        The file.
    name
        What `progress` is told it is.
    progress
        Called with (name, bytes done, bytes in all).
    """
    seen, known = member_stamp(path), _load(path)
    digest = known.get("sha256")
    if known.get("stamp") == list(seen) and isinstance(digest, str):
        return digest
    trusted = is_settled(seen)
    with path.open("rb") as stream:
        digest = _digest(stream, lambda done: progress(name, done, seen[0]) if progress else None)
    if trusted and member_stamp(path) == seen:  # else it was written to meanwhile
        remember_digest(path, digest)
    return digest


def remember_digest(path: Path, digest: str) -> None:
    """Keep the SHA-256 of a file that was just computed."""
    known, seen = _load(path), list(member_stamp(path))
    members = known.get("members", {}) if known.get("stamp") == seen else {}
    _save(path, {"stamp": seen, "sha256": digest, "members": members})


def member_names(path: Path, inside: Container) -> Sequence[str]:
    """Return the names of all members, sorted; of an archive seen before without opening it."""
    if not isinstance(inside, Folder):
        known = _load(path)
        if known.get("stamp") == list(member_stamp(path)) and known.get("members"):
            return sorted(known["members"])
    return list(inside.sizes())


def member_digests(
    path: Path,
    inside: Container,
    wanted: Sequence[str],
    name: str = "",
    progress: Progress | None = None,
) -> tuple[Member, ...]:
    """Return the wanted members with size and SHA-256, in the order wanted.

    Parameters
    ----------
    path
        The folder or archive.
    inside
        What reads it.
    wanted
        Names of members.
    name
        What `progress` is told it is.
    progress
        Called with (name, bytes done, bytes in all).
    """
    known = _load(path)
    seen = [] if isinstance(inside, Folder) else _kept_stamp(path)
    entries = _member_entries(path, inside, wanted, known)
    missing = [member for member in wanted if entries[member][2] is None]
    done, total = 0, sum(entries[member][0] for member in missing)
    for member, found in _digests(path, inside, missing, entries):
        entries[member][2] = found
        done += entries[member][0]
        if progress:
            progress(name, done, total)
    if missing:
        digest = known.get("sha256") if known.get("stamp") == seen else None
        _save(path, {"stamp": seen, "sha256": digest, "members": entries})
    return tuple(Member(m, sha256=entries[m][2], size=entries[m][0]) for m in wanted)


def digest_over(members: Sequence[Member]) -> str:
    """Return the SHA-256 over the lines `<sha256>  <member>`, sorted by member."""
    hasher = hashlib.sha256()
    for member in sorted(members, key=lambda one: one.name):
        hasher.update(f"{member.sha256}  {member.name}\n".encode())
    return hasher.hexdigest()


def _kept_stamp(path: Path) -> list[int]:
    """Return an archive's stamp, or none while it cannot be trusted."""
    seen = member_stamp(path)
    return list(seen) if is_settled(seen) else []


def _digests(
    path: Path, inside: Container, members: Sequence[str], entries: Mapping[str, list[Any]]
) -> Iterator[tuple[str, str]]:
    """Hash members: small ones read whole, which is quicker, large ones block by block."""
    with archive_errors(path):
        small = [member for member in members if entries[member][0] <= _BLOCK]
        for member, data in inside.read_all(small):
            yield member, hashlib.sha256(data).hexdigest()
        for member in members:
            if entries[member][0] > _BLOCK:
                with inside.open(member) as stream:
                    yield member, _digest(stream)


def _digest(stream: BinaryIO, told: Callable[[int], None] | None = None) -> str:
    hasher, done = hashlib.sha256(), 0
    while block := stream.read(_BLOCK):
        hasher.update(block)
        done += len(block)
        if told:
            told(done)
    return hasher.hexdigest()


def _member_entries(
    path: Path, inside: Container, wanted: Sequence[str], known: Mapping[str, Any]
) -> dict[str, list[Any]]:
    """Return members as they are kept: those wanted of a folder, all of an archive."""
    old = known.get("members", {})
    if not isinstance(inside, Folder):
        if old and known.get("stamp") == list(member_stamp(path)):
            return dict(old)
        return {member: [size, "", None] for member, size in inside.sizes().items()}
    entries: dict[str, list[Any]] = {}
    for member in wanted:
        seen = member_stamp(path / member)
        mark = "-".join(map(str, seen[1:])) if is_settled(seen) else _UNSETTLED
        before = old.get(member, [None, "", None])
        same = mark != _UNSETTLED and before[:2] == [seen[0], mark]
        entries[member] = [seen[0], mark, before[2] if same else None]
    return entries


def _load(path: Path) -> dict[str, Any]:
    document = cachedir.read_sealed(_home(path))
    return document if _is_whole(document, path) else {}  # else it is computed and written anew


def _is_whole(document: Any, path: Path) -> bool:
    if not isinstance(document, dict) or document.get("form") != _FORM:
        return False
    members = document.get("members", {})
    return (
        document.get("path") == str(path.absolute())
        and isinstance(members, dict)
        and all(
            isinstance(m, list) and [type(part) for part in m] in _SHAPES for m in members.values()
        )
    )


def _save(path: Path, document: Mapping[str, Any]) -> None:
    whole = {**document, "form": _FORM, "path": str(path.absolute())}
    try:
        cachedir.cache_folder("hashes")
        with cachedir.cache_errors(_home(path)), replace_file(_home(path)) as stream:
            stream.write(cachedir.seal_document(whole))
    except SourceError as error:
        # The cache only saves time; without it the build is as right, and says it was slower.
        logging.getLogger("hueset").warning("hashes are not kept: %s", error.message)


def _home(path: Path) -> Path:
    return cachedir.cache_dir() / "hashes" / f"{cachedir.key_of(path.absolute())}.json"
