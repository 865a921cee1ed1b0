"""Rebracketing: concept and lyrics → markers, type, intensity, fluidity, complexity.

The labels of the dataset come from a word list, so they are a function of the text that is read.
This task says so with numbers: what a network learns from the text, and what is left of it when the
words of the list are masked. Splits are by song, or by album.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hueset.declaration import yaml_lines as yamlfile
from hueset.documents.verdicts import CoverageVerdict, Verdict
from hueset.errors import UnknownNameError
from hueset.training.cases import read_cases, try_cases
from hueset.training.frames import labels_of, read_columns
from hueset.training.task import Examples, Settings, Target
from hueset.training.text import cached_features, encoder_of
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from hueset.training.tabular import TabularTrial
    from hueset.training.task import Learner, TaskContext, TrainingConfig

NUMBERS = {
    "intensity": "rebracketing_intensity",
    "boundary_fluidity": "boundary_fluidity",
    "temporal_complexity": "temporal_complexity",
}
SPLITS = {"song": "split", "album": "split_by_album"}
FEW_SONGS = 20
"""A number that is not 0 in fewer songs than this is thin."""

COLUMNS = [
    "song_id",
    "segment_index",
    "concept",
    "lyric_text",
    "rebracketing_type",
    "has_rebracketing_markers",
    "split",
    "split_by_album",
    *NUMBERS.values(),
]


@dataclass(frozen=True)
class RebracketingTask:
    """Concept and lyrics → rebracketing."""

    name: str = "rebracketing"
    about: str = "concept and lyrics → markers, type, intensity, fluidity, complexity"
    reads: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(
        default_factory=lambda: {
            "features": "ngrams:8192",
            "split": "song",
            "context": 0,
            "mask": False,
            "ensemble": 3,
        }
    )

    def settings(self, *, quick: bool) -> Settings:
        """Return how it runs if nothing else is said."""
        epochs = 10 if quick else 40
        return Settings(epochs=epochs, batch=64, rate=5e-3, patience=5, stuck_after=5)

    def targets(self, ground: TaskContext, options: Mapping[str, Any]) -> list[Target]:
        """Return types as the coverage counts them in songs, and the other labels."""
        classes = labels_of(ground.version.coverage, "rebracketing_type")
        types = [
            Target(
                f"type:{one.class_name}",
                one.verdict,
                format_count(one.n, "song"),
                one.n,
            )
            for one in classes
        ]
        songs = read_columns(
            ground.version, "songs", ["has_rebracketing_markers", *NUMBERS.values()]
        )
        marked = sum(bool(value) for value in songs.column(0).to_pylist())
        told = [_by_songs("has_markers", min(marked, songs.num_rows - marked))]
        for name, column in NUMBERS.items():
            told.append(_by_songs(name, sum(bool(v) for v in songs.column(column).to_pylist())))
        return [*told, *types]

    def trial(
        self, ground: TaskContext, request: TrainingConfig, targets: Sequence[str]
    ) -> Learner:
        """Make the trial for some labels."""
        rows = _segments(ground)
        masked = bool(request.options["mask"])
        made = _trial(ground, request, targets, rows, masked=masked)
        made.findings = lambda: _findings(ground, request, targets, rows, made)  # type: ignore[method-assign]
        return made

    def examples(self, ground: TaskContext, *, rows: int) -> Examples:
        """Return segments with their song's labels."""
        held = _segments(ground)
        names = [one.name for one in self.targets(ground, self.options) if one.n]
        texts = _read_texts(held, 0)
        return Examples(
            features=texts,
            targets=_labels(held, names),
            binary=frozenset(name for name in names if name not in NUMBERS),
            groups=np.array([row["song_id"] for row in held]),
            nuisance={
                "song": np.array([row["song_id"] for row in held]),
                "text_length": np.array([float(len(text)) for text in texts]),
                "split": np.array([row["split"] for row in held]),
            },
        )


def mask_words(text: str, words: frozenset[str]) -> str:
    """Return a text without any listed word or phrase.

    Nothing is put in their place: a mark would still tell that a listed word was there.
    """
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    pattern = r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)"
    return " ".join(re.sub(pattern, " ", text, flags=re.IGNORECASE).split())


