"""Where Python looks for modules: never in the working folder, which may hold anything.

`python -m` puts the working folder first on the module path, and so does every worker process that
Python starts until it is told its parent's path. A `pickle.py` that lies there would run.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SAFE_PATH = "PYTHONSAFEPATH"
"""What Python reads at its start (https://docs.python.org/3/using/cmdline.html, `-P`)."""


def leave_working_folder() -> None:
    """Take the working folder off the module path, if `python -m` put it there.

    It stays where Hueset itself lies in it, and where `PYTHONPATH` names it too.
    """
    first, home = Path(sys.path[0]).resolve(), Path(__file__).resolve().parents[2]
    if not sys.flags.safe_path and first == Path.cwd() and first != home:
        del sys.path[0]


@contextmanager
def safe_children() -> Iterator[None]:
    """Let Python processes that start meanwhile not look into the working folder."""
    before = os.environ.get(SAFE_PATH)
    os.environ[SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[SAFE_PATH]
        else:
            os.environ[SAFE_PATH] = before
