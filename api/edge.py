"""The outermost layer: limits, token, request id, finished answers, security headers, log, metrics.

It is plain ASGI: an answer that is finished already never reaches the framework.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import json
import logging
import os
import re
import sys
import time
from typing import TYPE_CHECKING, Any

from api.problems import problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.caching import Cache
    from api.metrics import Metrics

MAX_HEADER_BYTES = 16_384
MAX_URL_BYTES = 8_192
OPEN_TO_ALL = ("/healthz", "/readyz")
"""What a load balancer asks; says nothing of the data, so it needs no token."""

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
    token
        What a reader must send; None for no token.
    access_log
        Whether each request writes a line of JSON to stderr.
    """

    def __init__(
        self, app: ASGIApp, cache: Cache, metrics: Metrics, token: str | None, *, access_log: bool
    ) -> None:
        self.app, self.cache, self.metrics = app, cache, metrics
        self.token = token.encode() if token else None
        self.access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        method, head = scope["method"], scope["method"] == "HEAD"
        request_id = _request_id(scope["headers"])
        status, sent, started = 500, 0, False
        more = [*SECURITY, (b"x-request-id", request_id)]

        async def outgoing(message: Message) -> None:
            nonlocal status, sent, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                message["headers"] = [*message["headers"], *more]
            else:
                body = message.get("body", b"")
                if head:
                    message["body"] = body = b""
                sent += len(body)
            await send(message)

        self.metrics.in_flight += 1
        route = ""
        try:
            route = await self._answer(scope, receive, outgoing)
        except asyncio.CancelledError:
            if started:
                raise
            detail = "the service was told to end, and this took longer than it leaves"
            answer = problem(503, detail, code="E_ENDING", hint="ask again when it is back")
            await answer(scope, receive, outgoing)
        except Exception:
            log.exception("request %s failed", request_id.decode())
            if not started:
                detail = "a defect of the service; the log has it under the request id"
                answer = problem(500, detail, code="E_INTERNAL")
                await answer(scope, receive, outgoing)
            else:
                raise
        finally:
            seconds = time.perf_counter() - began
            self.metrics.in_flight -= 1
            self.metrics.done(_method(method), route or _route(scope), status, seconds, sent)
            if self.access_log:
                _write_line(scope, method, status, sent, seconds, request_id)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> str:
        """Answer, and return the route where the framework does not know it."""
        refused = self._refuse(scope)
        if refused is not None:
            await refused(scope, receive, send)
            return "refused"
        if scope["method"] in {"GET", "HEAD"}:
            scope["method"] = "GET"
            kept = self.cache.get(scope)
            if kept is not None:
                await kept[0].send(scope["headers"], send)
                return kept[1]
        await self.app(scope, receive, send)
        return ""

    def _refuse(self, scope: Scope) -> Any:
        size = sum(len(name) + len(value) for name, value in scope["headers"])
        if size > MAX_HEADER_BYTES:
            return problem(431, f"headers of {size} bytes, at most {MAX_HEADER_BYTES} are read")
        if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_URL_BYTES:
            return problem(414, f"the address is longer than {MAX_URL_BYTES} bytes")
        if self.token is None or scope["path"] in OPEN_TO_ALL:
            return None
        if hmac.compare_digest(_token(scope["headers"]), self.token):
            return None
        return problem(
            401,
            "this service answers only those who send its token",
            code="E_TOKEN",
            hint="send `Authorization: Bearer TOKEN`; in a browser, as the password",
            headers={"WWW-Authenticate": 'Bearer realm="hueset", Basic realm="hueset"'},
        )


def _token(headers: list[tuple[bytes, bytes]]) -> bytes:
    for name, value in headers:
        if name != b"authorization":
            continue
        kind, _, rest = value.partition(b" ")
        if kind.lower() == b"bearer":
            return rest.strip()
        if kind.lower() == b"basic":
            try:
                pair = base64.b64decode(rest.strip(), validate=True)
            except binascii.Error:
                return b""
            return pair.partition(b":")[2]
    return b""


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
) -> None:
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
    sys.stderr.write(json.dumps(line) + "\n")
