import itertools
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hueset.declaration import TableDeclaration
from hueset.errors import BuildError
from hueset.tables.writer import TableWriter

SPEC = TableDeclaration.model_validate(
    {
        "description": "d",
        "key": ["id"],
        "split": "split",
        "row_group_rows": 10,
        "columns": {
            "id": {"type": "int64"},
            "text": {"type": "string"},
            "midi": {"type": "binary"},
            "split": {"type": "string"},
        },
    }
)


def rows(start: int, stop: int) -> pa.Table:
    ids = list(range(start, stop))
    return pa.table(
        {
            "split": ["test" if at % 5 == 0 else "train" for at in ids],
            "midi": [bytes([at % 256]) * 50 for at in ids],
            "id": ids,
            "text": [f"text {at}" for at in ids],
        }
    )


def written(folder: Path, cuts: list[int]) -> tuple[list, dict]:
    writer = TableWriter(folder / "t", "t", SPEC)
    for start, stop in itertools.pairwise(cuts):
        writer.write(rows(start, stop))
    return writer.close()


def test_the_bytes_do_not_depend_on_how_the_rows_came_in(tmp_path: Path) -> None:
    assert written(tmp_path / "a", [0, 100]) == written(tmp_path / "b", [0, 3, 4, 57, 100])


def test_a_row_group_ends_at_its_size_too_however_the_rows_came_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row has some 80 bytes, so that three rows are a group, and one too large is one."""
    monkeypatch.setattr("hueset.tables.writer.MAX_GROUP_BYTES", 270)
    once = written(tmp_path / "a", [0, 100])
    assert once == written(tmp_path / "b", [0, 3, 4, 57, 100])
    footer = pq.read_metadata(tmp_path / "a" / "t" / "train-00000-of-00001.parquet")
    groups = [footer.row_group(at).num_rows for at in range(footer.num_row_groups)]
    assert groups == [3] * 26 + [2]
    monkeypatch.setattr("hueset.tables.writer.MAX_GROUP_BYTES", 20)
    written(tmp_path / "c", [0, 100])
    footer = pq.read_metadata(tmp_path / "c" / "t" / "train-00000-of-00001.parquet")
    assert footer.num_row_groups == footer.num_rows == 80


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("string", [f"{at:03}" * 100 for at in range(40)]),
        ("list<string>", [[f"{at:03}"] * 43 for at in range(40)]),
        ("list<struct<a: string>>", [[{"a": f"{at:03}" * 50}] * 2 for at in range(40)]),
        ("list<float64>", [[float(at)] * 38 for at in range(40)]),
    ],
)
def test_a_row_group_ends_at_its_size_whatever_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, values: list
) -> None:
    """Each row has some 300 bytes of that kind."""
    monkeypatch.setattr("hueset.tables.writer.MAX_GROUP_BYTES", 1000)
    columns = {"id": {"type": "int64"}, "x": {"type": kind}}
    table = TableDeclaration.model_validate({"description": "d", "key": ["id"], "columns": columns})
    writer = TableWriter(tmp_path / "t", "t", table)
    writer.write(pa.table({"id": range(40), "x": values}))
    writer.close()
    footer = pq.read_metadata(tmp_path / "t" / "train-00000-of-00001.parquet")
    groups = [footer.row_group(at).num_rows for at in range(footer.num_row_groups)]
    assert groups == [3] * 13 + [1]


def test_row_groups_may_have_one_row_each(tmp_path: Path) -> None:
    table = SPEC.model_copy(update={"row_group_rows": 1})
    writer = TableWriter(tmp_path / "t", "t", table)
    writer.write(rows(0, 5))
    files, _ = writer.close()
    assert sum(file.rows for file in files) == 5
    footer = pq.read_metadata(tmp_path / "t" / "train-00000-of-00001.parquet")
    assert footer.num_row_groups == footer.num_rows == 4


def test_rows_go_to_the_files_of_their_split(tmp_path: Path) -> None:
    files, _ = written(tmp_path, [0, 100])
    assert [(file.split, file.rows) for file in files] == [("test", 20), ("train", 80)]
    read = pq.read_table(tmp_path / "t" / "test-00000-of-00001.parquet")
    assert set(read["split"].to_pylist()) == {"test"}


def test_bytes_are_stored_plain_and_text_compressed(tmp_path: Path) -> None:
    written(tmp_path, [0, 100])
    group = pq.read_metadata(tmp_path / "t" / "train-00000-of-00001.parquet").row_group(0)
    compression = {
        group.column(at).path_in_schema: group.column(at).compression
        for at in range(group.num_columns)
    }
    assert compression == {"id": "ZSTD", "text": "ZSTD", "midi": "UNCOMPRESSED", "split": "ZSTD"}
    assert group.num_rows == 10


def test_a_row_without_split_is_refused(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path / "t", "t", SPEC)
    faulty = rows(0, 3).set_column(0, "split", pa.array(["train", None, "test"]))
    with pytest.raises(BuildError, match=r"1 row has no split.* the first is id=1"):
        writer.write(faulty)


def test_a_row_with_an_empty_split_is_refused_like_one_with_none(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path / "t", "t", SPEC)
    faulty = rows(0, 4).set_column(0, "split", pa.array(["train", "", "", None]))
    with pytest.raises(BuildError, match=r"table 't': 3 rows have no split.* the first is id=1"):
        writer.write(faulty)


def test_a_batch_with_other_columns_is_refused_by_name(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path / "t", "t", SPEC)
    with pytest.raises(BuildError, match=r"lacks \['text'\].*undeclared \['txet'\]"):
        writer.write(rows(0, 3).rename_columns(["split", "midi", "id", "txet"]))


@pytest.mark.parametrize("name", ["a" * 300, "é" * 120, "a b"])
def test_a_split_that_can_name_no_file_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    one = rows(1, 2).set_column(0, "split", pa.array([name]))
    with pytest.raises(BuildError, match="is no name of a split"):
        TableWriter(tmp_path / "t", "t", SPEC).write(one)
