"""The command that asks people: `annotate` writes task files, `annotate --import` reads answers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hueset.cli import options
from hueset.cli.root import Debug, app
from hueset.errors import UsageError
from hueset.render.terminal.output import handle_errors, next_step, output_console, print_json
from hueset.words import format_count

if TYPE_CHECKING:
    from hueset.declaration.project import Project
    from hueset.store.store import StoredVersion


@app.command("annotate")
@handle_errors
def annotate(
    name: options.Name,
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="With --import: filled-in task files.", metavar="FILES"),
    ] = None,
    dimension: Annotated[
        str | None, typer.Option("--dimension", help="The dimension to ask about.")
    ] = None,
    texts: Annotated[int, typer.Option("--texts", min=1, help="Number of texts.")] = 100,
    raters: Annotated[int, typer.Option("--raters", min=1, help="Number of raters.")] = 2,
    unit: Annotated[
        list[str] | None,
        typer.Option("--unit", help="Only this kind of text; repeatable."),
    ] = None,
    longest: Annotated[
        int, typer.Option("--max-characters", min=1, help="Skip texts longer than this.")
    ] = 600,
    read: Annotated[bool, typer.Option("--import", help="Read answers back as a source.")] = False,
    to: Annotated[Path | None, typer.Option("--to", help="The folder to write to.")] = None,
    version: options.VersionName = None,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Collect human labels: write task files, import the answers."""
    home = options.project_of(project)
    found = options.store_of(home, store).version(
        options.require_known_dataset(home, name), version
    )
    if read == (dimension is not None) or read != bool(files):
        message = "give --dimension D to write task files, or --import FILES to read answers"
        raise UsageError(message, hint=f"for example: hueset annotate {name} --dimension texture")
    if dimension is not None:
        folder = to or Path("annotation-tasks") / name
        document = _tasks(home, found, dimension, folder, texts, raters, unit or [], longest)
    else:
        document = _answers(home, found, files or [], to or Path("annotations") / name)
    print_json(document) if as_json else _screen(document)


def _tasks(
    home: "Project",
    found: "StoredVersion",
    dimension: str,
    folder: Path,
    texts: int,
    raters: int,
    units: list[str],
    longest: int,
) -> dict[str, Any]:
    from hueset.annotate import write_tasks

    made = write_tasks(
        home, found, dimension, folder, texts=texts, raters=raters, units=units, longest=longest
    )
    return {
        "dataset": found.dataset,
        "version": found.name,
        "dimension": dimension,
        "texts": made.texts,
        "files": [str(path) for path in made.files],
    }


def _answers(
    home: "Project", found: "StoredVersion", files: list[Path], folder: Path
) -> dict[str, Any]:
    from hueset.annotate import import_answers
    from hueset.annotate.scale import annotation_contract

    source = annotation_contract(home.dataset(found.dataset))[0].source
    imported = import_answers(home, found, files, folder)
    return {
        "dataset": found.dataset,
        "version": found.name,
        "source": source,
        "folder": str(folder),
        "imported": [
            {
                "dimension": one.dimension,
                "raters": one.raters,
                "texts": one.texts,
                "ratings": one.ratings,
                "unanswered": one.unanswered,
                "alpha": one.alpha,
                "file": str(one.file),
            }
            for one in imported
        ],
    }


def _screen(document: dict[str, Any]) -> None:
    screen = output_console()
    if "texts" in document:
        total = sum(document["texts"].values())
        texts = format_count(total, "text")
        screen.print(f"[bold]{document['dimension']}[/]: {texts} of {document['version']}")
        for stratum, count in document["texts"].items():
            screen.print(f"  {stratum}  {count:,}")
        for path in document["files"]:
            screen.print(f"  {path}")
        screen.print(
            "each rater fills in `rating` (1..7, empty for cannot tell) in one file; then: "
            f"hueset annotate {document['dataset']} --import FILES",
            style="dim",
        )
        return
    for one in document["imported"]:
        alpha = "not defined" if one["alpha"] is None else f"{one['alpha']:.3f}"
        screen.print(
            f"[bold]{one['dimension']}[/]: {format_count(one['ratings'], 'rating')} of "
            f"{format_count(one['texts'], 'text')} by {format_count(one['raters'], 'rater')}, "
            f"{one['unanswered']:,} left empty, Krippendorff's alpha {alpha}"
        )
        screen.print(f"  {one['file']}")
    command = (
        f"build-dataset {document['dataset']} --source {document['source']}={document['folder']}"
    )
    next_step(screen, command, then=" with the same options")
