"""The whole OpenAPI description, asked with made-up values: the answers are as described."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from tests.serving import serving

if TYPE_CHECKING:
    from pathlib import Path

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
QUIET = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
KNOWN = {
    "name": ["pets"], "version": ["latest", "1.0.0"], "old": ["latest"], "new": ["1.0.0"],
    "table": ["pets"], "dimensions": ["calm", "shiny"], "key": ["rex"],
}  # fmt: skip
"""Half of the questions are about what is there, so that more than errors is looked at."""


@pytest.fixture(scope="module")
def url(pets_store: Path) -> Any:
    with serving(pets_store, pets_store.parent) as service:
        yield service.url


def described() -> Any:
    from pathlib import Path

    return schemathesis.openapi.from_dict(create_app(Path("nowhere")).openapi())


schema = described()


@schema.parametrize()
@QUIET
def test_no_question_breaks_it_and_every_answer_is_as_described(case: Any, url: str) -> None:
    case.call_and_validate(base_url=url, checks=CHECKS)


@schema.parametrize()
@QUIET
def test_questions_about_what_is_there_are_answered_as_described(case: Any, url: str) -> None:
    for name, values in KNOWN.items():
        for place in (case.path_parameters, case.query):
            if place and name in place:
                place[name] = values[len(str(place[name])) % len(values)]
    case.call_and_validate(base_url=url, checks=CHECKS)


def test_walking_from_answer_to_answer_breaks_nothing(url: str) -> None:
    walk = schema.as_state_machine()

    class Walk(walk):  # type: ignore[misc, valid-type]
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"base_url": url}

        def validate_response(self, response: Any, case: Any, **more: Any) -> None:
            case.validate_response(response, checks=CHECKS)

    Walk.run(settings=settings(QUIET, max_examples=10, stateful_step_count=8))
