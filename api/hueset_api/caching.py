"""Finished answers: bytes with a strong ETag, packed once, kept until their dataset changes."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fastapi.responses import Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import Receive, Scope, Send

    from hueset_api.version_index import Stamp

Header = tuple[bytes, bytes]

SMALL = 500
"""Below this many bytes gzip saves nothing worth its time."""

JSON = "application/json"
HTML = "text/html; charset=utf-8"
YEAR = "public, max-age=31536000, immutable"
"""For an address whose bytes can never be others."""


@dataclass(frozen=True)
class CachedAnswer:
    """A finished answer.

    Attributes
    ----------
    body
        Its bytes.
    media_type
        What they are.
    status
        The HTTP status.
    cache_control
        How long others may keep it; by default they ask again each time, and mostly get 304.
    extra
        More headers.
    """

    body: bytes
    media_type: str = JSON
    status: int = 200
    cache_control: str = "no-cache"
    extra: tuple[Header, ...] = ()

    @cached_property
    def etag(self) -> str:
        """The strong ETag of the bytes as they are."""
        return hashlib.sha256(self.body).hexdigest()[:32]

    @cached_property
    def packed(self) -> bytes | None:
        """The body under gzip; None where it is not worth it."""
        if len(self.body) < SMALL or self.media_type.startswith(("audio/", "image/png")):
            return None
        return gzip.compress(self.body, 6, mtime=0)

    @cached_property
    def plain(self) -> tuple[bytes, list[Header], bytes]:
        """ETag, headers and body without gzip."""
        return self._made(self.body, self.etag, [])

    @cached_property
    def zipped(self) -> tuple[bytes, list[Header], bytes]:
        """ETag, headers and body with gzip: other bytes, so another ETag."""
        if self.packed is None:
            return self.plain
        return self._made(self.packed, f"{self.etag}-gz", [(b"content-encoding", b"gzip")])

    def _made(self, body: bytes, tag: str, more: list[Header]) -> tuple[bytes, list[Header], bytes]:
        etag = f'"{tag}"'.encode()
        headers = [
            (b"content-type", self.media_type.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"etag", etag),
            (b"cache-control", self.cache_control.encode()),
            (b"vary", b"accept-encoding"),
            *more,
            *self.extra,
        ]
        return etag, headers, body

    async def send(self, headers: list[Header], send: Send) -> int:
        """Send it, or 304 to those who have it; returns the status."""
        accepts, known = b"", b""
        for name, value in headers:
            if name == b"accept-encoding":
                accepts += b"," + value
            elif name == b"if-none-match":
                known += b"," + value if known else value
        etag, made, body = self.zipped if takes_gzip(accepts) else self.plain
        status = self.status
        if known and status == 200 and matches_etag(known, etag):
            status, body = 304, b""
            made = [h for h in made if h[0] not in {b"content-length", b"content-type"}]
        await send({"type": "http.response.start", "status": status, "headers": made})
        await send({"type": "http.response.body", "body": body})
        return status


class CompleteResponse(Response):
    """A response that sends a finished answer."""

    def __init__(self, answer: CachedAnswer) -> None:
        super().__init__(None, answer.status)
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await self.answer.send(scope["headers"], send)


@dataclass(frozen=True)
class _CacheEntry:
    answer: CachedAnswer
    about: str | None
    stamp: Stamp
    route: str


class Cache:
    """Keeps finished answers by address.

    Parameters
    ----------
    stamp_of
        Returns what a dataset's answers depend on; for None, what those about all do.
    limit_bytes
        The oldest answers are forgotten beyond this size.
    """

    def __init__(self, stamp_of: Callable[[str | None], Stamp], limit_bytes: int) -> None:
        self._stamp_of = stamp_of
        self._limit = limit_bytes
        self._kept: OrderedDict[tuple[bytes, bytes], _CacheEntry] = OrderedDict()
        self._size = 0
        self._making: dict[tuple[bytes, bytes], asyncio.Task[CachedAnswer]] = {}
        self.hits = 0
        self.misses = 0

    def get(self, scope: Scope) -> tuple[CachedAnswer, str] | None:
        """Return the answer kept for an address with its route, if it still holds."""
        kept = self._kept.get((scope["raw_path"], scope["query_string"]))
        if kept is None:
            return None
        current = self._stamp_of(kept.about)
        if kept.stamp is not current and kept.stamp != current:
            return None
        self.hits += 1
        return kept.answer, kept.route

    async def answer(
        self, scope: Scope, about: str | None, make: Callable[[], Awaitable[CachedAnswer]]
    ) -> CompleteResponse:
        """Make the answer to an address once, however many ask for it at the same time.

        It is made to the end even if the one who asked first goes away.
        """
        key = (scope["raw_path"], scope["query_string"])
        task = self._making.get(key)
        if task is None:
            self.misses += 1
            route = getattr(scope.get("route"), "path", "")
            task = asyncio.create_task(self._make(key, about, route, make))
            self._making[key] = task
            task.add_done_callback(lambda done: self._making.pop(key, None))
        return CompleteResponse(await asyncio.shield(task))

    async def _make(
        self,
        key: tuple[bytes, bytes],
        about: str | None,
        route: str,
        make: Callable[[], Awaitable[CachedAnswer]],
    ) -> CachedAnswer:
        stamp = self._stamp_of(about)
        made = await make()
        self._keep(key, _CacheEntry(made, about, stamp, route))
        return made

    def _keep(self, key: tuple[bytes, bytes], kept: _CacheEntry) -> None:
        before = self._kept.pop(key, None)
        if before is not None:
            self._size -= _weight(before)
        if _weight(kept) * 4 > self._limit:
            return
        self._kept[key] = kept
        self._size += _weight(kept)
        while self._size > self._limit:
            _, old = self._kept.popitem(last=False)
            self._size -= _weight(old)


def as_json(document: Mapping[str, Any], **more: Any) -> CachedAnswer:
    """Return a document as strict JSON."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return CachedAnswer(text.encode("utf-8", "backslashreplace"), **more)


def takes_gzip(accepts: bytes) -> bool:
    """Whether an `Accept-Encoding` takes gzip."""
    for part in accepts.lower().split(b","):
        name, _, rest = part.partition(b";")
        if name.strip() in {b"gzip", b"*"}:
            return rest.replace(b" ", b"") not in {b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"}
    return False


def matches_etag(known: bytes, etag: bytes) -> bool:
    """Whether an `If-None-Match` names the ETag (weak comparison, RFC 9110)."""
    if known.strip() == b"*":
        return True
    return etag in {part.strip().removeprefix(b"W/") for part in known.split(b",")}


def _weight(kept: _CacheEntry) -> int:
    return len(kept.answer.body) * 2 + 1_000
