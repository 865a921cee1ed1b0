"""The cache of this user: where it lies, and how something appears in it whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hueset.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def cache_dir() -> Path:
    """Return the root of the cache: `HUESET_CACHE`, else the platform's cache folder."""
    configured = os.environ.get("HUESET_CACHE")
    if configured:
        return Path(configured).expanduser().absolute()
    import platformdirs

    return platformdirs.user_cache_path("hueset", appauthor=False)


def key_of(*parts: object) -> str:
    """Return a short stable name for what is identified by these parts: 32 hex digits."""
    # A path may hold bytes that are no text: they come back as what they are.
    named = "\x00".join(map(str, parts)).encode(errors="surrogateescape")
    return hashlib.sha256(named).hexdigest()[:32]


def cache_folder(*parts: str) -> Path:
    """Return a folder below the cache, made if need be; raises `SourceError` where it cannot be."""
    path = cache_dir().joinpath(*parts)
    with cache_errors(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def cache_errors(path: Path) -> Iterator[None]:
    """Turn an error of the file system in the cache into one that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno is None:  # not the system's: a broken gzip file raises an OSError too
            raise
        message = f"cannot write the cache {path}: {error.strerror or error}"
        hint = "free some space, or set HUESET_CACHE to a folder that can be written"
        raise SourceError(message, hint=hint, value=str(path)) from error


def seal_document(document: Any) -> bytes:
    """Return JSON under a line that holds its SHA-256: what was damaged is not believed."""
    body = json.dumps(document, separators=(",", ":")).encode()
    return f"{hashlib.sha256(body).hexdigest()}\n".encode() + body


def read_sealed(path: Path) -> Any:
    """Return what `seal` wrote to a file; None where there is none, or it is damaged."""
    try:
        digest, _, body = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    return json.loads(body) if digest == hashlib.sha256(body).hexdigest().encode() else None


@contextmanager
def only_one(name: str) -> Iterator[None]:
    """Hold a lock between processes; a killed process frees it."""
    path = cache_folder("locks") / f"{name}.lock"
    while True:
        with path.open("w") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            # `gc` may have removed the file while this waited: then others lock a new one.
            if _names(path, stream.fileno()):
                yield
                return


def _names(path: Path, descriptor: int) -> bool:
    """Whether the open file still lies at its path."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
