"""The import of builders by name: the package that a declaration names, and nothing beside it.

The project's folder never goes onto `sys.path`: whatever else lies there (a `yaml.py`, a `pytz.py`
that some library looks for) must not be imported by anybody. One finder, asked after all others,
knows the top-level package of each declared builder; modules below it are found by Python itself.
Classes and functions of a builder so have the module name they are pickled by, in every process
that was given the same packages.
"""

from __future__ import annotations

import importlib.util
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


def offer_packages(roots: Mapping[str, Path]) -> None:
    """Make top-level packages importable; an installed one of the same name still comes first.

    Parameters
    ----------
    roots
        The package's name → the project's folder it is taken from.
    """
    if _FINDER not in sys.meta_path:
        sys.meta_path.append(_FINDER)
    for name, root in roots.items():
        before = _FINDER.roots.get(name)
        _FINDER.roots[name] = root
        if before is not None and before != root:
            _forget(name, before)


def offered_packages() -> dict[str, Path]:
    """Return what is importable: top-level name → the folder it is taken from."""
    return dict(_FINDER.roots)


def builder_files(root: Path, builder: str) -> list[Path]:
    """Return what a project holds on the way to a builder: its packages, and the module's file."""
    places: list[Path] = []
    folder = root
    for name in builder.split("."):
        places += [folder / f"{name}.py", folder / name, folder / name / "__init__.py"]
        folder /= name
    return [place for place in places if place.exists()]


def builder_file(builder: str) -> Path | None:
    """Return the source file that stands for a builder here; None if there is none."""
    try:
        spec = importlib.util.find_spec(builder)
    except ModuleNotFoundError:
        return None
    return Path(spec.origin) if spec and spec.origin else None


def missing_module(name: str) -> str | None:
    """Return the part of a module's name that no file stands for; None where all is there.

    Nothing is imported: a package is looked into as it lies.
    """
    try:
        return next((part for part, spec in _parts(name) if spec is None), None)
    except ValueError:  # a module that was not loaded from anywhere
        return None


def package_folders(name: str) -> list[Path]:
    """Return the folders of a package, which is not imported; none where the name is no package."""
    *_, (_, last) = _parts(name)
    return [Path(place) for place in (last.submodule_search_locations or ())] if last else []


def _parts(name: str) -> Iterator[tuple[str, ModuleSpec | None]]:
    """Yield a module and what is above it, the topmost first, up to the first that is missing."""
    whole, *parts = name.split(".")
    spec = importlib.util.find_spec(whole)
    yield whole, spec
    for part in parts:
        if spec is None:
            return
        whole = f"{whole}.{part}"
        spec = PathFinder.find_spec(whole, list(spec.submodule_search_locations or ()))
        yield whole, spec


def explain_missing(missing: str | None) -> str | None:
    """Return the next step after an import in a builder failed; None if there is nothing to say.

    Parameters
    ----------
    missing
        The module that was not found.
    """
    name = (missing or "").partition(".")[0]
    roots = _FINDER.roots
    if name in roots:
        own = next(iter(builder_files(roots[name], name)), None)
        other = _home(sys.modules.get(name))
        if own is not None and other is not None and not other.is_relative_to(roots[name]):
            return f"the installed {other} has the same name as {own}: give yours another one"
        return None
    for package, root in roots.items():
        stray = next(iter(builder_files(root, name)), None) if name else None
        if stray is not None:
            return (
                f"{stray} is not part of the builder's package, and only that is imported: "
                f"move it into {root / package}"
            )
    return None


class _DeclaredPackages(MetaPathFinder):
    """Finds the top-level packages in `roots`, each in its own folder."""

    def __init__(self) -> None:
        self.roots: dict[str, Path] = {}

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return where a declared package lies; None for everything else."""
        if path is not None or fullname not in self.roots:
            return None
        return PathFinder.find_spec(fullname, [str(self.roots[fullname])], target)


_FINDER = _DeclaredPackages()


def _forget(name: str, root: Path) -> None:
    """Drop what was imported of a package from another project: two may name theirs alike."""
    home = _home(sys.modules.get(name))
    if home is None or not home.is_relative_to(root):
        return
    for module in [one for one in sys.modules if one == name or one.startswith(f"{name}.")]:
        del sys.modules[module]


def _home(module: ModuleType | None) -> Path | None:
    """Return the folder of a package, or the file of a module."""
    folders = list(getattr(module, "__path__", ()))
    place = folders[0] if folders else getattr(module, "__file__", None)
    return Path(place) if place else None
