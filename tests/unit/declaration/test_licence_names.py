"""A licence that is declared is one: a slip is an error, a sentence is taken as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from hueset.declaration.licence_names import check_licence
from hueset.declaration.project import find_project
from hueset.errors import DeclarationError
from tests.support.in_process_build import plan_pets


@pytest.mark.parametrize(
    "text",
    [
        "CC-BY-4.0",
        "cc-by-4.0",
        "CC0",
        "MIT AND CC0-1.0",
        "GPL-2.0-or-later OR MIT",
        "LicenseRef-Our-Terms",
        "unstated",
        "mixed, see the sources",
        "public domain",
        "public domain poems; the collection asks that its licence be kept",
        "as the texts that were rated",
    ],
)
def test_a_licence_is_taken_as_it_is(text: str) -> None:
    assert check_licence(text) == text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("banana", None),
        ("CC BY 4.0", "CC-BY-4.0"),
        ("CC-BY-4", "CC-BY-4.0"),
        ("cc_by_sa_4.0", "CC-BY-SA-4.0"),
        ("Apache 2.0", "Apache-2.0"),
        ("MIT AND banana", None),
        ("MPL2.0", "MPL-2.0"),
    ],
)
def test_a_slip_is_an_error_with_the_nearest_name(text: str, meant: str | None) -> None:
    with pytest.raises(DeclarationError, match="no licence that SPDX knows") as caught:
        check_licence(text)
    assert ("did you mean" in str(caught.value.hint)) == bool(meant)
    assert (meant or "LicenseRef-") in str(caught.value.hint)


@pytest.mark.parametrize("text", ['""', '" "', "banana"])
@pytest.mark.parametrize("line", ["licence: CC0-1.0\nparameters", "    licence: CC0-1.0\n"])
def test_a_declaration_without_a_real_licence_is_refused_with_its_line(
    pets: Path, text: str, line: str
) -> None:
    path = pets / "datasets/pets/dataset.yaml"
    path.write_text(path.read_text().replace(line, line.replace("CC0-1.0", text), 1))
    with pytest.raises(DeclarationError, match=r"dataset\.yaml:(7|13): .*licence: ") as caught:
        plan_pets(pets)
    assert caught.value.hint


def test_what_this_project_declares_is_taken() -> None:
    project = find_project(Path(__file__).parents[3])
    for name in project.catalog.datasets:
        assert project.dataset(name).sources
