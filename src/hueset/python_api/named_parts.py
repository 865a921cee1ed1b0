"""Parts of a version by name: a dictionary that names the nearest part where there is none."""

from __future__ import annotations

from typing import NoReturn, TypeVar

from hueset.errors import UnknownNameError

PartT = TypeVar("PartT")


class NamedParts(dict[str, PartT]):
    """A dictionary whose error for an unknown name is `UnknownNameError`, which is a `KeyError`.

    Parameters
    ----------
    parts
        Name → part.
    what
        What an error calls one of them, as `column of pets`.
    where
        What an error says of the place.
    """

    def __init__(self, parts: dict[str, PartT], what: str, where: str) -> None:
        super().__init__(parts)
        self._what, self._where = what, where

    def __missing__(self, name: object) -> NoReturn:
        """Raise the error for a name that there is not, with the nearest one as its hint."""
        raise UnknownNameError.unknown(self._what, str(name), self, where=self._where)
