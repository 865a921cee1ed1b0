"""One row's audio, MIDI or other bytes of a version by its key.

with open_media(store.version("album"), "media", "audio") as clips:
flac = clips["01_01_g0003_t02"]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.errors import UnknownNameError
from hueset.tables.media_reader import MediaReader

if TYPE_CHECKING:
    from hueset.store.version import StoredVersion


def open_media(version: StoredVersion, table: str, column: str) -> MediaReader:
    """Return the bytes of one column of a version by the table's key (see `MediaReader`).

    Parameters
    ----------
    version
        The version to read.
    table
        One of its tables.
    column
        A column of type `binary` or `audio`.

    Raises
    ------
    UnknownNameError
        There is no such table or column.
    UsageError
        The column holds no bytes.
    """
    files, declared = version.files(table), version.manifest.tables[table]
    if column not in declared.columns:
        raise UnknownNameError.unknown(f"column of {table}", column, declared.columns)
    return MediaReader(
        files,
        declared.key,
        column,
        where=f"{version.dataset} {version.name}, {table}",
        hint=f"look with `hueset verify {version.dataset}`",
    )
