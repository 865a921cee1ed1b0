"""What machines ask about the service itself: /healthz, /readyz, /metrics."""

from __future__ import annotations

import time
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, Request, Response

from hueset_api import documents, metrics, models
from hueset_api.addresses import service_link
from hueset_api.caching import CompleteResponse, as_json
from hueset_api.parameters import problem_responses
from hueset_api.problem_codes import ProblemCode
from hueset_api.problems import StoreGoneError, problem_response
from hueset_api.state import ServiceState, checker_lives, readable_versions, state_of

router = APIRouter(tags=["service"])


@router.get("/healthz", response_model=models.Alive)
async def healthz() -> dict[str, str]:
    """Confirm that the process is running."""
    return {"status": "ok"}


@router.get("/readyz", response_model=models.Serving, responses=problem_responses(503))
async def readyz(request: Request) -> Any:
    """Say whether the store can be read and its files are being checked."""
    state = state_of(request)
    state.require_store()
    names = await anyio.to_thread.run_sync(state.library.datasets)
    if names and not await anyio.to_thread.run_sync(readable_versions, state.library):
        return problem_response(
            503,
            f"none of the {len(names)} datasets of the store can be read",
            code=StoreGoneError.code,
            hint="GET /v1/datasets says of each why",
        )
    if not checker_lives(state.receipts):
        return problem_response(
            503,
            "the files of the store are not being checked any more",
            code=ProblemCode.CHECKER,
            hint="start the service again; its log says what ended the check",
        )
    return {"status": "ok" if names else "empty", "datasets": len(names)}


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    """Return the OpenAPI description of every route."""
    described = dict(request.app.openapi())
    if root := service_link(""):
        described["servers"] = [{"url": root}]
    return CompleteResponse(as_json(described))


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        **problem_responses(),
        200: {"content": {"text/plain": {}}, "description": "Prometheus text format."},
    },
)
async def metrics_(request: Request) -> Response:
    """Return counters for Prometheus."""
    state = state_of(request)
    text = await anyio.to_thread.run_sync(_text, state)
    return Response(text, media_type=metrics.MEDIA_TYPE, headers={"Cache-Control": "no-store"})


def _text(state: ServiceState) -> str:
    listed = [
        documents.dataset_line(state.library, state.receipts, state.pins, name)
        for name in state.library.datasets()
    ]
    versions = [found.version for found in readable_versions(state.library)]
    receipts = [
        ({"dataset": version.dataset}, receipt)
        for version in versions
        if (receipt := state.receipts.of(version)) is not None and receipt.found is not None
    ]
    states = [(version, state.receipts.told(version)["state"]) for version in versions]
    passed = state.receipts.last_pass_age_s
    return state.metrics.text(
        [
            (
                "hueset_dataset_verdict",
                "1 for the verdict that holds now.",
                [({"dataset": d["name"], "verdict": d["verdict"]}, 1.0) for d in listed],
            ),
            (
                "hueset_dataset_rows",
                "Rows of the version that is served.",
                [({"dataset": d["name"]}, float(d["rows"])) for d in listed if d["rows"]],
            ),
            (
                "hueset_receipt_checked_seconds",
                "When the files were hashed again.",
                [(labels, receipt.at) for labels, receipt in receipts],
            ),
            (
                "hueset_receipt_age_seconds",
                "Seconds since the files were hashed again.",
                [(labels, time.monotonic() - receipt.ended_s) for labels, receipt in receipts],
            ),
            (
                "hueset_receipt_state",
                "1 for what is known of the files now.",
                [({"dataset": version.dataset, "state": one}, 1.0) for version, one in states],
            ),
            (
                "hueset_checker_pass_age_seconds",
                "Seconds since every version was last looked through.",
                [({}, passed)] if passed is not None else [],
            ),
            (
                "hueset_checker_alive",
                "Whether the files are being checked.",
                [({}, float(checker_lives(state.receipts)))],
            ),
            ("hueset_cache_hits", "Answers taken from the cache.", [({}, state.cache.hits)]),
            ("hueset_cache_misses", "Answers made.", [({}, state.cache.misses)]),
            ("hueset_queries", "Queries of the parquet.", [({}, state.database.queries)]),
        ]
    )
