"""The real EmoBank, GoEmotions and reviews, built once by the command and looked at."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from hueset.store.store import VersionStore
from tests.support.coverage_sides import check_sides_agree
from tests.support.in_process_build import REPO, command

if TYPE_CHECKING:
    from pathlib import Path

CORPORA = {"emobank": 10_062, "goemotions": 54_263, "imdb": 50_000}


def build(data: Path, folder: Path, *more: str) -> dict[str, Any]:
    done = command(
        "build",
        "vibe",
        "--mirror",
        str(data),
        "--out",
        str(folder),
        "--json",
        *more,
        cwd=REPO,
        timeout_s=280,
        HUESET_CACHE=str(folder / "cache"),
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


class Version:
    """A built version, read from its files."""

    def __init__(self, store: Path) -> None:
        (self.folder,) = (store / "vibe").glob("1.1.0+*")
        self.manifest = json.loads((self.folder / "manifest.json").read_text())
        self.gate = json.loads((self.folder / "gate" / "report.json").read_text())

    def read(self, table: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / "data" / table / "*.parquet")

    def refused(self, table: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / "quarantine" / f"{table}.parquet")

    def digests(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.folder.rglob("*.parquet"))
        }


@pytest.fixture(scope="module")
def version(vibe_store: Path) -> Version:
    return Version(vibe_store)


def test_the_version_passes_with_warnings_and_becomes_latest(version: Version) -> None:
    assert version.manifest["verdict"] == "warn"
    assert (version.folder.parent / "latest").resolve() == version.folder.resolve()


def test_every_side_counts_its_labels_alike(vibe_store: Path) -> None:
    check_sides_agree(VersionStore(vibe_store).version("vibe"))


def test_every_published_row_is_an_example_or_in_the_quarantine(version: Version) -> None:
    kept = dict(version.read("examples").group_by("source").len().iter_rows())
    refused = dict(version.refused("examples").group_by("source").len().iter_rows())
    assert {name: kept[name] + refused[name] for name in CORPORA} == CORPORA
    assert set(version.refused("examples")["reason"]) == {"duplicate_text"}


def test_published_split_sizes_are_found_again(version: Version) -> None:
    rows = version.read("examples").select("source", "upstream_split")
    observed = version.refused("examples").select(
        "source", upstream_split=pl.col("observed").str.extract(r"published split (\w+)$")
    )
    counts = pl.concat([rows, observed]).group_by("source", "upstream_split").len()
    assert {(row[0], row[1]): row[2] for row in counts.iter_rows()} == {
        ("emobank", "train"): 8_062,
        ("emobank", "dev"): 1_000,
        ("emobank", "test"): 1_000,
        ("goemotions", "train"): 43_410,
        ("goemotions", "dev"): 5_426,
        ("goemotions", "test"): 5_427,
        ("imdb", "train"): 25_000,
        ("imdb", "test"): 25_000,
    }


def test_two_dimensions_have_labels_and_twenty_are_null(version: Version) -> None:
    training = version.read("training")
    filled = {name: training[name].count() for name in training.columns[4:-1]}
    assert {name: n for name, n in filled.items() if n} == {"valence": 96_590, "arousal": 47_012}
    assert len(filled) == 22


def test_no_text_straddles_two_splits(version: Version) -> None:
    splits = version.read("examples").group_by("text_hash").agg(pl.col("split").n_unique())
    assert splits["split"].max() == 1


def test_leaks_between_published_splits_are_counted(version: Version) -> None:
    told = [f["message"] for f in version.gate["findings"] if "published split;" in f["message"]]
    assert sorted(message.split(" texts")[0] for message in told) == [
        "emobank: 35",
        "goemotions: 82",
        "imdb: 123",
    ]


def test_the_sentence_none_is_a_sentence(version: Version) -> None:
    rows = version.read("examples").filter(pl.col("source_id") == "easy_money_13624_13628")
    assert rows.select("text", "text_raw", "split").rows() == [("None", "None", "validation")]


def test_reviews_are_clean_and_tell_no_score(version: Version) -> None:
    reviews = version.read("examples").filter(pl.col("source") == "imdb")
    raw, text = reviews["text_raw"], reviews["text"]
    assert raw.str.contains("<br />", literal=True).sum() > 28_000
    assert raw.str.contains(r"[\x80-\x9f]").sum() > 1_500
    assert not text.str.contains(r"(?i)<br\s*/?>|[\x00-\x1f\x7f-\x9f]").any()
    masked = reviews.filter(pl.col("flags").list.contains("score_masked"))
    assert 4_000 < masked.height < 5_000
    assert masked["text"].str.contains("[SCORE]", literal=True).all()
    scores = text.filter(text.str.contains(r"\d\s?/\s?10\b|(?i)\bout of (10|ten)\b"))
    dates = scores.str.contains(r"\d/10/\d\d|\d/\d\d/10")
    assert dates.all(), scores.filter(~dates).to_list()


def test_ratings_are_those_behind_the_published_means(version: Version) -> None:
    checks = {finding["check"] for finding in version.gate["findings"]}
    assert not any("mean_differs_from_ratings" in check for check in checks)
    rows = version.read("labels").filter(pl.col("source") == "emobank")
    assert rows.select(pl.col("n_raters", "rater_sd", "agreement").null_count()).row(0) == (0, 0, 0)


def test_validation_reviews_are_a_tenth_of_their_train(version: Version) -> None:
    reviews = version.read("examples").filter(pl.col("source") == "imdb")
    counts = dict(reviews.group_by("split").len().iter_rows())
    share = counts["validation"] / (counts["validation"] + counts["train"])
    assert 0.095 < share < 0.105
    assert counts["test"] == reviews.filter(pl.col("upstream_split") == "test").height


@pytest.mark.full
def test_a_second_build_with_two_workers_gives_the_same_bytes(
    version: Version, data_dir: Path, tmp_path: Path
) -> None:
    build(data_dir, tmp_path, "--workers", "2")
    again = Version(tmp_path)
    assert again.folder.name == version.folder.name
    assert again.digests() == version.digests()
