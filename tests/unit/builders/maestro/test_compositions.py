from __future__ import annotations

import csv
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from builders.maestro.compositions import composition_ids, read_title
from hueset.splits import strictest

if TYPE_CHECKING:
    from pathlib import Path


def same(composer: str, *titles: str) -> bool:
    ids = composition_ids((composer, title) for title in titles)
    return len(set(ids.values())) == 1


@pytest.mark.parametrize(
    ("title", "references"),
    [
        ("Sonata No. 21 in C Major, Op. 53, 1st mov.", {"op 53"}),
        ("Etude Op. 10 No. 4 in C-sharp Minor", {"op 10/4"}),
        ("Impromptu Op. 90 No. 3, in G-flat Major, D899", {"op 90/3"}),
        ("Prelude Op. 32/5", {"op 32/5"}),
        ("Etudes Op. 25 Nos. 1-5", {f"op 25/{n}" for n in range(1, 6)}),
        ("Romances Op. 28, Nos. 2 and 3", {"op 28/2", "op 28/3"}),
        ("Sonata in C Major, Hob. XVI/50", {"hob 50"}),
        ("Sonata in A-flat Major, Hob. XVI: 46, I. Allegro moderato", {"hob 46"}),
        ("Sonata in F Major, K533/K494", {"k 533", "k 494"}),
        ("Hungarian Rhapsody No. 10 in E-flat Major, S. 244/10", {"s 244/10"}),
        ("Moments Musicaux, Opus 16", {"op 16"}),
        ("Thirty-Two Variations in C minor, WoO 80    ", {"woo 80"}),
        ('"La Campanella"', set()),
    ],
)
def test_catalogue_numbers_are_found_however_they_are_written(
    title: str, references: set[str]
) -> None:
    assert read_title(title).references == references


def test_spellings_of_one_title_are_one_composition() -> None:
    assert same(
        "Franz Schubert",
        "Son. in Bb D.960",
        "Sonata in B-flat Major, D960",
        "Sonata in B-flat Major, D. 960 (Complete)",
    )
    assert same("César Franck", "Prélude, Choral et Fugue", "Prelude, Choral et Fugue")
    assert same("Frédéric Chopin", "Scherzo No. 3", "Scherzo No. 3 in C-sharp Minor, Op. 39")
    assert same("Franz Liszt", '"La Campanella"', 'Paganini Etude No. 3, S. 141/3 "La Campanella"')


def test_an_opus_as_a_whole_joins_its_numbers() -> None:
    assert same(
        "Franz Schubert", "Impromptu Op. 90 No. 1", "Impromptus Op. 90", "Impromptu Op. 90 No. 4"
    )
    assert not same("Franz Schubert", "Impromptu Op. 90 No. 1", "Impromptu Op. 90 No. 4")


def test_movements_that_a_spreadsheet_counted_on_are_one_sonata() -> None:
    assert same("Franz Schubert", "Sonata in G Major, D. 894", "Sonata in G Major, D. 895")
    assert not same("Franz Schubert", "Sonata in G Major, D. 894", "Sonata in A Minor, D. 895")


def test_different_pieces_stay_apart() -> None:
    assert not same("Domenico Scarlatti", "Sonata in D Major, K. 119", "Sonata in D Major, K. 430")
    assert not same("Frédéric Chopin", "Etude Op. 10 No. 4", "Etude Op. 25 No. 4")
    apart = composition_ids(
        [("Johannes Brahms", "Sonata No. 1"), ("Robert Schumann", "Sonata No. 1")]
    )
    assert len(set(apart.values())) == 2


def test_an_arrangement_counts_as_its_first_composer() -> None:
    ids = composition_ids(
        [("Franz Schubert / Franz Liszt", "Gretchen am Spinnrade"),
         ("Franz Schubert", '"Gretchen am Spinnrade"')]
    )  # fmt: skip
    assert len(set(ids.values())) == 1


def test_the_order_of_the_list_does_not_matter() -> None:
    works = [("A B", f"Etude Op. {n} No. {m}") for n in range(5) for m in range(5)]
    works += [("A B", "Etudes Op. 3")]
    assert composition_ids(works) == composition_ids(reversed(works))


def test_the_published_split_straddles_seventeen_compositions(data_dir: Path) -> None:
    path = data_dir / "maestro/maestro-v3.0.0/maestro-v3.0.0.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    ids = composition_ids((row["canonical_composer"], row["canonical_title"]) for row in rows)
    splits: defaultdict[str, list[str]] = defaultdict(list)
    exact: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        work = (row["canonical_composer"], row["canonical_title"])
        splits[ids[work]].append(row["split"])
        exact[work].add(row["split"])
    assert sum(len(found) > 1 for found in exact.values()) == 5
    assert len(splits) == 424
    assert sum(len(set(found)) > 1 for found in splits.values()) == 17
    moved = sum(split != strictest(found) for found in splits.values() for split in found)
    assert moved == 83
