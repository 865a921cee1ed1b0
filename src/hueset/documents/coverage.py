"""`coverage.json`: how many real labels each dimension has, and of which classes there are rows."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from hueset.documents.base import Count, Label, Name, OpenPart, Share, StrictPart, Text
from hueset.documents.verdicts import CoverageVerdict, LabelFamily

BINS = 20
"""Bins of a histogram over 0..1."""

Floor = Annotated[float, Field(ge=0)]


class LabelNumbers(OpenPart):
    """Some labels, judged, with what was counted of them; what cannot be told is null."""

    verdict: CoverageVerdict
    reason: Text
    n: Count
    distinct: Count | None
    min: float | None
    max: float | None
    mean: float | None
    sd: float | None
    q25: float | None
    median: float | None
    q75: float | None
    neutral_band_share: Share | None
    neutral_point_share: Share | None
    low_tags: Count | None = None
    high_tags: Count | None = None

    @model_validator(mode="after")
    def _is_absent_where_empty(self) -> LabelNumbers:
        if self.n == 0 and self.verdict is not CoverageVerdict.ABSENT:
            msg = f"no label at all is absent, not {self.verdict}"
            raise ValueError(msg)
        return self


class LabelSet(LabelNumbers):
    """All labels of a dimension, or those of one source or kind of text.

    Attributes
    ----------
    judged
        The family whose numbers these are; None where there is none, or no kinds are declared.
    evidence
        The numbers of each family that has any; None where no kinds are declared.
    """

    judged: LabelFamily | None = None
    evidence: dict[LabelFamily, LabelNumbers] | None = None

    @model_validator(mode="after")
    def _families_agree(self) -> LabelSet:
        evidence = self.evidence or {}
        if self.judged is not None and self.judged not in evidence:
            msg = f"the family judged, {self.judged}, is not among the evidence"
            raise ValueError(msg)
        tags = evidence.get(LabelFamily.TAG)
        if tags is not None and (tags.low_tags is None or tags.high_tags is None):
            msg = "tags are counted by pole, and low_tags or high_tags is missing"
            raise ValueError(msg)
        return self


class Spread(StrictPart):
    """The standardised spread of a dimension's labels."""

    sd: float | None
    share_within_half: float | None


class SourceRaters(OpenPart):
    """The people behind the labels of one source, and how far apart they are.

    Attributes
    ----------
    kinds
        The kinds of label, joined by commas; None where none is said.
    mean
        People per label.
    mean_sd
        The mean spread between them, in units of the source's own scale, `low` to `high`.
    """

    kinds: Text | None
    n: Count
    mean: float | None
    mean_sd: float | None
    low: float | None
    high: float | None
    agreement: float | None


class Raters(OpenPart):
    """How many people stand behind a label, and how far apart they are."""

    mean: float | None = None
    mean_sd: float | None = None
    by_source: dict[Label, SourceRaters] = {}


class UncountedLabels(StrictPart):
    """Labels of a kind of text that is not in the data: they are told, and judged nowhere."""

    n: Count
    low: Count
    high: Count


class DimensionCoverage(LabelSet):
    """A dimension, with what the declaration's list of dimensions says of it.

    Attributes
    ----------
    low, high
        The poles in words.
    group
        What it is listed under.
    circular
        Whether its values are angles in turns, so that 0 and 1 are the same.
    lift
        What would lift it, in words.
    """

    name: Label
    low: Text | None = None
    high: Text | None = None
    group: Text | None = None
    circular: bool = False
    lift: Text | None = None
    by_source: dict[Label, LabelSet]
    by_unit: dict[Label, LabelSet] = {}
    by_split: dict[Label, Count]
    histogram: tuple[Count, ...]
    label_kinds: dict[Label, Count]
    unknown_kind_labels: Count
    raters: Raters | None = None
    z: Spread | None = None
    aside: dict[Label, UncountedLabels] = {}
    not_finite: Count = 0

    @model_validator(mode="after")
    def _parts_are_alike(self) -> DimensionCoverage:
        if len(self.histogram) not in {0, BINS} or (self.n and not self.histogram):
            msg = f"a histogram has {BINS} bins, that of {self.name!r} {len(self.histogram)}"
            raise ValueError(msg)
        for name, part in [*self.by_source.items(), *self.by_unit.items()]:
            if (part.evidence is None) != (self.evidence is None):
                msg = f"the kinds of label are apart in {self.name!r} or in {name!r}, not in both"
                raise ValueError(msg)
        return self


DECLARED = frozenset({"name", "low", "high", "group", "circular", "lift"})
"""What a dimension has from the declaration; all else of it is counted."""


class FloorsEntry(OpenPart):
    """What a dimension needs to be trainable."""

    examples: Count
    examples_warn: Count
    distinct: Count
    sd: Floor
    neutral_band_share: Floor
    neutral_point_share: Floor
    positives: Count | None = None


class ClassEntry(OpenPart):
    """The rows of one class; of an outcome there is no verdict."""

    class_name: Text = Field(alias="class")
    n: Count
    share: Share | None = None
    groups: Count | None = None
    by: dict[Label, Count]
    by_split: dict[Label, Count] = {}
    verdict: CoverageVerdict | None = None
    reason: Text = ""


class JudgedClass(ClassEntry):
    """The rows of a class that there should be."""

    verdict: CoverageVerdict


class ClassesCoverage(OpenPart):
    """A closed list of classes."""

    name: Label
    table: Name
    column: Name
    by: Name | None
    floor: Count
    floor_groups: Count = 0
    required: tuple[Text, ...]
    labelled: Count
    unlabelled: Count
    classes: Annotated[tuple[JudgedClass, ...], Field(min_length=1)]
    outcomes: tuple[ClassEntry, ...] = ()
    undeclared: tuple[Text, ...]
    lacking: dict[Label, tuple[Text, ...]] = {}


class PresenceEntry(OpenPart):
    """The rows that have what a row may lack."""

    name: Label
    table: Name
    by: Name | None
    n: Count
    present: Count
    share: Share | None
    verdict: CoverageVerdict
    groups: dict[Label, tuple[Count, Count]]

    @model_validator(mode="after")
    def _counts_agree(self) -> PresenceEntry:
        pairs = [(self.present, self.n), *self.groups.values()]
        if any(present > n for present, n in pairs) or (self.share is None) != (self.n == 0):
            msg = f"of {self.name!r} more rows are present than there are, or its share is at odds"
            raise ValueError(msg)
        return self


class CoverageDocument(OpenPart):
    """The whole coverage of a version."""

    dataset: Name | None = None
    dimensions: tuple[DimensionCoverage, ...]
    floors: FloorsEntry | None
    classes: tuple[ClassesCoverage, ...]
    presence: tuple[PresenceEntry, ...]

    @model_validator(mode="after")
    def _dimensions_are_alike(self) -> CoverageDocument:
        if self.dimensions and self.floors is None:
            msg = "dimensions are judged by floors, and there are none"
            raise ValueError(msg)
        if len({one.evidence is None for one in self.dimensions}) > 1:
            msg = "the kinds of label are apart in all dimensions, or in none"
            raise ValueError(msg)
        if self.kinds_apart and self.floors is not None and self.floors.positives is None:
            msg = "tags are judged by the floor positives, and it is missing"
            raise ValueError(msg)
        return self

    @property
    def kinds_apart(self) -> bool:
        """Whether people's labels, tags and computed values are told apart."""
        return any(one.evidence is not None for one in self.dimensions)
