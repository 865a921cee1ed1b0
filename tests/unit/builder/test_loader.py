"""A builder is somebody else's code: what goes wrong in it is told as its fault, with the line."""

import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hueset.builder import Finding, Reject
from hueset.errors import BuildError
from hueset.store.store import VersionStore
from tests.support.in_process_build import build_pets

LAST = '    yield Batch("pets", pa.Table.from_pylist(rows))'
MORE = "\ndef plan_units"


def broken(pets: Path, old: str, new: str) -> None:
    path = pets / "pets_builders/pets.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_source_in_which_nothing_is_found_is_named_with_its_place(
    pets: Path, tmp_path: Path
) -> None:
    broken(pets, 'names("*.csv")', 'names("*.tsv")')
    place = re.escape(str(pets / "mirror/pets"))
    with pytest.raises(BuildError, match=rf"^pets: nothing to .* in pets \({place}\)") as caught:
        build_pets(pets, tmp_path / "store")
    assert "`hueset sources pets`" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("rows = []", "rows = [", r"'\[' was never closed .*pets\.py:16"),
        ("import csv", "import csvv, csv", r"No module named 'csvv'.*pets\.py:3"),
        ("def plan_units", "def plan_unit", "has no function plan_units"),
        ("def build_unit", "def build", "has no function build_unit"),
        ("return [Unit", "1 / 0\n    return [Unit", r"to plan its units.*pets\.py:10"),
        ("return [Unit", "[Unit", "to plan its units"),
        ('(("pets", name),)', '(("petz", name),)', r"\('petz', 'a.csv'\), which is not there"),
        ('(("pets", name),)', '"pets"', "reads 'p', which is not there"),
        ('Unit(name, (("pets", name),))', "name", "'a.csv', which is no Unit"),
        ("    rows = []", "    import sys; sys.exit(7)", r"SystemExit\(7\).*pets\.py:16"),
        (LAST, '    yield ("pets", rows)', "build_unit gives .* of type tuple"),
        ("pa.Table.from_pylist", "pa.RecordBatch.from_pylist", "holds a RecordBatch"),
        (', "split": split}', "}", "unit 'a.csv', table 'pets': .*lacks"),
        ('"split": split', '"split": "../../x"', "'../../x' is no name of a split"),
        (MORE, "\ndef combine(shards, inputs):\n    1 / 0\n" + MORE, r"in combine.*pets\.py:10"),
        (MORE, "\ndef combine(shards, inputs):\n    yield 5\n" + MORE, "combine gives 5"),
        (MORE, "\ndef check(tables, inputs):\n    1 / 0\n" + MORE, r"in check.*pets\.py:10"),
        (MORE, "\ndef check(tables, inputs):\n    return [5]\n" + MORE, "check gives 5"),
    ],
)
def test_a_broken_builder_is_blamed(
    pets: Path, tmp_path: Path, old: str, new: str, expected: str
) -> None:
    broken(pets, old, new)
    with pytest.raises(BuildError, match=expected):
        build_pets(pets, tmp_path / "store")
    assert VersionStore(tmp_path / "store").versions("pets") == []


def test_a_unit_that_cannot_be_read_keeps_the_reason_its_builder_gives(
    pets: Path, tmp_path: Path
) -> None:
    raised = '    if unit.key == "b.csv": raise InputError("bent", reason="too_bent", value="x")\n'
    broken(pets, "    rows = []", f"{raised}    rows = []")
    version = build_pets(pets, tmp_path / "store").version
    assert version.manifest.quarantine == {"units": {"too_bent": 1}}
    assert pq.read_table(version.path / "quarantine/units.parquet")["reason"].to_pylist() == [
        "too_bent"
    ]


@pytest.mark.parametrize("table", ["../x", "", "Pets"])
def test_a_reject_for_no_table_is_refused_where_it_is_made(table: str) -> None:
    with pytest.raises(ValueError, match="no name of a table"):
        Reject(table, "s", "k", "reason", "observed")


def test_a_reject_holds_text_and_a_finding_one_of_four_verdicts() -> None:
    with pytest.raises(TypeError, match=r"Reject\.observed is 5"):
        Reject("t", "s", "k", "reason", 5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"Finding\.verdict is False"):
        Finding("a.b", False, "said")  # type: ignore[arg-type]
    assert Finding("a.b", "warn", "said", examples=(1, 2)).examples == ("1", "2")  # type: ignore[arg-type]
