from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.local_build import Built, build, inputs
from tests.unit.builders.socialfx.socialfx_files import (
    PUBLISHED,
    centres,
    csv_text,
    hub_row,
    names,
    write_hub,
    write_published_hub,
    write_words,
    zscored,
)

if TYPE_CHECKING:
    from pathlib import Path


def measure(built: Built, name: str, scope: str) -> dict[str, Any]:
    (row,) = [r for r in built.tables["measures"] if (r["name"], r["scope"]) == (name, scope)]
    return row


ALL, FILTERED = "eq, all terms", "eq, terms with 10 or more"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("published")
    path = write_published_hub(folder / "eq.parquet")
    return build(inputs("socialfx", {"hub_eq": path}, permutations=5), folder)


def test_the_hub_form_gives_the_published_counts(published: Built) -> None:
    tables = published.tables
    assert len(tables["contributions"]) == 1595
    assert len(tables["terms"]) == 765
    assert len({row["term"] for row in tables["contributions_filtered"]}) == 24
    assert len(tables["contributions_filtered"]) == 458
    kept = {row["term"]: row["count"] for row in tables["terms"] if row["enough_examples"]}
    assert kept == PUBLISHED
    assert {row["aggregation"] for row in tables["terms"]} == {"contribution"}


def test_what_the_filter_costs_is_measured(published: Built) -> None:
    assert measure(published, "rows", ALL)["value"] == 1595
    assert measure(published, "rows", FILTERED)["value"] == 458
    assert measure(published, "row_share", FILTERED)["value"] == pytest.approx(458 / 1595)
    assert measure(published, "terms", FILTERED)["value"] == 24
    assert measure(published, "languages", FILTERED)["value"] == 2
    assert measure(published, "rare_term_share", ALL)["value"] == pytest.approx(712 / 765)
    assert measure(published, "median_examples", ALL)["value"] == 1
    assert measure(published, "imbalance", ALL)["value"] == 64
    assert published.verdicts()["input.rare_terms"] == "warn"


def test_separability_is_measured_before_any_training_and_says_of_what(published: Built) -> None:
    whole = measure(published, "silhouette", ALL)
    settled = json.loads(whole["parameters"])
    assert (settled["rows"], settled["terms"]) == (1595 - 461, 765 - 461)
    assert settled["seed"] and settled["vectors"] == "raw"
    assert len(whole["data_sha256"]) == 64
    chance = measure(published, "silhouette_chance_mean", ALL)["value"]
    assert whole["value"] == pytest.approx(chance, abs=0.05), "random curves cannot be told apart"
    assert published.verdicts()["input.not_separable"] == "warn"
    assert measure(published, "davies_bouldin_p_value", FILTERED)["value"] > 0
    by_term = {row["term"]: row["separability"] for row in published.tables["terms"]}
    assert by_term["one0"] is None and -1 <= by_term["warm"] <= 1


def test_every_promise_of_the_output_holds(published: Built) -> None:
    assert {v for name, v in published.verdicts().items() if name.startswith("terms.")} == {"pass"}


def test_parameters_carry_their_band_centres_and_unit(published: Built) -> None:
    for row in (published.tables["contributions"][0], published.tables["terms"][0]):
        assert row["band_centres_hz"] == centres()
        assert set(row["parameter_units"]) == {"z-score"}
    assert all(row["zscored"] for row in published.tables["contributions"])


def test_the_accent_of_a_word_stays_and_the_joining_form_stands_beside_it(published: Built) -> None:
    (row,) = [row for row in published.tables["terms"] if row["term"] == "frío"]
    assert (row["term_normalised"], row["concept"], row["language"]) == ("frio", "cold", "es")
    assert row["count"] == 13 and len(row["spread"]) == 40


def test_equal_curves_lie_in_one_split(tmp_path: Path) -> None:
    curve = zscored(1)[0]
    rows = [hub_row(str(at), f"word{at}", curve) for at in range(40)]
    made = build(inputs("socialfx", {"hub_eq": write_hub(tmp_path / "a.parquet", rows)}), tmp_path)
    assert len({row["split"] for row in made.tables["contributions"]}) == 1
    assert {row["curve_rows"] for row in made.tables["contributions"]} == {40}


def test_splits_have_about_their_shares(published: Built) -> None:
    rows = published.tables["contributions"]
    share = sum(row["split"] == "train" for row in rows) / len(rows)
    assert 0.75 < share < 0.85
    assert {row["split"] for row in rows} == {"train", "validation", "test"}


def small(tmp_path: Path, rows: list[dict[str, Any]], **parameters: Any) -> Built:
    path = write_hub(tmp_path / "eq.parquet", rows)
    settled = {"permutations": 3, "min_examples": 2, **parameters}
    return build(inputs("socialfx", {"hub_eq": path}, **settled), tmp_path)


