"""Files that a command writes where a person may have written: none of theirs is ever lost.

A file that is there already is replaced only if it is known to be what a command of ours wrote and
nobody changed since. How that is known depends on the kind of file: a page carries a seal, a task
file without an answer holds nothing of anybody's. All else is refused before a byte is written, and
whoever means it says `--force`.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from hueset.errors import OutputExistsError
from hueset.files.atomic import write_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_SEAL = re.compile(rb"\n<!-- hueset:sha256:([0-9a-f]{64}) -->\n\Z")


def write_outputs(
    contents: Mapping[Path, bytes],
    *,
    is_ours: Callable[[Path, bytes], bool] = lambda path, content: False,
    force: bool = False,
    forceable: bool = True,
) -> None:
    """Write files, each by one rename; all of them or, where one would lose something, none.

    Parameters
    ----------
    contents
        What is to stand in each file. The folders must be there.
    is_ours
        Whether the content of a file that is there is ours, unchanged.
    force
        Replace whatever is there.
    forceable
        Whether the command has the option `--force`, to be named in the hint.

    Raises
    ------
    OutputExistsError
        A file is there that someone else wrote, or changed.
    OSError
        A file cannot be written.
    """
    if not force:
        for path, content in contents.items():
            check_output(path, content, is_ours=is_ours, forceable=forceable)
    for path, content in contents.items():
        write_file(path, content)


def check_output(
    path: Path,
    content: bytes | None = None,
    *,
    is_ours: Callable[[Path, bytes], bool] = lambda path, content: False,
    forceable: bool = True,
) -> None:
    """Refuse a path where something is that must not be lost.

    Parameters
    ----------
    path
        Where something is to be written.
    content
        What is to be written, where that is known: the same again loses nothing.
    is_ours, forceable
        As in `write_outputs`.

    Raises
    ------
    OutputExistsError
        It must not be replaced.
    """
    if path.is_file():
        there = path.read_bytes()
        if there == content or is_ours(path, there):
            return
    elif not path.exists() and not path.is_symlink():
        return
    message = f"{path} is there, and is not as this command wrote it: it is left as it is"
    hint = "name another place with the option that named this one"
    hint += ", move it away, or say --force to replace it" if forceable else ", or move it away"
    raise OutputExistsError(message, hint=hint, value=str(path))


def seal_page(page: bytes) -> bytes:
    """Return an HTML page with a comment at its end that tells whether it was changed since."""
    return page + b"\n<!-- hueset:sha256:" + hashlib.sha256(page).hexdigest().encode() + b" -->\n"


def is_sealed(path: Path, content: bytes) -> bool:
    """Whether a page is one of ours, and nobody changed it."""
    found = _SEAL.search(content)
    if found is None:
        return False
    return hashlib.sha256(content[: found.start()]).hexdigest().encode() == found[1]
