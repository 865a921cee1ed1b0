from __future__ import annotations

import csv
from collections.abc import Callable
from typing import TYPE_CHECKING

import polars as pl
import pytest

from hueset.builder import Inputs
from hueset.errors import SourceFormatError
from hueset_builders.vibe import goemotions
from tests.support.vibe_corpora import build_units, emotions, write

if TYPE_CHECKING:
    from pathlib import Path

    from hueset_builders.vibe.source_rows import CorpusRows

Make = Callable[..., Inputs]


def values(reading: CorpusRows, dimension: str) -> dict[str, float]:
    rows = reading.labels.filter(pl.col("dimension") == dimension)
    return dict(zip(rows["source_id"], rows["value_raw"], strict=True))


def classes(reading: CorpusRows) -> dict[str, list[str]]:
    rows = reading.classes.group_by("source_id").agg(pl.col("class").sort())
    return dict(zip(rows["source_id"], rows["class"].to_list(), strict=True))


def flags(reading: CorpusRows) -> dict[str, list[str]]:
    return dict(zip(reading.texts["source_id"], reading.texts["flags"].to_list(), strict=True))


class TestPublishedSplit:
    @pytest.fixture
    def reading(self, tiny: dict[str, Path], make_inputs: Make) -> CorpusRows:
        return goemotions.read_split(make_inputs(goemotions=tiny["goemotions"]))

    def test_quotes_inside_a_text_are_read_as_csv(self, reading: CorpusRows) -> None:
        texts = dict(zip(reading.texts["source_id"], reading.texts["text_raw"], strict=True))
        assert texts["g1"] == 'I said "wow"!'

    def test_numbers_become_the_names_of_classes(self, reading: CorpusRows) -> None:
        assert classes(reading)["g3"] == ["caring", "joy"]
        assert classes(reading)["g2"] == ["neutral"]

    def test_published_splits_are_kept(self, reading: CorpusRows) -> None:
        assert reading.texts["upstream_split"].to_list() == ["train"] * 5 + ["dev", "test"]

    def test_a_label_is_the_mean_norm_of_the_classes(self, reading: CorpusRows) -> None:
        assert values(reading, "valence")["g1"] == 8.21
        assert values(reading, "valence")["g6"] == pytest.approx((2.4 + 6.5) / 2)
        assert values(reading, "arousal")["g6"] == pytest.approx((2.81 + 5.54) / 2)
        kinds = reading.labels.select("label_kind", "raw_min", "raw_max").unique().rows()
        assert kinds == [("class_norm", 1.0, 9.0)]

    def test_neutral_alone_gives_no_label(self, reading: CorpusRows) -> None:
        assert "g2" not in values(reading, "valence")
        assert "g2" not in values(reading, "arousal")

    def test_a_class_without_norm_adds_nothing_and_is_told(self, reading: CorpusRows) -> None:
        assert values(reading, "valence")["g3"] == 8.21
        assert "g4" not in values(reading, "valence")
        assert flags(reading)["g3"] == flags(reading)["g4"] == ["class_without_norm"]
        assert [(f.check, f.count, f.examples) for f in reading.findings] == [
            ("input.class_without_norm", 2, ("caring",))
        ]

    def test_raters_and_votes_are_not_made_up(self, reading: CorpusRows) -> None:
        assert reading.classes["n_votes"].null_count() == reading.classes.height
        assert reading.labels["n_raters"].null_count() == reading.labels.height
        assert reading.labels["rater_sd"].null_count() == reading.labels.height

    @pytest.mark.parametrize("numbers", ["28", "-1", "joy", "", "3,99"])
    def test_a_number_of_no_class_refuses_the_comment(
        self, tiny: dict[str, Path], make_inputs: Make, numbers: str
    ) -> None:
        write(tiny["goemotions"], {"dev.tsv": f"Hm\t{numbers}\tg9\nOk\t4\tg8\n"})
        reading = goemotions.read_split(make_inputs(goemotions=tiny["goemotions"]))
        assert [(r.key, r.reason) for r in reading.rejects] == [("g9", "unknown_class")]
        assert "g9" not in reading.texts["source_id"]
        assert "g9" not in reading.classes["source_id"]
        assert "g8" in reading.texts["source_id"]

    def test_other_classes_are_another_edition(
        self, tiny: dict[str, Path], make_inputs: Make
    ) -> None:
        write(tiny["goemotions"], {"emotions.txt": "\n".join(reversed(emotions()))})
        with pytest.raises(SourceFormatError, match="the classes are"):
            goemotions.read_split(make_inputs(goemotions=tiny["goemotions"]))

    def test_a_missing_file_is_named(self, tiny: dict[str, Path], make_inputs: Make) -> None:
        (tiny["goemotions"] / "dev.tsv").unlink()
        with pytest.raises(SourceFormatError, match=r"holds 0 files named dev\.tsv"):
            goemotions.read_split(make_inputs(goemotions=tiny["goemotions"]))


