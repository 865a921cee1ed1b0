"""Where the project is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from hueset.declaration.project import find_project
from hueset.errors import DeclarationError

REPO = Path(__file__).parents[3]


def test_from_a_folder_without_a_catalog_a_checkout_finds_itself(tmp_path: Path) -> None:
    assert find_project(start=tmp_path).root == REPO


def test_the_nearest_catalog_upwards_wins(tmp_path: Path) -> None:
    (tmp_path / "catalog.yaml").write_text("datasets: []\n")
    (tmp_path / "deep" / "down").mkdir(parents=True)

    assert find_project(start=tmp_path / "deep" / "down").root == tmp_path


def test_a_named_folder_without_a_catalog_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="holds no catalog") as caught:
        find_project(tmp_path)

    assert str(tmp_path) in str(caught.value)
