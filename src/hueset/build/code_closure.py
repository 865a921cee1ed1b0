"""The files that a builder's code consists of: what it imports, and the data beside that.

Nothing is imported to find them. Where all imports can be read off the source, these are just the
modules that the builder reaches in its own top-level package, so that a change of one dataset's
code is none of another's. A module that computes what it imports (`importlib`, `exec` and the like)
may reach anything: then all of its package counts, but for the modules that read finished versions.
What is missed even so is seen when it is imported, see `hueset.build.import_guard`.
"""

from __future__ import annotations

import ast
import importlib.util
import os
from dataclasses import dataclass, field
from importlib.machinery import SOURCE_SUFFIXES, ModuleSpec, PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from hueset.builder.dataset_modules import DatasetModule, package_of
from hueset.builder.loader import builder_code
from hueset.declaration.builder_package import explain_missing
from hueset.errors import DeclarationError
from hueset.files.hashing import file_sha256
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROW_MODULES = (
    "hueset.tables.writer",
    "hueset.declaration.column_types",
    "hueset.builder.csv_reader",
    "hueset.builder.splits",
    "hueset.builder.text_decoding",
    "hueset.tables.casts",
    "hueset.tables.class_ids",
    "hueset.tables.conformance",
    "hueset.tables.row_sizes",
    "hueset.tables.rows",
)
"""The engine's own modules that decide what bytes a row becomes."""

COMPUTING_MODULES = frozenset({"imp", "importlib", "pkgutil", "runpy", "zipimport"})
COMPUTING_CALLS = frozenset({"__import__", "compile", "eval", "exec"})
"""What a module that computes its imports does it with."""

HARMLESS = frozenset(
    {"importlib.metadata", "importlib.resources", "importlib.util.find_spec", "importlib.abc"}
)
"""What of those imports nothing."""

NO_DATA = (".pyc", ".pyo", ".pyi", ".typed", ".swp", ".tmp", ".orig", ".rej", ".log", "~")
"""How files end that Python, editors and tools leave beside code."""

MOST_DATA_FILES = 2_000
MOST_DATA_BYTES = 256 << 20


@dataclass(frozen=True)
class CodeClosure:
    """What a builder's code consists of, as hex SHA-256.

    Attributes
    ----------
    modules
        Source files by the name of their module; those of the engine that make rows too.
    data
        Other files beside the builder's modules, by their path from the top-level package on.
    """

    modules: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)


def find_code(builder: str) -> CodeClosure:
    """Return what a builder's code consists of.

    Raises
    ------
    DeclarationError
        There is no such module, or more data lies beside it than belongs beside code.
    """
    top = builder.partition(".")[0]
    found = CodeClosure()
    finder = _Finder()
    if finder.spec(builder) is None:
        message = f"the builder module {builder!r} does not exist"
        hint = explain_missing(builder) or "fix `builder:`"
        raise DeclarationError(message, hint=hint, value=builder)
    folders: dict[Path, str] = {}
    waiting = [builder, *ROW_MODULES]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        spec = finder.spec(name)
        if spec is None:
            continue
        own = name.partition(".")[0] == top
        waiting += [name.rpartition(".")[0]] if own and "." in name else []
        if spec.origin is None or not spec.has_location:
            continue  # a folder without `__init__.py`
        source = Path(spec.origin)
        found.modules[name] = file_sha256(source)[0]
        if not own:
            continue
        package = name if spec.submodule_search_locations is not None else name.rpartition(".")[0]
        if package:
            folders[source.parent] = package
        if source.suffix not in SOURCE_SUFFIXES:
            continue
        with builder_code(builder, "to be read"):
            imports = _read_imports(source.read_bytes(), source, package)
        waiting += [one for one in imports.names if one.partition(".")[0] == top]
        starred = [one for one in imports.starred if one.partition(".")[0] == top]
        for one in [*starred, *([package] if imports.computed and package else [])]:
            inside = finder.modules(one, deep=one not in starred)
            waiting += [other for other in inside if not _reads_versions(other, builder)]
    found.data.update(_hash_data(folders, builder))
    return found


@dataclass(frozen=True)
class _Imports:
    """What a module imports: by name, all of a package, and whether it computes any."""

    names: set[str]
    starred: set[str]
    computed: bool


