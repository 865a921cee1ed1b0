"""What a command line's argument was refused for, in the words of Hueset.

Typer validates with pydantic and passes its sentence on: `Input should be a valid number`. Here
that is `expected a number, found 'abc'`; of a dataset's parameter it is what the Python API says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.errors import HuesetError, UsageError

RANGE_FAULTS = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}
"""What pydantic calls a number beyond a limit."""

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from typer.exceptions import TyperException

    from hueset.declaration import Dataset


def explain_parameter(
    error: TyperException, dataset: Dataset, values: Mapping[str, object]
) -> HuesetError | None:
    """Return why a parameter's value is refused; None where the error is about something else.

    Parameters
    ----------
    error
        What Typer raised.
    dataset
        The dataset whose parameters were options.
    values
        The texts that were given, by the name of the option within the command.
    """
    from hueset.build.plan import read_parameter
    from hueset.cli.options import read_value
    from hueset.cli.parameter_options import PARAMETER, flag_of
    from hueset.declaration.parameter import ParameterType

    option = getattr(getattr(error, "param", None), "name", None) or ""
    name, text = option.removeprefix(PARAMETER), values.get(option)
    if name == option or name not in dataset.parameters or not isinstance(text, str):
        return None
    declared = dataset.parameters[name]
    try:
        plain = declared.value_type is ParameterType.STRING
        read_parameter(name, text if plain else read_value(text, flag_of(name)), declared)
    except UsageError as fault:
        return fault
    return None


def explain_missing_name(error: TyperException, known: Iterable[str]) -> HuesetError | None:
    """Return that no dataset is named, and which there are; None where another thing is missing."""
    parameter = getattr(error, "param", None)
    missing = getattr(parameter, "name", None) == "name" and hasattr(error, "param_type")
    # An option that no command has is a dataset's: of which one?
    option = str(getattr(error, "option_name", None) or "")
    strange = option.startswith("--") and not getattr(error, "possibilities", True)
    if not missing and not strange:
        return None
    names = sorted(known)
    hint = f"name a dataset: {', '.join(names)}" if names else "name a dataset"
    return UsageError("missing argument 'NAME': which dataset?", hint=hint, known=names)


def describe_refusal(error: TyperException) -> str:
    """Return what an argument was refused for; without a word of the library that validates."""
    message = error.format_message().strip().rstrip(".")
    if getattr(error, "option_name", None) and getattr(error, "possibilities", None):
        message = str(error.message)  # the hint names the nearest one
    cause = error.__cause__
    if cause is None or type(cause).__name__ != "ValidationError":
        return message
    from pydantic import ValidationError

    from hueset.declaration.fault_words import describe_expected

    if not isinstance(cause, ValidationError):
        return message
    fault = cause.errors()[0]
    said = describe_expected(fault)
    given = fault["input"]
    # What stood on the command line is text; a number out of its range is shown as one.
    shown = str(given) if fault["type"] in RANGE_FAULTS else repr(given)
    found = "" if shown in said else f", found {shown}"
    return message.replace(str(error.message).rstrip("."), said + found)
