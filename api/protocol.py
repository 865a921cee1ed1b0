"""HTTP/1.1 as uvicorn speaks it, but a client that does not finish its request is cut off.

uvicorn has a limit for idle connections, and none for a request whose headers never end: a few
thousand of those would use up the connections of the service.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from asyncio import TimerHandle

REQUEST_S = 10.0
"""From the first byte of a request, or the opening of the connection, to the end of its headers."""


class PatientProtocol(HttpToolsProtocol):
    """Patient for so long, and not longer."""

    _limit: TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """Wait for the end of the headers of the next request."""
        super().on_message_begin()
        if self._limit is None:
            self._wait()

    def on_headers_complete(self) -> None:
        """Wait no longer: the request is there."""
        self._enough()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer with the connection."""
        self._enough()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._limit = asyncio.get_running_loop().call_later(REQUEST_S, self._cut)

    def _enough(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _cut(self) -> None:
        self._limit = None
        if self.transport is not None and not self.transport.is_closing():
            self.transport.close()
