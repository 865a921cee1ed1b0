"""Health, coverage, ready, versions: whether one may train on it, and on what."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response

from hueset.coverage.readiness import (
    deciding_records,
    read_dimensions,
    refuse_limits_alone,
    unreadable_readiness,
    version_readiness,
)
from hueset.documents.verdicts import Tone, Verdict
from hueset.errors import ParameterError, StoreError
from hueset.store.verify import document_faults
from hueset_api import badge, documents, models, recounts
from hueset_api.caching import CachedAnswer, as_json
from hueset_api.integrity import IntegrityState
from hueset_api.parameters import DatasetName, VersionQuery, leads_to, problem_responses
from hueset_api.problems import BrokenVersionError
from hueset_api.state import state_of

if TYPE_CHECKING:
    from hueset_api.state import ServiceState

router = APIRouter(prefix="/v1", tags=["health"])

BAD = problem_responses(404, 422, 503)
Dimensions = Annotated[
    str | None,
    Query(
        max_length=600,
        description="Names separated by commas: a dimension, `set:class`, a set of classes, or "
        "something a row has.",
        examples=["valence,arousal"],
    ),
]
Minimum = Annotated[
    int, Query(alias="min", ge=0, le=1_000_000_000, description="Examples each must have.")
]
Split = Annotated[
    str | None,
    Query(pattern=r"^[a-z]{1,32}$", description="Count the examples of this split only."),
]


FIRST = "name=/datasets/0/name"
NEWEST = "name=/dataset version=/versions/0/version"


@router.get(
    "/datasets",
    response_model=models.Datasets,
    responses={
        **problem_responses(),
        200: leads_to(dataset=FIRST, health=FIRST, versions=FIRST, rows=FIRST, statistics=FIRST),
    },
)
async def datasets(request: Request) -> Response:
    """List every dataset of the store with its verdict, rows, age and coverage counts."""
    state = state_of(request)

    def make() -> dict[str, Any]:
        names = state.library.datasets()
        told = [documents.dataset_line(state.library, state.receipts, state.pins, n) for n in names]
        missing = [name for name in state.pins.declared() if name not in names]
        return {"datasets": told, "not_built": missing}

    return await state.document(request, None, make)


@router.get(
    "/datasets/{name}", response_model=models.DatasetListing, responses=problem_responses(404, 422)
)
async def dataset(request: Request, name: DatasetName) -> Response:
    """Return a summary of one dataset, with links to everything else."""
    state = state_of(request)

    def make() -> dict[str, Any]:
        state.library.versions(name)
        return documents.dataset_line(state.library, state.receipts, state.pins, name)

    return await state.document(request, name, make)


@router.get(
    "/datasets/{name}/versions",
    response_model=models.Versions,
    responses={
        **BAD,
        200: leads_to(health=NEWEST, coverage=NEWEST, ready=NEWEST, rows=NEWEST, quarantine=NEWEST),
    },
)
async def versions(request: Request, name: DatasetName) -> Response:
    """List the versions of a dataset, newest first."""
    state = state_of(request)
    return await state.document(request, name, lambda: documents.version_list(state.library, name))


@router.get(
    "/datasets/{name}/health",
    response_model=models.Health | models.BrokenHealth,
    responses=problem_responses(404, 422),
)
async def health(request: Request, name: DatasetName, version: VersionQuery = None) -> Response:
    """Return verdict, coverage, gate findings, source freshness, quarantine rate and receipt."""
    state = state_of(request)
    return await state.document(request, name, lambda: health_document(state, name, version))


def health_document(state: ServiceState, name: str, version: str | None) -> dict[str, Any]:
    """Return the health of a version; of one that cannot be read, what is wrong with it."""
    try:
        found = state.open(name, version)
    except BrokenVersionError as error:
        return {
            "dataset": name,
            "version": None,
            "verdict": Verdict.ERROR,
            "reason": error.message,
            "hint": error.hint,
            "versions": state.library.versions(name),
            "links": documents.dataset_links(name, None),
        }
    return documents.health_document(found, state.store, state.receipts, state.pins)


@router.get(
    "/datasets/{name}/coverage",
    response_model=models.CoverageModel | models.GroupedCoverage,
    responses=problem_responses(400, 404, 422, 503, 504),
)
async def coverage(
    request: Request,
    name: DatasetName,
    version: VersionQuery = None,
    by: Annotated[
        str | None,
        Query(
            max_length=200,
            description="Count by these, separated by commas: "
            f"{', '.join(recounts.COLUMNS)}, or a column of classes.",
            examples=["dimension,split,source"],
        ),
    ] = None,
    filters: Annotated[
        list[str],
        Query(
            alias="filter",
            max_length=8,
            description="With `by`: only rows for which this holds, `column:operator:value` as for "
            "rows; a table without such a column is not counted.",
            examples=[["split:eq:train"]],
        ),
    ] = [],  # noqa: B006 - FastAPI copies it
    live: Annotated[
        bool,
        Query(description="Count the rows again; the answer is not cached."),
    ] = False,
) -> Response:
    """Return how many real labels each dimension has, how they spread, and their verdict.

    Without `by` and `live` this is the coverage computed at the build; with `live` it is counted
    again. With `by` each group is judged as a dimension is.
    """
    state = state_of(request)
    columns = list(dict.fromkeys(part.strip() for part in (by or "").split(",") if part.strip()))
    if filters and by is None:
        message = "filter without by would have no effect"
        raise ParameterError(message, hint="add by=dimension", value="filter")

    def whole() -> dict[str, Any]:
        one = state.open(name, version).version
        told = {"version": one.name, "sample": one.sample, "subset": one.subset}
        if not live:
            return {"dataset": one.dataset, **told, **one.coverage.to_json()}
        declared = state.pins.dataset(name)
        return {**told, **recounts.count_whole(state.database, one, declared)}

    def grouped() -> dict[str, Any]:
        one = state.open(name, version).version
        return recounts.count_groups(
            state.database, one, state.pins.dataset(name), columns or ["dimension"], filters
        )

    make = whole if by is None else grouped
    if live:
        answer = await state.database.run(lambda: as_json(make(), cache_control="no-store"))
        return Response(
            answer.body, media_type="application/json", headers={"Cache-Control": "no-store"}
        )
    return await state.document(request, name, make, queries=by is not None)


@router.get(
    "/datasets/{name}/ready",
    response_model=models.Ready,
    responses={
        **problem_responses(400, 404, 422),
        409: {"model": models.Ready, "description": "Not ready."},
    },
)
async def ready(
    request: Request,
    name: DatasetName,
    dimensions: Dimensions = None,
    minimum: Minimum = 0,
    split: Split = None,
    version: VersionQuery = None,
) -> Response:
    """Say whether a version is ready to train on: 200 if so, 409 with the reasons if not.

    `curl -fsS …/ready?dimensions=valence&min=5000 || exit 1` guards a training script.
    """
    state = state_of(request)

    async def make() -> CachedAnswer:
        told = await anyio.to_thread.run_sync(
            lambda: ready_document(state, name, dimensions, minimum, split, version)
        )
        return as_json(told, status=200 if told["ready"] else 409)

    return await state.cache.answer(request.scope, name, make)


@router.get(
    "/datasets/{name}/badge.svg",
    response_class=Response,
    responses={
        **problem_responses(400, 404, 422),
        200: {"content": {"image/svg+xml": {}}, "description": "An SVG."},
    },
)
async def badge_svg(
    request: Request,
    name: DatasetName,
    dimensions: Dimensions = None,
    minimum: Minimum = 0,
    split: Split = None,
    version: VersionQuery = None,
) -> Response:
    """Return a badge: the verdict, or with `dimensions` whether they are ready."""
    state = state_of(request)

    def drawn() -> CachedAnswer:
        if dimensions is not None or minimum or split:
            told = ready_document(state, name, dimensions, minimum, split, version)
            word = "ready" if told["ready"] else "not ready"
            tone = Tone.GOOD if told["ready"] else Tone.BAD
        else:
            word = health_document(state, name, version)["verdict"]
            tone = Verdict.parse(word).tone
        return CachedAnswer(badge.draw_badge(name, word, tone).encode(), "image/svg+xml")

    async def make() -> CachedAnswer:
        return await anyio.to_thread.run_sync(drawn)

    return await state.cache.answer(request.scope, name, make)


def ready_document(
    state: ServiceState,
    name: str,
    dimensions: str | None,
    minimum: int,
    split: str | None,
    version: str | None,
) -> dict[str, Any]:
    """Return the answer of `ready`; damage that is known here counts as a reason."""
    asked = read_dimensions(dimensions)
    refuse_limits_alone(asked, minimum, split)
    try:
        found = state.open(name, version)
    except BrokenVersionError as error:
        cause = error.__cause__ if isinstance(error.__cause__, StoreError) else error
        return unreadable_readiness(name, cause, state.store.root).to_json()
    try:
        records = deciding_records(state.store, found.version)
        seen = found.faults or document_faults(state.store, found.version)
    except StoreError as error:
        return unreadable_readiness(name, error, state.store.root).to_json()
    receipt = state.receipts.told(found.version)
    answer = version_readiness(
        found.version,
        asked,
        minimum=minimum,
        split=split,
        records=records,
        faults=seen or state.receipts.faults(found.version),
        allow_part=version is not None,
    )
    if receipt["state"] == IntegrityState.VERIFIED:
        answer = replace(answer, verified_at=receipt["checked_at"])
    return answer.to_json()
