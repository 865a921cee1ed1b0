"""A dataset of a store under another name: its documents name it, and their hashes fit."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from hueset.files.hashing import file_sha256

if TYPE_CHECKING:
    from pathlib import Path


def copy_dataset_as(store: Path, dataset: str, to: Path) -> None:
    """Copy a dataset, without its records, to the folder whose name it then has."""
    shutil.copytree(
        store / dataset, to, symlinks=True, ignore=shutil.ignore_patterns("_*", ".lock")
    )
    for manifest in to.glob("*+*/manifest.json"):
        rename_version(manifest.parent, to.name)


def rename_version(folder: Path, dataset: str) -> None:
    """Let the documents of a version speak of another dataset."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["dataset"] = dataset
    for name in ("coverage.json", "gate/report.json"):
        told = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps(told | {"dataset": dataset}, indent=1) + "\n")
        digest, size = file_sha256(folder / name)
        for file in manifest["files"]:
            if file["path"] == name:
                file |= {"bytes": size, "sha256": digest}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
