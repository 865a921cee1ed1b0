"""One immutable version folder, read from its own documents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from hueset.errors import StoreError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pydantic import BaseModel

    from hueset.documents.base import ParsedDocument

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

PASSED = ("pass", "warn")
"""Verdicts with which a version becomes the latest."""


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

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The receipt: what it is made of, and what it holds."""
        from hueset.documents.manifest import Manifest

        return self._document("manifest.json", Manifest, check=self._check_format).plain

    @cached_property
    def coverage(self) -> dict[str, Any]:
        """How many real labels each dimension has."""
        from hueset.documents.coverage import CoverageDocument

        return self._document("coverage.json", CoverageDocument).plain

    @cached_property
    def gate(self) -> dict[str, Any]:
        """The verdict and every check behind it."""
        from hueset.documents.gate_report import GateReportDocument

        return self._document("gate/report.json", GateReportDocument).plain

    @cached_property
    def units(self) -> dict[str, str]:
        """The units it is made of: key → digest of the shard."""
        from hueset.documents.units import Units

        return self._document("units.json", Units).plain

    def check_documents(self) -> None:
        """Read every document, and hold it against its schema.

        Raises
        ------
        StoreError
            One of them cannot be read, or is not what it should be.
        """
        for document in (self.manifest, self.coverage, self.gate, self.units):
            assert isinstance(document, dict)  # noqa: S101 - reading them is what is meant

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
        from hueset.documents.base import link_on_the_way

        told = [file for table in self.manifest["tables"].values() for file in table["files"]]
        found = []
        for file in [*told, *self.manifest["files"]]:
            place = self.path / file["path"]
            if link_on_the_way(place, self.path):
                found.append(f"{file['path']} is reached by a link, and no link is followed")
            elif not place.is_file():
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
