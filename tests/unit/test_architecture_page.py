"""docs/architecture.md and the README speak of what is there: packages, files, words, verdicts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hueset.documents.verdicts import CoverageVerdict, GateVerdict
from tests.unit.test_rooms import FLOORS, PACKAGES

REPO = Path(__file__).parents[2]
PAGE = (REPO / "docs/architecture.md").read_text(encoding="utf-8")
README = (REPO / "README.md").read_text(encoding="utf-8")


def section(page: str, title: str) -> str:
    """Return what stands under a heading of the second level."""
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """Return the cells of a table, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_package_has_its_place_in_the_house() -> None:
    named = set(re.findall(r"`(hueset[\w.]*)`", section(PAGE, "The house")))
    packages = {
        f"hueset.{path.name}"
        for path in (REPO / "src/hueset").iterdir()
        if path.is_dir() and (path / "__init__.py").is_file()
    }
    assert packages | set(PACKAGES) <= named
    known = {f"hueset.{room}" for floor in FLOORS for room in floor} | set(PACKAGES)
    assert named <= known


def test_a_word_of_the_glossary_is_explained_once_and_its_file_exists() -> None:
    glossary = rows(section(PAGE, "Words"))
    words = [word for word, _, _ in glossary]
    assert len(words) > 20
    assert len(set(words)) == len(words)
    for word, meaning, place in glossary:
        assert meaning, word
        assert (REPO / "src/hueset" / place.strip("`")).exists(), (word, place)


@pytest.mark.parametrize("enum", [CoverageVerdict, GateVerdict])
def test_the_glossary_names_every_verdict(enum: type[CoverageVerdict | GateVerdict]) -> None:
    word = {CoverageVerdict: "coverage verdict", GateVerdict: "gate verdict"}[enum]
    meaning = {one: text for one, text, _ in rows(section(PAGE, "Words"))}[word]
    assert re.findall(r"`(\w+)`", meaning) == list(enum)


def test_the_readme_explains_the_six_coverage_verdicts() -> None:
    table = section(README, "How it works").partition("| verdict |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(CoverageVerdict)


@pytest.mark.parametrize("page", sorted([*REPO.glob("*.md"), *REPO.glob("docs/*.md")]), ids=str)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        if anchor and there.suffix == ".md":
            assert anchor in _anchors(there.read_text(encoding="utf-8")), target


def _anchors(text: str) -> set[str]:
    """Return the anchors that a forge makes of a page's headings."""
    return {
        re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", title.lower())).replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }
