"""The rows of a statement, in the form of whatever library one works with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hueset.python_api.reprs import cut, html_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    import polars as pl
    import pyarrow as pa

SHOWN_ROWS = 10


class QueryResult:
    """What a SELECT gave, in memory.

    Attributes
    ----------
    more
        Whether there are more rows than were asked for by `rows`.
    """

    def __init__(self, rows: pa.Table, *, more: bool) -> None:
        self._rows = rows
        self.more = more

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(self._rows.column_names)

    def arrow(self) -> pa.Table:
        """Return the rows as a pyarrow Table."""
        return self._rows

    def polars(self) -> pl.DataFrame:
        """Return the rows as a polars DataFrame."""
        import polars as pl

        return pl.DataFrame(self._rows)

    def pandas(self) -> pd.DataFrame:
        """Return the rows as a pandas DataFrame with Arrow types, in which nulls stay nulls."""
        import pandas as pd

        made: pd.DataFrame = self._rows.to_pandas(types_mapper=pd.ArrowDtype)
        return made

    def rows(self) -> list[tuple[Any, ...]]:
        """Return the rows as tuples of Python values; null is None."""
        columns = [column.to_pylist() for column in self._rows.columns]
        return list(zip(*columns, strict=True))

    def __len__(self) -> int:
        """Return how many rows there are."""
        return int(self._rows.num_rows)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Iterate over the rows as tuples."""
        return iter(self.rows())

    def __repr__(self) -> str:
        shown = QueryResult(self._rows.slice(0, SHOWN_ROWS), more=False).rows()
        cells = [
            self.columns,
            *[tuple("" if v is None else cut(str(v), 40) for v in row) for row in shown],
        ]
        wide = [max(len(row[at]) for row in cells) for at in range(len(self.columns))]
        lines = [
            "  ".join(v.ljust(w) for v, w in zip(row, wide, strict=True)).rstrip() for row in cells
        ]
        return "\n".join([*lines, *self._notes()])

    def _repr_html_(self) -> str:
        shown = QueryResult(self._rows.slice(0, SHOWN_ROWS), more=False).rows()
        count = f"{len(self):,} row{'s' if len(self) != 1 else ''}"
        return html_table(count, self.columns, shown, " · ".join(self._notes()), exact=True)

    def _notes(self) -> list[str]:
        notes = [f"… {len(self) - SHOWN_ROWS:,} more rows"] if len(self) > SHOWN_ROWS else []
        return notes + (["… cut by rows="] if self.more else [])
