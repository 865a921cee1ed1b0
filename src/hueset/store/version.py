"""One immutable version folder, read from its own documents."""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

from hueset.errors import StoreError, UnknownNameError, sentence_of
from hueset.files.safe_paths import list_entries, read_beneath, require_regular

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pydantic import BaseModel

    from hueset.documents.base import ParsedDocument
    from hueset.documents.coverage import CoverageDocument
    from hueset.documents.gate_report import GateReportDocument
    from hueset.documents.manifest import Manifest
    from hueset.documents.metadata import Revision

    M = TypeVar("M", bound=BaseModel)

VERSION = re.compile(r"\d+\.\d+\.\d+\+[A-Za-z0-9][A-Za-z0-9.]*")
"""The name of a version: `<semver>+<digest>`, or `<semver>+<kind>.<digest>` of `KINDS`."""

KINDS = {"whole": "latest", "subset": "latest-subset", "sample": "latest-sample"}
"""What a version may be of its dataset, with the pointer to the latest of its kind: all of it; the
units that parameters chose (`selection` of the declaration); or the embedded sample."""

NOT_THE_DATASET = {
    "subset": "a subset, not the whole dataset",
    "sample": "the embedded sample, not the dataset",
}

MANIFEST_FORMAT = 1


@dataclass(frozen=True)
class PromisedFile:
    """One file as the manifest promises it."""

    path: str
    bytes: int
    sha256: str


def kind_of(name: str) -> str:
    """Return which of `KINDS` the name of a version says it is."""
    kind, dot, _ = name.partition("+")[2].partition(".")
    return kind if dot and kind in KINDS else "whole"


