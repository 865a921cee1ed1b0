"""A task that needs no code of one's own: texts → the dimensions that the coverage contract names.

`TextTask(name="valence", about="text → valence", table="examples")` in a dataset's module `tasks`
is a whole task. Where more is known of the texts (what must not straddle two folds, obvious cases),
a subclass says so in `groups_of` and `findings_of`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hueset.training.frames import (
    labelled_rows,
    number_column,
    read_columns,
    sample_evenly,
    text_column,
)
from hueset.training.task import Examples, Settings, Target
from hueset.training.text import cached_features, encoder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from hueset.training.tabular import TabularTrial
    from hueset.training.task import TaskContext, TrainingConfig

    Predict = Callable[[list[str]], Mapping[str, NDArray[np.float64]]]

QUICK_ROWS = 16_000


@dataclass(frozen=True, kw_only=True)
class TextTask:
    """Texts of one table → its dimensions; one trunk, one head each.

    Attributes
    ----------
    name, about
        What it is called, and what it learns, in a few words.
    table
        The table of texts, with a column for each dimension.
    key, text, split, source
        The columns that hold a row's id, its text, its split and where it came from.
    reads
        Other datasets that it reads.
    options
        Option → default: `features` says what makes numbers of a text.
    """

    name: str
    about: str
    table: str
    key: str = "id"
    text: str = "text"
    split: str = "split"
    source: str = "source"
    reads: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=lambda: {"features": "ngrams"})

    def settings(self, *, quick: bool) -> Settings:
        """Return how it runs if nothing else is said."""
        if quick:
            return Settings(epochs=3, rate=3e-3, patience=2, rows=QUICK_ROWS)
        return Settings(epochs=8, rate=2e-3)

    def targets(self, ground: TaskContext, options: Mapping[str, Any]) -> list[Target]:
        """Return the dimensions of the contract."""
        return [
            Target(one.name, one.verdict, one.reason, one.n)
            for one in ground.version.coverage.dimensions
        ]

    def trial(
        self, ground: TaskContext, request: TrainingConfig, targets: Sequence[str]
    ) -> TabularTrial:
        """Make the trial: features from the cache, labels by dimension, numbers told by source."""
        from hueset.training.tabular import FeaturePart, TabularTrial

        task = self

        class Texts(TabularTrial):
            def findings(self) -> list[dict[str, Any]]:
                return task.findings_of(ground, request, self, predict)

        def predict(texts: list[str]) -> Mapping[str, NDArray[np.float64]]:
            return trial.predict_features(encoder.encode(texts))

        encoder = encoder_of(str(request.options["features"]))
        table = read_columns(
            ground.version, self.table, [self.text, self.source, self.split, *targets]
        )
        splits, sources = text_column(table, self.split), text_column(table, self.source)
        labels = {name: number_column(table, name) for name in targets}
        some = labelled_rows(labels)
        texts = table.column(self.text)
        parts = {}
        for split in ("train", "validation", "test"):
            # A quick run also judges on fewer rows; which, depends on nothing but their number.
            rows = request.settings.rows
            limit = None if rows is None else rows if split == "train" else rows // 4
            chosen = sample_evenly(some & (splits == split), limit)
            features = cached_features(
                ground.store.root / "_features", encoder, texts.take(chosen).to_pylist()
            )
            mine = {name: column[chosen] for name, column in labels.items()}
            parts[split] = FeaturePart(features, mine, sources[chosen])
        trial = Texts(parts, targets, frozenset(), request.settings, encoder=encoder.name)
        return trial

    def examples(self, ground: TaskContext, *, rows: int) -> Examples:
        """Return labelled texts, spread over the sources as they are."""
        names = [one.name for one in ground.version.coverage.dimensions if one.n]
        table = read_columns(
            ground.version, self.table, [self.key, self.text, self.source, self.split, *names]
        )
        values = {name: number_column(table, name) for name in names}
        chosen = sample_evenly(labelled_rows(values), rows)
        table = table.take(chosen)
        texts = table.column(self.text).to_pylist()
        return Examples(
            features=texts,
            targets={name: column[chosen] for name, column in values.items()},
            binary=frozenset(),
            groups=self.groups_of(ground, table),
            nuisance={
                "source": text_column(table, self.source),
                "text_length": np.array([float(len(text)) for text in texts]),
                "split": text_column(table, self.split),
            },
        )

    def groups_of(self, ground: TaskContext, table: pa.Table) -> NDArray[np.str_]:
        """Return what of each row must not straddle two folds of a probe: here the row itself."""
        return text_column(table, self.key)

    def findings_of(
        self,
        ground: TaskContext,
        request: TrainingConfig,
        trial: TabularTrial,
        predict: Predict,
    ) -> list[dict[str, Any]]:
        """Return what else there is to say of a trained trial; here nothing.

        Parameters
        ----------
        ground, request
            What was trained on, and how.
        trial
            The trained trial.
        predict
            Texts → what it says of each, by target.
        """
        return []
