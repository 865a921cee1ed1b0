"""A tree of 216 emotions with their words, the classes that lead to it, and recordings of them.

The thesaurus is that of KmiDi (MIT). It is a label tree: no example of any node comes with it.
The tree is read file by file, then what needs all of it is made.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from hueset.builder import Batch, Finding, Inputs, Reject, Unit, Verdict
from hueset.builder.splits import assign_split
from hueset.declaration.column_types import arrow_schema
from hueset.tables.rows import table_of
from hueset_builders.emotions.checks import check
from hueset_builders.emotions.classmap import class_map, unique_targets
from hueset_builders.emotions.recordings import PATTERNS, read_recording
from hueset_builders.emotions.thesaurus import node_rows, read_base, synonym_rows
from hueset_builders.readers.parts import group_parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from hueset.builder import Shards

    Row = dict[str, Any]

__all__ = ["build_unit", "check", "combine", "plan_units"]

PREFIX = "thesaurus_"
PARTS = 16


def plan_units(inputs: Inputs) -> list[Unit]:
    """Return one unit per base emotion, and the parts of each folder of recordings."""
    units = [Unit(name, ((name, None),)) for name in inputs.sources if name.startswith(PREFIX)]
    for name in PATTERNS:
        if name in inputs.sources:
            members = [m for m in inputs.sources[name].names() if m.lower().endswith(".wav")]
            units += [
                Unit(f"{name}-{part}", tuple((name, member) for member in mine))
                for part, mine in group_parts(members, PARTS).items()
            ]
    return units


def build_unit(unit: Unit, inputs: Inputs) -> Iterator[Batch | Reject]:
    """Read one base emotion, or a part of the recordings, into working tables."""
    import pyarrow as pa

    source = unit.inputs[0][0]
    if source.startswith(PREFIX):
        words = read_base(inputs.sources[source].read(), source)
        yield Batch("_words", pa.Table.from_pylist(words))
        return
    labels = inputs.facts["audio_labels.yaml"]["corpora"][source]["labels"]
    rows = []
    for _, member in unit.inputs:
        raw = inputs.sources[source].read(member)
        read = read_recording(raw, str(member), source, labels)
        if isinstance(read, Reject):
            yield read
        else:
            rows.append({**read, "sha256": hashlib.sha256(raw).hexdigest()})
    if rows:
        yield Batch("_recordings", table_of(rows, _recordings_schema()))


def combine(shards: Shards, inputs: Inputs) -> Iterator[Batch | Reject | Finding]:
    """Make the tables: nodes, synonyms, class_map and recordings."""
    read = shards.scan("_words").collect().to_dicts()
    words, refused = _once(read)
    yield from refused
    mapped = class_map(inputs.facts["class_map.yaml"], words)
    recordings: list[Row] = []
    if shards.files("_recordings"):
        recordings = shards.scan("_recordings").collect().to_dicts()
    recordings.sort(key=lambda row: row["recording_id"])
    _place(recordings, mapped, {word["base_id"]: word["base"] for word in words}, inputs)
    for name, rows in (
        ("nodes", node_rows(words, inputs.facts["polarity.yaml"]["valence"])),
        ("synonyms", synonym_rows(words)),
        ("class_map", mapped),
        ("recordings", recordings),
    ):
        yield Batch(name, table_of(rows, arrow_schema(inputs.dataset.tables[name])))
    yield from _findings(mapped, recordings, inputs)


def _once(words: Sequence[Row]) -> tuple[list[Row], list[Reject]]:
    """Keep a node from the first file that has it: the same base lies upstream under two names."""
    owner: dict[str, str] = {}
    kept, refused = [], {}
    for word in words:
        first = owner.setdefault(word["node_id"], word["source"])
        if first == word["source"]:
            kept.append(word)
        else:
            refused[word["source"], word["node_id"]] = Reject(
                "nodes", word["source"], word["node_id"], "repeated_id", word["path"], first
            )
    return kept, list(refused.values())


def _place(
    recordings: Sequence[Row], mapped: Sequence[Row], bases: Mapping[str, str], inputs: Inputs
) -> None:
    """Give recordings a split, and a place in the tree as deep as their class is mapped."""
    of_class = unique_targets(mapped, "audio")
    shares, salt = inputs.parameters["split_shares"], inputs.dataset.name
    for row in recordings:
        target: Mapping[str, Any] = of_class.get(row["audio_class"], {})
        row["target_id"] = target.get("target_id")
        row["target_level"] = target.get("level")
        row["base_id"] = target.get("base_id")
        row["base"] = bases.get(target.get("base_id", ""))
        row["node_id"] = target.get("node_id")
        row["split"] = assign_split(row["actor"], shares, salt)


def _findings(
    mapped: Sequence[Row], recordings: Sequence[Row], inputs: Inputs
) -> Iterator[Finding]:
    unmapped = [f"{row['scheme']}.{row['class_name']}" for row in mapped if not row["mapped"]]
    if unmapped:
        message = f"{len(unmapped)} classes lead to no place in the tree; each has its reason"
        yield Finding(
            "input.unmapped_class",
            Verdict.WARN,
            message,
            "class_map",
            len(unmapped),
            tuple(unmapped[:10]),
        )
    if not recordings:
        message = "no recording was given: the tree has names and no example of any of its nodes"
        yield Finding("input.no_recordings", Verdict.WARN, message, "recordings", 0)
    for name, corpus in inputs.facts["audio_labels.yaml"]["corpora"].items():
        found = sum(row["source"] == name for row in recordings)
        if name in inputs.sources and found != corpus["published_recordings"]:
            message = f"{name}: {found} recordings, {corpus['published_recordings']} are published"
            yield Finding("input.recordings_differ", Verdict.WARN, message, "recordings")
    shallow = sum(row["target_id"] is not None and row["node_id"] is None for row in recordings)
    if shallow:
        message = (
            f"{shallow} of {len(recordings)} recordings are labelled down to a base emotion only: "
            "they are no example of any single node"
        )
        yield Finding("input.base_labels_only", Verdict.WARN, message, "recordings", shallow)


def _recordings_schema() -> pa.Schema:
    import pyarrow as pa

    text, count = pa.string(), pa.int64()
    return pa.schema(
        [
            *((name, text) for name in ("recording_id", "source", "label_given", "audio_class")),
            *((name, text) for name in ("actor", "intensity", "statement", "vocal_channel")),
            ("duration_s", pa.float64()),
            ("sample_rate_hz", count),
            ("channels", count),
            ("bytes", count),
            ("sha256", text),
        ]
    )
