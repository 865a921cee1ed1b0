"""How the command line speaks: results to stdout, progress and errors to stderr, exit codes."""

from __future__ import annotations

import functools
import json
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec

import typer

from hueset.errors import HuesetError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.console import Console

P = ParamSpec("P")

INTERRUPTED = 130
INTERNAL = 4


def told(command: Callable[P, int | None]) -> Callable[P, None]:
    """Turn the errors of a command into `error[E_CODE]: …`, a hint and an exit code.

    With `json=True` among the command's arguments the error is the one JSON document on stdout.
    """

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        as_json, debug = bool(kwargs.get("as_json")), bool(kwargs.get("debug"))
        try:
            code = command(*args, **kwargs) or 0
        except HuesetError as error:
            if debug:
                traceback.print_exc()
            _say_error(error.code, error.message, error.hint, as_json=as_json)
            code = error.exit_code
        except KeyboardInterrupt:
            hint = "finished units are kept: the same command goes on from there"
            _say_error("E_INTERRUPTED", "stopped; the store is as it was", hint, as_json=as_json)
            code = INTERRUPTED
        except (typer.Exit, BrokenPipeError):
            raise
        except Exception as error:
            if debug:
                traceback.print_exc()
            message = f"{type(error).__name__}: {error}"
            hint = "this is a defect of Hueset; run again with --debug and report what it prints"
            _say_error("E_INTERNAL", message, hint, as_json=as_json)
            code = INTERNAL
        raise typer.Exit(code)

    return run


def print_json(document: Mapping[str, Any]) -> None:
    """Print exactly one strict JSON document to stdout."""
    sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def out() -> Console:
    """Return the console for results."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def err() -> Console:
    """Return the console for progress and remarks."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def stop(code: int) -> NoReturn:
    """End the command with an exit code."""
    raise typer.Exit(code)


def _say_error(code: str, message: str, hint: str | None, *, as_json: bool) -> None:
    if as_json:
        print_json({"error": {"code": code, "message": message, "hint": hint}})
    colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    red, dim, end = ("\x1b[1;31m", "\x1b[2m", "\x1b[0m") if colour else ("", "", "")
    sys.stderr.write(f"{red}error[{code}]{end}: {message}\n")
    if hint:
        sys.stderr.write(f"{dim}hint{end}: {hint}\n")
