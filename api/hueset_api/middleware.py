"""The outermost layer: door, request id, finished answers, security headers, log, metrics.

It is plain ASGI: an answer that is finished already never reaches the framework.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import sys
import time
from typing import TYPE_CHECKING, Any

from hueset_api.addresses import ROOT
from hueset_api.pacing import PIECE_BYTES, Room, SlowReaderError, send_in_pieces
from hueset_api.problem_codes import ProblemCode
from hueset_api.problems import problem_response

if TYPE_CHECKING:
    from fastapi import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from hueset_api.authentication import Door
    from hueset_api.caching import Cache
    from hueset_api.metrics import Metrics

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
SECURITY = [
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"server", b"hueset"),  # else the server names itself
]

log = logging.getLogger("hueset.api")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}\Z")


class Edge:
    """Wraps the application.

    Parameters
    ----------
    app
        What answers when no finished answer is kept.
    cache
        The finished answers.
    metrics
        What counts.
    door
        Who is let in.
    access_log
        Whether each request writes a line of JSON to stderr.
    root_path
        The path below which a proxy shows the service; a proxy may take it away or leave it.
    room
        For the large answers that wait for their readers.
    running
        Where the tasks of the requests that are answered are kept, so that they can be ended.
    """

    def __init__(
        self,
        app: ASGIApp,
        cache: Cache,
        metrics: Metrics,
        door: Door,
        *,
        access_log: bool,
        root_path: str = "",
        room: Room | None = None,
        running: set[asyncio.Task[Any]] | None = None,
    ) -> None:
        self.app, self.cache, self.metrics, self.door = app, cache, metrics, door
        self.access_log = access_log
        self.root_path = root_path
        self.room = Room(0) if room is None else room
        self.running = set() if running is None else running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        task = asyncio.current_task()
        assert task is not None, "a server answers in a task"  # noqa: S101
        self.running.add(task)
        try:
            await self._request(self._canonical(scope), scope["method"], receive, send)
        finally:
            self.running.discard(task)

    def _canonical(self, scope: Scope) -> Scope:
        """Return the request as the application knows it: below `/`, and HEAD as GET.

        The server keeps its own: it must not forget that it answers a HEAD.
        """
        root = self.root_path or scope.get("root_path", "").rstrip("/")
        ROOT.set(root)
        changed: dict[str, Any] = {"root_path": ""}
        if root and f"{scope['path']}/".startswith(f"{root}/"):
            changed["path"] = scope["path"][len(root) :] or "/"
            changed["raw_path"] = scope["raw_path"][len(root) :] or b"/"
        if scope["method"] == "HEAD":
            changed["method"] = "GET"
        return {**scope, **changed}

    async def _request(self, scope: Scope, method: str, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        request_id = _request_id(scope["headers"])
        status, sent, room = 500, 0, 0
        held: Message | None = None
        started = False

        async def outgoing(message: Message) -> None:
            nonlocal status, sent, started, held, room
            if message["type"] == "http.response.start":
                # Held until it is known how large the answer is, and whether there is room for it.
                status, held = message["status"], message
                return
            body = b"" if method == "HEAD" else message.get("body", b"")
            if held is not None:
                if len(body) > PIECE_BYTES and not self.room.take(len(body)):
                    status, held = 503, None
                    await _too_busy()(scope, receive, outgoing)
                    return
                room = len(body) if len(body) > PIECE_BYTES else 0
                begin, held, started = held, None, True
                begin["headers"] = self._headers(begin["headers"], request_id)
                await send(begin)
            sent += len(body)
            message["body"] = body
            if len(body) > PIECE_BYTES:
                await send_in_pieces(send, message)
            else:
                await send(message)

        self.metrics.in_flight += 1
        route = ""
        try:
            route = await self._answer(scope, receive, outgoing)
        except asyncio.CancelledError:
            if started:
                raise
            detail = "the service was told to end, and this took longer than it leaves"
            answer = problem_response(
                503, detail, code=ProblemCode.ENDING, hint="ask again when it is back"
            )
            await answer(scope, receive, outgoing)
        except SlowReaderError as error:
            log.warning("request %s was cut: %s", request_id.decode(), error)
            raise
        except Exception:
            log.exception("request %s failed", request_id.decode())
            if started:
                raise
            detail = "a defect of the service; the log has it under the request id"
            answer = problem_response(500, detail, code=ProblemCode.INTERNAL)
            await answer(scope, receive, outgoing)
        finally:
            self.room.free(room)
            seconds = time.perf_counter() - began
            self.metrics.in_flight -= 1
            self.metrics.done(_method(method), route or _route(scope), status, seconds, sent)
            if self.access_log and not _write_line(
                scope, method, status, sent, seconds, request_id
            ):
                self.metrics.lost_lines += 1

    def _headers(
        self, headers: list[tuple[bytes, bytes]], request_id: bytes
    ) -> list[tuple[bytes, bytes]]:
        if self.door.locked:
            headers = [(k, _private(v) if k == b"cache-control" else v) for k, v in headers]
        return [*headers, *SECURITY, (b"x-request-id", request_id)]

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> str:
        """Answer, and return the route where the framework does not know it."""
        refused = self.door.refuse(scope)
        if refused is not None:
            await refused(scope, receive, send)
            return "refused"
        if scope["method"] == "GET":
            kept = self.cache.get(scope)
            if kept is not None:
                await kept[0].send(scope["headers"], send)
                return kept[1]
        await self.app(scope, receive, send)
        return ""


def _too_busy() -> Response:
    return problem_response(
        503,
        "too many large answers wait for their readers",
        code=ProblemCode.BUSY,
        hint="ask again in a moment, or for fewer rows",
        headers={"Retry-After": "2"},
    )


def _private(cache_control: bytes) -> bytes:
    """Return a `Cache-Control` that no shared cache keeps: what a token opens is for one reader."""
    parts = [part.strip() for part in cache_control.split(b",")]
    return b", ".join([b"private", *(p for p in parts if p not in {b"public", b"private"})])


def _request_id(headers: list[tuple[bytes, bytes]]) -> bytes:
    for name, value in headers:
        if name == b"x-request-id" and _REQUEST_ID.match(value):
            return value
    return os.urandom(8).hex().encode()


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", "unknown"))


def _method(method: str) -> str:
    """Return the method; one that nobody knows must not become a label of its own."""
    return method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} else "OTHER"


def _write_line(
    scope: Scope, method: str, status: int, sent: int, seconds: float, request_id: bytes
) -> bool:
    """Write one line; a log that cannot be written must not cost an answer."""
    client = scope.get("client")
    line = {
        "at": time.time(),
        "client": client[0] if client else None,
        "method": method,
        "path": scope["raw_path"].decode("latin-1"),
        "query": scope["query_string"].decode("latin-1"),
        "status": status,
        "bytes": sent,
        "ms": round(seconds * 1000, 3),
        "request_id": request_id.decode(),
    }
    try:
        # Not through a buffer, which would keep what a full device refused until the very end.
        os.write(sys.stderr.fileno(), f"{json.dumps(line)}\n".encode())
    except (OSError, ValueError):
        return False
    return True
