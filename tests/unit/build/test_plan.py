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
