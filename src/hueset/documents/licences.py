"""The licence that a version as a whole is called by, as its manifest tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.declaration.licence_terms import (
    UNTOLD,
    freer_than,
    is_mixed,
    split_expression,
    strictest_licence,
)

if TYPE_CHECKING:
    from hueset.documents.manifest import Manifest


def licence_of(manifest: Manifest) -> str:
    """Return the licence that a version as a whole is called by.

    It is the declared one; where none is declared, it is the strictest of those under which the
    version has rows or sources; where the declared one is freer than some of them, these stand
    beside it.
    """
    declared = declared_licence(manifest)
    if declared is None:
        return strictest_licence(_carried(manifest))
    freer = freer_licences(manifest)
    return strictest_licence([declared, *freer]) if freer else declared


def declared_licence(manifest: Manifest) -> str | None:
    """Return the licence that is declared for a whole version; None where none is.

    Before a declaration could leave it out, `mixed, see …` said so.
    """
    said = "licence_declared" in manifest.model_fields_set
    declared = manifest.licence_declared if said else manifest.licence
    return None if declared is None or is_mixed(declared) else declared


def freer_licences(manifest: Manifest) -> list[str]:
    """Return the licences of rows and sources that ask more than the declared one does."""
    declared = declared_licence(manifest)
    return [] if declared is None else freer_than(declared, _carried(manifest))


def _carried(manifest: Manifest) -> set[str]:
    """Return every single licence under which a version has rows or sources.

    Of a part that was chosen by licence only the rows count, where all of them tell theirs.
    """
    by_row = {name for counts in manifest.licences.values() for name in counts}
    carried = {part for name in by_row - {UNTOLD} for part in split_expression(name)}
    if manifest.derived is None or UNTOLD in by_row:
        carried |= {
            part for source in manifest.sources for part in split_expression(source.licence) if part
        }
    return {name for name in carried if not is_mixed(name)}
