"""The server around the application: uvicorn, one process, that ends what it began."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

import uvicorn

from api.app import create_app
from api.protocol import PatientProtocol
from hueset.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.settings import Settings

GRACE_S = 10
"""Requests that run when the service is told to end have so long."""


def serve(settings: Settings, host: str, port: int, *, say: Callable[[str], None]) -> None:
    """Serve until told to end.

    Raises
    ------
    UsageError
        The address cannot be listened on.
    """
    listener = _listen(host, port)
    bound = listener.getsockname()
    where = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
    say(f"serving {settings.store_root} at http://{where}:{bound[1]}")
    if settings.token is None and host not in {"127.0.0.1", "::1", "localhost"}:
        say("everybody who reaches this address can read it: close it with --token")
    server = uvicorn.Server(configuration(settings))
    # uvicorn ends in good order, then raises the signal again; being told to end is no fault.
    signal.signal(signal.SIGTERM, lambda *_: None)
    server.run(sockets=[listener])


def configuration(settings: Settings) -> uvicorn.Config:
    """Return how uvicorn runs: its own access log is off, ours is JSON."""
    return uvicorn.Config(
        create_app(settings=settings),
        http=PatientProtocol,
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=True,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE_S,
        limit_concurrency=1_000,
        proxy_headers=False,
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        message = f"cannot listen on {host} port {port}: {error.strerror}"
        raise UsageError(message, hint="give another --port, or 0 for a free one") from error
    listener.set_inheritable(True)
    return listener
