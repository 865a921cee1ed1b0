"""How hard a text is to read: words in sentences, school excerpts, articles at three levels.

Sources: CompLex (Shardlow, Cooper & Zampieri, READI 2020; SemEval-2021 Task 1), CC BY 4.0; CLEAR
(Crossley et al., Behavior Research Methods 2022), CC BY-NC-SA 4.0; OneStopEnglish (Vajjala & Lucic,
BEA 2018, https://aclanthology.org/W18-0535), CC BY-SA 4.0.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Reject, convert_input_errors
from hueset.errors import SourceFormatError
from hueset_builders.atlas.source_rows import FIELDS, SourceRows, texts_frame
from hueset_builders.readers.text import read_delimited

if TYPE_CHECKING:
    from hueset.builder import Inputs

COMPLEX_SPLITS = {"train": "train", "trial": "validation", "test-labels": "test"}
ONESTOP = re.compile(r"(?:.*/)?(?P<folder>Ele|Int|Adv)-Txt/(?P<article>[^/]+)-(?:ele|int|adv)\.txt")
ONESTOP_LEVELS = {"Ele": 0.0, "Int": 1.0, "Adv": 2.0}
ONESTOP_LABEL_LINE = "Intermediate"
"""The first line of every intermediate text: its own label."""
NESTED = "Int-Txt/Int-Txt/"
"""A second copy of the intermediate texts, inside the first."""
CLEAR_COLUMNS = ("ID", "Pub Year", "License", "Excerpt", "BT_easiness")


def read_complex(inputs: Inputs) -> SourceRows:
    """Read words and two-word expressions, each with its sentence; complexity 0..1, mean of raters.

    Raises
    ------
    SourceFormatError
        A file or column is missing.
    """
    source = inputs.sources["complex"]
    frames = []
    for folder, split in COMPLEX_SPLITS.items():
        for member in source.names(f"{folder}/*.tsv"):
            columns = ("id", "sentence", "token", "complexity")
            rows = read_delimited(source, member, columns, separator="\t", quoting=False)
            frames.append(rows.with_columns(upstream_split=pl.lit(split)))
    if not frames:
        message = f"source {source.name!r} holds no .tsv file; found {source.names()[:5]}"
        raise SourceFormatError(message, hint="give the folder above train, trial and test-labels")
    rows = pl.concat(frames).with_columns(
        value_raw=pl.col("complexity").cast(pl.Float64, strict=False)
    )
    good = pl.col("value_raw").is_between(0.0, 1.0).fill_null(value=False)
    return SourceRows(
        texts_frame(
            rows.filter(good),
            source="complex",
            source_id=pl.col("id"),
            unit="word",
            text_raw=pl.col("token"),
            context=pl.col("sentence"),
            licence=inputs.dataset.sources["complex"].licence,
        ),
        _fields(rows.filter(good), "id", "complexity"),
        rows.height,
        rejects=tuple(
            Reject(
                "examples", "complex", row["id"], "rating_out_of_range", row["complexity"], "0..1"
            )
            for row in rows.filter(~good).iter_rows(named=True)
        ),
    )


def read_clear(inputs: Inputs) -> SourceRows:
    """Read excerpts with their easiness (teachers compared them in pairs) and year of publication.

    Raises
    ------
    SourceFormatError
        It is no such workbook, or a column is missing.
    """
    source = inputs.sources["clear"]
    what = "source 'clear' cannot be read as a workbook with a sheet `Data`"
    with convert_input_errors(what, hint="compare it with its pin and homepage"):
        sheet = pl.read_excel(
            io.BytesIO(source.read()), sheet_name="Data", infer_schema_length=None
        )
    missing = [name for name in CLEAR_COLUMNS if name not in sheet.columns]
    if missing:
        message = f"source 'clear' lacks the columns {missing}"
        raise SourceFormatError(message, hint="is it the file that was declared?")
    rows = sheet.select(
        pl.col("ID").cast(pl.String).alias("source_id"),
        pl.col("Excerpt").alias("text_raw"),
        pl.col("License").alias("text_licence"),
        pl.col("BT_easiness").cast(pl.Float64),
        pl.col("Pub Year").cast(pl.Float64),
    )
    fields = [
        _fields(rows.with_columns(value_raw=pl.col(name)), "source_id", name)
        for name in ("BT_easiness", "Pub Year")
    ]
    licence = inputs.dataset.sources["clear"].licence
    return SourceRows(
        texts_frame(rows, source="clear", unit="excerpt", licence=licence),
        pl.concat(fields).filter(pl.col("value_raw").is_not_null()),
        rows.height,
    )


def read_onestop(inputs: Inputs) -> SourceRows:
    """Read each article at three levels; the second, nested copy of one level is left out.

    Raises
    ------
    SourceFormatError
        No member is named as an article is.
    """
    source = inputs.sources["onestopenglish"]
    rows, rejects = [], []
    for member, data in source.iterate("*.txt"):
        found = ONESTOP.fullmatch(member)
        if found is None or NESTED in member:
            continue
        key = f"{found['folder']}/{found['article']}"
        try:
            text = data.decode("utf-8-sig").strip()
        except UnicodeDecodeError as error:
            observed = f"byte 0x{data[error.start]:02x} at {error.start}"
            rejects.append(Reject("examples", source.name, key, "not_utf8", observed, "UTF-8"))
            continue
        if found["folder"] == "Int":
            text = text.removeprefix(ONESTOP_LABEL_LINE).strip()
        level = ONESTOP_LEVELS[found["folder"]]
        rows.append((key, text, found["article"].casefold(), level))
    if not rows:
        message = f"source {source.name!r} holds no article such as Ele-Txt/Amazon-ele.txt"
        raise SourceFormatError(message, hint="give Texts-SeparatedByReadingLevel, or an archive")
    frame = pl.DataFrame(rows, schema=["source_id", "text_raw", "kin", "value_raw"], orient="row")
    licence = inputs.dataset.sources["onestopenglish"].licence
    return SourceRows(
        texts_frame(frame, source="onestopenglish", unit="article", licence=licence),
        _fields(frame, "source_id", "level"),
        frame.height + len(rejects),
        rejects=tuple(rejects),
    )


def _fields(rows: pl.DataFrame, key: str, field: str) -> pl.DataFrame:
    return rows.select(
        pl.col(key).alias("source_id"),
        pl.lit(field).alias("field"),
        pl.col("value_raw").cast(pl.Float64),
        pl.lit(None, dtype=pl.Int32).alias("n_raters"),
        pl.lit(None, dtype=pl.Float64).alias("rater_sd"),
    ).match_to_schema(FIELDS)
