"""docs/trust.md speaks of every command, and says of each what the tests of planted modules see."""

from __future__ import annotations

import re
from pathlib import Path

from hueset.cli.app import app
from tests.integration.test_planted_modules import OF_BUILDERS

REPO = Path(__file__).parents[2]
PAGE = (REPO / "docs/trust.md").read_text(encoding="utf-8")


def rows() -> dict[str, list[str]]:
    """Return command → its cells in the table of commands."""
    table = PAGE.partition("\n| command |")[2].partition("\n\n")[0]
    found: dict[str, list[str]] = {}
    for line in table.splitlines()[2:]:
        first, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        for command in re.findall(r"`([\w-]+)`", first):
            assert command not in found, command
            found[command] = cells
    return found


def test_every_command_has_its_place_in_the_table() -> None:
    assert set(rows()) == {command.name for command in app.registered_commands}
    assert {len(cells) for cells in rows().values()} == {4}
    assert all(all(cells) for cells in rows().values())


def test_the_commands_that_run_a_builder_are_those_that_were_seen_to() -> None:
    said = {command for command, cells in rows().items() if cells[1].startswith("yes")}
    assert said == OF_BUILDERS
    assert {cells[1] for name, cells in rows().items() if name not in said} == {"no"}


def test_every_variable_that_is_read_is_named() -> None:
    read = set()
    for folder in ("src", "api", "builders"):
        for path in (REPO / folder).rglob("*.py"):
            read |= set(re.findall(r"""["'`](HUESET_[A-Z_]*[A-Z])["'`]""", path.read_text("utf-8")))
    assert len(read) > 5
    assert {name for name in read if name not in PAGE and "TEST" not in name} == set()


def test_both_pages_are_linked() -> None:
    assert "docs/trust.md" in (REPO / "README.md").read_text(encoding="utf-8")
    security = (REPO / "SECURITY.md").read_text(encoding="utf-8")
    assert "docs/trust.md" in security
    assert "SECURITY.md" in PAGE
