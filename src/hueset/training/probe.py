"""Learnability before any deep model: a ridge on fixed features, and what must not tell a label.

Every label is predicted out of fold, folds never part a group, and the score is held against
permuted labels; all permutations are solved at once, since they share one factorised matrix. The
leakage probe predicts the same labels from source, song, split or length alone, with folds over
rows: what a model could do that has read nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hueset.documents.verdicts import Verdict
from hueset.training.runs import run_provenance
from hueset.training.text import hashed_matrix
from hueset.training.verdicts import average_ranks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hueset.training.task import Examples, Task, TaskContext

FOLDS = 5
PERMUTATIONS = 199
RIDGE = 0.3
"""Of the mean squared length of a centred feature row; features are rows of length 1."""

LEAST = 40
LEAST_OF_A_SIDE = 5
MOST_KINDS = 500
"""A nuisance with more kinds than this nearly names each row; it is not probed."""

CHANCE = 0.01
PERFECT = 0.99
CLEAR = {"correlation": 0.1, "auc": 0.6}
"""From here on a score that is no chance is called learnable."""


@dataclass(frozen=True)
class ProbeOutcome:
    """What a linear model makes of one target.

    Attributes
    ----------
    target, by
        The target, and what it was predicted from: `features`, or a nuisance by name.
    n, groups
        Rows with a label, and groups among them.
    metric, value
        `correlation` or `auc`, out of fold; None where it was not measured.
    folds_sd
        Its sd over the folds.
    chance
        Its mean over permutations of the labels.
    p_value
        Share of permutations that did as well.
    verdict
        `learnable`, `weak` or `none`; for a nuisance `perfect`, `tells` or `silent`; None where it
        was not measured, with the reason.
    permuted
        What was permuted: `rows`, or `groups` where a whole group shares its label.
    """

    target: str
    by: str
    n: int
    groups: int
    metric: str
    value: float | None
    folds_sd: float | None
    chance: float | None
    p_value: float | None
    verdict: str | None
    why: str
    permuted: str | None = None


def probe_version(ground: TaskContext, task: Task, *, rows: int = 6000) -> dict[str, Any]:
    """Probe a version and return the body of its record.

    Parameters
    ----------
    ground
        The version.
    task
        Whose targets.
    rows
        Maximum number of rows.
    """
    examples = task.examples(ground, rows=rows)
    targets = [asdict(one) for one in probe_targets(examples)]
    leaks = [asdict(one) for one in probe_leaks(examples)]
    return {
        "task": task.name,
        "dataset": ground.version.dataset,
        "version": ground.version.name,
        **run_provenance(ground),
        "rows": len(examples.groups),
        "settings": {"folds": FOLDS, "permutations": PERMUTATIONS, "ridge": RIDGE, "rows": rows},
        "targets": targets,
        "leakage": leaks,
        "findings": probe_findings(targets, leaks),
    }


def probe_targets(examples: Examples) -> list[ProbeOutcome]:
    """Predict every target from the features, with folds over groups."""
    if isinstance(examples.features, np.ndarray):
        matrix = _unit_columns(examples.features)
    else:
        matrix = hashed_matrix(examples.features)
    return [
        _measure(examples, name, "features", matrix, examples.groups) for name in examples.targets
    ]


def probe_leaks(examples: Examples) -> list[ProbeOutcome]:
    """Predict every target from each nuisance alone, with folds over rows."""
    each_row = np.array([str(at) for at in range(len(examples.groups))])
    told = []
    for by, values in examples.nuisance.items():
        kinds = sorted(set(values.tolist()))
        numeric = values.dtype.kind == "f"
        if len(kinds) < 2 or (not numeric and len(kinds) > MOST_KINDS):
            why = f"{by} is the same for every row" if len(kinds) < 2 else f"{len(kinds)} kinds"
            told += [
                _unmeasured_outcome(
                    name, by, int(np.isfinite(labels).sum()), 0, name in examples.binary, why
                )
                for name, labels in examples.targets.items()
            ]
            continue
        matrix = _number(values) if numeric else _one_hot(values, kinds)
        told += [_measure(examples, name, by, matrix, each_row) for name in examples.targets]
    return told


def probe_findings(
    targets: list[dict[str, Any]], leaks: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the findings: labels that leak, and labels that cannot be learned."""
    told = []
    for one in targets:
        if one["verdict"] == "none":
            message = f"{one['target']}: a linear model does no better than on permuted labels"
            told.append(_finding("probe.nothing", Verdict.WARN, message, one))
        if one["value"] is not None and one["value"] >= PERFECT:
            message = (
                f"{one['target']}: predicted from the features with {one['metric']} "
                f"{one['value']:.3f}; such a label is a function of its input"
            )
            told.append(_finding("probe.perfect", Verdict.WARN, message, one))
    scores = {one["target"]: one["value"] for one in targets}
    for one in leaks:
        if one["verdict"] == "perfect":
            message = (
                f"{one['target']}: {one['by']} alone predicts it, {one['metric']} "
                f"{one['value']:.3f}; split by {one['by']}, or the model will learn that"
            )
            told.append(_finding("probe.leak_perfect", Verdict.WARN, message, one))
        elif one["verdict"] == "tells" and one["value"] >= (scores[one["target"]] or 0.0):
            message = (
                f"{one['target']}: {one['by']} alone predicts as much as the features do, "
                f"{one['metric']} {one['value']:.3f}"
            )
            told.append(_finding("probe.leak", Verdict.WARN, message, one))
    return told


