"""How a run of the command line ends: one exit code, one document, no traceback of the shell's."""

from __future__ import annotations

import difflib
import os
import sys
from typing import TYPE_CHECKING

from typer.exceptions import Abort, TyperException

from hueset.cli.former_options import notes_of_former_names
from hueset.cli.value_refusals import describe_refusal
from hueset.render.terminal.output import BROKEN_PIPE, INTERRUPTED, say_error, unwritable_stdout

if TYPE_CHECKING:
    from typer import Typer


def run_application(application: Typer) -> int:
    """Run an application, and return its exit code.

    What Typer itself refuses (an unknown option, a missing argument) is told like every other
    error: with `--json` as the one JSON document on stdout.
    """
    as_json = "--json" in sys.argv[1:]
    _open_streams()
    try:
        with notes_of_former_names():
            code = int(application(standalone_mode=False) or 0)
    except TyperException as error:
        code = _report_refusal(error, as_json=as_json)
    except Abort:
        say_error("E_INTERRUPTED", "stopped before anything was done", None, as_json=as_json)
        code = INTERRUPTED
    return _flush_streams(code)


def _report_refusal(error: TyperException, *, as_json: bool) -> int:
    context = getattr(error, "ctx", None)
    if len(sys.argv) == 1 and not hasattr(error, "param"):
        # Nothing was asked for: the message is the help itself.
        sys.stderr.write(f"{error.format_message()}\n")
        return error.exit_code
    said = describe_refusal(error)
    hint = None
    if context:
        usage = _begun_small(context.get_usage())
        hint = f"{_suggestion(error)}{usage}; see `{context.command_path} --help`"
    say_error("E_USAGE", _begun_small(said), hint, as_json=as_json)
    return error.exit_code


def _suggestion(error: TyperException) -> str:
    """Return the option that was most likely meant, where an unknown one was given."""
    given, known = getattr(error, "option_name", None), getattr(error, "possibilities", None)
    near = difflib.get_close_matches(given, known, n=1, cutoff=0.75) if given and known else []
    return f"did you mean {near[0]}? " if near else ""


def _begun_small(text: str) -> str:
    return text[:1].lower() + text[1:]


def _open_streams() -> None:
    """Make the streams ready for any text: a closed one is nowhere, a narrow one replaces."""
    for name, mode in (("stdin", os.O_RDONLY), ("stdout", os.O_WRONLY), ("stderr", os.O_WRONLY)):
        stream = getattr(sys, name)
        if stream is None:
            opened = os.open(os.devnull, mode)
            setattr(sys, name, os.fdopen(opened, "r" if name == "stdin" else "w"))
        elif name != "stdin":
            stream.reconfigure(errors="replace")


def _flush_streams(code: int) -> int:
    """Write what is left, while an error can still be told."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Someone piped the output into `head`; what they wanted they have.
        _give_up(1)
        return BROKEN_PIPE
    except OSError as error:
        _give_up(1)
        told = unwritable_stdout(error)
        if code != told.exit_code:  # else it was said when it was met
            say_error(told.code, told.message, told.hint, as_json=False)
        code = code or told.exit_code
    try:
        sys.stderr.flush()
    except OSError:
        _give_up(2)  # nobody can be told; the exit code still says it
    return code


def _give_up(descriptor: int) -> None:
    """Let what is still buffered go nowhere, so that Python does not complain at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
