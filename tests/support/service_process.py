"""A real service on loopback: `hueset serve` as its own process, on a free port."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import httpx

from tests.support.in_process_build import environment_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Service:
    """A running service.

    Attributes
    ----------
    url
        Where it answers.
    process
        The server.
    log
        The file its stderr goes to: one JSON line per request.
    words
        What it said to the person who started it; whole once it has ended.
    """

    url: str
    process: subprocess.Popen[str]
    log: Path
    words: str = ""

    @cached_property
    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60)

    @property
    def port(self) -> int:
        return int(re.findall(r":(\d+)", self.url)[-1])

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(path, **options)

    def json(self, path: str, **options: Any) -> Any:
        return self.get(path, **options).json()

    def raw(self, request: bytes, *, timeout_s: float = 10) -> bytes:
        """Send bytes as they are, which no client would, and return the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s) as line:
            line.sendall(request)
            parts = []
            while part := line.recv(65_536):
                parts.append(part)
        return b"".join(parts)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(one) for one in self.log.read_text().splitlines() if one[:1] == "{"]

    def line(self, request_id: str) -> dict[str, Any]:
        """Return the line of a request, which is written when its answer has gone."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            for one in self.lines():
                if one["request_id"] == request_id:
                    return one
            time.sleep(0.02)
        raise AssertionError(f"no line of {request_id}: {self.log.read_text()}")

    def until(self, path: str, true: Any, *, seconds: float = 20) -> Any:
        """Ask again until the answer is as wanted; returns it."""
        end = time.monotonic() + seconds
        while True:
            told = self.json(path)
            if true(told):
                return told
            assert time.monotonic() < end, f"{path} stayed {told}"
            time.sleep(0.05)


@contextmanager
def serving(
    store: Path, cwd: Path, *options: str, log_to: Path | None = None, **environment: str
) -> Iterator[Service]:
    """Run `hueset serve` over a store until the block ends."""
    log = log_to or store.parent / f"serve-{time.time_ns()}.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "hueset", "serve", "--out", str(store), "--port", "0", *options],
            cwd=cwd,
            env=environment_of(PYTHONUNBUFFERED="1", **environment),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    running: Service | None = None
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, f"the service did not start: {line!r} {log.read_text()}"
        running = Service(found[0].replace("0.0.0.0", "127.0.0.1"), process, log, line)
        try:
            yield running
        finally:
            running.client.close()
    finally:
        process.terminate()
        process.wait(timeout=30)
        rest = process.stdout.read()
        process.stdout.close()
        if running is not None:
            running.words += rest
