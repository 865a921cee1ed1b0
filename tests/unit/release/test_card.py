"""The card: every number is the manifest's, and `datasets` reads its front matter."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
import yaml

from hueset.declaration import Column, TableDeclaration
from hueset.declaration.column_types import arrow_schema
from hueset.release.card import render_documents
from hueset.release.card.front import front_matter
from hueset.release.card.page import render_card
from tests.support.documents import (
    FLOORS,
    TABLE,
    changed,
    class_list,
    finding,
    label_set,
    manifest,
)

if TYPE_CHECKING:
    from tests.support.hub_sessions import Zoo


@pytest.fixture(scope="module")
def card(built_zoo: Zoo) -> str:
    """The card of the newer version."""
    return render_documents(built_zoo.project, built_zoo.new, None)["README.md"]


def front_of(card: str) -> dict[str, Any]:
    return yaml.safe_load(card.split("---\n")[1])  # type: ignore[no-any-return]


def section(card: str, title: str) -> str:
    return re.split(r"\n## ", card.split(f"\n## {title}\n", 1)[1])[0]


def test_the_version_carries_the_card_that_is_made_from_it(built_zoo: Zoo, card: str) -> None:
    assert (built_zoo.new.path / "README.md").read_text() == card


def test_every_table_is_a_config_with_its_splits_and_counts(built_zoo: Zoo, card: str) -> None:
    front = front_of(card)
    tables = built_zoo.new.manifest.tables

    assert [config["config_name"] for config in front["configs"]] == list(tables)
    for info in front["dataset_info"]:
        told = {split["name"]: split["num_examples"] for split in info["splits"]}
        assert told == tables[info["config_name"]].splits
    assert front["configs"][2]["data_files"] == [
        {"split": "train", "path": "data/labels/train-*.parquet"}
    ]
    assert front["pretty_name"] == "A zoo"
    assert front["language"] == ["en"]
    assert front["size_categories"] == ["n<1K"]


def test_datasets_reads_every_part_of_the_front_matter(
    built_zoo: Zoo, card: str, caplog: pytest.LogCaptureFixture
) -> None:
    from datasets.info import DatasetInfosDict
    from huggingface_hub import DatasetCardData

    logging.getLogger("datasets").addHandler(caplog.handler)
    infos = DatasetInfosDict.from_dataset_card_data(DatasetCardData(**front_of(card)))
    logging.getLogger("datasets").removeHandler(caplog.handler)

    assert not caplog.messages
    for name, info in infos.items():
        table = built_zoo.new.manifest.tables[name]
        assert {one: told.num_examples for one, told in info.splits.items()} == table.splits
        for split, told in info.splits.items():
            files = [file.path for file in table.files if file.split == split]
            rows = pq.read_table([built_zoo.new.path / path for path in files])
            # What was read may carry validity bitmaps that the rows had no need of.
            assert told.num_bytes == pytest.approx(rows.nbytes, rel=0.05)
        assert info.dataset_size == sum(told.num_bytes for told in info.splits.values())


COLUMNS = {
    "text": "string",
    "n": "int32",
    "ok": "bool",
    "raw": "binary",
    "kind": "class<a | b>",
    "tags": "list<string>",
    "mel": "array<float32, 4, 3>",
    "sound": "audio",
    "like": "list<struct<name: string, id: int64>>",
    "place": "struct<x: float64, y: float64>",
    "row": "list<list<int8>>",
    "pair": "list<class<a | b>, 2>",
    "two": "list<struct<x: int8>, 2>",
    "both": "list<list<string>, 2>",
}


def test_the_features_are_spelled_as_datasets_spells_them() -> None:
    from datasets import Features

    columns = {name: Column(type=kind) for name, kind in COLUMNS.items()}
    table = TableDeclaration(description="All types.", key=("text",), columns=columns)
    told = {
        **TABLE,
        "key": ["text"],
        "rows": 1,
        "splits": {"train": 1},
        "files": [
            {
                "path": "data/all/train-0.parquet",
                "split": "train",
                "rows": 1,
                "bytes": 1,
                "sha256": "0" * 64,
                "arrow_bytes": 1,
            }
        ],
        "columns": {name: {"type": kind} for name, kind in COLUMNS.items()},
    }

    ours = front_matter(manifest(tables={"all": told}))["dataset_info"][0]["features"]

    real = Features.from_arrow_schema(arrow_schema(table))
    assert Features._from_yaml_list(ours) == real
    # What a fixed list is called before `datasets` 4, which is read by all after it.
    assert ours[6] == {"name": "mel", "sequence": {"sequence": "float32", "length": 3}, "length": 4}


@pytest.mark.parametrize(
    ("licences", "expected"),
    [
        ({"t": {"CC-BY-4.0": 3}}, {"license": "cc-by-4.0"}),
        ({"t": {"CC-BY-4.0": 3, "CC0-1.0": 1}}, {"license": "cc-by-4.0"}),
        ({"t": {"CC-BY-4.0": 3, "CC-BY-NC-4.0": 1}}, {"license": "cc-by-nc-4.0"}),
        (
            {"t": {"CC-BY-4.0": 3, "unstated": 1}},
            {"license": "other", "license_name": "cc-by-4.0-and-unstated"},
        ),
        ({"t": {"my own": 3}}, {"license": "other", "license_name": "my-own"}),
        ({"t": {"untold": 3}}, {"license": "other", "license_name": "unstated"}),
    ],
)
def test_licences_are_named_as_the_hub_names_them(
    licences: dict[str, dict[str, int]], expected: dict[str, Any]
) -> None:
    front = front_matter(manifest(licence="mixed, see the card", licences=licences))

    assert {k: v for k, v in front.items() if k.startswith("license")} == expected


def test_the_numbers_are_those_of_the_manifest(built_zoo: Zoo, card: str) -> None:
    assert "| `animals` | 8 | " in section(card, "Tables")
    assert "| calm | 8 | " in section(card, "Coverage")
    assert "| shiny | 0 | – | – | – | absent | no example |" in section(card, "Coverage")
    said = section(card, "Who said so")
    assert "| calm | shelter | rating 5 | 3.0 | 0.100 | – | – |" in said
    assert "| calm | street | rating 3 | 3.0 | 0.100 | – | – |" in said
    assert "| `animals` | `calm_out_of_range` | 1 |" in section(card, "Quarantine")
    assert "| `animals` | 5 | 3 |" in section(card, "Licences")
    assert "| `animals` | `split` | `name` |" in section(card, "Splits")
    assert "0 of 8 groups (name) lie in more than one split" in section(card, "Splits")
    assert "1 of 2 dimensions have no example at all: shiny" in section(card, "Known limits")
    assert "[shelter](https://example.org/shelter) | CC-BY-4.0" in section(card, "Sources")


def test_the_prose_and_the_history_stand_in_it(card: str) -> None:
    assert "Animals that people met." in card
    assert 'load_dataset("keepers/zoo", "animals")' in card
    assert "REPOSITORY" not in card
    assert "### 1.0.0" in section(card, "History")


def test_a_changed_number_changes_the_card_and_nothing_else_is_typed(built_zoo: Zoo) -> None:
    version = built_zoo.new
    told = changed(version.manifest, quarantine={"animals": {"calm_out_of_range": 41_007}})

    card = render_card(told, version.coverage, version.gate, "", "", "a/b")

    assert "| `animals` | `calm_out_of_range` | 41,007 |" in card
    assert "41,007 rows were refused" in card


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("sample", "This is the embedded sample, not the dataset."),
        ("subset", "This is a subset, not the whole dataset."),
    ],
)
def test_a_part_and_a_failed_version_say_so_first(built_zoo: Zoo, kind: str, said: str) -> None:
    version = built_zoo.new
    name = version.name.replace("+", f"+{kind}.")
    told = changed(version.manifest, version=name, verdict="fail")

    card = render_card(told, version.coverage, version.gate, "", "", "a/b")

    head = card.split("## ")[0]
    assert said in head
    assert "The gate did not let this version through." in head


def test_a_pipe_in_a_text_does_not_break_a_table(built_zoo: Zoo) -> None:
    version = built_zoo.new
    source = {**version.manifest.sources[0].to_json(), "citation": "A | B\nC"}
    told = changed(version.manifest, sources=[source])

    card = render_card(told, version.coverage, version.gate, "", "", "a/b")

    assert "A \\| B C" in card


def test_findings_of_one_check_and_empty_classes_are_counted_where_there_are_many(
    built_zoo: Zoo,
) -> None:
    version = built_zoo.new
    findings = [finding("input.file_missing", message=f"file {at} is missing") for at in range(40)]
    findings += [finding("coverage.absent", message="nothing shiny")]
    empty = [{"class": f"c{at}", "n": 0, "verdict": "absent"} for at in range(40)]
    full = {"class": "some", "n": 3, "verdict": "thin"}
    covered = changed(version.coverage, classes=[class_list("kinds", *empty, full, floor=9)])
    gate = changed(version.gate, findings=findings)

    card = render_card(version.manifest, covered, gate, "", "", "a/b")

    told = section(card, "Gate")
    assert "file 0 is missing" in told and "file 1 is" not in told
    assert "- **warn** and 39 more like it" in told
    assert "- **warn** nothing shiny" in told
    assert "| some | 3 | thin |" in section(card, "Coverage")
    assert "| c7 |" not in card
    assert "- kinds: 40 of 41 classes (c0, c1, c2, … in `coverage.json`) (no row)." in card


def test_tags_have_no_mean_and_raters_of_several_scales_no_common_spread(built_zoo: Zoo) -> None:
    version = built_zoo.new
    told = {"n": 3, "kinds": "rating", "mean": 5.0, "mean_sd": 0.9, "agreement": 0.8}
    by_source = {"one": {**told, "low": 1.0, "high": 5.0}, "two": {**told, "low": 1.0, "high": 9.0}}
    raters = {"mean": 5.0, "mean_sd": None, "by_source": by_source}
    tags = label_set(8, low_tags=1, high_tags=7)
    calm = {
        **version.coverage.dimensions[0].to_json(),
        "raters": raters,
        "judged": "tag",
        "evidence": {"tag": tags},
        "by_source": {},
    }
    floors = {**FLOORS, "positives": 2}
    covered = changed(version.coverage, dimensions=[calm], floors=floors)

    card = render_card(version.manifest, covered, version.gate, "", "", "a/b")

    assert f"| calm | 8 | – | – | – | {calm['verdict']} |" in section(card, "Coverage")
    assert "| calm | two | rating 3 | 5.0 | 0.900 | 1..9 | 0.800 |" in section(card, "Who said so")


def test_a_version_made_with_other_parameters_says_so_first_and_lists_all(built_zoo: Zoo) -> None:
    version = built_zoo.new
    told = changed(
        version.manifest,
        parameters={"limit": 12, "salt": "s|t"},
        changed_parameters={"limit": None},
    )

    card = render_card(told, version.coverage, version.gate, "", "", "a/b")

    assert "> **Not made as declared:** `limit` = `12`." in card.split("## ")[0]
    assert "| `limit` | `12` |" in section(card, "Parameters")
    assert '| `salt` | `"s\\|t"` |' in section(card, "Parameters")


def test_a_table_without_a_row_is_no_config_and_the_card_says_so(built_zoo: Zoo) -> None:
    version = built_zoo.new
    tables = version.manifest.to_json()["tables"]
    tables["labels"] |= {"rows": 0, "splits": {"train": 0}, "files": []}

    card = render_card(
        changed(version.manifest, tables=tables), version.coverage, version.gate, "", "", "a/b"
    )

    assert [one["config_name"] for one in front_of(card)["configs"]] == ["animals", "calls"]
    assert [one["config_name"] for one in front_of(card)["dataset_info"]] == ["animals", "calls"]
    assert "Without a row, and so no config: `labels`." in section(card, "How to load it")
    assert "| `labels` | 0 |" in section(card, "Tables")
