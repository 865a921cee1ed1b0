"""Poetry: a chunk's word vectors → a few numbers → word vectors again.

Vectors come from a file (`--set embeddings=FILE`, GloVe's text format), else from an SVD of the
words' neighbourhoods, fitted on the training split alone (Levy and Goldberg 2014). No vector is
ever made up: a token without one is left out and counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hueset.documents.verdicts import CoverageVerdict, Verdict
from hueset.errors import UnknownNameError
from hueset.files.hashing import file_sha256
from hueset.training.frames import labels_of, read_columns, sample_evenly, text_column
from hueset.training.sequences import judge_sequences, unmeasured_outcome
from hueset.training.task import Check, Examples, Settings, Target, numbers_of
from hueset.training.wordvectors import fit_vectors, read_vectors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from hueset.training.nets.recurrent import Bottleneck
    from hueset.training.task import Learner, TaskContext, TrainingConfig
    from hueset.training.verdicts import TargetOutcome

TARGET = "sequences"
LENGTHS = (20, 30, 40, 50)
FORCING = (0.9, 0.7, 0.3, 0.1)
"""Each quarter of the epochs: how long the chunks are, and how often a step is told the truth."""

COSINE_SHARE = 0.9
PRESETS = {
    "tiny": {"hidden": 64, "bottleneck": 8, "width": 50},
    "small": {"hidden": 128, "bottleneck": 16, "width": 50},
    "full": {"hidden": 512, "bottleneck": 16, "width": 100},
    "research": {"hidden": 512, "bottleneck": 16, "width": 300},
}
JUDGED = 400


@dataclass(frozen=True)
class Poetry:
    """Chunks of poems through a bottleneck."""

    name: str = "poetry"
    about: str = "word vectors of a chunk → a few numbers → word vectors"
    reads: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(
        default_factory=lambda: {
            "preset": None,
            "cell": "gru",
            "bidirectional": False,
            "bottleneck": None,
            "hidden": None,
            "embeddings": None,
            "study": None,
        }
    )

    def settings(self, *, quick: bool) -> Settings:
        """Return how it runs if nothing else is said."""
        epochs, rows = (4, 640) if quick else (40, None)
        rate = 5e-3 if quick else 1e-3
        return Settings(epochs=epochs, batch=32, rate=rate, rows=rows, patience=epochs, clip=5.0)

    def targets(self, ground: TaskContext, options: Mapping[str, Any]) -> list[Target]:
        """Return the one target: chunks."""
        classes = labels_of(ground.version.coverage, "splits")
        poems = sum(one.n for one in classes)
        chunks = ground.version.manifest.tables["chunks"].rows
        verdict = CoverageVerdict.of_count(poems if chunks else 0, 100)
        return [Target(TARGET, verdict, f"{chunks:,} chunks of {poems:,} poems", chunks)]

    def trial(
        self, ground: TaskContext, request: TrainingConfig, targets: Sequence[str]
    ) -> Learner:
        """Make the trial."""
        return poetry_trial(ground, request, chunks_of(ground, request))

    def examples(self, ground: TaskContext, *, rows: int) -> Examples:
        """Return chunks, and what of their poem could be told: is it damaged, how long is it."""
        table = read_columns(
            ground.version, "chunks", ["poem_id", "text", "split", "chunks_in_poem"]
        )
        table = table.take(sample_evenly(np.ones(table.num_rows, np.bool_), rows))
        texts = table.column("text").to_pylist()
        many = np.log1p(np.array(table.column("chunks_in_poem").to_pylist(), np.float64))
        return Examples(
            features=texts,
            targets={"log_chunks_in_poem": many},
            binary=frozenset(),
            groups=text_column(table, "poem_id"),
            nuisance={
                "text_length": np.array([float(len(text)) for text in texts]),
                "split": text_column(table, "split"),
            },
        )


@dataclass(frozen=True)
class Chunks:
    """Chunks as rows of a table of vectors.

    Attributes
    ----------
    vectors
        One row for each known token, float32 [tokens, width], of mean length 1.
    ids
        Split → chunks as rows of `vectors`.
    facts
        Rows, tokens without a vector, and where the vectors come from.
    """

    vectors: NDArray[np.float32]
    ids: Mapping[str, list[NDArray[np.int64]]]
    facts: Mapping[str, Any]


def chunks_of(ground: TaskContext, request: TrainingConfig) -> Chunks:
    """Read the chunks and give every token its vector."""
    options = {**shape_of(request), "embeddings": request.options["embeddings"]}
    table = read_columns(ground.version, "chunks", ["tokens", "split"])
    splits, tokens = text_column(table, "split"), table.column("tokens").to_pylist()
    limits = {"train": request.settings.rows, "validation": JUDGED // 2, "test": JUDGED}
    held = {
        split: [tokens[at] for at in sample_evenly(splits == split, limit)]
        for split, limit in limits.items()
    }
    vocabulary = {token for chunks in held.values() for chunk in chunks for token in chunk}
    if options["embeddings"]:
        known, matrix = read_vectors(Path(str(options["embeddings"])), vocabulary)
        digest, _ = file_sha256(Path(str(options["embeddings"])))
        origin = f"{Path(str(options['embeddings'])).name} sha256 {digest}"
    else:
        known, matrix = fit_vectors(held["train"], int(options["width"]))
        origin = "svd of the training split"
    at = {token: row for row, token in enumerate(known)}
    ids = {
        split: [
            found
            for chunk in chunks
            for found in [np.array([at[token] for token in chunk if token in at], np.int64)]
            if len(found)
        ]
        for split, chunks in held.items()
    }
    total = {split: sum(map(len, chunks)) for split, chunks in held.items()}
    lost = {split: total[split] - sum(map(len, ids[split])) for split in held}
    scale = float(np.linalg.norm(matrix, axis=1).mean()) or 1.0
    facts = {
        "rows": {split: len(chunks) for split, chunks in ids.items()},
        "vectors": {"of": origin, "tokens": len(known), "width": int(matrix.shape[1])},
        "tokens": total,
        "tokens_without_vector": lost,
    }
    return Chunks((matrix / scale).astype(np.float32), ids, facts)


def shape_of(request: TrainingConfig) -> dict[str, Any]:
    """Return the sizes of the network: the preset's, and what was set besides."""
    options = request.options
    preset = options["preset"] or ("tiny" if request.quick else "full")
    if preset not in PRESETS:
        raise UnknownNameError.unknown("preset", preset, PRESETS)
    set_ = {name: int(options[name]) for name in ("hidden", "bottleneck") if options[name]}
    return {**PRESETS[preset], **set_}


