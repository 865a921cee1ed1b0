"""What the rows are: a table, and its columns."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from hueset.declaration.base import Frozen, Name
from hueset.declaration.column_types import parse_type
from hueset.errors import DeclarationError


class Column(Frozen):
    """One column of a table."""

    type: str = Field(
        description="See `hueset.declaration.column_types`: `string`, `float64`, `list<string>`, …"
    )
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


class TableDeclaration(Frozen):
    """A table of the dataset; also a config on the Hub."""

    description: str = Field(min_length=1, description="What one row is.")
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
    def _names_exist(self) -> TableDeclaration:
        for what, names in (
            ("key", self.key),
            ("split", (self.split,) if self.split else ()),
            ("group", (self.group,) if self.group else ()),
        ):
            for name in names:
                if name not in self.columns:
                    why = f"{what} names the column {name!r}, which is not declared"
                    raise DeclarationError.unfit(why, name, self.columns).at(what)
        if len(set(self.key)) < len(self.key):
            message = f"key names a column twice: {', '.join(self.key)}"
            raise DeclarationError(message, hint="leave one of the two away").at("key")
        if self.split and self.columns[self.split].type not in {"string", "large_string"}:
            message = f"split names the column {self.split!r}, which is no text"
            raise DeclarationError(message, hint="declare it as `string`").at("split")
        return self
