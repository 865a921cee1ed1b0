"""What the last probe found, as a part of the card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.release.card.markdown import fold_line, format_number, render_table
from hueset.words import format_count

if TYPE_CHECKING:
    from hueset.documents.records import ProbeRecord


def render_learnability(probe: ProbeRecord | None) -> list[str]:
    """Return what a fast linear model makes of the labels, and what should not tell them."""
    if probe is None:
        return []
    rows = (
        (
            one.target,
            f"{one.n:,}",
            one.metric,
            format_number(one.value),
            format_number(one.p_value),
            one.verdict or f"not measured: {one.why}",
        )
        for one in probe.targets
    )
    intro = (
        f"A linear model on fixed features of {format_count(probe.rows, 'row')}, "
        "cross-validated over groups, against permuted labels; and whether source, length or split "
        "alone would tell the label."
    )
    told = [f"- **{one.verdict}** {fold_line(one.message)}" for one in probe.findings]
    head = ("target", "rows", "metric", "value", "p", "verdict")
    return ["## Can it be learned?", intro, render_table(head, rows), "\n".join(told)]
