from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hueset.errors import SourceFormatError
from hueset.sources import pins, shape
from hueset.sources.inspection import inspect_source
from hueset.sources.shape import SourceShape
from tests.support.source_declarations import declare, write_folder, write_zip

if TYPE_CHECKING:
    from pathlib import Path

TEXT = 'id,text\n1,"two\nlines, and a comma"\n2,"a ""quoted"" word"\n\n3,None\n'


def measure(path: Path, **said: Any) -> SourceShape:
    source = declare({"pets": said}).sources["pets"]
    found = pins.resolved_source(path, "pets", "flag", pins.identify_bytes(path, "pets", source))
    return shape.measure_shape(found, source)


def refuse(path: Path, **said: Any) -> None:
    source = declare({"pets": said}).sources["pets"]
    for fault in inspect_source(path, "pets", "flag", source, None).faults:
        raise fault


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_rows_are_counted_with_quotes_in_mind(tmp_path: Path) -> None:
    assert measure(write(tmp_path / "x.csv", TEXT)) == SourceShape(("id", "text"), 2, 3)


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert measure(write(tmp_path / "x.csv", "\ufeffid,text\n1,a\n")).columns == ("id", "text")


def test_a_table_without_header_has_a_width(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tsv", 'a\t1\n"b\tc"\t2\n')
    assert measure(path, format={"header": False}) == SourceShape(None, 2, 2)


def test_quotes_can_be_plain_letters(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tsv", 'id\ttext\n1\t"open\n2\tclosed"\n')
    assert measure(path, format={"quoting": False}).rows == 2
    assert measure(path).rows == 1


def test_a_compressed_table_is_read(tmp_path: Path) -> None:
    assert measure(write(tmp_path / "x.tsv.gz", gzip.compress(b"a\tb\n1\t2\n"))) == SourceShape(
        ("a", "b"), 2, 1
    )


def test_a_type_can_be_declared(tmp_path: Path) -> None:
    path = write(tmp_path / "x.txt", "a,b\n1,2\n")
    assert measure(path) == SourceShape()
    assert measure(path, format={"type": "csv"}) == SourceShape(("a", "b"), 2, 1)


def test_rows_that_do_not_fit_the_header_are_counted_and_the_first_is_named(
    tmp_path: Path,
) -> None:
    found = measure(write(tmp_path / "x.csv", "a,b\n1,2\n1,2,3\n1\n"))
    assert (found.rows, found.ragged) == (3, 2)
    assert found.first_ragged == "line 3 has 3 fields, not 2"


def test_a_text_longer_than_the_default_limit_is_read(tmp_path: Path) -> None:
    assert measure(write(tmp_path / "x.csv", f"a,b\n1,{'x' * 200_000}\n")).rows == 1


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        ([{"a": 1}, {"a": 2, "b": 3}], SourceShape(("a", "b"), 2, 2)),
        ({"about": "x", "colors": [{"name": "red"}]}, SourceShape(("name",), 1, 1)),
        ({"a": {"0": 1, "1": 2}, "b": {"0": 3, "1": 4}}, SourceShape(("a", "b"), 2, 2)),
        ({"a": [1, 2], "b": [3, 4]}, SourceShape(("a", "b"), 2, 2)),
        ({"a": 1}, SourceShape()),
        ([1, 2, 3], SourceShape(None, None, 3)),
        ("text", SourceShape()),
        ({}, SourceShape()),
    ],
)
def test_json_in_its_usual_forms(document: Any, wanted: SourceShape, tmp_path: Path) -> None:
    assert measure(write(tmp_path / "x.json", json.dumps(document))) == wanted


def test_json_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", '{"a": 1}\n\n{"b": 2}\n')
    assert measure(path) == SourceShape(("a", "b"), 2, 2)


def test_parquet(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1, 2], "b": ["x", "y"]}), tmp_path / "x.parquet")
    assert measure(tmp_path / "x.parquet") == SourceShape(("a", "b"), 2, 2)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.json", b"{"),
        ("x.jsonl", b"{}\n{\n"),
        ("x.parquet", b"PAR1 not"),
        ("x.csv", b"a\xff\n"),
        ("x.csv.gz", b"not gzip"),
        ("x.csv.gz", gzip.compress(b"a\n", mtime=0)[:-9]),
    ],
)
def test_a_broken_table_is_named(name: str, data: bytes, tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match=f"{name} cannot be read as a table"):
        measure(write(tmp_path / name, data))


def test_a_table_in_another_encoding(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "prénom\nZoë\n".encode("latin-1"))
    assert measure(path, format={"encoding": "latin-1"}) == SourceShape(("prénom",), 1, 1)


