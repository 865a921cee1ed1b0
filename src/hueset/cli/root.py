"""The two command-line applications, and the options every command has."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(
    name="hueset",
    help="A foundry for training datasets about mood and music.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
build_app = typer.Typer(name="build-dataset", rich_markup_mode=None, pretty_exceptions_enable=False)


def _debug(on: bool) -> None:
    if on:
        import os

        os.environ["HUESET_DEBUG"] = "1"


Debug = Annotated[
    bool, typer.Option("--debug", help="Show tracebacks.", callback=_debug, is_eager=True)
]


def _version(on: bool) -> None:
    if on:
        from hueset import __version__

        typer.echo(f"hueset {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass
