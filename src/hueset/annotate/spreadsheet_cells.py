"""Texts in a CSV for a spreadsheet: none of them is a formula, and each reads back unchanged.

A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a line end, whoever wrote it
(OWASP, CSV Injection). An apostrophe before it makes it text.
"""

from __future__ import annotations

import re

FORMULA = re.compile(r"[\s'＇]*[=+\-@\t\r\n＝＋－＠]")
"""Whether a cell would be run, or is kept from it by apostrophes; full-width signs run too."""


def guard_cell(text: str) -> str:
    """Return a text as a cell that no spreadsheet runs."""
    return f"'{text}" if FORMULA.match(text) else text


def unguard_cell(cell: str) -> str:
    """Return the text of a cell, from `guard_cell` or as a person typed it."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell[1:]) else cell
