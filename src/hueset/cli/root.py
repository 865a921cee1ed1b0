"""The two command-line applications, and the option every command has.

Neither has a callback: Typer would import pydantic to run one, and `--help` answers at once.
"""

from __future__ import annotations

from typing import Annotated

import typer

from hueset.cli.command import StrictTyper

app = StrictTyper(
    name="hueset",
    help="A foundry for training datasets about mood and music.",
    epilog="hueset --version shows the version; every command takes --help.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
build_app = StrictTyper(name="build-dataset", rich_markup_mode=None, pretty_exceptions_enable=False)

Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]
