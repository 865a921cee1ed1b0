"""The command `report`: a version as one HTML file."""

from pathlib import Path
from typing import Annotated

import typer

from hueset.cli import options
from hueset.cli.root import Debug, app
from hueset.render.terminal.output import handle_errors, output_console, print_json


@app.command("report")
@handle_errors
def report(
    name: options.Name,
    version: options.VersionName = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="The file; by default NAME-VERSION.html, here.")
    ] = None,
    force: options.Force = False,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Write a version as one self-contained HTML page."""
    from hueset.builder.dataset_modules import DatasetModule, load_dataset_module
    from hueset.render.report import write_report
    from hueset.words import format_size

    home = options.project_of(project)
    found = options.store_of(home, store).version(
        options.require_known_dataset(home, name), version
    )
    dataset = home.dataset(name)
    sections = load_dataset_module(home, dataset, DatasetModule.REPORT)
    file = (to or Path(f"{name}-{found.name}.html")).resolve()
    count, own = write_report(found, sections, home.facts(dataset), file, force=force)
    if as_json:
        print_json(
            {"dataset": name, "version": found.name, "file": str(file), "bytes": count, "own": own}
        )
    else:
        output_console().print(f"{file}  ({format_size(count)})", highlight=False, markup=False)
