"""One source held against its declaration: bytes, pin, columns, rows. The one reading of a source.

`hueset sources` shows what is found here, and a build refuses it: both call `inspect_source`.
"""

from __future__ import annotations

import stat
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from hueset.builder.input_errors import SYSTEM
from hueset.errors import HuesetError, SourceError, SourceFormatError
from hueset.files.atomic import replace_file
from hueset.sources import cache as cachedir
from hueset.sources import pins, shape

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.builder.source import Via
    from hueset.declaration import Source
    from hueset.sources.hashes import Progress
    from hueset.sources.lock import LockEntry
    from hueset.sources.resolved_source import LocalSource

SHAPE_FORM = 2
"""Raised where shapes that lie in the cache mean something else."""

KEPT_BYTES = 4_000_000
"""What is smaller is read again rather than kept: it costs no time."""

OTHER_EDITION = "is it another edition, or opened and saved by a spreadsheet? download it again"

OWN_FILE = "fix the file, or `columns:` and `rows:` of the source in the declaration"

NO_FIT = (
    "fix the file; if its fields stand apart by another character, declare `format: {delimiter: …}"
    "`; if the builder is to refuse such rows one by one, declare `format: {tolerant: true}`"
)


@dataclass(frozen=True)
class Inspection:
    """What was found in one source.

    Attributes
    ----------
    identity
        What its bytes are; None where they could not be read.
    pin
        How they stand to the pin; None where they do not.
    source
        What a builder reads; None where the bytes could not be read.
    shape
        What its tables look like; None where they could not be read.
    faults
        All that is wrong; a build is refused with the first.
    remarks
        What is odd, and declared to be so.
    """

    identity: pins.Identity | None = None
    pin: pins.PinState | None = None
    source: LocalSource | None = None
    shape: shape.SourceShape | None = None
    faults: tuple[HuesetError, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def readable(self) -> bool:
        """Whether its bytes are data at all."""
        return self.source is not None


def inspect_source(
    path: Path,
    name: str,
    via: Via,
    declared: Source,
    recorded: LockEntry | None,
    progress: Progress | None = None,
) -> Inspection:
    """Read a source, and hold it against its declaration; no fault of it is raised.

    Parameters
    ----------
    path
        A file, folder or archive that exists.
    name
        The source's name.
    via
        How it was found. The embedded sample has no pin, and fewer rows than declared.
    declared
        Its declaration.
    recorded
        What `sources.lock` holds of it.
    progress
        Called with (name, bytes done, bytes in all) while bytes are read.
    """
    sample = via == "sample"
    try:
        _refuse_device(path, name)
        identity = pins.identify_bytes(path, name, declared, sample=sample, progress=progress)
    except (HuesetError, OSError) as error:
        return Inspection(faults=(_as_source_error(error, path, name),))
    faults: list[HuesetError] = []
    pin: pins.PinState | None = "sample" if sample else None
    try:
        pin = pin or pins.check_pin(path, name, declared, identity, recorded)
    except (HuesetError, OSError) as error:
        faults.append(_as_source_error(error, path, name))
    source = pins.resolved_source(path, name, via, identity, declared.unpacked_bytes)
    try:
        seen = _shape(source, declared)
    except (HuesetError, OSError) as error:
        faults.append(_as_source_error(error, path, name))
        return Inspection(identity, pin, source, None, tuple(faults))
    other = shape.shape_faults(seen, declared, sample=sample)
    if other:
        faults.append(_not_as_declared(source, other, _next_step(declared, seen)))
    remarks = tuple(shape.shape_remarks(seen, declared))
    return Inspection(identity, pin, source, seen, tuple(faults), remarks)


def _refuse_device(path: Path, name: str) -> None:
    """Raise for a pipe, socket or device: opened, it may never end, or never begin."""
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        message = f"source {name!r}: {path} is neither a file nor a folder"
        hint = "a pipe or device cannot be read twice: save what it gives as a file"
        raise SourceFormatError(message, hint=hint, value=str(path))


def _not_as_declared(source: LocalSource, other: list[str], hint: str) -> SourceFormatError:
    message = f"source {source.name!r}: {source.path.name}: {'; '.join(other)}"
    return SourceFormatError(message, hint=hint, value=source.name)


def _next_step(declared: Source, seen: shape.SourceShape) -> str:
    """Return what to do: download a published file again; fix your own, or its declaration."""
    if seen.ragged:
        return NO_FIT
    return OTHER_EDITION if declared.url or declared.hub else OWN_FILE


def _as_source_error(error: HuesetError | OSError, path: Path, name: str) -> HuesetError:
    if isinstance(error, HuesetError):
        return error
    place = error.filename or path
    message = f"source {name!r}: {place} cannot be read: {error.strerror or error}"
    told = SourceError(message, hint=SYSTEM, value=str(path))
    told.__cause__ = error
    return told


def _shape(source: LocalSource, declared: Source) -> shape.SourceShape:
    """Measure a source's tables; a large one that was measured before is not read again."""
    if source.size < KEPT_BYTES:
        return shape.measure_shape(source, declared)
    style = declared.format.model_dump_json()
    key = (SHAPE_FORM, source.digest, source.path.name, style, bool(declared.columns))
    kept = cachedir.cache_dir() / "shapes" / f"{cachedir.key_of(*key)}.json"
    found = _kept_shape(cachedir.read_sealed(kept))
    if found is None:
        found = shape.measure_shape(source, declared)
        _keep(kept, asdict(found))
    return found


def _kept_shape(document: Any) -> shape.SourceShape | None:
    if not isinstance(document, dict):
        return None
    columns = document.pop("columns")
    return shape.SourceShape(tuple(columns) if columns is not None else None, **document)


def _keep(path: Path, document: dict[str, Any]) -> None:
    try:
        cachedir.cache_folder("shapes")
        with cachedir.cache_errors(path), replace_file(path) as stream:
            stream.write(cachedir.seal_document(document))
    except SourceError:
        return  # the cache only saves time
