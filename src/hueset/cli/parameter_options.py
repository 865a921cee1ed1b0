"""The options of a command line that a declaration asks for: of parameters, and of sources.

Every parameter may be set by an option of its name; help shows those that are described.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperCommand, TyperOption
from typer.main import get_command

from hueset.declaration.parameter import ParameterType

if TYPE_CHECKING:
    from collections.abc import Container

    from hueset.declaration import Dataset, Parameter, Source

PARAMETER, SOURCE = "parameter_", "source_"
"""Before the name of a parameter or source within a command, where `name` is taken."""

PLAIN_TYPES: dict[ParameterType | None, Any] = {
    ParameterType.INTEGER: int,
    ParameterType.NUMBER: float,
    ParameterType.BOOLEAN: bool,
    ParameterType.LIST: list[str],
    ParameterType.MAP: list[str],
}
"""What Typer reads a value as; text where nothing stands here."""

METAVARS = {ParameterType.LIST: "VALUE", ParameterType.MAP: "KEY=VALUE"}


def options_of(dataset: Dataset, taken: Container[str]) -> list[TyperOption]:
    """Return the options of a dataset; a name that the command has itself is left to `--set`.

    Parameters
    ----------
    dataset
        The declaration.
    taken
        The flags of the command, `--out` for example.
    """
    wanted = {
        PARAMETER + name: _of_parameter(name, declared)
        for name, declared in dataset.parameters.items()
        if flag_of(name) not in taken
    } | {
        SOURCE + name: _of_source(name, declared)
        for name, declared in dataset.sources.items()
        if declared.option and flag_of(name) not in taken
    }
    signature = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in wanted.items()
    ]
    if not signature:
        return []

    def build(**_: object) -> None:
        """Hold the options, for Typer to make them; it is never called."""

    build.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]
    build.__annotations__ = {one.name: one.annotation for one in signature}
    application = typer.Typer(add_completion=False)
    application.command()(build)
    command = get_command(application)
    parameters = command.params if isinstance(command, TyperCommand) else []
    return [one for one in parameters if isinstance(one, TyperOption)]


def flag_of(name: str) -> str:
    """Return a parameter as it is written on the command line: `--media-url-base`."""
    return f"--{name.replace('_', '-')}"


def _of_source(name: str, declared: Source) -> Any:
    return Annotated[
        str | None, typer.Option(flag_of(name), help=declared.description, metavar="PATH")
    ]


def _of_parameter(name: str, declared: Parameter) -> Any:
    """Return what Typer makes an option of."""
    kind, flag = declared.value_type, flag_of(name)
    texts = tuple(one for one in declared.choices if isinstance(one, str))
    option = typer.Option(
        f"{flag}/--no-{flag[2:]}" if kind is ParameterType.BOOLEAN else flag,
        help=declared.help,
        hidden=not declared.help,
        show_default=_text(declared.default),
        metavar=METAVARS.get(kind) if kind else None,
        min=_bound(declared.minimum, kind),
        max=_bound(declared.maximum, kind),
    )
    made = Literal[texts] if texts else PLAIN_TYPES.get(kind, str)
    return Annotated[made | None, option]


def _bound(value: float | None, kind: ParameterType | None) -> float | None:
    return value if value is None or kind is not ParameterType.INTEGER else int(value)


def _text(default: Any) -> str:
    """Return a default as help shows it."""
    if default is None or default in ("", [], {}):
        return "none"
    return str(default).lower() if isinstance(default, bool) else str(default)
