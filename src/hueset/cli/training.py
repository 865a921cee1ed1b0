"""The commands that learn: `probe`, `train`, `runs`, `waive`."""

from pathlib import Path
from typing import Annotated

import typer

from hueset.cli import options
from hueset.cli.root import Debug, app
from hueset.render.terminal.output import error_console, handle_errors, output_console, print_json

TaskName = Annotated[
    str | None, typer.Option("--task", help="The task; by default the dataset's first.")
]

Mlflow = Annotated[
    str | None,
    typer.Option("--mlflow", help="Copy the run there, e.g. sqlite:///mlflow.db.", metavar="URI"),
]


@app.command("probe")
@handle_errors
def probe(
    name: options.Name,
    task: TaskName = None,
    version: options.VersionName = None,
    rows: Annotated[int, typer.Option("--rows", min=40, help="Maximum number of rows.")] = 6000,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Check that labels can be learned from the features.

    Also check that source, length or split alone do not predict them (leakage).
    """
    from hueset.documents.record_kinds import RecordKind
    from hueset.render.terminal import training as learning
    from hueset.training.probe import probe_version as look
    from hueset.training.task import ground_of
    from hueset.training.tasks import task_of

    home = options.project_of(project)
    to = options.store_of(home, store)
    found = to.version(options.require_known_dataset(home, name), version)
    chosen = task_of(home, name, task)
    document = look(ground_of(home, to, found, chosen), chosen, rows=rows)
    to.record(found, RecordKind.PROBE, document)
    print_json(document) if as_json else learning.print_probe(output_console(), document)


@app.command("train")
@handle_errors
def train(
    name: options.Name,
    task: TaskName = None,
    version: options.VersionName = None,
    dims: Annotated[
        str | None,
        typer.Option(
            "--dimensions", help="Train only these, even if thin or neutral.", metavar="A,B"
        ),
    ] = None,
    stage: Annotated[
        list[str] | None,
        typer.Option("--stage", help="Targets of one stage; repeatable.", metavar="A,B"),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Few rows, few epochs.")] = False,
    epochs: Annotated[int | None, typer.Option("--epochs", help="Epochs per stage.")] = None,
    batch: Annotated[int | None, typer.Option("--batch-size", help="Rows per batch.")] = None,
    rate: Annotated[
        float | None, typer.Option("--learning-rate", help="Peak learning rate.")
    ] = None,
    rows: Annotated[int | None, typer.Option("--rows", help="Maximum number of rows.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Random seed.")] = None,
    embeddings: Annotated[
        Path | None,
        typer.Option("--embeddings", help="Word vectors in GloVe's text format, for poetry."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="Set an option of the task.", metavar="NAME=VALUE"),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Resume the last unfinished run of the same settings.")
    ] = False,
    needs_probe: Annotated[
        bool, typer.Option("--require-probe", help="Refuse a version that was never probed.")
    ] = False,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Torch threads.")] = 1,
    mlflow: Mlflow = None,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> int:
    """Train a task, check its coverage first, and write a report.

    What cannot be learned is refused; the report says what was learned.
    """
    from hueset.render.terminal import training as learning
    from hueset.training import session
    from hueset.training.runs import find_run
    from hueset.training.tracking import log_run

    home = options.project_of(project)
    to = options.store_of(home, store)
    found = to.version(options.require_known_dataset(home, name), version)
    chosen = options.settings_of(settings)
    if embeddings is not None:
        chosen["embeddings"] = str(embeddings.expanduser().resolve())
    plan = session.make_plan(
        home,
        to,
        found,
        task=task,
        named=_names(dims),
        stages=[_names(one) for one in stage or []],
        options=chosen,
        changes={"epochs": epochs, "batch": batch, "rate": rate, "rows": rows, "seed": seed},
        quick=quick,
        needs_probe=needs_probe,
    )
    watch = learning.Progress(error_console(), quiet=as_json)
    document = session.train_plan(plan, watch, resume=resume, threads=threads)
    if mlflow is not None:
        document = {**document, "mlflow": log_run(find_run(to, document["id"]), mlflow)}
    print_json(document) if as_json else learning.print_training(output_console(), document)
    return 0 if document["status"] == "finished" else 1


@app.command("runs")
@handle_errors
def runs(
    first: Annotated[
        str | None,
        typer.Argument(help="A run, by the start of its id, or `last`.", metavar="RUN"),
    ] = None,
    second: Annotated[
        str | None, typer.Argument(help="A second run, to compare.", metavar="RUN")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write the run as a page.")] = None,
    onnx: Annotated[Path | None, typer.Option("--onnx", help="Write its network as ONNX.")] = None,
    mlflow: Mlflow = None,
    force: options.Force = False,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """List the runs of a store, show one, or compare two."""
    from hueset.files.outputs import check_output, is_sealed, seal_page, write_outputs
    from hueset.render.terminal import training as learning
    from hueset.training.compare import compare_runs
    from hueset.training.runs import all_runs, find_run, unreadable_runs

    home = options.project_of(project)
    to = options.readable_store_of(home, store)
    if first is None:
        document = learning.runs_document(all_runs(to), unreadable_runs(to))
        print_json(document) if as_json else learning.print_runs(output_console(), document)
    elif second is not None:
        document = compare_runs(find_run(to, first), find_run(to, second))
        print_json(document) if as_json else learning.print_run_comparison(
            output_console(), document
        )
    else:
        found = find_run(to, first)
        document = found.document
        if onnx is not None and not force:
            check_output(onnx)
        if html is not None and not force:
            check_output(html, is_ours=is_sealed)
        if html is not None:
            from hueset.training.report import render_run

            pictures = [
                path.read_text(encoding="utf-8") for path in sorted(found.path.glob("*.svg"))
            ]
            whole = seal_page(render_run(document, pictures).encode())
            write_outputs({html: whole}, is_ours=is_sealed, force=force)
            document = {**document, "html": {"path": str(html.resolve()), "bytes": len(whole)}}
        if onnx is not None:
            from hueset.training.onnx import export_onnx
            from hueset.training.session import reload_learner

            document = {**document, "onnx": export_onnx(reload_learner(home, to, found), onnx)}
        if mlflow is not None:
            from hueset.training.tracking import log_run

            document = {**document, "mlflow": log_run(found, mlflow)}
        print_json(document) if as_json else learning.print_training(output_console(), document)


@app.command("waive")
@handle_errors
def waive(
    name: options.Name,
    why: Annotated[str, typer.Option("--why", help="Why it may be used anyway.")],
    version: Annotated[str, typer.Option("--version", help="The version.")],
    by: Annotated[str | None, typer.Option("--by", help="Who decided it.")] = None,
    store: options.Out = None,
    as_json: options.Json = False,
    project: options.ProjectDir = None,
    debug: Debug = False,
) -> None:
    """Record why one may train on a version that failed its gate."""
    from hueset.render.terminal import training as learning
    from hueset.training.waiver import waive_findings as write

    home = options.project_of(project)
    to = options.store_of(home, store)
    found = to.version(options.require_known_dataset(home, name), version)
    document = write(to, found, why=why, by=by)
    print_json(document) if as_json else learning.print_waiver(output_console(), document)


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]
