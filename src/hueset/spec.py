"""What a dataset's declaration may say: frozen, validated models of `datasets/<name>/dataset.yaml`.

An unknown key, a typo, a source without licence or without a pin is an error (see
`hueset.yamlfile` for how it gets its line number). Everything the engine knows of a dataset
comes from here; it knows none by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from hueset.schema import parse_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Semver = Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]

SPLITS = ("train", "validation", "test")
HUMAN_KINDS = ("rating", "stars", "class", "class_norm")
COMPUTED_KINDS = ("lexicon", "computed")
LABEL_KINDS = (*HUMAN_KINDS, "tag", *COMPUTED_KINDS)


class Frozen(BaseModel):
    """A declared thing: immutable, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class MembersPin(Frozen):
    """A pin over the matched members of a folder or archive whose container may differ."""

    glob: tuple[str, ...] = Field(
        description="Patterns of the members that count, e.g. `*/pos/*.txt`."
    )
    count: int = Field(gt=0, description="How many members match.")
    digest: Sha256 | None = Field(
        default=None,
        description="SHA-256 over the lines `<sha256>  <member>` of the matches, sorted by member. "
        "Absent only where no copy was at hand; then `sources.lock` records it at first fetch.",
    )


class Pin(Frozen):
    """What the bytes of a source must be."""

    sha256: Sha256 | None = Field(default=None, description="SHA-256 of the file.")
    bytes: int | None = Field(default=None, gt=0, description="Size of the file in bytes.")
    members: MembersPin | None = Field(default=None, description="Pin over named members instead.")
    lock: bool = Field(
        default=False,
        description="The bytes were never at hand here: `hueset sources --lock` records them in "
        "`sources.lock` at first fetch, and from then on a change is an error.",
    )
    open: bool = Field(
        default=False,
        description="The source is the user's own growing corpus: it is hashed and recorded in the "
        "manifest, never compared.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Pin:
        ways = [self.sha256 is not None, self.members is not None, self.lock, self.open]
        if sum(ways) != 1:
            msg = "give exactly one of sha256 (with bytes), members, lock: true, open: true"
            raise ValueError(msg)
        if (self.sha256 is None) != (self.bytes is None):
            msg = "sha256 and bytes belong together"
            raise ValueError(msg)
        return self


class Format(Frozen):
    """How a source's tables are written, where the file name does not tell."""

    type: Literal["csv", "tsv", "json", "jsonl", "parquet"] | None = Field(
        default=None, description="Default: by the file's suffix (`.gz` may follow)."
    )
    header: bool = Field(
        default=True, description="csv and tsv: the first row holds the names of the columns."
    )
    quoting: bool = Field(
        default=True, description="csv and tsv: fields may stand in double quotes."
    )
    encoding: str = Field(default="utf-8", description="csv, tsv and jsonl; a BOM is dropped.")


class Source(Frozen):
    """Where rows come from, and what they must look like on arrival."""

    description: str = Field(description="What it holds, in one sentence.")
    licence: str = Field(min_length=2, description="SPDX name, or `unstated`, or a short name.")
    citation: str = Field(min_length=5, description="Who made it: authors, title, year.")
    homepage: str | None = Field(default=None, description="Where people read about it.")
    need: str = Field(
        default="required",
        pattern=r"^(required|optional|any_of:[a-z][a-z0-9_]*)$",
        description="`required`, `optional`, or `any_of:<group>`: one of the group is enough; the "
        "first declared that is found is used.",
    )
    kind: Literal["file", "folder", "version"] = Field(
        default="file",
        description="`file`: one file, which may be an archive read by member. `folder`: a folder, "
        "or an archive of one. `version`: a version of another dataset of this project, out of "
        "the store.",
    )
    dataset: Name | None = Field(
        default=None,
        description="Of a `version`: the other dataset. Its latest version that passed is read, "
        "or the one that `--source NAME=VERSION` names.",
    )
    mirror: str | None = Field(default=None, description="Its path below `--mirror DIR`.")
    url: str | None = Field(
        default=None, pattern=r"^https?://", description="A URL of exactly the pinned bytes."
    )
    hub: str | None = Field(
        default=None,
        pattern=r"^hf://datasets/[^@]+@[^/]+/.+$",
        description="`hf://datasets/<ns>/<name>@<revision>/<path>`; a path such as "
        "`data/{train,test}.parquet` names several files, for `kind: folder`.",
    )
    pin: Pin = Field(
        description="What its bytes must be. A `version` needs none: the manifest of what is built "
        "from it records its name and digest.",
    )
    format: Format = Field(default=Format(), description="How its tables are written.")
    columns: tuple[str, ...] = Field(
        default=(),
        description="Columns it must have, in order; where the file has no header, their number "
        "is compared. Of a folder or archive: of each of its tables.",
    )
    rows: int | None = Field(
        default=None,
        gt=0,
        description="Rows it must have, as published. Of a folder or archive: its files, or where "
        "`columns` are declared the rows of its tables together.",
    )
    feeds: tuple[str, ...] = Field(default=(), description="Dimensions its rows carry labels for.")
    ask: str | None = Field(
        default=None, description="How to get it by hand, where no URL can be given."
    )

    @model_validator(mode="before")
    @classmethod
    def _version_is_recorded(cls, given: Any) -> Any:
        """Give a version the one pin it can have: recorded in the manifest, never compared."""
        if isinstance(given, dict) and given.get("kind") == "version" and "pin" not in given:
            return {**given, "pin": {"open": True}}
        return given

    @model_validator(mode="after")
    def _version_of_a_dataset(self) -> Source:
        if (self.kind == "version") != (self.dataset is not None):
            msg = "`kind: version` and `dataset:` belong together"
            raise ValueError(msg)
        if self.kind == "version" and (self.mirror or self.url or self.hub or not self.pin.open):
            msg = "a version lies in the store: it has no mirror, url, hub or pin"
            raise ValueError(msg)
        return self

    @property
    def group(self) -> str | None:
        """The `any_of` group this source belongs to, if any."""
        return self.need.removeprefix("any_of:") if self.need.startswith("any_of:") else None


class Column(Frozen):
    """One column of a table."""

    type: str = Field(description="See `hueset.schema`: `string`, `float64`, `list<string>`, …")
    nullable: bool = Field(default=True, description="False: a null here fails the build.")
    unit: str | None = Field(default=None, description="The physical unit, e.g. `s`, `Hz`, `dB`.")
    description: str = Field(default="", description="What it holds; shown on card and page.")
    values: tuple[str, ...] = Field(default=(), description="The closed list of values, if any.")
    parameter: Name | None = Field(
        default=None,
        description="A parameter whose value may replace its default inside `type`: with "
        "`dtype: float32`, `array<float32, 64>` becomes `array<float16, 64>` by `--set "
        "dtype=float16`.",
    )

    @field_validator("type")
    @classmethod
    def _known_type(cls, value: str) -> str:
        parse_type(value)
        return value


class Table(Frozen):
    """A table of the dataset; also a config on the Hub."""

    description: str = Field(description="What one row is.")
    key: tuple[str, ...] = Field(min_length=1, description="Columns that are unique together.")
    split: str | None = Field(default=None, description="The column that names the row's split.")
    group: str | None = Field(
        default=None, description="The column whose values must not straddle two splits."
    )
    published_split: bool = Field(
        default=False,
        description="The split is kept as its authors published it; a straddling group is then a "
        "`warn` with the list, not a `fail`.",
    )
    row_group_rows: int = Field(default=20_000, gt=0, description="Rows per parquet row group.")
    files: Literal["packed", "per_unit"] = Field(
        default="packed",
        description="`packed`: the rows of all units flow into files of up to 500 MB. `per_unit`: "
        "each unit's rows are files of their own, which a later build takes over as they are while "
        "the unit is unchanged. For media, where writing again would cost more than all else.",
    )
    min_rows: int = Field(default=1, ge=0, description="Fewer rows than this fail the version.")
    columns: dict[Name, Column] = Field(min_length=1, description="Its columns, in order.")

    @model_validator(mode="after")
    def _names_exist(self) -> Table:
        for what, names in (
            ("key", self.key),
            ("split", (self.split,) if self.split else ()),
            ("group", (self.group,) if self.group else ()),
        ):
            for name in names:
                if name not in self.columns:
                    msg = f"{what} names the column {name!r}, which is not declared"
                    raise ValueError(msg)
        if len(set(self.key)) < len(self.key):
            msg = f"key names a column twice: {', '.join(self.key)}"
            raise ValueError(msg)
        if self.split and self.columns[self.split].type not in {"string", "large_string"}:
            msg = f"split names the column {self.split!r}, which is no text"
            raise ValueError(msg)
        return self


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
    aside: tuple[str, ...] = Field(
        default=(),
        description="Units whose text is not in the data: their labels are counted, not judged.",
    )
    lift: str | None = Field(
        default=None,
        description="The YAML beside the declaration that says of a dimension what would lift it.",
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
                msg = f"human: {kind!r} is no kind of human label; known: {', '.join(HUMAN_KINDS)}"
                raise ValueError(msg)
        if self.aside and self.unit is None:
            msg = "`aside` names units, so `unit` must name their column"
            raise ValueError(msg)
        return self


class ClassCoverage(Frozen):
    """Coverage of a closed list of classes: an absent class is reported with 0."""

    name: Name = Field(description="What the classes are of.")
    table: Name = Field(description="The table.")
    column: str = Field(description="The column that holds the class.")
    classes: tuple[str, ...] = Field(min_length=1, description="The closed list.")
    not_classes: tuple[str, ...] = Field(
        default=(),
        description="Values that say that no class could be told, e.g. `unknown`: counted and "
        "shown, never `trainable`.",
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
        both = sorted(set(self.classes) & set(self.not_classes))
        if both:
            msg = f"{', '.join(both)} cannot be in classes and in not_classes"
            raise ValueError(msg)
        return self


class PresenceCoverage(Frozen):
    """Coverage of something a row has or lacks: a modality, an optional field."""

    name: Name = Field(description="What a row has or lacks.")
    table: Name = Field(description="The table.")
    present: str = Field(description="An SQL condition over the table's columns.")
    by: str | None = Field(default=None, description="A column to count by.")
    floor: Share = Field(default=0.0, description="A smaller share is `thin`.")


class Coverage(Frozen):
    """The coverage contract of a dataset."""

    numeric: NumericCoverage | None = Field(default=None, description="Dimensions on a wide table.")
    classes: tuple[ClassCoverage, ...] = Field(default=(), description="Closed lists of classes.")
    presence: tuple[PresenceCoverage, ...] = Field(
        default=(), description="Modalities and optional fields."
    )


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
    licence: str = Field(description="The licence of the dataset as a whole; sources have theirs.")
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
