"""The commands that let a version out: `card`, `croissant`, `export`, `publish`, `pull`."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hueset.cli import options
from hueset.cli.root import Debug, app
from hueset.render.terminal.output import (
    error_console,
    handle_errors,
    handle_errors_and_go_on,
    output_console,
    print_json,
)
from hueset.render.terminal.printable import escape_control, printable_json

if TYPE_CHECKING:
    from hueset.declaration.project import Project
    from hueset.store.store import StoredVersion, VersionStore

Repo = Annotated[
    str | None,
    typer.Option("--repo", help="The repository on the Hub.", metavar="NAMESPACE/NAME"),
]
OnlyLicence = Annotated[
    list[str] | None,
    typer.Option("--only-licence", help="Only rows under this licence; repeatable."),
]


@app.command("card")
@handle_errors
def card(
    name: options.Name,
    version: options.VersionName = None,
    repo: Repo = None,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Print the card of a version, made from its manifest."""
    from hueset.release.card import render_documents

    home = options.project_of(project)
    found = _as_declared(home, options.store_of(home, store), name, version)
    text = render_documents(home, found, repo)["README.md"]
    if as_json:
        print_json({"dataset": name, "version": found.name, "card": text})
    else:
        sys.stdout.write(escape_control(text) if sys.stdout.isatty() else text)


