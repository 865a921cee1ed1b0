"""What licences ask, so far as their names tell, and which one a mixture must be called by.

Terms are those of Creative Commons (https://creativecommons.org/licenses): attribution, share
alike, non-commercial, no derivatives. A name that is none of the usual ones, `unstated` too, is not
judged: it stands beside all others and gives way to none. Several are joined as in an SPDX
expression (https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions): `A AND B`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

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


def terms(name: str) -> frozenset[str] | None:
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


def covers(name: str, other: str) -> bool:
    """Whether a licence asks all that another one asks, as far as their names tell."""
    if name == other:
        return True
    mine, its = terms(name), terms(other)
    return mine is not None and its is not None and its <= mine


def parts(expression: str) -> list[str]:
    """Return the licences that an expression joins."""
    return expression.split(AND)


def joined(names: Collection[str]) -> str:
    """Return the licences that hold together, as one expression, always in the same order."""
    return AND.join(sorted(set(names)))


def strictest(names: Collection[str]) -> str:
    """Return the licences that no other one covers; `unstated` where there is none at all.

    Of some that ask the same all stay, and so do two of which neither asks all that the other
    asks (share alike beside non-commercial): nothing freer than all of them together is named.
    """
    known = {part for name in names for part in parts(name)}
    left = [
        name
        for name in known
        if not any(covers(other, name) and not covers(name, other) for other in known)
    ]
    return joined(left) if left else UNSTATED


def licence_of(manifest: Mapping[str, Any]) -> str:
    """Return the licence that a version as a whole is called by.

    It is the declared one; where none is declared, it is the strictest of those under which the
    version has rows or sources; where the declared one is freer than some of them, these stand
    beside it.
    """
    told, others = declared_licence(manifest), _carried(manifest)
    if told is None:
        return strictest(others)
    freer = freer_than(manifest)
    return strictest([told, *freer]) if freer else told


def declared_licence(manifest: Mapping[str, Any]) -> str | None:
    """Return the licence that is declared for a whole version; None where none is.

    Before a declaration could leave it out, `mixed, see …` said so.
    """
    told = manifest.get("licence_declared", manifest.get("licence"))
    return None if told is None or _MIXED.match(told) else str(told)


def freer_than(manifest: Mapping[str, Any]) -> list[str]:
    """Return the licences of rows and sources that ask more than the declared one does."""
    told = declared_licence(manifest)
    if told is None:
        return []
    # Somebody's own words may ask anything; they can be no freer than what asks for a credit.
    own = any(terms(part) is None for part in parts(told))
    return sorted(
        name
        for name in _carried(manifest)
        if not any(covers(part, name) for part in parts(told))
        and not (own and covers("CC-BY-4.0", name))
    )


def _carried(manifest: Mapping[str, Any]) -> set[str]:
    """Return every single licence under which a version has rows or sources.

    Of a part that was chosen by licence only the rows count, where all of them tell theirs.
    """
    by_row = {name for counts in manifest.get("licences", {}).values() for name in counts}
    carried = {part for name in by_row - {UNTOLD} for part in parts(name)}
    if not manifest.get("derived") or UNTOLD in by_row:
        told = (source.get("licence") for source in manifest.get("sources", ()))
        carried |= {part for name in told if name for part in parts(name)}
    return {name for name in carried if not _MIXED.match(name)}
