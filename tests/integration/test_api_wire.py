"""The service on the wire: what no well-behaved client sends, over sockets to a real server."""

from __future__ import annotations

import json
import os
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from hueset.cli.app import app
from tests.support.handwritten_version import write_version
from tests.support.in_process_build import command
from tests.support.service_process import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.service_process import Service

LETTERS = "/v1/datasets/letters"
HEALTH = f"{LETTERS}/health"
LARGE = f"{LETTERS}/rows?limit=1000"
"""20 MB: more than the buffers of two sockets hold."""

FLOOD_BYTES = 40_000_000
BOUND_MB = 60
"""So much more memory a service may take under an attack; it was 2,000 MB once."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("wire") / "store"
    letters = {"id": [f"{at:04d}" for at in range(1_000)], "text": ["a" * 20_000] * 1_000}
    columns = pa.table({**letters, "n": np.arange(1_000), "midi": [b"MThd0123456789"] * 1_000})
    types = {"n": "int64", "midi": "binary"}
    write_version(root, "letters", {"letters": (["id"], columns)}, types=types)
    return root


@pytest.fixture(scope="module")
def letters(store: Path) -> Iterator[Service]:
    with serving(store, store.parent) as service:
        assert service.get(HEALTH).status_code == 200
        yield service


def get(path: str, *headers: str, method: str = "GET") -> bytes:
    lines = (f"{method} {path} HTTP/1.1", "Host: localhost", *headers)
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def statuses(answer: bytes) -> list[int]:
    return [int(one) for one in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def memory_mb(service: Service) -> float:
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found[1]) / 1000


def test_head_is_a_whole_answer_after_which_the_connection_goes_on(letters: Service) -> None:
    asked = [HEALTH, LARGE, "/", "/nothing", "/healthz", f"{LETTERS}/media/0001"]
    requests = b"".join(get(path, method="HEAD") for path in asked)
    answer = letters.raw(requests + get("/healthz", "Connection: close"))
    assert statuses(answer) == [200, 200, 200, 404, 200, 200, 200]
    assert answer.count(b"{") == 1, "one body, and that is the last one's"
    assert answer.endswith(b'{"status":"ok"}')
    log = letters.log.read_text()
    assert "Traceback" not in log
    assert [one["status"] for one in letters.lines() if one["method"] == "HEAD"] == [
        *[200] * 3,
        404,
        200,
        200,
    ]


def test_pipelined_requests_are_answered_in_their_order_after_errors_too(letters: Service) -> None:
    paths = ["/nothing", HEALTH, f"{HEALTH}?x=1", f"{LETTERS}/rows?limit=0", "/healthz"]
    asked = [get(path) for path in paths] + [get("/healthz", "Connection: close")]
    assert statuses(letters.raw(b"".join(asked))) == [404, 200, 422, 422, 200, 200]


def test_a_body_is_not_read_and_never_taken_for_a_request(letters: Service) -> None:
    inner = get("/v1/datasets/smuggled")
    answer = letters.raw(
        get(HEALTH, f"Content-Length: {len(inner)}", "Connection: close", method="POST") + inner
    )
    assert statuses(answer) == [405]
    both = get(HEALTH, "Content-Length: 4", "Transfer-Encoding: chunked") + b"0\r\n\r\n" + inner
    assert all(status in {200, 400} for status in statuses(letters.raw(both))[:1])
    twice = letters.raw(get(HEALTH, "Content-Length: 1", "Content-Length: 2") + b"ab")
    assert statuses(twice) == [400]


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"A: " + b"b" * 8_000 + b"\r\n"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"a: b\r\n" * 1_000),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"a" * 8_000),
        (b"GET /", b"a" * 8_000),
        (b"GE", b"T" * 8_000),
        (
            b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1;" + b"e" * 8_000,
        ),
    ],
    ids=["headers", "tiny headers", "one header", "address", "method", "chunk extension"],
)
def test_what_never_ends_is_cut_off_and_takes_no_memory(
    letters: Service, begin: bytes, piece: bytes
) -> None:
    before, sent = memory_mb(letters), 0
    with socket.create_connection(("127.0.0.1", letters.port), timeout=20) as line:
        try:
            line.sendall(begin)
            while sent < FLOOD_BYTES:
                line.sendall(piece)
                sent += len(piece)
        except (ConnectionError, TimeoutError):
            pass
    assert sent < FLOOD_BYTES, "it read on and on"
    assert memory_mb(letters) < before + BOUND_MB
    assert letters.get("/healthz").status_code == 200


def test_who_sends_nothing_or_only_a_beginning_is_cut_off(letters: Service) -> None:
    begun = [b"", b"G", get(HEALTH)[:-2], get(HEALTH, "X-Slow: a")[:-3], get("/healthz")]
    lines = [socket.create_connection(("127.0.0.1", letters.port), timeout=40) for _ in begun]
    for line, data in zip(lines, begun, strict=True):
        line.sendall(data)
    ends = [b"".join(iter(lambda line=line: line.recv(65_536), b"")) for line in lines]
    assert [statuses(end) for end in ends[:-1]] == [[]] * 4 or all(
        set(statuses(end)) <= {408} for end in ends[:-1]
    )
    assert statuses(ends[-1]) == [200], "an answered connection that stays silent ends too"
    for line in lines:
        line.close()


def test_those_who_do_not_read_hold_no_answers_in_memory(letters: Service) -> None:
    before, lines = memory_mb(letters), []
    try:
        for _ in range(40):
            line = socket.socket()
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            line.settimeout(30)
            line.connect(("127.0.0.1", letters.port))
            line.sendall(get(LARGE))
            lines.append(line)
        begun = [line.recv(12, socket.MSG_PEEK) for line in lines]
        refused = sum(b" 503" in one for one in begun)
        assert 0 < refused < 40, "so many find room, and the others hear that there is none"
        assert memory_mb(letters) < before + 256 + 3 * BOUND_MB
        assert letters.get(HEALTH).status_code == 200
    finally:
        for line in lines:
            line.close()


def test_five_hundred_clients_at_once_are_all_answered(letters: Service) -> None:
    before = memory_mb(letters)
    lines = [socket.create_connection(("127.0.0.1", letters.port), timeout=60) for _ in range(500)]
    try:
        for at, line in enumerate(lines):
            line.sendall(get((HEALTH, f"{LETTERS}/rows?limit=1&offset={at}")[at % 2]))
        assert all(line.recv(12) == b"HTTP/1.1 200" for line in lines)
    finally:
        for line in lines:
            line.close()
    assert memory_mb(letters) < before + 3 * BOUND_MB


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET /healthz HTTP/1.1", 400),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b", 400),
        ("GET /healthz HTTP/1.1\r\nHost: a b", 400),
        ("GET /healthz HTTP/1.1\r\nHost: any.name", 200),
        ("GET /v1/datasets HTTP/1.0", 200),
        ("GET /v1/datasets HTTP/1.1\r\nHost: LOCALHOST:1", 200),
        ("GET /v1/datasets HTTP/1.1\r\nHost: [::1]:8321", 200),
        ("GET /v1/datasets HTTP/1.1\r\nHost: evil.example", 421),
        ("GET /v1/datasets HTTP/1.1\r\nHost: evil.example:8321", 421),
        ("GET http://evil.example/v1/datasets HTTP/1.1\r\nHost: evil.example", 421),
        ("GET /static/hueset.css HTTP/1.1\r\nHost: evil.example", 421),
    ],
)
def test_a_request_names_one_host_that_the_service_answers_to(
    letters: Service, head: str, status: int
) -> None:
    answer = letters.raw(f"{head}\r\nConnection: close\r\n\r\n".encode())
    assert int(answer.split(b" ", 2)[1]) == status, answer[:200]
    if status == 421:
        assert b"--allow-host" in answer


@pytest.mark.parametrize(
    ("asked", "status", "length"),
    [
        (f"bytes={'9' * 5_000}-", 416, 0),
        (f"bytes=5-{'9' * 5_000}", 206, 9),
        (f"bytes=-{'9' * 5_000}", 206, 14),
        (f"bytes={'0' * 5_000}4-5", 206, 2),
        ("bytes=-0", 416, 0),
        ("bytes=٤-", 200, 14),
        ("bytes=0-0,2-3", 200, 14),
    ],
)
def test_a_range_of_any_number_of_digits_is_read(
    letters: Service, asked: str, status: int, length: int
) -> None:
    path = f"{LETTERS}/media/0001?column=midi"
    answer = letters.get(path, headers={"Range": asked.encode()})
    assert answer.status_code == status
    assert status == 416 or len(answer.content) == length


@pytest.mark.parametrize("operator", ["eq", "ge", "ne"])
@pytest.mark.parametrize("number", ["9" * 5_000, "9" * 39, f"-{'9' * 30}", str(2**64)])
def test_an_integer_that_no_column_holds_is_invalid(
    letters: Service, operator: str, number: str
) -> None:
    answer = letters.get(f"{LETTERS}/rows?filter=n:{operator}:{number}&limit=1")
    assert (answer.status_code, answer.json()["code"]) == (422, "E_PARAMETER")
    assert len(answer.content) < 1_000
    assert letters.get(f"{LETTERS}/rows?filter=n:eq:{2**63 - 1}&limit=1").json()["total"] == 0


@pytest.mark.parametrize("query", ["limit", "offset"])
@pytest.mark.parametrize("number", ["9" * 5_000, "-1", "1e3", "1.5", "", "0x10", "NaN"])
def test_a_page_of_no_sensible_size_is_invalid(letters: Service, query: str, number: str) -> None:
    assert letters.get(f"{LETTERS}/rows?{query}={number}").status_code == 422


def test_an_answer_that_is_known_is_not_sent_again_however_that_is_written(
    letters: Service,
) -> None:
    for path in (HEALTH, f"{LETTERS}/media/0001?column=midi"):
        etag = letters.get(path).headers["etag"]
        for known in (etag, f"W/{etag}", f'"a", W/"b",{etag}', "*", f'"a",\t{etag} ,"c"'):
            answer = letters.get(path, headers={"If-None-Match": known})
            assert (answer.status_code, answer.content) == (304, b""), known
        two = [("If-None-Match", '"a"'), ("If-None-Match", etag)]
        assert httpx.get(letters.url + path, headers=two).status_code == 304
        for other in ('"a"', f"{etag}x", etag.strip('"'), ""):
            assert letters.get(path, headers={"If-None-Match": other}).status_code == 200, other


@pytest.mark.parametrize(
    ("version", "kept"),
    [
        ("", "no-cache"),
        ("&version=latest", "no-cache"),
        ("&version=1.0.0", "no-cache"),
        ("&version=1.0.0%2Bhandmade", "public, max-age=31536000, immutable"),
    ],
)
def test_only_what_can_never_be_other_bytes_is_immutable(
    letters: Service, version: str, kept: str
) -> None:
    answer = letters.get(f"{LETTERS}/media/0001?column=midi{version}")
    assert answer.headers["cache-control"] == kept


def test_names_that_were_allowed_are_answered_and_what_a_token_opens_is_private(
    store: Path,
) -> None:
    names = ("--allow-host", "data.example.org", "--allow-host", "*.lab.example.org")
    with serving(store, store.parent, "--token", "s3cret", *names) as service:
        service.client.headers["Authorization"] = "Bearer s3cret"
        for path in (
            HEALTH,
            "/",
            f"{LETTERS}/rows",
            f"{LETTERS}/media/0001?version=1.0.0%2Bhandmade",
            "/static/hueset.css",
            "/openapi.json",
            f"{LETTERS}/badge.svg",
        ):
            kept = service.get(path).headers["cache-control"]
            assert "private" in kept, path
            assert "public" not in kept, path
        for host, status in [("data.example.org", 200), ("a.lab.example.org", 200), ("x.y", 421)]:
            assert service.get("/v1/datasets", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    "value",
    [
        "x' OR '1'='1",
        "'; DROP TABLE letters; --",
        '" UNION SELECT 1 --',
        "\x00",
        "🎵",
        "%27%20OR",
        "\\",
    ],
)
def test_what_a_filter_holds_is_a_value_and_never_sql(letters: Service, value: str) -> None:
    for query in (
        {"filter": f"id:eq:{value}"},
        {"find": value},
        {"filter": f"id:contains:{value}"},
    ):
        answer = letters.get(f"{LETTERS}/rows", params={**query, "limit": "1"})
        assert answer.status_code in {200, 400}, answer.text
        assert answer.status_code == 400 or answer.json()["total"] == 0
    bad = {"columns": "id,(SELECT 1)", "filter": f'n" {value}:eq:1', "table": "letters; --"}
    for name, text in bad.items():
        answer = letters.get(f"{LETTERS}/rows", params={name: text})
        assert answer.status_code in {400, 404, 422}, answer.text
    assert letters.json(f"{LETTERS}/rows?limit=1")["total"] == 1_000


def test_a_log_that_is_full_costs_no_answer(store: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    with serving(store, store.parent, log_to=Path("/dev/full")) as service:
        assert [service.get(HEALTH).status_code for _ in range(5)] == [200] * 5
        lost = re.search(r"hueset_log_lines_lost (\d+)", service.get("/metrics").text)
        assert lost
        assert int(lost[1]) >= 5
    assert service.process.returncode == 0


def test_a_port_in_use_is_said_with_the_next_step(store: Path, letters: Service) -> None:
    done = command("serve", "--out", str(store), "--port", str(letters.port), cwd=store.parent)
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1 port {letters.port}: Address already in use" in done.stderr
    assert "give another --port, or 0 for a free one" in done.stderr


@pytest.mark.parametrize(
    ("options", "environment", "said"),
    [
        (["--token", ""], {}, "'--token': it is empty"),
        (["--token", "  "], {}, "'--token': it is empty"),
        ([], {"HUESET_TOKEN": ""}, "HUESET_TOKEN is empty"),
        (["--allow-host", ""], {}, "'--allow-host': it is empty"),
        (["--forwarded-allow-ips", ""], {}, "'--forwarded-allow-ips': it is empty"),
        (["--allow-host", "/"], {}, "no name of a host"),
        (["--forwarded-allow-ips", "x"], {}, "neither an address nor a network"),
        (["--root-path", "x"], {}, "is no path"),
        (["--host", "203.0.113.1"], {}, "cannot listen on 203.0.113.1"),
    ],
)
def test_a_start_that_is_not_understood_is_refused(
    store: Path,
    options: list[str],
    environment: dict[str, str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(app, ["serve", "--out", str(store), *options])
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())


def test_a_person_is_warned_of_an_open_service_and_of_a_store_that_is_not_there(
    tmp_path: Path,
) -> None:
    with serving(tmp_path / "none", tmp_path, "--host", "0.0.0.0") as service:
        assert service.get("/readyz").status_code == 503
    assert service.process.returncode == 0
    assert "everybody who reaches this address can read it" in service.words
    assert "there is no store yet" in service.words


def test_the_log_has_a_line_for_each_answer(letters: Service) -> None:
    letters.get("/v1/datasets?%0d%0aX-Evil:1=2")
    lines = letters.lines()
    assert all(json.dumps(one) for one in lines)
    assert os.linesep + "X-Evil" not in letters.log.read_text()
