"""The server around the application: granian, in this process, that ends what it began.

Its HTTP (hyper) bounds what a client sends before a request is complete: headers and address to
`HEAD_BYTES`, their arrival and the silence between two requests to `HEAD_S`. What it has no limit
for, a client that does not read, the kernel ends (`UNREAD_S`) and `hueset_api.pacing` keeps small.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from typing import TYPE_CHECKING, Any

import uvloop
from granian import net
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server
from granian.utils.proxies import wrap_asgi_with_proxy_headers

from hueset.errors import UsageError
from hueset_api.app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from fastapi import FastAPI

    from hueset_api.settings import ServiceSettings
    from hueset_api.state import ServiceState

GRACE_S = 10
"""Requests that run when the service is told to end have so long."""

CUT_S = 1
"""So long after that, those that were told 503 have to hear it."""

HEAD_BYTES = 16_384
HEAD_S = 10
UNREAD_S = 30
BACKLOG = 2_048
CONNECTIONS = 1_000
"""So many are served at once; more wait until one of them ends."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class _SocketServer(Server):
    """Listens on a socket that is open already: its own would share a port that is in use."""

    def __init__(self, app: object, listener: socket.socket, *, connections: int) -> None:
        host, port = listener.getsockname()[:2]
        super().__init__(
            app,
            address=host,
            port=port,
            interface=Interfaces.ASGI,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(
                header_read_timeout=HEAD_S * 1000, max_buffer_size=HEAD_BYTES
            ),
            websockets=False,
            backpressure=connections,
            log_enabled=False,
        )
        self._listener = listener

    def _init_shared_socket(self) -> None:
        # What granian does itself elsewhere than on Linux, with its own socket; its types omit it.
        holder: Any = net.SocketHolder  # type: ignore[attr-defined]
        self._shd = holder(self._listener.detach(), False, BACKLOG)


def run_server(
    settings: ServiceSettings,
    host: str,
    port: int,
    *,
    say: Callable[[str], None],
    trusted_proxies: tuple[str, ...] = (),
) -> None:
    """Serve until told to end.

    Parameters
    ----------
    settings
        What is served, and to whom.
    host, port
        Where to listen; port 0 takes a free one.
    say
        Prints a line for the person who started it.
    trusted_proxies
        Addresses and networks whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.

    Raises
    ------
    UsageError
        The address cannot be listened on.
    """
    listener = _listen(host, port)
    bound = listener.getsockname()
    where = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
    say(f"serving {settings.store_root} at http://{where}:{bound[1]}{settings.root_path}")
    if settings.token is None and host not in LOOPBACK:
        say("everybody who reaches this address can read it: close it with --token")
    if not settings.store_root.is_dir():
        say("there is no store yet: until there is one, every answer says so")
    app = create_app(settings=settings)
    uvloop.run(_run(app, listener, trusted_proxies))


async def _run(app: FastAPI, listener: socket.socket, trusted_proxies: tuple[str, ...]) -> None:
    """Serve until a signal comes, which is no fault; a second one leaves no time of grace."""
    logging.getLogger("_granian").setLevel(logging.ERROR)
    service: ServiceState = app.state.service
    outermost = wrap_asgi_with_proxy_headers(app, list(trusted_proxies)) if trusted_proxies else app
    server = _SocketServer(outermost, listener, connections=CONNECTIONS)
    loop = asyncio.get_running_loop()
    running = asyncio.create_task(server.serve())
    signals: asyncio.Queue[None] = asyncio.Queue()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, signals.put_nowait, None)
    try:
        await _first(running, signals.get())
        if running.done():
            running.result()  # it could not even begin: say why
        server.stop()  # type: ignore[no-untyped-call]
        await _first(running, signals.get(), timeout_s=GRACE_S)
        for task in tuple(service.running):
            task.cancel()
        await asyncio.wait({running}, timeout=CUT_S)
    finally:
        running.cancel()
        service.stop()


async def _first(
    running: asyncio.Task[None], other: Coroutine[Any, Any, None], *, timeout_s: float | None = None
) -> None:
    """Wait until the server has ended, or the other is there, or for so long."""
    waiting = asyncio.create_task(other)
    await asyncio.wait({running, waiting}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # Connections inherit it: one that takes no byte for so long is ended by the kernel.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_S * 1000)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        message = f"cannot listen on {host} port {port}: {error.strerror or error}"
        raise UsageError(message, hint="give another --port, or 0 for a free one") from error
    return listener
