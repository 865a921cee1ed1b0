"""The real sources of atlas and the real vibe, built by the command: counts, values, splits."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import polars as pl
import pyarrow.parquet as pq
import pytest

from hueset.builder import Inputs
from hueset.declaration.licence_terms import split_expression
from hueset.declaration.project import Project
from hueset.release.licence_filter import make_subset
from hueset.store.store import VersionStore
from hueset_builders.atlas import build as atlas
from tests.support.coverage_sides import check_sides_agree
from tests.support.in_process_build import REPO, command

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.store.store import StoredVersion

PUBLISHED = {
    "warriner": 13_915,
    "brysbaert": 39_954,
    "complex": 10_800,
    "clear": 4_724,
    "onestopenglish": 567,
    "intimacy": 2_397,
    "tate": 17_872,
    "xkcd": 954,
    "mtg_jamendo": 18_486,
}
LABELS = {
    ("valence", "rating"): 23_819,
    ("arousal", "rating"): 23_819,
    ("valence", "class_norm"): 37_108,
    ("arousal", "class_norm"): 37_108,
    ("valence", "stars"): 49_578,
    ("abstraction", "rating"): 39_954,
    ("abstraction", "tag"): 4_242,
    ("complexity", "rating"): 15_516,
    ("complexity", "class"): 565,
    ("intimacy", "rating"): 2_397,
    ("temporal_framing", "computed"): 17_628,
    ("temporal_framing", "tag"): 1_108,
    ("historicity", "tag"): 4_773,
    ("geometry", "tag"): 2_041,
    ("brightness", "tag"): 341,
    ("brightness", "computed"): 954,
    ("warmth", "computed"): 954,
    ("color", "computed"): 942,
    ("texture", "tag"): 264,
    ("rhythm", "tag"): 241,
    ("depth", "tag"): 165,
    ("pace", "tag"): 556,
}
NOT_COMMERCIAL = {"CC-BY-NC-ND-3.0", "CC-BY-NC-SA-4.0"}


class Tables:
    """The tables of a version, as a builder's checks read them."""

    def __init__(self, version: StoredVersion) -> None:
        self.version = version

    def files(self, table: str) -> list[Path]:
        return self.version.files(table)

    def scan(self, table: str) -> pl.LazyFrame:
        return pl.scan_parquet(self.files(table), glob=False)


