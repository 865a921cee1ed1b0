"""The list of commands: each is described in a line of a terminal of 80 columns."""

from __future__ import annotations

from typer.testing import CliRunner

from hueset.cli.app import app


def test_no_description_of_a_command_is_cut() -> None:
    text = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "80"}, terminal_width=80).stdout
    assert "  waive" in text
    assert [one for one in text.splitlines() if one.startswith("  ") and one.endswith("...")] == []
