"""The Croissant description: the real library validates it, reads every record, checks hashes."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from hueset.release.croissant import render_croissant
from tests.support.documents import changed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub_sessions import Zoo

mlc = pytest.importorskip("mlcroissant", reason="mlcroissant is in the extra [test]")
pytestmark = pytest.mark.filterwarnings("ignore")


def described(zoo: Zoo) -> dict[str, Any]:
    return json.loads((zoo.new.path / "croissant.json").read_text())  # type: ignore[no-any-return]


def test_it_is_valid_and_says_what_it_is(zoo: Zoo) -> None:
    dataset = mlc.Dataset(jsonld=zoo.new.path / "croissant.json")

    assert not dataset.metadata.ctx.issues.errors
    assert dataset.metadata.name == "zoo"
    assert dataset.metadata.version == zoo.new.name
    assert dataset.metadata.conforms_to[0].endswith("croissant/1.1")


def test_every_record_reads_as_it_was_written(zoo: Zoo) -> None:
    dataset = mlc.Dataset(jsonld=zoo.new.path / "croissant.json")
    splits = zoo.new.manifest.tables["animals"].splits

    names, shapes = set(), set()
    for split, count in splits.items():
        records = list(dataset.records(f"animals/{split}"))
        assert len(records) == count
        names |= {record[f"animals/{split}/name"].decode() for record in records}
    for record in dataset.records("calls/train"):
        shapes.add((len(record["calls/train/mel"]), len(record["calls/train/mel"][0])))
        assert record["calls/train/tags"][1] == b"loud"

    assert names == {"rex", "tom", "ida", "kit", "uma", "zoe", "max", "lea"}
    assert shapes == {(4, 3)}


def test_a_changed_file_is_noticed_when_its_records_are_read(zoo: Zoo, tmp_path: Path) -> None:
    folder = shutil.copytree(zoo.new.path, tmp_path / "changed")
    path = next((folder / "data/labels").iterdir())
    shutil.copyfile(next((folder / "data/animals").iterdir()), path)

    with pytest.raises(mlc.GenerationError) as caught:
        list(mlc.Dataset(jsonld=folder / "croissant.json").records("labels/train"))
    assert "Hash of downloaded file" in str(caught.value.__cause__)


def test_hashes_and_sizes_are_those_of_the_manifest(zoo: Zoo) -> None:
    told = {one["@id"]: one for one in described(zoo)["distribution"]}
    files = [f for table in zoo.new.manifest.tables.values() for f in table.files]

    assert set(told) == {file.path for file in files}
    for file in files:
        assert told[file.path]["sha256"] == file.sha256
        assert told[file.path]["contentSize"] == f"{file.bytes} B"


def test_responsible_fields_come_from_the_numbers(zoo: Zoo) -> None:
    document = described(zoo)

    assert document["rai:dataImputationProtocol"].startswith("None")
    assert document["rai:dataAnnotationProtocol"] == ["calm: 8 of kind rating"]
    assert document["rai:annotationsPerItem"] == (
        "calm in shelter: 3.0 raters per label; calm in street: 3.0 raters per label"
    )
    assert document["rai:dataLimitations"] == ["shiny is absent: no example"]
    assert document["rai:dataPreprocessingProtocol"] == [
        "1 row of animals was refused: calm_out_of_range"
    ]
    assert "rai:machineAnnotationTools" not in document


def test_machine_made_labels_are_named_as_such(zoo: Zoo) -> None:
    dimensions = zoo.new.coverage.to_json()["dimensions"]
    dimensions[0]["label_kinds"] = {"lexicon": 8}
    coverage = changed(zoo.new.coverage, dimensions=dimensions)

    document = render_croissant(zoo.new.manifest, coverage, "a/b")

    assert document["rai:machineAnnotationTools"] == ["labels of the kind lexicon"]


def test_licences_are_addresses_where_they_are_known(zoo: Zoo) -> None:
    document = described(zoo)

    assert document["license"] == ["https://spdx.org/licenses/CC-BY-4.0", "unstated"]
    assert document["url"] == "https://huggingface.co/datasets/keepers/zoo"
