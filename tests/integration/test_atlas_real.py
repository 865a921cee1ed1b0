"""The real sources of atlas beside a handful of texts of vibe: counts, values, splits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from builders import atlas
from hueset.builder import Inputs
from tests.atlas_inputs import build, inputs
from tests.conftest import real_data

if TYPE_CHECKING:
    from tests.vibe_corpora import Made

SOURCES = ("warriner", "brysbaert", "complex", "clear", "onestopenglish", "intimacy", "tate",
           "xkcd", "mtg_jamendo")  # fmt: skip
PUBLISHED = {
    "warriner": 13_915, "brysbaert": 39_954, "complex": 10_800, "clear": 4_724,
    "onestopenglish": 567, "intimacy": 2_397, "tate": 17_872, "xkcd": 954, "mtg_jamendo": 18_486,
}  # fmt: skip
LABELS = {
    ("valence", "rating"): 13_906, ("arousal", "rating"): 13_905,
    ("valence", "class_norm"): 1, ("valence", "stars"): 1,
    ("abstraction", "rating"): 39_954, ("abstraction", "tag"): 4_242,
    ("complexity", "rating"): 15_514, ("complexity", "class"): 565,
    ("intimacy", "rating"): 2_397,
    ("temporal_framing", "computed"): 17_628, ("temporal_framing", "tag"): 1_108,
    ("historicity", "tag"): 4_773, ("geometry", "tag"): 2_041, ("brightness", "tag"): 341,
    ("brightness", "computed"): 954, ("warmth", "computed"): 954, ("color", "computed"): 942,
    ("texture", "tag"): 264, ("rhythm", "tag"): 241, ("depth", "tag"): 165, ("pace", "tag"): 556,
}  # fmt: skip


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    found = real_data()
    if found is None:
        pytest.skip("the real data is absent: set HUESET_DATA, or put it into ../shared/data")
    return inputs(found, tmp_path_factory.mktemp("vibe"), SOURCES)


@pytest.fixture(scope="module")
def made(given: Inputs) -> tuple[Made, Made]:
    return build(given)


@pytest.fixture(scope="module")
def finished(made: tuple[Made, Made]) -> Made:
    return made[1]


def label(finished: Made, source: str, text: str, dimension: str) -> float:
    examples = finished.scan("examples").filter(source=source, text=text)
    found = finished.scan("labels").join(examples, on="example_id").filter(dimension=dimension)
    return float(found.collect()["value"].item())


def test_every_source_has_as_many_rows_as_published(finished: Made) -> None:
    read = dict(finished.scan("sources").select("source", "rows_read").collect().iter_rows())
    assert {name: read[name] for name in PUBLISHED} == PUBLISHED


def test_labels_of_each_dimension_and_kind_are_counted(finished: Made) -> None:
    counted = finished.scan("labels").group_by("dimension", "label_kind").len().collect()
    assert {(d, kind): n for d, kind, n in counted.iter_rows()} == LABELS


def test_the_finished_tables_keep_what_they_promise(finished: Made, given: Inputs) -> None:
    assert [finding.message for finding in atlas.check(finished, given)] == []


def test_a_row_fewer_than_published_is_a_broken_promise(finished: Made, given: Inputs) -> None:
    more = {**given.parameters, "published_rows": {"intimacy": 2_398}}
    found = atlas.check(finished, Inputs(given.dataset, given.sources, more, given.facts))
    assert [finding.check for finding in found] == ["atlas.sources.published"]


def test_scales_are_turned_to_the_poles_of_the_dimension(finished: Made) -> None:
    assert label(finished, "warriner", "aardvark", "valence") == pytest.approx((6.26 - 1) / 8)
    concrete = label(finished, "brysbaert", "roadsweeper", "abstraction")
    assert concrete == pytest.approx(1 - (4.85 - 1) / 4)
    question = "what is an intimate friend?"
    assert label(finished, "intimacy", question, "intimacy") == pytest.approx(0.39956387900012428)
    assert label(finished, "xkcd", "black", "brightness") == pytest.approx(0.0, abs=1e-9)
    assert label(finished, "xkcd", "white", "brightness") == pytest.approx(1.0)
    assert label(finished, "xkcd", "bright red", "warmth") > 0.5
    assert label(finished, "xkcd", "azure", "warmth") < 0.5


def test_a_text_of_vibe_keeps_its_split_and_draws_equal_texts_into_it(finished: Made) -> None:
    rows = finished.scan("examples").filter(pl.col("text").str.to_lowercase() == "aardvark")
    found = rows.select("source", "split").collect()
    assert set(found["source"]) == {"emobank", "warriner", "brysbaert"}
    assert set(found["split"]) == {"test"}


def test_levels_of_one_article_lie_in_one_split_and_do_not_tell_their_level(
    finished: Made,
) -> None:
    rows = finished.scan("examples").filter(source="onestopenglish").collect()
    article = rows["source_id"].str.split("/").list.last()
    assert rows.with_columns(article=article).group_by("article").agg(
        pl.col("split").n_unique()
    )["split"].max() == 1  # fmt: skip
    assert not rows["text"].str.starts_with("Intermediate").any()


def test_a_tag_reaches_one_pole_and_its_absence_makes_no_label(finished: Made) -> None:
    tags = finished.scan("labels").filter(label_kind="tag").collect()
    assert set(tags["value"]) == {0.0, 1.0}
    assert set(tags["value_raw"]) == {1.0}
    texture = tags.filter(dimension="texture")
    assert set(texture["value"]) == {1.0}


def test_a_track_has_no_text_and_a_refused_mapping_no_label(finished: Made) -> None:
    tracks = finished.scan("examples").filter(unit="track").collect()
    assert tracks.height == 556
    assert tracks["text"].null_count() == tracks.height
    refused = finished.scan("mapping").filter(status="refused").collect()
    assert "lancaster_texture" in set(refused["mapping"])
    used = set(finished.scan("labels").collect()["mapping"])
    assert not used & set(refused["mapping"])


def test_every_row_carries_the_licence_of_its_source(finished: Made, given: Inputs) -> None:
    found = finished.scan("training").select("source", "licence").unique().collect()
    told = dict(found.iter_rows())
    assert len(told) == found.height
    assert {name: told[name] for name in SOURCES} == {
        name: given.dataset.sources[name].licence for name in SOURCES
    }


def test_titles_that_name_nothing_are_refused(made: tuple[Made, Made]) -> None:
    reasons = pl.Series([reject.reason for reject in made[0].rejects]).value_counts()
    assert dict(reasons.iter_rows()) == {"title_says_nothing": 2_891, "duplicate_text": 1_643}


def test_sources_that_share_texts_are_compared_and_nothing_is_moved(finished: Made) -> None:
    rows = finished.scan("calibration").collect()
    found = {(d, a, b): n for d, a, b, n in rows.select(
        "dimension", "source_a", "source_b", "shared").iter_rows()}  # fmt: skip
    assert found["abstraction", "brysbaert", "tate"] == 379
    assert found["valence", "emobank", "warriner"] == 1