def rows_of(*words: str) -> list[dict[str, Any]]:
    curves = zscored(len(words))
    pairs = zip(words, curves, strict=True)
    return [hub_row(str(at), word, values) for at, (word, values) in enumerate(pairs)]


def test_junk_goes_to_quarantine_with_its_reason(tmp_path: Path) -> None:
    made = small(tmp_path, rows_of("warm", "warm", "Test", "RE27", "tinny"))
    assert made.reasons() == ["stop_list", "stop_list"]
    assert {row["term"] for row in made.tables["terms"]} == {"warm", "tinny"}


def test_several_words_of_one_contribution_give_a_row_each(tmp_path: Path) -> None:
    made = small(tmp_path, rows_of("warm, Full,warm", "full"))
    found = [(row["contribution_id"], row["term"]) for row in made.tables["contributions"]]
    assert found == [("eq/hub_eq/0", "full"), ("eq/hub_eq/0", "warm"), ("eq/hub_eq/1", "full")]


def test_another_set_of_parameters_is_refused(tmp_path: Path) -> None:
    rows = rows_of("warm", "warm", "soft")
    rows[2]["param_keys"] = ["other", *rows[2]["param_keys"][1:]]
    made = small(tmp_path, rows)
    assert made.reasons() == ["other_parameters"]
    assert made.rejects[0].observed == "other"


def test_an_equaliser_row_without_40_parameters_is_refused(tmp_path: Path) -> None:
    rows = rows_of("warm", "warm", "soft")
    rows[2] |= {"param_keys": names()[:20], "param_values": zscored(1)[0][:20]}
    assert small(tmp_path, rows).reasons() == ["parameter_count"]


def test_a_repeated_id_is_refused(tmp_path: Path) -> None:
    rows = rows_of("warm", "warm", "soft")
    rows[2]["id"] = rows[0]["id"]
    assert small(tmp_path, rows).reasons() == ["repeated_id"]


def test_a_row_that_is_not_zscored_is_flagged_and_told(tmp_path: Path) -> None:
    rows = rows_of("warm", "warm", "soft")
    rows[2]["param_values"] = [6 * value for value in rows[2]["param_values"]]
    made = small(tmp_path, rows)
    assert [row["zscored"] for row in made.tables["contributions"]] == [True, True, False]
    assert made.verdicts()["input.not_zscored"] == "warn"
    assert made.verdicts()["terms.zscore_stated"] == "pass"


def test_fewer_contributions_than_published_are_told(tmp_path: Path) -> None:
    made = small(tmp_path, rows_of("warm", "warm"))
    (told,) = [f for f in made.findings if f.check == "input.contributions_missing"]
    assert "2 contributions of 1595" in told.message


def test_equal_contributions_agree_wholly(tmp_path: Path) -> None:
    rows = rows_of("warm", "warm", "soft")
    rows[1]["param_values"] = rows[0]["param_values"]
    made = small(tmp_path, rows)
    terms = {row["term"]: row for row in made.tables["terms"]}
    assert terms["warm"]["agreement"] == pytest.approx(1.0)
    assert max(terms["warm"]["spread"]) == pytest.approx(0.0, abs=1e-12)
    assert terms["soft"]["agreement"] is None and terms["soft"]["spread"] is None


def test_the_spread_is_the_sample_standard_deviation(tmp_path: Path) -> None:
    rows = rows_of("warm", "warm", "soft")
    made = small(tmp_path, rows)
    (warm,) = [row for row in made.tables["terms"] if row["term"] == "warm"]
    first, second = rows[0]["param_values"], rows[1]["param_values"]
    expected = [abs(a - b) / 2**0.5 for a, b in zip(first, second, strict=True)]
    assert warm["spread"] == pytest.approx(expected)
    assert warm["mean_curve"] == pytest.approx(
        [(a + b) / 2 for a, b in zip(first, second, strict=True)]
    )


def test_curves_per_word_are_said_to_be_that_and_nothing_is_measured(tmp_path: Path) -> None:
    words = dict(zip(["warm", "soft", "tinny"], zscored(3), strict=True))
    path = write_words(tmp_path / "words.json", words)
    made = build(inputs("socialfx", {"audealize_eq": path}), tmp_path)
    assert {row["aggregation"] for row in made.tables["terms"]} == {"word"}
    assert {row["count"] for row in made.tables["terms"]} == {None}
    assert made.tables["contributions"] == [] == made.tables["contributions_filtered"]
    assert {row["status"] for row in made.tables["measures"]} == {"not_measured"}
    assert all(row["reason"] and row["value"] is None for row in made.tables["measures"])
    assert "fail" not in made.verdicts().values()


