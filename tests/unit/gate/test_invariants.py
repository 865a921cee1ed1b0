from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hueset.gate.invariants import check_tables
from tests.unit.gate.album import COLUMNS, dataset, rows, write

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.declaration import Dataset
    from hueset.gate.report import CheckResult


def check(
    folder: Path,
    given: list[dict[str, Any]],
    declared: Dataset | None = None,
    *,
    min_rows: int = 1,
    refused: dict[str, int] | None = None,
    sample: bool = False,
) -> dict[tuple[str, ...], CheckResult]:
    """Return the results by id and columns."""
    album = declared or dataset()
    paths = write(folder, given, album)
    quarantine = {"pieces": refused or {}}
    results = check_tables(
        album, {"pieces": paths}, {"pieces": min_rows}, quarantine, sample=sample
    )
    return {(one.id.removeprefix("output."), *one.columns): one for one in results}


def bad(results: dict[tuple[str, ...], CheckResult]) -> dict[str, tuple[str, int, tuple[str, ...]]]:
    return {
        name: (one.verdict, one.unexpected_count, one.example_keys)
        for (name, *_), one in results.items()
        if one.verdict != "pass"
    }


def spoilt(column: str, value: Any, *at: int) -> list[dict[str, Any]]:
    given = rows()
    for place in at or range(len(given)):
        given[place][column] = value
    return given


def test_rows_that_keep_every_promise_pass_and_each_check_is_recorded(tmp_path: Path) -> None:
    results = check(tmp_path, rows())

    assert bad(results) == {}
    assert set(results) == {
        ("rows",),
        ("quarantine",),
        ("key_unique", "key"),
        ("non_null", "key"),
        ("non_null", "split"),
        ("non_null", "sound"),
        ("finite", "value"),
        ("finite", "mel"),
        ("private", "sound"),
        ("values", "kind"),
        ("values", "tags"),
        ("values", "mood"),
        ("private", "source_file"),
        ("split_named", "split"),
        ("split_disjoint", "split", "song"),
    }
    apart = {("split_disjoint", "split", "song"): 15, ("finite", "mel"): 180}
    assert {name: one.evaluated for name, one in results.items() if name in apart} == apart
    assert {one.evaluated for name, one in results.items() if name not in apart} == {30}


@pytest.mark.parametrize(
    ("given", "name", "keys"),
    [
        (spoilt("key", "p00", 12), "key_unique", ("p00",)),
        (spoilt("kind", "noise", 4), "values", ("p04",)),
        (spoilt("tags", ["calm", "clam"], 4), "values", ("p04",)),
        (spoilt("mood", 2, 4), "values", ("p04",)),
        (spoilt("value", math.nan, 4), "finite", ("p04",)),
        (spoilt("value", -math.inf, 4), "finite", ("p04",)),
        (spoilt("source_file", "/data/a.wav", 4), "private", ("p04",)),
        (spoilt("source_file", "~/a.wav", 4), "private", ("p04",)),
        (spoilt("source_file", "backup/home/ann/a.wav", 4), "private", ("p04",)),
        (spoilt("source_file", r"C:\music\a.wav", 4), "private", ("p04",)),
        (spoilt("source_file", r"\\nas\a.wav", 4), "private", ("p04",)),
        (spoilt("source_file", "192.168.1.17/a.wav", 4), "private", ("p04",)),
        (spoilt("source_file", "from-ann@example.org/a", 4), "private", ("p04",)),
        (spoilt("mel", [[0.0, 1.0, 2.0], [0.0, math.nan, 0.0]], 20), "finite", ("p20",)),
        (spoilt("sound", {"bytes": b"fLaC", "path": "/home/ann/4.flac"}, 4), "private", ("p04",)),
        (spoilt("sound", None, 4), "non_null", ()),
    ],
)
def test_a_broken_promise_fails_and_names_the_row(
    tmp_path: Path, given: list[dict[str, Any]], name: str, keys: tuple[str, ...]
) -> None:
    assert bad(check(tmp_path, given)) == {name: ("fail", 1, keys)}


def test_a_null_in_the_key_fails(tmp_path: Path) -> None:
    found = bad(check(tmp_path, spoilt("key", None, 4)))

    assert {name: verdict for name, (verdict, *_) in found.items()} == {
        "key_unique": "fail",
        "non_null": "fail",
    }


def test_a_split_of_another_name_fails(tmp_path: Path) -> None:
    found = bad(check(tmp_path, spoilt("split", "dev", 2, 17)))

    assert found == {"split_named": ("fail", 2, ("p02", "p17"))}


def test_a_group_in_two_splits_fails(tmp_path: Path) -> None:
    found = bad(check(tmp_path, spoilt("split", "test", 3)))

    assert found == {"split_disjoint": ("fail", 1, ("s3",))}


def test_a_group_that_straddles_a_published_split_warns(tmp_path: Path) -> None:
    album = dataset(table={"published_split": True})

    results = check(tmp_path, spoilt("split", "test", 3), album)

    assert bad(results) == {"split_disjoint": ("warn", 1, ("s3",))}
    assert results["split_disjoint", "split", "song"].observed == ["s3"]


def test_groups_that_are_all_null_prove_nothing(tmp_path: Path) -> None:
    assert bad(check(tmp_path, spoilt("song", None)))["split_disjoint"][0] == "error"


def test_a_row_without_a_group_warns(tmp_path: Path) -> None:
    found = bad(check(tmp_path, spoilt("song", None, 4)))

    assert found == {"split_disjoint": ("warn", 1, ())}


