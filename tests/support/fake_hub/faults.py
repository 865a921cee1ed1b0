"""Faults on request: which call goes wrong, in what way, how often."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.support.fake_hub.repos import Hub

Kind = Literal[
    "status",  # answer with `status` and `headers` instead of doing it
    "drop",  # close the connection before doing anything
    "drop_body",  # close it after half of the body has arrived
    "lose_answer",  # do it, then close the connection instead of answering
    "push",  # somebody else commits just before it
    "echo",  # answer 500 with the request's own headers in the text
    "slow",  # wait `seconds`, then do it
    "slow_answer",  # do it, then wait `seconds` before answering
    "wrong_bytes",  # (resolve) other bytes of the same length
    "wrong_sha",  # (tree) another hash for the files that match `path`
]

CONTENT = ("wrong_bytes", "wrong_sha")
"""Kinds that the call itself carries out."""

_CALLS = [
    ("whoami", "GET", r"/api/whoami-v2"),
    ("create", "POST", r"/api/repos/create"),
    ("validate", "POST", r"/api/validate-yaml"),
    ("lfs-batch", "POST", r"/datasets/(?P<repo>[^/]+/[^/]+)\.git/info/lfs/objects/batch"),
    ("lfs-put", "PUT", r"/lfs/[0-9a-f]{64}"),
    ("lfs-part", "PUT", r"/lfs/[0-9a-f]{64}/\d+"),
    ("lfs-complete", "POST", r"/lfs/[0-9a-f]{64}/complete"),
    ("lfs-verify", "POST", r"/lfs/verify"),
    ("preupload", "POST", r"/api/datasets/(?P<repo>[^/]+/[^/]+)/preupload/.+"),
    ("commit", "POST", r"/api/datasets/(?P<repo>[^/]+/[^/]+)/commit/.+"),
    ("tag", "POST", r"/api/datasets/(?P<repo>[^/]+/[^/]+)/tag/.+"),
    ("refs", "GET", r"/api/datasets/(?P<repo>[^/]+/[^/]+)/refs"),
    ("tree", "GET", r"/api/datasets/(?P<repo>[^/]+/[^/]+)/tree/.+"),
    ("commits", "GET", r"/api/datasets/(?P<repo>[^/]+/[^/]+)/commits/.+"),
    ("paths", "POST", r"/api/datasets/(?P<repo>[^/]+/[^/]+)/paths-info/.+"),
    ("info", "GET", r"/api/datasets/(?P<repo>[^/]+/[^/]+)(/revision/.+)?"),
    ("resolve", "(GET|HEAD)", r"/datasets/(?P<repo>[^/]+/[^/]+)/resolve/.+"),
]
CALLS = tuple(name for name, _, _ in _CALLS)


def name_of(method: str, path: str) -> tuple[str, str | None]:
    """Return the name of a call, and the repository it is about where the path says so."""
    for name, methods, pattern in _CALLS:
        if re.fullmatch(methods, method) and (found := re.fullmatch(pattern, path)):
            return name, found.groupdict().get("repo")
    return "other", None


@dataclass
class Fault:
    """One way to go wrong: the first `after` calls are spared, the next `times` hit (None: all)."""

    call: str
    kind: Kind = "status"
    status: int = 503
    times: int | None = 1
    after: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    path: str = ""
    seconds: float = 0.0
    hits: int = 0

    def __post_init__(self) -> None:
        if self.call not in CALLS:
            message = f"unknown call {self.call!r}; known: {', '.join(CALLS)}"
            raise ValueError(message)


class Faults:
    """The faults that are still to come."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []
        self.lock = threading.Lock()

    def add(self, call: str, kind: Kind = "status", **settings: Any) -> Fault:
        """Plan a fault."""
        fault = Fault(call, kind, **settings)
        self.waiting.append(fault)
        return fault

    def clear(self) -> None:
        """Behave again."""
        self.waiting.clear()

    def take(self, call: str, path: str, kinds: tuple[str, ...] | None = None) -> Fault | None:
        """Return the fault that hits this call, if one does."""
        with self.lock:
            for fault in self.waiting:
                wanted = fault.kind in kinds if kinds else fault.kind not in CONTENT
                if not (wanted and fault.call == call and fault.path in path):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                if fault.times is None or fault.hits < fault.times:
                    fault.hits += 1
                    return fault
        return None


class Faulty:
    """ASGI middleware that logs every call and carries out the faults planned for it."""

    def __init__(self, app: Any, hub: Hub) -> None:
        self.app, self.hub = app, hub

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        call, repo = name_of(scope["method"], scope["path"])
        self.hub.log.append(call)
        fault = self.hub.faults.take(call, scope["path"])
        # uvicorn hands out a bound method of the object that holds the connection.
        transport = receive.__self__.transport  # type: ignore[attr-defined]
        match fault.kind if fault else None:
            case "status":
                assert fault
                await _drain(receive)
                await _answer(send, fault.status, {"error": f"planned {fault.status}"}, fault)
            case "echo":
                assert fault
                await _drain(receive)
                said = {key.decode(): value.decode() for key, value in scope["headers"]}
                await _answer(send, 500, {"error": f"cannot handle {said}"}, fault)
            case "drop":
                transport.abort()
            case "drop_body":
                await _half(receive, scope)
                transport.abort()
            case "lose_answer":
                await self.app(scope, receive, _nowhere)
                transport.abort()
            case "push":
                assert repo
                self.hub.push(repo, "NOTES.md", b"somebody was quicker\n")
                await self.app(scope, receive, send)
            case "slow":
                assert fault
                await asyncio.sleep(fault.seconds)
                await self.app(scope, receive, send)
            case "slow_answer":
                assert fault
                answer: list[dict[str, Any]] = []

                async def keep(message: dict[str, Any]) -> None:
                    answer.append(message)

                await self.app(scope, receive, keep)
                await asyncio.sleep(fault.seconds)
                for message in answer:
                    await send(message)
            case _:
                await self.app(scope, receive, send)


async def _drain(receive: Callable[[], Awaitable[dict[str, Any]]]) -> None:
    while (await receive()).get("more_body"):
        pass


async def _half(receive: Callable[[], Awaitable[dict[str, Any]]], scope: dict[str, Any]) -> None:
    size = int(dict(scope["headers"]).get(b"content-length", b"0"))
    arrived = 0
    while arrived < size // 2:
        message = await receive()
        arrived += len(message.get("body", b""))
        if not message.get("more_body"):
            return


async def _nowhere(message: dict[str, Any]) -> None:
    return


async def _answer(
    send: Callable[[dict[str, Any]], Awaitable[None]],
    status: int,
    document: dict[str, Any],
    fault: Fault,
) -> None:
    headers = {"content-type": "application/json", **fault.headers}
    body = json.dumps(document).encode()
    raw = [(key.lower().encode(), value.encode()) for key, value in headers.items()]
    raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
