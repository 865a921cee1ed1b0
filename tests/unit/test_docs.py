import importlib.util
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from hueset.declaration import TableDeclaration
from hueset.gate import load_suite
from hueset.gate.expectation_meanings import MEANINGS
from hueset.gate.expectation_types import KINDS
from hueset_api.app import create_app

REPO = Path(__file__).parents[2]


def made() -> object:
    spec = importlib.util.spec_from_file_location("make_docs", REPO / "tools" / "make_docs.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_on_declarations_is_what_the_models_say() -> None:
    assert (REPO / "docs/declaration.md").read_text() == made().declaration()


def test_the_page_on_errors_is_what_the_classes_say() -> None:
    assert (REPO / "docs/errors.md").read_text() == made().error_list()


def test_every_code_that_is_written_anywhere_is_explained() -> None:
    page = (REPO / "docs/errors.md").read_text()
    written = set()
    for folder in ("src", "api", "builders"):
        for path in (REPO / folder).rglob("*.py"):
            written |= set(re.findall(r"""["'](E_[A-Z_]+[A-Z0-9])["']""", path.read_text("utf-8")))
    assert len(written) > 40
    assert {code for code in written if f"| `{code}` |" not in page} == set()


@pytest.mark.parametrize(
    ("method", "address", "headers", "code"),
    [
        ("GET", "/nowhere", {}, "E_HTTP_404"),
        ("POST", "/healthz", {}, "E_HTTP_405"),
        ("GET", f"/v1/datasets?{'x' * 9_000}", {}, "E_HTTP_414"),
        ("GET", "/healthz", {"x": "x" * 20_000}, "E_HTTP_431"),
        ("GET", "/v1/datasets", {"host": "a b"}, "E_HOST"),
        ("GET", "/v1/datasets", {"host": "elsewhere.example"}, "E_HOST"),
        ("GET", "/v1/datasets/pets/rows?limit=x", {}, "E_INVALID"),
    ],
)
def test_what_the_service_refuses_is_explained(
    method: str, address: str, headers: dict[str, str], code: str, tmp_path: Path
) -> None:
    app = create_app(tmp_path)
    told = TestClient(app, base_url="http://localhost").request(method, address, headers=headers)
    assert told.json()["code"] == code
    page = (REPO / "docs/errors.md").read_text()
    status = 421 if code == "E_HOST" else told.status_code
    assert f"| `{code}` | {status} |" in page


def test_the_page_on_suites_is_what_the_kinds_say() -> None:
    page = made().suites()

    assert (REPO / "docs/suites.md").read_text() == page
    assert all(f"`{kind}`" in page for kind in KINDS)
    assert list(MEANINGS) == list(KINDS)
    assert "{" not in re.sub(r"`[^`]*`|```.*?```", "", page, flags=re.DOTALL)


def test_the_suite_on_the_page_is_one(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", (REPO / "docs/suites.md").read_text(), re.DOTALL)
    (tmp_path / "moods.yaml").write_text(text)
    columns = {"id": {"type": "string"}, "valence": {"type": "float64"}}
    declared = {"description": "Moods.", "key": ["id"], "columns": columns}
    dataset: Any = SimpleNamespace(tables={"moods": TableDeclaration.model_validate(declared)})

    suite = load_suite(dataset, tmp_path / "moods.yaml")

    assert suite.expectations[0].min_nonnull == 50


def test_every_key_of_a_declaration_is_explained() -> None:
    rows = [line for line in made().declaration().splitlines() if line.startswith("| `")]
    assert len(rows) > 50
    assert [row for row in rows if row.endswith("|  |")] == []
