"""One immutable version folder, read from its own documents."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hueset.errors import StoreError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from hueset.documents.metadata import Revision

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

PASSED = ("pass", "warn")
"""Verdicts with which a version becomes the latest."""

MANIFEST = ("format", "dataset", "version", "verdict", "sample", "sources", "tables", "files",
            "quarantine", "fingerprint", "parameters")  # fmt: skip
COVERAGE = ("dimensions", "classes", "presence")
GATE = ("verdict", "checks", "findings")
"""What the documents must hold, for anything to be said of a version."""


def kind_of(name: str) -> str:
    """Return which of `KINDS` the name of a version says it is."""
    kind, dot, _ = name.partition("+")[2].partition(".")
    return kind if dot and kind in KINDS else "whole"


@dataclass(frozen=True)
class Version:
    """One immutable version folder."""

    dataset: str
    name: str
    path: Path
    pending: Revision | None = None
    """Metadata that the declaration says today and that is not recorded in the store."""

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What it is made of, and what it holds, by its newest metadata revision.

        Nothing but words and licences differ from the file that it appeared with.
        """
        return self.revision.over(self.original) if self.revision else self.original

    @cached_property
    def revision(self) -> Revision | None:
        """The newest metadata revision; None where there is none but the first."""
        from hueset.revisions import newest_revision

        return self.pending or newest_revision(self.path)

    @property
    def papers(self) -> Path:
        """The folder with the card and the Croissant file that hold now."""
        folder = self.revision.folder if self.revision else None
        return folder or self.path

    @cached_property
    def original(self) -> dict[str, Any]:
        """The manifest as it was written when the version appeared."""
        found = self._json("manifest.json", MANIFEST)
        if found["format"] != MANIFEST_FORMAT:
            message = f"{self.dataset} {self.name}: its manifest has the format {found['format']!r}"
            hint = f"this Hueset reads format {MANIFEST_FORMAT}: use the one that wrote it"
            raise StoreError(message, hint=hint, value=found["format"])
        return found

    @cached_property
    def coverage(self) -> dict[str, Any]:
        """How many real labels each dimension has."""
        return self._json("coverage.json", COVERAGE)

    @cached_property
    def gate(self) -> dict[str, Any]:
        """The verdict and every check behind it."""
        return self._json("gate/report.json", GATE)

    @cached_property
    def units(self) -> dict[str, str]:
        """The units it is made of: key → digest of the shard."""
        return self._json("units.json")

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
        return dict(self.manifest.get("subset", {}))

    def files(self, table: str) -> list[Path]:
        """Return the parquet files of one table."""
        if table not in self.manifest["tables"]:
            raise UnknownNameError.unknown("table", table, self.manifest["tables"])
        return [self.path / file["path"] for file in self.manifest["tables"][table]["files"]]

    def damage(self) -> list[str]:
        """Return, in words, the promised files that are missing or of another size.

        It looks at no byte of them: `hueset.verify` does.
        """
        told = [file for table in self.manifest["tables"].values() for file in table["files"]]
        found = []
        for file in [*told, *self.manifest["files"]]:
            place = self.path / file["path"]
            if not place.is_file():
                found.append(f"{file['path']} is missing")
            elif place.stat().st_size != file["bytes"]:
                size = place.stat().st_size
                found.append(f"{file['path']} has {size:,} bytes, promised {file['bytes']:,}")
        return found

    def require_whole(self) -> None:
        """Raise `StoreError` where something is missing: building again would only hide it."""
        damage = self.damage()
        if damage:
            more = f", and {len(damage) - 1} more" if len(damage) > 1 else ""
            message = f"{self.dataset} {self.name} is damaged: {damage[0]}{more}"
            hint = f"move {self.path} away, then build it again; `hueset verify` names every file"
            raise StoreError(message, hint=hint, value=damage[0])

    def _json(self, name: str, keys: Iterable[str] = ()) -> dict[str, Any]:
        try:
            found = json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            said = getattr(error, "strerror", None) or error
            raise self._unreadable(name, f"cannot be read: {said}") from error
        missing = [key for key in keys if key not in found] if isinstance(found, dict) else keys
        if not isinstance(found, dict) or missing:
            raise self._unreadable(name, f"lacks {', '.join(missing) or 'everything'}")
        return found

    def _unreadable(self, name: str, fault: str) -> StoreError:
        message = f"{self.dataset} {self.name}: {name} {fault}"
        hint = f"move {self.path} away, then build it again: `build-dataset {self.dataset}`"
        return StoreError(message, hint=hint, value=name)
