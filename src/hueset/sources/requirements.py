"""What a dataset cannot do without: each required source, and one of each group of alternatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hueset.errors import SourceMissingError
from hueset.redaction import redact_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hueset.declaration import Dataset, Source
    from hueset.sources.locate import LocatedSource, Look


@dataclass(frozen=True)
class Need:
    """One source, or one group of which a single source is enough.

    Attributes
    ----------
    names
        The source, or the alternatives in declared order.
    group
        The group's name; None for a single source.
    optional
        Whether the dataset can do without.
    """

    names: tuple[str, ...]
    group: str | None = None
    optional: bool = False


def source_requirements(dataset: Dataset, wanted: Iterable[str]) -> list[Need]:
    """Return what is needed of the wanted sources, in declared order."""
    found: dict[str, Need] = {}
    for name in wanted:
        source = dataset.sources[name]
        if source.group is None:
            found[name] = Need((name,), optional=source.requirement == "optional")
        else:
            before = found.get(source.requirement, Need((), source.group))
            found[source.requirement] = Need((*before.names, name), source.group)
    return list(found.values())


def choose_source(need: Need, located: Mapping[str, LocatedSource]) -> str | None:
    """Return the source that is used of those found on this machine; None where none was.

    What somebody configured by name goes before the mirror, the mirror before the cache; among
    equals the first declared.
    """
    ranks = {"mirror": 1, "cache": 2}
    found = [(name, located[name].found) for name in need.names]
    there = [(ranks.get(place[1], 0), name) for name, place in found if place is not None]
    return min(there, key=lambda one: one[0], default=(0, None))[1]


def missing_error(
    dataset: Dataset, lacking: Sequence[Need], looked: Mapping[str, Sequence[Look]]
) -> SourceMissingError:
    """Return the one error that lists all that is missing, and where each may be had.

    Parameters
    ----------
    dataset
        The declaration.
    lacking
        The needs that nothing answers.
    looked
        Every place that was looked at, by source.
    """
    lines = [f"required sources of {dataset.name} are missing ({len(lacking)}):"]
    for need in lacking:
        indent = "  "
        if need.group is not None:
            lines.append(f"  one of the group {need.group!r}:")
            indent = "    "
        for name in need.names:
            lines.append(f"{indent}{name}: {dataset.sources[name].description}")
            lines += [f"{indent}  looked at {look}" for look in looked[name]]
            lines += [f"{indent}  available {way}" for way in _ways(dataset.sources[name])]
    names = [name for need in lacking for name in need.names]
    message = "\n".join(lines)
    return SourceMissingError(message, hint=_next_step(dataset, names), value=tuple(names))


def _next_step(dataset: Dataset, names: Sequence[str]) -> str:
    build = [
        f"`build-dataset {dataset.sources[name].dataset}` first"
        for name in names
        if dataset.sources[name].dataset
    ]
    if len(build) == len(names):
        return f"{', '.join(build)}, or give a version with --source {names[0]}=VERSION"
    give = (
        "give --mirror DIR, a folder that holds the mirror paths above, "
        f"or {_way_of_one(dataset, names)}"
    )
    return "; then ".join([*build, give])


def _way_of_one(dataset: Dataset, names: Sequence[str]) -> str:
    """Return how single sources are given, shortest first: one may have an option of its own."""
    own = [name for name in names if dataset.sources[name].option]
    if not own:
        return f"--source {names[0]}=PATH for each"
    flags = " ".join(f"--{name.replace('_', '-')} PATH" for name in own)
    each = " for each" if len(names) > 1 else ""
    return f"{flags} (as --source {own[0]}=PATH{each})"


def _ways(source: Source) -> list[str]:
    ways = [
        ("by", f"`build-dataset {source.dataset}`" if source.dataset else None),
        ("in a mirror as", source.mirror),
        ("from", source.url),
        ("from", source.hub),
        ("from its homepage", source.homepage),
        ("by hand:", source.manual_download),
    ]
    return [f"{how} {redact_text(what)}" for how, what in ways if what]
