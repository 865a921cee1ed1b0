"""One version of a dataset, opened for reading."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from hueset.python_api.arguments import require_count, require_text
from hueset.python_api.coverage import Coverage
from hueset.python_api.gate import Gate
from hueset.python_api.media import Media
from hueset.python_api.named_parts import NamedParts
from hueset.python_api.reprs import html_table
from hueset.python_api.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from hueset.coverage.readiness import Readiness
    from hueset.documents.manifest import Manifest
    from hueset.documents.verdicts import Verdict
    from hueset.python_api.query_result import QueryResult
    from hueset.store.store import VersionStore as StoreFolder
    from hueset.store.verify import Verification
    from hueset.store.version import StoredVersion as VersionFolder
    from hueset.training.table_batches import TableBatches


class Card(str):
    """The card of a version: Markdown, shown as such in a notebook."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return str(self)


class Tables(NamedParts[Table]):
    """The tables of a version by name."""

    def __repr__(self) -> str:
        rows = ", ".join(f"{name} ({table.rows:,} rows)" for name, table in self.items())
        return f"<Tables of {self._where}: {rows}>"

    def _repr_html_(self) -> str:
        rows = [(name, one.rows, len(one.columns), one.description) for name, one in self.items()]
        header = ("table", "rows", "columns", "")
        return html_table(f"Tables of {self._where}", header, rows)


