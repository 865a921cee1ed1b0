"""Groove: what is struck in a bar → how early and how hard, against the mean of its style.

The splits are those by session, since the published ones let sessions straddle.
Data: Gillick et al., Learning to Groove with Inverse Sequence Transformations, ICML 2019.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hueset.documents.verdicts import CoverageVerdict
from hueset.training.frames import number_column, read_columns, sample_evenly, text_column
from hueset.training.task import Examples, Settings, Target
from hueset.training.text import Features

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from hueset.training.task import Learner, TaskContext, TrainingConfig

TARGETS = ("offset_mean_ms", "offset_sd_ms", "velocity_mean", "velocity_sd")
STEPS = 16
FEW_BARS = 1000


@dataclass(frozen=True)
class Groove:
    """Bars → microtiming and velocity."""

    name: str = "groove"
    about: str = "what is struck in a bar → how early and how hard, against its style"
    reads: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def settings(self, *, quick: bool) -> Settings:
        """Return how it runs if nothing else is said."""
        return Settings(epochs=6 if quick else 30, rate=3e-3, rows=8000 if quick else None)

    def targets(self, ground: TaskContext, options: Mapping[str, Any]) -> list[Target]:
        """Return what is measured in bars."""
        table = read_columns(ground.version, "bars", list(TARGETS))
        told = []
        for name in TARGETS:
            n = table.num_rows - table.column(name).null_count
            verdict = CoverageVerdict.of_count(n, FEW_BARS)
            told.append(Target(name, verdict, f"{n:,} bars", n))
        return told

    def trial(
        self, ground: TaskContext, request: TrainingConfig, targets: Sequence[str]
    ) -> Learner:
        """Make the trial for some measures."""
        from hueset.training.tabular import FeaturePart, TabularTrial

        matrix, table = _bars(ground)
        splits, styles = text_column(table, "split_by_session"), text_column(table, "style")
        labels = {name: number_column(table, name) for name in targets}
        means = {
            name: _style_means(column, styles, splits == "train") for name, column in labels.items()
        }
        parts = {}
        for split in ("train", "validation", "test"):
            chosen = sample_evenly(
                splits == split, request.settings.rows if split == "train" else None
            )
            parts[split] = FeaturePart(
                Features(matrix.shape[1], dense=matrix[chosen]),
                {name: column[chosen] for name, column in labels.items()},
                styles[chosen],
                baselines={name: {"style_mean": means[name][chosen]} for name in targets},
            )
        return TabularTrial(parts, targets, frozenset(), request.settings)

    def examples(self, ground: TaskContext, *, rows: int) -> Examples:
        """Return bars, grouped by session."""
        matrix, table = _bars(ground)
        chosen = sample_evenly(np.ones(table.num_rows, np.bool_), rows)
        table = table.take(chosen)
        return Examples(
            features=matrix[chosen],
            targets={name: number_column(table, name) for name in TARGETS},
            binary=frozenset(),
            groups=text_column(table, "session"),
            nuisance={
                key: text_column(table, key) for key in ("drummer", "session", "style", "split")
            },
        )


def _bars(ground: TaskContext) -> tuple[NDArray[np.float32], Any]:
    """Return bars with a hit as vectors: hits per drum and sixteenth, tempo, style, fill."""
    version = ground.version
    columns = [
        "performance",
        "bar",
        "session",
        "drummer",
        "style",
        "bpm",
        "beat_type",
        "hits",
        "split",
        "split_by_session",
        *TARGETS,
    ]
    table = read_columns(version, "bars", columns)
    table = table.take(np.flatnonzero(number_column(table, "hits") > 0))
    keys = zip(
        table.column("performance").to_pylist(), table.column("bar").to_pylist(), strict=True
    )
    at = {key: row for row, key in enumerate(keys)}
    hits = read_columns(version, "hits", ["performance", "bar", "voice", "step"])
    voices = {name: i for i, name in enumerate(sorted(set(hits.column("voice").to_pylist())))}
    styles = {name: i for i, name in enumerate(sorted(set(text_column(table, "style").tolist())))}
    grid = np.zeros((table.num_rows, len(voices) * STEPS), np.float32)
    for performance, bar, voice, step in zip(
        *(column.to_pylist() for column in hits.columns), strict=True
    ):
        row = at.get((performance, bar))
        if row is not None and 0 <= step < STEPS:
            grid[row, voices[voice] * STEPS + step] += 1
    style = np.zeros((table.num_rows, len(styles)), np.float32)
    style[np.arange(table.num_rows), [styles[name] for name in text_column(table, "style")]] = 1
    tempo = ((number_column(table, "bpm") - 120) / 40).astype(np.float32)
    fill = (text_column(table, "beat_type") == "fill").astype(np.float32)
    return np.column_stack([grid, style, tempo, fill]), table


def _style_means(
    column: NDArray[np.float64], styles: NDArray[np.str_], train: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return for each row the mean of its style in the training split, else of all of it."""
    there = train & np.isfinite(column)
    overall = float(column[there].mean()) if there.any() else 0.0
    made = np.full(len(column), overall)
    for style in set(styles.tolist()):
        mine = there & (styles == style)
        if mine.any():
            made[styles == style] = float(column[mine].mean())
    return made


TASKS = (Groove(),)
