"""The options that several commands share, and how their values are read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hueset.errors import UsageError
from hueset.store.place import named_store, project_store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hueset.declaration import Dataset
    from hueset.declaration.project import Project
    from hueset.sources import Where
    from hueset.store.store import Store

DTYPES = ("float32", "float16")
"""What array features may be stored as."""


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
SOME = "not every dataset takes it"
Render = Annotated[bool, typer.Option("--render", help=f"Render missing audio from MIDI; {SOME}.")]
Limit = Annotated[
    int | None,
    typer.Option("--limit", min=1, help=f"Only the first N units, a subset; {SOME}."),
]
Chosen = Annotated[
    list[str] | None,
    typer.Option("--where", help=f"Only matching units, a subset; {SOME}.", metavar="FIELD=VALUE"),
]
Dtype = Annotated[str | None, typer.Option("--dtype", help=f"float32 or float16 features; {SOME}.")]
Media = Annotated[
    str | None, typer.Option("--media", help=f"none, flac, mel, preview or url; {SOME}.")
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

    if name not in project.catalog.datasets:
        raise UnknownNameError.unknown("dataset", name, project.catalog.datasets)
    return name


def store_of(project: Project, folder: Path | None) -> Store:
    """Return the store: as it is named, else what the catalog says, below the project.

    Outside any project it lies in the working folder: what Hueset was installed with is no place
    for a store.
    """
    return named_store(folder) or project_store(project)


def readable_store_of(project: Project, folder: Path | None) -> Store:
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


def settings_of(
    given: list[str] | None,
    *,
    render: bool = False,
    limit: int | None = None,
    where: list[str] | None = None,
    dtype: str | None = None,
    media: str | None = None,
    declared: Dataset | None = None,
) -> dict[str, Any]:
    """Return the parameters a command sets; each named flag is short for one `--set`.

    Raises
    ------
    UsageError
        A named flag is given whose parameter the dataset does not declare.
    """
    flags = {"render": render, "limit": limit, "where": where, "dtype": dtype, "media": media}
    for flag in [flag for flag, value in flags.items() if value]:
        if declared is not None and flag not in declared.parameters:
            message = f"{declared.name} takes no --{flag}"
            own = ", ".join(sorted(declared.parameters)) or "none"
            raise UsageError(message, hint=f"its parameters, for --set NAME=VALUE: {own}")
    made: dict[str, Any] = {
        key: _value(value, "--set") for key, value in parse_pairs(given or [], "--set")
    }
    if render:
        made["render"] = True
    if limit is not None:
        made["limit"] = limit
    if where:
        made["where"] = {
            key: _value(value, "--where") for key, value in parse_pairs(where, "--where")
        }
    if dtype is not None:
        if dtype not in DTYPES:
            raise UsageError.unknown("--dtype", dtype, DTYPES)
        made["dtype"] = dtype
    if media:
        made["media"] = media
    return made


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


def _value(text: str, flag: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        message = f"{flag}: {text!r} is no value that YAML can read"
        raise UsageError(message, hint="put it in quotes: NAME=\"'text'\"", value=text) from error
