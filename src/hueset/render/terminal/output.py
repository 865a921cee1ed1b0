"""How the command line speaks: results to stdout, progress and errors to stderr, exit codes."""

from __future__ import annotations

import functools
import json
import os
import re
import shlex
import sys
import traceback
from contextlib import contextmanager, redirect_stdout, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ParamSpec

import typer

from hueset.errors import (
    FORMER_CODES,
    INTERNAL_CODE,
    INTERNAL_EXIT,
    HuesetError,
    SystemRefusedError,
    sentence_of,
)
from hueset.redaction import redact_text
from hueset.render.terminal.printable import escape_control, plain_signs, printable_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rich.console import Console
    from rich.text import Text

P = ParamSpec("P")

INTERRUPTED = 130
BROKEN_PIPE = 141
"""What a shell reports of any command whose reader went away: 128 + SIGPIPE."""

COMMAND = re.compile(r"`((?:hueset (?!init)|build-dataset )[^`]+)`")
"""A command in a hint."""

COLOURS = ("\x1b[1;31m", "\x1b[2m", "\x1b[0m")

WIDE = 1000
"""Columns of a table that nobody looks at: a pipe gets whole lines."""


_PLACES: ContextVar[str] = ContextVar("places", default="")
"""Where the running command was told to look, as the options that say so to the next one."""

PLACES = {"store": "--out", "project": "--project"}


GOES_ON = (
    "what was finished is kept: running the same command again resumes from there, or starts over"
)
"""After Ctrl-C, of a command that finds its finished parts again."""

BEGINS_ANEW = "running the same command again starts over"
"""After Ctrl-C, of every other command."""


def handle_errors(command: Callable[P, int | None]) -> Callable[P, None]:
    """Turn the errors of a command into `error[E_CODE]: …`, a hint and an exit code.

    With `json=True` among the command's arguments the error is the one JSON document on stdout.
    """
    return _wrap_command(command, BEGINS_ANEW)


def handle_errors_and_go_on(command: Callable[P, int | None]) -> Callable[P, None]:
    """Turn errors as `handle_errors` does, of a command that goes on where it was stopped."""
    return _wrap_command(command, GOES_ON)


def _wrap_command(command: Callable[P, int | None], after_stop: str) -> Callable[P, None]:

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        as_json, debug = bool(kwargs.get("as_json")), bool(kwargs.get("debug"))
        given = {option: kwargs.get(name) for name, option in PLACES.items()}
        _PLACES.set("".join(f" {o} {shlex.quote(str(path))}" for o, path in given.items() if path))
        try:
            code = command(*args, **kwargs) or 0
        except HuesetError as error:
            if debug:
                sys.stderr.write(redact_text(traceback.format_exc()))
            say_error(error.code, error.message, error.hint, as_json=as_json)
            code = error.exit_code
        except KeyboardInterrupt:
            say_error("E_INTERRUPTED", "stopped before it was done", after_stop, as_json=as_json)
            code = INTERRUPTED
        except (typer.Exit, typer.Abort):
            raise
        except BrokenPipeError:
            code = BROKEN_PIPE
        except Exception as error:
            if debug:
                sys.stderr.write(redact_text(traceback.format_exc()))
            told_as = _foreseen(error)
            if told_as is None:
                message = f"{type(error).__name__}: {error}"
                hint = (
                    "this is a defect of Hueset; run again with --debug and report what it prints"
                )
                say_error(INTERNAL_CODE, message, hint, as_json=as_json)
                code = INTERNAL_EXIT
            else:
                say_error(told_as.code, told_as.message, told_as.hint, as_json=as_json)
                code = told_as.exit_code
        raise typer.Exit(code)

    return run


def _foreseen(error: Exception) -> HuesetError | None:
    """Return what an error that Hueset did not raise comes from; None where that is Hueset."""
    if isinstance(error, OSError) and error.errno is not None:
        return SystemRefusedError.of(error)
    if "hueset.store.version" in sys.modules:  # else no version was opened
        from hueset.store.verify import damage_behind_a_failure

        return damage_behind_a_failure()
    return None


def with_place_options(command: str) -> str:
    """Return a command for the reader to run, with the store and project this one was given."""
    return command + _PLACES.get()


def next_step(console: Console, *commands: str, first: str = "", then: str = "") -> None:
    """Print the commands to go on with."""
    said = " · ".join(map(with_place_options, commands))
    console.print(f"next: {first}{said}{then}", style="dim", markup=False)


def version_option(document: Mapping[str, Any]) -> str:
    """Return the option that names a document's version, unless it is opened without one too."""
    return "" if document["opened"] else f" --version {document['version']}"


def print_json(document: Mapping[str, Any]) -> None:
    """Print exactly one strict JSON document to stdout."""
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        # A terminal that is not UTF-8, or a file name that is not: escapes say the same.
        text = json.dumps(document, indent=1, allow_nan=False)
    try:
        sys.stdout.write(printable_json(text) + "\n")
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritable_stdout(error) from error


def unwritable_stdout(error: OSError) -> SystemRefusedError:
    """Return the error for a stdout that takes nothing: by then the command has done its work."""
    message = f"stdout cannot be written: {sentence_of(error)}"
    hint = "the command did its work; only its output is lost, in part or entirely"
    return SystemRefusedError(message, hint=hint, value=error.errno)


@contextmanager
def results_apart() -> Iterator[None]:
    """Send to stderr whatever a builder, or a program it starts, prints; stdout is for results."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def output_console() -> Console:
    """Return the console for results."""
    seen = sys.stdout.isatty() or "COLUMNS" in os.environ
    return _console(soft_wrap=not sys.stdout.isatty(), width=None if seen else WIDE)


def error_console() -> Console:
    """Return the console for progress and remarks."""
    return _console(stderr=True)


def _console(**options: Any) -> Console:
    from rich.console import Console

    class Told(Console):
        """A console that shows data as text, and leaves a broken pipe to `told`."""

        def render_str(self, text: str, **options: Any) -> Text:
            shown = escape_control(text)
            return super().render_str(
                plain_signs(shown) if self.options.ascii_only else shown, **options
            )

        def on_broken_pipe(self) -> None:
            # Rich would exit with 1.
            raise BrokenPipeError

    return Told(highlight=False, emoji=False, **options)


def say_error(code: str, message: str, hint: str | None, *, as_json: bool) -> None:
    """Say what went wrong and what to do: on stderr, and as the one JSON document if asked.

    A stream that takes nothing (its disk is full, its reader is gone) hinders neither the other
    one nor the exit code, which is then all that is told.
    """
    message, hint = redact_text(message), redact_text(hint) if hint else hint
    if hint:
        hint = COMMAND.sub(lambda found: f"`{with_place_options(found[1])}`", hint)
    if as_json:
        with suppress(OSError):
            former = {"former_code": FORMER_CODES[code]} if code in FORMER_CODES else {}
            print_json({"error": {"code": code, **former, "message": message, "hint": hint}})
    message, hint = escape_control(message), escape_control(hint) if hint else None
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    red, dim, end = ("", "", "") if plain or not sys.stderr.isatty() else COLOURS
    with suppress(OSError):
        sys.stderr.write(f"{red}error[{code}]{end}: {message}\n")
        if hint:
            sys.stderr.write(f"{dim}hint{end}: {hint}\n")