def _finding(code: str, verdict: str, message: str, one: dict[str, Any]) -> dict[str, Any]:
    return {
        "code": code,
        "verdict": verdict,
        "message": message,
        "target": one["target"],
        "by": one["by"],
    }


def _measure(
    examples: Examples, name: str, by: str, matrix: NDArray[np.float32], groups: NDArray[np.str_]
) -> ProbeOutcome:
    labels, binary = examples.targets[name], name in examples.binary
    there = np.isfinite(labels)
    y, inside, x = labels[there], groups[there], matrix[there]
    kinds = len(set(inside.tolist()))
    why = _too_little(y, kinds, binary=binary)
    if why:
        return _unmeasured_outcome(name, by, len(y), kinds, binary, why)
    folds = _folds(inside)
    drawn, permuted = _permutations(y, inside)
    made = _out_of_fold(x, np.column_stack([y, drawn]), folds)
    scores = _scores(np.column_stack([y, drawn]), made, folds, binary=binary)
    inner = [
        _scores(y[folds == fold, None], made[folds == fold, :1], None, binary=binary)[0]
        for fold in range(FOLDS)
    ]
    value, chance = float(scores[0]), float(scores[1:].mean())
    p_value = (1 + int((scores[1:] >= value).sum())) / (1 + PERMUTATIONS)
    metric = "auc" if binary else "correlation"
    known = [score for score in inner if np.isfinite(score)]
    verdict, why = (
        _verdict(metric, value, p_value) if by == "features" else _leak(metric, value, p_value)
    )
    return ProbeOutcome(
        name,
        by,
        len(y),
        kinds,
        metric,
        value,
        float(np.std(known)) if known else None,
        chance,
        p_value,
        verdict,
        why,
        permuted,
    )


def _verdict(metric: str, value: float, p_value: float) -> tuple[str, str]:
    if p_value > CHANCE:
        return "none", f"no better than permuted labels, p = {p_value:.3f}"
    if value < CLEAR[metric]:
        return "weak", f"no chance, but {metric} {value:.3f}"
    return "learnable", f"{metric} {value:.3f}, p = {p_value:.3f}"


def _leak(metric: str, value: float, p_value: float) -> tuple[str, str]:
    if value >= PERFECT:
        return "perfect", f"{metric} {value:.3f}"
    if p_value <= CHANCE and value >= CLEAR[metric]:
        return "tells", f"{metric} {value:.3f}, p = {p_value:.3f}"
    return "silent", f"{metric} {value:.3f}, p = {p_value:.3f}"


def _too_little(y: NDArray[np.float64], groups: int, *, binary: bool) -> str:
    if len(y) < LEAST:
        return f"{len(y)} rows with a label, {LEAST} are needed"
    if groups < 2 * FOLDS:
        return f"{groups} groups, {2 * FOLDS} are needed"
    rare = min(int(y.sum()), len(y) - int(y.sum())) if binary else len(y)
    if rare < LEAST_OF_A_SIDE:
        return f"{rare} rows of one side"
    return "every label is equal" if float(y.std()) == 0 else ""


def _unmeasured_outcome(
    name: str, by: str, n: int, groups: int, binary: bool, why: str
) -> ProbeOutcome:
    metric = "auc" if binary else "correlation"
    return ProbeOutcome(name, by, n, groups, metric, None, None, None, None, None, why)


