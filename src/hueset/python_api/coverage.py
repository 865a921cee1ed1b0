"""How many real labels each dimension of a version has, as an object to look things up in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hueset.documents.verdicts import CoverageVerdict
from hueset.errors import UnknownNameError
from hueset.python_api.named_parts import NamedParts
from hueset.python_api.reprs import html_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hueset.documents.coverage import (
        ClassesCoverage,
        CoverageDocument,
        DimensionCoverage,
        FloorsEntry,
        PresenceEntry,
    )


@dataclass(frozen=True, repr=False)
class Dimension:
    """The labels of one numeric dimension, judged.

    Attributes
    ----------
    name
        The dimension.
    verdict
        What its labels are worth; equal to its word, as `"trainable"`.
    reason
        Why, in plain words; empty where nothing is to be said.
    examples
        Rows with a real label.
    mean, sd, min, max
        Of the labels, in 0..1; None where there is none.
    by_source
        Source → rows with a label.
    by_split
        Split → rows with a label.
    label_kinds
        What made the labels (`human_rating`, `derived`, …) → rows.
    histogram
        Rows in each of 20 equal bins over 0..1; empty where there is no label.
    document
        Everything that is known of it: the part of `coverage.json`, typed.
    """

    name: str
    verdict: CoverageVerdict
    reason: str
    examples: int
    mean: float | None
    sd: float | None
    min: float | None
    max: float | None
    by_source: Mapping[str, int]
    by_split: Mapping[str, int]
    label_kinds: Mapping[str, int]
    histogram: tuple[int, ...]
    document: DimensionCoverage

    @classmethod
    def of(cls, document: DimensionCoverage) -> Dimension:
        """Return the dimension that a part of `coverage.json` speaks of."""
        return cls(
            name=document.name,
            verdict=document.verdict,
            reason=document.reason,
            examples=document.n,
            mean=document.mean,
            sd=document.sd,
            min=document.min,
            max=document.max,
            by_source={name: labels.n for name, labels in document.by_source.items()},
            by_split=dict(document.by_split),
            label_kinds=dict(document.label_kinds),
            histogram=tuple(document.histogram),
            document=document,
        )

    def __repr__(self) -> str:
        spread = (
            "" if self.mean is None or self.sd is None else f", {self.mean:.3f} ± {self.sd:.3f}"
        )
        return f"<Dimension {self.name}: {self.verdict.value}, {self.examples:,} examples{spread}>"

    def _repr_html_(self) -> str:
        rows = [("examples", self.examples), ("mean", self.mean), ("sd", self.sd)]
        rows += [(f"from {name}", count) for name, count in self.by_source.items()]
        return html_table(f"{self.name}: {self.verdict.value}", ("", ""), rows, self.reason)


class Coverage(Mapping[str, Dimension]):
    """The dimensions of a version by name, with what else was counted beside them.

    Attributes
    ----------
    document
        `coverage.json`, typed.
    """

    def __init__(self, document: CoverageDocument, where: str) -> None:
        self.document = document
        self._where = where
        self._dimensions = {one.name: Dimension.of(one) for one in document.dimensions}

    def __getitem__(self, name: str) -> Dimension:
        """Return a dimension; raises `UnknownNameError` (a `KeyError`) where there is none."""
        try:
            return self._dimensions[name]
        except KeyError:
            raise self._unknown(name) from None

    def __contains__(self, name: object) -> bool:
        """Whether there is such a dimension, with labels or without."""
        return name in self._dimensions

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the dimensions, in declared order."""
        return iter(self._dimensions)

    def __len__(self) -> int:
        """Return how many dimensions there are."""
        return len(self._dimensions)

    @property
    def trainable(self) -> tuple[str, ...]:
        """The dimensions whose labels can be learned from as they are."""
        return self.with_verdict(CoverageVerdict.TRAINABLE)

    def with_verdict(self, verdict: CoverageVerdict | str) -> tuple[str, ...]:
        """Return the names of the dimensions with a verdict, as `"absent"`.

        Raises
        ------
        UnknownNameError
            There is no such verdict.
        """
        words = [one.value for one in CoverageVerdict]
        if verdict not in words:
            raise UnknownNameError.unknown("verdict", str(verdict), words)
        return tuple(one.name for one in self.values() if one.verdict == verdict)

    @property
    def classes(self) -> Mapping[str, ClassesCoverage]:
        """The closed lists of classes by name, each with the rows of every class."""
        lists = {one.name: one for one in self.document.classes}
        return NamedParts(lists, "list of classes", self._where)

    @property
    def presence(self) -> Mapping[str, PresenceEntry]:
        """What a row may lack (audio, lyrics, …) by name, with the rows that have it."""
        presences = {one.name: one for one in self.document.presence}
        return NamedParts(presences, "presence", self._where)

    @property
    def floors(self) -> FloorsEntry | None:
        """What a dimension needs to be trainable; None where there is no dimension."""
        return self.document.floors

    def __repr__(self) -> str:
        lines = [f"<Coverage of {self._where}>"]
        lines += [f"  {one!r}" for one in self.values() if one.examples]
        absent = [one.name for one in self.values() if not one.examples]
        if absent:
            lines.append(f"  absent: {len(absent)} of {len(self)} dimensions")
        for name, of in self.classes.items():
            rows = sum(1 for one in of.classes if one.n)
            lines.append(f"  {name}: {rows} of {len(of.classes)} classes have rows")
        lines += [f"  {one.name}: {one.present:,} of {one.n:,} rows" for one in self._presences]
        return "\n".join(lines)

    def _unknown(self, name: object) -> UnknownNameError:
        error = UnknownNameError.unknown("dimension", str(name), self, where=self._where)
        for classes, of in self.classes.items():
            if any(one.class_name == name for one in of.classes):
                error.hint = f"{name!r} is a class: it is in .classes[{classes!r}].classes"
        if name in self.classes:
            error.hint = f"{name!r} is a list of classes: .classes[{name!r}]"
        if name in self.presence:
            error.hint = f"{name!r} is what a row may have: .presence[{name!r}]"
        return error

    @property
    def _presences(self) -> tuple[PresenceEntry, ...]:
        return tuple(self.document.presence)

    def _repr_html_(self) -> str:
        labelled = sorted(self.values(), key=lambda one: -one.examples)
        rows: list[tuple[object, ...]] = [
            (one.name, one.verdict.value, one.examples, one.mean, one.sd) for one in labelled
        ]
        rows += [
            (f"{name}: {one.class_name}", one.verdict.value, one.n, None, None)
            for name, of in self.classes.items()
            for one in of.classes
        ]
        rows += [(one.name, one.verdict.value, one.present, None, None) for one in self._presences]
        header = ("", "verdict", "examples", "mean", "sd")
        return html_table(f"Coverage of {self._where}", header, rows)
