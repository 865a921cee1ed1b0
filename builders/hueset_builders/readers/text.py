"""Text as it is published made into text a model may read: cleaned, masked, hashed, never guessed.

Cleaning is a polars expression, so it runs lazily and over whole columns; nothing here knows a
dataset. The original text always stays beside the cleaned one.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import convert_input_errors
from hueset.errors import SourceFormatError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hueset.builder import ResolvedSource

LINE_BREAK = r"(?i)<br\s*/?>"
CONTROL = r"[\x00-\x1f\x7f-\x9f]"
UNFOLDED = r"\s{2,}|[^\S ]"
"""White space that is not one space: to look for that alone is six times as fast as for all."""

SCORE = "[SCORE]"
"""What stands in place of a masked score."""

WINDOWS_1252 = {
    chr(byte): text
    for byte in range(0x80, 0xA0)
    if (text := bytes([byte]).decode("cp1252", errors="ignore"))
}
"""The C1 characters that are Windows-1252 read as Latin-1: U+0096 was an en dash, U+0085 was an
ellipsis. The five bytes that Windows-1252 leaves open are not here."""

_NUMBER = (
    r"""(?:"?\d+(?:[.,]\d+)?(?:\s?1/2|\s?½)?"?|½|\*+"""
    r"""|zero|one|two|three|four|five|six|seven|eight|nine|ten)"""
)
_MAY_END = r"(?i)/ ?(?:10|ten)|out ?of ?(?:an? )?(?:possible )?(?:10|ten)"
_SLASH_END = re.compile(r"/\s?(?:10|ten)\b", re.IGNORECASE)
_OUT_OF_END = re.compile(r"\bout\s?of\s?(?:an?\s)?(?:possible\s)?(?:10|ten)\b", re.IGNORECASE)
_SCORE_START = re.compile(
    rf"(?<![\w/])[-+]?(?:{_NUMBER}\s?(?:or|to|-|–|—)\s?)?{_NUMBER}"
    r"""\s?[+*]?\s?(?:stars?|points?)?\s?(?P<bracket>[\[("']?\s?)\Z""",
    re.IGNORECASE,
)
_LONGEST_START = 48
_UNEVEN = r"[\x00-\x1f\x7f]|  |^ | $"
_DATE_GOES_ON = re.compile(r"/\d")


def read_delimited(
    source: ResolvedSource,
    member: str | None,
    columns: Sequence[str],
    *,
    separator: str = ",",
    header: bool = True,
    quoting: bool = True,
    numbers: Sequence[str] = (),
) -> pl.DataFrame:
    """Read CSV or TSV; every value stays the text it is, but for columns named as numbers.

    No word is taken for a missing value: a text `None` or `NA` stays, an empty field is "".

    Parameters
    ----------
    columns
        The columns to return; with `header=False` the names of all columns, in order.
    separator
        One character.
    header
        Whether the first row holds the names.
    quoting
        Whether a field may stand in double quotes, as in CSV; if not, a quote is a letter.
    numbers
        Columns of whole numbers in −128..127, null where a field is empty.

    Returns
    -------
    polars.DataFrame
        The columns asked for, strings or int8, in the order of the file's rows.

    Raises
    ------
    SourceFormatError
        A column is missing, the bytes are no such table, or a number is none.
    """
    where = f"source {source.name!r}" + (f", {member}" if member else "")
    data = source.read(member)
    with convert_input_errors(
        f"{where} cannot be read as a table", hint="compare it with its pin and homepage"
    ):
        found = pl.read_csv(
            data,
            separator=separator,
            has_header=header,
            quote_char='"' if quoting else None,
            n_rows=0,
        )
        missing = [name for name in columns if name not in found.columns] if header else []
        if missing or (not header and found.width != len(columns)):
            message = f"{where} lacks the columns {missing or list(columns)}; found {found.columns}"
            hint = "is it the file that was declared?"
            raise SourceFormatError(message, hint=hint, known=columns)
        rows = pl.read_csv(
            data,
            separator=separator,
            has_header=header,
            quote_char='"' if quoting else None,
            columns=list(columns) if header else None,
            infer_schema=False,
            schema_overrides=dict.fromkeys(numbers, pl.Int8),
            empty_string_is_null=False,
            raise_if_empty=True,
        )
    if not header:
        rows.columns = list(columns)
    return rows.select(columns)


def clean_text(raw: pl.Expr) -> pl.Expr:
    """Return text on one line, without markup breaks and control characters.

    `<br />` becomes a space. A C1 control character becomes the Windows-1252 character it was
    before somebody read it as Latin-1; any other control character becomes a space. Runs of
    white space fold to one space, and none is left at the ends. Nothing else changes: case,
    digits, punctuation and letters of any script stay.
    """
    return _without_controls(raw).str.replace_all(UNFOLDED, " ").str.strip_chars()


def cleaning_flags(raw: pl.Expr) -> list[pl.Expr]:
    """Return, for each thing that `clean` had to fix, its flag where it applies, else null.

    Beside `clean` in one lazy query, what both look for is looked for once.
    """
    broken = _without_breaks(raw) != raw
    controls = _without_controls(raw) != _without_breaks(raw)
    return [
        pl.when(broken).then(pl.lit("line_breaks")),
        pl.when(controls).then(pl.lit("control_characters")),
    ]


def mask_scores(texts: pl.Series) -> pl.Series:
    """Return cleaned texts with every score out of ten replaced by `[SCORE]`.

    A review that says "8/10" or "eight out of ten" holds its own label. Masked are digits, words,
    halves and asterisks before `/10` or `out of 10` (or `ten`), ranges such as `7 or 8/10`, and a
    bare `out of 10`. A date (`8/10/06`) stays. Scores on other scales (`4 stars`, `3/5`) stay.
    """
    may = _may_hold_score(texts)
    return texts.clone().scatter(may, [mask_score(text) for text in texts.gather(may).to_list()])


def mask_score(text: str) -> str:
    """Return one cleaned text with every score out of ten masked, as `mask_scores` does."""
    parts, at = [], 0
    for start, end in _scores(text):
        parts += [text[at:start], SCORE]
        at = end
    return "".join([*parts, text[at:]])


def hold_scores(texts: pl.Series) -> pl.Series:
    """Return, for each cleaned text, whether it still tells a score out of ten."""
    may = _may_hold_score(texts)
    told = [bool(_scores(text)) for text in texts.gather(may).to_list()]
    none = pl.repeat(value=False, n=len(texts), dtype=pl.Boolean, eager=True).alias(texts.name)
    return none.scatter(may, told)


def text_hash(text: str) -> str:
    """Return the SHA-256 (hex) of a text as it reads: NFKC, casefolded, white space folded.

    Two texts with the same hash differ at most in case, in width or ligature of letters, and in
    white space.
    """
    return hashlib.sha256(_as_read(text).encode()).hexdigest()


def text_hashes(texts: pl.Series) -> pl.Series:
    """Return the `text_hash` of every text, null for null.

    Most texts are ASCII and cleaned: they are folded as a whole column, the others one by one.
    """
    plain = (texts.str.len_bytes() == texts.str.len_chars()) & ~texts.str.contains(_UNEVEN)
    others = (~plain).arg_true()
    folded = texts.str.to_lowercase().scatter(
        others, [_as_read(text) for text in texts.gather(others).to_list()]
    )
    digests = [
        None if text is None else hashlib.sha256(text).digest()
        for text in folded.cast(pl.Binary).to_list()
    ]
    return pl.Series("text_hash", digests, dtype=pl.Binary).bin.encode("hex")


def _as_read(text: str) -> str:
    if text.isascii():
        folded = text.lower()
    else:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    # No white space but the space is printable. Most texts are folded, and splitting is slow.
    if "  " in folded or not folded.isprintable():
        folded = " ".join(folded.split())
    return folded.strip()


def _without_breaks(raw: pl.Expr) -> pl.Expr:
    return raw.str.replace_all(LINE_BREAK, " ")


def _without_controls(raw: pl.Expr) -> pl.Expr:
    return _without_breaks(raw).map_batches(
        _mend_controls, return_dtype=pl.String, is_elementwise=True
    )


def _mend_controls(texts: pl.Series) -> pl.Series:
    """Mend only the texts that hold a control character: few do, and all regexes are slow."""
    odd = texts.str.contains(CONTROL).arg_true()
    mended = texts.gather(odd).str.replace_many(WINDOWS_1252).str.replace_all(CONTROL, " ")
    return texts.clone().scatter(odd, mended) if len(odd) else texts


def _may_hold_score(texts: pl.Series) -> pl.Series:
    """Return the places of texts worth a closer look: white space in them is a single space."""
    return texts.str.contains(_MAY_END).arg_true()


def _score_ends(text: str) -> list[re.Match[str]]:
    ends = [*_SLASH_END.finditer(text)]
    lower = text.lower()
    if "out of" in lower or "outof" in lower:  # most scores have a slash, and this regex is slow
        ends += _OUT_OF_END.finditer(text)
        ends.sort(key=lambda end: end.start())
    return ends


def _scores(text: str) -> list[tuple[int, int]]:
    """Return where scores stand: the end is looked for first, because it is rare."""
    found: list[tuple[int, int]] = []
    for end in _score_ends(text):
        slash = end.group().startswith("/")
        after = found[-1][1] if found else 0
        begin = max(after, end.start() - _LONGEST_START)
        start = _SCORE_START.search(text[begin : end.start()])
        if slash and (
            start is None or start["bracket"].strip() or _DATE_GOES_ON.match(text, end.end())
        ):
            continue
        found.append((begin + start.start() if start else end.start(), end.end()))
    return found
