"""What fails over a file is the file's fault, what fails in a builder's own lines is the builder's.

No kind of exception of any library is listed in the code under test; here are some of many.
"""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING

import pytest

from hueset.builder.input_errors import convert_input_errors
from hueset.builder.loader import builder_code
from hueset.errors import BuildError, HuesetError, InputError, SourceError, SourceFormatError
from hueset.sources import pins
from tests.support.source_declarations import declare

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "a: [one, two\nthree four {\n"


@pytest.fixture
def fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Return what leaves a builder that runs one line after it has read its source."""
    package = tmp_path / f"makers_{tmp_path.name}"
    package.mkdir()
    (package / "__init__.py").touch()
    (tmp_path / "rows.txt").write_text(TEXT)
    declared = declare({"rows": {}}).sources["rows"]
    identity = pins.identify_bytes(tmp_path / "rows.txt", "rows", declared)
    source = pins.resolved_source(tmp_path / "rows.txt", "rows", "flag", identity)
    monkeypatch.syspath_prepend(tmp_path)

    def run(line: str) -> HuesetError:
        head = "import csv, io, json\ndef build(source):\n    text = source.read().decode()\n"
        (package / "one.py").write_text(f"{head}    {line}\n")
        module = f"{package.name}.one"
        with pytest.raises(HuesetError) as seen, builder_code(module, "on the unit 'rows'"):
            importlib.import_module(module).build(source)
        assert re.search(rf"{package.name}/one\.py:4\)$", seen.value.message)
        return seen.value

    return run


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("b'\\xff'.decode()", "byte 0xff at 0 is not utf-8"),
        ("json.loads(text)", "Expecting value: line 1 column 1"),
        ("json.loads('[' * 100_000)", "nested too deep"),
        ("list(csv.reader(['\"a'], strict=True))", "unexpected end of data"),
        ("import zlib; zlib.decompress(text.encode())", "incorrect header check"),
        ("import gzip; gzip.decompress(text.encode())", "Not a gzipped file"),
        ("import struct; struct.unpack('<8q', text.encode())", "requires a buffer of 64 bytes"),
        ("import zipfile; zipfile.ZipFile(io.BytesIO(text.encode()))", "not a zip file"),
        ("import polars as pl; pl.read_parquet(io.BytesIO(text.encode()))", "PAR1"),
        ("import pyarrow.parquet as pq; pq.ParquetFile(io.BytesIO(b'x'))", "Parquet"),
        ("import yaml; yaml.safe_load(text)", "mapping values|flow"),
        ("import soundfile; soundfile.SoundFile(io.BytesIO(b'x'))", "Format not recognised"),
        ("import soundfile; soundfile.SoundFile(str(source.path))", "Format not recognised"),
    ],
)
def test_a_file_that_cannot_be_parsed_is_told_as_that_file(fault, line: str, said: str) -> None:  # type: ignore[no-untyped-def]
    error = fault(line)
    assert type(error) is SourceFormatError
    assert re.match(f"source 'rows', rows.txt cannot be read: .*({said})", error.message)


@pytest.mark.parametrize(
    "line",
    [
        "1 + 'a'",
        "[][0]",
        "{}['name']",
        "float('high')",
        "len(5)",
        "1 / 0",
        "text.nothing",
        "json.loads(5)",
        "assert not text",
        "import polars as pl; pl.DataFrame({'a': [1]})['b']",
        "import polars as pl; pl.DataFrame({'a': [1]}).select('nothing of it at all')",
        "import pyarrow as pa; pa.table({'a': ['x']}).cast(pa.schema([('a', pa.int8())]))",
        "import decimal; decimal.Decimal('high')",
        "import statistics; statistics.mean([])",
        "import polars as pl; pl.read_parquet('/nowhere.parquet')",
        "(lambda f: f(f))(lambda f: f(f))",
        "from nowhere import nothing",
    ],
)
def test_a_defect_in_a_builders_own_lines_stays_the_builders(fault, line: str) -> None:  # type: ignore[no-untyped-def]
    assert type(fault(line)) is BuildError


BROKEN = "part.parquet"


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Return what leaves a builder that reads a parquet file with a sound footer its own way."""
    package = tmp_path / f"makers_{tmp_path.name}"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    def run(lines: str, *, spoilt: bool = True) -> HuesetError:
        import pyarrow as pa
        import pyarrow.parquet as pq

        (tmp_path / "rows").mkdir()
        place = tmp_path / "rows" / BROKEN
        pq.write_table(pa.table({"text": [f"row {at}" for at in range(5000)]}), place)
        data = bytearray(place.read_bytes())
        if spoilt:
            data[4:400] = b"\xff" * 396
        place.write_bytes(data)
        declared = declare({"rows": {"kind": "folder"}}).sources["rows"]
        identity = pins.identify_bytes(tmp_path / "rows", "rows", declared)
        source = pins.resolved_source(tmp_path / "rows", "rows", "flag", identity)
        head = (
            "import pandas as pd, polars as pl, pyarrow.dataset as ds, pyarrow.parquet as pq\n"
            f"def build(source):\n    path = source.path / {BROKEN!r}\n"
        )
        (package / "one.py").write_text(f"{head}    {lines}\n")
        module = f"{package.name}.one"
        inputs = [(source, BROKEN)]
        with pytest.raises(HuesetError) as seen, builder_code(module, "on 'rows'", inputs):
            importlib.import_module(module).build(source)
        assert re.search(rf"{package.name}/one\.py:4\)$", seen.value.message)
        return seen.value

    return run


