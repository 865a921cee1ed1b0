"""The commands that look: `list`, `show`, `sources`, `coverage`, `sql`."""

from typing import Annotated

import typer

from hueset.cli import options
from hueset.cli.root import Debug, app
from hueset.errors import QueryError, UsageError
from hueset.render.terminal.output import (
    error_console,
    handle_errors,
    handle_errors_and_go_on,
    output_console,
    print_json,
)


@app.command("list")
@handle_errors
def list_(
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """List the datasets: latest version, verdict, rows, coverage."""
    from hueset.render import terminal as show

    home = options.project_of(project)
    document = show.list_document(home, options.readable_store_of(home, store))
    print_json(document) if as_json else show.print_datasets(output_console(), document)


@app.command("show")
@handle_errors
def show_(
    name: options.Name,
    version: options.VersionName = None,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Show one version: tables, sources, gate, quarantine, records."""
    from hueset.render import terminal as show

    home = options.project_of(project)
    to = options.store_of(home, store)
    document = show.version_document(
        to, to.version(options.require_known_dataset(home, name), version)
    )
    print_json(document) if as_json else show.print_version(output_console(), document)


@app.command("sources")
@handle_errors_and_go_on
def sources(
    name: options.Name,
    mirror: options.Mirror = None,
    source: options.Sources = None,
    sample: options.Sample = False,
    lock: Annotated[
        bool, typer.Option("--lock", help="Record the bytes of sources that have no pin yet.")
    ] = False,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> int:
    """Check every source: where it was looked for, what was found."""
    from hueset.cli.progress import Screen
    from hueset.render import terminal as show
    from hueset.sources import take_inventory

    home = options.project_of(project)
    dataset = home.dataset(name)
    if lock and (owner := home.home_of(name)).installed:
        whose = (
            f"the package {owner.package} brings" if owner.package else "Hueset was installed with"
        )
        message = f"--lock would write into {owner.root}, which {whose}"
        raise UsageError(message, hint="use your own project: --project DIR")
    places = options.where_of(home, name, mirror=mirror, sources=source, sample=sample, store=store)
    with Screen(quiet=as_json) as screen:
        stock = take_inventory(dataset, places, lock=lock, progress=screen.source)
    document = show.inventory_document(dataset, stock, options.store_of(home, store))
    print_json(document) if as_json else show.print_inventory(output_console(), document)
    return 0 if document["complete"] else 3


@app.command("coverage")
@handle_errors
def coverage(
    name: options.Name,
    version: options.VersionName = None,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Show how many real labels each dimension has, and its verdict."""
    from hueset.render import terminal as show

    home = options.project_of(project)
    to = options.store_of(home, store)
    found = to.version(options.require_known_dataset(home, name), version)
    for fault in found.damage():
        error_console().print(f"damaged: {fault}", style="yellow", markup=False, soft_wrap=True)
    document = show.coverage_document(to, found)
    print_json(document) if as_json else show.print_coverage(output_console(), document)


@app.command("sql")
@handle_errors
def sql(
    statement: Annotated[str, typer.Argument(help="One SELECT statement.", metavar="SQL")],
    rows: Annotated[int, typer.Option("--rows", min=1, help="Maximum number of rows.")] = 1000,
    seconds: Annotated[float, typer.Option("--seconds", help="Time limit.")] = 60.0,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Query the store with read-only SQL, as `<dataset>.<table>`."""
    from hueset.render import terminal as show
    from hueset.store import query
    from hueset.tables.select_process import SelectProcess

    with SelectProcess() as process:
        home = options.project_of(project)
        readable = query.versions_of(options.store_of(home, store))
        try:
            reply = process.run(readable.views, statement, rows=rows, seconds=seconds)
        except QueryError as error:
            raise readable.explain(error, statement) from error
    document = show.answer_document(reply, readable.broken)
    for name, fault in document["broken"].items():
        said = fault if name in readable.broken else f"{name}: {fault}"
        error_console().print(f"left out: {said}", style="yellow", markup=False, soft_wrap=True)
    print_json(document) if as_json else show.print_answer(output_console(), document)