def _trial(
    ground: TaskContext,
    request: TrainingConfig,
    targets: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    *,
    masked: bool,
) -> TabularTrial:
    from hueset.training.tabular import FeaturePart, TabularTrial

    by = str(request.options["split"])
    if by not in SPLITS:
        raise UnknownNameError.unknown("split", by, SPLITS)
    encoder = encoder_of(str(request.options["features"]))
    texts = _read_texts(rows, int(request.options["context"]))
    if masked:
        listed = _lexicon(ground)
        texts = [mask_words(text, listed) for text in texts]
    labels = _labels(rows, targets)
    splits = np.array([row[SPLITS[by]] for row in rows])
    songs = np.array([row["song_id"] for row in rows])
    parts = {}
    for split in ("train", "validation", "test"):
        chosen = np.flatnonzero(splits == split)
        features = cached_features(
            ground.store.root / "_features", encoder, [texts[at] for at in chosen]
        )
        mine = {name: column[chosen] for name, column in labels.items()}
        parts[split] = FeaturePart(features, mine, np.array([], np.str_), groups=songs[chosen])
    binary = frozenset(name for name in targets if name not in NUMBERS)
    return TabularTrial(parts, targets, binary, request.settings, inner=32, encoder=encoder.name)


def _findings(
    ground: TaskContext,
    request: TrainingConfig,
    targets: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    trial: TabularTrial,
) -> list[dict[str, Any]]:
    encoder = encoder_of(str(request.options["features"]))
    sds = {name: standard.sd for name, standard in trial.standards.items()}
    cases = try_cases(
        read_cases(ground.folder),
        targets,
        lambda texts: trial.predict_features(encoder.encode(texts)),
        sds,
    )
    told = [_absent(ground), *_confusion(trial), *cases]
    if request.options["mask"]:
        return told
    return [
        *told,
        _without_words(ground, request, targets, rows, trial),
        *_spread(ground, request, targets, rows, trial),
    ]


def _absent(ground: TaskContext) -> dict[str, Any]:
    classes = labels_of(ground.version.coverage, "rebracketing_type")
    names = [one.class_name for one in classes if one.verdict is CoverageVerdict.ABSENT]
    said = f"no song has the type {', '.join(names)}" if names else "every type has a song"
    return {
        "code": "rebracketing.absent",
        "verdict": Verdict.WARN if names else Verdict.PASS,
        "message": said,
        "classes": names,
    }


def _confusion(trial: TabularTrial) -> list[dict[str, Any]]:
    """Return the confusion matrix of the types by their highest score, rows are the truth."""
    names = [name for name in trial.targets if name.startswith("type:")]
    if len(names) < 2:
        return []
    part, made = trial.parts["test"], trial.predict("test")
    truth = np.stack([part.labels[name] for name in names], axis=1)
    known = truth.max(axis=1) > 0.5
    real = truth[known].argmax(axis=1)
    said = np.stack([made[name] for name in names], axis=1)[known].argmax(axis=1)
    matrix = np.zeros((len(names), len(names)), np.int64)
    np.add.at(matrix, (real, said), 1)
    right = float((real == said).mean()) if len(real) else None
    most = float(np.bincount(real).max() / len(real)) if len(real) else None
    scores = {}
    for at, name in enumerate(names):
        both = int(matrix[at].sum() + matrix[:, at].sum())
        scores[name] = 2 * int(matrix[at, at]) / both if both else None
    told = "–" if right is None or most is None else f"{right:.3f}, majority {most:.3f}"
    return [
        {
            "code": "rebracketing.types",
            "verdict": Verdict.PASS
            if right is not None and most is not None and right > most
            else Verdict.WARN,
            "message": f"accuracy of the type {told}, {len(real)} held-out segments",
            "classes": names,
            "confusion": matrix.tolist(),
            "f1": scores,
        }
    ]


