import importlib.util
from pathlib import Path

from hueset.gate.expectation_types import KINDS

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


def test_the_page_on_suites_is_what_the_kinds_say() -> None:
    page = made().suites()

    assert (REPO / "docs/suites.md").read_text() == page
    assert all(f"`{kind}`" in page for kind in KINDS)


def test_every_key_of_a_declaration_is_explained() -> None:
    rows = [line for line in made().declaration().splitlines() if line.startswith("| `")]
    assert len(rows) > 50
    assert [row for row in rows if row.endswith("|  |")] == []
