"""What a builder can be told: a parameter with its default, its type, and what else is allowed.

Two forms stand in a declaration. `window: 50` is a constant of the builder, which may be changed
and is offered to nobody. With `help` it is a parameter for people, which the commands that build
this dataset show: `window: {default: 50, minimum: 1, help: Tokens in a chunk.}`. Either is set by
`--set window=40`, or by an option of its name, `--window 40`.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from pydantic import Field, model_validator

from hueset.declaration.base import Frozen
from hueset.errors import DeclarationError


class ParameterType(StrEnum):
    """What a value is, in the words of JSON Schema."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LIST = "list"
    MAP = "map"

    @property
    def phrase(self) -> str:
        """What is expected, in words."""
        return _PHRASES[self]


_PHRASES = {
    ParameterType.STRING: "text",
    ParameterType.INTEGER: "a whole number",
    ParameterType.NUMBER: "a number",
    ParameterType.BOOLEAN: "true or false",
    ParameterType.LIST: "a list",
    ParameterType.MAP: "keys and values",
}

_TYPES: dict[type, ParameterType] = {
    str: ParameterType.STRING,
    int: ParameterType.INTEGER,
    float: ParameterType.NUMBER,
    bool: ParameterType.BOOLEAN,
    list: ParameterType.LIST,
    dict: ParameterType.MAP,
}

RANGED = (ParameterType.INTEGER, ParameterType.NUMBER)


class Parameter(Frozen):
    """A parameter of the builder; where it has no `help`, its plain value may stand for it."""

    default: Any = Field(description="The value where a build says nothing else; may be null.")
    type: ParameterType | None = Field(
        default=None,
        description="What a value is. Default: what the default is; a null without it takes any.",
    )
    choices: tuple[Any, ...] = Field(default=(), description="The only values it may have.")
    minimum: float | None = Field(default=None, description="Of a number: the smallest value.")
    maximum: float | None = Field(default=None, description="Of a number: the largest value.")
    help: str = Field(
        default="",
        description="One sentence for people. With it, `--help` behind the dataset's name shows "
        "the parameter as an option: `media_url_base` is `--media-url-base`.",
    )

    @model_validator(mode="before")
    @classmethod
    def _plain_value(cls, value: Any) -> Any:
        """Read a plain value as a default; a mapping that speaks of a parameter is none."""
        if isinstance(value, Parameter):
            return value
        keys = set(value) if isinstance(value, dict) else set()
        known = set(cls.model_fields)
        if "default" in keys or (keys and keys <= known):
            if "default" in keys and not value.get("help"):
                message = "a parameter with a `default` is for people, and says nothing to them"
                hint = "add `help: One sentence.`, or write the plain value alone"
                raise DeclarationError(message, hint=hint)
            return value
        return {"default": value}

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Parameter:
        ranged = self.minimum is not None or self.maximum is not None
        if ranged and self.value_type not in RANGED:
            message = "minimum and maximum are for numbers"
            raise DeclarationError(message, hint="name `choices`, or leave them away")
        for name, value in [("default", self.default), *(("choices", one) for one in self.choices)]:
            complaint = self.complaint(value)
            if complaint is not None:
                message = f"{name}: {complaint}, found {value!r}"
                hint = "the default and each choice is of the type, within the range"
                raise DeclarationError(message, hint=hint, value=value).at(name)
        return self

    @property
    def value_type(self) -> ParameterType | None:
        """The declared type, else that of the default; None where neither says."""
        return self.type or _TYPES.get(type(self.default))

    def read_value(self, value: Any) -> Any:
        """Return a value as the builder gets it: a whole number given for a number is one."""
        whole = isinstance(value, int) and not isinstance(value, bool)
        return float(value) if whole and self.value_type is ParameterType.NUMBER else value

    def complaint(self, value: Any) -> str | None:
        """Return what was expected in place of a value; None where it fits."""
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):
            return "it cannot be written as JSON"
        if value is None and self.default is None:
            return None
        kind = self.value_type
        given = _TYPES.get(type(value))
        whole_for_number = kind is ParameterType.NUMBER and given is ParameterType.INTEGER
        if kind is not None and given is not kind and not whole_for_number:
            return f"expected {kind.phrase}"
        if self.choices and value not in self.choices:
            return f"expected one of {', '.join(map(str, self.choices))}"
        if self.minimum is not None and value < self.minimum:
            return f"expected at least {self.minimum:g}"
        if self.maximum is not None and value > self.maximum:
            return f"expected at most {self.maximum:g}"
        return None
