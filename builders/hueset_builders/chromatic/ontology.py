"""The colours and the closed list of types, from the declared tables of facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hueset.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Mapping

AXES = ("temporal", "objectional", "ontological")
SUM_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Colour:
    """One colour of the table; vectors are in the order of the axes in the file."""

    code: str
    name: str
    hex: str
    album_no: int
    album_title: str | None
    temporal_mode: str | None
    objectional_mode: str | None
    ontological_modes: tuple[str, ...]
    transmigrational_mode: str | None
    vectors: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class Ontology:
    """The colours by letter, and the players by key."""

    colours: Mapping[str, Colour]
    players: Mapping[str, str | None]
    default_player: str

    def colour(self, written: str | None) -> Colour | None:
        """Return the colour given by letter or by name, in any case; None if it is none."""
        wanted = (written or "").casefold()
        named = (one for one in self.colours.values() if wanted in _names(one))
        return next(named, None)


def _names(colour: Colour) -> tuple[str, str]:
    return colour.code.casefold(), colour.name.casefold()


def read_ontology(facts: Mapping[str, Any]) -> Ontology:
    """Read the parsed `ontology.yaml`.

    Raises
    ------
    DeclarationError
        A vector of the wrong length, or one that does not sum to 1.
    """
    colours = {}
    for row in facts["colours"]:
        vectors = {axis: tuple(map(float, row[axis])) for axis in AXES}
        for axis, vector in vectors.items():
            if len(vector) != len(facts["axes"][axis]) or abs(sum(vector) - 1) > SUM_TOLERANCE:
                message = f"ontology.yaml: {row['name']}, {axis}: {vector} sums to {sum(vector):g}"
                raise DeclarationError(message, hint="a vector has 3 weights that sum to 1")
        colours[row["code"]] = Colour(
            code=row["code"],
            name=row["name"],
            hex=row["hex"],
            album_no=row["album_no"],
            album_title=row["album_title"],
            temporal_mode=row["temporal_mode"],
            objectional_mode=row["objectional_mode"],
            ontological_modes=tuple(row["ontological_modes"]),
            transmigrational_mode=row["transmigrational_mode"],
            vectors=vectors,
        )
    return Ontology(colours, dict(facts["players"]), facts["default_player"])


def reachable_types(facts: Mapping[str, Any]) -> list[str]:
    """Return the types of the parsed `taxonomy.yaml` that the scorer can give, in its order."""
    return [row["name"] for row in facts["types"] if row["reachable"]]


def all_types(facts: Mapping[str, Any]) -> list[str]:
    """Return every type of the parsed `taxonomy.yaml`, in its order."""
    return [row["name"] for row in facts["types"]]