def poetry_trial(ground: TaskContext, request: TrainingConfig, chunks: Chunks) -> Learner:
    """Make the trial: an encoder, a bottleneck, a decoder, and a curriculum of four phases."""
    import torch
    from torch.nn import functional

    from hueset.training.nets.recurrent import CELLS, Bottleneck

    numbers_of(request.options, "study")
    settings, shape = request.settings, shape_of(request)
    cell = str(request.options["cell"])
    if cell not in CELLS:
        raise UnknownNameError.unknown("cell", cell, CELLS)

    class Sequences:
        def __init__(self) -> None:
            torch.manual_seed(settings.seed)
            self.net: Bottleneck = Bottleneck(
                chunks.vectors.shape[1],
                shape["hidden"],
                shape["bottleneck"],
                cell=cell,
                bidirectional=bool(request.options["bidirectional"]),
            )

        @property
        def model(self) -> Bottleneck:
            return self.net

        @property
        def facts(self) -> Mapping[str, Any]:
            return chunks.facts

        def steps(self) -> int:
            return -(-len(chunks.ids["train"]) // settings.batch)

        def batches(self, epoch: int, start: int) -> Iterator[Any]:
            n, longest = len(chunks.ids["train"]), LENGTHS[self._phase(epoch)]
            order = np.random.default_rng([settings.seed, epoch]).permutation(n)
            for at in range(start * settings.batch, n, settings.batch):
                rows = order[at : at + settings.batch]
                yield self._padded([chunks.ids["train"][row][:longest] for row in rows])

        def losses(self, batch: Any, epoch: int) -> dict[str, Any]:
            vectors, lengths, there = batch
            made = self.net(vectors, lengths, FORCING[self._phase(epoch)])
            return {TARGET: self._loss(made, vectors, there)}

        def check(self) -> dict[str, Check]:
            held = chunks.ids["validation"]
            if not held:
                return {TARGET: Check(None, None)}
            vectors, lengths, there = self._padded(held)
            made = self.net(vectors, lengths, 0.0)
            moved = float(made[there].std(dim=0).mean() / vectors[there].std(dim=0).mean())
            return {TARGET: Check(float(self._loss(made, vectors, there)), moved)}

        def outcomes(self) -> list[TargetOutcome]:
            held = chunks.ids["test"]
            if not held:
                return [unmeasured_outcome("tokens", 0), unmeasured_outcome("sequences", 0)]
            self.net.eval()
            vectors, lengths, there = self._padded(held)
            with torch.no_grad():
                made = self.net(vectors, lengths, 0.0)
            train = chunks.vectors[np.concatenate(chunks.ids["train"])]
            return judge_sequences(made.numpy(), vectors.numpy(), there.numpy(), train.mean(axis=0))

        def findings(self) -> list[dict[str, Any]]:
            lost, total = chunks.facts["tokens_without_vector"], chunks.facts["tokens"]
            share = lost["test"] / total["test"] if total["test"] else None
            said = "not measured" if share is None else f"{share:.1%}"
            told = [
                {
                    "code": "poetry.out_of_vocabulary",
                    "verdict": Verdict.PASS if share is not None and share <= 0.1 else Verdict.WARN,
                    "message": f"held-out tokens without a vector, left out: {said}",
                    "share": share,
                }
            ]
            return told + _study(ground, request, chunks)

        def write(self, folder: Path) -> None:
            """Write nothing beside the weights."""

        def _phase(self, epoch: int) -> int:
            return min(len(LENGTHS) - 1, epoch % settings.epochs * len(LENGTHS) // settings.epochs)

        def _padded(self, held: Sequence[NDArray[np.int64]]) -> tuple[Any, Any, Any]:
            lengths = np.array([len(ids) for ids in held])
            ids = np.zeros((len(held), lengths.max()), np.int64)
            for row, one in enumerate(held):
                ids[row, : len(one)] = one
            there = np.arange(ids.shape[1])[None, :] < lengths[:, None]
            vectors = chunks.vectors[ids] * there[:, :, None]
            return (
                torch.from_numpy(vectors.astype(np.float32)),
                torch.from_numpy(lengths),
                torch.from_numpy(there),
            )

        def _loss(self, made: Any, vectors: Any, there: Any) -> Any:
            guess, truth = made[there], vectors[there]
            cosine = 1 - functional.cosine_similarity(guess, truth, dim=1).mean()
            return COSINE_SHARE * cosine + (1 - COSINE_SHARE) * functional.mse_loss(guess, truth)

    return Sequences()


def _study(ground: TaskContext, request: TrainingConfig, chunks: Chunks) -> list[dict[str, Any]]:
    """Return what other bottlenecks come to, if they were asked for (`--set study=4,8,16`)."""
    sizes = [int(size) for size in numbers_of(request.options, "study")]
    if not sizes:
        return []
    from hueset.training import loop
    from hueset.training.null_callback import NullCallback

    rows = []
    for size in sizes:
        options = {**request.options, "bottleneck": size, "study": None}
        trial = poetry_trial(ground, replace(request, options=options), chunks)
        loop.train_network(
            trial, request.settings, request.stages, NullCallback(), loop.TrainingState()
        )
        values = {one.target: one.value for one in trial.outcomes()}
        rows.append({"bottleneck": size, **values})
    said = ", ".join(f"{row['bottleneck']}: {row['tokens']:.3f}" for row in rows if row["tokens"])
    return [
        {
            "code": "poetry.study",
            "verdict": Verdict.PASS,
            "message": f"token cosine by size, {said}",
            "rows": rows,
        }
    ]


TASKS = (Poetry(),)