@dataclass(frozen=True)
class StoredVersion:
    """One immutable version folder."""

    dataset: str
    name: str
    path: Path
    pending: Revision | None = None
    """Metadata that the declaration says today and that is not recorded in the store."""

    @cached_property
    def manifest(self) -> Manifest:
        """What it is made of, and what it holds, by its newest metadata revision.

        Nothing but words and licences differ from the file that it appeared with.
        """
        from hueset.documents.manifest import manifest_of

        return manifest_of(self.manifest_json) if self.revision else self.original

    @cached_property
    def manifest_json(self) -> dict[str, Any]:
        """The manifest as it goes into a file: keys in the order in which they were written."""
        plain = self._original.plain
        return self.revision.over(plain) if self.revision else plain

    @cached_property
    def revision(self) -> Revision | None:
        """The newest metadata revision; None where there is none but the first."""
        from hueset.store.revision_folders import newest_revision

        return self.pending or newest_revision(self.path)

    @property
    def papers(self) -> Path:
        """The folder with the card and the Croissant file that hold now."""
        folder = self.revision.folder if self.revision else None
        return folder or self.path

    def read_paper(self, name: str) -> bytes:
        """Return the bytes of the card or the Croissant file that holds now.

        Raises
        ------
        OSError
            It is missing, is no regular file, or is reached by a link.
        """
        if self.papers == self.path:
            return read_beneath(self.path, name)
        base = self.path.parent
        return read_beneath(base, f"{self.papers.relative_to(base).as_posix()}/{name}")

    @property
    def original(self) -> Manifest:
        """The manifest as it was written when the version appeared."""
        return self._original.typed

    @cached_property
    def coverage(self) -> CoverageDocument:
        """How many real labels each dimension has."""
        from hueset.documents.coverage import CoverageDocument

        return self._document("coverage.json", CoverageDocument).typed

    @cached_property
    def gate(self) -> GateReportDocument:
        """The verdict and every check behind it."""
        from hueset.documents.gate_report import GateReportDocument

        return self._document("gate/report.json", GateReportDocument).typed

    @cached_property
    def units(self) -> dict[str, str]:
        """The units it is made of: key → digest of the shard; none for one cut down to licences."""
        from hueset.documents.units import Units

        if "units.json" not in self.promised():
            return {}
        return self._document("units.json", Units).plain

    def check_documents(self) -> None:
        """Read every document, and hold it against its schema.

        Raises
        ------
        StoreError
            One of them cannot be read, or is not what it should be.
        """
        _ = (self.manifest, self.coverage, self.gate, self.units)

    @property
    def kind(self) -> str:
        """Which of `KINDS` it is."""
        return kind_of(self.name)

    @property
    def sample(self) -> bool:
        """Whether it was built from the embedded sample."""
        return self.kind == "sample"

    @property
    def subset(self) -> dict[str, Any]:
        """The parameters that chose a part of its units; empty for a whole dataset."""
        return dict(self.manifest.subset)

    def files(self, table: str) -> list[Path]:
        """Return the parquet files of one table, for a reader that would follow any link.

        Raises
        ------
        UnknownNameError
            There is no such table.
        StoreError
            One of them is missing, is no regular file, or is reached by a link.
        """
        if table not in self.manifest.tables:
            raise UnknownNameError.unknown("table", table, self.manifest.tables)
        paths = [file.path for file in self.manifest.tables[table].files]
        try:
            return [require_regular(self.path, path) for path in paths]
        except OSError as error:
            message = f"{self.dataset} {self.name} is damaged: {error.filename} {error.strerror}"
            raise StoreError(message.replace(f"{self.path}/", ""), hint=self._hint()) from error

    def has_rows(self, table: str) -> bool:
        """Whether there is a table of that name, with a row."""
        known = self.manifest.tables.get(table)
        return known is not None and known.rows > 0

    def promised(self) -> dict[str, PromisedFile]:
        """Return every file that the manifest promises, by its path below the version.

        Raises
        ------
        StoreError
            The manifest cannot be read, or is none.
        """
        return {
            file.path: PromisedFile(file.path, file.bytes, file.sha256)
            for file in self.original.every_file
        }

    def damage(self) -> list[str]:
        """Return, in words, the promised files that are missing, no files, or of another size.

        Every file is looked at, and no byte of one: `hueset.store.verify` reads them. What lies
        there and was not promised is no damage to what was, unless it is a link.
        """
        try:
            there = list_entries(self.path)
        except OSError as error:
            return [f"its folder cannot be listed: {sentence_of(error, self.path)}"]
        promised = self.promised()
        found = []
        for path, file in promised.items():
            entry = there.get(path)
            if entry is None:
                found.append(f"{path} is missing{_instead_of(self.path, path)}")
            elif not stat.S_ISREG(entry.st_mode):
                found.append(f"{path} {_said_of(entry)}")
            elif entry.st_size != file.bytes:
                found.append(f"{path} has {entry.st_size:,} bytes, promised {file.bytes:,}")
        found += [
            f"{path} {_said_of(entry)}"
            for path, entry in sorted(there.items())
            if path not in promised and not stat.S_ISREG(entry.st_mode)
        ]
        return found

    def contradictions(self) -> list[tuple[str, str]]:
        """Return what its documents say against each other or its name: the document, and what.

        Hashes that fit do not make them agree: whoever wrote a version can hash anything. A name
        says what a version is of its dataset, so a sample must not go by the name of a whole one.

        Raises
        ------
        StoreError
            One of them cannot be read.
        """
        from hueset.documents.contradictions import coverage_contradictions, gate_contradictions

        manifest, subset = self.original, self.original.subset
        found = []
        if manifest.version != self.name:
            found.append(("manifest.json", f"it is that of {manifest.version}"))
        if manifest.sample != self.sample:
            said = f"sample is {str(manifest.sample).lower()}, and its name says {self.kind}"
            found.append(("manifest.json", said))
        elif not self.sample and bool(subset) != (self.kind == "subset"):
            said = f"{', '.join(subset) or 'nothing'} chose a part, and its name says {self.kind}"
            found.append(("manifest.json", said))
        if self.gate.verdict is not manifest.verdict:
            said = f"its verdict is {self.gate.verdict}, that of the manifest"
            found.append(("gate/report.json", f"{said} {manifest.verdict}"))
        named = {
            "manifest.json": manifest.dataset,
            "coverage.json": self.coverage.dataset,
            "gate/report.json": self.gate.dataset,
        }
        found += [
            (document, f"it is of the dataset {told}")
            for document, told in named.items()
            if told not in {None, self.dataset}
        ]
        found += [("gate/report.json", said) for said in gate_contradictions(self.gate, manifest)]
        said_of_labels = coverage_contradictions(self.coverage, manifest)
        return found + [("coverage.json", said) for said in said_of_labels]

    def require_whole(self) -> None:
        """Raise `StoreError` where something is missing: building again would only hide it."""
        damage = self.damage()
        if damage:
            more = f", and {len(damage) - 1} more" if len(damage) > 1 else ""
            message = f"{self.dataset} {self.name} is damaged: {damage[0]}{more}"
            hint = f"move {self.path} away, then build it again; `hueset verify` names every file"
            raise StoreError(message, hint=hint, value=damage[0])

    @cached_property
    def _original(self) -> ParsedDocument[Manifest]:
        from hueset.documents.manifest import Manifest

        return self._document("manifest.json", Manifest, check=self._check_format)

    def _document(
        self,
        name: str,
        model: type[M],
        *,
        check: Callable[[Mapping[str, Any]], None] = lambda _: None,
    ) -> ParsedDocument[M]:
        """Read one document; `check` looks at it before its schema does."""
        from hueset.documents.base import parse_json, read_bytes, validate_document

        what, hint = f"{self.dataset} {self.name}: {name}", self._hint()
        content = read_bytes(self.path / name, below=self.path, what=what, hint=hint)
        plain = parse_json(content, what, hint)
        check(plain)
        return validate_document(content, plain, model, what=what, hint=hint)

    def _check_format(self, manifest: Mapping[str, Any]) -> None:
        number = manifest.get("format")
        if isinstance(number, int) and number != MANIFEST_FORMAT:
            message = f"{self.dataset} {self.name}: its manifest has the format {number!r}"
            hint = f"this Hueset reads format {MANIFEST_FORMAT}: use the one that wrote it"
            raise StoreError(message, hint=hint, value=number)

    def _hint(self) -> str:
        return f"move {self.path} away, then build it again: `build-dataset {self.dataset}`"


_OPEN: WeakValueDictionary[Path, StoredVersion] = WeakValueDictionary()


def opened(version: StoredVersion) -> StoredVersion:
    """Return a version, which `open_versions` knows from now on while somebody holds it."""
    _OPEN[version.path] = version
    return version


def open_versions() -> list[StoredVersion]:
    """Return the versions of a store that this process holds open."""
    return list(_OPEN.values())


def _instead_of(root: Path, path: str) -> str:
    """Say what lies on the way to a missing file that would have to be followed."""
    place = root / path
    for folder in [place, *place.parents][: len(place.relative_to(root).parts)]:
        if folder.is_symlink():
            return f": {folder.relative_to(root)} is a symbolic link, and none is followed"
    return ": it is a folder" if place.is_dir() else ""


def _said_of(entry: os.stat_result) -> str:
    if stat.S_ISLNK(entry.st_mode):
        return "is a symbolic link, and none is followed"
    return "is no regular file"
