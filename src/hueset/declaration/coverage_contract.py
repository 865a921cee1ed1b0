"""The coverage contract: what is counted, and how much of it is enough."""

from __future__ import annotations

from pydantic import Field, model_validator

from hueset.declaration.base import COMPUTED_KINDS, HUMAN_KINDS, LABEL_KINDS, Frozen, Name, Share
from hueset.declaration.former_keys import both_keys
from hueset.errors import DeclarationError


class Floors(Frozen):
    """What a dimension must have to be trained on; each number is a share or a count."""

    examples: int = Field(default=1_000, description="Fewer non-null examples: `thin`.")
    examples_warn: int = Field(default=5_000, description="Fewer than this is said, not judged.")
    distinct: int = Field(default=10, description="Fewer distinct values: `neutral`.")
    sd: float = Field(default=0.1, description="A smaller standard deviation: `neutral`.")
    neutral_band_share: Share = Field(
        default=0.5, description="A larger share in .4-.6: `neutral`."
    )
    neutral_point_share: Share = Field(default=0.3, description="A larger share at .5: `neutral`.")
    positives: int = Field(
        default=500, description="Tags on a pole: a pole with fewer is thin, see `kind`."
    )


class NumericCoverage(Frozen):
    """Coverage of a wide table of numeric dimensions in 0..1 (null = no label)."""

    table: Name = Field(description="The wide table.")
    dimensions: str = Field(description="The YAML list of dimensions, beside the declaration.")
    labels: Name | None = Field(default=None, description="The long table of labels, if any.")
    source: str | None = Field(default="source", description="The column that names the source.")
    kind: str | None = Field(
        default=None,
        description="The column of the wide table that names the kind of a row's labels. Then "
        "people's labels, tags and computed values are judged apart: a computed value never counts "
        "as human, and tags that reach one pole alone are `positive_only`.",
    )
    human: tuple[str, ...] = Field(
        default=HUMAN_KINDS, description="The kinds of label that count as people's."
    )
    unit: str | None = Field(
        default=None,
        description="The column of the wide table that names what kind of text a row is; each is "
        "judged by itself too.",
    )
    excluded_kinds: tuple[str, ...] = Field(
        default=(),
        validation_alias=both_keys("excluded_kinds"),
        description="Units whose text is not in the data: their labels are counted, not judged.",
    )
    recommendations: str | None = Field(
        default=None,
        validation_alias=both_keys("recommendations"),
        description="The YAML beside the declaration that recommends, by dimension, how to get "
        "the labels that are missing.",
    )
    floors: Floors = Field(default=Floors(), description="What can be trained on.")
    required: tuple[str, ...] = Field(
        default=(),
        description="Only these can fail a version, and only by being `absent`; with `kind` by "
        "having no human label.",
    )

    @model_validator(mode="after")
    def _kinds_are_known(self) -> NumericCoverage:
        for kind in self.human:
            if kind not in LABEL_KINDS or kind in {"tag", *COMPUTED_KINDS}:
                why = f"human: {kind!r} is no kind of human label"
                raise DeclarationError.unfit(why, kind, HUMAN_KINDS).at("human")
        if self.excluded_kinds and self.unit is None:
            message = "`excluded_kinds` names units, so `unit` must name their column"
            raise DeclarationError(message, hint="add `unit: …`").at("excluded_kinds")
        return self


class ClassCoverage(Frozen):
    """Coverage of a closed list of classes: an absent class is reported with 0."""

    name: Name = Field(description="What the classes are of.")
    table: Name = Field(description="The table.")
    column: str = Field(description="The column that holds the class.")
    classes: tuple[str, ...] = Field(min_length=1, description="The closed list.")
    abstain_values: tuple[str, ...] = Field(
        default=(),
        validation_alias=both_keys("abstain_values"),
        description="Values that say that no class could be determined, e.g. `unknown`: counted "
        "and shown, never `trainable`.",
    )
    by: str | None = Field(default=None, description="A second column to count by.")
    floor: int = Field(default=20, description="A class with fewer rows is `thin`.")
    floor_groups: int = Field(
        default=0,
        ge=0,
        description="A class whose rows are of fewer groups is `thin`; the table names its group.",
    )
    required: tuple[str, ...] = Field(
        default=(), description="Only these can fail a version, and only by being absent."
    )

    @model_validator(mode="after")
    def _one_or_the_other(self) -> ClassCoverage:
        both = sorted(set(self.classes) & set(self.abstain_values))
        if both:
            message = f"{', '.join(both)} cannot be in classes and in abstain_values"
            raise DeclarationError(message, hint="leave one of the two away").at("abstain_values")
        return self


class PresenceCoverage(Frozen):
    """Coverage of something a row has or lacks: a modality, an optional field."""

    name: Name = Field(description="What a row has or lacks.")
    table: Name = Field(description="The table.")
    present: str = Field(description="An SQL condition over the table's columns.")
    by: str | None = Field(default=None, description="A column to count by.")
    floor: Share = Field(default=0.0, description="A smaller share is `thin`.")


class CoverageContract(Frozen):
    """The coverage contract of a dataset."""

    numeric: NumericCoverage | None = Field(default=None, description="Dimensions on a wide table.")
    classes: tuple[ClassCoverage, ...] = Field(default=(), description="Closed lists of classes.")
    presence: tuple[PresenceCoverage, ...] = Field(
        default=(), description="Modalities and optional fields."
    )
