"""What the service is told at its start: the store, who may read, how often files are hashed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hueset.errors import DeclarationError
from hueset.project import find_project

if TYPE_CHECKING:
    from hueset.project import Project


@dataclass(frozen=True)
class Settings:
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
    column_bytes
        How much memory the columns that were counted may take.
    """

    store_root: Path
    project: Project | None = None
    token: str | None = None
    recheck_s: float = 3600.0
    query_s: float = 30.0
    access_log: bool = True
    cache_bytes: int = 64_000_000
    column_bytes: int = 64_000_000

    @classmethod
    def from_env(cls) -> Settings:
        """Read `HUESET_STORE`, `HUESET_TOKEN`, `HUESET_RECHECK_S` and `HUESET_ACCESS_LOG`.

        Raises
        ------
        DeclarationError
            A value cannot be read.
        """
        recheck = os.environ.get("HUESET_RECHECK_S", "3600")
        try:
            recheck_s = float(recheck)
        except ValueError as error:
            message = f"HUESET_RECHECK_S is {recheck!r}, expected a number of seconds"
            raise DeclarationError(message, value=recheck) from error
        return cls(
            store_root=Path(os.environ.get("HUESET_STORE", "artifacts")).resolve(),
            project=project_here(),
            token=os.environ.get("HUESET_TOKEN") or None,
            recheck_s=recheck_s,
            access_log=os.environ.get("HUESET_ACCESS_LOG", "1") != "0",
        )


def project_here() -> Project | None:
    """Return the project around the working folder; None where there is none."""
    try:
        return find_project()
    except DeclarationError:
        return None