@app.command("croissant")
@handle_errors
def croissant(
    name: options.Name,
    version: options.VersionName = None,
    repo: Repo = None,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Print the Croissant description of a version (JSON-LD)."""
    from hueset.release.card import render_documents

    home = options.project_of(project)
    found = _as_declared(home, options.store_of(home, store), name, version)
    sys.stdout.write(printable_json(render_documents(home, found, repo)["croissant.json"]))


@app.command("export")
@handle_errors
def export(
    name: options.Name,
    to: Annotated[Path, typer.Option("--to", help="The folder: new or empty.")],
    version: options.VersionName = None,
    only_licence: OnlyLicence = None,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Copy a version into a folder that `datasets` loads offline."""
    from hueset.release.card import render_documents
    from hueset.release.export import export_version as copy
    from hueset.release.licence_filter import filter_by_licence
    from hueset.render.terminal import release as releasing
    from hueset.store.metadata_revisions import record_as_declared

    home = options.project_of(project)
    to_store = options.store_of(home, store)
    whole = to_store.version(options.require_known_dataset(home, name), version)
    whole = record_as_declared(home, to_store, whole, render_documents)
    with filter_by_licence(home, to_store, whole, only_licence or ()) as found:
        folder = copy(home, found, to.expanduser().resolve())
        document = {
            "dataset": name,
            "version": found.name,
            "path": str(folder),
            "tables": {
                table: {"rows": told.rows, "splits": told.splits}
                for table, told in found.manifest.tables.items()
            },
        }
    print_json(document) if as_json else releasing.print_export(output_console(), document)


@app.command("publish")
@handle_errors_and_go_on
def publish(
    name: options.Name,
    repo: Repo = None,
    private: Annotated[
        bool, typer.Option("--private", help="If the repository is created, make it private.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan; do nothing.")] = False,
    version: options.VersionName = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", help="Publish it even if it is: failed, sample, subset, waived."),
    ] = None,
    only_licence: OnlyLicence = None,
    card: Annotated[
        bool,
        typer.Option("--card-only", help="Update only the card of a release, not its tag."),
    ] = False,
    needs_probe: Annotated[
        bool, typer.Option("--require-probe", help="Refuse a version that was never probed.")
    ] = False,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Publish a version on the Hugging Face Hub.

    It appears there complete, verified and tagged, or not at all.
    """
    from hueset.cli.transfer import Transfer
    from hueset.release.card import render_documents
    from hueset.release.hub.card_update import check_card, send_card
    from hueset.release.hub.hub import Hub
    from hueset.release.hub.run import plan_publish
    from hueset.release.hub.run import publish_release as send
    from hueset.release.licence_filter import filter_by_licence
    from hueset.render.terminal import release as releasing
    from hueset.store.metadata_revisions import as_declared, record_as_declared
    from hueset.store.probe_records import demand_probe

    home = options.project_of(project)
    to_store = options.store_of(home, store)
    whole = to_store.version(options.require_known_dataset(home, name), version)
    if dry_run:
        whole = as_declared(home, whole)
    else:
        whole = record_as_declared(home, to_store, whole, render_documents)
    wanted = True if private else None
    if needs_probe:
        demand_probe(to_store, whole)
    with (
        Transfer(quiet=as_json) as screen,
        filter_by_licence(home, to_store, whole, only_licence or ()) as found,
    ):
        hub = Hub(_repo(home, name, repo), note=screen.note)
        plan = plan_publish(home, to_store, found, hub, allow or ())
        if card:
            check_card(hub, plan)
        document = releasing.plan_document(hub, plan, private=wanted)
        if dry_run:
            print_json(document) if as_json else releasing.publish_plan(output_console(), document)
            return
        if card and plan.documents:
            _agree(f"make the card on main of {hub.repo} new?", yes=yes)
        elif plan.state != "released":
            if not as_json:
                releasing.publish_plan(error_console(), document)
            _agree(f"publish {hub.repo}@{plan.release.tag}?", yes=yes)
        if card:
            done = send_card(to_store, found, hub, plan, screen)
        else:
            done = send(to_store, found, hub, plan, screen, private=wanted)
    document = releasing.published_document(hub, plan, done)
    print_json(document) if as_json else releasing.print_publication(output_console(), document)


@app.command("pull")
@handle_errors_and_go_on
def pull(
    reference: Annotated[
        str,
        typer.Argument(
            help="A release on the Hub; without a tag the newest.", metavar="NAMESPACE/NAME[@TAG]"
        ),
    ],
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Download a published version and verify every byte."""
    from hueset.cli.transfer import Transfer
    from hueset.release.hub.hub import Hub
    from hueset.release.hub.pull import pull_release as fetch
    from hueset.release.hub.pull import split_reference
    from hueset.render.terminal import release as releasing

    home = options.project_of(project)
    repo, tag = split_reference(reference)
    with Transfer(quiet=as_json) as screen:
        hub = Hub(repo, note=screen.note)
        done = fetch(options.store_of(home, store), hub, tag, screen)
    document = releasing.pulled_document(hub, done)
    print_json(document) if as_json else releasing.print_pull(output_console(), document)


def _as_declared(
    home: "Project", to: "VersionStore", name: str, version: str | None
) -> "StoredVersion":
    """Return a version as the declaration speaks of it today, and say where that is no record."""
    from hueset.store.metadata_revisions import as_declared

    found = as_declared(home, to.version(options.require_known_dataset(home, name), version))
    if found.pending is not None:
        changes = ", ".join(found.pending.document.changes)
        note = f"not recorded yet: {changes}; `build-dataset {name}`, export or publish records it"
        error_console().print(note, style="yellow", markup=False, soft_wrap=True)
    return found


def _repo(home: "Project", name: str, repo: str | None) -> str:
    """Return the repository: as given, else in the catalog's namespace."""
    from hueset.errors import UsageError
    from hueset.release.card import default_repo

    chosen = repo or default_repo(home, name)
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", chosen):
        message = f"{chosen!r} is no repository"
        hint = "give --repo NAMESPACE/NAME, or set hub_namespace in catalog.yaml"
        raise UsageError(message, hint=hint, value=chosen)
    return chosen


def _agree(question: str, *, yes: bool) -> None:
    """Ask, unless told not to; a script that did not say `--yes` is not asked but refused."""
    from hueset.errors import UsageError

    if yes:
        return
    if not sys.stdin.isatty():
        message = "publishing asks first, and there is no terminal to ask on"
        raise UsageError(message, hint="pass --yes, or look first with --dry-run")
    if not typer.confirm(question, err=True):
        raise typer.Exit(0)
