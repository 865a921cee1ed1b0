"""The commands that learn: `probe`, `train`, `runs`, `waive`."""

from pathlib import Path
from typing import Annotated

import typer

from hueset.cli import options
from hueset.cli.root import Debug, app
from hueset.cli.told import err, out, print_json, told

TaskName = Annotated[
    str | None, typer.Option("--task", help="The task; by default the dataset's first.")
]


@app.command("probe")
@told
def probe(
    name: options.Name,
    task: TaskName = None,
    version: options.VersionName = None,
    rows: Annotated[int, typer.Option("--rows", min=40, help="At most so many rows.")] = 6000,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Tell whether the labels can be learned at all, and whether a stranger could tell them."""
    from hueset.cli.show import learning
    from hueset.training.probe import probe as look
    from hueset.training.task import Ground

    home = options.project_of(project)
    to = options.store_of(home, store)
    found = to.version(options.known(home, name), version)
    document = look(Ground(to, found, home.folder(name), home.root), task=task, rows=rows)
    to.record(found, "probe", document)
    print_json(document) if as_json else learning.probed(out(), document)


@app.command("train")
@told
def train(
    name: options.Name,
    task: TaskName = None,
    version: options.VersionName = None,
    dims: Annotated[
        str | None,
        typer.Option("--dims", help="Only these, also thin and neutral ones.", metavar="A,B"),
    ] = None,
    stage: Annotated[
        list[str] | None,
        typer.Option("--stage", help="Learn in stages; given once for each.", metavar="A,B"),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Few rows, few epochs.")] = False,
    epochs: Annotated[int | None, typer.Option("--epochs", help="Epochs of a stage.")] = None,
    batch: Annotated[int | None, typer.Option("--batch", help="Rows in a batch.")] = None,
    rate: Annotated[float | None, typer.Option("--rate", help="Highest learning rate.")] = None,
    rows: Annotated[int | None, typer.Option("--rows", help="At most so many rows.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Of everything random.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="Set an option of the task.", metavar="NAME=VALUE"),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the last such run that did not end.")
    ] = False,
    needs_probe: Annotated[
        bool, typer.Option("--needs-probe", help="Refuse a version that was never probed.")
    ] = False,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads of torch.")] = 1,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> int:
    """Train a task: coverage before, what is refused and why, and what was learned after."""
    from hueset.cli.show import learning
    from hueset.training import session

    home = options.project_of(project)
    to = options.store_of(home, store)
    found = to.version(options.known(home, name), version)
    plan = session.make_plan(
        home, to, found, task=task, named=_names(dims), stages=[_names(one) for one in stage or []],
        options=options.settings_of(settings),
        changes={"epochs": epochs, "batch": batch, "rate": rate, "rows": rows, "seed": seed},
        quick=quick, needs_probe=needs_probe,
    )  # fmt: skip
    watch = learning.Progress(err(), quiet=as_json)
    document = session.train(plan, watch, resume=resume, threads=threads)
    print_json(document) if as_json else learning.after(out(), document)
    return 0 if document["status"] == "finished" else 1


@app.command("runs")
@told
def runs(
    first: Annotated[
        str | None,
        typer.Argument(help="A run by the beginning of its id, or `last`.", metavar="RUN"),
    ] = None,
    second: Annotated[
        str | None, typer.Argument(help="Another one, to compare.", metavar="RUN")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write the run as a page.")] = None,
    onnx: Annotated[Path | None, typer.Option("--onnx", help="Write its network as ONNX.")] = None,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """List the runs of a store, show one, or compare two."""
    from hueset.cli.show import learning
    from hueset.training.compare import compare
    from hueset.training.runs import all_runs, find_run

    home = options.project_of(project)
    to = options.store_of(home, store)
    if first is None:
        document = learning.runs_document(all_runs(to))
        print_json(document) if as_json else learning.listing(out(), document)
    elif second is not None:
        document = compare(find_run(to, first), find_run(to, second))
        print_json(document) if as_json else learning.comparison(out(), document)
    else:
        found = find_run(to, first)
        document = found.document
        if html is not None:
            from hueset.training.report import page

            html.write_text(page(document), encoding="utf-8")
        if onnx is not None:
            from hueset.training.onnx import export_onnx
            from hueset.training.session import retrial

            document = {**document, "onnx": export_onnx(retrial(home, to, found), onnx)}
        print_json(document) if as_json else learning.after(out(), document)


@app.command("waive")
@told
def waive(
    name: options.Name,
    why: Annotated[str, typer.Option("--why", help="Why it may be used all the same.")],
    version: Annotated[str, typer.Option("--version", help="The version.")],
    by: Annotated[str | None, typer.Option("--by", help="Who says so.")] = None,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Record why a version that did not pass its gate may be trained on all the same."""
    from hueset.cli.show import learning
    from hueset.training.waiver import waive as write

    home = options.project_of(project)
    to = options.store_of(home, store)
    found = to.version(options.known(home, name), version)
    document = write(to, found, why=why, by=by)
    print_json(document) if as_json else learning.waived(out(), document)


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]
