"""Places of values in Parquet files, against what pyarrow reads from the same files."""

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hueset.tables.byte_ranges import NotPlainError, byte_ranges, read_span

AUDIO = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def write(path: Path, column: pa.Array, *, nullable: bool = True, **options: Any) -> Path:
    schema = pa.schema([pa.field("n", pa.int64()), pa.field("v", column.type, nullable=nullable)])
    table = pa.table([pa.array(range(len(column))), column], schema=schema)
    plain: dict[str, Any] = {"compression": "NONE", "use_dictionary": False}
    pq.write_table(table, path, **{**plain, **options})
    return path


def read(path: Path) -> list[bytes | None]:
    """Return the bytes of the second leaf of all row groups, by their spans."""
    metadata, found = pq.read_metadata(path), []
    with path.open("rb") as stream:
        for group in range(metadata.num_row_groups):
            places = byte_ranges(stream, metadata, group, 1)
            found += [None if one is None else read_span(stream, one) for one in places]
    return found


VALUES = st.lists(st.one_of(st.none(), st.binary(max_size=300)), max_size=120)


@settings(max_examples=100, deadline=None)
@given(
    values=VALUES,
    group=st.integers(1, 150),
    page=st.sampled_from([1, 64, 1000, 1 << 20]),
    batch=st.sampled_from([1, 7, 1024]),
    chunking=st.booleans(),
)
def test_every_value_is_where_it_is_said_to_be(
    tmp_path_factory: pytest.TempPathFactory,
    values: list[bytes | None],
    group: int,
    page: int,
    batch: int,
    chunking: bool,
) -> None:
    path = write(
        tmp_path_factory.mktemp("spans") / "a.parquet",
        pa.array(values, pa.binary()),
        row_group_size=group,
        data_page_size=page,
        write_batch_size=batch,
        use_content_defined_chunking=chunking,
    )
    assert read(path) == values


def test_values_in_a_struct_are_found_whichever_of_the_two_is_missing(tmp_path: Path) -> None:
    rows = [
        None if at % 7 == 3 else {"bytes": None if at % 5 == 1 else bytes([at]) * at, "path": "p"}
        for at in range(200)
    ]
    path = write(tmp_path / "a.parquet", pa.array(rows, AUDIO), row_group_size=64)
    assert read(path) == [row and row["bytes"] for row in rows]


def test_a_column_without_nulls_has_no_levels(tmp_path: Path) -> None:
    values = [b"", b"one", b"two" * 1000]
    path = write(tmp_path / "a.parquet", pa.array(values, pa.binary()), nullable=False)
    assert read(path) == values


@pytest.mark.parametrize("statistics", [True, False])
def test_long_statistics_in_a_header_are_skipped(tmp_path: Path, statistics: bool) -> None:
    values = [bytes([at]) * 900 for at in range(50)]
    path = write(
        tmp_path / "a.parquet",
        pa.array(values, pa.binary()),
        write_statistics=statistics,
        data_page_size=2000,
        write_batch_size=1,
    )
    assert read(path) == values


@pytest.mark.parametrize(
    ("column", "options", "told"),
    [
        (pa.array([b"a", b"b"]), {"compression": "ZSTD"}, "stored ZSTD"),
        (pa.array([b"a", b"a"]), {"use_dictionary": True}, "dictionary|RLE"),
        (pa.array([1, 2]), {}, "INT64"),
        (pa.array([[b"a"], [b"b"]]), {}, "list"),
        (pa.array([b"a", b"b"]), {"data_page_version": "2.0"}, "another kind"),
        (
            pa.array([b"a", b"b"]),
            {"column_encoding": {"v": "DELTA_LENGTH_BYTE_ARRAY"}},
            "another kind",
        ),
    ],
)
def test_what_is_not_stored_as_it_is_is_refused(
    tmp_path: Path, column: pa.Array, options: dict[str, Any], told: str
) -> None:
    path = write(tmp_path / "a.parquet", column, **options)
    with pytest.raises(NotPlainError, match=told):
        read(path)


def test_damage_is_an_error_or_other_bytes_and_never_hangs(tmp_path: Path) -> None:
    """Each byte of the column in turn is another one; the footer stays as it was."""
    values = [None if at % 4 == 1 else bytes([at]) * 3 for at in range(40)]
    path = write(tmp_path / "a.parquet", pa.array(values, pa.binary()), data_page_size=1)
    whole, chunk = path.read_bytes(), pq.read_metadata(path).row_group(0).column(1)
    draw, refused = random.Random(3), 0
    start = chunk.data_page_offset
    for at in range(start, start + chunk.total_compressed_size):
        bad = bytearray(whole)
        bad[at] ^= draw.randrange(1, 256)
        path.write_bytes(bad)
        try:
            assert len(read(path)) == len(values)
        except NotPlainError:
            refused += 1
    assert refused > 20


def test_a_file_that_was_cut_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", pa.array([b"x" * 5000] * 3))
    metadata = pq.read_metadata(path)
    path.write_bytes(path.read_bytes()[:6000])
    with path.open("rb") as stream:
        with pytest.raises(NotPlainError, match=r"ends before|cannot be read"):
            byte_ranges(stream, metadata, 0, 1)
        path.write_bytes(b"")
        with pytest.raises(NotPlainError, match="cannot be read"):
            byte_ranges(stream, metadata, 0, 1)
