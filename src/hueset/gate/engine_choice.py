"""Which engine answers the expectations of a version.

Hueset answers every type itself, over the declared types (`typed`). From a thousand rows on, what
compares values as pandas does is asked of Great Expectations: through `fast`, an engine for pandas
that is used only with the versions of the library that it was tested with, and with any other
through `stock`, the library as it comes. Tests hold all three to the same results, whatever is
asked of whatever column; so the choice is one of time: to load the library takes longer than to
build a small version.
"""

from __future__ import annotations

import functools
import os
import sys
from dataclasses import dataclass
from importlib import metadata

from hueset.documents.gate_report import GateEngine
from hueset.errors import UnknownNameError, UsageError

FAST_VERSIONS = ("1.24",)
"""The minor versions of Great Expectations that `hueset.gate.frame_engine` was tested with."""

SMALL_ROWS = 1_000
"""Versions of fewer rows in all are answered without the library."""

SETTING = "HUESET_GATE_ENGINE"
"""The environment variable that names an engine for versions of any size."""

_PACKAGE = "great-expectations"


@dataclass(frozen=True)
class EngineChoice:
    """An engine, and the version of Great Expectations behind it.

    Attributes
    ----------
    name
        Which one.
    great_expectations
        The version that is installed; None where the library is not asked.
    """

    name: GateEngine
    great_expectations: str | None = None


def choose_engine(rows: int) -> EngineChoice:
    """Return the engine for a version.

    Parameters
    ----------
    rows
        How many rows its tables have in all.

    Returns
    -------
    EngineChoice
        What `HUESET_GATE_ENGINE` names, else by the rows and by the installed library. That the
        library is of a version for which there is no fast engine is said once, on stderr.

    Raises
    ------
    UnknownNameError
        The setting names no engine.
    UsageError
        The setting names the fast engine, which was not tested with the installed version.
    """
    setting = os.environ.get(SETTING)
    known = [one.value for one in GateEngine]
    if setting and setting not in known:
        raise UnknownNameError.unknown("gate engine", setting, known, where=SETTING)
    if setting == GateEngine.TYPED or (not setting and rows < SMALL_ROWS):
        return EngineChoice(GateEngine.TYPED)
    version = library_version()
    tested = version.rpartition(".")[0] in FAST_VERSIONS
    if setting == GateEngine.FAST and not tested:
        message = f"{SETTING} is fast, but {_PACKAGE} {version} is none of {_tested()}"
        raise UsageError(message, hint=f"set {SETTING}=stock, or leave it away", value=version)
    if setting:
        return EngineChoice(GateEngine(setting), version)
    if not tested:
        _say_once(version)
    return EngineChoice(GateEngine.FAST if tested else GateEngine.STOCK, version)


@functools.cache
def library_version() -> str:
    """Return the version of Great Expectations, without importing it."""
    return metadata.version(_PACKAGE)


@functools.cache
def _say_once(version: str) -> None:
    sys.stderr.write(
        f"note: {_PACKAGE} {version} is none of {_tested()}, for which the gate has a fast engine; "
        "the library's own engine judges the same suites, more slowly\n"
    )


def _tested() -> str:
    return ", ".join(f"{minor}.x" for minor in FAST_VERSIONS)
