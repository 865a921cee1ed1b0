"""Which licence a version is called by, as its manifest tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from hueset.documents.licences import freer_licences, licence_of
from tests.support.documents import manifest as manifest_with

if TYPE_CHECKING:
    from hueset.documents.manifest import Manifest


def source(name: str, licence: str) -> dict[str, Any]:
    unknown = dict.fromkeys(("bytes", "members", "citation", "homepage"))
    return {**unknown, "name": name, "via": "mirror", "digest": "", "pin": "ok", "licence": licence}


def manifest(declared: str | None, rows: list[str], *more: str, **parts: Any) -> Manifest:
    sources = [source(f"s{at}", name) for at, name in enumerate([*rows, *more])]
    counts = {"t": dict.fromkeys(rows, 1)}
    return manifest_with(licence_declared=declared, sources=sources, licences=counts, **parts)


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
    assert freer_licences(told) == freer


def test_a_source_counts_though_the_rows_say_another_licence() -> None:
    assert licence_of(manifest("MIT", ["MIT"], "CC-BY-NC-4.0")) == "CC-BY-NC-4.0"
    # of a part chosen by licence only its rows count
    derived = {"from": "1.0.0+x", "only_licence": ["MIT"], "dropped": {}}
    assert licence_of(manifest("MIT", ["MIT"], "CC-BY-NC-4.0", derived=derived)) == "MIT"


def test_a_manifest_of_before_is_read_by_what_it_declared() -> None:
    assert licence_of(manifest_with(licence="MIT", sources=[source("s", "MIT")])) == "MIT"
