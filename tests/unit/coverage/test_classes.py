"""Classes are counted in rows, groups and splits; what says that there is no class is none."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import ValidationError

from hueset.coverage.classes import class_findings, measure_classes, measure_presence
from hueset.coverage.tables import CoverageTables, TableShape
from hueset.declaration import ClassCoverage, PresenceCoverage
from hueset.errors import DeclarationError
from hueset.tables.sql import open_database
from hueset.tables.sql_session import SqlSession
from tests.support.in_process_build import plan_pets
from tests.support.pets_project import write_pets


def segments(rows):
    """Return the tables of a dataset with one: one row per segment, of a song."""
    con = open_database()
    con.register("segments", rows)
    shape = TableShape(dict.fromkeys(("id", "song", "split", "kind"), "string"), "split", "song")
    return CoverageTables(SqlSession(con, alone=True), {"segments": shape})


SONGS = [
    # song, split, kind, rows
    ("a", "train", "calm", 4),
    ("b", "validation", "calm", 2),
    ("c", "test", "calm", 2),
    ("d", "train", "loud", 9),
    ("e", "train", "unclear", 30),
    ("f", "test", None, 5),
]


def measured(**given):
    rows = [(song, split, kind) for song, split, kind, n in SONGS for _ in range(n)]
    song, split, kind = zip(*rows, strict=True)
    columns = {"song": song, "split": split, "kind": pa.array(kind, pa.string())}
    tables = segments(pa.table({"id": [str(at) for at in range(len(rows))], **columns}))
    declared = {
        "name": "kinds",
        "table": "segments",
        "column": "kind",
        "floor": 5,
        "classes": ["calm", "loud", "odd"],
        "abstain_values": ["unclear"],
    }
    declared |= given
    made = measure_classes(tables, ClassCoverage.model_validate(declared))
    json.dumps(made, allow_nan=False)
    return made


def verdicts(made):
    return {one["class"]: one["verdict"] for one in made["classes"]}


def said(made):
    return {one.check: (one.verdict, one.message, one.examples) for one in class_findings(made)}


def test_a_value_that_names_no_class_is_counted_apart_and_never_trainable():
    made = measured()
    assert verdicts(made) == {"calm": "trainable", "loud": "trainable", "odd": "absent"}
    (outcome,) = made["outcomes"]
    assert (outcome["class"], outcome["n"], "verdict" in outcome) == ("unclear", 30, False)
    assert outcome["share"] == pytest.approx(30 / 47)
    assert (made["labelled"], made["unlabelled"], made["undeclared"]) == (17, 5, [])


def test_the_same_value_undeclared_still_fails():
    assert said(measured(abstain_values=[]))["coverage.undeclared_class"][0] == "fail"


def test_rows_of_too_few_groups_are_thin_however_many_they_are():
    made = measured(floor_groups=3)
    assert verdicts(made) == {"calm": "trainable", "loud": "thin", "odd": "absent"}
    assert [one["groups"] for one in made["classes"]] == [3, 1, 0]
    assert made["classes"][1]["reason"] == "9 rows, floor 5; groups 1, floor 3"
    verdict, message, examples = said(made)["coverage.class_thin"]
    assert (verdict, examples) == ("warn", ("loud",))
    assert message.endswith("1 of 3 classes have under 5 rows, or rows of under 3 groups")


def test_rows_too_few_are_thin_whatever_their_groups():
    assert verdicts(measured(floor=9, floor_groups=1))["calm"] == "thin"


def test_a_class_that_a_split_lacks_is_told_for_that_split():
    made = measured()
    assert made["lacking"] == {"validation": ["loud"], "test": ["loud"]}
    told = [one for one in class_findings(made) if one.check == "coverage.class_split"]
    assert [(one.verdict, one.count, one.examples) for one in told] == [("warn", 1, ("loud",))] * 2
    assert told[1].message == "kinds: 1 of 2 classes with rows have none in test"


def test_a_list_of_the_splits_themselves_lacks_none():
    made = measured(column="split", classes=["train", "validation", "test"], abstain_values=[])
    assert made["lacking"] == {}


def test_a_value_is_a_class_or_it_is_none():
    with pytest.raises(ValidationError, match="cannot be in classes and in abstain_values"):
        measured(abstain_values=["calm"])


def test_groups_are_asked_for_only_where_the_table_names_them(tmp_path: Path):
    root = write_pets(tmp_path / "pets_project")
    path = root / "datasets/pets/dataset.yaml"
    classes = (
        "  classes:\n  - {name: kinds, table: pets, column: kind, classes: [cat, dog], "
        "floor_groups: 2}\n"
    )
    text = path.read_text().replace("quarantine:", f"{classes}quarantine:")
    path.write_text(text)
    plan_pets(root)
    path.write_text(text.replace("    group: name\n", ""))
    with pytest.raises(Exception, match="kinds has floor_groups, but pets names no group"):
        plan_pets(root)


def test_a_condition_that_no_value_can_be_held_against_is_a_fault_of_the_declaration():
    tables = segments(pa.table({"kind": ["calm", "loud"]}))
    declared = {"name": "calm", "table": "segments", "present": "kind = 0"}
    with pytest.raises(DeclarationError, match="calm: 'kind = 0'") as error:
        measure_presence(tables, PresenceCoverage.model_validate(declared))
    assert "a class is given by its name" in error.value.hint


def test_a_group_that_is_null_is_kept_apart_from_every_text():
    groups = [None, "null", '"null"', "None", "", "a", None]
    columns = {"kind": ["calm"] * 7, "song": pa.array(groups, pa.string())}
    tables = segments(pa.table({"id": list("1234567"), "split": ["train"] * 7, **columns}))
    declared = {"name": "kinds", "table": "segments", "column": "kind", "classes": ["calm"]}
    made = measure_classes(tables, ClassCoverage.model_validate({**declared, "by": "song"}))
    counts = {"null": 2, '"null"': 1, '""null""': 1, "None": 1, "": 1, "a": 1}
    assert made["classes"][0]["by"] == counts
    assert made["classes"][0]["n"] == 7
    has = PresenceCoverage(name="has", table="segments", present="id > '3'", by="song")
    present = measure_presence(tables, has)["groups"]
    assert {group: n for group, (_, n) in present.items()} == counts


def test_groups_that_are_not_a_number_are_not_the_null_ones():
    song = pa.array([None, float("nan"), float("inf"), 1.0], pa.float64())
    tables = segments(pa.table({"song": song}))
    has = PresenceCoverage(name="has", table="segments", present="true", by="song")
    groups = measure_presence(tables, has)["groups"]
    counted = {group: n for group, (_, n) in groups.items()}
    assert counted == {"null": 1, "nan": 1, "inf": 1, "1.0": 1}
