"""From contributions, or from published word curves, to one row per word."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from hueset.builder import Reject
from hueset_builders.socialfx.corpus import band_centres, is_zscored, mean_and_sd
from hueset_builders.socialfx.wordmap import nearest_words, word_map
from hueset_builders.socialfx.words import normalise_word, term_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float64]
    Row = dict[str, Any]


def comparable_vectors(effect: str, vectors: Vectors) -> Vectors:
    """Return vectors whose parameters can be compared with each other.

    Equaliser rows share one unit and stay raw. The parameters of other effects have units of their
    own (s, Hz, …), so each is scaled to mean 0 and standard deviation 1 over the rows; one that
    does not vary becomes 0.
    """
    import numpy as np

    if effect == "eq":
        return vectors
    spread = vectors.std(axis=0)
    made: Vectors = (vectors - vectors.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return made


def from_contributions(
    effect: str, rows: Iterable[Mapping[str, Any]], *, min_examples: int
) -> list[Row]:
    """Return one row per word of an effect, aggregated from its contributions.

    Parameters
    ----------
    effect
        `eq`, `comp` or `reverb`.
    rows
        Rows of the table `contributions`.
    min_examples
        From how many contributions a word counts as having enough.
    """
    import numpy as np

    groups: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["term"]].append(row)
    made = []
    for term, members in sorted(groups.items()):
        vectors = np.array([member["values"] for member in members], dtype=np.float64)
        first = members[0]
        languages = sorted({member["language"] for member in members if member["language"]})
        made.append(
            {
                **_word(effect, term, first["parameter_names"], first["parameter_units"]),
                "language": "+".join(languages) or None,
                "aggregation": "contribution",
                "source": first["source"],
                "count": len(members),
                "enough_examples": len(members) >= min_examples,
                "agreement": mean_correlation(vectors) if effect == "eq" else None,
                "agreement_kind": "mean_pairwise_correlation" if effect == "eq" else None,
                **_curve(vectors.mean(axis=0).tolist(), effect),
                "spread": vectors.std(axis=0, ddof=1).tolist() if len(members) > 1 else None,
            }
        )
    return made


def from_word_curves(
    effect: str, words: Iterable[Mapping[str, Any]], *, stop: Mapping[str, str]
) -> tuple[list[Row], list[Reject]]:
    """Return one row per published word curve, and the words that are refused.

    How many people stand behind a curve is not published, so `count` and `spread` stay null.
    """
    made: dict[str, Row] = {}
    rejects = []
    for word in words:
        term = term_of(word["given"])
        why = stop.get(normalise_word(term))
        if why or term in made:
            reason = "stop_list" if why else "repeated_word"
            expected = why or "one curve per word"
            rejects.append(Reject("terms", word["source"], term, reason, word["given"], expected))
            continue
        made[term] = {
            **_word(effect, term, word["names"], word["units"]),
            "language": word["language"],
            "aggregation": "word",
            "source": word["source"],
            "agreement": word["agreement"],
            "agreement_kind": "published" if word["agreement"] is not None else None,
            **_curve(word["values"], effect),
            "published_num": word["num"],
            "published_x": word["x"],
            "published_y": word["y"],
        }
    return [made[term] for term in sorted(made)], rejects


def relate_words(effect: str, terms: Sequence[Row], *, count: int) -> None:
    """Give the words of one effect their nearest words and their place on the map."""
    import numpy as np

    if not terms:
        return
    vectors = np.array([term["mean_curve"] for term in terms], dtype=np.float64)
    curves = comparable_vectors(effect, vectors)
    near = nearest_words([term["term"] for term in terms], curves, count=count)
    for term, others, (x, y) in zip(terms, near, word_map(curves).tolist(), strict=True):
        term["neighbours"] = [{"term": name, "distance": gap} for name, gap in others]
        term["map_x"], term["map_y"] = x, y


def mean_correlation(vectors: Vectors) -> float | None:
    """Return the mean Pearson correlation over all pairs of rows, -1..1; None for a single row.

    A row that does not vary has no correlation, and then neither has the whole.
    """
    import numpy as np

    if len(vectors) < 2:
        return None
    centred = vectors - vectors.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    if not (lengths > 0).all():
        return None
    unit = centred / lengths
    return float((unit @ unit.T)[np.triu_indices(len(vectors), 1)].mean())


def _word(effect: str, term: str, names: Sequence[str], units: Sequence[str | None]) -> Row:
    return {
        "effect": effect,
        "term": term,
        "term_normalised": normalise_word(term),
        "parameter_names": list(names),
        "parameter_units": list(units),
        "band_centres_hz": band_centres(names),
        "count": None,
        "enough_examples": None,
        "spread": None,
        "separability": None,
        "concept": None,
        "published_num": None,
        "published_x": None,
        "published_y": None,
    }


def _curve(values: Sequence[float], effect: str) -> Row:
    mean, sd = mean_and_sd(values)
    return {
        "mean_curve": list(values),
        "curve_mean": mean if effect == "eq" else None,
        "curve_sd": sd if effect == "eq" else None,
        "zscored": is_zscored(values) if effect == "eq" else None,
    }
