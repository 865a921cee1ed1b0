"""Every route answers only a question of which every word is understood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from hueset_api.app import create_app
from hueset_api.query_guard import declared_parameters
from hueset_api.settings import ServiceSettings
from tests.support.handwritten_version import write_version

if TYPE_CHECKING:
    from collections.abc import Iterator

VALUES = {
    "name": "letters",
    "old": "latest",
    "new": "latest",
    "key": "a",
    "song": "01_01",
    "segment": "x",
}
"""Something that each part of a path may be; whether it is there, the guard does not ask."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    store = tmp_path_factory.mktemp("guard") / "store"
    write_version(store, "letters", {"letters": (["id"], pa.table({"id": ["a", "b"]}))})
    app = create_app(settings=ServiceSettings(store, access_log=False))
    with TestClient(app, base_url="http://localhost") as made:
        yield made


def routes(router: Any) -> Iterator[APIRoute]:
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from routes(route.original_router)
        else:
            pytest.fail(f"{route} is no route that the guard sees")


def test_every_route_refuses_what_it_does_not_know_and_what_is_given_twice(
    client: TestClient,
) -> None:
    walked = list(routes(client.app))
    assert len(walked) > 25
    for route in walked:
        path = route.path.replace("{key:path}", "{key}").format(**VALUES)
        known = declared_parameters(route.dependant)
        answer = client.get(f"{path}?nonsense=1")
        assert (answer.status_code, answer.json()["code"]) == (422, "E_PARAMETER"), path
        assert "unknown parameter 'nonsense'" in answer.json()["detail"]
        assert all(name in answer.json()["hint"] for name in known)
        for name, may_repeat in known.items():
            answer = client.get(f"{path}?{name}=latest&{name}=latest")
            refused = answer.status_code == 422 and "given 2 times" in answer.json()["detail"]
            assert refused is not may_repeat, (path, name, answer.text)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("dimension=pace&min=99999999", "did you mean 'dimensions'?"),
        ("dimensions=pace&dimensions=valence", "leave all but one dimensions= away"),
        ("dimensions=&min=5", "is a variable unset?"),
        ("dimensions=", "is a variable unset?"),
        ("dimensions=,", "is a variable unset?"),
        ("dimensions=%20%20&min=5", "is a variable unset?"),
        ("dimensions=pace,,valence", "is a variable unset?"),
        ("min=5", "min 5 has no effect without dimensions"),
        ("split=train", "split train has no effect without dimensions"),
        ("Dimensions=pace", "did you mean 'dimensions'?"),
        ("dimensions[]=pace", "did you mean 'dimensions'?"),
        ("dimensions=pace;min=5", "unknown"),
        ("99999", "unknown parameter '99999'"),
    ],
)
def test_what_the_guard_does_not_understand_is_never_a_yes(
    client: TestClient, query: str, said: str
) -> None:
    for route in ("ready", "badge.svg"):
        answer = client.get(f"/v1/datasets/letters/{route}?{query}")
        assert answer.status_code in {404, 422}, answer.text
        told = answer.json()
        assert said in f"{told['detail']} {told['hint']}"


def test_an_unknown_parameter_is_refused_of_what_is_kept_too(client: TestClient) -> None:
    assert client.get("/v1/datasets/letters/health").status_code == 200
    assert client.get("/v1/datasets/letters/health?verison=1.0.0").status_code == 422
    assert client.get("/v1/datasets/letters/health").status_code == 200


def test_a_service_whose_check_has_ended_is_not_ready(client: TestClient) -> None:
    assert client.get("/readyz").status_code == 200
    client.app.state.service.receipts.stop()  # type: ignore[attr-defined]
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "E_CHECKER")
    assert client.get("/healthz").status_code == 200
