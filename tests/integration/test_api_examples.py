"""The examples of the OpenAPI description are what the service answers today.

After a wanted change: `HUESET_WRITE_EXAMPLES=1 pytest tests/integration/test_api_examples.py`.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from hueset_api.examples import FILE

if TYPE_CHECKING:
    from tests.support.service_process import Service

ASKED = {
    "/v1/datasets": [("/v1/datasets", 200)],
    "/v1/datasets/{name}/health": [("/v1/datasets/pets/health", 200)],
    "/v1/datasets/{name}/versions": [("/v1/datasets/pets/versions", 200)],
    "/v1/datasets/{name}/coverage": [("/v1/datasets/pets/coverage?by=dimension,split", 200)],
    "/v1/datasets/{name}/ready": [
        ("/v1/datasets/pets/ready?dimensions=calm&min=5", 200),
        ("/v1/datasets/pets/ready?dimensions=calm,shiny&min=5", 409),
        ("/v1/datasets/pets/ready?dimensions=clam", 404),
    ],
    "/v1/datasets/{name}/rows": [("/v1/datasets/pets/rows?filter=kind:eq:cat&limit=2", 200)],
    "/v1/datasets/{name}/statistics": [("/v1/datasets/pets/statistics", 200)],
    "/v1/datasets/{name}/quarantine": [("/v1/datasets/pets/quarantine", 200)],
    "/readyz": [("/readyz", 200)],
}
VARYING = {
    "built_at",
    "checked_at",
    "verified_at",
    "bytes",
    "digest",
    "version",
    "latest",
    "links",
    "next",
}
"""What differs from build to build; that it is there, and of the same type, is still compared."""


def test_the_examples_are_what_the_service_answers(service: Service) -> None:
    service.until("/v1/datasets/pets/health", lambda h: h["receipt"]["state"] == "verified")
    answers: dict[str, dict[str, Any]] = {}
    for path, asked in ASKED.items():
        for address, status in asked:
            answer = service.get(address)
            assert answer.status_code == status, address
            answers.setdefault(path, {})[str(status)] = answer.json()
    if os.environ.get("HUESET_WRITE_EXAMPLES"):
        FILE.write_text(json.dumps(answers, indent=1, ensure_ascii=False) + "\n")
    known = json.loads(FILE.read_text())
    assert steady(known) == steady(answers)


def test_the_description_carries_them(service: Service) -> None:
    described = service.json("/openapi.json")["paths"]
    ready = described["/v1/datasets/{name}/ready"]["get"]["responses"]
    assert ready["200"]["content"]["application/json"]["example"]["ready"] is True
    assert ready["409"]["content"]["application/json"]["example"]["reasons"]


def steady(value: Any, key: str = "") -> Any:
    """Return an answer with what varies replaced by its type."""
    if key in VARYING and not isinstance(value, list | dict | bool):
        return type(value).__name__
    if key in VARYING and isinstance(value, dict):
        return sorted(value)
    if isinstance(value, dict):
        return {name: steady(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [steady(one) for one in value]
    return value