def _folds(groups: NDArray[np.str_]) -> NDArray[np.int64]:
    """Return each row's fold: groups from the largest down, each to the emptiest fold."""
    names, inverse, counts = np.unique(groups, return_inverse=True, return_counts=True)
    mixed = [hashlib.sha256(str(name).encode()).digest() for name in names]
    order = sorted(range(len(names)), key=lambda at: (-counts[at], mixed[at]))
    sizes, fold_of = [0] * FOLDS, np.zeros(len(names), np.int64)
    for at in order:
        fold = sizes.index(min(sizes))
        fold_of[at] = fold
        sizes[fold] += int(counts[at])
    return fold_of[inverse]


def _permutations(
    y: NDArray[np.float64], groups: NDArray[np.str_]
) -> tuple[NDArray[np.float64], str]:
    """Return permuted labels [n, permutations]: of whole groups where a group shares its label."""
    rng = np.random.default_rng(0)
    names, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    shared = len(names) < len(y) and bool((y[first][inverse] == y).all())
    if shared:
        held = y[first]
        return np.column_stack([rng.permutation(held)[inverse] for _ in range(PERMUTATIONS)]), (
            "groups"
        )
    return np.column_stack([rng.permutation(y) for _ in range(PERMUTATIONS)]), "rows"


def _out_of_fold(
    x: NDArray[np.float32], ys: NDArray[np.float64], folds: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return ridge predictions of every column of `ys`, each row by a model that never saw it."""
    made = np.empty_like(ys)
    for fold in range(FOLDS):
        inside, outside = folds == fold, folds != fold
        mean_x, mean_y = x[outside].mean(axis=0), ys[outside].mean(axis=0)
        centred = (x[outside] - mean_x).astype(np.float64)
        gram = centred.T @ centred
        gram[np.diag_indices_from(gram)] += RIDGE * np.trace(gram) / len(gram) + 1e-9
        weights = np.linalg.solve(gram, centred.T @ (ys[outside] - mean_y))
        made[inside] = (x[inside] - mean_x) @ weights + mean_y
    return made


def _scores(
    ys: NDArray[np.float64],
    made: NDArray[np.float64],
    folds: NDArray[np.int64] | None,
    *,
    binary: bool,
) -> NDArray[np.float64]:
    """Return the score of each column; predictions are centred within folds.

    A fold's mean of the other folds' labels is lower the higher its own are, which would turn a
    model that knows nothing into one that is worse than a guess.
    """
    made = made.copy()
    if folds is not None:
        for fold in range(FOLDS):
            made[folds == fold] -= made[folds == fold].mean(axis=0)
    if binary:
        return np.array([_auc(ys[:, at], made[:, at]) for at in range(ys.shape[1])])
    a, b = ys - ys.mean(axis=0), made - made.mean(axis=0)
    spread = np.sqrt((a * a).mean(axis=0) * (b * b).mean(axis=0))
    covariance = (a * b).mean(axis=0)
    told: NDArray[np.float64] = np.zeros(len(spread))
    np.divide(covariance, spread, out=told, where=spread > 1e-12)
    return told


def _auc(y: NDArray[np.float64], made: NDArray[np.float64]) -> float:
    positive = int(y.sum())
    if not 0 < positive < len(y):
        return float("nan")
    over = float(average_ranks(np.round(made, 12))[y > 0.5].sum()) - positive * (positive + 1) / 2
    return over / (positive * (len(y) - positive))


def _unit_columns(values: NDArray[np.float32]) -> NDArray[np.float32]:
    spread = values.std(axis=0)
    scaled: NDArray[np.float32] = (values - values.mean(axis=0)) / np.where(spread == 0, 1, spread)
    return scaled


def _number(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return a number as itself, its logarithm and its square, which a line alone cannot bend."""
    logs = np.log1p(np.abs(values))
    return _unit_columns(np.column_stack([values, logs, logs**2]).astype(np.float32))


def _one_hot(values: NDArray[Any], kinds: list[Any]) -> NDArray[np.float32]:
    at = {kind: index for index, kind in enumerate(kinds)}
    made = np.zeros((len(values), len(kinds)), np.float32)
    made[np.arange(len(values)), [at[value] for value in values.tolist()]] = 1
    return made
