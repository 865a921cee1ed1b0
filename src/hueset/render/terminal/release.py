"""Screens of the commands that publish, pull and export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from hueset.render.terminal.output import next_step
from hueset.render.terminal.words import borderless_table, colour_verdict
from hueset.words import format_count, format_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from hueset.release.hub.hub import Hub
    from hueset.release.hub.plan import PublishPlan
    from hueset.release.hub.pull import PullResult
    from hueset.release.hub.run import PublishResult

SHOWN = 20


def plan_document(hub: Hub, plan: PublishPlan, *, private: bool | None) -> dict[str, Any]:
    """Return what publishing would do as JSON."""
    release = plan.release
    return {
        "dataset": release.dataset,
        "version": release.version,
        "repo": hub.repo,
        "endpoint": hub.endpoint,
        "tag": release.tag,
        "state": plan.state,
        "head": plan.head,
        "latest_release": plan.latest_tag,
        "creates_repository": plan.head is None,
        "private": bool(private) if plan.head is None else None,
        "send": [{"path": file.path, "bytes": file.size} for file in plan.send],
        "there": [{"path": file.path, "bytes": file.size} for file in plan.there],
        "remove": list(plan.remove),
        "foreign": list(plan.foreign),
        "bytes_to_send": plan.bytes_to_send,
        "card_differs": [file.path for file in plan.documents],
        "licence": release.licence,
        "licence_on_main": plan.licence_on_main,
        "metadata_revision": release.revision,
        "licences": release.licences,
    }


def publish_plan(console: Console, document: Mapping[str, Any]) -> None:
    """Print what publishing would do."""
    where = f"{document['repo']}@{document['tag']}"
    console.print(f"[bold]{document['dataset']}[/] {document['version']} → {where}")
    console.print(f"  on {document['endpoint']}", style="dim")
    if document["creates_repository"]:
        kind = "private" if document["private"] else "public"
        console.print(f"  the repository does not exist yet: it will be created, {kind}")
    else:
        now = document["latest_release"] or "no release"
        console.print(f"  there now: {now}, main at {document['head'][:12]}")
    if document["state"] == "released":
        console.print("[green]nothing to send[/]: this version is released already")
        _card_differs(console, document)
        return
    if document["state"] == "committed":
        console.print("  every file is on main already; only the tag is missing")
    shown = borderless_table("  file", "size", "", right=["size"])
    for state, files in (("send", document["send"]), ("there already", document["there"])):
        for file in files[:SHOWN]:
            shown.add_row(escape(f"  {file['path']}"), format_size(file["bytes"]), state)
        if len(files) > SHOWN:
            rest = sum(file["bytes"] for file in files[SHOWN:])
            shown.add_row(f"  and {len(files) - SHOWN} more", format_size(rest), state)
    for path in document["remove"]:
        shown.add_row(escape(f"  {path}"), "", "[yellow]remove[/]: of an older release")
    for path in document["foreign"]:
        shown.add_row(escape(f"  {path}"), "", "stays: not ours")
    console.print(shown)
    hint = ""
    for name, counts in document["licences"].items():
        if len(counts) > 1 or set(counts) & {"untold", "unstated"}:
            said = " · ".join(f"{licence} {rows:,}" for licence, rows in counts.items())
            console.print(escape(f"  licences of {name}: {said}"))
            hint = "--only-licence publishes only some of them"
    if hint:
        console.print(f"  {hint}", style="dim")
    sent = len(document["send"])
    console.print(
        f"  {format_count(sent, 'file')} to send, {format_size(document['bytes_to_send'])}; "
        "one commit, one tag"
    )


def published_document(hub: Hub, plan: PublishPlan, done: PublishResult) -> dict[str, Any]:
    """Return what publishing came to as JSON."""
    left = plan.documents if done.state == "unchanged" else ()
    return {
        "dataset": done.release.dataset,
        "version": done.release.version,
        "repo": hub.repo,
        "endpoint": hub.endpoint,
        "tag": done.release.tag,
        "commit": done.commit,
        "state": done.state,
        "files": len(done.release.files),
        "sent": done.sent,
        "sent_bytes": done.sent_bytes,
        "card_differs": [file.path for file in left],
        "licence": done.release.licence,
        "licence_on_main": plan.licence_on_main if left else None,
    }


def print_publication(console: Console, document: Mapping[str, Any]) -> None:
    """Print what publishing came to."""
    where = f"{document['repo']}@{document['tag']}"
    said = {
        "published": f"published: {format_count(document['sent'], 'file')} sent "
        f"({format_size(document['sent_bytes'])}), {document['files']} verified",
        "completed": "completed: an earlier run had made the commit; verified and tagged now",
        "unchanged": "nothing to send: already released",
        "card": f"new card on main ({format_count(document['sent'], 'file')}, "
        f"{format_size(document['sent_bytes'])}); "
        "the tag did not move",
    }[document["state"]]
    console.print(f"[bold]{where}[/] [green]{said}[/]")
    console.print(f"  commit {document['commit']}", style="dim")
    _card_differs(console, document)
    next_step(console, f"hueset verify {document['dataset']} --repo {document['repo']}")


def remote_verification(console: Console, document: Mapping[str, Any]) -> None:
    """Print what reading a release back found."""
    where = f"{document['repo']}@{document['tag']}"
    console.print(
        f"[bold]{where}[/] {colour_verdict(document['verdict'])}  "
        f"{format_count(document['files'], 'file')}, "
        f"{format_size(document['bytes'])} read and hashed"
    )
    for told in document["tables"]:
        rows = ", ".join(f"{split} {count:,}" for split, count in told["eager"].items())
        console.print(escape(f"  {told['table']}: loads eager and streaming, {rows}"))
    for fault in document["faults"]:
        console.print(
            f"  [red]{fault['kind']}[/] {escape(fault['path'])}: "
            + escape(f"expected {fault['expected'][:64]}, found {fault['found'][:64]}")
        )


def pulled_document(hub: Hub, done: PullResult) -> dict[str, Any]:
    """Return what pulling came to as JSON."""
    return {
        "dataset": done.version.dataset,
        "version": done.version.name,
        "repo": hub.repo,
        "tag": done.tag,
        "commit": done.commit,
        "state": done.state,
        "latest": done.latest,
        "path": str(done.version.path),
    }


def print_pull(console: Console, document: Mapping[str, Any]) -> None:
    """Print what pulling came to."""
    where = f"{document['repo']}@{document['tag']}"
    said = "in the store, every file verified" if document["state"] == "pulled" else "was there"
    latest = ", now the latest" if document["latest"] else ""
    console.print(f"[bold]{where}[/] [green]{said}[/]{latest}")
    console.print(escape(f"  {document['path']}"), style="dim")


def print_export(console: Console, document: Mapping[str, Any]) -> None:
    """Print where a version was exported to, and how it is loaded."""
    console.print(
        f"[bold]{document['dataset']}[/] {document['version']} → {escape(document['path'])}"
    )
    for name, told in document["tables"].items():
        console.print(f"  {name}: {format_count(told['rows'], 'row')}")
    tables = document["tables"]
    name = next((name for name, told in tables.items() if told["rows"]), next(iter(tables)))
    said = f'next: datasets.load_dataset("{document["path"]}", "{name}")'
    console.print(escape(said), style="dim")


def _card_differs(console: Console, document: Mapping[str, Any]) -> None:
    """Say that the card would be another one now, and how it goes out; a licence first of all."""
    if document["licence_on_main"]:
        console.print(
            f"  [red]licence[/]: main says {escape(document['licence_on_main'])}, it is "
            f"{escape(document['licence'])}"
        )
    if document["card_differs"]:
        console.print(
            f"  [yellow]differs on main[/]: {', '.join(document['card_differs'])}; "
            "--card-only sends that alone, and the tag stays"
        )
