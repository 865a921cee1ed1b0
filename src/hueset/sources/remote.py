"""What cannot be found on this machine and may be fetched: from its pinned URL, or the Hub."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hueset.errors import FetchError, HtmlPageError, LfsPointerError, SourceError
from hueset.redaction import redact_url
from hueset.sources import fetch, hub
from hueset.sources.locate import Look, cache_path
from hueset.sources.responses import Download

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.builder.source import Via
    from hueset.declaration import Dataset, Source
    from hueset.sources.hashes import Progress
    from hueset.sources.locate import Where
    from hueset.sources.requirements import Need

NOT_HAD = (FetchError, HtmlPageError, LfsPointerError)
"""What means that it cannot be had from there now. Changed bytes are another matter: they raise."""


def can_be_fetched(need: Need, dataset: Dataset, where: Where) -> bool:
    """Return whether anything of what is needed may be downloaded."""
    return not where.offline and any(_addresses(dataset.sources[name]) for name in need.names)


def fetch_first(
    dataset: Dataset,
    where: Where,
    need: Need,
    looked: dict[str, list[Look]],
    progress: Progress | None,
) -> tuple[str, Path, Via] | SourceError | None:
    """Download the first source of a need that can be had.

    Parameters
    ----------
    dataset
        The declaration.
    where
        How to try.
    need
        A source, or a group of alternatives.
    looked
        What was looked at, by source; every try is added.
    progress
        Called with (source, bytes done, bytes in all or None).

    Returns
    -------
    tuple, error or None
        The source, its path and the way; else the last fault; None if there was nothing to try.
    """
    # What the dataset can do without is not waited for.
    policy = replace(where.policy, tries=1) if need.optional else where.policy
    fault: SourceError | None = None
    for name in need.names:
        for via, address in _addresses(dataset.sources[name]):
            shown = redact_url(address)
            if where.offline:
                looked[name].append(Look(via, shown, "not tried: offline"))
                continue
            try:
                if via == "hub":
                    path = hub.fetch_hub_file(address, name, patient=not need.optional)
                else:
                    pin = dataset.sources[name].pin
                    path = cache_path(dataset.name, name, address, pin.sha256)
                    download = Download(name, address, path, pin.sha256, pin.bytes)
                    fetch.fetch_url(download, policy, progress)
            except NOT_HAD as error:
                looked[name].append(Look(via, shown, f"{error.code}, {error.message}"))
                fault = error
            else:
                looked[name].append(Look(via, shown, "found"))
                return name, path, via
    return fault


def _addresses(source: Source) -> list[tuple[Via, str]]:
    ways: list[tuple[Via, str | None]] = [("url", source.url), ("hub", source.hub)]
    return [(via, address) for via, address in ways if address]