def test_no_row_at_all_is_an_error(tmp_path: Path) -> None:
    assert bad(check(tmp_path, []))["rows"][0] == "error"
    results = check_tables(dataset(), {}, {}, {})
    assert [(one.id, one.verdict) for one in results if one.verdict != "pass"] == [
        ("output.rows", "error")
    ]


def test_too_few_rows_fail_but_not_in_a_sample(tmp_path: Path) -> None:
    assert bad(check(tmp_path, rows(), min_rows=31)) == {"rows": ("fail", 1, ())}
    assert bad(check(tmp_path, rows(), min_rows=31, sample=True)) == {}
    assert bad(check(tmp_path, [], min_rows=31, sample=True))["rows"][0] == "error"


def test_the_declared_floor_of_rows_counts_too(tmp_path: Path) -> None:
    assert bad(check(tmp_path, rows(), dataset(table={"min_rows": 31}))) == {
        "rows": ("fail", 1, ())
    }


def test_a_table_declared_as_possibly_empty_may_be(tmp_path: Path) -> None:
    assert bad(check(tmp_path, [], dataset(table={"min_rows": 0}))) == {}


def test_past_its_ceiling_the_quarantine_fails_and_names_the_reasons(tmp_path: Path) -> None:
    album = dataset(quarantine={"ceiling": 0.1})

    assert bad(check(tmp_path, rows(), album, refused={"odd": 3})) == {}
    assert bad(check(tmp_path, rows(), album, refused={"odd": 3, "bad": 1})) == {
        "quarantine": ("fail", 4, ("odd 3", "bad 1"))
    }


def test_a_column_name_with_a_quote_is_no_way_into_the_query(tmp_path: Path) -> None:
    album = dataset(
        table={"columns": {**COLUMNS, "kind": {"type": "string", "values": ["o'clock", "song"]}}}
    )

    assert bad(check(tmp_path, spoilt("kind", "o'clock", 4), album)) == {}


def test_a_table_without_splits_does_not_stand_in_the_way_of_the_next(tmp_path: Path) -> None:
    plain = {name: COLUMNS[name] for name in ("key", "value")}
    album = dataset(table={"columns": plain, "split": None, "group": None})
    two = album.model_copy(update={"tables": dict.fromkeys(("a", "b"), album.tables["pieces"])})
    given = [{name: row[name] for name in plain} for row in rows()]
    paths = write(tmp_path, given, album)

    results = check_tables(two, {"a": paths, "b": paths}, {}, {})

    assert {one.verdict for one in results} == {"pass"}
    checked = [{one.id for one in results if one.table == name} for name in ("a", "b")]
    assert checked[0] == checked[1] >= {"output.key_unique", "output.finite"}


NESTED = {
    "key": {"type": "string", "nullable": False},
    "emb": {"type": "list<float32>"},
    "half": {"type": "array<float16, 1, 2>"},
    "parts": {"type": "list<struct<at: float64, path: string>>"},
    "moods": {"type": "list<class<low | high>>"},
    "words": {"type": "list<list<string>>", "values": ["calm", "loud"]},
    "files": {"type": "list<string>"},
}


@pytest.mark.parametrize(
    ("column", "value", "name", "says"),
    [
        ("emb", [1.0, math.nan], "finite", "emb[]: 1 of 29 values"),
        ("half", [[0.0, math.inf]], "finite", "half[][]: 1 of 56 values"),
        ("parts", [{"at": math.inf, "path": "a"}], "finite", "parts[].at: 1 of 28 values"),
        ("parts", [{"at": 1.0, "path": "/home/ann/a"}], "private", "parts[].path: 1 of 28"),
        ("moods", [0, 2], "values", "moods[]: 1 of 29 values"),
        ("words", [["calm"], ["clam"]], "values", "words[][]: 1 of 29 values"),
        ("files", ["a.wav", "192.168.1.17/a.wav"], "private", "files[]: 1 of 29 values"),
    ],
)
def test_what_no_value_may_be_is_found_at_any_depth(
    tmp_path: Path, column: str, value: Any, name: str, says: str
) -> None:
    plain = {"columns": NESTED, "split": None, "group": None}
    good: dict[str, Any] = {
        "emb": [0.5],
        "half": [[0.0, 1.0]],
        "parts": [{"at": 1.0, "path": "a"}],
        "moods": [1],
        "words": [["calm"]],
        "files": ["a.wav"],
    }
    given = [{"key": f"p{at:02d}", **good} for at in range(30)]
    given[3] |= dict.fromkeys(good)  # null, and empty: no value to look at
    given[4] |= {"emb": [], "half": None, "parts": [None], "moods": [None], "words": [[], None]}
    given[4] |= {"files": [None]}
    given[20][column] = value

    results = check(tmp_path, given, dataset(table=plain))

    assert bad(results) == {name: ("fail", 1, ("p20",))}
    assert says in results[name, column].message


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_a_float_is_among_declared_values_if_it_is_the_nearest_of_one(
    tmp_path: Path, kind: str
) -> None:
    column = {"type": kind, "values": ["0.1", "0.2"]}
    plain = {"columns": {"key": COLUMNS["key"], "v": column}, "split": None, "group": None}
    near = [float(np.dtype(kind).type(one)) for one in (0.1, 0.2, 0.3)]
    given = [{"key": f"p{at}", "v": one} for at, one in enumerate([*near, None])]
    results = check(tmp_path, given, dataset(table=plain))
    assert bad(results) == {"values": ("fail", 1, ("p2",))}
