"""Declarations and places for tests of sources."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

from hueset.declaration import Dataset
from hueset.sources import Where

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LFS_POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)
HTML_PAGE = b"\n<!DOCTYPE html>\n<html><head><title>Please sign in</title></head></html>\n"


def sha256(data: bytes) -> str:
    """Return the digest of bytes, as hex."""
    return hashlib.sha256(data).hexdigest()


def file_pin(data: bytes) -> dict[str, Any]:
    """Return the pin of exactly these bytes."""
    return {"sha256": sha256(data), "bytes": len(data)}


def members_pin(members: Mapping[str, bytes], *globs: str) -> dict[str, Any]:
    """Return the pin over members, computed apart from the code under test."""
    lines = [f"{sha256(members[name])}  {name}\n" for name in sorted(members)]
    digest = sha256("".join(lines).encode())
    return {"members": {"glob": globs or ("*",), "count": len(members), "digest": digest}}


def declare(
    sources: Mapping[str, Mapping[str, Any]], sample: Mapping[str, Any] | None = None
) -> Dataset:
    """Return a declaration with these sources; what they leave out is filled in."""
    filled = {
        name: {
            "description": f"The {name}.",
            "licence": "CC0-1.0",
            "citation": "The authors of this test.",
            "pin": {"unpinned": True},
            "manual_download": "its author",
            **said,
        }
        for name, said in sources.items()
    }
    return Dataset.model_validate(
        {
            "name": "pets",
            "version": "1.0.0",
            "title": "Pets",
            "summary": "Pets, for tests.",
            "builder": "pets_builders.pets",
            "licence": "CC0-1.0",
            "sources": filled,
            "tables": {
                "pets": {
                    "description": "Pets.",
                    "key": ["name"],
                    "columns": {"name": {"type": "string", "description": "The name."}},
                }
            },
            "sample": sample,
        }
    )


def places(root: Path, **said: Any) -> Where:
    """Return where to look, below a folder of this test."""
    folder = root / "datasets/pets"
    folder.mkdir(parents=True, exist_ok=True)
    return Where(**{"project_root": root, "dataset_dir": folder, **said})


def write_folder(root: Path, members: Mapping[str, bytes]) -> Path:
    """Write members as files."""
    for name, data in members.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def write_zip(path: Path, members: Mapping[str, bytes]) -> Path:
    """Write members as a zip, in the given order."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def write_tar(path: Path, members: Mapping[str, bytes], mode: str = "w:gz") -> Path:
    """Write members as a tar, in the given order."""
    with tarfile.open(path, mode) as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path
