"""Which licence a mixture is called by: the declared one, or the strictest; never a freer one."""

from __future__ import annotations

from typing import Any

import pytest

from hueset.declaration.licence_terms import covers, freer_than, licence_of, strictest


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["MIT", "CC-BY-NC-4.0", "CC0-1.0"], "CC-BY-NC-4.0"),
        (["CC-BY-4.0", "CC-BY-SA-4.0"], "CC-BY-SA-4.0"),
        (["CC-BY-NC-SA-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0"], "CC-BY-NC-SA-4.0"),
        # neither asks all that the other asks: both hold
        (["CC-BY-SA-4.0", "CC-BY-NC-4.0"], "CC-BY-NC-4.0 AND CC-BY-SA-4.0"),
        (["MIT AND CC-BY-NC-ND-3.0", "CC-BY-4.0"], "CC-BY-NC-ND-3.0"),
        (["CC-BY-4.0", "unstated"], "CC-BY-4.0 AND unstated"),
        (["MIT", "Apache-2.0"], "Apache-2.0 AND MIT"),
        ([], "unstated"),
    ],
)
def test_the_strictest_is_what_no_other_covers(names: list[str], expected: str) -> None:
    assert strictest(names) == expected
    assert strictest(names[::-1]) == expected


def test_own_words_are_covered_by_nothing_but_themselves() -> None:
    assert covers("my own", "my own")
    assert not covers("CC-BY-NC-ND-4.0", "my own")
    assert not covers("my own", "CC-BY-NC-4.0")


def manifest(declared: str | None, rows: list[str], **more: Any) -> dict[str, Any]:
    sources = [{"name": f"s{at}", "licence": name} for at, name in enumerate(rows)]
    counts = dict.fromkeys(rows, 1)
    return {"licence_declared": declared, "sources": sources, "licences": {"t": counts}, **more}


@pytest.mark.parametrize(
    ("declared", "rows", "expected", "freer"),
    [
        ("CC-BY-NC-4.0", ["MIT"], "CC-BY-NC-4.0", []),
        ("MIT", ["CC-BY-NC-4.0"], "CC-BY-NC-4.0", ["CC-BY-NC-4.0"]),
        ("CC-BY-SA-4.0", ["CC-BY-NC-4.0"], "CC-BY-NC-4.0 AND CC-BY-SA-4.0", ["CC-BY-NC-4.0"]),
        ("MIT", ["unstated"], "MIT AND unstated", ["unstated"]),
        ("our terms", ["MIT", "CC0-1.0"], "our terms", []),
        ("our terms", ["CC-BY-SA-4.0"], "CC-BY-SA-4.0 AND our terms", ["CC-BY-SA-4.0"]),
        (None, ["MIT", "CC-BY-NC-4.0"], "CC-BY-NC-4.0", []),
        ("mixed, see the column licence", ["MIT", "CC-BY-4.0"], "CC-BY-4.0 AND MIT", []),
    ],
)
def test_a_version_is_never_called_by_a_freer_licence(
    declared: str | None, rows: list[str], expected: str, freer: list[str]
) -> None:
    told = manifest(declared, rows)
    assert licence_of(told) == expected
    assert freer_than(told) == freer


def test_a_source_counts_though_the_rows_say_another_licence() -> None:
    told = manifest("MIT", ["MIT"])
    told["sources"].append({"name": "more", "licence": "CC-BY-NC-4.0"})
    assert licence_of(told) == "CC-BY-NC-4.0"
    # of a part chosen by licence only its rows count
    assert licence_of({**told, "derived": {"from": "x"}}) == "MIT"


def test_a_manifest_of_before_is_read_by_what_it_declared() -> None:
    old = {"licence": "MIT", "sources": [{"name": "s", "licence": "MIT"}], "licences": {}}
    assert licence_of(old) == "MIT"