def raw_row(text: str, comment: str, rater: int, *given: str, unclear: str = "FALSE") -> str:
    marks = ",".join("1" if name in given else "0" for name in emotions())
    return (
        f'"{text}",{comment},SecretName{rater},sub,t3_a,t1_b,1548381039.0,{rater},{unclear},{marks}'
    )


def raw_file(*rows: str, eol: str = "\n") -> str:
    head = "text,id,author,subreddit,link_id,parent_id,created_utc,rater_id,example_very_unclear,"
    return eol.join([head + ",".join(emotions()), *rows, ""])


class TestRawRatings:
    @pytest.fixture
    def reading(self, tmp_path: Path, make_inputs: Make) -> CorpusRows:
        first = raw_file(
            raw_row("Oh", "r1", 1, "joy"),
            raw_row("Oh", "r1", 2, "joy", "sadness"),
            raw_row("Um", "r2", 1, unclear="TRUE"),
            eol="\r\n",
        )
        second = raw_file(
            raw_row("Oh", "r1", 3, "neutral"),
            raw_row("Um", "r2", 3, "joy", unclear="True"),
            raw_row("Eh", "r3", 3, "grief"),
        )
        write(tmp_path / "raw", {"goemotions_1.csv": first, "goemotions_2.csv": second})
        return goemotions.read_raw(make_inputs(goemotions_raw=tmp_path / "raw"))

    def test_votes_and_raters_are_counted_over_all_files(self, reading: CorpusRows) -> None:
        votes = {(r[0], r[1]): r[2] for r in reading.classes.rows()}
        assert votes == {
            ("r1", "joy"): 2,
            ("r1", "sadness"): 1,
            ("r1", "neutral"): 1,
            ("r3", "grief"): 1,
        }
        raters = dict(zip(reading.texts["source_id"], reading.texts["n_raters"], strict=True))
        assert raters == {"r1": 3, "r2": 0, "r3": 1}
        of = reading.classes.select("source_id", "n_raters").unique().rows()
        assert dict(of) == {"r1": 3, "r3": 1}

    def test_a_label_is_the_mean_over_raters_who_gave_a_class_with_norm(
        self, reading: CorpusRows
    ) -> None:
        one = reading.labels.filter(
            pl.col("source_id") == "r1", pl.col("dimension") == "valence"
        ).row(0, named=True)
        joy, both = 8.21, (8.21 + 2.4) / 2
        assert one["value_raw"] == pytest.approx((joy + both) / 2)
        assert one["n_raters"] == 2
        assert one["rater_sd"] == pytest.approx((joy - both) / 2)
        alone = reading.labels.filter(pl.col("source_id") == "r3")
        assert alone["rater_sd"].null_count() == alone.height == 2

    def test_very_unclear_ratings_are_refused_and_the_comment_flagged(
        self, reading: CorpusRows
    ) -> None:
        keys = [(r.key, r.reason, r.table) for r in reading.rejects]
        assert keys == [
            ("r2, rater 1", "rated_very_unclear", "classes"),
            ("r2, rater 3", "rated_very_unclear", "classes"),
        ]
        assert flags(reading)["r2"] == ["unclear"]

    def test_there_is_no_published_split(self, reading: CorpusRows) -> None:
        assert reading.texts["upstream_split"].null_count() == 3

    def test_comments_come_in_the_order_of_their_ids(
        self, tmp_path: Path, make_inputs: Make
    ) -> None:
        ids = [f"r{(at * 37) % 100}" for at in range(100)]
        rows = raw_file(*(raw_row("Oh", one, 1, "joy") for one in ids))
        write(tmp_path / "many", {"goemotions_1.csv": rows})
        reading = goemotions.read_raw(make_inputs(goemotions_raw=tmp_path / "many"))
        assert reading.texts["source_id"].to_list() == sorted(ids)

    def test_of_several_texts_of_a_comment_the_smallest_is_its_text(
        self, tmp_path: Path, make_inputs: Make
    ) -> None:
        rows = raw_file(
            raw_row("Oh", "r1", 1, "joy"),
            raw_row("Ah", "r1", 2, "joy"),
            raw_row("Eh", "r0", 1, "joy"),
            raw_row("Eh", "r0", 2, "joy"),
        )
        for name, text in {"told": rows, "turned": rows.replace("Ah", "Zz")}.items():
            write(tmp_path / name, {"goemotions_1.csv": text})
        read = [
            goemotions.read_raw(make_inputs(goemotions_raw=tmp_path / name)).texts
            for name in ("told", "turned")
        ]
        assert [texts["text_raw"].to_list() for texts in read] == [["Eh", "Ah"], ["Eh", "Oh"]]

    def test_a_rater_who_rated_twice_counts_once(self, tmp_path: Path, make_inputs: Make) -> None:
        twice = raw_file(
            raw_row("Oh", "r1", 1, "joy"),
            raw_row("Oh", "r1", 1, "joy", "sadness"),
        )
        write(tmp_path / "twice", {"goemotions_1.csv": twice})
        reading = goemotions.read_raw(make_inputs(goemotions_raw=tmp_path / "twice"))
        assert reading.classes.rows() == [("r1", "joy", 1, 1), ("r1", "sadness", 1, 1)]
        assert reading.texts["n_raters"].to_list() == [1]

    def test_names_of_authors_are_nowhere(self, reading: CorpusRows) -> None:
        tables = (reading.texts, reading.labels, reading.classes)
        assert not any(
            "SecretName" in table.write_csv()
            for table in (t.with_columns(pl.col(pl.List(pl.String)).list.join(" ")) for t in tables)
        )
        assert "SecretName" not in repr(reading.rejects) + repr(reading.findings)

    def test_a_folder_without_csv_is_named(self, tmp_path: Path, make_inputs: Make) -> None:
        write(tmp_path / "empty", {"readme.txt": "nothing"})
        with pytest.raises(SourceFormatError, match=r"holds no \.csv file"):
            goemotions.read_raw(make_inputs(goemotions_raw=tmp_path / "empty"))


