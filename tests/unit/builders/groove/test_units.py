from __future__ import annotations

import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from hueset.builder import Batch, Inputs, Reject
from hueset.declaration.project import find_project
from hueset.errors import SourceFormatError
from hueset.sources import Where, resolve_sources
from hueset_builders.groove import build as groove
from hueset_builders.groove.units import read_info, session_split
from tests.conftest import REPO

if TYPE_CHECKING:
    from pathlib import Path

SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}


@pytest.fixture
def inputs(data_dir: Path) -> Inputs:
    project = find_project(REPO)
    dataset = project.dataset("groove")
    sources = resolve_sources(
        dataset, Where(REPO, project.folder("groove"), mirror=data_dir)
    ).sources
    return Inputs(dataset, sources, dataset.defaults, project.facts(dataset))


def test_a_file_that_cannot_be_read_is_refused_and_the_session_goes_on(inputs: Inputs) -> None:
    unit = next(one for one in groove.plan_units(inputs) if one.key == "drummer2/session1")
    broken = unit.payload["rows"][0]["midi_filename"]
    source = Broken(inputs.sources["groove"], broken)
    made = list(
        groove.build_unit(
            unit,
            Inputs(inputs.dataset, {"groove": source}, inputs.parameters, inputs.facts),  # type: ignore[dict-item]
        )
    )
    (reject,) = [one for one in made if isinstance(one, Reject)]
    assert reject.reason == "lfs_pointer"
    assert next(one.rows.num_rows for one in made if isinstance(one, Batch)) == 1


def test_the_zip_as_it_is_published_gives_the_same_rows(
    inputs: Inputs, data_dir: Path, tmp_path: Path
) -> None:
    packed, root = tmp_path / "groove-v1.0.0-midionly.zip", data_dir / "groove_gmd"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted((root / "groove").rglob("*.*")):
            archive.write(path, path.relative_to(root))
    where = Where(REPO, find_project(REPO).folder("groove"), flags={"groove_zip": packed})
    zipped = replace(inputs, sources=resolve_sources(inputs.dataset, where).sources)
    pairs = zip(groove.plan_units(inputs), groove.plan_units(zipped), strict=True)
    plain, same = next(pair for pair in pairs if pair[0].key == "drummer2/session1")
    assert same.payload == plain.payload
    assert same.inputs[0] == ("groove_zip", f"groove/{plain.inputs[0][1]}")
    assert list(groove.build_unit(same, zipped)) == list(groove.build_unit(plain, inputs))


class Broken:
    """A source in which one member is a git-LFS pointer."""

    def __init__(self, source: Any, broken: str) -> None:
        self.source, self.broken, self.name = source, broken, source.name

    def read(self, member: str) -> bytes:
        if member == self.broken:
            return b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
        return bytes(self.source.read(member))


def test_other_columns_are_an_error() -> None:
    with pytest.raises(SourceFormatError, match=r"info\.csv has the columns"):
        read_info(b"drummer;session;id\n")


def test_a_session_whole_in_one_split_keeps_it() -> None:
    rows = [{"split": "test"}, {"split": "test"}]
    assert session_split("s", rows, SHARES, "any") == "test"
    torn = [{"split": "test"}, {"split": "train"}]
    assert session_split("s", torn, SHARES, "x") == session_split("s", torn, SHARES, "x")
