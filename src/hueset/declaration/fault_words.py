"""What is wrong with a declared value, in the words of somebody who writes YAML.

The library that validates says `Input should be a valid tuple`; here that is `expected a list`,
with the line, what was found there, and the next step.
"""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

from hueset.declaration.base import COMMA, PATTERN_WORDS
from hueset.declaration.model_fields import field_at, keys_at, present_key
from hueset.errors import DeclarationError
from hueset.redaction import redact_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from hueset.declaration.located_yaml import LocatedYaml, Place

KEY_MARK = "[key]"
"""What the validating library puts behind a place when its key is meant, not its value."""

COMMA_HINT = "is it a decimal comma? write 0.5 with a point: a comma in braces begins a new key"
SEE_DOCS = "docs/declaration.md explains each key"

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
    "tuple_type": "a list",
    "list_type": "a list",
}
"""Kind of fault → what should stand there."""

_LIMITS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("or more", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("or less", "le"),
}


def describe_kind(value: object) -> str:
    """Return what YAML made of something, in words."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return f"a mapping ({', '.join(map(str, list(value)[:3]))}{', …' * (len(value) > 3)})"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return redact_text(repr(value))


def describe_fault(
    model: type[BaseModel], located: LocatedYaml, fault: Mapping[str, Any]
) -> tuple[str, str]:
    """Return one fault that pydantic found as a sentence with file and line, and the next step.

    Parameters
    ----------
    model
        What was validated against.
    located
        The document.
    fault
        One of `ValidationError.errors()`.
    """
    place: Place = tuple(fault["loc"])
    kind, given = fault["type"], fault["input"]
    cause = fault.get("ctx", {}).get("error")
    if isinstance(cause, DeclarationError):
        place += cause.inner
    where, dotted = located.where(place), ".".join(map(str, place)) or "document"
    field = field_at(model, place)
    if place and place[-1] == KEY_MARK:
        return _bad_key(located, place[:-1])
    if kind == "invalid_key":
        return _bad_key(located, place)
    if kind == "extra_forbidden":
        present = present_key(model, place)
        if present is not None:
            what = f"the key is given twice: {place[-1]!r} is the former name of {present!r}"
            return f"{where}: {dotted}: {what}", f"keep `{present}`"
        error = DeclarationError.unknown("key", str(place[-1]), keys_at(model, place[:-1]))
        return f"{where}: {dotted}: {error.message}", error.hint or SEE_DOCS
    if kind == "missing":
        what = f": {field.description}" if field and field.description else ""
        return f"{where}: {dotted}: the key is missing", f"add `{place[-1]}: …`{what}"
    said, hint = _describe_expected(fault, field)
    if isinstance(cause, DeclarationError):
        hint = cause.hint or SEE_DOCS
    found = f", found {describe_kind(given)}"
    told = isinstance(given, dict | list) and kind == "value_error"
    if told or (isinstance(given, str) and repr(given) in said):
        found = ""
    return f"{where}: {dotted}: {said}{found}", hint


def describe_expected(fault: Mapping[str, Any]) -> str:
    """Return what was expected in place of a value that is no declaration's: an option's."""
    return _describe_expected(fault, None)[0]


def _describe_expected(fault: Mapping[str, Any], field: FieldInfo | None) -> tuple[str, str]:
    """Return what should stand there, and how to get it."""
    kind, given, limits = fault["type"], fault["input"], fault.get("ctx", {})
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}", _type_hint(kind, given, field)
    if kind in _LIMITS:
        words, key = _LIMITS[kind]
        limit = f"{limits[key]:g}"
        said = f"{limit} {words}" if words.startswith("or ") else f"{words} {limit}"
        percent = isinstance(given, int | float) and limits[key] == 1 < given <= 100
        hint = f"it is a share, no percentage: {given:g} % is {given / 100:g}" if percent else ""
        return f"expected {said}", hint or "give a number within"
    if kind == "string_pattern_mismatch":
        words = PATTERN_WORDS.get(limits["pattern"], f"text like {limits['pattern']}")
        return f"expected {words}", f"fix it: {words}"
    if kind in {"string_too_short", "too_short"}:
        fewest = limits["min_length"]
        empty = given in ("", [], {}, None) or (isinstance(given, str) and not given.strip())
        if kind == "string_too_short" and not empty:
            return f"expected {fewest} letters or more", "write it out"
        what = field.description if field and field.description else SEE_DOCS
        return "it is empty", f"write what it is: {what}"
    if kind in {"string_too_long", "too_long"}:
        return f"expected at most {limits['max_length']} letters", "choose a shorter one"
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", str(limits["expected"]))
        error = DeclarationError.unknown("value", str(given), known)
        return f"expected {limits['expected']}", error.hint or SEE_DOCS
    return str(fault["msg"]).removeprefix("Value error, "), SEE_DOCS


def _type_hint(kind: str, given: object, field: FieldInfo | None) -> str:
    """Return how to write a value of the kind that is expected."""
    patterns = [getattr(one, "pattern", None) for one in field.metadata] if field else []
    pattern = next(filter(None, patterns), None)
    away = "" if field is None or field.is_required() else ", or leave the key away"
    if kind == "string_type":
        if pattern in PATTERN_WORDS:
            return f"write {PATTERN_WORDS[pattern]}"
        if given is None:
            return "write a text after the colon" + away
        if isinstance(given, bool | int | float | datetime.date):
            return "put it in quotes: YAML reads bare yes, no, dates and numbers as other types"
        return "write one text"
    if kind in {"tuple_type", "list_type"}:
        if given is None:
            return "write a list after the colon" + away
        return f"in brackets: [{given}]" if isinstance(given, str | int) else "put it in brackets"
    if _EXPECTED[kind] == "keys and values":
        return "write `key: value` below it, indented, or in braces: {key: value}"
    if isinstance(given, str) and COMMA.fullmatch(given):
        return "write it with a decimal point: " + given.strip().replace(",", ".")
    if given is None:
        return "write a value after the colon" + away
    return f"write {_EXPECTED[kind]}{', without quotes' * isinstance(given, str)}"


def _bad_key(located: LocatedYaml, place: Place) -> tuple[str, str]:
    """Return what is wrong with a key that is no name."""
    *parent, key = place
    where, dotted = located.where(place), ".".join(map(str, parent)) or "document"
    value: Any = located.data
    for part in place:
        value = value.get(part) if isinstance(value, dict) else None
    comma = isinstance(key, int | float) and not isinstance(key, bool) and value is None
    pattern = "lower-case letters, digits and _, beginning with a letter"
    hint = COMMA_HINT if comma else f"a name is {pattern}"
    return f"{where}: {dotted}: {key!r} cannot be a key here", hint
