"""Datasets that installed packages bring along: found by entry points, read, and not imported.

A distribution says `[project.entry-points."hueset.datasets"]` with `anything = "its_package"`. That
package's folder is laid out as a project is: `catalog.yaml`, `datasets/`, `expectations/`. Nothing
of it is imported here; its builders are, by the commands that run a builder.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

from hueset.declaration.builder_package import package_folders

GROUP = "hueset.datasets"


def installed_roots() -> dict[str, Path]:
    """Return the folder of every installed package that brings datasets, by the package's name.

    One that is named but not there has a folder that is not there either: reading it says so.
    """
    names = sorted({entry.module for entry in entry_points(group=GROUP)})
    return {
        name: next(iter(package_folders(name)), Path(f"(there is no package {name})"))
        for name in names
    }
