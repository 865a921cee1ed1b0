"""Tables for the library `datasets`: its features are restored from what the parquet files say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import datasets as hf


def load_table(files: Mapping[str, Sequence[Path]], columns: list[str] | None) -> hf.DatasetDict:
    """Return the rows of each split, in memory.

    Parameters
    ----------
    files
        Split → its parquet files.
    columns
        What is read; None reads all.

    Raises
    ------
    HubExtraError
        `datasets` is not installed.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    library = _library()
    made: hf.DatasetDict = library.DatasetDict()
    for split, paths in files.items():
        parts = [pq.read_table(path, columns=columns, partitioning=None) for path in paths]
        made[split] = library.Dataset(pa.concat_tables(parts), split=library.NamedSplit(split))
    return made


def load_streaming(
    files: Mapping[str, Sequence[Path]], columns: list[str] | None
) -> hf.IterableDatasetDict:
    """Return the rows of each split as they are read, file by file.

    Raises
    ------
    HubExtraError
        `datasets` is not installed.
    """
    library = _library()
    places = {split: [str(path) for path in paths] for split, paths in files.items()}
    options = {} if columns is None else {"columns": columns}
    made: hf.IterableDatasetDict = library.load_dataset(
        "parquet", data_files=places, streaming=True, **options
    )
    return made


def _library() -> Any:
    try:
        import datasets
    except ImportError as error:
        from hueset.release.hub.errors import HubExtraError

        message = "this form needs the library datasets, which is not installed"
        raise HubExtraError(message, hint="pip install 'hueset[hub]'") from error
    return datasets
