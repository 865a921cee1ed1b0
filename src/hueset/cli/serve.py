"""The commands of the service: `serve`, and `ready`, its one-line guard at the shell."""

from typing import TYPE_CHECKING, Annotated

import typer

from hueset.cli import options
from hueset.cli.root import Debug, app
from hueset.render.terminal.output import (
    handle_errors,
    output_console,
    print_json,
    version_option,
    with_place_options,
)
from hueset.store.place import named_store

if TYPE_CHECKING:
    from hueset.coverage.readiness import Readiness


@app.command("serve")
@handle_errors
def serve(
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="The port; 0 picks a free one.")
    ] = 8321,
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            show_default="HUESET_TOKEN",
            help="Require this token: as bearer token, or as the password in a browser.",
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host",
            help="Accept this host name too (`*.example.org`, `*`); repeatable.",
            metavar="NAME",
        ),
    ] = None,
    root_path: Annotated[
        str,
        typer.Option(
            "--root-path", help="The path prefix under a proxy, such as /hueset.", metavar="PATH"
        ),
    ] = "",
    forwarded_allow_ips: Annotated[
        str | None,
        typer.Option(
            "--forwarded-allow-ips",
            help="Trust X-Forwarded-* headers from these proxies: addresses and networks, "
            "separated by commas.",
            metavar="ADDRESSES",
        ),
    ] = None,
    recheck: Annotated[
        float,
        typer.Option("--recheck", min=1, help="Seconds between two checks of all files."),
    ] = 3600.0,
    access_log: Annotated[
        bool,
        typer.Option(
            "--access-log/--no-access-log", help="Log one JSON line per request on stderr."
        ),
    ] = True,
    store: options.Out = None,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Serve a store: a REST API and a web page."""
    from hueset.errors import UsageError

    try:
        from hueset_api.addresses import read_root_path
        from hueset_api.hosts import own_names, read_allowed, read_proxies
        from hueset_api.serving import run_server as run
        from hueset_api.settings import (
            ServiceSettings,
            project_here,
            read_token,
            token_of_environment,
        )
    except ModuleNotFoundError as error:
        message = f"the service needs the package {error.name!r}, which is not installed"
        raise UsageError(message, hint='pip install "hueset[api]"') from error
    # A store can be served where no project is; then nothing is known of declarations and pins.
    named = named_store(store)
    home = project_here() if named and not project else options.project_of(project)
    settings = ServiceSettings(
        store_root=(named or options.store_of(options.project_of(project), None)).root,
        project=home,
        token=token_of_environment() if token is None else read_token(token, "--token"),
        recheck_s=recheck,
        access_log=access_log,
        hosts=(*own_names(host), *read_allowed(allow_host or ())),
        root_path=read_root_path(root_path),
    )
    run(
        settings,
        host,
        port,
        say=lambda line: output_console().print(line, soft_wrap=True, markup=False),
        trusted_proxies=read_proxies(forwarded_allow_ips),
    )


@app.command("ready")
@handle_errors
def ready(
    name: options.Name,
    dimensions: Annotated[
        str | None,
        typer.Option("--dimensions", help="Dimensions to train on, separated by commas."),
    ] = None,
    minimum: Annotated[int, typer.Option("--min", min=0, help="Minimum examples of each.")] = 0,
    split: Annotated[
        str | None, typer.Option("--split", help="Count only examples of this split.")
    ] = None,
    version: options.VersionName = None,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> int:
    """Check whether one may train on a version: exit code 0 or 1.

    0 is yes; 1 is no, and the reasons are printed.
    """
    from rich.markup import escape

    from hueset.coverage.readiness import check_readiness, read_dimensions
    from hueset.render.terminal.words import borderless_table, colour_verdict

    asked = read_dimensions(dimensions)
    # Where the store is named no project is needed, and none is looked for.
    to = named_store(store) or options.store_of(options.project_of(project), None)
    found = check_readiness(to, name, asked, minimum=minimum, split=split, version=version)
    if as_json:
        print_json(found.to_json())
        return 0 if found.ready else 1
    word = "[green]ready[/]" if found.ready else "[bold red]not ready[/]"
    output_console().print(f"[bold]{escape(found.dataset)}[/] {found.version or ''}  {word}")
    if found.asked:
        shown = borderless_table("dimension", "", "examples", "reason", right=["examples"])
        for one in found.asked:
            shown.add_row(
                escape(one.name), colour_verdict(one.verdict), f"{one.n:,}", escape(one.reason)
            )
        output_console().print(shown)
    for reason in found.reasons:
        output_console().print(f"  {escape(reason)}")
    if found.version:
        output_console().print(
            _verification_note(found, opened=to.opens(name) == found.version), soft_wrap=True
        )
    return 0 if found.ready else 1


def _verification_note(found: "Readiness", *, opened: bool) -> str:
    """Return how old the knowledge is that the files are what was built."""
    from rich.markup import escape

    from hueset.render.terminal.words import format_age

    chosen = version_option({"version": found.version, "opened": opened})
    command = escape(f"`{with_place_options(f'hueset verify {found.dataset}{chosen}')}`")
    if found.verified_at is None:
        return f"[dim]files: sizes checked, bytes not hashed since the build; run {command}[/]"
    age = format_age(found.verified_at)
    return f"[dim]files: every byte verified {age}; to verify again: {command}[/]"