class Version:
    """One immutable version: its tables, and the evidence beside them.

    It is safe for threads; what it returns is for one thread unless it says otherwise.
    """

    def __init__(self, store: StoreFolder, folder: VersionFolder) -> None:
        self._store, self._folder = store, folder

    @property
    def dataset(self) -> str:
        """The dataset that it is a version of."""
        return self._folder.dataset

    @property
    def name(self) -> str:
        """`<semver>+<digest>`; a subset's and the embedded sample's say so, as `1.0.0+sample.…`."""
        return self._folder.name

    @property
    def kind(self) -> str:
        """`whole`, `subset` or `sample`."""
        return self._folder.kind

    @property
    def path(self) -> Path:
        """Its folder; nothing in it may ever be changed."""
        return self._folder.path

    @property
    def verdict(self) -> Verdict:
        """What the gate said: `pass`, `warn`, `fail` or `error`; equal to its word."""
        return self.manifest.verdict

    @cached_property
    def manifest(self) -> Manifest:
        """What it is made of, and what it holds, by its newest metadata revision.

        Raises
        ------
        StoreError
            It cannot be read, or is not what a manifest is.
        """
        return self._folder.manifest

    @cached_property
    def coverage(self) -> Coverage:
        """How many real labels each dimension has, and what they are worth.

        Raises
        ------
        StoreError
            It cannot be read, or is not what a coverage is.
        """
        return Coverage(self._folder.coverage, self._where)

    @cached_property
    def gate(self) -> Gate:
        """The verdict and every check behind it.

        Raises
        ------
        StoreError
            It cannot be read, or is not what a gate's report is.
        """
        return Gate(self._folder.gate, self._where)

    @property
    def card(self) -> Card:
        """Its card (`README.md`) by its newest metadata revision, as Markdown."""
        return Card(self._folder.read_paper("README.md").decode())

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """The tables by name."""
        entries = self.manifest.tables
        tables = {name: Table(self._folder, name, entry) for name, entry in entries.items()}
        return Tables(tables, "table", self._where)

    def table(self, name: str) -> Table:
        """Return a table.

        Raises
        ------
        UnknownNameError
            There is none of this name; the hint has the nearest.
        """
        require_text(name, "a table")
        return self.tables[name]

    def media(self, table: str, column: str) -> Media:
        """Return the bytes of a column by the table's key, each read by itself.

        Parameters
        ----------
        table, column
            A column of type `binary` or `audio`, as `media("media", "audio")`.

        Raises
        ------
        UnknownNameError
            There is no such table or column.
        UsageError
            The column holds no bytes.
        """
        require_text(column, "a column")
        entry = self.table(table).columns.get(column)
        return Media(self._folder, table, column, entry.type if entry else "")

    def torch(
        self,
        table: str,
        *,
        columns: Sequence[str] = (),
        labels: Sequence[str] = (),
        split: str | None = None,
        batch_size: int = 256,
        buffer_rows: int = 16_384,
        seed: int | None = 0,
        rank: int | None = None,
        ranks: int | None = None,
        even: bool = False,
    ) -> TableBatches:
        """Return a torch dataset of batches, each with columns, labels and masks of what is known.

        It is an `IterableDataset` of whole batches: give it to a loader as
        `DataLoader(dataset, batch_size=None)`.

        Parameters
        ----------
        table
            One of the tables.
        columns
            What is learned from.
        labels
            What is learned; a name may be among both.
        split
            Only its rows; None takes all.
        batch_size
            Rows in a batch; the last one of a buffer may be shorter.
        buffer_rows
            Rows among which is shuffled; at least one row group.
        seed
            Of the shuffle; None keeps the order of the files.
        rank, ranks
            This process's share, counted from 0; None asks `torch.distributed`, if it is running.
        even
            Let every rank give the same number of batches, as lockstep training needs.

        Raises
        ------
        TrainExtraError
            torch is not installed; the hint says which extra has it.
        UnknownNameError
            There is no such table, split or column.
        UsageError
            Neither a column nor a label is named, or the rank is none of the ranks.
        """
        from hueset.python_api.torch_form import torch_batches

        return torch_batches(
            self.table(table),
            columns=columns,
            labels=labels,
            split=split,
            batch_size=batch_size,
            buffer_rows=buffer_rows,
            seed=seed,
            rank=rank,
            ranks=ranks,
            even=even,
        )

    def sql(
        self, statement: str, *, rows: int | None = None, seconds: float = 3600.0
    ) -> QueryResult:
        """Run one SELECT over the tables of this version, named alone or as `<dataset>.<table>`.

        Parameters, return value and errors are those of `Store.sql`, which reads the latest version
        of every dataset.
        """
        from hueset.python_api.querying import select_from

        return select_from(
            [self._folder], statement, rows=rows, seconds=seconds, alone=list(self.tables)
        )

    def verify(
        self, *, record: bool = True, progress: Callable[[int, int], None] | None = None
    ) -> Verification:
        """Hash every file again and hold it against the manifest.

        Parameters
        ----------
        record
            Append the result to the version's records, where the store can be written.
        progress
            Called with (bytes done, bytes in all).

        Returns
        -------
        Verification
            `.verdict`, and in `.faults` every file that is missing, changed, extra or no file.
        """
        from hueset.store.verify import verify_and_record, verify_in_store

        check = verify_and_record if record else verify_in_store
        return check(self._store, self._folder, progress=progress)

    def ready(
        self,
        *dimensions: str,
        minimum: int = 0,
        split: str | None = None,
        allow_part: bool = False,
    ) -> Readiness:
        """Say whether one may train on this version, and on these dimensions.

        Parameters
        ----------
        dimensions
            Dimensions (`valence`), classes (`emotions:joy`), sets of classes (`emotions`) or what a
            row may lack (`audio`); none asks about the version as a whole.
        minimum
            Examples each must have.
        split
            Count the examples of this split only.
        allow_part
            Let a subset or the embedded sample pass; else it is never ready: it is not the dataset.

        Returns
        -------
        Readiness
            True or false as a condition; `.reasons` says why not.

        Raises
        ------
        UnknownNameError
            A name is nothing of this version, or the split is none.
        ParameterError
            A number of examples or a split was asked for, and no name.
        """
        from hueset.coverage.readiness import deciding_records, version_readiness

        for name in dimensions:
            require_text(name, "a dimension or class")
        require_count(minimum, "minimum", 0)
        if split is not None:
            require_text(split, "a split")
        return version_readiness(
            self._folder,
            dimensions,
            minimum=minimum,
            split=split,
            records=deciding_records(self._store, self._folder),
            faults=self._folder.damage(),
            allow_part=allow_part,
        )

    @property
    def _where(self) -> str:
        return f"{self.dataset} {self.name}"

    def __eq__(self, other: object) -> bool:
        """Whether it is the same version in the same place."""
        return isinstance(other, Version) and self.path == other.path

    def __hash__(self) -> int:
        """Return a hash of its place."""
        return hash(self.path)

    def __repr__(self) -> str:
        tables = ", ".join(f"{name} {table.rows:,}" for name, table in self.tables.items())
        return f"<Version {self._where}, gate: {self.verdict.value}; {tables}>"

    def _repr_html_(self) -> str:
        rows = [
            (name, table.rows, len(table.columns), table.description)
            for name, table in self.tables.items()
        ]
        title = f"{self._where} · gate: {self.verdict.value} · {self.manifest.licence}"
        return html_table(title, ("table", "rows", "columns", ""), rows, self.manifest.title)
