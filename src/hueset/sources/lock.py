"""`sources.lock`: what the bytes of a source were at first fetch, where none were at hand before.

It lies beside the declaration, is committed with it, and is written by `hueset sources --lock`
alone. From then on other bytes are an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from hueset.declaration import yaml_lines as yamlfile
from hueset.errors import DeclarationError
from hueset.files.atomic import replace_file
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hueset.declaration.located_yaml import LocatedYaml

FILE = "sources.lock"
_HEAD = """\
# What the bytes of these sources were at first fetch; other bytes are an error from then on.
# Written by `hueset sources NAME --lock`. To accept new bytes, delete the entry and run it again.
"""


@dataclass(frozen=True)
class LockEntry:
    """The identity of a source at first fetch.

    Attributes
    ----------
    digest
        SHA-256 of the file, or over the lines of its members.
    size
        Bytes of the file, or of its members together.
    members
        How many members; None for one file.
    """

    digest: str
    size: int
    members: int | None = None

    def sentence(self) -> str:
        """Return it in words."""
        if self.members is None:
            return f"sha256 {self.digest} ({self.size:,} bytes)"
        return f"{format_count(self.members, 'member')}, digest {self.digest}"


def read_lock(dataset_dir: Path) -> dict[str, LockEntry]:
    """Return what is recorded, by source; nothing where there is no lock file.

    Raises
    ------
    DeclarationError
        The file is damaged; the line is named.
    """
    path = dataset_dir / FILE
    if not path.exists():
        return {}
    located = yamlfile.load_yaml(path)
    if located.data is None:
        return {}
    if not isinstance(located.data, dict):
        raise _damage(located, ())
    return {name: _parse_entry(located, name) for name in located.data}


def record_lock(dataset_dir: Path, fresh: Mapping[str, LockEntry]) -> None:
    """Add sources to the lock file; what is recorded already stays as it is.

    Parameters
    ----------
    dataset_dir
        The folder of the declaration.
    fresh
        The identities of sources as they were just found.
    """
    if fresh:
        _write(dataset_dir / FILE, {**fresh, **read_lock(dataset_dir)})


def _write(path: Path, entries: Mapping[str, LockEntry]) -> None:
    document = {
        name: {"sha256": entry.digest, "bytes": entry.size}
        if entry.members is None
        else {"members": {"count": entry.members, "digest": entry.digest, "bytes": entry.size}}
        for name, entry in sorted(entries.items())
    }
    with replace_file(path) as stream:
        stream.write((_HEAD + yaml.safe_dump(document, sort_keys=False)).encode())


def _parse_entry(located: LocatedYaml, name: str) -> LockEntry:
    match located.data[name]:
        case {"sha256": str(digest), "bytes": int(size)}:
            return LockEntry(digest, size)
        case {"members": {"count": int(count), "digest": str(digest), "bytes": int(size)}}:
            return LockEntry(digest, size, count)
        case _:
            raise _damage(located, (name,))


def _damage(located: LocatedYaml, place: tuple[str, ...]) -> DeclarationError:
    message = f"{located.where(place)}: not an entry that `hueset sources --lock` wrote"
    hint = "restore the file, or delete the entry and record it again"
    return DeclarationError(message, hint=hint)
