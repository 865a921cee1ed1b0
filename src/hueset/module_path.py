"""Where Python looks for modules: never in the working folder, which may hold anything.

`python -m` puts the working folder first on the module path, and so does every worker process that
Python starts until it is told its parent's path. A `pickle.py` that lies there would run.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
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
    """Let Python processes that start meanwhile run nothing of this one's surroundings.

    They do not look into the working folder, and a worker does not run the main script again, as
    it would by itself: what a script does on its first level (a build, say) is done once.
    """
    before, main = os.environ.get(SAFE_PATH), sys.modules["__main__"]
    os.environ[SAFE_PATH] = "1"
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        if before is None:
            del os.environ[SAFE_PATH]
        else:
            os.environ[SAFE_PATH] = before