@pytest.mark.parametrize(
    "lines",
    [
        "pl.read_parquet(path)",
        "pl.scan_parquet(path).collect()",
        "pl.scan_parquet(str(path)).select(pl.col('text').str.len_bytes().sum()).collect()",
        "pq.read_table(path)",
        "pq.ParquetFile(path).read()",
        "list(pq.ParquetFile(path).iter_batches())",
        f"with source.open({BROKEN!r}) as file: pq.ParquetFile(file).read_row_group(0)",
        "ds.dataset(path).to_table()",
        "pd.read_parquet(path)",
    ],
)
def test_a_broken_page_is_the_files_fault_however_a_builder_meets_it(broken, lines: str) -> None:  # type: ignore[no-untyped-def]
    error = broken(lines)
    assert type(error) is SourceFormatError
    assert error.message.startswith(f"source 'rows', {BROKEN} cannot be read: ")


@pytest.mark.parametrize(
    "lines",
    [
        "pl.scan_parquet(path).select('nothing').collect()",
        "pq.ParquetFile(path).read_row_group(99)",
        "pq.read_table(path).column('nothing')",
        "pl.read_parquet(source.path / 'other.parquet')",
    ],
)
def test_a_wrong_call_on_a_sound_file_stays_the_builders(broken, lines: str) -> None:  # type: ignore[no-untyped-def]
    assert type(broken(lines, spoilt=False)) is BuildError


def test_before_anything_was_read_nothing_is_the_sources_fault() -> None:
    with pytest.raises(BuildError), builder_code("nowhere", "to be imported"):
        b"\xff".decode()


class OddError(Exception):
    """What the next library may raise."""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OddError("odd"), "odd"),
        (OddError(), "OddError"),
        (KeyError("name"), "it lacks 'name'"),
        (RecursionError("x"), "it is nested too deep"),
        (MemoryError(), "it does not fit into memory"),
        (
            OddError("at https://anna:pw@host/x?token=abc"),
            r"at https://\*\*\*@host/x\?token=\*\*\*",
        ),
        (OddError("a\n  b"), "a b"),
        (OddError("x" * 5000), r"x{300}…(\n|$)"),
    ],
)
def test_whatever_fails_while_input_is_read_is_told_with_file_and_place(
    error: Exception, said: str
) -> None:
    with (
        pytest.raises(SourceFormatError, match=f"a.json is no JSON: {said}"),
        convert_input_errors("a.json is no JSON"),
    ):
        raise error
    with (
        pytest.raises(InputError) as seen,
        convert_input_errors("a.json is no JSON", reason="not_json"),
    ):
        raise error
    assert seen.value.reason == "not_json"


def test_what_the_system_refuses_is_no_fault_of_the_form() -> None:
    with (
        pytest.raises(SourceError, match="Input/output error") as seen,
        convert_input_errors("a.json"),
    ):
        raise OSError(5, "Input/output error")
    assert type(seen.value) is SourceError
