"""The parameters that several routes share."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query

from hueset.store.version import VERSION
from hueset_api.models import Problem

DatasetName = Annotated[
    str,
    Path(
        pattern=r"^[a-z][a-z0-9_]{0,63}$",
        description="The dataset.",
        examples=["moods"],
    ),
]
VersionPattern = r"^(latest|latest-subset|latest-sample|v?[0-9][0-9A-Za-z.+_ -]{0,79})$"
VersionQuery = Annotated[
    str | None,
    Query(
        pattern=VersionPattern,
        description="A version (`1.0.0`, `1.0.0+a351a555f5b4`); by default the latest. The `+` may "
        "stand as it is or encoded.",
    ),
]
VersionPath = Annotated[str, Path(pattern=VersionPattern, description="A version.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="Maximum number of rows.")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="Number of rows to skip.")]

_PROBLEM: dict[str, Any] = {
    "model": Problem,
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def full_version(text: str | None) -> bool:
    """Whether a version is named with the digest of its content, which never becomes another."""
    return text is not None and VERSION.fullmatch(text.replace(" ", "+")) is not None


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the problems a route may answer with, for the OpenAPI description."""
    words = {
        400: "The question cannot be understood.",
        401: "The token is missing or wrong.",
        404: "It does not exist; the hint names the nearest.",
        414: "The address is too long.",
        421: "The service does not answer to this name.",
        416: "The range lies beyond the end.",
        422: "A parameter is not valid.",
        503: "The store or the version is broken, or the service is too busy.",
        504: "The query took too long.",
    }
    return {
        status: {**_PROBLEM, "description": words[status]}
        for status in sorted({400, 401, 414, 421, 422, 503, *statuses})
    }


def leads_to(**places: str) -> dict[str, Any]:
    """Return OpenAPI links: from an answer to the operations that its values can be asked of.

    Parameters
    ----------
    places
        Operation → where in the answer the value of its parameter stands: `name=/datasets/0/name`.
    """
    made = {}
    for operation, written in places.items():
        pairs = (one.split("=", 1) for one in written.split())
        values = {parameter: f"$response.body#{place}" for parameter, place in pairs}
        made[operation] = {"operationId": operation, "parameters": values}
    return {"links": made}
