"""All sources of a dataset, each found or fetched, and each checked against its pin.

What is required and cannot be had is listed whole in one error. Nothing is skipped in silence:
what is optional and not there is named, with every place that was looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hueset.errors import SourceError, SourceMissingError, UnknownNameError
from hueset.redaction import redact_url
from hueset.sources import cache as cachedir
from hueset.sources import lock
from hueset.sources.inspection import inspect_source
from hueset.sources.locate import locate_sources
from hueset.sources.remote import can_be_fetched, fetch_first
from hueset.sources.requirements import choose_source, missing_error, source_requirements
from hueset.sources.sample import locate_sample, sample_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from hueset.builder.source import Via
    from hueset.declaration import Dataset
    from hueset.sources.hashes import Progress
    from hueset.sources.inspection import Inspection
    from hueset.sources.locate import LocatedSource, Look, Where
    from hueset.sources.pins import PinState
    from hueset.sources.requirements import Need
    from hueset.sources.resolved_source import LocalSource

    Found = dict[str, tuple[Path, Via]]


@dataclass(frozen=True)
class Resolution:
    """How the sources of a dataset were found.

    Attributes
    ----------
    dataset
        The declaration.
    sources
        What a builder may read, by name, in declared order.
    pins
        How each of them stands to its pin.
    missing_optional
        Optional sources that are not there.
    looked
        Every place that was looked at, by source; also of those that are not there.
    sample
        Whether this is the embedded sample.
    """

    dataset: Dataset
    sources: Mapping[str, LocalSource]
    pins: Mapping[str, PinState]
    missing_optional: tuple[str, ...]
    looked: Mapping[str, tuple[Look, ...]]
    sample: bool

    def to_manifest(self) -> list[dict[str, Any]]:
        """Return what the manifest says of the sources used: no path of this machine is in it."""
        return [
            {
                "name": name,
                "via": source.via,
                "digest": source.digest,
                "bytes": source.size,
                "members": len(source.members) or None,
                "pin": self.pins[name],
                "licence": self._licence(name, source),
                "citation": self.dataset.sources[name].citation,
                "homepage": _shown_address(self.dataset.sources[name].homepage),
                "from": _shown_address(
                    self.dataset.sources[name].hub or self.dataset.sources[name].url
                ),
                **_lineage(self.dataset.sources[name].dataset, source.version),
            }
            for name, source in self.sources.items()
        ]

    def _licence(self, name: str, source: LocalSource) -> str:
        """Return the declared licence of a source; of a version of a dataset, that version's."""
        dataset = self.dataset.sources[name].dataset
        if dataset is None:
            return self.dataset.sources[name].licence
        from hueset.documents.licences import licence_of
        from hueset.store.version import StoredVersion

        return licence_of(StoredVersion(dataset, source.path.name, source.path).manifest)


def resolve_sources(
    dataset: Dataset,
    where: Where,
    *,
    names: Collection[str] | None = None,
    progress: Progress | None = None,
) -> Resolution:
    """Find or fetch every source of a dataset, and check its bytes.

    Of an `any_of` group one source is used: the first declared of those that somebody configured,
    else of those in the mirror, else of those in the cache, else the first that can be fetched.
    An optional source is fetched too, with a single try; where that fails it counts as missing.

    Parameters
    ----------
    dataset
        The declaration.
    where
        Where the sources may lie.
    names
        Only these sources; default all.
    progress
        Called with (source, bytes done, bytes in all or None) while bytes are fetched or hashed.

    Raises
    ------
    SourceMissingError
        Required sources or whole groups are missing, or a configured path is; all are listed.
    SourceChangedError, SourceFormatError
        The bytes are not the pinned ones, or no data, or have other columns.
    FetchError
        The only thing that was missing could not be fetched.
    UnknownNameError, UsageError
        `names` or the configuration names no declared source, or contradicts itself.
    """
    wanted = wanted_names(dataset, names)
    sample = sample_of(dataset, where)
    if sample is not None:
        located = locate_sample(dataset, where, sample, wanted)
        found = {name: one.found for name, one in located.items() if one.found is not None}
        looked = {name: list(one.looked) for name, one in located.items()}
        return _check_found(dataset, where, found, looked, progress, sample=True)
    located = locate_sources(dataset, where, wanted)
    _refuse_absent_configured(dataset, located)
    looked = {name: list(one.looked) for name, one in located.items()}
    found, absent = _split(source_requirements(dataset, wanted), located)
    _refuse_hopeless(dataset, where, absent, looked)
    found |= _fetch_all(dataset, where, absent, looked, progress)
    return _check_found(dataset, where, found, looked, progress, sample=False)