def test_real_comments_are_what_the_csv_module_reads(data_dir: Path, make_inputs: Make) -> None:
    folder = data_dir / "goemotions"
    reading = goemotions.read_split(make_inputs(goemotions=folder))
    found = reading.texts.select("source_id", "text_raw", "upstream_split").rows()
    wanted, stray = [], 0
    for split in ("train", "dev", "test"):
        with (folder / f"{split}.tsv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream, delimiter="\t"))
        plain = (folder / f"{split}.tsv").read_text(encoding="utf-8").splitlines()
        stray += sum(line.split("\t")[0] != row[0] for line, row in zip(plain, rows, strict=True))
        wanted += [(row[2], row[0], split) for row in rows]
    assert sorted(found) == sorted(wanted)
    assert stray == 1_383
    sizes = dict(reading.texts.group_by("upstream_split").len().iter_rows())
    assert sizes == {"train": 43_410, "dev": 5_426, "test": 5_427}
    assert reading.classes.height == 63_812
    assert reading.classes["class"].n_unique() == 28


def test_real_raw_ratings_give_raters_and_votes_and_no_author(
    data_dir: Path, make_inputs: Make, tiny: dict[str, Path]
) -> None:
    excerpt = data_dir / "goemotions" / "raw_excerpt"
    del tiny["goemotions"]
    made = build_units(make_inputs(**tiny, goemotions_raw=excerpt))
    raw = pl.read_csv(excerpt / "goemotions.csv", infer_schema=False)
    authors = set(raw["author"].drop_nulls())
    for table in made.batches:
        rows = made.scan(table).collect().drop("text", "text_raw", strict=False)
        for name in (name for name in rows.columns if rows[name].dtype == pl.String):
            assert authors.isdisjoint(rows[name].unique().to_list()), (table, name)
    assert authors.isdisjoint(reject.key for reject in made.rejects)
    unclear = [r for r in made.rejects if r.reason == "rated_very_unclear"]
    assert len(unclear) == 172
    kept = made.scan("_examples").filter(pl.col("source") == "goemotions").collect()
    copies = [r for r in made.rejects if r.reason == "duplicate_text" and "goemotions" in r.source]
    assert kept.height + len(copies) == raw["id"].n_unique()
    classes = made.scan("_classes").collect()
    assert classes.select("n_raters", "n_votes").null_count().row(0) == (0, 0)
    assert (classes["n_votes"] <= classes["n_raters"]).all()
