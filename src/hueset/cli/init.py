"""The command that begins a project elsewhere: `init`."""

from pathlib import Path
from typing import Annotated

import typer

from hueset.cli import options
from hueset.cli.root import Debug, app
from hueset.render.terminal.output import handle_errors, output_console, print_json


@app.command("init")
@handle_errors
def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make.", metavar="DIR")],
    dataset: Annotated[
        str, typer.Option("--dataset", help="The name of its first dataset.")
    ] = "moods",
    as_json: options.Json = False,
    debug: Debug = False,
) -> None:
    """Create a project with one dataset, its suite and its builder."""
    from hueset.declaration.scaffold import init_project

    written = [str(path) for path in init_project(folder, dataset)]
    if as_json:
        print_json({"written": written})
        return
    for path in written:
        output_console().print(f"  {path}", markup=False)
    output_console().print(
        f"next: cd {folder} && build-dataset {dataset} --source rows=YOUR.csv",
        style="dim",
        markup=False,
    )
