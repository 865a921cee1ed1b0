"""A real HTTP server on 127.0.0.1 that behaves as badly as a test asks, and stops by itself."""

from __future__ import annotations

import http.server
import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Answer = Callable[["Request"], None]


class Request(http.server.BaseHTTPRequestHandler):
    """One request; an answer writes to it."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self.server.home.asked.append((self.path, dict(self.headers)))
        known = self.server.home.answers
        answers = known.get(self.path) or known.get(self.path.partition("?")[0])
        answer = status(404) if answers is None else answers[0]
        if answers is not None and len(answers) > 1:
            del answers[0]
        self.close_connection = True
        answer(self)

    def do_HEAD(self) -> None:
        self.do_GET()

    def head(self, code: int, **headers: Any) -> None:
        """Send status and headers."""
        self.send_response(code)
        for name, value in {**headers, "Connection": "close"}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def cut(self) -> None:
        """Close the connection in the middle of things."""
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    home: Loopback

    def handle_error(self, *_: Any) -> None:
        """Say nothing: a client that hangs up is part of the tests."""


@dataclass
class Loopback:
    """The server: what it answers at each path, one after the other, and what it was asked."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Loopback:
        self._server = _Server(("127.0.0.1", 0), Request)
        self._server.home = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def root(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def at(self, path: str, *answers: Answer) -> str:
        """Answer requests of a path in turn, the last one for ever; return its URL."""
        self.answers[path] = list(answers)
        return f"{self.root}{path}"


def body(data: bytes, *, etag: str = '"one"', ranges: bool = True, **headers: Any) -> Answer:
    """Serve bytes as a good server does: whole, or the range that was asked for."""

    def answer(request: Request) -> None:
        found = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        fits = request.headers.get("If-Range", etag) == etag
        start = int(found[1]) if found and fits and ranges else 0
        if start >= len(data) > 0:
            request.head(416, Content_Range=f"bytes */{len(data)}", Content_Length=0)
            return
        part = {"Content_Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if start else {}
        tag = {"ETag": etag} if etag else {}
        request.head(
            206 if start else 200, Content_Length=len(data) - start, **tag, **part, **headers
        )
        if request.command != "HEAD":
            request.wfile.write(data[start:])

    return answer


def cut(data: bytes, after: int, etag: str = '"one"') -> Answer:
    """Promise all bytes, and cut the connection after some of them (from where was asked)."""

    def answer(request: Request) -> None:
        found = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        start = int(found[1]) if found else 0
        part = {"Content_Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if start else {}
        tag = {"ETag": etag} if etag else {}
        request.head(206 if start else 200, Content_Length=len(data) - start, **tag, **part)
        request.wfile.write(data[start : start + after])
        request.cut()

    return answer


def status(code: int, text: bytes = b"<html>no</html>", **headers: Any) -> Answer:
    """Answer with a status and a page."""

    def answer(request: Request) -> None:
        request.head(code, Content_Length=len(text), Content_Type="text/html", **headers)
        if request.command != "HEAD":
            request.wfile.write(text)

    return answer


def without_length(data: bytes) -> Answer:
    """Serve bytes that end where the connection ends."""

    def answer(request: Request) -> None:
        request.head(200)
        request.wfile.write(data)

    return answer


def silence(after: bytes = b"", size: int = 0) -> Answer:
    """Accept the request, send a beginning, and say nothing more until the test is over."""

    def answer(request: Request) -> None:
        if after:
            request.head(200, Content_Length=size, ETag='"one"')
            request.wfile.write(after)
            request.wfile.flush()
        request.server.home.closing.wait(20)

    return answer
