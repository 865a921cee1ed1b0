"""Examples for the OpenAPI description: real answers of the service, held against it by a test."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hueset_api.problems import MEDIA_TYPE

if TYPE_CHECKING:
    from fastapi import FastAPI

FILE = Path(__file__).parent / "examples.json"


@cache
def load_examples() -> dict[str, dict[str, Any]]:
    """Return per path `status → answer`."""
    told: dict[str, dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    return told


def install_examples(app: FastAPI) -> None:
    """Let the description of an application carry the examples, and say problems as they are."""
    described = app.openapi

    def with_examples() -> dict[str, Any]:
        if app.openapi_schema is None:
            paths = described()["paths"]
            for path in paths.values():
                for response in path["get"]["responses"].values():
                    _only_problem(response.get("content", {}))
            for path, by_status in load_examples().items():
                for status, answer in by_status.items():
                    (content,) = paths[path]["get"]["responses"][status]["content"].values()
                    content["example"] = answer
        return described()

    app.openapi = with_examples  # type: ignore[method-assign]


def _only_problem(content: dict[str, Any]) -> None:
    """Drop the plain JSON that FastAPI adds for a model beside the problem that is sent."""
    if MEDIA_TYPE in content:
        content.pop("application/json", None)
