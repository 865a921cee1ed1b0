"""HTTP as it should be, and clients as they should not be."""

from __future__ import annotations

import concurrent.futures
import gzip
import socket
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.service_process import serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.service_process import Service

PETS = "/v1/datasets/pets"
EVERYTHING = [
    "/",
    "/api",
    "/datasets/pets",
    "/datasets/pets/rows",
    PETS,
    "/v1/datasets",
    "/openapi.json",
    f"{PETS}/health",
    f"{PETS}/coverage",
    f"{PETS}/ready",
    f"{PETS}/rows",
    f"{PETS}/statistics",
    f"{PETS}/quarantine",
    f"{PETS}/report",
    f"{PETS}/card",
    f"{PETS}/badge.svg",
    f"{PETS}/versions",
    f"{PETS}/diff/latest/latest",
    "/healthz",
    "/readyz",
    "/metrics",
    "/v1/datasets/nope/health",
    "/nothing/here",
    "/static/hueset.css",
]


@pytest.mark.parametrize("path", EVERYTHING)
def test_every_answer_carries_the_security_headers_and_its_request_id(
    service: Service, path: str
) -> None:
    answer = service.get(
        path, headers={"Origin": "http://elsewhere.example", "X-Request-Id": "a-1"}
    )
    csp = answer.headers["content-security-policy"]
    assert "default-src 'none'" in csp
    assert "unsafe" not in csp
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"] == "a-1"
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["server"] == "hueset", "and says no version, nor what it is made of"


@pytest.mark.parametrize("path", [p for p in EVERYTHING if p[:4] in {"/v1/", "/dat", "/"}])
def test_a_second_request_with_the_etag_gets_304_without_a_body(
    service: Service, path: str
) -> None:
    first = service.get(path)
    if first.status_code != 200:
        return
    etag = first.headers["etag"]
    assert etag.startswith('"')
    again = service.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag
    assert service.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_gzip_is_given_to_those_who_take_it_and_has_its_own_etag(service: Service) -> None:
    path = f"{PETS}/report"
    plain = service.get(path, headers={"Accept-Encoding": "identity"})
    with httpx.stream("GET", service.url + path, headers={"Accept-Encoding": "gzip"}) as packed:
        data = b"".join(packed.iter_raw())
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(data) == plain.content
    assert len(data) < len(plain.content) / 3
    assert packed.headers["etag"] != plain.headers["etag"]
    assert "accept-encoding" in plain.headers["vary"].lower()
    refused = service.get(path, headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


def test_head_is_get_without_the_body(service: Service) -> None:
    for path in (f"{PETS}/health", "/", f"{PETS}/rows"):
        head = httpx.head(service.url + path)
        whole = service.get(path)
        assert head.content == b""
        assert head.headers["etag"] == whole.headers["etag"]
        assert head.headers["content-length"] == whole.headers["content-length"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/datasets/nope/health", 404, "E_NOT_FOUND"),
        (f"{PETS}/health?version=9.9.9", 404, "E_NOT_FOUND"),
        (f"{PETS}/rows?limit=0", 422, "E_INVALID"),
        (f"{PETS}/rows?limit=1001", 422, "E_INVALID"),
        (f"{PETS}/rows?table=dogs", 404, "E_NOT_FOUND"),
        (f"{PETS}/rows?filter=calm:almost:1", 400, "E_USAGE"),
        (f"{PETS}/rows?filter=calm:gt:much", 400, "E_USAGE"),
        (f"{PETS}/media/rex", 404, "E_NOT_FOUND"),
        (f"{PETS}/croissant?version=nonsense!", 422, "E_INVALID"),
        ("/v1/nothing", 404, "E_HTTP_404"),
    ],
)
def test_every_error_is_a_problem_with_a_stable_code(
    service: Service, path: str, status: int, code: str
) -> None:
    answer = service.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["status"], told["code"]) == (status, code)
    assert told["detail"]


