"""Where the store is, if the environment says it."""

from __future__ import annotations

import os
from pathlib import Path

from hueset.errors import UsageError

STORE_VARIABLE = "HUESET_STORE"


def store_of_environment() -> Path | None:
    """Return the folder that `HUESET_STORE` names, `~` being home; None where it is not set.

    Raises
    ------
    UsageError
        It is set and empty: nobody may take that for a store somewhere else.
    """
    text = os.environ.get(STORE_VARIABLE)
    if text is None:
        return None
    if not text.strip():
        message = f"{STORE_VARIABLE} is empty; is a variable unset?"
        hint = f"name the store's folder, or unset {STORE_VARIABLE}"
        raise UsageError(message, hint=hint, value=text)
    return Path(text).expanduser().resolve()
