"""Download one file: resumed where it was cut, retried where that helps, checked before it shows.

What is half-written lies in the cache's `partial/` and nowhere else. A file appears at its place
by one rename, after its bytes were found to be the pinned ones.
"""

from __future__ import annotations

import hashlib
import logging
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from hueset.errors import (
    ConnectionLostError,
    FetchError,
    FetchTimeoutError,
    SourceChangedError,
    SourceFormatError,
)
from hueset.files.atomic import replace_file
from hueset.redaction import redact_text
from hueset.sources import cache as cachedir
from hueset.sources import file_sniffing, hashes
from hueset.sources.responses import (
    RANGE_NOT_SATISFIABLE,
    AgainError,
    Download,
    range_start,
    refuse_status,
    response_validator,
    total_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx

    from hueset.sources.hashes import Progress

NOTED_BYTES = 1 << 24
"""What a killed process loses of a download at most."""

PROGRESS_BYTES = 1 << 20
"""A try that brought so much does not count as failed: a long download may be cut often."""


@dataclass(frozen=True)
class Policy:
    """How a download is tried.

    Attributes
    ----------
    tries
        Tries in a row that bring nothing before it is given up.
    base_s
        The wait after the first failed try; it doubles with every further one.
    cap_s
        The longest wait; a server that asks for a longer one is not waited for.
    connect_timeout_s
        How long a connection may take to stand.
    read_timeout_s
        How long the server may say nothing.
    sleep
        What waits.
    """

    tries: int = 4
    base_s: float = 1.0
    cap_s: float = 60.0
    connect_timeout_s: float = 15.0
    read_timeout_s: float = 60.0
    sleep: Callable[[float], None] = time.sleep


def fetch_url(
    wanted: Download, policy: Policy | None = None, progress: Progress | None = None
) -> None:
    """Download a file to its place in the cache; do nothing if another process just did.

    Parameters
    ----------
    wanted
        What to fetch, and where to.
    policy
        How to try; default `Policy()`.
    progress
        Called with (source, bytes done, bytes in all or None).

    Raises
    ------
    FetchError
        It could not be had: `FetchNotFoundError`, `FetchRefusedError`, `RateLimitedError`,
        `FetchServerError`, `ConnectionLostError`, `FetchTimeoutError`, or no connection at all.
    SourceChangedError
        The server's bytes are not the pinned ones.
    HtmlPageError, LfsPointerError
        It sent a page or a pointer in place of data.
    SourceError
        The cache cannot be written.
    """
    import httpx

    policy = policy or Policy()
    key = cachedir.key_of(wanted.url, wanted.sha256)
    with cachedir.only_one(f"fetch-{key}"):
        if wanted.target.exists() and wanted.sha256 in {None, hashes.file_digest(wanted.target)}:
            return
        part = cachedir.cache_folder("partial") / f"{key}.part"
        timeout = httpx.Timeout(policy.read_timeout_s, connect=policy.connect_timeout_s)
        with (
            _quiet_log(),
            httpx.Client(timeout=timeout, follow_redirects=True, max_redirects=10) as client,
        ):
            digest = _whole(client, wanted, part, policy, progress)
        with cachedir.cache_errors(wanted.target):
            wanted.target.parent.mkdir(parents=True, exist_ok=True)
            part.replace(wanted.target)
        _forget(part)
        hashes.remember_digest(wanted.target, digest)


@contextmanager
def _quiet_log() -> Iterator[None]:
    """Let the client log no address with what opens it, its own and those it is sent on to."""
    logger = logging.getLogger("httpx")
    logger.addFilter(_redact_record)
    try:
        yield
    finally:
        logger.removeFilter(_redact_record)


def _redact_record(record: logging.LogRecord) -> bool:
    record.msg, record.args = redact_text(record.getMessage()), None
    return True


def _whole(
    client: httpx.Client, wanted: Download, part: Path, policy: Policy, progress: Progress | None
) -> str:
    """Fetch until all is there, and return its SHA-256."""
    left_by_another, failed = part.exists(), 0
    while True:
        try:
            _try(client, wanted, part, policy, progress)
            return _checked_digest(wanted, part)
        except AgainError as again:
            failed = 1 if again.got >= PROGRESS_BYTES else failed + 1
            if failed >= policy.tries:
                raise again.error from again.__cause__
            backoff_s = min(policy.base_s * 2 ** (failed - 1), policy.cap_s)
            policy.sleep(backoff_s if again.wait_s is None else again.wait_s)
        except SourceChangedError:
            _forget(part)
            if not left_by_another:
                raise
            left_by_another = False  # its half may be of an older file: once more, from the start


def _try(
    client: httpx.Client, wanted: Download, part: Path, policy: Policy, progress: Progress | None
) -> None:
    """Fetch what is missing of the part; raises `AgainError` where another try may help."""
    import httpx

    have, headers = _resume_state(wanted, part)
    done = have
    try:
        with client.stream("GET", wanted.url, headers=headers) as response:
            if response.status_code == RANGE_NOT_SATISFIABLE or range_start(response) not in {
                0,
                have,
            }:
                _forget(part)  # what is held does not fit what lies there: from the start
                raise AgainError(_cut(wanted, have), wait_s=0.0)
            refuse_status(response, wanted, policy.cap_s)
            total = total_bytes(response)
            for done in _write_body(response, wanted, part):
                if progress:
                    progress(wanted.source, done, total or wanted.size)
    except httpx.UnsupportedProtocol as error:
        hint = "the address leads on to one that is not http"
        raise wanted.fault(FetchError, f"cannot be followed: {error}", hint) from error
    except httpx.ConnectTimeout as error:
        said = f"gave no connection within {policy.connect_timeout_s:g} s"
        raise AgainError(_hang(wanted, said)) from error
    except httpx.TimeoutException as error:
        said = f"said nothing for {policy.read_timeout_s:g} s, after {_of(done, wanted)}"
        raise AgainError(_hang(wanted, said), got=done - have) from error
    except httpx.ConnectError as error:
        hint = "is there a network, and does the host still exist?"
        raise AgainError(wanted.fault(FetchError, f"gave no connection: {error}", hint)) from error
    except httpx.TransportError as error:
        raise AgainError(_cut(wanted, done), got=done - have) from error
    except httpx.HTTPError as error:
        raise wanted.fault(FetchError, f"failed: {error}", "look at the address") from error
    if total is None and wanted.size is not None and done < wanted.size:
        raise AgainError(_cut(wanted, done), got=done - have)


def _resume_state(wanted: Download, part: Path) -> tuple[int, dict[str, str]]:
    """Return how much is held, and the headers that ask for the rest of the same file.

    Without a validator from the server only a pinned hash can tell that both halves belong
    together; without either it begins anew.
    """
    headers = {"Accept-Encoding": "identity"}
    half = _half(part)
    if half is None or not half.size or not (half.validator or wanted.sha256):
        return 0, headers
    headers["Range"] = f"bytes={half.size}-"
    if half.validator:
        headers["If-Range"] = half.validator
    return half.size, headers


def _write_body(response: httpx.Response, wanted: Download, part: Path) -> Iterator[int]:
    """Write the body to the part, and yield after every block how much there is of the file."""
    done = noted = start = range_start(response) or 0
    total, head, hasher = total_bytes(response), b"", hashlib.sha256()
    known = response_validator(response)
    if start:
        with part.open("rb") as stream:
            hasher = hashlib.file_digest(stream, "sha256")
        half = _half(part)
        known = half.validator if half else known
    with cachedir.cache_errors(part), part.open("ab" if start else "wb") as out:
        try:
            for block in response.iter_raw():
                if not start and len(head) < file_sniffing.HEAD_BYTES:
                    head = (head + block)[: file_sniffing.HEAD_BYTES]
                    _refuse(head, wanted, part)
                if wanted.size is not None and (start or len(head) == file_sniffing.HEAD_BYTES):
                    least = max(done + len(block), total or 0)
                    _refuse_size(least, total, wanted, part)
                out.write(block)
                hasher.update(block)
                done += len(block)
                if done - noted >= NOTED_BYTES:
                    out.flush()
                    _Half(known, done, hasher.hexdigest()).save(part)
                    noted = done
                yield done
        finally:
            out.flush()
            if part.exists():  # else it was found to be no data, and forgotten
                _Half(known, done, hasher.hexdigest()).save(part)


def _checked_digest(wanted: Download, part: Path) -> str:
    """Return the SHA-256 of what was fetched, once it is found to be what was wanted."""
    size = part.stat().st_size
    with part.open("rb") as stream:
        _refuse(stream.read(file_sniffing.HEAD_BYTES), wanted, part)
        stream.seek(0)
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if wanted.sha256 is not None and (digest, size) != (wanted.sha256, wanted.size):
        raise _changed_error(wanted, f"sha256 {digest} ({size:,} bytes)", digest)
    return digest


def _refuse(head: bytes, wanted: Download, part: Path) -> None:
    try:
        file_sniffing.refuse_non_data(
            head, source=wanted.source, place=wanted.shown, name=wanted.target.name, fetched=True
        )
    except SourceFormatError:
        _forget(part)
        raise


def _refuse_size(least: int, total: int | None, wanted: Download, part: Path) -> None:
    """Raise as soon as the size cannot become the pinned one: before all is fetched in vain."""
    if wanted.size is not None and (least > wanted.size or (total or wanted.size) != wanted.size):
        _forget(part)
        raise _changed_error(wanted, f"{total or least:,} bytes", total or least)


def _changed_error(wanted: Download, found: str, value: object) -> SourceChangedError:
    message = (
        f"source {wanted.source!r} changed: {wanted.shown} gives {found}; "
        f"pinned: sha256 {wanted.sha256} ({wanted.size or 0:,} bytes)"
    )
    hint = (
        f"it was replaced there: give the pinned bytes by --source {wanted.source}=PATH, or if "
        "the new ones are right, change the pin and the dataset's version"
    )
    return SourceChangedError(message, hint=hint, value=value)


def _cut(wanted: Download, done: int) -> ConnectionLostError:
    said = f"cut the connection after {_of(done, wanted)}"
    return wanted.fault(
        ConnectionLostError, said, "what was received is kept: run it again to resume"
    )


def _hang(wanted: Download, said: str) -> FetchTimeoutError:
    return wanted.fault(FetchTimeoutError, said, "server or network hang: try again later")


def _of(done: int, wanted: Download) -> str:
    return f"{done:,} of {wanted.size:,} bytes" if wanted.size else f"{done:,} bytes"


@dataclass(frozen=True)
class _Half:
    """What is known of a half download, so that nothing else is taken for its beginning.

    Attributes
    ----------
    validator
        What the server tells its file from another by.
    size
        How many bytes were written.
    sha256
        What these bytes hash to.
    """

    validator: str
    size: int
    sha256: str

    def save(self, part: Path) -> None:
        """Keep it beside the part."""
        with replace_file(_note(part)) as stream:
            stream.write(cachedir.seal_document(asdict(self)))


def _half(part: Path) -> _Half | None:
    """Return what is held of a file, cut to what its note vouches for; None for nothing sound."""
    match cachedir.read_sealed(_note(part)):
        case {"validator": str(known), "size": int(size), "sha256": str(digest)}:
            if not part.exists() or part.stat().st_size < size:
                return None
            with cachedir.cache_errors(part), part.open("r+b") as stream:
                stream.truncate(size)
                found = hashlib.file_digest(stream, "sha256").hexdigest()
            return _Half(known, size, found) if found == digest else None
    return None


def _note(part: Path) -> Path:
    """Return where it is kept what is known of a part."""
    return part.with_suffix(".half")


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)
