"""Text as fixed features: hashed n-grams (nothing to download), or vectors of a sentence model.

Features are cached below the store by a hash of the texts and of how they are made, so the same
texts are read once. Sentence vectors: Wang et al., MiniLM (2020), as `all-MiniLM-L6-v2`,
Apache-2.0.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import re
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from hueset.errors import SourceMissingError, UsageError
from hueset.files.atomic import write_file
from hueset.files.hashing import file_sha256
from hueset.files.safe_paths import discard_path, open_beneath
from hueset.training.errors import TrainExtraError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

log = logging.getLogger("hueset")

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[^\w\s]", re.UNICODE)
SENTENCE_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
MODEL_FILES = (".safetensors", ".bin", ".json", ".txt", ".model")


@dataclass(frozen=True)
class Features:
    """Features of n texts: bags of hashed n-grams, or a matrix.

    Attributes
    ----------
    ids, offsets
        Bag i is `ids[offsets[i]:offsets[i + 1]]`; int32 in 1..buckets-1, and int64 [n + 1].
    dense
        Or vectors, float32 [n, width].
    width
        Buckets of the hash, or length of a vector.
    """

    width: int
    ids: NDArray[np.int32] | None = None
    offsets: NDArray[np.int64] | None = None
    dense: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        """Return the number of texts."""
        if self.offsets is not None:
            return len(self.offsets) - 1
        return 0 if self.dense is None else len(self.dense)

    @property
    def bags(self) -> bool:
        """Whether these are bags."""
        return self.dense is None

    def rows(self, chosen: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        """Return `(ids, starts)` of the chosen bags, or `(vectors,)`."""
        if self.dense is not None:
            return (self.dense[chosen],)
        assert self.ids is not None  # noqa: S101 - one of the two is always there
        assert self.offsets is not None  # noqa: S101
        lengths = self.offsets[chosen + 1] - self.offsets[chosen]
        starts = np.concatenate([[0], lengths.cumsum()])
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        ids = self.ids[np.repeat(self.offsets[chosen], lengths) + within]
        return ids.astype(np.int64), starts[:-1].astype(np.int64)


class Encoder(Protocol):
    """Makes features of texts."""

    @property
    def name(self) -> str:
        """What it is, with everything that changes its result."""

    def encode(self, texts: Sequence[str]) -> Features:
        """Return the features of texts."""


@dataclass(frozen=True)
class HashedNgrams:
    """Words and pairs of words, hashed.

    Attributes
    ----------
    buckets
        Size of the table; bucket 0 is kept for padding.
    words
        A longer text gives its first and its last half of so many words.
    """

    buckets: int = 1 << 16
    words: int = 400

    @property
    def name(self) -> str:
        """What it is, with everything that changes its result."""
        return f"ngrams-1-{self.buckets}-{self.words}"

    def encode(self, texts: Sequence[str]) -> Features:
        """Return a bag for each text; an empty text has the one bucket of emptiness."""
        known: dict[str, int] = {}
        bags: list[NDArray[np.int32]] = []
        for text in texts:
            found = WORD.findall(text.lower())
            if len(found) > self.words:
                found = found[: self.words // 2] + found[-(self.words // 2) :]
            codes = np.empty(len(found), np.uint64)
            for at, word in enumerate(found):
                code = known.get(word)
                if code is None:
                    code = known[word] = zlib.crc32(word.encode())
                codes[at] = code
            bags.append(self._bag(codes))
        offsets = np.zeros(len(bags) + 1, np.int64)
        offsets[1:] = np.cumsum([len(bag) for bag in bags])
        ids = np.concatenate(bags) if bags else np.zeros(0, np.int32)
        return Features(self.buckets, ids=ids, offsets=offsets)

    def _bag(self, codes: NDArray[np.uint64]) -> NDArray[np.int32]:
        if not len(codes):
            return np.ones(1, np.int32)
        # Multiplied and shifted (Knuth), so that a pair is not the sum of its words.
        pairs = (codes[:-1] * np.uint64(0x9E3779B1) + codes[1:]) * np.uint64(0xC2B2AE35)
        whole = np.concatenate([codes * np.uint64(0x85EBCA6B), pairs]) >> np.uint64(13)
        return (whole % np.uint64(self.buckets - 2) + np.uint64(2)).astype(np.int32)


@dataclass(frozen=True)
class SentenceVectors:
    """Vectors of a sentence model, 384 numbers a text for MiniLM.

    Attributes
    ----------
    model
        A local folder, or a repository of the Hub.
    """

    model: str = SENTENCE_MODEL

    @cached_property
    def name(self) -> str:
        """What it is: a folder by the hash of its files, so another model is another name.

        Raises
        ------
        SourceMissingError
            It reads like a folder, and there is none.
        """
        folder = Path(self.model).expanduser()
        if folder.is_dir():
            return f"sentences-{_folder_sha256(folder)[:16]}"
        if self.model.startswith((".", "/", "~")):
            message = f"{self.model} is no folder of a sentence model"
            hint = "give the folder that holds its modules.json, or leave it away for the Hub"
            raise SourceMissingError(message, hint=hint, value=self.model)
        return f"sentences-{self.model}"

    def encode(self, texts: Sequence[str]) -> Features:
        """Return a vector of length 1 for each text.

        Raises
        ------
        TrainExtraError
            The package for sentence models is not installed.
        SourceMissingError
            The model can be had neither from the folder nor from the Hub.
        """
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            message = "features `minilm` need the package sentence-transformers"
            hint = "pip install 'hueset[minilm]', or use the embedded `ngrams`"
            raise TrainExtraError(message, hint=hint) from error
        try:
            model = SentenceTransformer(str(Path(self.model).expanduser()), device="cpu")
        except (OSError, ValueError) as error:
            message = f"the sentence model {self.model} cannot be loaded: {error}"
            hint = "without the Hub, give its folder: --set features=minilm:FOLDER"
            raise SourceMissingError(message, hint=hint, value=self.model) from error
        made = model.encode(list(texts), batch_size=64, normalize_embeddings=True)
        dense = np.asarray(made, np.float32)
        return Features(dense.shape[1], dense=dense)


def encoder_of(name: str) -> Encoder:
    """Return the encoder for `ngrams`, `ngrams:BUCKETS`, `minilm` or `minilm:FOLDER`."""
    kind, _, where = name.partition(":")
    if kind == "ngrams" and not where:
        return HashedNgrams()
    if kind == "ngrams" and where.isdigit() and int(where) > 2:
        return HashedNgrams(buckets=int(where))
    if kind == "minilm":
        return SentenceVectors(where or SENTENCE_MODEL)
    raise UsageError.unknown(
        "features", name, ["ngrams", "ngrams:BUCKETS", "minilm", "minilm:FOLDER"]
    )


def cached_features(folder: Path, encoder: Encoder, texts: Sequence[str]) -> Features:
    """Return features from the cache, or make and keep them.

    Parameters
    ----------
    folder
        The cache; a file is named by the hash of the texts and of the encoder's name.
    encoder
        What makes them.
    texts
        The texts.
    """
    digest = hashlib.sha256(encoder.name.encode())
    for text in texts:
        digest.update(b"\0" + text.encode())
    path = folder / f"{digest.hexdigest()[:32]}.npz"
    known = _load(path)
    if known is not None:
        return known
    made = encoder.encode(texts)
    folder.mkdir(parents=True, exist_ok=True)
    held = {"ids": made.ids, "offsets": made.offsets, "dense": made.dense}
    kept: dict[str, Any] = {name: value for name, value in held.items() if value is not None}
    packed = io.BytesIO()
    np.savez(packed, width=np.int64(made.width), sha256=np.array(_digest(kept)), **kept)
    write_file(path, packed.getvalue())
    return made


def hashed_matrix(texts: Sequence[str], width: int = 512) -> NDArray[np.float32]:
    """Return signed hashed n-grams as a matrix of unit rows, float32 [n, width]."""
    features = HashedNgrams(buckets=1 << 16).encode(texts)
    return fold_features(features, width)


def fold_features(features: Features, width: int) -> NDArray[np.float32]:
    """Return features as a narrow matrix of unit rows, float32 [n, width]."""
    if features.dense is not None:
        return features.dense
    assert features.ids is not None  # noqa: S101 - bags have both
    assert features.offsets is not None  # noqa: S101
    n = len(features)
    rows = np.repeat(np.arange(n), np.diff(features.offsets))
    mixed = features.ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    columns = (mixed >> np.uint64(40)) % np.uint64(width)
    signs = np.where((mixed >> np.uint64(33)) & np.uint64(1), 1.0, -1.0)
    flat = np.bincount(rows * width + columns.astype(np.int64), signs, n * width)
    matrix = flat.reshape(n, width)
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit: Callable[..., NDArray[np.float32]] = np.divide
    return unit(matrix, np.where(norms == 0, 1, norms)).astype(np.float32)


def _folder_sha256(folder: Path) -> str:
    """Return the hash of a model's files: weights, tokenizer, configuration."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in MODEL_FILES:
            inside, _ = file_sha256(path)
            digest.update(f"{path.relative_to(folder).as_posix()} {inside}\n".encode())
    return digest.hexdigest()


def _load(path: Path) -> Features | None:
    """Return features that were kept; None where there are none, or they are not what was kept."""
    if not os.path.lexists(path):
        return None
    try:
        with open_beneath(path.parent, path.name) as stream, np.load(stream) as held:
            kept = {name: held[name] for name in ("ids", "offsets", "dense") if name in held}
            if str(held["sha256"]) != _digest(kept):
                message = "its arrays are not those that were kept"
                raise ValueError(message)
            width = int(held["width"])
    except (OSError, ValueError, LookupError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        log.warning("%s cannot be used, and is made again: %s", path, error)
        discard_path(path)
        return None
    os.utime(path)  # `hueset gc` gives back what nobody used for long
    return Features(width, **kept)


def _digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Return the SHA-256 over names, types, shapes and values of some arrays."""
    digest = hashlib.sha256()
    for name, values in sorted(arrays.items()):
        digest.update(f"{name} {values.dtype} {values.shape}\n".encode())
        digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()
