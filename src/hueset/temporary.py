"""Files that appear whole: written beside their place under a name nobody can guess, then renamed.

`tempfile` would make them for their owner alone; a page or a table is for whoever may read the
folder, so they are made as any other file, by the umask, and only if nothing has the name.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def path_beside(path: Path) -> Path:
    """Return a hidden path in the same folder that nobody can guess; nothing is made there."""
    return path.with_name(f".{path.name}-{secrets.token_hex(8)}")


@contextmanager
def replace_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file that takes the place of `path` when it was written to its end.

    Whatever breaks on the way, `path` is as it was and nothing is left beside it.
    """
    fresh = path_beside(path)
    with fresh.open("xb") as stream:
        try:
            yield stream
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
    try:
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
