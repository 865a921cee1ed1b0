"""The folder of a finished unit: whether it is whole, and how it is kept from being given back.

A shard is only a cache, and becomes part of a published version, so it is believed by its hash:
one that is cut, zeroed by a power loss or changed is made again. Its account holds the SHA-256 of
each file, and one of the account itself.
"""

from __future__ import annotations

import hashlib
import json
import os
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from hueset.files.safe_paths import hash_beneath, read_beneath

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

ACCOUNT = "unit.json"
"""What a unit came to: its rows, what it refused and found, and the hash of each file."""

ACCOUNT_FORMAT = 2

ALWAYS_HASHED_BYTES = 1 << 20
"""A file that a version takes over as it is, is hashed at each reuse up to this size. A larger one
is taken for the one that was hashed while size, mtime and inode are the same: it may be audio of
many gigabytes, and is read by nobody else. Files that the tables are put together from are read
whole anyway, and always hashed."""


class ShardCondition(StrEnum):
    """What lies in the place of a unit's shard."""

    ABSENT = "absent"
    OUTDATED = "outdated"
    """Its account is of another format: an older or newer Hueset wrote it."""
    DAMAGED = "damaged"
    WHOLE = "whole"


_hashed: dict[str, tuple[list[int], str]] = {}
"""What this process has hashed, with the stamp it had: a build asks several times."""


def write_account(folder: Path, account: Mapping[str, Any]) -> None:
    """Write the account of a unit, with the hash of each file that lies in its folder.

    The folder is still private: it is synced as a whole, and appears by one rename.
    """
    files = {path.name: hash_beneath(folder, path.name) for path in folder.glob("*.parquet")}
    told = {
        "format": ACCOUNT_FORMAT,
        **account,
        "files": {
            name: {"bytes": size, "sha256": digest}
            for name, (digest, size) in sorted(files.items())
        },
    }
    text = json.dumps({**told, "sha256": _digest(told)}, ensure_ascii=False, allow_nan=False)
    (folder / ACCOUNT).write_bytes(text.encode())


def is_complete_unit(folder: Path) -> bool:
    """Whether a unit is finished, and every file of it is the one that was written."""
    return condition_of(folder) is ShardCondition.WHOLE


def condition_of(folder: Path) -> ShardCondition:
    """Return what lies in the place of a unit's shard."""
    if not os.path.lexists(folder):
        return ShardCondition.ABSENT
    try:
        told = json.loads(read_beneath(folder, ACCOUNT))
        if told.get("format") != ACCOUNT_FORMAT:
            return ShardCondition.OUTDATED
        digest = told.pop("sha256")
        sound = (
            digest == _digest(told)
            and all(_is_same(folder, name, file) for name, file in told["files"].items())
            and all(
                _is_the_one(folder, file)
                for table in told["whole"].values()
                for file in table["files"]
            )
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ShardCondition.DAMAGED
    return ShardCondition.WHOLE if sound else ShardCondition.DAMAGED


def file_stamp(path: Path) -> list[int]:
    """Return what tells, without reading it, that a file is the one that was hashed."""
    found = path.stat(follow_symlinks=False)
    return [found.st_size, found.st_mtime_ns, found.st_ino]


def keep_fresh(folders: Iterable[Path]) -> set[str]:
    """Let reused shards look new, so that no `gc` beside this build takes them for garbage.

    Returns the names of those that are still there; a `gc` may have taken one just before.
    """
    kept = set()
    for folder in folders:
        try:
            os.utime(folder)
        except FileNotFoundError:
            continue
        kept.add(folder.name)
    return kept


def _is_same(folder: Path, name: str, told: Mapping[str, Any]) -> bool:
    return _hash_once(folder, name) == str(told["sha256"])


def _is_the_one(folder: Path, told: Mapping[str, Any]) -> bool:
    if told["bytes"] > ALWAYS_HASHED_BYTES and file_stamp(folder / told["path"]) == told["stamp"]:
        return True
    return _hash_once(folder, told["path"]) == str(told["sha256"])


def _hash_once(folder: Path, name: str) -> str:
    """Return the SHA-256 of a file, which is read once while it looks the same."""
    path = folder / name
    # Nobody can set the time of the last change of the inode back, as one can that of the bytes.
    now = [*file_stamp(path), path.stat(follow_symlinks=False).st_ctime_ns]
    known = _hashed.get(str(path))
    if known is None or known[0] != now:
        known = (now, hash_beneath(folder, name)[0])
        _hashed[str(path)] = known
    return known[1]


def _digest(account: Mapping[str, Any]) -> str:
    text = json.dumps(account, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
