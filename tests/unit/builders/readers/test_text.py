from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from hueset.errors import SourceFormatError
from hueset.sources.resolved_source import LocalSource
from hueset_builders.readers.text import (
    SCORE,
    clean_text,
    cleaning_flags,
    hold_scores,
    mask_scores,
    read_delimited,
    text_hash,
    text_hashes,
)

if TYPE_CHECKING:
    from pathlib import Path


def cleaned(raw: str) -> str:
    return pl.DataFrame({"raw": [raw]}).select(clean_text(pl.col("raw"))).item()


def flags(raw: str) -> list[str]:
    found = pl.concat_list(cleaning_flags(pl.col("raw"))).list.drop_nulls()
    return pl.DataFrame({"raw": [raw]}).select(found).item().to_list()


def masked(text: str) -> str:
    return mask_scores(pl.Series("text", [text])).item()


def written(folder: Path, text: str, name: str = "a.csv") -> LocalSource:
    path = folder / name
    path.write_bytes(text.encode())
    return LocalSource("it", path, "flag", "0" * 64, path.stat().st_size)


class TestClean:
    @pytest.mark.parametrize("tag", ["<br />", "<br/>", "<br>", "<BR />", "<br  />"])
    def test_line_break_tag_becomes_one_space(self, tag: str) -> None:
        assert cleaned(f"Good.{tag}{tag}Bad.") == "Good. Bad."

    def test_c1_controls_become_the_windows_1252_characters_they_were(self) -> None:
        assert (
            cleaned("well\x85 a \x91fine\x92 film \x96 no\x97yes") == "well… a ‘fine’ film – no—yes"
        )

    @pytest.mark.parametrize("control", ["\x00", "\x08", "\x10", "\t", "\n", "\r", "\x7f", "\x81"])
    def test_other_control_characters_become_a_space(self, control: str) -> None:
        assert cleaned(f"a{control}b") == "a b"

    def test_white_space_of_every_kind_is_folded_and_trimmed(self) -> None:
        assert cleaned(" a\u00a0 \u2003b\n") == "a b"

    @pytest.mark.parametrize("text", ["None", "NULL", "nan", '.."', "Ünïcode ☕ 10:30", "<grin>"])
    def test_all_else_stays_as_it_is(self, text: str) -> None:
        assert cleaned(text) == text

    def test_flags_name_what_was_mended(self) -> None:
        assert flags("a<br />b\x96c") == ["line_breaks", "control_characters"]
        assert flags("plain") == []


class TestMaskScores:
    @pytest.mark.parametrize(
        "score",
        [
            "8/10",
            "8 / 10",
            "10/10",
            "7.5/10",
            "7,5/10",
            "-1/10",
            "7+/10",
            "9 1/2 / 10",
            "***/10",
            '"0"/10',
            "one/ten",
            "7 or 8/10",
            "8-9/10",
            "1 star/10",
            "8 out of 10",
            "out of 10",
            "eight out of ten",
            "4 (out of 10",
            "3 stars out of a possible 10",
            "7½ out of 10",
            "6 to 7 out of 10",
            "Ten Out Of Ten",
        ],
    )
    def test_a_score_out_of_ten_is_masked_whole(self, score: str) -> None:
        assert masked(f"I say {score}, done") == f"I say {SCORE}, done"

    def test_every_score_of_a_text_is_masked(self) -> None:
        assert masked("Plot 7/10 8/10, fun 9/10.") == f"Plot {SCORE} {SCORE}, fun {SCORE}."

    @pytest.mark.parametrize(
        "text",
        [
            "seen 8/10/2006",
            "on 10/10/09 again",
            "the 1/100 chance",
            "out of 100",
            "3 stars, 4/5",
            "Cruel intentions/ 10 little indians",
            "out of tenderness",
            "24/101",
            "LOL/10",
        ],
    )
    def test_dates_and_other_scales_stay(self, text: str) -> None:
        assert masked(text) == text

    def test_a_masked_text_holds_no_score(self) -> None:
        texts = pl.Series(["good, 8/10", "out of ten", "on 8/10/2006"])
        assert hold_scores(texts).to_list() == [True, True, False]
        assert hold_scores(mask_scores(texts)).to_list() == [False, False, False]

    def test_the_column_that_was_given_stays(self) -> None:
        texts = pl.Series("text", ["good, 8/10", "bad\x96 it was"])
        assert mask_scores(texts).to_list() == ["good, [SCORE]", "bad\x96 it was"]
        assert texts.to_frame().select(clean_text(pl.col("text"))).to_series().to_list() == [
            "good, 8/10",
            "bad– it was",
        ]
        assert texts.to_list() == ["good, 8/10", "bad\x96 it was"]


