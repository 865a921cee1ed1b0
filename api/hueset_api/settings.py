"""What the service is told at its start: the store, who may read, where a proxy shows it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hueset.declaration.project import find_project
from hueset.errors import DeclarationError, UsageError
from hueset.store.place import store_of_environment
from hueset_api.addresses import read_root_path
from hueset_api.hosts import read_allowed

if TYPE_CHECKING:
    from hueset.declaration.project import Project


TOKEN_VARIABLE = "HUESET_TOKEN"  # noqa: S105 - a name, no token
_TOKEN = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class ServiceSettings:
    """How the service runs.

    Attributes
    ----------
    store_root
        The store it serves; it is only read.
    project
        The declarations, for pins, homepages and datasets not built yet; None where there is none.
    token
        Who reads must send it; None lets everybody read.
    recheck_s
        Files are hashed again after so many seconds.
    query_s
        A query of the parquet is interrupted after so many seconds.
    access_log
        Whether every request writes one JSON line to stderr.
    cache_bytes
        How much memory finished answers may take.
    hosts
        Names it answers to besides `localhost` and addresses; `*` for every name.
    root_path
        The path below which a proxy shows it.
    sending_bytes
        How many bytes of large answers may wait for their readers.
    """

    store_root: Path
    project: Project | None = None
    token: str | None = None
    recheck_s: float = 3600.0
    query_s: float = 30.0
    access_log: bool = True
    cache_bytes: int = 64_000_000
    hosts: tuple[str, ...] = ()
    root_path: str = ""
    sending_bytes: int = 256_000_000

    @classmethod
    def from_env(cls) -> ServiceSettings:
        """Read `HUESET_STORE`, `HUESET_TOKEN`, `HUESET_RECHECK_S` and their like.

        The others are `HUESET_ACCESS_LOG`, `HUESET_ALLOW_HOST` (names with commas between) and
        `HUESET_ROOT_PATH`.

        Raises
        ------
        DeclarationError
            A number cannot be read.
        UsageError
            The token or the store is empty, or a name or path is none.
        """
        recheck = os.environ.get("HUESET_RECHECK_S", "3600")
        try:
            recheck_s = float(recheck)
        except ValueError as error:
            message = f"HUESET_RECHECK_S is {recheck!r}, expected a number of seconds"
            raise DeclarationError(message, value=recheck) from error
        names = os.environ.get("HUESET_ALLOW_HOST", "")
        return cls(
            store_root=store_of_environment() or Path("artifacts").resolve(),
            project=project_here(),
            token=token_of_environment(),
            recheck_s=recheck_s,
            access_log=os.environ.get("HUESET_ACCESS_LOG", "1") != "0",
            hosts=read_allowed(names.split(",") if names else ()),
            root_path=read_root_path(os.environ.get("HUESET_ROOT_PATH", "")),
        )


def token_of_environment() -> str | None:
    """Return `HUESET_TOKEN`; None where it is not set.

    Raises
    ------
    UsageError
        It is set and empty, or cannot be sent: nobody may take that for a service without a token.
    """
    text = os.environ.get(TOKEN_VARIABLE)
    return None if text is None else read_token(text, TOKEN_VARIABLE)


def read_token(text: str, place: str) -> str:
    """Return a token that a client can send in a header.

    Raises
    ------
    UsageError
        It is empty, or holds what no header carries.
    """
    if not text.strip():
        message = f"{place} is empty; is a variable unset?"
        hint = f"give a token, or leave {place} away to let everybody read"
        raise UsageError(message, hint=hint, value=text)
    if not _TOKEN.fullmatch(text):
        message = f"{place} holds characters that no client can send in a header"
        raise UsageError(message, hint="use printable ASCII without spaces")
    return text


def project_here() -> Project | None:
    """Return the project around the working folder; None where there is none."""
    try:
        return find_project()
    except DeclarationError:
        return None