def _without_words(
    ground: TaskContext,
    request: TrainingConfig,
    targets: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    trial: TabularTrial,
) -> dict[str, Any]:
    """Return what is left when the words that made the labels are masked."""
    other = _trial(ground, request, targets, rows, masked=True)
    _train(other, request)
    before = {one.target: one.skill for one in trial.outcomes()}
    after = {one.target: one.skill for one in other.outcomes()}
    pairs = {name: [before[name], after[name]] for name in targets}
    both = [pair for pair in pairs.values() if pair[0] is not None and pair[1] is not None]
    means = [float(np.mean([pair[at] for pair in both])) if both else None for at in (0, 1)]
    told = "not measured" if means[0] is None else f"{means[0]:.3f} → {means[1]:.3f}"
    return {
        "code": "rebracketing.lexicon",
        "verdict": Verdict.WARN,
        "message": (
            "the labels are a function of the concept text and a word list; mean skill on "
            f"held-out songs with its words and without: {told}"
        ),
        "skills": pairs,
    }


def _spread(
    ground: TaskContext,
    request: TrainingConfig,
    targets: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    trial: TabularTrial,
) -> list[dict[str, Any]]:
    """Return how far networks of other seeds lie apart on the held-out songs, for numbers."""
    names = [name for name in targets if name in NUMBERS]
    count = int(request.options["ensemble"])
    if not names or count < 2:
        return []
    made = [trial.predict("test")]
    for at in range(1, count):
        seed = request.settings.seed + at
        other = replace(request, settings=replace(request.settings, seed=seed))
        again = _trial(ground, other, targets, rows, masked=False)
        _train(again, other)
        made.append(again.predict("test"))
    spread = {
        name: float(np.stack([one[name] for one in made]).std(axis=0).mean()) for name in names
    }
    told = ", ".join(f"{name} {value:.4f}" for name, value in spread.items())
    return [
        {
            "code": "rebracketing.ensemble",
            "verdict": Verdict.PASS,
            "message": f"mean sd over {count} seeds: {told}",
            "spread": spread,
        }
    ]


def _train(trial: TabularTrial, request: TrainingConfig) -> None:
    from hueset.training import loop
    from hueset.training.null_callback import NullCallback

    loop.train_network(
        trial, request.settings, request.stages, NullCallback(), loop.TrainingState()
    )


def _segments(ground: TaskContext) -> list[dict[str, Any]]:
    """Return one row for each segment of a song, whatever tracks it has."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for row in read_columns(ground.version, "segments", COLUMNS).to_pylist():
        found.setdefault((row["song_id"], row["segment_index"]), row)
    return [found[key] for key in sorted(found)]


def _read_texts(rows: Sequence[Mapping[str, Any]], context: int) -> list[str]:
    """Return the concept and the lyrics of each segment, with those around it if asked for."""
    texts = []
    for at, row in enumerate(rows):
        around = range(max(0, at - context), min(len(rows), at + context + 1))
        near = [rows[i]["lyric_text"] or "" for i in around if rows[i]["song_id"] == row["song_id"]]
        texts.append(" ".join([row["concept"], *near]))
    return texts


def _labels(
    rows: Sequence[Mapping[str, Any]], targets: Sequence[str]
) -> dict[str, NDArray[np.float64]]:
    told = {}
    for name in targets:
        if name in NUMBERS:
            values = [row[NUMBERS[name]] for row in rows]
        elif name == "has_markers":
            values = [row["has_rebracketing_markers"] for row in rows]
        else:
            kind = name.partition(":")[2]
            kinds = [row["rebracketing_type"] for row in rows]
            values = [None if found is None else found == kind for found in kinds]
        told[name] = np.array([np.nan if v is None else float(v) for v in values], np.float64)
    return told


def _lexicon(ground: TaskContext) -> frozenset[str]:
    facts = yamlfile.load_yaml(ground.folder / "lexicon.yaml").data
    lists = [*facts["types"].values(), *(v for v in facts.values() if isinstance(v, list))]
    return frozenset(str(word) for words in lists for word in words)


def _by_songs(name: str, n: int) -> Target:
    verdict = CoverageVerdict.of_count(n, FEW_SONGS)
    return Target(name, verdict, format_count(n, "song"), n)


TASKS = (RebracketingTask(),)
