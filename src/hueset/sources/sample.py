"""The embedded sample of a dataset: when it is meant, and where its sources lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.errors import SourceMissingError, UsageError
from hueset.sources.locate import LocatedSource, Look, is_configured

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hueset.declaration import Dataset, Sample
    from hueset.sources.locate import Where


def sample_of(dataset: Dataset, where: Where) -> Sample | None:
    """Return the embedded sample if it is meant.

    It is on `--sample`; else where the declaration says so and nobody configured anything for
    this dataset. What lies in the cache configures nothing.

    Raises
    ------
    UsageError
        A sample is asked for that does not exist, or together with sources of one's own.
    """
    sample = dataset.sample
    if where.sample is None:
        by_default = sample is not None and sample.default and not is_configured(dataset, where)
        return sample if by_default else None
    if not where.sample:
        return None
    if sample is None:
        message = f"{dataset.name} has no embedded sample"
        raise UsageError(message, hint="give its sources with --mirror DIR or --source NAME=PATH")
    if where.flags or where.mirror:
        message = "--sample stands beside --mirror or --source, and only one of them can be meant"
        raise UsageError(message, hint="leave out --sample, or the others")
    return sample


def locate_sample(
    dataset: Dataset, where: Where, sample: Sample, names: Iterable[str]
) -> dict[str, LocatedSource]:
    """Look for sources in the embedded sample; those it does not hold are found nowhere.

    Raises
    ------
    SourceMissingError
        The sample names a path that does not exist.
    """
    located = {}
    for name in names:
        place = sample.sources.get(name)
        if place is None:
            look = Look("sample", "embedded sample", "does not hold it")
            located[name] = LocatedSource(name, (look,))
            continue
        path = where.dataset_dir / place
        if not path.exists():
            message = f"the sample of {dataset.name} lacks {name!r}: {path} does not exist"
            raise SourceMissingError(message, hint="fix `sample:`, or restore it", value=str(path))
        located[name] = LocatedSource(name, (Look("sample", str(path), "found"),), (path, "sample"))
    return located