def wanted_names(dataset: Dataset, names: Collection[str] | None) -> list[str]:
    """Return the wanted sources in declared order; raises `UnknownNameError`."""
    for name in names or ():
        if name not in dataset.sources:
            raise UnknownNameError.unknown(f"source of {dataset.name}", name, dataset.sources)
    return [name for name in dataset.sources if names is None or name in names]


def _shown_address(address: str | None) -> str | None:
    return redact_url(address) if address else None


def _lineage(dataset: str | None, version: str | None) -> dict[str, Any]:
    """Return, for a version of another dataset, which one was read."""
    return {"version_of": {"dataset": dataset, "version": version}} if dataset else {}


def _refuse_absent_configured(dataset: Dataset, located: Mapping[str, LocatedSource]) -> None:
    """Raise for every configured path that does not exist, whether it is needed or not."""
    absent = [one for one in located.values() if one.configured and one.found is None]
    if absent:
        lines = [f"  {one.name}: {one.looked[-1]}" for one in absent]
        message = "\n".join([f"configured sources of {dataset.name} are missing:", *lines])
        hint = "fix the path, or take it out: then the other ways are tried"
        raise SourceMissingError(message, hint=hint, value=tuple(one.name for one in absent))


def _split(needed: list[Need], located: Mapping[str, LocatedSource]) -> tuple[Found, list[Need]]:
    """Return what was found on this machine, and the needs that it does not answer."""
    found: Found = {}
    absent = []
    for need in needed:
        name = choose_source(need, located)
        place = located[name].found if name else None
        if name is None or place is None:
            absent.append(need)
        else:
            found[name] = place
    return found, absent


def _refuse_hopeless(
    dataset: Dataset, where: Where, absent: list[Need], looked: Mapping[str, list[Look]]
) -> None:
    """Raise for all that cannot be had at all, before anything is downloaded in vain."""
    hopeless = [
        need for need in absent if not need.optional and not can_be_fetched(need, dataset, where)
    ]
    if hopeless:
        raise missing_error(dataset, hopeless, looked)


def _fetch_all(
    dataset: Dataset,
    where: Where,
    absent: list[Need],
    looked: dict[str, list[Look]],
    progress: Progress | None,
) -> Found:
    fetched: Found = {}
    lacking: list[Need] = []
    faults: list[SourceError] = []
    for need in absent:
        match fetch_first(dataset, where, need, looked, progress):
            case (name, path, via):
                fetched[name] = path, via
            case SourceError() as fault if not need.optional:
                lacking.append(need)
                faults.append(fault)
    if len(lacking) == 1 and len(lacking[0].names) == 1:
        raise faults[0]
    if lacking:
        raise missing_error(dataset, lacking, looked)
    return fetched


def _refuse(seen: Inspection, path: Path) -> None:
    """Raise the first fault of a source; what was fetched and cannot be right is thrown away."""
    if not seen.faults:
        return
    unpinned = not seen.readable or seen.pin is None
    if unpinned and path.is_relative_to(cachedir.cache_dir() / "sources"):
        path.unlink(missing_ok=True)  # else these bytes would be in the way for ever
    raise seen.faults[0]


def _check_found(
    dataset: Dataset,
    where: Where,
    found: Found,
    looked: Mapping[str, list[Look]],
    progress: Progress | None,
    *,
    sample: bool,
) -> Resolution:
    """Read and check what was found; the embedded sample has no pin to be held against."""
    recorded = {} if sample else lock.read_lock(where.dataset_dir)
    sources: dict[str, LocalSource] = {}
    states: dict[str, PinState] = {}
    for name in (name for name in looked if name in found):
        path, via = found[name]
        seen = inspect_source(path, name, via, dataset.sources[name], recorded.get(name), progress)
        _refuse(seen, path)
        if seen.source is not None and seen.pin is not None:
            sources[name], states[name] = seen.source, seen.pin
    return Resolution(
        dataset=dataset,
        sources=sources,
        pins=states,
        missing_optional=tuple(
            name
            for name in looked
            if dataset.sources[name].requirement == "optional" and name not in found
        ),
        looked={name: tuple(looks) for name, looks in looked.items()},
        sample=sample,
    )
