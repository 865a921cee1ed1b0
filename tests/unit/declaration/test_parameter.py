"""What a declaration may say of a parameter, and what a build may then set."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from hueset.declaration import Parameter, ParameterType
from hueset.errors import DeclarationError

READ = TypeAdapter(Parameter)


def parameter(value: Any) -> Parameter:
    return READ.validate_python(value)


@pytest.mark.parametrize(
    "value", [50, 0.5, "text", True, None, [1, 2], {}, {"train": 0.8, "test": 0.2}, {"eq": 1595}]
)
def test_a_plain_value_is_a_default(value: Any) -> None:
    read = parameter(value)
    assert (read.default, read.help) == (value, "")
    assert read.complaint(value) is None


def test_a_described_one_has_a_range() -> None:
    read = parameter({"default": 50, "minimum": 1, "help": "Tokens."})
    assert (read.default, read.help, read.value_type) == (50, "Tokens.", ParameterType.INTEGER)
    assert read.complaint(0) == "expected at least 1"
    assert read.complaint(0.5) == "expected a whole number"
    assert read.complaint(None) == "expected a whole number"


def test_a_null_default_takes_a_value_of_the_named_type() -> None:
    read = parameter({"default": None, "type": "integer", "minimum": 1, "help": "How many."})
    assert [read.complaint(value) for value in (None, 3)] == [None, None]
    assert read.complaint("3") == "expected a whole number"
    assert parameter(None).complaint({"any": "thing"}) is None


def test_a_whole_number_given_for_a_number_becomes_one() -> None:
    read = parameter(0.5)
    assert read.complaint(2) is None
    assert repr(read.read_value(2)) == "2.0"
    assert (
        parameter({"default": True, "help": "Yes or no."}).complaint(1) == "expected true or false"
    )


@pytest.mark.parametrize(
    ("slip", "told"),
    [
        ({"default": 1}, "says nothing"),
        ({"default": 1, "hlep": "x"}, "says nothing"),
        ({"type": "integer", "help": "x"}, "default"),
        ({"default": 1, "help": "x", "minium": 2}, "minium"),
        ({"default": 0, "help": "x", "minimum": 1}, "at least 1"),
        ({"default": "a", "help": "x", "choices": ["b", "c"]}, "one of b, c"),
        ({"default": "a", "help": "x", "choices": ["a", 1]}, "expected text"),
        ({"default": "a", "help": "x", "minimum": 1}, "for numbers"),
        ({"default": "a", "help": "x", "type": "text"}, "string"),
    ],
)
def test_a_slip_in_it_is_an_error(slip: dict[str, Any], told: str) -> None:
    with pytest.raises((ValidationError, DeclarationError), match=told):
        parameter(slip)