def _read_imports(text: bytes, source: Path, package: str) -> _Imports:
    """Return what source may import; `from a import b` gives `a` and `a.b`."""
    names: set[str] = set()
    starred: set[str] = set()
    computed = False
    for node in ast.walk(ast.parse(text, str(source))):
        if isinstance(node, ast.Import):
            named = {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, package)
            named = {base, *(f"{base}.{alias.name}" for alias in node.names)}
            starred |= {base} if any(alias.name == "*" for alias in node.names) else set()
        else:
            computed |= isinstance(node, ast.Name) and node.id in COMPUTING_CALLS
            continue
        names |= named
        computed |= _computes(node, named)
    return _Imports(names, starred, computed)


def _base(node: ast.ImportFrom, package: str) -> str:
    """Return the absolute name of what `from … import` reads from."""
    if not node.level:
        return node.module or ""
    above = package.split(".")
    above = above[: len(above) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def _computes(node: ast.Import | ast.ImportFrom, named: set[str]) -> bool:
    """Whether an import gives the means to import what is not written there."""
    if isinstance(node, ast.ImportFrom):
        named = {f"{node.module}.{alias.name}" for alias in node.names}
    return any(
        name.partition(".")[0] in COMPUTING_MODULES
        and not any(name == one or name.startswith(f"{one}.") for one in HARMLESS)
        for name in named
    )


def _reads_versions(name: str, builder: str) -> bool:
    """Whether a module is (or lies below) a report, view or task of the dataset."""
    package = package_of(builder)
    rest = name.removeprefix(f"{package}.")
    return rest != name and rest.partition(".")[0] in set(DatasetModule)


class _Finder:
    """Finds modules by name as they lie, without importing the packages on the way to them."""

    def __init__(self) -> None:
        self._known: dict[str, ModuleSpec | None] = {}

    def spec(self, name: str) -> ModuleSpec | None:
        """Return where a module lies; None where there is none."""
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def modules(self, package: str, *, deep: bool) -> Iterator[str]:
        """Yield the modules that lie in a package; deep, also those below its folders."""
        spec = self.spec(package)
        for home in (spec.submodule_search_locations or ()) if spec else ():
            for folder, files in _walk(Path(home), into=lambda _: deep):
                inner = [package, *folder.relative_to(home).parts]
                for name in files:
                    stem, dot, suffix = name.partition(".")
                    if f"{dot}{suffix}" in SOURCE_SUFFIXES and stem.isidentifier():
                        yield ".".join(inner if stem == "__init__" else [*inner, stem])

    def _find(self, name: str) -> ModuleSpec | None:
        above, _, _ = name.rpartition(".")
        try:
            if not above:
                return importlib.util.find_spec(name) if name else None
            parent = self.spec(above)
            if parent is None or parent.submodule_search_locations is None:
                return None
            return PathFinder.find_spec(name, list(parent.submodule_search_locations))
        except ValueError:  # a module that was not loaded from anywhere
            return None


def _hash_data(folders: dict[Path, str], builder: str) -> Iterator[tuple[str, str]]:
    """Yield path and hash of the data files beside modules, and in folders without code there."""
    count = size = 0
    for home, package in sorted(folders.items()):
        for folder, files in _walk(home, into=_holds_no_code):
            for name in files:
                path = folder / name
                if path.suffix in SOURCE_SUFFIXES or name.endswith(NO_DATA) or not path.is_file():
                    continue
                count, size = count + 1, size + path.stat().st_size
                if count > MOST_DATA_FILES or size > MOST_DATA_BYTES:
                    raise _too_much(home, builder)
                inner = path.relative_to(home).as_posix()
                yield f"{package.replace('.', '/')}/{inner}", file_sha256(path)[0]


def _walk(home: Path, *, into: Callable[[Path], bool]) -> Iterator[tuple[Path, list[str]]]:
    """Yield folders with the names of their files, sorted; hidden ones and caches are passed over.

    `into` is asked of each folder below `home` whether it counts.
    """
    for place, folders, files in os.walk(home):
        folder = Path(place)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and name != "__pycache__" and into(folder / name)
        )
        yield folder, sorted(name for name in files if not name.startswith("."))


def _holds_no_code(folder: Path) -> bool:
    return not any(path.suffix in SOURCE_SUFFIXES for path in folder.iterdir())


def _too_much(home: Path, builder: str) -> DeclarationError:
    limit = f"{format_count(MOST_DATA_FILES, 'file')} or {MOST_DATA_BYTES >> 20} MiB"
    message = f"{home}: more than {limit} of data lie beside the code of {builder}"
    hint = "declare what rows are made of as a source, and small tables as `facts`"
    return DeclarationError(message, hint=hint, value=str(home))
