import csv
from pathlib import Path

import pytest

from hueset.annotate import tasks
from hueset.annotate.answers import _rows
from hueset.annotate.spreadsheet_cells import guard_cell, unguard_cell

TEXTS = [
    "=cmd|' /C calc'!A0",
    "+1",
    "-2",
    "@SUM(1)",
    "\t=1",
    "  =1",
    "'=1",
    "''-x",
    "＝1",
    "\r=1",
    "plain",
    "'quoted'",
    "a = b",
    "",
    "'",
    "5-6",
]


@pytest.mark.parametrize("text", TEXTS)
def test_no_cell_is_a_formula_and_every_one_reads_back(text: str) -> None:
    cell = guard_cell(text)
    assert cell.strip()[:1] not in set("=+-@＝＋－＠") - {""}
    assert unguard_cell(cell) == text


def test_a_task_file_holds_no_formula_and_reads_back(tmp_path: Path) -> None:
    task = dict.fromkeys(tasks.FIELDS, "") | {"example_id": "-1", "text": "=1+1", "context": None}
    path = tmp_path / "t.csv"
    path.write_bytes(tasks._csv([task]))
    with path.open(encoding="utf-8-sig", newline="") as stream:
        (written,) = csv.DictReader(stream)
    assert (written["example_id"], written["text"]) == ("'-1", "'=1+1")
    ((_, row),) = _rows(path)
    assert (row["example_id"], row["text"]) == ("-1", "=1+1")
