"""An error under a new code also has the former one, in documents and in the list of all codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hueset import errors
from hueset.errors import FORMER_CODES
from hueset.release.hub import errors as hub_errors
from hueset.render.terminal.output import say_error
from hueset_api.problem_codes import ProblemCode
from hueset_api.problems import problem_response

REPO = Path(__file__).parents[3]


@pytest.mark.parametrize(("code", "former"), FORMER_CODES.items())
def test_a_document_of_an_error_holds_both_codes(
    code: str, former: str, capsys: pytest.CaptureFixture[str]
) -> None:
    say_error(code, "nothing there", None, as_json=True)
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["code"] == code
    assert json.loads(out)["error"]["former_code"] == former
    assert err == f"error[{code}]: nothing there\n"
    problem = json.loads(bytes(problem_response(404, "nothing there", code=code).body))
    assert (problem["code"], problem["former_code"]) == (code, former)


def test_other_documents_of_errors_have_no_former_code(capsys: pytest.CaptureFixture[str]) -> None:
    say_error("E_STORE", "nothing there", None, as_json=True)
    assert "former_code" not in json.loads(capsys.readouterr().out)["error"]
    assert b"former_code" not in bytes(problem_response(503, "gone", code="E_STORE").body)


def test_no_error_has_a_former_code_and_the_list_says_what_it_became() -> None:
    def codes(kind: type[errors.HuesetError]) -> set[str]:
        return {kind.code}.union(*map(codes, kind.__subclasses__()))

    assert hub_errors.HubTokenError.code == "E_HUB_TOKEN"
    known = codes(errors.HuesetError) | {one.value for one in ProblemCode}
    assert known.issuperset(FORMER_CODES)
    assert known.isdisjoint(FORMER_CODES.values())
    listed = (REPO / "docs/errors.md").read_text(encoding="utf-8")
    for code, former in FORMER_CODES.items():
        assert any(
            line.startswith(f"| `{code}` |") and line.endswith(f"| `{former}` |")
            for line in listed.splitlines()
        )
