from __future__ import annotations

import csv
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest
import yaml

from hueset.builder.splits import strictest_split
from hueset.errors import DeclarationError
from hueset_builders.maestro.compositions import composition_ids, read_title
from tests.conftest import REPO

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


def test_movements_counted_on_do_not_reach_into_the_next_sonata() -> None:
    assert same("Franz Schubert", "Sonata in C Minor, D. 958", "Sonata in C Minor, D. 959")
    c_minor, _, a_major, _, b_flat, _ = composition_ids(
        [
            ("Franz Schubert", title)
            for title in (
                "Sonata in C Minor, D. 958",
                "Sonata in C Minor, D. 959",
                "Sonata in A D959",
                "Sonata in A D960",
                "Son. in Bb D.960",
                "Son. in Bb D.961",
            )
        ]
    ).values()
    assert (c_minor, a_major, b_flat) == (
        "franz schubert: d 958",
        "franz schubert: d 959",
        "franz schubert: d 960",
    )


def test_a_nickname_in_quotes_joins_and_a_number_beside_other_catalogue_numbers_does_not() -> None:
    sospiro, third, gnomes, second, leggierezza = composition_ids(
        [
            ("Franz Liszt", title)
            for title in (
                'Concert Etude "Un Sospiro"',
                'Concert Etude No. 3 in D-flat Major, "Un Sospiro", S. 144/3',
                'Concert Etude No. 2 "Gnomenreigen"',
                'Concert Etude No. 2, "Gnomenreigen", S. 145/2',
                'Concert Etude No. 2, “La leggierezza", S. 144/2',
            )
        ]
    ).values()
    assert sospiro == third
    assert gnomes == second
    assert len({sospiro, gnomes, leggierezza}) == 3


def test_the_facts_correct_a_title_and_join_those_of_the_same_notes() -> None:
    works = [
        ("A B", "Variations Op. 35"),
        ("C D", "Variations Op. 35"),
        ("C D", "Waltz"),
        ("E / C D", "Danse"),
    ]
    assert len(set(composition_ids(works).values())) == 4
    facts = {
        "readings": [
            {"composer": "A B", "title": "Variations Op. 35", "read": {"composer": "C D"}}
        ],
        "same": [{"works": [["C D", "Waltz"], ["E / C D", "Danse"]]}],
    }
    assert list(composition_ids(works, facts).values()) == [
        "c d: op 35",
        "c d: op 35",
        "c d: waltz",
        "c d: waltz",
    ]
    with pytest.raises(DeclarationError, match=r"'Waltzer'.*not in the list"):
        composition_ids(works, {"same": [{"works": [["C D", "Waltz"], ["C D", "Waltzer"]]}]})


def test_different_pieces_stay_apart() -> None:
    assert not same("Domenico Scarlatti", "Sonata in D Major, K. 119", "Sonata in D Major, K. 430")
    assert not same("Frédéric Chopin", "Etude Op. 10 No. 4", "Etude Op. 25 No. 4")
    apart = composition_ids(
        [("Johannes Brahms", "Sonata No. 1"), ("Robert Schumann", "Sonata No. 1")]
    )
    assert len(set(apart.values())) == 2


def test_an_arrangement_counts_as_its_first_composer() -> None:
    ids = composition_ids(
        [
            ("Franz Schubert / Franz Liszt", "Gretchen am Spinnrade"),
            ("Franz Schubert", '"Gretchen am Spinnrade"'),
        ]
    )
    assert len(set(ids.values())) == 1


def test_the_order_of_the_list_does_not_matter() -> None:
    works = [("A B", f"Etude Op. {n} No. {m}") for n in range(5) for m in range(5)]
    works += [("A B", "Etudes Op. 3")]
    assert composition_ids(works) == composition_ids(reversed(works))


def test_the_published_split_straddles_eleven_compositions(data_dir: Path) -> None:
    path = data_dir / "maestro/maestro-v3.0.0/maestro-v3.0.0.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    facts = yaml.safe_load((REPO / "datasets/maestro/compositions.yaml").read_text("utf-8"))
    works = [(row["canonical_composer"], row["canonical_title"]) for row in rows]
    ids = composition_ids(works, facts)
    splits: defaultdict[str, list[str]] = defaultdict(list)
    exact: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        work = (row["canonical_composer"], row["canonical_title"])
        splits[ids[work]].append(row["split"])
        exact[work].add(row["split"])
    assert sum(len(found) > 1 for found in exact.values()) == 5
    assert len(splits) == 376
    assert sum(len(set(found)) > 1 for found in splits.values()) == 11
    moved = sum(split != strictest_split(found) for found in splits.values() for split in found)
    assert moved == 20
