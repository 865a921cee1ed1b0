"""The builder that a declaration names: imported, and named with file and line for what it raises.

A builder is somebody else's code. Whatever goes wrong in it is told as its fault, never as a
defect of the engine.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hueset.builder import Unit
from hueset.builder.input_errors import fault_of_input, forget_read
from hueset.declaration.builder_package import explain_missing
from hueset.errors import UNWRITABLE, BuildError, HuesetError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

    from hueset.builder import Inputs
    from hueset.builder.broken_tables import ReadInput


def load_builder(module: str) -> ModuleType:
    """Import a builder by the name its declaration gives.

    Raises
    ------
    BuildError
        It cannot be imported, or lacks a function that every builder has.
    """
    with builder_code(module, "to be imported"):
        made = importlib.import_module(module)
    for name in ("plan_units", "build_unit"):
        if not callable(getattr(made, name, None)):
            message = f"{module} has no function {name}"
            raise BuildError(message, hint="every builder has plan_units and build_unit")
    return made


def planned_units(module: str, inputs: Inputs) -> list[Unit]:
    """Return the units of work that a builder plans.

    Raises
    ------
    BuildError
        It plans none, the same one twice, something else than a unit, or one that reads what is
        not there.
    """
    builder = load_builder(module)
    with builder_code(module, "to plan its units", whole_sources(inputs)):
        units = list(builder.plan_units(inputs))
    hint = "look at its plan_units and at the source"
    if not units:
        places = ", ".join(f"{name} ({source.path})" for name, source in inputs.sources.items())
        message = f"{inputs.dataset.name}: nothing to build was found in {places}"
        shown = f"`hueset sources {inputs.dataset.name}` with the same options shows what was read"
        raise BuildError(
            message,
            hint=f"is that the right place? {shown}; if it is, look at plan_units of {module}",
        )
    seen: set[str] = set()
    for unit in units:
        if not isinstance(unit, Unit):
            raise BuildError(f"{module} plans {unit!r}, which is no Unit", hint=hint)
        if unit.key in seen:
            raise BuildError(f"{module} plans the unit {unit.key!r} twice", hint=hint)
        seen.add(unit.key)
        for read in unit.inputs:
            if not isinstance(read, tuple) or len(read) != 2 or read[0] not in inputs.sources:
                message = f"{module}: the unit {unit.key!r} reads {read!r}, which is not there"
                known = ", ".join(inputs.sources)
                raise BuildError(message, hint=f"(source, member or None); there are: {known}")
    return units


@contextmanager
def builder_code(module: str, doing: str, inputs: Sequence[ReadInput] = ()) -> Iterator[None]:
    """Turn whatever a builder's own code raises into an error that names it.

    An error of the engine's vocabulary, and a fault of the disk, pass as they are. What fails
    while the builder parses what it read is a fault of the source, see
    `hueset.builder.input_errors`; `inputs` is what it may read.
    """
    forget_read()
    try:
        yield
    except HuesetError:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, OSError) and error.errno in UNWRITABLE:
            raise
        place = _place(module, error)
        fault = (
            fault_of_input(error, _homes(module), inputs) if isinstance(error, Exception) else None
        )
        if fault is not None:
            fault.message += f"; {module} read it{place}"
            raise fault from error
        said = error.msg if isinstance(error, SyntaxError) else repr(error)
        message = f"{module} failed {doing}: {said}{place}"
        hint = "--debug shows where"
        if not doing.startswith("to "):  # then units are being made, or are made
            hint += "; units that finished are kept, the next build resumes there"
        if isinstance(error, ModuleNotFoundError):
            hint = explain_missing(error.name) or f"is {error.name} installed here? {hint}"
        raise BuildError(message, hint=hint) from error


def whole_sources(inputs: Inputs) -> list[ReadInput]:
    """Return all that a step over the whole corpus may read."""
    return [(source, None) for source in inputs.sources.values()]


def _homes(module: str) -> list[Path]:
    """Return the folders of the builder's own package."""
    top = sys.modules.get(module.partition(".")[0])
    return [Path(home) for home in getattr(top, "__path__", ())] if top else []


def _place(module: str, error: BaseException) -> str:
    """Return the innermost line of the builder's own package, as ` (file:line)`."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({error.filename}:{error.lineno})"
    homes = _homes(module)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if any(Path(frame.filename).is_relative_to(home) for home in homes):
            return f" ({frame.filename}:{frame.lineno})"
    return ""
