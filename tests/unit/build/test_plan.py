"""A plan refuses what a build would refuse, before any work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hueset.errors import DeclarationError
from tests.support.in_process_build import plan_pets

if TYPE_CHECKING:
    from pathlib import Path


def test_a_broken_suite_is_refused_before_a_source_is_looked_for(pets: Path) -> None:
    suite = pets / "expectations/pets/pets.yaml"
    suite.write_text(suite.read_text().replace("    type: ", "    tipe: ", 1))
    assert "tipe" in suite.read_text()
    for file in (pets / "mirror/pets").iterdir():
        file.unlink()
    with pytest.raises(DeclarationError, match=r"pets\.yaml:\d+: .*tipe"):
        plan_pets(pets)


@pytest.mark.parametrize(
    "builder", ["pets_builders.pest", "pest_builders.pets", "pets_builders.pets.x"]
)
def test_a_builder_that_is_not_there_is_a_fault_of_the_declaration(
    pets: Path, builder: str
) -> None:
    declaration = pets / "datasets/pets/dataset.yaml"
    text = declaration.read_text()
    declaration.write_text(text.replace("builder: pets_builders.pets", f"builder: {builder}"))
    with pytest.raises(
        DeclarationError, match=r"dataset\.yaml:6: builder: there is no module"
    ) as e:
        plan_pets(pets)
    assert "`builder:`" in str(e.value.hint)
    assert "finished" not in str(e.value.hint)
    assert e.value.exit_code == 2
