"""Names that were called otherwise once: what still reads them says so, for one minor version."""

from __future__ import annotations

import warnings

FORMER_NAMES_END = "0.3"
"""The first release that no longer reads them."""


class FormerNameWarning(FutureWarning):
    """A former name of a key, an option or a code was used; it still works."""


def warn_former_name(sentence: str) -> None:
    """Warn that a former name was used.

    The command line prints it as a note, each sentence once; elsewhere it is a warning of Python.

    Parameters
    ----------
    sentence
        Where it stands, and what it is called now.
    """
    message = f"{sentence}; former names are read until {FORMER_NAMES_END}"
    warnings.warn(message, FormerNameWarning, stacklevel=3)
