"""`coverage.json`: how many real labels each dimension has, and of which classes there are rows."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from hueset.documents.base import Count, Label, Name, OpenPart, StrictPart, Text
from hueset.documents.verdicts import CoverageVerdict

BINS = 20
"""Bins of a histogram over 0..1."""

Floor = Annotated[float, Field(ge=0)]


class LabelSet(OpenPart):
    """One set of labels, judged: of a dimension, of a source, of a family of kinds."""

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
    neutral_band_share: float | None
    neutral_point_share: float | None
    low_tags: Count | None = None
    high_tags: Count | None = None
    judged: Label | None = None
    evidence: dict[Label, LabelSet] | None = None


class Spread(StrictPart):
    """The standardised spread of a dimension's labels."""

    sd: float | None
    share_within_half: float | None


class Raters(OpenPart):
    """How many people stand behind a label, and how far apart they are."""

    mean: float | None = None
    mean_sd: float | None = None
    by_source: dict[Label, dict[Label, Any]] = {}


class DimensionCoverage(LabelSet):
    """A dimension, with whatever its list of facts says of it beside."""

    name: Label
    by_source: dict[Label, LabelSet]
    by_unit: dict[Label, LabelSet] = {}
    by_split: dict[Label, Count]
    histogram: tuple[Count, ...]
    label_kinds: dict[Label, Count]
    unknown_kind_labels: Count
    raters: Raters | None = None
    z: Spread | None = None
    aside: dict[Label, dict[Label, Count]] = {}
    not_finite: Count = 0


class FloorsEntry(OpenPart):
    """What a dimension needs to be trainable."""

    examples: Count
    examples_warn: Count
    distinct: Count
    sd: Floor
    neutral_band_share: Floor
    neutral_point_share: Floor


class ClassEntry(OpenPart):
    """The rows of one class; of an outcome there is no verdict."""

    class_name: Text = Field(alias="class")
    n: Count
    share: float | None = None
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
    classes: tuple[JudgedClass, ...]
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
    share: float | None
    verdict: CoverageVerdict
    groups: dict[Label, tuple[Count, Count]]


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
        for one in self.dimensions:
            if len(one.histogram) not in {0, BINS} or (one.n and not one.histogram):
                msg = f"a histogram has {BINS} bins, that of {one.name!r} {len(one.histogram)}"
                raise ValueError(msg)
        return self
