"""Options that have a new name: the former one is still understood, stands in no help, is noted."""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from hueset.former_names import FormerNameWarning, warn_former_name
from hueset.redaction import redact_text
from hueset.render.terminal.printable import escape_control

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

FORMER_OPTIONS = {
    "--needs-probe": "--require-probe",
    "--dims": "--dimensions",
    "--batch": "--batch-size",
    "--rate": "--learning-rate",
    "--card": "--card-only",
    "--longest": "--max-characters",
}
"""Former option → what it is called now."""


def rename_options(arguments: Sequence[str], known: Collection[str]) -> list[str]:
    """Return the arguments of a command with every former option under its present name.

    Parameters
    ----------
    arguments
        What was given after the command's name; what follows `--` are no options.
    known
        The options of the command: one that it has under the former name is left alone.
    """
    renamed: list[str] = []
    for at, argument in enumerate(arguments):
        if argument == "--":
            return [*renamed, *arguments[at:]]
        option, equals, value = argument.partition("=")
        present = FORMER_OPTIONS.get(option)
        if present in known and option not in known:
            warn_former_name(f"`{option}` is now `{present}`")
            renamed.append(f"{present}{equals}{value}")
        else:
            renamed.append(argument)
    return renamed


@contextmanager
def notes_of_former_names() -> Iterator[None]:
    """Print warnings of former names as notes on stderr, each once, while a command runs."""
    noted: set[str] = set()
    with warnings.catch_warnings():
        warnings.simplefilter("always", FormerNameWarning)
        show = warnings.showwarning

        def note(
            message: Warning | str, category: type[Warning], *place: object, **more: object
        ) -> None:
            text = str(message)
            if not issubclass(category, FormerNameWarning):
                show(message, category, *place, **more)  # type: ignore[arg-type]
            elif text not in noted:
                noted.add(text)
                with suppress(OSError):
                    sys.stderr.write(f"note: {escape_control(redact_text(text))}\n")

        warnings.showwarning = note
        yield