class TestTextHash:
    @pytest.mark.parametrize("other", ["thank  you!", "THANK YOU!", " Thank you!\n", "Ｔhank you!"])
    def test_case_width_and_white_space_make_no_other_text(self, other: str) -> None:
        assert text_hash(other) == text_hash("Thank you!")

    @pytest.mark.parametrize("other", ["Thank you", "Thank you!!", "Thankyou!"])
    def test_punctuation_and_words_do(self, other: str) -> None:
        assert text_hash(other) != text_hash("Thank you!")

    def test_a_column_has_the_hashes_of_its_texts(self) -> None:
        texts = [
            "None",
            "",
            "Thank  you!",
            " THANK YOU!",
            "a\tb",
            "a\x7fb",
            "\u017ftra\u00dfe",
            "½",
            "a\u00a0 b",
            "\ufb01n",
            "plain text",
        ]
        found = text_hashes(pl.Series("any", [*texts, None]))
        assert found.to_list() == [*map(text_hash, texts), None]
        assert found.name == "text_hash"

    def test_it_is_the_same_for_ever(self) -> None:
        assert text_hash("None") == (
            "140bedbf9c3f6d56a9846d2ba7088798683f4da0c248231336e6a05679e4fdfe"
        )


class TestReadDelimited:
    def test_words_for_nothing_stay_words_and_an_empty_field_is_empty(self, tmp_path: Path) -> None:
        rows = read_delimited(written(tmp_path, "id,text\na,None\nb,NA\nc,\n"), None, ("text",))
        assert rows["text"].to_list() == ["None", "NA", ""]

    def test_quoting_is_that_of_csv_in_tsv_too(self, tmp_path: Path) -> None:
        source = written(tmp_path, '"he said ""no"""\t3\tx1\nit\'s\t2,5\tx2\n', "a.tsv")
        rows = read_delimited(source, None, ("text", "labels", "id"), separator="\t", header=False)
        assert rows.rows() == [('he said "no"', "3", "x1"), ("it's", "2,5", "x2")]

    def test_crlf_leaves_no_carriage_return(self, tmp_path: Path) -> None:
        rows = read_delimited(written(tmp_path, "id,flag\r\na,TRUE\r\n"), None, ("id", "flag"))
        assert rows.rows() == [("a", "TRUE")]

    def test_columns_named_as_numbers_are_numbers_and_an_empty_field_is_null(
        self, tmp_path: Path
    ) -> None:
        source = written(tmp_path, "id,joy,grief\na,1,0\nb,,-1\n")
        rows = read_delimited(source, None, ("joy", "id"), numbers=("joy",))
        assert rows.schema == {"joy": pl.Int8, "id": pl.String}
        assert rows.rows() == [(1, "a"), (None, "b")]

    def test_a_number_that_is_none_is_told(self, tmp_path: Path) -> None:
        source = written(tmp_path, "id,joy\na,much\n")
        with pytest.raises(SourceFormatError, match=r"'it' cannot be read as a table: .*much"):
            read_delimited(source, None, ("id", "joy"), numbers=("joy",))

    def test_a_missing_column_is_named_with_those_found(self, tmp_path: Path) -> None:
        with pytest.raises(SourceFormatError, match=r"'it' lacks the columns \['V'\]; found"):
            read_delimited(written(tmp_path, "id,A\nx,3\n"), None, ("id", "V"))

    def test_an_empty_file_is_no_table(self, tmp_path: Path) -> None:
        with pytest.raises(SourceFormatError, match="cannot be read as a table"):
            read_delimited(written(tmp_path, ""), None, ("id",))
