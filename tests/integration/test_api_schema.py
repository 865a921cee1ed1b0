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

from hueset_api.app import create_app

if TYPE_CHECKING:
    from tests.support.service_process import Service

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
LONG = settings(QUIET, max_examples=300)
KNOWN = {
    "name": ["pets"],
    "version": ["latest", "1.0.0"],
    "old": ["latest"],
    "new": ["1.0.0"],
    "table": ["pets"],
    "dimensions": ["calm", "shiny"],
    "key": ["rex"],
}
"""Half of the questions are about what is there, so that more than errors is looked at."""


@pytest.fixture(scope="session")
def url(service: Service) -> str:
    return service.url


def described() -> Any:
    from pathlib import Path

    return schemathesis.openapi.from_dict(create_app(Path("nowhere")).openapi())


schema = described()


def ask(case: Any, url: str, *, of_what_is_there: bool) -> None:
    if of_what_is_there:
        for name, values in KNOWN.items():
            for place in (case.path_parameters, case.query):
                if place and name in place:
                    place[name] = values[len(str(place[name])) % len(values)]
    case.call_and_validate(base_url=url, checks=CHECKS)


def walk(url: str, *, walks: int, steps: int) -> None:
    """Follow the links of the description from answer to answer."""

    class Walk(schema.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"base_url": url}

        def validate_response(self, response: Any, case: Any, **more: Any) -> None:
            case.validate_response(response, checks=CHECKS)

    Walk.run(settings=settings(QUIET, max_examples=walks, stateful_step_count=steps))


@schema.parametrize()
@QUIET
def test_no_question_breaks_it_and_every_answer_is_as_described(case: Any, url: str) -> None:
    ask(case, url, of_what_is_there=False)


@schema.parametrize()
@QUIET
def test_questions_about_what_is_there_are_answered_as_described(case: Any, url: str) -> None:
    ask(case, url, of_what_is_there=True)


def test_walking_from_answer_to_answer_breaks_nothing(url: str) -> None:
    walk(url, walks=10, steps=8)


@pytest.mark.full
@pytest.mark.parametrize("of_what_is_there", [False, True])
@schema.parametrize()
@LONG
def test_hundreds_of_questions_break_nothing(case: Any, url: str, of_what_is_there: bool) -> None:
    ask(case, url, of_what_is_there=of_what_is_there)


@pytest.mark.full
def test_a_hundred_long_walks_break_nothing(url: str) -> None:
    walk(url, walks=100, steps=25)
