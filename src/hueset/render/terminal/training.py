"""Training on the screen: coverage before, epochs, and what was learned of each target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from hueset.documents.verdicts import CoverageVerdict
from hueset.render.terminal.output import next_step
from hueset.render.terminal.words import borderless_table, colour_verdict, format_number
from hueset.store.damage import Unreadable, read_or_reason
from hueset.words import format_count, format_size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from hueset.training.runs import Run
    from hueset.training.session import TrainingPlan

SHORT = {"correlation": "r", "auc": "auc"}
MANY = 12
"""More rows of a leakage probe than these are told by number where there is nothing to say."""

BESIDE = 3
"""So many losses fit beside each other on a line while it trains; of more the mean is told."""

SENTENCES = 6
"""So many pairs of sentences of a target are told."""

FAILED = 3
"""With more targets than these, sentences of obvious cases are left to the page and `--json`."""


class Progress:
    """Tells of a training under way, on stderr."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self.console, self.quiet = console, quiet
        self.epochs, self.stages = 0, 1

    def ready(self, plan: TrainingPlan) -> None:
        """Print the coverage before: every target, its labels, and whether it is trained."""
        self.epochs = plan.request.settings.epochs
        self.stages = len(plan.request.stages)
        if not self.quiet:
            print_coverage_before(self.console, plan.to_json())

    def started(self, run: str) -> None:
        """Print the id of the run."""
        if not self.quiet:
            self.console.print(f"run {run}; loss in training → in validation", style="dim")

    def epoch(self, stage: int, epoch: int, train: Mapping[str, Any], check: Any) -> None:
        """Print the losses of an epoch."""
        # Of many epochs each twentieth is told; the run keeps them all.
        every = max(1, self.epochs // 20)
        if self.quiet or ((epoch + 1) % every and epoch + 1 < self.epochs):
            return
        if len(train) > BESIDE:
            mean = sum(train.values()) / len(train)
            losses = [one.loss for one in check.values() if one.loss is not None]
            held = sum(losses) / len(losses) if losses else None
            told = f"mean of {len(train)} targets {mean:.4f} → {format_number(held, 4)}"
        else:
            told = "  ".join(
                f"{name} {loss:.4f} → "
                f"{format_number(check[name].loss, 4) if name in check else '–'}"
                for name, loss in train.items()
            )
        of = f"stage {stage + 1} of {self.stages}, " if self.stages > 1 else ""
        width = len(str(self.epochs))
        line = f"{of}epoch {epoch + 1:>{width}} of {self.epochs}  {told}"
        self.console.print(escape(line), style="dim", highlight=False)

    def stopped(self, target: str, reason: str) -> None:
        """Print that a target is left out."""
        if not self.quiet:
            self.console.print(f"[yellow]{escape(target)} is left out[/]: {escape(reason)}")


def print_coverage_before(console: Console, document: Mapping[str, Any]) -> None:
    """Print the coverage before."""
    console.print(
        f"[bold]{escape(document['task'])}[/] on {document['dataset']} {document['version']}: "
        "before"
    )
    if document["waiver"]:
        console.print(f"[yellow]under a waiver[/]: {escape(document['waiver']['why'])}")
    trained = set(document["trained"])
    shown = borderless_table("target", "coverage", "labels", "", "why", right=["labels"])
    absent = []
    for one in document["before"]:
        if one["verdict"] == CoverageVerdict.ABSENT and one["name"] not in trained:
            absent.append(one["name"])
            continue
        is_trained = one["name"] in trained
        word = "[green]trained[/]" if is_trained else "[yellow]refused[/]"
        if not is_trained and one["name"] not in document["refused"]:
            word = "not asked for"
        shown.add_row(
            escape(one["name"]),
            colour_verdict(one["verdict"]),
            f"{one['n']:,}",
            word,
            escape(one["reason"]),
        )
    console.print(shown)
    if absent:
        console.print(
            f"{colour_verdict(CoverageVerdict.ABSENT)}, refused: {escape(', '.join(absent))}"
        )
    for one in document["refused_stages"]:
        said = f"stage {', '.join(one['stage'])} is refused: {one['reason']}"
        console.print(f"[yellow]{escape(said)}[/]")


def print_training(console: Console, document: Mapping[str, Any]) -> None:
    """Print what was learned."""
    seconds = document["seconds"]
    took = "" if seconds is None else f" in {seconds:.1f} s"
    console.print(
        f"[bold]{escape(document['task'])}[/] on {document['dataset']} {document['version']}: "
        f"{colour_status(document['status'])}{took}"
    )
    outcomes = document.get("outcomes", [])
    if document["reason"]:
        # Below the table stands why for each target; the reason lists the same.
        reason = document["reason"].partition(": ")[0] if outcomes else document["reason"]
        console.print(f"  {escape(reason)}")
    if outcomes:
        shown = borderless_table(
            "target",
            "verdict",
            "held-out",
            "metric",
            "value",
            "to beat",
            "skill",
            "p",
            "sd of predictions",
            right=["held-out", "value", "to beat", "skill", "p", "sd of predictions"],
        )
        for one in outcomes:
            shown.add_row(
                escape(one["target"]),
                colour_learning_verdict(one["verdict"]),
                f"{one['n']:,}",
                escape(one["metric"]),
                format_number(one["value"], 4),
                _to_beat(one),
                format_number(one["skill"]),
                format_number(one["p_value"]),
                format_number(one["sd_predictions"], 4),
            )
        console.print(shown)
        for one in outcomes:
            if one["verdict"] != "learned":
                word = one["verdict"] or "not judged"
                console.print(escape(f"  {one['target']}: {word}, {one['why']}"), style="dim")
    for name, why in document.get("left_out", {}).items():
        console.print(escape(f"  {name} was left out: {why}"), style="dim")
    print_findings(console, document.get("findings", []))
    if "onnx" in document:
        made = document["onnx"]
        said = f"{made['path']}: {', '.join(made['targets'])}, {made['apart']:.1e} apart"
        console.print(escape(said))
    if "mlflow" in document:
        made = document["mlflow"]
        word = "copied to" if made["copied"] else "is already in"
        said = f"{word} MLflow, {made['experiment']}: {made['run_id']}"
        console.print(escape(said), style="dim")
    console.print(escape(f"run {document['id']}"), style="dim")
    if "html" in document:
        page = document["html"]
        console.print(escape(f"{page['path']}  ({format_size(page['bytes'])})"))
    else:
        next_step(console, f"hueset runs {document['id']} --html run.html")


def print_probe(console: Console, document: Mapping[str, Any]) -> None:
    """Print a probe: what a linear model learns from the features, and from what leaks."""
    console.print(
        f"[bold]probe[/] of {document['dataset']} {document['version']}, task {document['task']}, "
        f"{format_count(document['rows'], 'row')}"
    )
    console.print("can it be learned? a linear model on fixed features, folds over groups")
    _probes(console, document["targets"], named=False)
    console.print(
        "does source, length or split alone predict it (leakage)? the same model, folds over rows"
    )
    leaks = document["leakage"]
    silent = [one for one in leaks if one["verdict"] == "silent"]
    hide = len(leaks) > MANY
    _probes(console, [one for one in leaks if not (hide and one in silent)], named=True)
    if hide and silent:
        console.print(f"  {len(silent)} of {len(leaks)} pairs are silent", style="dim")
    print_findings(console, document["findings"])
    next_step(console, f"hueset train {document['dataset']} --require-probe")


def _probes(console: Console, rows: Sequence[Mapping[str, Any]], *, named: bool) -> None:
    by = ["from"] if named else []
    shown = borderless_table(
        "target",
        *by,
        "verdict",
        "rows",
        "groups",
        "metric",
        "value",
        "permuted",
        "p",
        right=["rows", "groups", "value", "permuted", "p"],
    )
    for one in rows:
        word = one["verdict"]
        if word is None:
            continue
        colour = {"learnable": "green", "silent": "green", "perfect": "red"}.get(word, "yellow")
        shown.add_row(
            escape(one["target"]),
            *([escape(one["by"])] if named else []),
            f"[{colour}]{word}[/]",
            f"{one['n']:,}",
            f"{one['groups']:,}",
            SHORT[one["metric"]],
            format_number(one["value"]),
            format_number(one["chance"]),
            format_number(one["p_value"]),
        )
    if shown.row_count:
        console.print(shown)
    for one in rows:
        if one["verdict"] is None:
            of = f" from {one['by']}" if named else ""
            said = f"  {one['target']}{of}: not measured, {one['why']}"
            console.print(escape(said), style="dim")


def print_findings(console: Console, found: Sequence[Mapping[str, Any]]) -> None:
    """Print findings, each with its verdict."""
    cases = [one for one in found if one.get("failed")]
    for one in found:
        console.print(
            f"{colour_verdict(one['verdict'])} {escape(one['code'])}: {escape(one['message'])}"
        )
        rows = one.get("rows")
        if isinstance(rows, list) and rows:
            shown = borderless_table(
                *rows[0],
                right=[key for key, value in rows[0].items() if not isinstance(value, str)],
            )
            for row in rows:
                shown.add_row(*(_cell(value) for value in row.values()))
            console.print(shown)
        failed = one.get("failed", []) if len(cases) <= FAILED else []
        for case in failed[:SENTENCES]:
            texts = " / ".join(case["texts"])
            console.print(f"    {escape(case['kind'])}: {escape(texts)}", style="dim")
        if len(failed) > SENTENCES:
            console.print(f"    … and {len(failed) - SENTENCES} more: --json", style="dim")


def _to_beat(one: Mapping[str, Any]) -> str:
    """Return the baseline that the skill is measured against, by name."""
    against = one["against"]
    if against is None:
        return "–"
    return escape(f"{against} {format_number(one['baselines'][against], 4)}")


def _cell(value: str | float | None) -> str:
    if isinstance(value, str):
        return escape(value)
    return f"{value:,}" if isinstance(value, int) else format_number(value, 4)


def colour_status(status: str) -> str:
    """Return how a run ended in its colour."""
    colour = {"finished": "green", "failed": "bold red"}.get(status, "yellow")
    return f"[{colour}]{status}[/]"


def colour_learning_verdict(word: str | None) -> str:
    """Return a learning verdict in its colour."""
    if word is None:
        return "–"
    colour = {"learned": "green", "weak": "yellow", "stuck": "red"}[word]
    return f"[{colour}]{word}[/]"


def runs_document(runs: Sequence[Run], lost: Mapping[str, str]) -> dict[str, Any]:
    """Return the list of runs as strict JSON, with the reason of each that cannot be read."""
    unreadable = dict(lost)
    told = []
    for run in runs:
        line = read_or_reason(_run_line, run)
        if isinstance(line, Unreadable):
            unreadable[run.id] = line.reason
        else:
            told.append(line)
    return {"runs": told, "unreadable": unreadable}


def _run_line(run: Run) -> dict[str, Any]:
    keys = ("id", "task", "dataset", "version", "status", "reason", "started_at", "seconds")
    held = run.document
    verdicts = [one["verdict"] for one in held.get("outcomes", [])]
    counts = {word: verdicts.count(word) for word in ("learned", "weak", "stuck")}
    counts["not judged"] = verdicts.count(None)
    quick = held["request"]["quick"]
    return {**{key: held[key] for key in keys}, "quick": quick, "verdicts": counts}


def print_runs(console: Console, document: Mapping[str, Any]) -> None:
    """Print the list of runs."""
    for name, why in document["unreadable"].items():
        console.print(f"[red]{escape(name)}[/] cannot be read: {escape(why)}")
    if not document["runs"]:
        console.print("no runs yet; start one with `hueset train NAME --quick`")
        return
    shown = borderless_table(
        "run",
        "dataset",
        "",
        "status",
        "learned",
        "weak",
        "stuck",
        "seconds",
        right=["learned", "weak", "stuck", "seconds"],
    )
    for one in document["runs"]:
        counts = one["verdicts"]
        shown.add_row(
            escape(one["id"]),
            escape(f"{one['dataset']} {one['version']}"),
            "quick" if one["quick"] else "full",
            colour_status(one["status"]),
            str(counts["learned"]),
            str(counts["weak"]),
            str(counts["stuck"]),
            format_number(one["seconds"], 1),
        )
    console.print(shown)


def print_run_comparison(console: Console, document: Mapping[str, Any]) -> None:
    """Print two runs side by side."""
    pairs = zip(document["runs"], document["statuses"], strict=True)
    console.print(" → ".join(f"{run} ({status})" for run, status in pairs))
    for key, values in document["changed"].items():
        one, two = (str(value)[:12] if key.endswith("sha256") else str(value) for value in values)
        console.print(escape(f"  {key}: {one} → {two}"), style="dim")
    if not document["same_data"]:
        console.print("[yellow]the data differ: the numbers below are for different rows[/]")
    elif not document["same_rows"]:
        console.print("[yellow]the runs were judged on different held-out rows[/]")
    shown = borderless_table(
        "target",
        "held-out",
        "metric",
        "value",
        "skill",
        "gained",
        "verdict",
        right=["held-out", "value", "skill", "gained"],
    )
    for one in document["targets"]:
        skills = " → ".join(format_number(value) for value in one["skills"])
        words = " → ".join(colour_learning_verdict(word) for word in one["verdicts"])
        values = " → ".join(format_number(value, 4) for value in one["values"])
        old, new = (f"{n:,}" if n is not None else "–" for n in one["n"])
        rows = old if old == new else f"{old} → {new}"
        gained = "–" if one["gained"] is None else f"{one['gained']:+.3f}"
        shown.add_row(
            escape(one["target"]), rows, escape(one["metric"]), values, skills, gained, words
        )
    console.print(shown)


def print_waiver(console: Console, document: Mapping[str, Any]) -> None:
    """Print a waiver that was recorded."""
    console.print(
        f"{document['dataset']} {document['version']} "
        f"({colour_verdict(document['verdict'])}) may be "
        f"trained on: {escape(document['why'])}"
    )
