"""A label is counted once: the build, the licence filter and the service say the same of it."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from hueset.coverage.label_groups import VALUES_AT_ONCE
from hueset.declaration import Dataset
from hueset.declaration.base import LABEL_KINDS
from hueset.errors import StoreError, UnknownNameError, UsageError
from hueset.store.version import StoredVersion
from hueset_api.app import create_app
from hueset_api.database import Database
from hueset_api.problems import BrokenVersionError
from hueset_api.recounts import count_groups, count_whole
from hueset_api.settings import ServiceSettings
from tests.support.coverage_sides import check_sides_agree, plain, write_measured_version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


NAMES = {  # dimension → its type; `nowhere` has no column
    "valence": "float64",
    "half": "float32",
    "steps": "int32",
    "color": "float64",
    "empty": "float64",
    "odd": "float64",
}
CIRCULAR = {"color"}
FACTS = {
    "dims.yaml": [
        {"name": name, "group": "made", **({"circular": True} if name in CIRCULAR else {})}
        for name in [*NAMES, "nowhere"]
    ],
    "lift.yaml": {"empty": "Ask people."},
}
FLOORS = {"examples": 5, "examples_warn": 9, "distinct": 3, "positives": 3}
CLASSES = {
    "name": "genres",
    "table": "wide",
    "column": "genre",
    "classes": ["folk", "rock", "none_such"],
    "abstain_values": ["unclear"],
    "by": "source",
    "floor": 3,
    "floor_groups": 2,
}
PRESENCE = {"name": "rated", "table": "wide", "present": "valence > 0.5", "by": "genre"}
KINDS = {
    "kind": "kind",
    "unit": "unit",
    "excluded_kinds": ["track"],
    "recommendations": "lift.yaml",
}


def declare(numeric: dict[str, Any], *, classes: bool = False) -> Dataset:
    text = {"type": "string"}
    source = {"type": "class<ours | theirs>"} if classes else text
    kind = {"type": f"class<{' | '.join(LABEL_KINDS)}>"} if classes else text
    columns = {"id": {"type": "int64"}, "kind": kind, "source": source}
    columns |= dict.fromkeys(("unit", "split", "song", "genre"), text)
    columns |= {"licence": text, "mood": {"type": "class<low | high>"}}
    labels = {"id": {"type": "int64"}, "dimension": text, "label_kind": text, "source": text}
    labels |= {name: {"type": "float64"} for name in ("z", "rater_sd", "raw_min", "raw_max")}
    return Dataset.model_validate(
        {
            "name": "made",
            "version": "1.0.0",
            "title": "t",
            "summary": "s",
            "builder": "b",
            "licence": "CC0-1.0",
            "lookup_tables": ["dims.yaml", "lift.yaml"],
            "sources": {
                "s": {
                    "description": "d",
                    "licence": "CC0-1.0",
                    "citation": "nobody",
                    "mirror": "x",
                    "pin": {"open": True},
                }
            },
            "tables": {
                "wide": {
                    "description": "wide",
                    "key": ["id"],
                    "split": "split",
                    "group": "song",
                    "columns": columns | {name: {"type": kind} for name, kind in NAMES.items()},
                },
                "labels": {
                    "description": "long",
                    "key": ["id", "dimension"],
                    "columns": labels | {"n_raters": {"type": "int32"}},
                },
            },
            "coverage": {
                "numeric": {
                    "table": "wide",
                    "dimensions": "dims.yaml",
                    "labels": "labels",
                    "floors": FLOORS,
                    **numeric,
                },
                "classes": [CLASSES],
                "presence": [PRESENCE],
            },
        }
    )


def wide(rows: int, kinds: list[str], *, seed: int = 1, classes: bool = False) -> pa.Table:
    """Return rows with every oddity: nulls, NaN, infinities, signed zeros, a text that is null."""
    rng = np.random.default_rng(seed)

    def some(*choices: Any) -> list[Any]:
        return [choices[int(one)] for one in rng.integers(0, len(choices), rows)]

    def numbers(kind: pa.DataType, *odd: float | None) -> pa.Array:
        values = [*np.round(rng.random(12), 2).tolist(), 0.4, 0.5, 0.6, 0.0, -0.0, 1.0, *odd]
        return pa.array(some(*values), kind)

    sources = some(0, 1, None) if classes else some("a", "null", '"null"', "", None)
    kind = [LABEL_KINDS.index(one) for one in some(*kinds)] if classes else some(*kinds)
    return pa.table(
        {
            "id": pa.array(range(rows), pa.int64()),
            "kind": pa.array(kind, pa.uint8() if classes else pa.string()),
            "source": pa.array(sources, pa.uint8() if classes else pa.string()),
            "unit": pa.array(some("line", "track", None), pa.string()),
            "split": pa.array(some("train", "test"), pa.string()),
            "song": pa.array(some(*"abcdef", None), pa.string()),
            "genre": pa.array(some("folk", "rock", "unclear", "jazz", None), pa.string()),
            "licence": pa.array(some("MIT", "CC0-1.0"), pa.string()),
            "mood": pa.array(some(0, 1, None), pa.uint8()),
            "valence": numbers(pa.float64(), None),
            "half": numbers(pa.float32(), None),
            "steps": pa.array(some(0, 1, None), pa.int32()),
            "color": numbers(pa.float64(), None, 0.99, 0.01),
            "empty": pa.array([None] * rows, pa.float64()),
            "odd": numbers(pa.float64(), math.nan, math.inf, -math.inf, -0.3, 1e300, None),
        }
    )


def long(rows: int) -> pa.Table:
    rng = np.random.default_rng(4)
    names = [["valence", "half", "color", "other"][int(one)] for one in rng.integers(0, 4, rows)]
    return pa.table(
        {
            "id": pa.array(range(rows), pa.int64()),
            "dimension": pa.array(names, pa.string()),
            "label_kind": pa.array(["rating", "tag", "strange"] * (rows // 3), pa.string()),
            "source": pa.array(["a", None, "null"] * (rows // 3), pa.string()),
            "z": pa.array([-0.2, 0.7, math.inf, None, math.nan, 2.0] * (rows // 6), pa.float64()),
            "rater_sd": pa.array([0.5, None, 0.7] * (rows // 3), pa.float64()),
            "raw_min": pa.array([0.0] * rows, pa.float64()),
            "raw_max": pa.array([1.0] * rows, pa.float64()),
            "n_raters": pa.array([3] * rows, pa.int32()),
        }
    )


SETS = {
    "alike": ({}, False, ["rating"]),
    "unlabelled": ({"labels": None, "source": None}, False, ["rating"]),
    "every-kind": (KINDS, False, list(LABEL_KINDS)),
    "classes": (KINDS, True, list(LABEL_KINDS)),
    "unknown-kinds": (KINDS, False, ["strange", "odder"]),
    **{f"only-{kind}": (KINDS, False, [kind]) for kind in LABEL_KINDS},
    "some-unknown": (KINDS, False, ["strange", "lexicon"]),
}


@pytest.mark.parametrize(
    ("name", "rows"), [*((name, 90) for name in SETS), ("alike", 0), ("classes", 0)]
)
def test_all_sides_say_the_same(name: str, rows: int, tmp_path: Path) -> None:
    check_sides_agree(write_set(tmp_path, name, rows))


def write_set(store: Path, name: str, rows: int) -> StoredVersion:
    numeric, classes, kinds = SETS[name]
    declared = declare(numeric, classes=classes)
    parts = [wide(rows, kinds, seed=seed, classes=classes) for seed in (1, 2)]
    return write_measured_version(store, declared, FACTS, {"wide": parts, "labels": [long(rows)]})


def test_the_service_gives_the_document_of_the_build_kept_and_counted(tmp_path: Path) -> None:
    version = write_set(tmp_path, "classes", 90)
    stored = json.loads((version.path / "coverage.json").read_text())
    app = create_app(tmp_path, ServiceSettings(tmp_path, access_log=False))
    with TestClient(app, base_url="http://localhost") as client:
        for query in ("", "?live=true"):
            told = client.get(f"/v1/datasets/made/coverage{query}").raise_for_status().json()
            assert {key: told[key] for key in stored} == stored
        kept, live = (
            client.get(f"/v1/datasets/made/coverage?by=dimension,mood&filter=split:eq:train{more}")
            for more in ("", "&live=true")
        )
        assert kept.json() == live.json()
        assert live.headers["cache-control"] == "no-store"
        lonely = client.get("/v1/datasets/made/coverage?filter=split:eq:train")
        assert (lonely.status_code, lonely.json()["code"]) == (422, "E_PARAMETER")


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database(30)
    yield made
    made.close()


@pytest.fixture
def thirty(tmp_path: Path) -> StoredVersion:
    """Thirty tags that say high, thirty computed values, and thirty angles near 0 and 1."""
    rows = wide(90, ["rating"])
    near = [0.99, 0.01, 0.0] * 10
    values = {
        "kind": ["tag"] * 30 + ["lexicon"] * 30 + ["rating"] * 30,
        "unit": ["line"] * 90,
        "valence": [1.0] * 30 + [at / 30 for at in range(30)] + [None] * 30,
        "color": [None] * 60 + near,
    }
    for name, column in values.items():
        at = rows.column_names.index(name)
        rows = rows.set_column(at, name, pa.array(column, rows.schema.field(name).type))
    tables = {"wide": [rows], "labels": [long(6)]}
    return write_measured_version(tmp_path, declare(KINDS), FACTS, tables)


def test_tags_computed_values_and_angles_are_judged_as_at_the_build(
    thirty: StoredVersion, database: Database
) -> None:
    told = {
        one["dimension"]: one
        for one in count_groups(database, thirty, None, ["dimension"])["groups"]
    }
    stored = {one.name: one for one in thirty.coverage.dimensions}
    valence, color = told["valence"], told["color"]
    assert (valence["verdict"], valence["n"]) == ("positive_only", 30)
    assert {name: one["verdict"] for name, one in valence["evidence"].items()} == {
        "tag": "positive_only",
        "computed": "computed",
    }
    assert color["verdict"] == "neutral"
    assert color["sd"] == stored["color"].sd == pytest.approx(0.008, abs=0.001)


def test_labels_of_no_known_kind_are_told_and_judged_by_none(
    tmp_path: Path, database: Database
) -> None:
    tables = {"wide": [wide(30, ["strange"])], "labels": [long(6)]}
    version = write_measured_version(tmp_path, declare(KINDS), FACTS, tables)
    valence = version.coverage.dimensions[0]
    assert (valence.verdict, valence.judged) == ("absent", None)
    assert valence.reason == f"{valence.n} labels of no known kind"
    nothing = version.coverage.dimensions[-1]
    assert (nothing.n, nothing.reason) == (0, "no example")


def test_groups_of_several_dimensions_have_a_count_and_no_verdict(
    thirty: StoredVersion, database: Database
) -> None:
    told = count_groups(database, thirty, None, ["label_kind"])["groups"]
    assert {one["verdict"] for one in told} == {None}
    apart = count_groups(database, thirty, None, ["label_kind", "dimension"])["groups"]
    assert [(one["label_kind"], one["dimension"]) for one in apart] == sorted(
        (one["label_kind"], one["dimension"]) for one in apart
    )
    for one in told:
        parts = [other["n"] for other in apart if other["label_kind"] == one["label_kind"]]
        assert one["n"] == sum(parts)


def test_a_filter_counts_some_rows_and_leaves_out_tables_without_the_column(
    thirty: StoredVersion, database: Database
) -> None:
    told = count_groups(database, thirty, None, ["dimension"], ["kind:eq:lexicon"])
    (valence,) = (one for one in told["groups"] if one["dimension"] == "valence")
    assert (valence["verdict"], valence["n"]) == ("computed", 30)
    assert told["classes"], "the classes are of the same table"
    told = count_groups(database, thirty, None, ["mood", "dimension"], ["mood:eq:high"])
    assert {one["mood"] for one in told["groups"]} == {"high"}
    with pytest.raises(UnknownNameError, match="colour"):
        count_groups(database, thirty, None, ["dimension"], ["colour:eq:red"])


def test_the_kinds_of_the_long_table_are_counted_where_the_wide_one_has_none(
    tmp_path: Path, database: Database
) -> None:
    tables = {"wide": [wide(30, ["rating"])], "labels": [long(60)]}
    version = write_measured_version(tmp_path, declare({}), FACTS, tables)
    told = count_groups(database, version, None, ["dimension", "label_kind"])["groups"]
    valence = {one["label_kind"]: one["n"] for one in told if one["dimension"] == "valence"}
    assert valence == version.coverage.dimensions[0].label_kinds
    assert {one["verdict"] for one in told} == {None}
    with pytest.raises(UsageError, match="cannot be counted by split"):
        count_groups(database, version, None, ["label_kind", "split"])


def test_what_cannot_be_counted_by_is_refused_with_what_can(
    thirty: StoredVersion, database: Database
) -> None:
    with pytest.raises(UsageError, match="colour") as error:
        count_groups(database, thirty, None, ["dimension", "colour"])
    assert "mood" in error.value.known


def test_how_labels_are_cut_into_statements_does_not_matter(
    thirty: StoredVersion, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert VALUES_AT_ONCE > 1
    before = count_whole(database, thirty, None)
    monkeypatch.setattr("hueset.coverage.label_groups.VALUES_AT_ONCE", 1)
    monkeypatch.setattr("hueset.tables.sql_session.MOST_AT_ONCE", 1)
    assert plain(count_whole(database, thirty, None)) == plain(before)


def test_an_older_version_is_counted_by_a_declaration_that_fits_and_by_no_other(
    tmp_path: Path, database: Database
) -> None:
    declared = declare(KINDS)
    tables = {"wide": [wide(30, ["tag"])], "labels": [long(6)]}
    version = write_measured_version(tmp_path, declared, FACTS, tables, contract=False)
    check_sides_agree(version, declared)
    for other in (None, declare({}), declare({**KINDS, "floors": {**FLOORS, "examples": 6}})):
        with pytest.raises(UsageError, match="by which contract"):
            count_whole(database, version, other)


def test_today_s_declaration_changes_nothing_of_what_a_version_was_judged_by(
    thirty: StoredVersion, database: Database
) -> None:
    other = declare({"floors": {**FLOORS, "examples": 1_000}})
    assert plain(count_whole(database, thirty, other)) == thirty.coverage.to_json()


@pytest.mark.parametrize(
    ("present", "error"),
    [
        ("true) FROM wide; COPY (SELECT 1) TO '{place}'; --", BrokenVersionError),
        ("(SELECT count(*) FROM read_parquet('{parquet}')) > 0", BrokenVersionError),
        ("no_such_column", BrokenVersionError),
    ],
)
def test_a_condition_that_came_with_a_version_reaches_no_file(
    thirty: StoredVersion, database: Database, present: str, error: type[StoreError]
) -> None:
    place = thirty.path / "written"
    manifest = json.loads((thirty.path / "manifest.json").read_text())
    parquet = thirty.files("wide")[0]
    manifest["contract"]["presence"][0]["present"] = present.format(place=place, parquet=parquet)
    (thirty.path / "manifest.json").write_text(json.dumps(manifest))
    thirty = StoredVersion(thirty.dataset, thirty.name, thirty.path)
    with pytest.raises(error):
        count_whole(database, thirty, None)
    assert not place.exists()


def test_a_contract_that_is_none_is_a_fault_of_the_version(
    thirty: StoredVersion, database: Database
) -> None:
    manifest = json.loads((thirty.path / "manifest.json").read_text())
    manifest["contract"]["numeric"]["flavour"] = 1
    (thirty.path / "manifest.json").write_text(json.dumps(manifest))
    thirty = StoredVersion(thirty.dataset, thirty.name, thirty.path)
    with pytest.raises(StoreError, match=r"manifest\.json: contract: numeric\.flavour"):
        count_whole(database, thirty, None)
