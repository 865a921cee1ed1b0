"""A byte order mark is dropped before anything is parsed, or refused with the encoding it names."""

from __future__ import annotations

import gzip
import io
import json
from typing import TYPE_CHECKING

import pytest

from hueset.builder import csv_rows, decode_text
from hueset.builder.text_decoding import LONGEST_MARK, open_text
from hueset.errors import SourceFormatError
from hueset.sources import pins, shape
from tests.support.source_declarations import declare

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.sources.shape import SourceShape

UNICODE = ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]
GENERIC = {"utf-16-le": "utf-16", "utf-16-be": "utf-16", "utf-32-le": "utf-32"}


def measure(path: Path, encoding: str) -> SourceShape:
    declared = declare({"it": {"format": {"encoding": encoding}}}).sources["it"]
    found = pins.resolved_source(path, "it", "flag", pins.identify_bytes(path, "it", declared))
    return shape.measure_shape(found, declared)


class Slow(io.BytesIO):
    """A stream that gives one byte at a time, as some do."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(1 if size else 0)


@pytest.mark.parametrize("encoding", UNICODE)
def test_a_mark_of_the_same_encoding_is_dropped_under_all_its_names(encoding: str) -> None:
    data = "\ufeffsüß\r\n\ufeffx".encode(encoding)
    for name in {encoding, GENERIC.get(encoding, encoding), encoding.upper().replace("-", "_")}:
        assert decode_text(data, name) == "süß\r\n\ufeffx"
        assert open_text(Slow(data), name).read() == "süß\r\n\ufeffx"
    assert decode_text("süß".encode(encoding), encoding) == "süß"


@pytest.mark.parametrize("encoding", UNICODE)
@pytest.mark.parametrize("declared", [*UNICODE, "latin-1", "cp1252"])
def test_a_mark_of_another_encoding_is_refused_by_name(encoding: str, declared: str) -> None:
    if encoding == declared:
        return
    data = "\ufeffab".encode(encoding)
    if (encoding, declared) == ("utf-32-le", "utf-16-le"):
        assert decode_text(data, declared) == "\0a\0b\0", "as utf-16 that is a mark of its own"
        return
    with pytest.raises(ValueError, match=f"byte order mark of {encoding}, and is read as"):
        decode_text(data, declared)


@pytest.mark.parametrize("length", range(LONGEST_MARK + 1))
def test_texts_shorter_than_a_mark_are_read_whole(length: int) -> None:
    assert open_text(io.BytesIO(b"a" * length)).read() == "a" * length


@pytest.mark.parametrize("encoding", UNICODE)
def test_a_quoted_first_name_keeps_no_quotes(encoding: str) -> None:
    data = '\ufeff"id","te""xt"\n1,a\n'.encode(encoding)
    assert list(csv_rows(data, "x.csv", encoding=encoding)) == [(2, {"id": "1", 'te"xt': "a"})]


@pytest.mark.parametrize("encoding", UNICODE)
@pytest.mark.parametrize("name", ["x.csv", "x.json", "x.jsonl", "x.csv.gz", "x.jsonl.gz"])
def test_every_kind_of_table_is_read_behind_a_mark(
    tmp_path: Path, name: str, encoding: str
) -> None:
    row = {"id": 1, "text": "süß"}
    text = {
        "csv": '"id","text"\n1,süß\n',
        "json": json.dumps([row], ensure_ascii=False),
        "jsonl": json.dumps(row, ensure_ascii=False) + "\n",
    }[name.removesuffix(".gz").partition(".")[2]]
    data = f"\ufeff{text}".encode(encoding)
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    found = measure(path, encoding)
    assert (found.columns, found.rows) == (("id", "text"), 1)


def test_the_error_names_the_file_and_what_to_declare(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("\ufeffid\n1\n".encode("utf-16-le"))
    with pytest.raises(SourceFormatError, match=r"'it': x\.csv .* mark of utf-16-le") as caught:
        measure(path, "utf-8")
    assert "declare or give the encoding utf-16-le" in caught.value.message
    assert "`format:`" in str(caught.value.hint)