def test_a_person_gets_a_page_for_an_error(service: Service) -> None:
    answer = service.get("/datasets/nope", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "<!doctype html>" in answer.text
    assert "pets" in answer.text


def test_it_only_reads(service: Service) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = httpx.request(method, f"{service.url}{PETS}/health", json={"verdict": "pass"})
        assert answer.status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2f..%2fapp.py",
        "/static/%2e%2e/%2e%2e/pyproject.toml",
        "/v1/datasets/..%2f..%2fetc/health",
        "/v1/datasets/_records/health",
        "/datasets/..",
        "/v1/datasets/pets/health?version=..%2f..%2f",
        "/static//etc/passwd",
        "/v1/datasets/pets%00/health",
        "/v1/datasets/pets/media/..%2f..%2fmanifest.json",
        "//etc/passwd",
        "/v1/datasets/pets/health?version=1.0.0/../../x",
    ],
)
def test_a_path_that_climbs_finds_nothing(service: Service, path: str) -> None:
    answer = service.raw(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    )
    status = int(answer.split(b" ", 2)[1])
    assert status in {400, 404, 422}, answer[:300]
    assert b"root:" not in answer
    assert b"hatchling" not in answer


def test_headers_that_are_too_large_are_refused_and_the_next_client_is_served(
    service: Service,
) -> None:
    big = (
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: "
        + b"a" * 60_000
        + b"\r\nConnection: close\r\n\r\n"
    )
    assert b"431" in service.raw(big).split(b"\r\n")[0]
    long = service.get("/v1/datasets?x=" + "a" * 9_000)
    assert long.status_code == 414
    assert service.get("/healthz").status_code == 200


def test_nothing_a_client_sends_becomes_a_header_or_a_log_line_of_its_own(service: Service) -> None:
    answer = service.get(f"{PETS}/health", headers={"X-Request-Id": "a b\tc<script>"})
    assert answer.headers["x-request-id"] != "a b\tc<script>"
    service.get("/v1/datasets/%0d%0aSet-Cookie:%20a=b/health")
    raw = service.raw(
        b"GET /v1/%0d%0aX-Evil:1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    assert b"\r\nX-Evil" not in raw
    lines = service.lines()
    assert all(set(one) >= {"at", "method", "path", "status", "ms", "request_id"} for one in lines)


@pytest.mark.parametrize("name", ["%ff%fe", "%F0%9F%8E%B5", "%E2%80%AE", "a%2Fb", "%25s", "%00"])
def test_odd_encodings_are_answered_with_a_problem(service: Service, name: str) -> None:
    for path in (f"/v1/datasets/{name}/health", f"{PETS}/rows?find={name}", f"{PETS}/media/{name}"):
        answer = service.raw(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        assert int(answer.split(b" ", 2)[1]) < 500, answer[:300]


def test_slow_clients_hold_up_nobody(service: Service) -> None:
    slow = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(50)]
    for line in slow:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    assert service.get(f"{PETS}/health").status_code == 200
    for line in slow:
        line.close()


def test_the_token_closes_reads_and_leaves_the_probes_open(pets_store: Path) -> None:
    with serving(pets_store, pets_store.parent, HUESET_TOKEN="s3cret") as service:
        path = f"{PETS}/health"
        closed = service.get(path)
        assert closed.status_code == 401
        assert closed.json()["code"] == "E_UNAUTHORIZED"
        assert service.get(path, headers={"Authorization": "Bearer s3cre"}).status_code == 401
        assert service.get(path, headers={"Authorization": "Bearer s3cret"}).status_code == 200
        assert service.get(path).status_code == 401, "an answer that is kept is closed too"
        assert service.get("/", auth=("anybody", "s3cret")).status_code == 200
        assert service.get("/", headers={"Authorization": "Basic !!"}).status_code == 401
        assert service.get("/healthz").status_code == 200
        assert service.get("/readyz").status_code == 200
        assert service.get("/metrics").status_code == 401


def test_eight_threads_get_the_answers_one_would(service: Service) -> None:
    paths = [
        f"{PETS}/rows?filter=kind:eq:{kind}&offset={offset}&limit={limit}"
        for kind in ("cat", "dog")
        for offset in range(5)
        for limit in (1, 2, 3)
    ] + [f"{PETS}/coverage?by={by}&live=true" for by in ("dimension", "split", "source", "value")]
    alone = {path: service.json(path) for path in paths}
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(service.json, paths * 4))
    assert all(one == alone[path] for path, one in zip(paths * 4, found, strict=True))


def test_metrics_count_routes_by_their_declared_path(service: Service) -> None:
    service.get("/v1/datasets/not_there_at_all/health")
    text = service.get("/metrics").text
    assert 'route="/v1/datasets/{name}/health",status="404"' in text
    assert "not_there_at_all" not in text
    assert 'hueset_dataset_verdict{dataset="pets",verdict="warn"} 1' in text
    assert "hueset_request_seconds_bucket" in text
