"""A whole declaration, and that its parts fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from hueset.declaration.base import MODULE_PATTERN, Frozen, Name, Semver, Share
from hueset.declaration.column_types import parse_type
from hueset.declaration.coverage_contract import CoverageContract
from hueset.declaration.former_keys import both_keys
from hueset.declaration.licence_names import Licence
from hueset.declaration.parameter import Parameter
from hueset.declaration.source import Source
from hueset.declaration.table import Column, TableDeclaration
from hueset.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hueset.declaration.located_yaml import Place


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
    title: str = Field(min_length=1, description="Its name for people.")
    summary: str = Field(min_length=1, description="What it is for, in a few sentences.")
    builder: str = Field(
        pattern=MODULE_PATTERN,
        description="The module that makes the rows: `build` in the dataset's own package.",
    )
    licence: Licence | None = Field(
        default=None,
        description="The licence of the dataset as a whole, as SPDX names it (`CC-BY-4.0`), "
        "`LicenseRef-NAME`, `unstated`, or a sentence of your own; a slip is an error. Absent: "
        "the strictest of its rows and sources is named. One that is freer than theirs is never "
        "named alone.",
    )
    language: tuple[str, ...] = Field(default=(), description="ISO 639-1 codes.")
    tags: tuple[str, ...] = Field(default=(), description="Tags on the Hub.")
    task_categories: tuple[str, ...] = Field(default=(), description="Task names of the Hub.")
    parameters: dict[Name, Parameter] = Field(
        default={},
        description="What the builder reads by name: a plain value, or one that is described for "
        "people, with choices or a range.",
    )
    selection: tuple[Name, ...] = Field(
        default=(),
        description="Parameters that only choose units: with one set, the version is a subset.",
    )
    lookup_tables: tuple[str, ...] = Field(
        default=(),
        validation_alias=both_keys("lookup_tables"),
        description="YAML files of facts beside the declaration; part of the plan.",
    )
    sources: dict[Name, Source] = Field(min_length=1, description="Where rows come from.")
    tables: dict[Name, TableDeclaration] = Field(min_length=1, description="What the rows are.")
    coverage: CoverageContract = Field(
        default=CoverageContract(), description="The coverage contract."
    )
    annotation: Annotation | None = Field(
        default=None, description="What `hueset annotate` asks people about."
    )
    quarantine: Quarantine = Field(default=Quarantine(), description="How much may be refused.")
    sample: Sample | None = Field(default=None, description="The embedded sample.")

    @model_validator(mode="after")
    def _names_agree(self) -> Dataset:
        self._coverage_exists()
        if self.annotation is not None:
            self._annotation_exists(self.annotation)
        for name in self.selection:
            if name not in self.parameters:
                why = f"selection names {name!r}, which is no parameter"
                raise DeclarationError.unfit(why, name, self.parameters).at("selection")
        for source in self.sample.sources if self.sample else ():
            if source not in self.sources:
                why = f"sample names the source {source!r}, which is not declared"
                raise DeclarationError.unfit(why, source, self.sources).at(
                    "sample", "sources", source
                )
        for table, declared in self.tables.items():
            for name, column in declared.columns.items():
                default = str(self.defaults.get(column.parameter or ""))
                if column.parameter and default not in column.type:
                    message = f"{name}: the default of {column.parameter!r} is not in {column.type}"
                    hint = "the type holds the parameter's default, which another value replaces"
                    raise DeclarationError(message, hint=hint).at(
                        "tables", table, "columns", name, "parameter"
                    )
        for name, source_spec in self.sources.items():
            if source_spec.dataset == self.name:
                message = f"source {name!r} is a version of this very dataset"
                raise DeclarationError(message, hint="name another dataset").at("sources", name)
            ways = (
                source_spec.mirror,
                source_spec.url,
                source_spec.hub,
                source_spec.manual_download,
            )
            if not (any(ways) or source_spec.dataset):
                message = (
                    f"source {name!r} does not say where to get it "
                    "(mirror, url, hub or manual_download)"
                )
                hint = "for example `mirror: moods.csv`, its path below the folder of `--mirror`"
                raise DeclarationError(message, hint=hint).at("sources", name)
        return self

    def _coverage_exists(self) -> None:
        """Hold what the coverage contract names against tables, columns, classes and facts."""
        numeric = self.coverage.numeric
        wanted: list[tuple[str, Place]] = []
        if numeric is not None:
            wanted.append((numeric.table, ("numeric", "table")))
            wanted += [(numeric.labels, ("numeric", "labels"))] if numeric.labels else []
        for at, one in enumerate(self.coverage.classes):
            wanted.append((one.table, ("classes", at, "table")))
        for at, presence in enumerate(self.coverage.presence):
            wanted.append((presence.table, ("presence", at, "table")))
        for table, place in wanted:
            if table not in self.tables:
                why = f"coverage names the table {table!r}, which is not declared"
                raise DeclarationError.unfit(why, table, self.tables).at("coverage", *place)
        for table, covered, place in self._covered_columns():
            columns = self.tables[table].columns
            if covered not in columns:
                why = f"coverage names the column {covered!r}, which {table} does not declare"
                raise DeclarationError.unfit(why, covered, columns).at("coverage", *place)
        file = numeric.recommendations if numeric is not None else None
        if file is not None and file not in self.lookup_tables:
            why = f"coverage names {file!r}, which `lookup_tables` does not list"
            place = ("coverage", "numeric", "recommendations")
            raise DeclarationError.unfit(why, file, self.lookup_tables).at(*place)
        for at, classes in enumerate(self.coverage.classes):
            strange = sorted(set(classes.required) - set(classes.classes))
            if strange:
                why = f"coverage requires {', '.join(strange)}, no classes of {classes.name}"
                error = DeclarationError.unfit(why, strange[0], classes.classes)
                raise error.at("coverage", "classes", at, "required")
            if classes.floor_groups and self.tables[classes.table].group is None:
                message = f"{classes.name} has floor_groups, but {classes.table} names no group"
                hint = f"name the column of the group: `group: …` of {classes.table}"
                place = ("coverage", "classes", at, "floor_groups")
                raise DeclarationError(message, hint=hint).at(*place)

    def _covered_columns(self) -> Iterator[tuple[str, str, Place]]:
        """Yield every (table, column, place) that the coverage contract reads by name."""
        numeric = self.coverage.numeric
        if numeric is not None:
            named = {"source": numeric.source, "kind": numeric.kind, "unit": numeric.unit}
            for key, name in named.items():
                if name:
                    yield numeric.table, name, ("numeric", key)
        if numeric is not None and numeric.labels:
            for column in ("dimension", "label_kind", "n_raters", "rater_sd", "z"):
                yield numeric.labels, column, ("numeric", "labels")
        for at, classes in enumerate(self.coverage.classes):
            yield classes.table, classes.column, ("classes", at, "column")
            if classes.by:
                yield classes.table, classes.by, ("classes", at, "by")
        for at, presence in enumerate(self.coverage.presence):
            if presence.by:
                yield presence.table, presence.by, ("presence", at, "by")

    def _annotation_exists(self, annotation: Annotation) -> None:
        if annotation.source not in self.sources:
            why = f"annotation names the source {annotation.source!r}, which is not declared"
            error = DeclarationError.unfit(why, annotation.source, self.sources)
            raise error.at("annotation", "source")
        if annotation.table not in self.tables:
            why = f"annotation names the table {annotation.table!r}, which is not declared"
            error = DeclarationError.unfit(why, annotation.table, self.tables)
            raise error.at("annotation", "table")
        columns = self.tables[annotation.table].columns
        named = {key: getattr(annotation, key) for key in ("text", "same", "unit", "licence")}
        named |= {"context": annotation.context} if annotation.context else {}
        wanted = [*named.items(), *(("strata", column) for column in annotation.strata)]
        for key, column in wanted:
            if column not in columns:
                why = f"annotation names the column {column!r}, which {annotation.table} lacks"
                raise DeclarationError.unfit(why, column, columns).at("annotation", key)

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
        default, value = self.defaults[column.parameter], parameters[column.parameter]
        made = column.type.replace(str(default), str(value))
        parse_type(made)
        return made

    @property
    def defaults(self) -> dict[str, Any]:
        """The default of each parameter."""
        return {name: one.default for name, one in self.parameters.items()}

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Each `any_of` group with its sources, in declared order."""
        found: dict[str, list[str]] = {}
        for name, source in self.sources.items():
            if source.group:
                found.setdefault(source.group, []).append(name)
        return {group: tuple(names) for group, names in found.items()}
