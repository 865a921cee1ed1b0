"""docs/chromatic-manifest.md lists the fields that the reader reads, and its example is one."""

from __future__ import annotations

import copy
import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from hueset_builders.chromatic.manifest import SongManifest
from hueset_builders.chromatic.manifest_reader import (
    _KNOWN,
    _REQUIRED,
    AUDIO_ORIGINS,
    parse_manifest,
)
from hueset_builders.chromatic.ontology import read_ontology
from hueset_builders.readers.timecode import UNITS
from tests.conftest import REPO

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (REPO / "docs/chromatic-manifest.md").read_text(encoding="utf-8")
EXAMPLE: dict[str, Any] = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0])


def read(values: dict[str, Any]) -> SongManifest:
    return parse_manifest(yaml.safe_dump(values).encode(), "04_02")


def names_below(heading: str) -> list[str]:
    """Return the names in the first column of the table below a heading."""
    (part,) = re.findall(
        rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", PAGE, re.DOTALL | re.MULTILINE
    )
    cells = re.findall(r"^\| (`.*?`) \|", part, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


def places(values: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where each field of the example stands, at any depth."""
    for key, value in values.items() if isinstance(values, dict) else enumerate(values):
        if isinstance(values, dict):
            yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


def test_the_page_lists_every_field_and_says_which_may_be_left_out() -> None:
    assert sorted(names_below("Fields")) == sorted(_KNOWN)
    optional = re.findall(r"^\| `(\w+)` \|.*\| allowed.*\|$", PAGE, re.MULTILINE)
    assert set(optional) == _KNOWN - _REQUIRED


def test_the_example_is_read_without_a_fault_and_sets_everything() -> None:
    manifest = read(EXAMPLE)

    assert manifest.faults == ()
    unset = [
        one.name for one in fields(SongManifest) if getattr(manifest, one.name) in (None, (), {})
    ]
    assert unset == ["faults"]
    assert set(EXAMPLE) == _KNOWN


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("A section of `structure`", "structure"),
        ("An artist of `sounds_like`", "sounds_like"),
        ("A track of `audio_tracks`", "audio_tracks"),
    ],
)
def test_the_page_lists_the_fields_of_a_list(heading: str, name: str) -> None:
    assert sorted(names_below(heading)) == sorted(EXAMPLE[name][0])


@pytest.mark.parametrize("place", list(places(EXAMPLE)), ids=lambda one: ".".join(map(str, one)))
def test_every_field_of_the_example_is_read(place: tuple[Any, ...]) -> None:
    changed: Any = copy.deepcopy(EXAMPLE)
    inner = changed
    for step in place[:-1]:
        inner = inner[step]
    del inner[place[-1]]

    assert read(changed) != read(EXAMPLE)


def test_the_page_lists_units_origins_and_colours() -> None:
    ontology = yaml.safe_load((REPO / "datasets/chromatic/ontology.yaml").read_text())
    colours = read_ontology({**ontology, "players": {}}).colours

    assert sorted(names_below("Stamps and `timecode`")) == sorted(UNITS)
    assert all(f"`{origin}`" in PAGE for origin in AUDIO_ORIGINS)
    rows = [
        f"| `{one.code}` | {one.name} | {one.album_no} {one.album_title or ''}".rstrip() + " |"
        for one in colours.values()
    ]
    assert [row for row in rows if row not in PAGE] == []
    assert len(names_below("Colours")) == len(colours)
