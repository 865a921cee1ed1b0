"""What a card says of coverage: labels, classes, presence, who gave the labels and of what kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.documents.verdicts import LabelFamily
from hueset.release.card.markdown import format_number, render_table
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hueset.documents.coverage import (
        ClassEntry,
        ClassesCoverage,
        CoverageDocument,
        DimensionCoverage,
        LabelNumbers,
        SourceRaters,
    )

MANY = 24
"""So many empty classes are named one by one."""


def coverage_tables(coverage: CoverageDocument) -> list[str]:
    """Return how many labels and rows there are, and what they are worth."""
    parts = []
    if coverage.dimensions:
        rows = (
            (
                d.name,
                f"{d.n:,}",
                *_spread(d),
                d.verdict,
                d.reason,
            )
            for d in coverage.dimensions
        )
        head = ("dimension", "examples", "mean", "sd", "in .4–.6", "verdict", "reason")
        parts.append(render_table(head, rows))
    for classes in coverage.classes:
        parts += _classes(classes)
    if coverage.presence:
        rows3 = ((p.name, f"{p.present:,} of {p.n:,}", p.verdict) for p in coverage.presence)
        parts.append(render_table(("what", "present", "verdict"), rows3))
    return ["## Coverage", _words_of_coverage(coverage), *parts] if parts else []


def _words_of_coverage(coverage: CoverageDocument) -> str:
    if not coverage.dimensions:
        return (
            "How many rows each class has, and how many rows have what they may lack: `absent` "
            "none, `thin` fewer than the floor or of too few groups, `trainable` enough of both."
        )
    said = (
        "How many labels there are, and whether they can be learned from: `absent` no example, "
        "`thin` too few, `neutral` too little variation, `trainable` enough"
    )
    if coverage.kinds_apart:
        said += "; `positive_only` tags of one pole alone, `computed` only computed values"
    return f"{said}."


def _spread(d: DimensionCoverage) -> tuple[str, str, str]:
    """Return mean, spread and share in the middle; a tag stands on a pole and has none of them."""
    if d.judged is LabelFamily.TAG:
        return "–", "–", "–"
    middle = d.neutral_band_share
    return (
        format_number(d.mean),
        format_number(d.sd),
        "–" if middle is None else f"{middle:.0%}",
    )


def _classes(classes: ClassesCoverage) -> list[str]:
    """Return the table of a list of classes; a long list of empty ones is counted, not printed."""
    empty = [c for c in classes.classes if not c.n]
    shown = [c for c in classes.classes if c.n or len(empty) <= MANY]
    head = (classes.name, "rows", "verdict")
    made = (
        [render_table(head, ((c.class_name, f"{c.n:,}", c.verdict) for c in shown))]
        if shown
        else []
    )
    if len(empty) > MANY:
        made.append(f"{classes.name}: no row in {name_classes(empty, classes)}.")
    outcomes = [f"`{one.class_name}` {one.n:,}" for one in classes.outcomes]
    if outcomes:
        made.append(f"{classes.name}: rows of no class, {', '.join(outcomes)}.")
    return made


def name_classes(found: Sequence[ClassEntry], classes: ClassesCoverage) -> str:
    """Return the names of some classes; of a long list how many, and the first of them."""
    names = [one.class_name for one in found]
    if len(names) <= MANY:
        return ", ".join(names)
    first = ", ".join(names[:3])
    count = format_count(len(classes.classes), "class")
    return f"{len(names)} of {count} ({first}, … in `coverage.json`)"


def label_givers(coverage: CoverageDocument) -> list[str]:
    """Return who gave the labels of each dimension: kinds, how many people, how far apart."""
    rows = [row for d in coverage.dimensions if d.label_kinds for row in _givers(d)]
    if not rows:
        return []
    head = (
        "dimension",
        "source",
        "kinds of label",
        "raters per label",
        "spread between raters (sd)",
        "on the scale",
        "agreement",
    )
    return ["## Who said so", render_table(head, rows)]


def _givers(d: DimensionCoverage) -> list[tuple[str, ...]]:
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in d.label_kinds.items())
    raters = d.raters
    if raters is None or not raters.by_source:
        mean = format_number(raters.mean if raters else None, 1)
        spread = format_number(raters.mean_sd if raters else None)
        return [(d.name, "–", kinds, mean, spread, "–", "–")]
    return [
        (
            d.name,
            source,
            f"{told.kinds or '–'} {told.n:,}",
            format_number(told.mean, 1),
            format_number(told.mean_sd),
            _scale(told),
            format_number(told.agreement),
        )
        for source, told in raters.by_source.items()
    ]


def _scale(raters: SourceRaters) -> str:
    known = raters.low is not None and raters.high is not None
    return f"{raters.low:g}..{raters.high:g}" if known else "–"


def label_families(coverage: CoverageDocument) -> list[str]:
    """Return human labels, tags and computed values side by side, and advice for the rest.

    A computed value is never counted as human.
    """
    told = coverage.dimensions
    if not coverage.kinds_apart:
        return []
    rows = (
        (
            d.name,
            *(_pieces((d.evidence or {}).get(family)) for family in LabelFamily),
            ", ".join(f"{unit} {one.n:,} {one.verdict}" for unit, one in d.by_unit.items()) or "–",
        )
        for d in told
    )
    head = ("dimension", "people's labels", "tags", LabelFamily.COMPUTED, "by kind of text")
    parts = ["## People, tags and computed values", render_table(head, rows)]
    lift = [(d.name, d.verdict, d.lift) for d in told if d.lift]
    if lift:
        parts.append(render_table(("dimension", "verdict", "recommendation"), lift))
    return parts


def _pieces(one: LabelNumbers | None) -> str:
    if one is None:
        return "–"
    tags = one.low_tags is not None and one.high_tags is not None
    poles = f" ({one.low_tags:,} low, {one.high_tags:,} high)" if tags else ""
    return f"{one.n:,}{poles}: {one.verdict}"