def test_rows_of_a_folder_are_its_files_or_where_columns_are_declared_those_of_its_tables(
    tmp_path: Path,
) -> None:
    members = {"a.csv": b"x,y\n1,2\n", "b.csv": b"x,y\n1,2\n3,4\n", "LICENSE": b"free"}
    said = {"kind": "folder", "columns": ["x", "y"]}
    for path in (write_folder(tmp_path / "x", members), write_zip(tmp_path / "x.zip", members)):
        assert measure(path, kind="folder") == SourceShape(rows=3)
        assert measure(path, **said) == SourceShape(("x", "y"), 2, 3)
        refuse(path, **said)


def test_tables_of_one_source_must_agree(tmp_path: Path) -> None:
    path = write_folder(tmp_path / "x", {"a.csv": b"x,y\n", "b.csv": b"x,z\n"})
    with pytest.raises(SourceFormatError, match=r"b\.csv and a\.csv have different columns"):
        measure(path, kind="folder", columns=["x", "y"])


def test_the_declared_columns_are_let_through(tmp_path: Path) -> None:
    refuse(write(tmp_path / "x.csv", TEXT), columns=["id", "text"])
    refuse(write(tmp_path / "y.csv", TEXT))
    refuse(write(tmp_path / "x.tsv", "1\t2\n"), columns=["a", "b"], format={"header": False})


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("id,txt", "found 'txt', declared 'text'"),
        ("text,id", "number 1: found 'text', declared 'id'"),
        ("id", "it has 1 column, declared are 2; .* found nothing, declared 'text'"),
        ("id,text,more", "number 3: found 'more', declared nothing"),
    ],
)
def test_other_columns_are_told_where_they_differ_first(
    header: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceFormatError, match=said):
        refuse(write(tmp_path / "x.csv", f"{header}\n"), columns=["id", "text"])


def test_another_width_without_header_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tsv", "1\t2\t3\n")
    with pytest.raises(SourceFormatError, match="has 3 columns, declared are 2"):
        refuse(path, columns=["a", "b"], format={"header": False})


def test_columns_of_no_table_are_an_error_that_says_how_to_declare_the_type(
    tmp_path: Path,
) -> None:
    with pytest.raises(SourceFormatError, match="no table that can be read") as seen:
        refuse(write(tmp_path / "x.txt", "a,b\n"), columns=["a", "b"])
    assert "format" in str(seen.value.hint)


def test_the_real_tables_have_their_published_rows(data_dir: Path) -> None:
    headless = {"header": False}
    assert measure(data_dir / "goemotions/train.tsv", format=headless) == SourceShape(
        None, 3, 43_410
    )
    emobank = measure(data_dir / "emobank/emobank.csv")
    assert emobank == SourceShape(("id", "split", "V", "A", "D", "text"), 6, 10_062)
    assert measure(data_dir / "xkcd_colors/xkcd.json").rows == 954
    tags = measure(data_dir / "mtg_jamendo/autotagging_moodtheme.tsv.gz")
    assert tags.rows == 18_486
    assert tags.ragged > 0


def test_a_real_header_that_lacks_a_name_is_seen(data_dir: Path) -> None:
    found = measure(data_dir / "socialfx/eq_contributions.head18.csv")
    assert found.width == 43
    assert found.ragged == found.rows
    assert "44 fields, not 43" in str(found.first_ragged)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('id,text\n1,a\n2,"b\n3,c\n4,d\n', "begins on line 3: a quote is opened and never closed"),
        ('id,text\n1,"a" and more\n2,b\n', "begins on line 2: ',' expected after"),
        ('id,text\n1,"a\n2,b\n3,"c"\n', "begins on line 2: ',' expected after"),
    ],
)
def test_a_quote_that_swallows_rows_ends_the_reading(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SourceFormatError, match=said):
        measure(write(tmp_path / "x.csv", text))


def test_what_is_declared_tolerant_is_read_as_python_reads_it(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", 'id,text\n1,"a" and more\n2,b\n')
    assert measure(path, format={"tolerant": True}).rows == 2


@pytest.mark.parametrize("encoding", ["utf-16-le", "U8", "UTF 8"])
def test_a_byte_order_mark_is_dropped_whatever_the_encoding_is_called(
    tmp_path: Path, encoding: str
) -> None:
    path = write(tmp_path / "x.csv", "\ufeffid,text\n1,a\n".encode(encoding))
    assert measure(path, format={"encoding": encoding}).columns == ("id", "text")


def test_a_header_that_names_a_column_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="its header names 'text' twice"):
        refuse(write(tmp_path / "x.csv", "id,text,text\n1,a,b\n"))


def test_rows_of_members_that_do_not_fit_are_found_without_declared_columns(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"a.csv": b"id,n\n1,2\n2,0,95\n", "b.csv": b"k\n1\n"})
    with pytest.raises(SourceFormatError, match=r"a\.csv: line 3 has 3 fields, not 2"):
        refuse(folder, kind="folder")