def build(store: Path, data: Path, *more: str) -> StoredVersion:
    done = command(
        "build",
        "atlas",
        "--mirror",
        str(data),
        "--out",
        str(store),
        *more,
        cwd=REPO,
        timeout_s=280,
        HUESET_CACHE=str(store.parent / "cache"),
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    return VersionStore(store).version("atlas")


@pytest.fixture(scope="module")
def version(vibe_store: Path, data_dir: Path) -> StoredVersion:
    return build(vibe_store, data_dir)


@pytest.fixture(scope="module")
def finished(version: StoredVersion) -> Tables:
    return Tables(version)


def label(finished: Tables, source: str, text: str, dimension: str) -> float:
    examples = finished.scan("examples").filter(source=source, text=text)
    found = finished.scan("labels").join(examples, on="example_id").filter(dimension=dimension)
    return float(found.collect()["value"].item())


def test_every_side_counts_its_labels_alike(version: StoredVersion) -> None:
    check_sides_agree(version)


def test_it_passes_its_gate_and_is_made_from_the_latest_vibe(
    version: StoredVersion, vibe_store: Path
) -> None:
    assert version.manifest.verdict == "warn"
    assert {check.verdict for check in version.gate.checks} == {"pass"}
    by = {source.name: source for source in version.manifest.sources}
    latest = VersionStore(vibe_store).latest("vibe")
    assert by["vibe"].version_of.to_json() == {"dataset": "vibe", "version": latest}


def test_every_source_has_as_many_rows_as_published(finished: Tables) -> None:
    read = dict(finished.scan("sources").select("source", "rows_read").collect().iter_rows())
    assert {name: read[name] for name in PUBLISHED} == PUBLISHED


def test_labels_of_each_dimension_and_kind_are_counted(finished: Tables) -> None:
    counted = finished.scan("labels").group_by("dimension", "label_kind").len().collect()
    assert {(d, kind): n for d, kind, n in counted.iter_rows()} == LABELS


def test_five_dimensions_have_a_thousand_human_labels_and_the_rest_says_what_it_has(
    version: StoredVersion,
) -> None:
    told = {d.name: d for d in version.coverage.dimensions}
    human = {
        name: d.evidence["human"].n if "human" in d.evidence else 0 for name, d in told.items()
    }
    assert {name: n for name, n in human.items() if n} == {
        "valence": 110_505,
        "arousal": 60_927,
        "abstraction": 39_954,
        "complexity": 16_081,
        "intimacy": 2_397,
    }
    others = ("geometry", "color", "brightness", "warmth", "temporal_framing", "historicity")
    assert all({"tag", "computed"} & set(told[name].evidence) for name in others)
    verdicts = {d.verdict for name, d in told.items() if not human[name]}
    assert verdicts == {"thin", "positive_only", "computed", "absent"}
    assert all(d.lift for name, d in told.items() if not human[name])


def test_a_row_fewer_than_published_is_a_broken_promise(finished: Tables) -> None:
    project = Project(REPO)
    declared = project.dataset("atlas")
    more = {**declared.defaults, "published_rows": {"intimacy": 2_398}}
    found = atlas.check(finished, Inputs(declared, {}, more, project.facts(declared)))
    assert [finding.check for finding in found] == ["atlas.sources.published"]


def test_scales_are_turned_to_the_poles_of_the_dimension(finished: Tables) -> None:
    assert label(finished, "warriner", "aardvark", "valence") == pytest.approx((6.26 - 1) / 8)
    concrete = label(finished, "brysbaert", "roadsweeper", "abstraction")
    assert concrete == pytest.approx(1 - (4.85 - 1) / 4)
    question = "what is an intimate friend?"
    assert label(finished, "intimacy", question, "intimacy") == pytest.approx(0.39956387900012428)
    assert label(finished, "xkcd", "black", "brightness") == pytest.approx(0.0, abs=1e-9)
    assert label(finished, "xkcd", "white", "brightness") == pytest.approx(1.0)
    assert label(finished, "xkcd", "bright red", "warmth") > 0.5
    assert label(finished, "xkcd", "azure", "warmth") < 0.5


def test_no_text_lies_in_two_splits_across_all_sources(finished: Tables) -> None:
    texts = finished.scan("examples").filter(pl.col("text_hash").is_not_null())
    by_text = texts.group_by("text_hash").agg(
        pl.col("split").n_unique(), pl.col("source").n_unique()
    )
    counted = by_text.select(
        pl.col("split").max(), (pl.col("source") > 1).sum().alias("shared")
    ).collect()
    assert counted.row(0) == (1, 14_241)


def test_texts_of_vibe_keep_their_split_but_for_two(finished: Tables, vibe_store: Path) -> None:
    there = pl.scan_parquet(VersionStore(vibe_store).version("vibe").files("examples"), glob=False)
    here = finished.scan("examples").join(
        there.select(pl.col("example_id").alias("source_id"), pl.col("split").alias("was")),
        on="source_id",
    )
    told = here.select(pl.len(), (pl.col("split") != pl.col("was")).sum().alias("moved")).collect()
    assert told.row(0) == (96_590, 2)


def test_levels_of_one_article_lie_in_one_split_and_do_not_tell_their_level(
    finished: Tables,
) -> None:
    rows = finished.scan("examples").filter(source="onestopenglish").collect()
    article = rows["source_id"].str.split("/").list.last()
    assert (
        rows.with_columns(article=article)
        .group_by("article")
        .agg(pl.col("split").n_unique())["split"]
        .max()
        == 1
    )
    assert not rows["text"].str.starts_with("Intermediate").any()


def test_a_tag_reaches_one_pole_and_its_absence_makes_no_label(finished: Tables) -> None:
    tags = finished.scan("labels").filter(label_kind="tag").collect()
    assert set(tags["value"]) == {0.0, 1.0}
    assert set(tags["value_raw"]) == {1.0}
    texture = tags.filter(dimension="texture")
    assert set(texture["value"]) == {1.0}


def test_a_track_has_no_text_and_a_refused_mapping_no_label(finished: Tables) -> None:
    tracks = finished.scan("examples").filter(unit="track").collect()
    assert tracks.height == 556
    assert tracks["text"].null_count() == tracks.height
    refused = finished.scan("mapping").filter(status="refused").collect()
    assert "lancaster_texture" in set(refused["mapping"])
    used = set(finished.scan("labels").collect()["mapping"])
    assert not used & set(refused["mapping"])


def test_every_row_carries_the_licence_of_its_source(finished: Tables) -> None:
    found = finished.scan("training").select("source", "licences").unique().collect()
    told = dict(found.iter_rows())
    assert len(told) == found.height
    declared = Project(REPO).dataset("atlas").sources
    assert {name: told[name] for name in PUBLISHED} == {
        name: [declared[name].licence] for name in PUBLISHED
    }


def test_labels_computed_of_norms_carry_their_licence_too(finished: Tables) -> None:
    norms = finished.scan("labels").filter(label_kind="class_norm")
    found = norms.group_by("licences").len().collect()
    assert found.rows() == [(["CC-BY-4.0", "CC-BY-NC-ND-3.0"], 74_216)]


def test_words_that_are_rated_in_two_spellings_keep_both_ratings(finished: Tables) -> None:
    words = finished.scan("examples").filter(source="warriner").collect()
    assert words.height == PUBLISHED["warriner"]
    both = words.filter(pl.col("text").is_in(["AIDS", "aids", "Pope", "pope"]))
    ids = both.select("example_id", "text", "split")
    labels = finished.scan("labels").filter(dimension="valence").select("example_id", "value")
    found = ids.join(labels.collect(), on="example_id")
    assert found.height == 4
    assert found["value"].n_unique() == 4
    assert both.group_by("text_hash").agg(pl.col("split").n_unique())["split"].to_list() == [1, 1]


def test_titles_that_name_nothing_are_refused(version: StoredVersion) -> None:
    refused = version.manifest.quarantine["examples"]
    assert refused == {"title_says_nothing": 2_891, "duplicate_text": 1_631}


def test_sources_that_share_texts_are_compared_and_nothing_is_moved(
    version: StoredVersion, finished: Tables
) -> None:
    rows = {
        (r["dimension"], r["source_a"], r["source_b"]): r
        for r in finished.scan("calibration").collect().iter_rows(named=True)
    }
    tagged = rows["abstraction", "brysbaert", "tate"]
    assert (tagged["shared"], tagged["spearman"], tagged["shift"]) == (379, None, None)
    assert tagged["mean_a"] < tagged["whole_mean_a"], "tagged titles are rated more concrete"
    told = [f.message for f in version.gate.findings if f.check == "input.sources_disagree"]
    assert len(told) == 1
    assert "abstraction: brysbaert and tate go apart: 379 texts that tate tags high" in told[0]
    rated = rows["valence", "emobank", "warriner"]
    assert rated["shared"] == 6
    assert rated["spearman"] == pytest.approx(0.845, abs=1e-3)
    assert rated["by_chance"] > rated["spearman"], "six texts prove nothing"


@pytest.mark.full
def test_a_part_without_non_commercial_rows_holds_none(
    version: StoredVersion, tmp_path: Path
) -> None:
    by_row = {name for counts in version.manifest.licences.values() for name in counts}
    known = {part for name in by_row for part in split_expression(name)}
    allowed = sorted(known - NOT_COMMERCIAL - {"untold"})
    part = make_subset(Project(REPO), version, allowed, tmp_path / "part")
    assert known >= NOT_COMMERCIAL
    for table in ("examples", "labels", "training"):
        rows = pl.concat([pl.read_parquet(path) for path in part.files(table)])
        column = rows["licence"] if table == "examples" else rows["licences"].explode()
        assert set(column) == set(allowed)
        assert not {"warriner", "clear", "mtg_jamendo"} & set(rows["source"])
    told = {d.name: d.n for d in part.coverage.dimensions}
    assert told["valence"] == 110_505 - 13_915 - 37_108  # the class norms rest on Warriner's
    assert pq.read_metadata(part.files("examples")[0]).num_rows > 0


def rated(text: str, rater: int) -> int:
    """Return what a made-up rater says: the two agree, or are one step apart."""
    told = sum(text.encode())
    return min(1 + told % 7 + rater * (told // 7 % 2), 7)


@pytest.mark.full
def test_two_raters_and_an_evening_lift_a_dimension(
    version: StoredVersion, vibe_store: Path, data_dir: Path, tmp_path: Path
) -> None:
    store = ["--out", str(vibe_store)]
    asked = command(
        "annotate",
        "atlas",
        "--dimension",
        "density",
        "--texts",
        "1100",
        "--to",
        str(tmp_path / "tasks"),
        *store,
        cwd=REPO,
    )
    assert asked.returncode == 0, asked.stderr
    files = sorted((tmp_path / "tasks").glob("*.csv"))
    for rater, path in enumerate(files):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            writer.writerows({**row, "rating": rated(row["text"], rater)} for row in rows)
    read = command(
        "annotate",
        "atlas",
        "--import",
        *map(str, files),
        "--to",
        str(tmp_path / "answers"),
        "--json",
        *store,
        cwd=REPO,
    )
    assert read.returncode == 0, read.stderr
    (imported,) = json.loads(read.stdout)["imported"]
    assert (imported["raters"], imported["texts"]) == (2, 1_100)

    made = build(vibe_store, data_dir, "--source", f"annotations={tmp_path / 'answers'}")

    assert made.name != version.name
    assert {check.verdict for check in made.gate.checks} == {"pass"}
    before, after = ({d.name: d for d in one.coverage.dimensions} for one in (version, made))
    assert (before["density"].verdict, before["density"].n) == ("absent", 0)
    assert (after["density"].verdict, after["density"].n) == ("trainable", 1_100)
    assert after["density"].raters.by_source["annotations"].mean == 2.0
    agreement = [f for f in made.gate.findings if f.check == "input.rater_agreement"]
    assert f"{imported['alpha']:.3f}" in agreement[0].message
    again = Tables(made).scan("examples").filter(pl.col("text_hash").is_not_null())
    splits = again.group_by("text_hash").agg(pl.col("split").n_unique()).collect()
    assert splits["split"].max() == 1
