"""What licences ask, so far as their names tell, and which one a mixture must be called by.

Terms are those of Creative Commons (https://creativecommons.org/licenses): attribution, share
alike, non-commercial, no derivatives. A name that is none of the usual ones, `unstated` too, is not
judged: it stands beside all others and gives way to none. Several are joined as in an SPDX
expression (https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions): `A AND B`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

UNTOLD = "untold"
"""What counts of rows call rows of unknown licence."""

UNSTATED = "unstated"
"""What a source is declared as that states no licence."""

AND = " AND "

_MIXED = re.compile(r"mixed\b", re.IGNORECASE)
_FREE = re.compile(r"CC0(-1\.0)?|PDDL(-1\.0)?|UNLICENSE|WTFPL|0BSD", re.IGNORECASE)
_CREATIVE = re.compile(r"CC-BY(-NC)?(-SA|-ND)?(-\d\.\d)?", re.IGNORECASE)
_PERMISSIVE = re.compile(
    r"MIT|ISC|APACHE-2\.0|BSD(-\d-CLAUSE)?|ODC-BY(-1\.0)?|CDLA-PERMISSIVE-\d\.\d", re.IGNORECASE
)
_SHARE_ALIKE = re.compile(
    r"(A|L)?GPL-\d\.\d(-ONLY|-OR-LATER)?|MPL-2\.0|ODBL(-1\.0)?|CDLA-SHARING-1\.0", re.IGNORECASE
)


def licence_terms(name: str) -> frozenset[str] | None:
    """Return what a licence asks of who passes the rows on; None where its name does not tell."""
    if _FREE.fullmatch(name):
        return frozenset()
    if _PERMISSIVE.fullmatch(name):
        return frozenset({"BY"})
    if _SHARE_ALIKE.fullmatch(name):
        return frozenset({"BY", "SA"})
    if _CREATIVE.fullmatch(name):
        return frozenset(re.findall(r"BY|SA|NC|ND", name.upper()))
    return None


def licence_covers(name: str, other: str) -> bool:
    """Whether a licence asks all that another one asks, as far as their names tell."""
    if name == other:
        return True
    mine, its = licence_terms(name), licence_terms(other)
    return mine is not None and its is not None and its <= mine


def split_expression(expression: str) -> list[str]:
    """Return the licences that an expression joins."""
    return expression.split(AND)


def join_licences(names: Collection[str]) -> str:
    """Return the licences that hold together, as one expression, always in the same order."""
    return AND.join(sorted(set(names)))


def strictest_licence(names: Collection[str]) -> str:
    """Return the licences that no other one covers; `unstated` where there is none at all.

    Of some that ask the same all stay, and so do two of which neither asks all that the other
    asks (share alike beside non-commercial): nothing freer than all of them together is named.
    """
    known = {part for name in names for part in split_expression(name)}
    left = [
        name
        for name in known
        if not any(
            licence_covers(other, name) and not licence_covers(name, other) for other in known
        )
    ]
    return join_licences(left) if left else UNSTATED


def is_mixed(name: str) -> bool:
    """Whether a name says no more than that the licences are several: `mixed, see …`."""
    return bool(_MIXED.match(name))


def freer_than(declared: str, carried: Collection[str]) -> list[str]:
    """Return those of some licences that ask more than a declared one does."""
    # Somebody's own words may ask anything; they can be no freer than what asks for a credit.
    own = any(licence_terms(part) is None for part in split_expression(declared))
    return sorted(
        name
        for name in carried
        if not any(licence_covers(part, name) for part in split_expression(declared))
        and not (own and licence_covers("CC-BY-4.0", name))
    )
