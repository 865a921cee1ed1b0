"""The service is told to end while it answers: what it began comes whole, and nothing new does."""

from __future__ import annotations

import json
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from hueset_api.serving import GRACE_S
from tests.support.handwritten_version import write_version
from tests.support.service_process import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.service_process import Service

LARGE = "/v1/datasets/letters/rows?limit=1000"
"""An answer of 20 MB: more than the buffers of two sockets hold, so it waits for its reader."""

SLOW = "/v1/datasets/numbers/statistics"
"""An answer that takes a second to count."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ending") / "store"
    letters = pa.table({"id": [f"{at:04d}" for at in range(1_000)], "text": ["a" * 20_000] * 1_000})
    write_version(root, "letters", {"letters": (["id"], letters)})
    drawn = np.random.default_rng(1).random((4, 1_000_000))
    numbers = pa.table({"id": np.arange(drawn.shape[1]), **dict(zip("abcd", drawn, strict=True))})
    types = {"id": "int64", **dict.fromkeys("abcd", "float64")}
    write_version(root, "numbers", {"numbers": (["id"], numbers)}, types=types)
    return root


@pytest.fixture
def service(store: Path) -> Iterator[Service]:
    with serving(store, store.parent) as running:
        yield running


def test_an_answer_that_is_being_counted_comes_whole(service: Service) -> None:
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(service.get, SLOW)
        while "hueset_requests_in_flight 2" not in service.get("/metrics").text:
            assert not answer.done(), "it was counted before it was seen to be under way"
        service.process.send_signal(signal.SIGTERM)
        assert set(answer.result(timeout=GRACE_S).json()["columns"]) == {"id", *"abcd"}
    assert_ended(service, within_s=5)


def test_an_answer_that_is_being_read_comes_whole_while_new_connections_are_refused(
    service: Service,
) -> None:
    with asking(service, LARGE) as line:
        service.process.send_signal(signal.SIGTERM)
        until_refused(service)
        assert service.process.poll() is None
        head, body = read(line)
    assert b" 200 " in head.splitlines()[0]
    assert len(json.loads(body)["rows"]) == 1_000
    assert_ended(service, within_s=5)


def test_an_answer_that_nobody_reads_is_cut_off_after_the_time_of_grace(service: Service) -> None:
    with asking(service, LARGE) as line:
        service.process.send_signal(signal.SIGTERM)
        assert_ended(service, within_s=GRACE_S + 5)
        head, body = read(line)
    [length] = [one for one in head.splitlines() if one.lower().startswith(b"content-length:")]
    assert 0 < len(body) < int(length.partition(b":")[2]), "who reads on sees that it is not whole"


def asking(service: Service, path: str) -> socket.socket:
    """Return a connection whose answer has begun, and is not read."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    line.settimeout(GRACE_S)
    line.connect(("127.0.0.1", service.port))
    line.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert line.recv(1, socket.MSG_PEEK)
    return line


def read(line: socket.socket) -> tuple[bytes, bytes]:
    """Return head and body of an answer, read until the connection is closed."""
    parts = []
    try:
        while part := line.recv(1 << 16):
            parts.append(part)
    except ConnectionResetError:
        pass  # closed, and not in good order: what came before it stands
    head, _, body = b"".join(parts).partition(b"\r\n\r\n")
    return head, body


def until_refused(service: Service) -> None:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", service.port), timeout=5).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.05)
    pytest.fail("new connections are still taken")


def assert_ended(service: Service, *, within_s: float) -> None:
    """The process ends in good order, and another may listen where it did."""
    assert service.process.wait(timeout=within_s) == 0
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", service.port))
        listener.listen()
