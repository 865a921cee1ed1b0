"""Every error as `application/problem+json` (RFC 9457): what is wrong, and the next step."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from hueset.errors import (
    FORMER_CODES,
    HuesetError,
    ParameterError,
    StoreError,
    UnknownNameError,
    UsageError,
)
from hueset_api.problem_codes import ProblemCode, code_of_status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fastapi import FastAPI, Request

MEDIA_TYPE = "application/problem+json"


class BrokenVersionError(StoreError):
    """A version of the store cannot be read: a file is missing or is not what it should be."""

    code = "E_BROKEN_VERSION"


class StoreGoneError(StoreError):
    """The store is not there, or cannot be listed, or none of its datasets can be read."""

    code = "E_STORE"


class TooSlowError(HuesetError, TimeoutError):
    """A query took longer than the service allows."""

    code = "E_TOO_SLOW"


class UnsatisfiableRangeError(UsageError):
    """A `Range` header asks for bytes beyond the end."""

    code = "E_RANGE"


STATUS: tuple[tuple[type[HuesetError], int], ...] = (
    (UnknownNameError, 404),
    (ParameterError, 422),
    (UnsatisfiableRangeError, 416),
    (UsageError, 400),
    (StoreError, 503),
    (TooSlowError, 504),
)
"""What an error is answered with; the first that fits. Any other is a 500."""


def status_of(kind: type[HuesetError]) -> int:
    """Return the status that an error of a class is answered with."""
    return next((status for known, status in STATUS if issubclass(kind, known)), 500)


def problem_response(
    status: int,
    detail: str,
    *,
    code: str | None = None,
    hint: str | None = None,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> Response:
    """Return one problem as a response."""
    word = str(code or code_of_status(status))
    body = {
        "type": f"/problems/{word.lower()}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": word,
        **({"former_code": FORMER_CODES[word]} if word in FORMER_CODES else {}),
        "detail": detail,
        "hint": hint,
        **more,
    }
    text = json.dumps(body, ensure_ascii=False, allow_nan=False)
    # Bytes that are no text can come in with a path; they must not go out as a broken answer.
    content = text.encode("utf-8", "backslashreplace")
    return Response(content, status, {"Cache-Control": "no-store", **(headers or {})}, MEDIA_TYPE)


def problem_for_error(error: HuesetError, root: Path) -> Response:
    """Return an error of ours; the place of the store on this machine is not part of it."""
    status = status_of(type(error))
    where = str(root)
    hint = error.hint.replace(where, "the store") if error.hint else None
    return problem_response(
        status, error.message.replace(where, "the store"), code=error.code, hint=hint
    )


def install_problems(app: FastAPI, root: Path, shown: Callable[[Response], Response]) -> None:
    """Let an application answer every error as a problem.

    Parameters
    ----------
    app
        The application.
    root
        The place of the store, which no message tells.
    shown
        Turns a problem into a page, for people who look at pages.
    """

    async def ours(request: Request, error: HuesetError) -> Response:
        return page_or_problem(request, problem_for_error(error, root))

    async def http(request: Request, error: HTTPException) -> Response:
        hint = "GET /openapi.json lists every address" if error.status_code == 404 else None
        made = problem_response(
            error.status_code, str(error.detail), hint=hint, headers=dict(error.headers or {})
        )
        return page_or_problem(request, made)

    def page_or_problem(request: Request, made: Response) -> Response:
        wants = request.headers.get("accept", "")
        for_machines = request.url.path.startswith("/v1/") or "text/html" not in wants
        return made if for_machines else shown(made)

    async def invalid(request: Request, error: RequestValidationError) -> Response:
        faults = [
            {
                "where": ".".join(str(part) for part in one["loc"]),
                "message": one["msg"],
            }
            for one in error.errors()
        ]
        detail = "; ".join(f"{one['where']}: {one['message']}" for one in faults)
        return page_or_problem(
            request,
            problem_response(422, detail, code=ProblemCode.INVALID, hint=None, faults=faults),
        )

    app.add_exception_handler(HuesetError, ours)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, http)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, invalid)  # type: ignore[arg-type]
