"""Behind nginx, below a path of its own: every link leads somewhere, and who asked is known."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from tests.support.nginx_process import proxying
from tests.support.service_process import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.service_process import Service

ROOT = "/hueset"
LINK = re.compile(r'\b(?:href|src|action|data-ready)="([^"]*)"')
PETS = f"{ROOT}/v1/datasets/pets"
STARTS = (f"{ROOT}/", f"{ROOT}/v1/datasets", f"{PETS}/health", f"{PETS}/rows?limit=2")


@pytest.fixture(scope="module")
def service(pets_store: Path) -> Iterator[Service]:
    options = ("--root-path", f"{ROOT}/", "--forwarded-allow-ips", "127.0.0.1,::1")
    with serving(pets_store, pets_store.parent, *options) as running:
        running.url = running.url.removesuffix(ROOT)
        yield running


@pytest.fixture(scope="module")
def proxy(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with (
        proxying(service.port, tmp_path_factory.mktemp("nginx") / "nginx") as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        yield client


def test_every_link_of_page_and_documents_leads_somewhere_below_the_path(
    proxy: httpx.Client,
) -> None:
    waiting, seen = list(STARTS), set(STARTS)
    while waiting:
        path = waiting.pop()
        answer = proxy.get(path)
        assert answer.status_code == 200, (path, answer.text[:300])
        for target in links(answer):
            assert target.startswith(f"{ROOT}/"), f"{path} leads to {target}"
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    kinds = ("/static/", "/datasets/pets/rows", "/columns", "/diff/", "/openapi.json", "/badge.svg")
    assert all(any(kind in one for one in seen) for kind in kinds)
    assert len(seen) > 40


def links(answer: httpx.Response) -> list[str]:
    """Return the addresses of this service that an answer names, without their fragments."""
    if "json" in answer.headers["content-type"]:
        found = list(addresses(answer.json())) if "/openapi.json" not in str(answer.url) else []
    elif "html" in answer.headers["content-type"]:
        found = [unescape(one) for one in LINK.findall(answer.text)]
    else:
        return []
    split = [urlsplit(urljoin(str(answer.url), one)) for one in found]
    return [
        one.path + (f"?{one.query}" if one.query else "")
        for one in split
        if one.hostname in {"localhost", None} and one.scheme.startswith("http")
    ]


def addresses(told: Any) -> Iterator[str]:
    """Yield what links of a document lead to."""
    if isinstance(told, list):
        for one in told:
            yield from addresses(one)
    elif isinstance(told, dict):
        for name, one in told.items():
            if name == "links":
                yield from one.values()
            elif name in {"href", "next"} and isinstance(one, str):
                yield one
            else:
                yield from addresses(one)


def test_the_openapi_description_says_where_it_lies(proxy: httpx.Client) -> None:
    assert proxy.get(f"{ROOT}/openapi.json").json()["servers"] == [{"url": ROOT}]


def test_the_path_may_be_taken_away_by_the_proxy_or_left(service: Service) -> None:
    for path in ("/v1/datasets", "/healthz", "/datasets/pets", "/static/page.js", "/"):
        taken, left = service.get(path), service.get(f"{ROOT}{path}")
        assert (taken.status_code, left.status_code) == (200, 200)
        assert taken.content == left.content
    assert service.get(ROOT).status_code == 200
    assert service.get("/huesetv1/datasets").status_code == 404
    assert service.get(f"{ROOT}{ROOT}/healthz").status_code == 404


def test_the_page_tells_scripts_the_address_that_a_reader_sees(
    proxy: httpx.Client, service: Service
) -> None:
    page = proxy.get(f"{ROOT}/datasets/pets").text
    assert f"{proxy.base_url}".rstrip("/") + f"{PETS}/ready?dimensions=" in page
    secure = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1", "Host": "localhost"}
    page = service.get("/datasets/pets", headers=secure).text
    assert f"https://localhost{PETS}/ready?" in page


def test_who_asked_is_what_a_trusted_proxy_says_and_not_what_a_client_does(
    proxy: httpx.Client, service: Service
) -> None:
    service.get(
        "/healthz", headers={"X-Forwarded-For": "192.0.2.1, 127.0.0.1", "X-Request-Id": "a"}
    )
    proxy.get(f"{ROOT}/healthz", headers={"X-Forwarded-For": "192.0.2.9", "X-Request-Id": "b"})
    assert service.line("a")["client"] == "192.0.2.1"
    assert service.line("b")["client"] == "192.0.2.9"


def test_without_a_trusted_proxy_nobody_is_believed(pets_store: Path) -> None:
    with serving(pets_store, pets_store.parent) as service:
        forged = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}
        more = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil"}
        forged |= {"X-Request-Id": "forged"}
        page = service.get("/datasets/pets", headers={**forged, **more}).text
        assert f"{service.url}/v1/datasets/pets/ready" in page
        assert "evil" not in page
        assert service.line("forged")["client"] == "127.0.0.1"


def test_errors_pass_the_proxy_as_they_are(proxy: httpx.Client) -> None:
    answer = proxy.get(f"{PETS}/ready?dimension=calm")
    assert (answer.status_code, answer.json()["code"]) == (422, "E_PARAMETER")
    assert proxy.head(f"{PETS}/health").status_code == 200
    assert proxy.post(f"{PETS}/health", content=json.dumps("x" * 5_000)).status_code == 413
    page = proxy.get(f"{ROOT}/datasets/nope", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert f'href="{ROOT}/"' in page.text
