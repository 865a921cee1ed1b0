"""The commands that look after a store: `verify`, `diff`, `quarantine`, `replay`, `gc`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hueset.cli import options
from hueset.cli.root import Debug, app
from hueset.render.terminal.output import (
    error_console,
    handle_errors,
    output_console,
    print_json,
    results_apart,
)

if TYPE_CHECKING:
    from hueset.store.store import StoredVersion, VersionStore


@app.command("verify")
@handle_errors
def verify(
    name: options.Name,
    repo: Annotated[
        str | None,
        typer.Option(
            "--repo", help="Verify what is published there instead.", metavar="NAMESPACE/NAME"
        ),
    ] = None,
    version: options.VersionName = None,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> int:
    """Hash every file of a version and compare with its manifest."""
    from hueset.render.terminal import maintenance as caring
    from hueset.store.verify import verify_and_record

    home = options.project_of(project)
    to = options.store_of(home, store)
    found = to.version(options.require_known_dataset(home, name), version)
    if repo is not None:
        return _verify_published(to, found, repo, as_json=as_json)
    verified = verify_and_record(to, found)
    document = {"dataset": name, "version": found.name, **verified.to_json()}
    if not verified.recorded:
        error_console().print("not recorded: this store cannot be written", style="yellow")
    print_json(document) if as_json else caring.print_verification(output_console(), document)
    return 1 if verified.faults else 0


@app.command("diff")
@handle_errors
def diff(
    name: options.Name,
    old: Annotated[str, typer.Argument(help="The older version.", metavar="V1")],
    new: Annotated[str, typer.Argument(help="The newer version.", metavar="V2")] = "latest",
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Show what changed between two versions.

    Schema, rows by key, coverage, sources and gate are compared.
    """
    from hueset.render.terminal import maintenance as caring
    from hueset.store import diff as differences

    home = options.project_of(project)
    to = options.store_of(home, store)
    name = options.require_known_dataset(home, name)
    document = differences.diff_versions(to.version(name, old), to.version(name, new))
    print_json(document) if as_json else caring.print_difference(output_console(), document)


@app.command("quarantine")
@handle_errors
def quarantine(
    name: options.Name,
    version: options.VersionName = None,
    table: Annotated[str | None, typer.Option("--table", help="Only this table's rows.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Only this reason.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Number of rows to show.")] = 20,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Browse the refused rows of a version by reason."""
    from hueset.build.quarantine import browse_quarantine
    from hueset.render.terminal import maintenance as caring

    home = options.project_of(project)
    to = options.store_of(home, store)
    found = to.version(options.require_known_dataset(home, name), version)
    refused = browse_quarantine(found, table=table, reason=reason, limit=limit)
    document = {**refused, "opened": to.opens(name) == found.name}
    print_json(document) if as_json else caring.print_quarantine(output_console(), document)


@app.command("replay")
@handle_errors
def replay(
    name: options.Name,
    version: options.VersionName = None,
    mirror: options.Mirror = None,
    source: options.Sources = None,
    sample: options.Sample = False,
    settings: options.Settings = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Worker processes.")] = 1,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Try refused rows again after a fix; the store is not modified."""
    from hueset.build.plan import make_plan
    from hueset.build.progress import EventWatcher
    from hueset.build.quarantine import replay_quarantine as again
    from hueset.cli.progress import Screen
    from hueset.render.terminal import maintenance as caring

    home = options.project_of(project)
    to = options.store_of(home, store)
    found = to.version(options.require_known_dataset(home, name), version)
    places = options.where_of(home, name, mirror=mirror, sources=source, sample=sample, store=store)
    with results_apart(), Screen(quiet=as_json) as screen:
        chosen = _made_with(found, options.settings_of(settings))
        plan = make_plan(home, name, places, overrides=chosen, progress=screen.source)
        document = again(plan, to, found, EventWatcher(screen), workers=workers)
    print_json(document) if as_json else caring.print_replay(output_console(), document)


@app.command("gc")
@handle_errors
def gc(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it; delete nothing.")] = False,
    keep: Annotated[
        int | None,
        typer.Option("--keep", min=0, help="Keep this many versions, besides latest and released."),
    ] = None,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Delete leftovers of builds and, with --keep, old versions.

    Leftovers are staging folders, shards, and what is left in the cache.
    """
    from hueset.render.terminal import maintenance as caring
    from hueset.sources.cache_cleanup import find_leftovers, remove_leftover
    from hueset.store import gc as sweep

    home = options.project_of(project)
    to = options.readable_store_of(home, store)
    found, leftovers = sweep.find_garbage(to, keep=keep), find_leftovers()
    if not dry_run:
        found = sweep.collect_garbage(to, found)
        for leftover in leftovers:
            remove_leftover(leftover.path)
    in_cache = (sweep.Garbage(None, one.kind, str(one.path), one.bytes) for one in leftovers)
    both = sweep.FoundGarbage((*found.garbage, *in_cache), found.left)
    document = sweep.garbage_document(both, removed=not dry_run)
    print_json(document) if as_json else caring.print_gc(output_console(), document)


def _made_with(found: "StoredVersion", given: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters a version was made with, under those that are given now.

    Where one was a file of the machine it was made on, only its name is known.
    """
    from hueset.errors import UsageError

    made_with, known = found.manifest.changed_parameters, found.manifest.parameters
    for name in found.manifest.places:
        if name not in given:
            message = f"{found.dataset} {found.name} was made with a file: {name} {known[name]}"
            hint = f"give its present path: --set {name}=PATH"
            raise UsageError(message, hint=hint, value=name)
    return {**made_with, **given}


def _verify_published(
    to: "VersionStore", found: "StoredVersion", repo: str, *, as_json: bool
) -> int:
    from hueset.cli.transfer import Transfer
    from hueset.documents.record_kinds import RecordKind
    from hueset.release.hub.hub import Hub
    from hueset.release.hub.verify import verify_published
    from hueset.render.terminal import release as releasing

    with Transfer(quiet=as_json) as screen:
        document = verify_published(Hub(repo, note=screen.note), found, screen)
    to.record(found, RecordKind.HUB_VERIFICATION, document)
    document = {"dataset": found.dataset, "version": found.name, **document}
    print_json(document) if as_json else releasing.remote_verification(output_console(), document)
    return 1 if document["faults"] else 0
