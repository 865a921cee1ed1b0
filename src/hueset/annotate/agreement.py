"""How far raters agree: Krippendorff's alpha for ratings on an interval scale.

Source: Krippendorff, "Content Analysis", 2nd edition, Sage 2004; computed by nltk (Apache 2.0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable


def krippendorff_alpha(ratings: Iterable[tuple[str, str, float]]) -> float | None:
    """Return alpha of ratings on an interval scale; 1 is agreement, 0 is chance.

    Parameters
    ----------
    ratings
        (rater, text, rating); a rater need not have rated every text.

    Returns
    -------
    float or None
        At most 1, below 0 where raters disagree more than by chance. None where all ratings are
        equal, or no text has two: then nothing can be said.

    Raises
    ------
    UsageError
        nltk is not installed.
    """
    data = list(ratings)
    by_text: dict[str, set[str]] = {}
    for rater, text, _ in data:
        by_text.setdefault(text, set()).add(rater)
    paired = [(rater, text, value) for rater, text, value in data if len(by_text[text]) > 1]
    if len({value for *_, value in paired}) < 2:
        return None
    try:
        from nltk.metrics.agreement import AnnotationTask
        from nltk.metrics.distance import interval_distance
    except ImportError as error:
        message = "agreement between raters is computed by nltk, which is not installed"
        raise UsageError(message, hint='pip install "hueset[annotate]"') from error
    return float(AnnotationTask(paired, distance=interval_distance).alpha())
