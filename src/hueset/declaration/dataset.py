"""A whole declaration, and that its parts fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from hueset.declaration.base import Frozen, Name, Semver, Share
from hueset.declaration.column_types import parse_type
from hueset.declaration.coverage_contract import Coverage, NumericCoverage
from hueset.declaration.source import Source
from hueset.declaration.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Annotation(Frozen):
    """Which texts people may be asked about, and which source their answers are read as."""

    table: Name = Field(description="The table of texts; its key names a text.")
    text: str = Field(default="text", description="The column of the text; a null is not asked.")
    same: str = Field(
        default="text_hash", description="The column that is equal for equal texts: asked once."
    )
    context: str | None = Field(default=None, description="The column of what a text stands in.")
    unit: str = Field(default="unit", description="The column of the kind of text.")
    licence: str = Field(default="licence", description="The column of the text's licence.")
    strata: tuple[str, ...] = Field(
        default=("source",), description="Columns whose combinations are asked equally often."
    )
    source: Name = Field(description="The declared source that the answers are read as.")


class Quarantine(Frozen):
    """How much may be refused before the version fails."""

    ceiling: Share = Field(default=0.05, description="Share of a table's rows, refused or kept.")


class Sample(Frozen):
    """The embedded sample, and when it is used."""

    default: bool = Field(
        default=False, description="Used when nothing was configured; else only on `--sample`."
    )
    sources: dict[Name, str] = Field(
        min_length=1, description="Source name → its path beside the declaration."
    )


class Dataset(Frozen):
    """A dataset's declaration: `datasets/<name>/dataset.yaml`."""

    name: Name = Field(description="The dataset; the folder has the same name.")
    version: Semver = Field(
        description="MAJOR existing rows changed, MINOR data added, PATCH serialisation only."
    )
    title: str = Field(description="Its name for people.")
    summary: str = Field(description="What it is for, in a few sentences.")
    builder: str = Field(pattern=r"^[a-z_][\w.]*$", description="The module that makes the rows.")
    licence: str | None = Field(
        default=None,
        min_length=2,
        description="The licence of the dataset as a whole, as SPDX names it. Absent: the "
        "strictest of its rows and sources is named. One that is freer than theirs is never named "
        "alone.",
    )
    language: tuple[str, ...] = Field(default=(), description="ISO 639-1 codes.")
    tags: tuple[str, ...] = Field(default=(), description="Tags on the Hub.")
    task_categories: tuple[str, ...] = Field(default=(), description="Task names of the Hub.")
    parameters: dict[Name, Any] = Field(default={}, description="What the builder reads by name.")
    selection: tuple[Name, ...] = Field(
        default=(),
        description="Parameters that only choose units: with one set, the version is a subset.",
    )
    facts: tuple[str, ...] = Field(
        default=(), description="YAML tables of facts beside the declaration; part of the plan."
    )
    sources: dict[Name, Source] = Field(min_length=1, description="Where rows come from.")
    tables: dict[Name, Table] = Field(min_length=1, description="What the rows are.")
    coverage: Coverage = Field(default=Coverage(), description="The coverage contract.")
    annotation: Annotation | None = Field(
        default=None, description="What `hueset annotate` asks people about."
    )
    quarantine: Quarantine = Field(default=Quarantine(), description="How much may be refused.")
    sample: Sample | None = Field(default=None, description="The embedded sample.")

    @model_validator(mode="after")
    def _names_agree(self) -> Dataset:
        wanted = [declared.table for declared in self.coverage.classes]
        wanted += [declared.table for declared in self.coverage.presence]
        if self.coverage.numeric is not None:
            wanted += [self.coverage.numeric.table]
            wanted += [self.coverage.numeric.labels] if self.coverage.numeric.labels else []
            self._columns_exist(self.coverage.numeric)
        for table in wanted:
            if table not in self.tables:
                msg = f"coverage names the table {table!r}, which is not declared"
                raise ValueError(msg)
        for table, covered in self._covered_columns():
            if covered not in self.tables[table].columns:
                msg = f"coverage names the column {covered!r}, which {table} does not declare"
                raise ValueError(msg)
        for classes in self.coverage.classes:
            strange = sorted(set(classes.required) - set(classes.classes))
            if strange:
                msg = f"coverage requires {', '.join(strange)}, no classes of {classes.name}"
                raise ValueError(msg)
            if classes.floor_groups and self.tables[classes.table].group is None:
                msg = f"{classes.name} has floor_groups, but {classes.table} names no group"
                raise ValueError(msg)
        if self.annotation is not None:
            self._annotation_exists(self.annotation)
        for name in self.selection:
            if name not in self.parameters:
                msg = f"selection names {name!r}, which is no parameter"
                raise ValueError(msg)
        for source in self.sample.sources if self.sample else ():
            if source not in self.sources:
                msg = f"sample names the source {source!r}, which is not declared"
                raise ValueError(msg)
        for declared in self.tables.values():
            for name, column in declared.columns.items():
                default = str(self.parameters.get(column.parameter or ""))
                if column.parameter and default not in column.type:
                    msg = f"{name}: the default of {column.parameter!r} is not in {column.type}"
                    raise ValueError(msg)
        for name, source_spec in self.sources.items():
            if source_spec.dataset == self.name:
                msg = f"source {name!r} is a version of this very dataset"
                raise ValueError(msg)
            ways = (source_spec.mirror, source_spec.url, source_spec.hub, source_spec.ask)
            if not (any(ways) or source_spec.dataset):
                msg = f"source {name!r} says nowhere where it may be had (mirror, url, hub or ask)"
                raise ValueError(msg)
        return self

    def _covered_columns(self) -> Iterator[tuple[str, str]]:
        """Yield every (table, column) that the coverage contract reads by name."""
        numeric = self.coverage.numeric
        if numeric is not None:
            for column in filter(None, (numeric.source, numeric.kind, numeric.unit)):
                yield numeric.table, column
        if numeric is not None and numeric.labels:
            for column in ("dimension", "label_kind", "n_raters", "rater_sd", "z"):
                yield numeric.labels, column
        for classes in self.coverage.classes:
            yield classes.table, classes.column
            if classes.by:
                yield classes.table, classes.by
        for presence in self.coverage.presence:
            if presence.by:
                yield presence.table, presence.by

    def _annotation_exists(self, annotation: Annotation) -> None:
        if annotation.source not in self.sources:
            msg = f"annotation names the source {annotation.source!r}, which is not declared"
            raise ValueError(msg)
        if annotation.table not in self.tables:
            msg = f"annotation names the table {annotation.table!r}, which is not declared"
            raise ValueError(msg)
        named = (annotation.text, annotation.same, annotation.unit, annotation.licence)
        optional = (annotation.context,) if annotation.context else ()
        for column in (*named, *optional, *annotation.strata):
            if column not in self.tables[annotation.table].columns:
                msg = f"annotation names the column {column!r}, which {annotation.table} lacks"
                raise ValueError(msg)

    def _columns_exist(self, numeric: NumericCoverage) -> None:
        declared = self.tables[numeric.table].columns if numeric.table in self.tables else None
        for column in (numeric.kind, numeric.unit):
            if declared is not None and column is not None and column not in declared:
                msg = f"coverage names the column {column!r}, which {numeric.table} does not have"
                raise ValueError(msg)
        if numeric.lift is not None and numeric.lift not in self.facts:
            msg = f"coverage names {numeric.lift!r}, which `facts` does not list"
            raise ValueError(msg)

    def typed(self, parameters: Mapping[str, Any]) -> Dataset:
        """Return the declaration with the column types that the parameters of a build ask for.

        Raises
        ------
        DeclarationError
            A type would not be one.
        """
        tables = {}
        for name, table in self.tables.items():
            columns = {
                key: column.model_copy(update={"type": self._type(column, parameters)})
                for key, column in table.columns.items()
            }
            tables[name] = table.model_copy(update={"columns": columns})
        return self.model_copy(update={"tables": tables})

    def _type(self, column: Column, parameters: Mapping[str, Any]) -> str:
        if column.parameter is None:
            return column.type
        default, value = self.parameters[column.parameter], parameters[column.parameter]
        made = column.type.replace(str(default), str(value))
        parse_type(made)
        return made

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Each `any_of` group with its sources, in declared order."""
        found: dict[str, list[str]] = {}
        for name, source in self.sources.items():
            if source.group:
                found.setdefault(source.group, []).append(name)
        return {group: tuple(names) for group, names in found.items()}
