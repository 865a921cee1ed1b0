from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hueset.errors import SourceMissingError, UsageError
from hueset.sources.sample import locate_sample, sample_of
from tests.support.source_declarations import declare, places

if TYPE_CHECKING:
    from hueset.sources import Where

SOURCE = {"mirror": "pets.csv"}
SAMPLE = {"default": True, "sources": {"pets": "sample/pets.csv"}}


def sample_case(root: Path, default: bool = True, **said: Any) -> tuple[Any, Where]:
    return declare({"pets": SOURCE}, {**SAMPLE, "default": default}), places(root, **said)


def test_the_sample_is_used_where_it_is_the_default_and_nothing_was_configured(
    tmp_path: Path,
) -> None:
    dataset, where = sample_case(tmp_path)
    assert sample_of(dataset, where) is dataset.sample
    assert sample_of(dataset, replace(where, sample=False)) is None
    assert sample_of(dataset, replace(where, mirror=tmp_path)) is None
    assert sample_of(dataset, replace(where, flags={"pets": tmp_path})) is None


def test_the_sample_is_else_used_only_when_asked_for(tmp_path: Path) -> None:
    dataset, where = sample_case(tmp_path, default=False)
    assert sample_of(dataset, where) is None
    assert sample_of(dataset, replace(where, sample=True)) is dataset.sample
    assert sample_of(declare({"pets": SOURCE}), where) is None


def test_a_sample_that_does_not_exist_cannot_be_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="pets has no embedded sample"):
        sample_of(declare({"pets": SOURCE}), places(tmp_path, sample=True))


@pytest.mark.parametrize("said", [{"mirror": Path("x")}, {"flags": {"pets": Path("x")}}])
def test_a_sample_and_ones_own_sources_contradict_each_other(
    said: dict[str, Any], tmp_path: Path
) -> None:
    dataset, where = sample_case(tmp_path, sample=True, **said)
    with pytest.raises(UsageError, match="only one of them"):
        sample_of(dataset, where)


def test_a_sample_that_lacks_its_file_is_an_error(tmp_path: Path) -> None:
    dataset, where = sample_case(tmp_path)
    with pytest.raises(SourceMissingError, match=r"sample/pets\.csv does not exist"):
        locate_sample(dataset, where, dataset.sample, ["pets"])
