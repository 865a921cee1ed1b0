"""The vocabulary between a report and the dataset it is of: what a section gets, what it gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hueset.tables.sql import scanning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb
    from markupsafe import Markup

    from hueset.store.store import StoredVersion


@dataclass(frozen=True)
class Section:
    """One part of the page.

    Attributes
    ----------
    name
        Its anchor, unique in the page: `[a-z-]+`.
    title
        Its heading, which also stands in the navigation.
    lead
        One sentence below the heading.
    body
        The content, already escaped: made from templates or with `Markup(…).format(…)`.
    style, script
        CSS and JavaScript of its own. A script runs after the page is there, as an IIFE.
    last
        Whether it stands below the coverage rather than above it.
    data
        What the script reads, as JSON values: it stands in an element `#data-<name>`.
    """

    name: str
    title: str
    lead: str
    body: Markup
    style: str = ""
    script: str = ""
    last: bool = False
    data: Any = None


@dataclass(frozen=True)
class Material:
    """What a dataset's own sections may read.

    Attributes
    ----------
    version
        The version the page is of.
    facts
        The declared tables of facts by file name, already parsed.
    connection
        DuckDB with a view `<dataset>.<table>` for every table of the version.
    """

    version: StoredVersion
    facts: Mapping[str, Any]
    connection: duckdb.DuckDBPyConnection = field(repr=False)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Return the rows of a statement, each as a dictionary.

        Raises
        ------
        StoreError
            A file of the version cannot be read to its end.
        """
        with scanning(f"{self.version.dataset} {self.version.name}"):
            cursor = self.connection.execute(sql, list(values))
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
