"""The commands that build: `build` (also `build-dataset`) and `plan`."""

from typing import Annotated

import typer

from hueset.cli import options
from hueset.cli.dataset_command import DatasetCommand, parameters_of, sources_of
from hueset.cli.root import Debug, app, build_app
from hueset.render.terminal.output import (
    handle_errors_and_go_on,
    output_console,
    print_json,
    results_apart,
)

EPILOG = "Each dataset has options of its own: --help behind its NAME lists them."


@app.command("build-dataset", hidden=True, cls=DatasetCommand, epilog=EPILOG)
@app.command("build", cls=DatasetCommand, epilog=EPILOG)
@build_app.command(cls=DatasetCommand, epilog=EPILOG)
@handle_errors_and_go_on
def build(
    context: typer.Context,
    name: options.Name,
    mirror: options.Mirror = None,
    source: options.Sources = None,
    sample: options.Sample = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show what would be done; do nothing.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Worker processes.", show_default="cores")
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", help="How steps run: process or ray.")
    ] = "process",
    ray_address: Annotated[
        str | None,
        typer.Option("--ray-address", help="A running Ray cluster; else a local one."),
    ] = None,
    store: options.Out = None,
    force: Annotated[
        bool, typer.Option("--force", help="Build again and compare the bytes.")
    ] = False,
    settings: options.Settings = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> int:
    """Build a dataset into one immutable version.

    Sources, rows, quarantine, splits and gate make one version, which never changes.
    """
    from hueset.build.executor import check_engine
    from hueset.build.plan import make_plan
    from hueset.cli.progress import Screen
    from hueset.python_api.build import build_in_project
    from hueset.python_api.errors import GateFailedError
    from hueset.render import terminal as show

    check_engine(engine)
    home = options.project_of(project)
    to = options.store_of(home, store)
    given = sources_of(context, source)
    places = options.where_of(home, name, mirror=mirror, sources=given, sample=sample, store=store)
    chosen = parameters_of(context, settings)
    if plan:
        with results_apart(), Screen(quiet=as_json) as screen:
            made = make_plan(home, name, places, overrides=chosen, progress=screen.source)
        document = show.plan_document(made, to)
        print_json(document) if as_json else show.print_plan(output_console(), document)
        return 0
    with results_apart(), Screen(quiet=as_json) as screen:
        try:
            version = build_in_project(
                home,
                name,
                to,
                places,
                parameters=chosen,
                workers=workers,
                force=force,
                engine=engine,
                ray_address=ray_address,
                progress=screen,
            )
        except GateFailedError as failed:
            version = failed.version
    document = show.outcome_document(version.result, to)
    print_json(document) if as_json else show.print_build(output_console(), document)
    return 0 if version.gate.passed else GateFailedError.exit_code


@app.command("plan", cls=DatasetCommand, epilog=EPILOG)
@handle_errors_and_go_on
def plan_(
    context: typer.Context,
    name: options.Name,
    mirror: options.Mirror = None,
    source: options.Sources = None,
    sample: options.Sample = False,
    settings: options.Settings = None,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Show what a build would do: sources, version, units to make."""
    from hueset.build.plan import make_plan
    from hueset.cli.progress import Screen
    from hueset.render import terminal as show

    home = options.project_of(project)
    given = sources_of(context, source)
    places = options.where_of(home, name, mirror=mirror, sources=given, sample=sample, store=store)
    chosen = parameters_of(context, settings)
    with results_apart(), Screen(quiet=as_json) as screen:
        made = make_plan(home, name, places, overrides=chosen, progress=screen.source)
    document = show.plan_document(made, options.store_of(home, store))
    print_json(document) if as_json else show.print_plan(output_console(), document)
