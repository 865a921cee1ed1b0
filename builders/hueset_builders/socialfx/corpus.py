"""What the finished units hold: contributions one per word, and published word curves."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hueset.builder import Reject
from hueset.builder.splits import assign_split
from hueset_builders.socialfx.readers import BANDS, band_centre_hz
from hueset_builders.socialfx.words import normalise_word, term_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Row = dict[str, Any]

EXCERPT = "contributions_excerpt"
"""A few rows of the original file: true rows, but no basis for a count or a measure of words."""

ZSCORE_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Corpus:
    """Contributions after refusal, with what was refused.

    Attributes
    ----------
    rows
        Rows of the table `contributions`, sorted by their key.
    rejects
        What was refused, in the same order.
    """

    rows: list[Row]
    rejects: list[Reject]

    def complete(self, effect: str) -> list[Row]:
        """Return the rows of an effect that stand for the whole corpus, without the excerpt's."""
        return [row for row in self.rows if row["effect"] == effect and row["source"] != EXCERPT]


def gather_rows(
    contributions: Iterable[Mapping[str, Any]],
    *,
    stop: Mapping[str, str],
    shares: Mapping[str, float],
    salt: str,
) -> Corpus:
    """Turn what was read into rows: one per contribution and word.

    Parameters
    ----------
    contributions
        Rows of the working table `_contributions`, in the order of the units.
    stop
        Normalised word → why it is refused.
    shares
        Share of each split; they sum to 1.
    salt
        Salt of the split hash.
    """
    rows: list[Row] = []
    rejects: list[Reject] = []
    names: dict[str, list[str]] = {}
    seen: set[str] = set()
    for given in contributions:
        effect, source = given["effect"], given["source"]
        identity = f"{effect}/{source}/{given['key']}"
        expected = names.setdefault(effect, given["names"])
        fault = _fault(given, identity in seen, expected)
        if fault:
            rejects.append(Reject("contributions", source, given["key"], *fault))
            continue
        seen.add(identity)
        for term in dict.fromkeys(filter(None, map(term_of, given["given"].split(",")))):
            why = stop.get(normalise_word(term))
            if why:
                rejects.append(
                    Reject("contributions", source, given["key"], "stop_list", term, why)
                )
                continue
            rows.append(_row(given, identity, term, shares, salt))
    shared = Counter((row["effect"], row["curve_id"]) for row in rows)
    for row in rows:
        row["curve_rows"] = shared[row["effect"], row["curve_id"]]
    rows.sort(key=lambda row: (row["contribution_id"], row["term"]))
    return Corpus(rows, rejects)


def curve_id(values: Sequence[float]) -> str:
    """Return the SHA-256 over the exact values, so equal curves have one name."""
    text = ",".join(float(value).hex() for value in values)
    return hashlib.sha256(text.encode()).hexdigest()


def mean_and_sd(values: Sequence[float]) -> tuple[float, float]:
    """Return mean and population standard deviation of a row's values."""
    mean = sum(values) / len(values)
    return mean, (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5


def is_zscored(values: Sequence[float]) -> bool:
    """Whether a row has mean 0 and standard deviation 1, to a millionth."""
    mean, sd = mean_and_sd(values)
    return abs(mean) <= ZSCORE_TOLERANCE and abs(sd - 1.0) <= ZSCORE_TOLERANCE


def band_centres(names: Sequence[str]) -> list[float] | None:
    """Return the band centres in Hz that the parameters name; None where they are no bands."""
    found = [band_centre_hz(name) for name in names]
    centres = [centre for centre in found if centre is not None]
    return centres if len(centres) == len(names) else None


def _fault(given: Mapping[str, Any], repeated: bool, expected: list[str]) -> tuple[str, ...] | None:
    if repeated:
        return "repeated_id", given["key"], "one row per id"
    if given["effect"] == "eq" and len(given["names"]) != BANDS:
        return "parameter_count", str(len(given["names"])), str(BANDS)
    if given["names"] != expected:
        other = next(
            (name for name in given["names"] if name not in expected), str(len(given["names"]))
        )
        return "other_parameters", other, f"{expected[0]} … {expected[-1]}, as the rows before"
    return None


def _row(
    given: Mapping[str, Any], identity: str, term: str, shares: Mapping[str, float], salt: str
) -> Row:
    values = given["values"]
    mean, sd = mean_and_sd(values)
    curve = curve_id(values)
    return {
        "contribution_id": identity,
        "effect": given["effect"],
        "source": given["source"],
        "given": given["given"],
        "term": term,
        "term_normalised": normalise_word(term),
        "language": given["language"],
        "audio_id": given["audio_id"],
        "ratings_consistency": given["ratings_consistency"],
        "parameter_names": given["names"],
        "parameter_units": given["units"],
        "band_centres_hz": band_centres(given["names"]),
        "values": values,
        "row_mean": mean,
        "row_sd": sd,
        "zscored": is_zscored(values) if given["effect"] == "eq" else None,
        "curve_id": curve,
        "split": assign_split(curve, shares, salt),
    }
