"""A question is answered only when every word of it is understood.

`?dimension=pace` where `dimensions` is meant would otherwise be answered as if nothing had been
asked: a guard must not take that as a yes. It is a dependency of the whole application, so that it
holds for every route; a test walks them all.
"""

from __future__ import annotations

import typing
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from fastapi import Request  # noqa: TC002 - FastAPI reads the annotation

from hueset.errors import ParameterError

if TYPE_CHECKING:
    from fastapi.dependencies.models import Dependant


async def refuse_what_is_not_understood(request: Request) -> None:
    """Refuse a query parameter that the route does not declare, or that is given twice.

    Raises
    ------
    ParameterError
        There is one; the message names it, the hint the known ones and the nearest.
    """
    query: bytes = request.scope["query_string"]
    if not query:
        return
    known = declared_parameters(request.scope["route"].dependant)
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    for name, times in Counter(name for name, _ in pairs).items():
        if name not in known:
            raise ParameterError.unknown("parameter", name, known)
        if times > 1 and not known[name]:
            message = f"the parameter {name!r} is given {times} times, and only one can be meant"
            raise ParameterError(message, hint=f"leave all but one {name}= away", value=name)


def declared_parameters(dependant: Dependant) -> dict[str, bool]:
    """Return the query parameters a route declares, and whether each repeatable."""
    known = {field.alias: _is_list(field.field_info.annotation) for field in dependant.query_params}
    for inner in dependant.dependencies:
        known |= declared_parameters(inner)
    return known


def _is_list(annotation: Any) -> bool:
    """Whether a type is a list, or one of several that are."""
    if typing.get_origin(annotation) in {list, tuple, set}:
        return True
    return any(_is_list(one) for one in typing.get_args(annotation))
