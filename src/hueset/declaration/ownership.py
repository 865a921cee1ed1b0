"""Whose a project is: one that is met on the way up is used only if it is one's own.

A catalog in a folder above may have been put there by somebody else, and its builders are code.
The rule is that of git for a repository it comes across (`safe.directory` in git-config(1)), and
one more: what everybody may write is nobody's own.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from hueset.errors import ForeignProjectError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def require_own(root: Path, paths: Iterable[Path]) -> None:
    """Refuse a project of which something belongs to somebody else, or is open to everybody.

    Parameters
    ----------
    root
        The project's folder, which the error names.
    paths
        What has to be one's own; what is not there is passed over.

    Raises
    ------
    ForeignProjectError
        One of them is not; the message says whose it is.
    """
    if not hasattr(os, "geteuid"):  # a system without owners by number
        return
    for path in paths:
        reason = reason_to_refuse(path)
        if reason is not None:
            message = f"the project {root} was found on the way up, and {path} {reason}"
            hint = (
                f"its builders would run with your rights. If you trust it, name it: "
                f"--project {root} or HUESET_PROJECT={root}"
            )
            raise ForeignProjectError(message, hint=hint, value=str(root))


def reason_to_refuse(path: Path) -> str | None:
    """Say why a file or folder is not one's own; None if it is, or is not there.

    A link is looked at together with what it leads to.
    """
    own = _own_uids()
    try:
        states = [path.lstat(), path.stat()]
    except FileNotFoundError:
        return None
    for state in states:
        if state.st_uid not in own:
            return f"belongs to {_name(state.st_uid)}, not to {_name(os.geteuid())}"
        if not stat.S_ISLNK(state.st_mode) and state.st_mode & stat.S_IWOTH:
            return "may be written by everybody"
    return None


def _own_uids() -> frozenset[int]:
    """Return whose files are one's own: behind `sudo` those of the person who called it, too."""
    own, caller = os.geteuid(), os.environ.get("SUDO_UID", "")
    if own == 0 and caller.isascii() and caller.isdigit():
        return frozenset({own, int(caller)})
    return frozenset({own})


def _name(uid: int) -> str:
    import pwd

    try:
        return f"{pwd.getpwuid(uid).pw_name} (uid {uid})"
    except KeyError:
        return f"uid {uid}"