def test_an_excerpt_beside_word_curves_counts_for_no_word(tmp_path: Path) -> None:
    words = write_words(tmp_path / "words.json", dict(zip("ab", zscored(2), strict=True)))
    excerpt = tmp_path / "head.csv"
    excerpt.write_bytes(csv_text([["a", "English", 8, 0.5, *zscored(1)[0]]]))
    sources = {"audealize_eq": words, "contributions_excerpt": excerpt}
    made = build(inputs("socialfx", sources), tmp_path)
    assert [row["term"] for row in made.tables["contributions"]] == ["a"]
    assert {row["count"] for row in made.tables["terms"]} == {None}
    assert "1 of them are at hand" in measure(made, "silhouette", ALL)["reason"]
    assert made.verdicts()["terms.counts_recomputed"] == "pass"


def test_an_excerpt_beside_the_whole_is_not_read_twice(tmp_path: Path) -> None:
    whole, excerpt = tmp_path / "all.csv", tmp_path / "head.csv"
    rows = [
        [word, "English", 8, 0.5, *values] for word, values in zip("aab", zscored(3), strict=True)
    ]
    whole.write_bytes(csv_text(rows))
    excerpt.write_bytes(csv_text(rows[:1]))
    sources = {"contributions_csv": whole, "contributions_excerpt": excerpt}
    made = build(inputs("socialfx", sources, permutations=3), tmp_path)
    assert {row["source"] for row in made.tables["contributions"]} == {"contributions_csv"}
    assert len(made.tables["contributions"]) == 3


def test_the_real_files_give_763_words_and_18_contributions(data_dir: Path, tmp_path: Path) -> None:
    folder = data_dir / "socialfx"
    sources = {
        "audealize_eq": folder / "audealize_api/static/data/eqdescriptors.json",
        "audealize_reverb": folder / "audealize_api/static/data/reverbdescriptors.json",
        "contributions_excerpt": folder / "eq_contributions.head18.csv",
    }
    made = build(inputs("socialfx", sources), tmp_path)
    terms = made.tables["terms"]
    assert sum(row["effect"] == "eq" for row in terms) == 394
    assert sum(row["effect"] == "reverb" for row in terms) == 369
    assert sum(row["language"] == "es" for row in terms) == 100
    assert sum(bool(row["zscored"]) for row in terms) == 183, "single contributions stay z-scored"
    contributions = made.tables["contributions"]
    assert len(contributions) == 18 and all(row["zscored"] for row in contributions)
    assert {row["language"] for row in contributions} == {"en"}
    assert {row["audio_id"] for row in contributions} == {"7", "8", "9"}
    curves = {row["term"]: row["mean_curve"] for row in terms if row["effect"] == "eq"}
    for row in contributions:
        if row["term"] in {"saucy", "corn", "apple", "oxygen"}:
            assert row["values"] == pytest.approx(curves[row["term"]], abs=1e-14)
    assert not made.rejects
    assert "fail" not in made.verdicts().values()


def test_the_three_configs_of_the_hub_are_read_each_with_its_own_parameters(tmp_path: Path) -> None:
    comp = ["threshold", "ratio", "attack", "release", "gain"]
    reverb = ["delay", "gain", "stereo", "cutoff", "mix"]
    files = {"hub_eq": write_hub(tmp_path / "eq.parquet", rows_of("warm", "warm", "tinny"))}
    for name, keys in (("comp", comp), ("reverb", reverb)):
        rows = [
            hub_row(f"{name}-{at}", word, [float(at), 2.0, 100.0 * at, 4.0, 5.0], param_keys=keys)
            for at, word in enumerate(("warm", "warm", "punchy", "punchy"))
        ]
        files[f"hub_{name}"] = write_hub(tmp_path / f"{name}.parquet", rows)

    made = build(inputs("socialfx", files, permutations=9, min_examples=2), tmp_path)

    terms = {(row["effect"], row["term"]): row for row in made.tables["terms"]}
    assert set(terms) == {
        ("eq", "warm"),
        ("eq", "tinny"),
        ("comp", "warm"),
        ("comp", "punchy"),
        ("reverb", "warm"),
        ("reverb", "punchy"),
    }
    assert terms["comp", "warm"]["parameter_names"] == comp
    assert set(terms["comp", "warm"]["parameter_units"]) == {None}
    assert terms["comp", "warm"]["band_centres_hz"] is None
    assert terms["comp", "warm"]["mean_curve"] == [0.5, 2.0, 50.0, 4.0, 5.0]
    assert [near["term"] for near in terms["reverb", "warm"]["neighbours"]] == ["punchy"]
    settled = measure(made, "silhouette", "comp, all terms")
    assert settled["value"] == pytest.approx((0.6 + 1 / 3) / 2), "as computed by hand"
    assert json.loads(settled["parameters"])["vectors"] == "each parameter scaled to mean 0, sd 1"
    assert {v for name, v in made.verdicts().items() if name.startswith("terms.")} == {"pass"}
