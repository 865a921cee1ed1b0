"""What a server's answer to a download means: go on, try again, or a clear error."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NoReturn, TypeVar

from hueset.errors import (
    FetchError,
    FetchNotFoundError,
    FetchRefusedError,
    FetchServerError,
    FetchTimeoutError,
    RateLimitedError,
)
from hueset.redaction import redact_text, redact_url

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

E = TypeVar("E", bound=FetchError)

NOT_FOUND = {404, 410}
REQUEST_TIMEOUT = 408
RANGE_NOT_SATISFIABLE = 416
TOO_MANY = 429
PARTIAL = 206


@dataclass(frozen=True)
class Download:
    """One file to fetch.

    Attributes
    ----------
    source
        The source's name, for messages and progress.
    url
        Where it is.
    target
        The path it appears at.
    sha256
        What its bytes must hash to; None where that is not known yet.
    size
        How many bytes it must have; None where that is not known yet.
    """

    source: str
    url: str
    target: Path
    sha256: str | None = None
    size: int | None = None

    @property
    def shown(self) -> str:
        """The address without what opens it."""
        return redact_url(self.url)

    def fault(self, kind: type[E], said: str, hint: str) -> E:
        """Return an error about this download; its hint ends in the way that is always open."""
        return kind(
            f"source {self.source!r}: {self.shown} {redact_text(said)}",
            hint=f"{hint}; or give the file yourself by --source {self.source}=PATH",
            value=self.shown,
        )


class AgainError(Exception):
    """A try failed in a way that another try may fix.

    Parameters
    ----------
    error
        What is raised once there were enough tries.
    wait_s
        How long the server asks to wait; None where it asks nothing.
    got
        How many bytes the try brought.
    """

    def __init__(self, error: FetchError, *, wait_s: float | None = None, got: int = 0) -> None:
        super().__init__(str(error))
        self.error, self.wait_s, self.got = error, wait_s, got


def refuse_status(response: httpx.Response, wanted: Download, cap_s: float) -> None:
    """Raise unless the answer carries the file, or a part of it.

    Raises
    ------
    AgainError
        408, 429, 5xx: another try may help.
    FetchNotFoundError, FetchRefusedError, RateLimitedError, FetchServerError, FetchError
        It cannot.
    """
    status = response.status_code
    if status in {200, PARTIAL}:
        return
    said = f"answered {status} {response.reason_phrase}".rstrip()
    if status in NOT_FOUND:
        hint = "it has moved or was withdrawn: look at the source's homepage"
        raise wanted.fault(FetchNotFoundError, said, hint)
    if status == TOO_MANY:
        _again_after(response, wanted.fault(RateLimitedError, said, "wait, then try again"), cap_s)
    if status >= 500:
        hint = "the server is broken or closed for a while: try again later"
        _again_after(response, wanted.fault(FetchServerError, said, hint), cap_s)
    if status == REQUEST_TIMEOUT:
        _again_after(response, wanted.fault(FetchTimeoutError, said, "try again later"), cap_s)
    if status >= 400:
        hint = "it wants a login, a token or a consent: get it in a browser"
        raise wanted.fault(FetchRefusedError, said, hint)
    raise wanted.fault(FetchError, said, "that is neither the file nor an error: look at it")


def total_bytes(response: httpx.Response) -> int | None:
    """Return how large the whole file is, as the server says."""
    if response.status_code == PARTIAL:
        found = re.fullmatch(r"bytes \d+-\d+/(\d+)", response.headers.get("Content-Range", ""))
        return int(found[1]) if found else None
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else None


def range_start(response: httpx.Response) -> int | None:
    """Return where in the file the body begins: 0 unless the answer is a part of it."""
    if response.status_code != PARTIAL:
        return 0
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def response_validator(response: httpx.Response) -> str:
    """Return what tells the server's file from another one: a strong ETag, else a date, else ''."""
    etag: str = response.headers.get("ETag", "")
    if etag and not etag.startswith("W/"):
        return etag
    modified: str = response.headers.get("Last-Modified", "")
    return modified


def retry_after_s(value: str, now: datetime | None = None) -> float | None:
    """Return the seconds of a Retry-After header (seconds or a date); None if it says nothing."""
    if value.strip().isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def _again_after(response: httpx.Response, error: FetchError, cap_s: float) -> NoReturn:
    wait_s = retry_after_s(response.headers.get("Retry-After", ""))
    if wait_s is not None and wait_s > cap_s:
        error.hint = f"it asks to wait {wait_s:,.0f} s: {error.hint}"
        raise error
    raise AgainError(error, wait_s=wait_s)
