"""The options that several commands share, and how their values are read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hueset.errors import UsageError
from hueset.store.place import named_store, project_store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hueset.declaration.project import Project
    from hueset.sources import Where
    from hueset.store.store import VersionStore


def parse_folder(text: str) -> Path:
    """Read a folder as it was meant: `~` is home, and an empty text is an unset variable."""
    if not text.strip():
        message = "it is empty; is a variable unset? (`.` is this folder)"
        raise typer.BadParameter(message)
    return Path(text).expanduser()


Name = Annotated[str, typer.Argument(help="The dataset.", metavar="NAME")]
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document on stdout.")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "--store",
        help="The store root; outside a project ./artifacts.",
        show_default="HUESET_STORE, else the project's artifacts",
        parser=parse_folder,
        metavar="DIR",
    ),
]
ProjectDir = Annotated[
    Path | None,
    typer.Option(
        "--project", help="The folder that holds catalog.yaml.", parser=parse_folder, metavar="DIR"
    ),
]
Mirror = Annotated[
    Path | None,
    typer.Option(
        "--mirror",
        help="A folder laid out as the declarations' mirror paths.",
        parser=parse_folder,
        metavar="DIR",
    ),
]
Sources = Annotated[
    list[str] | None,
    typer.Option("--source", help="Where one source is; repeatable.", metavar="NAME=PATH"),
]
Sample = Annotated[bool, typer.Option("--sample", help="Use the small embedded sample.")]
Force = Annotated[
    bool,
    typer.Option("--force", help="Overwrite a file even if it was edited by hand."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="Set a declared parameter of the builder.", metavar="NAME=VALUE"),
]
VersionName = Annotated[
    str | None, typer.Option("--version", help="A version; by default the latest.")
]


def project_of(folder: Path | None) -> Project:
    """Return the project."""
    from hueset.declaration.project import find_project

    return find_project(folder)


def require_known_dataset(project: Project, name: str) -> str:
    """Return the name if the catalog lists it; else the error with the nearest known one."""
    from hueset.errors import UnknownNameError

    if name not in project.datasets:
        raise UnknownNameError.unknown("dataset", name, project.datasets)
    return name


def store_of(project: Project, folder: Path | None) -> VersionStore:
    """Return the store: as it is named, else what the catalog says, below the project.

    Outside any project it lies in the working folder: what Hueset was installed with is no place
    for a store.
    """
    return named_store(folder) or project_store(project)


def readable_store_of(project: Project, folder: Path | None) -> VersionStore:
    """Return the store as `store_of`, for a command that lists what is in it.

    Raises
    ------
    UnknownNameError
        It was named, and there is none at that place.
    """
    named = named_store(folder)
    if named is not None:
        named.require_there()
    return named or store_of(project, None)


def where_of(
    project: Project,
    name: str,
    *,
    mirror: Path | None,
    sources: list[str] | None,
    sample: bool,
    store: Path | None = None,
) -> Where:
    """Return where the sources of a dataset may lie; versions of others lie in the store."""
    from hueset.python_api.source_places import source_places

    return source_places(
        project,
        name,
        store=store_of(project, store).root,
        mirror=mirror,
        sources={
            key: Path(value).expanduser() for key, value in parse_pairs(sources or [], "--source")
        },
        sample=sample,
    )


def settings_of(given: list[str] | None) -> dict[str, Any]:
    """Return the values that `--set` gives, each read as YAML.

    Raises
    ------
    UsageError
        One is no `NAME=VALUE`, is given twice, or cannot be read.
    """
    return read_pairs(given or [], "--set")


def read_pairs(given: Iterable[str], flag: str) -> dict[str, Any]:
    """Return `name=value` arguments with their values read as YAML."""
    return {key: read_value(value, flag) for key, value in parse_pairs(given, flag)}


def parse_pairs(given: Iterable[str], flag: str) -> list[tuple[str, str]]:
    """Split `name=value` arguments; a name given twice is an error, as only one can be meant."""
    made: dict[str, str] = {}
    for text in given:
        key, sign, value = text.partition("=")
        if not sign or not key or not value:
            message = f"{flag} {text!r}: expected NAME=VALUE"
            raise UsageError(message, hint=f"for example {flag} name=value", value=text)
        if key in made:
            message = f"{flag} gives {key!r} twice: {made[key]!r} and {value!r}"
            raise UsageError(message, hint="leave one of the two", value=key)
        made[key] = value
    return list(made.items())


def read_value(text: str, flag: str) -> Any:
    """Return a value that is written as YAML."""
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        message = f"{flag}: {text!r} is no value that YAML can read"
        raise UsageError(message, hint="put it in quotes: NAME=\"'text'\"", value=text) from error
