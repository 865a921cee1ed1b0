"""Delimited text (csv, tsv) read strictly: a row has as many fields as the header, or is refused.

`0,95` for `0.95` gives a row one field more than the header names. Python's own reader of rows by
name drops it, and the value becomes 0.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, BinaryIO

from hueset.builder.input_errors import convert_input_errors
from hueset.builder.text_decoding import open_text
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 2**31 - 1
"""Letters in one field: Python stops at 128 KiB, and texts are longer."""

_EXPLAINED = {
    "unexpected end of data": "a quote is opened and never closed",
}
"""What Python's reader says, as the file's owner would."""

ENDS = "is there a delimiter inside a field, such as 0,95 for 0.95? put that field in quotes"


def csv_rows(
    data: bytes | BinaryIO,
    name: str,
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    quoting: bool = True,
    reason: str | None = None,
) -> Iterator[tuple[int, dict[str, str]]]:
    """Read rows under a header, whatever ends the lines.

    Parameters
    ----------
    data
        The file's bytes, or a stream of them.
    name
        What errors call it.
    delimiter
        What stands between two fields.
    encoding
        Of the text; its byte order mark is dropped, that of another encoding refused.
    quoting
        Whether a field may stand in double quotes; if not, a quote is a letter.
    reason
        Where one bad file costs itself alone: the reason of its reject; `InputError` is raised.

    Yields
    ------
    tuple
        The number of the line on which the row ends, and the fields by the header's names.

    Raises
    ------
    SourceFormatError, InputError
        A row has more or fewer fields than the header names, the header names one twice, or the
        bytes are no text.
    """
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    with convert_input_errors(f"{name} cannot be read as a table", reason=reason):
        rows = read_delimited(stream, delimiter=delimiter, encoding=encoding, quoting=quoting)
        _, header = next(rows, (0, []))
        twice = sorted({field for field in header if header.count(field) > 1})
        if twice:
            _refuse(f"the header names {twice[0]!r} twice")
        for line, row in rows:
            if len(row) != len(header):
                fields = format_count(len(row), "field")
                _refuse(f"line {line} has {fields}, the header names {len(header)}; {ENDS}")
            yield line, dict(zip(header, row, strict=True))


def read_delimited(
    stream: BinaryIO, *, delimiter: str, encoding: str, quoting: bool, strict: bool = True
) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the line on which a row ends, and its fields; empty lines are no rows.

    Raises
    ------
    csv.Error
        Strict, and a quote is never closed, or text stands behind a closed one: the rows up to the
        next quote, or all that are left, would be taken for one field.
    """
    # The limit is one of the whole process: lifted for good, for a generator cannot restore it.
    csv.field_size_limit(LONGEST)
    text = open_text(stream, encoding)
    reader = csv.reader(
        text,
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quoting else csv.QUOTE_NONE,
        strict=strict,
    )
    began = 1
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
            began = reader.line_num + 1
    except csv.Error as error:
        message = f"the row that begins on line {began}: {_EXPLAINED.get(str(error), error)}"
        raise csv.Error(message) from error


def _refuse(message: str) -> None:
    """Raise what `reading` gives file and kind."""
    raise ValueError(message)
