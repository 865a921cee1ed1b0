from __future__ import annotations

import copy
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
import yaml

from hueset.builder import Reject
from hueset.errors import DeclarationError, SourceFormatError
from hueset_builders.emotions.classmap import class_map
from hueset_builders.emotions.recordings import read_recording
from hueset_builders.emotions.thesaurus import read_base
from tests.support.local_build import REPO, Built, build, inputs

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("happy", "sad", "angry", "fear", "surprise", "disgust")
IDS = ("I", "II", "III", "IV", "V", "VI")
TIERS = ("1_subtle", "2_mild", "3_moderate", "4_strong", "5_intense", "6_overwhelming")


def base(at: int) -> dict[str, Any]:
    """A base emotion of the real shape with made-up names; `shared` is a word of every node."""
    subs = {}
    for sub in "ijklmn":
        here = f"{IDS[at]}{sub}"
        subs[f"SUB_{here}"] = {
            "id": here,
            "description": "a sub-emotion",
            "arousal_bias": 0.5,
            "sub_sub_emotions": {
                f"node_{here}{leaf}": {
                    "id": f"{here}{leaf}",
                    "description": "a node",
                    "intensity_tiers": {
                        tier: ["shared", f"{here}{leaf} {tier}", f"base {at}"] for tier in TIERS
                    },
                }
                for leaf in "abcdef"
            },
        }
    return {
        "id": IDS[at],
        "name": FILES[at].upper(),
        "description": "a base",
        "valence": "positive" if at == 0 else "negative",
        "arousal_range": [0.3, 0.9],
        "sub_emotions": subs,
    }


def facts(name: str) -> Any:
    return yaml.safe_load((REPO / "datasets" / "emotions" / name).read_text(encoding="utf-8"))


def real_words(data_dir: Path) -> list[dict[str, Any]]:
    folder = data_dir / "emotion_nodes" / "emotion_thesaurus"
    return [
        word
        for name in FILES
        for word in read_base((folder / f"{name}.json").read_bytes(), f"thesaurus_{name}")
    ]


def real_tree(data_dir: Path) -> dict[str, Path]:
    folder = data_dir / "emotion_nodes" / "emotion_thesaurus"
    return {f"thesaurus_{name}": folder / f"{name}.json" for name in FILES}


def test_nodes_inherit_what_stands_above_them() -> None:
    words = read_base(json.dumps(base(1)).encode(), "file")
    assert len(words) == 6 * 6 * 6 * 3
    first = words[0]
    assert (first["path"], first["index"]) == ("SAD/SUB_IIi/node_IIia", 36)
    assert (first["arousal_low"], first["arousal_high"]) == (0.3, 0.9)
    assert first["tiers"] == list(TIERS)


@pytest.mark.parametrize("lacking", ["id", "arousal_range", "sub_emotions", "valence"])
def test_a_file_without_a_key_is_refused_with_its_name(lacking: str) -> None:
    broken = base(0)
    del broken[lacking]
    with pytest.raises(SourceFormatError, match=lacking):
        read_base(json.dumps(broken).encode(), "thesaurus_happy")


def test_a_broken_file_is_refused() -> None:
    with pytest.raises(SourceFormatError, match="not valid JSON"):
        read_base(b'{"id": "I"', "thesaurus_happy")


def words_of_a_small_tree() -> list[dict[str, Any]]:
    return [w for at in range(2) for w in read_base(json.dumps(base(at)).encode(), str(at))]


def mapped(**classes: Any) -> list[dict[str, Any]]:
    return class_map({"schemes": {"audio": classes}}, words_of_a_small_tree())


def test_a_class_leads_as_deep_as_its_evidence_and_no_deeper() -> None:
    (row,) = mapped(happy={"to": [{"id": "I", "evidence": "name", "text": "happy", "why": "same"}]})
    assert (row["level"], row["target_path"], row["node_id"]) == ("base", "HAPPY", None)
    target = {"id": "Ija", "evidence": "synonym", "text": "Ija 2_mild", "why": "a word of it"}
    (row,) = mapped(joy={"to": [target]})
    assert (row["level"], row["node_id"], row["base_id"]) == ("node", "Ija", "I")


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        ({"id": "I", "evidence": "name", "text": "joyful"}, "'joyful' is no name of I"),
        ({"id": "Ija", "evidence": "synonym", "text": "IIja 2_mild"}, "no synonym of Ija"),
        ({"id": "I", "evidence": "guess", "text": "happy"}, "no guess of I"),
        ({"id": "IX", "evidence": "name", "text": "happy"}, "unknown id of the tree 'IX'"),
    ],
)
def test_evidence_that_does_not_stand_in_the_tree_fails(target: dict[str, str], fault: str) -> None:
    with pytest.raises(DeclarationError, match=fault):
        mapped(happy={"to": [{**target, "why": "because"}]})


def test_a_class_without_target_or_reason_fails() -> None:
    with pytest.raises(DeclarationError, match=r"audio\.calm: expected"):
        mapped(calm={"to": []})


def test_an_unmapped_class_is_listed_with_its_reason() -> None:
    (row,) = mapped(neutral={"unmapped": "the tree has no neutral place"})
    assert (row["mapped"], row["target_id"]) == (False, None)
    assert row["justification"] == "the tree has no neutral place"


def wav(path: Path, frames: int = 1600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros(frames), 16_000)
    return path


@pytest.mark.parametrize(
    ("source", "name", "label", "audio_class", "actor"),
    [
        ("ravdess", "Actor_12/03-01-06-01-02-01-12.wav", "fearful", "fear", "ravdess/12"),
        ("ravdess", "03-01-02-01-01-01-01.wav", "calm", None, "ravdess/01"),
        ("crema_d", "AudioWAV/1001_IEO_ANG_HI.wav", "anger", "angry", "crema_d/1001"),
        (
            "tess",
            "YAF_pleasant_surprised/YAF_back_ps.wav",
            "pleasant surprise",
            "surprise",
            "tess/YAF",
        ),
        ("tess", "OAF_neutral/OA_bite_neutral.wav", "neutral", "neutral", "tess/OAF"),
    ],
)
def test_labels_are_read_from_the_names(
    tmp_path: Path, source: str, name: str, label: str, audio_class: str | None, actor: str
) -> None:
    labels = facts("audio_labels.yaml")["corpora"][source]["labels"]
    row = read_recording(wav(tmp_path / name).read_bytes(), name, source, labels)
    assert not isinstance(row, Reject)
    assert (row["label_given"], row["audio_class"], row["actor"]) == (label, audio_class, actor)
    assert (row["duration_s"], row["sample_rate_hz"]) == (0.1, 16_000)


@pytest.mark.parametrize(
    ("name", "raw", "reason"),
    [
        ("notes.wav", None, "name_not_understood"),
        ("03-01-99-01-01-01-01.wav", None, "unknown_label"),
        ("03-01-03-01-01-01-01.wav", b"not audio", "unreadable_audio"),
    ],
)
def test_what_is_no_recording_of_the_corpus_is_refused(
    tmp_path: Path, name: str, raw: bytes | None, reason: str
) -> None:
    labels = facts("audio_labels.yaml")["corpora"]["ravdess"]["labels"]
    data = wav(tmp_path / "a.wav").read_bytes() if raw is None else raw
    refused = read_recording(data, name, "ravdess", labels)
    assert isinstance(refused, Reject)
    assert refused.reason == reason


def test_audio_without_a_frame_is_refused(tmp_path: Path) -> None:
    labels = facts("audio_labels.yaml")["corpora"]["ravdess"]["labels"]
    data = wav(tmp_path / "a.wav", frames=0).read_bytes()
    refused = read_recording(data, "03-01-03-01-01-01-01.wav", "ravdess", labels)
    assert isinstance(refused, Reject)
    assert refused.reason == "empty_audio"


def test_a_base_that_lies_there_twice_counts_once(data_dir: Path, tmp_path: Path) -> None:
    tree = real_tree(data_dir)
    doubled = json.loads(tree["thesaurus_happy"].read_text(encoding="utf-8"))
    other = copy.deepcopy(doubled) | {"name": "JOY"}
    tree["thesaurus_sad"] = tmp_path / "joy.json"
    tree["thesaurus_sad"].write_text(json.dumps(other), encoding="utf-8")
    made = inputs("emotions", tree)
    # Without SAD its classes lead nowhere: this build is about the doubled base alone.
    kept = {"schemes": {"audio": {"neutral": {"unmapped": "the tree has no neutral place"}}}}
    made.facts["class_map.yaml"].clear()  # type: ignore[attr-defined]
    made.facts["class_map.yaml"].update(kept)  # type: ignore[attr-defined]
    found = build(made, tmp_path)
    assert Counter(found.reasons()) == {"repeated_id": 36}
    assert found.verdicts()["emotions.six_by_six_by_six"] == "fail"


@pytest.fixture(scope="module")
def tree(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(inputs("emotions", real_tree(data_dir)), tmp_path_factory.mktemp("tree"))


def test_the_real_tree_has_216_nodes_and_its_known_ambiguities(tree: Built) -> None:
    nodes, synonyms = tree.tables["nodes"], tree.tables["synonyms"]
    assert len(nodes) == 216 == len({node["node_id"] for node in nodes})
    shared = {node["name"] for node in nodes if node["name_shared"]}
    assert shared == {
        "offended",
        "contemptuous",
        "insecure",
        "indignant",
        "suspicious",
        "repulsed",
    }
    assert len(synonyms) == 3888
    distinct = {row["synonym"]: row for row in synonyms}
    assert len(distinct) == 3271
    assert sum(row["ambiguous"] for row in distinct.values()) == 434
    assert sum(row["ambiguous_base"] for row in distinct.values()) == 235
    assert distinct["questioning"]["nodes"] == 10


def test_the_real_tree_states_arousal_and_valence_as_it_has_them(tree: Built) -> None:
    ranges = {
        node["base"]: (node["arousal_low"], node["arousal_high"], node["valence"])
        for node in tree.tables["nodes"]
    }
    assert ranges["SAD"] == (0.1, 0.5, "negative")
    assert ranges["SURPRISE"] == (0.4, 1.0, "mixed")
    halves = {
        node["valence"]: (node["valence_low"], node["valence_high"])
        for node in tree.tables["nodes"]
    }
    assert halves == {"positive": (0, 1), "negative": (-1, 0), "mixed": (-1, 1)}


def test_every_class_of_both_schemes_is_listed(tree: Built, data_dir: Path) -> None:
    rows = tree.tables["class_map"]
    labels = (data_dir / "goemotions" / "emotions.txt").read_text(encoding="utf-8").split()
    assert {row["class_name"] for row in rows if row["scheme"] == "goemotions"} == set(labels)
    audio = {row["class_name"] for row in rows if row["scheme"] == "audio"}
    assert audio == {"happy", "sad", "angry", "fear", "surprise", "disgust", "neutral"}
    unmapped = {(row["scheme"], row["class_name"]) for row in rows if not row["mapped"]}
    assert unmapped == {
        ("goemotions", "approval"),
        ("goemotions", "desire"),
        ("goemotions", "disapproval"),
        ("goemotions", "relief"),
        ("goemotions", "neutral"),
        ("audio", "neutral"),
    }


def test_a_synonym_as_evidence_names_every_node_that_has_it(tree: Built) -> None:
    within: dict[str, set[str]] = {}
    for row in tree.tables["synonyms"]:
        within.setdefault(row["synonym"], set()).add(row["node_id"])
    given: dict[str, set[str]] = {}
    for row in tree.tables["class_map"]:
        if row["evidence"] == "synonym":
            given.setdefault(row["evidence_text"], set()).add(row["node_id"])
    assert given == {text: within[text] for text in given}


def test_without_recordings_no_node_has_an_example_and_that_is_said(tree: Built) -> None:
    assert tree.tables["recordings"] == []
    assert tree.verdicts()["input.no_recordings"] == "warn"
    assert "fail" not in tree.verdicts().values()


def test_coverage_asks_for_each_of_the_nodes(tree: Built) -> None:
    (nodes,) = [
        one for one in inputs("emotions", {}).dataset.coverage.classes if one.name == "nodes"
    ]
    assert list(nodes.classes) == [node["node_id"] for node in tree.tables["nodes"]]
    (bases,) = [
        one for one in inputs("emotions", {}).dataset.coverage.classes if one.name == "bases"
    ]
    assert list(bases.classes) == list(dict.fromkeys(n["base"] for n in tree.tables["nodes"]))


def test_recordings_are_placed_by_the_map_and_split_by_speaker(
    data_dir: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "ravdess"
    for actor in range(1, 25):
        for emotion in range(1, 9):
            wav(folder / f"Actor_{actor:02d}" / f"03-01-{emotion:02d}-01-01-01-{actor:02d}.wav")
    made = build(inputs("emotions", {**real_tree(data_dir), "ravdess": folder}), tmp_path)
    rows = made.tables["recordings"]
    assert len(rows) == 24 * 8
    bases = Counter(row["base_id"] for row in rows)
    assert bases == dict.fromkeys(IDS, 24) | {None: 48}, "neutral and calm lead nowhere"
    assert {row["node_id"] for row in rows} == {None}
    names = {(row["base_id"], row["base"]) for row in rows if row["base_id"]}
    assert names == {(key, name.upper()) for key, name in zip(IDS, FILES, strict=True)}
    splits: dict[str, set[str]] = {}
    for row in rows:
        splits.setdefault(row["actor"], set()).add(row["split"])
    assert all(len(found) == 1 for found in splits.values())
    assert set.union(*splits.values()) == {"train", "validation", "test"}
    (told,) = [f for f in made.findings if f.check == "input.recordings_differ"]
    assert "192 recordings, 1440 are published" in told.message
    assert made.verdicts()["input.base_labels_only"] == "warn"


def test_the_three_corpora_are_read_together_each_by_its_own_names(
    data_dir: Path, tmp_path: Path
) -> None:
    corpora = {
        "ravdess": ["Actor_01/03-01-05-01-02-01-01.wav", "Actor_02/03-02-01-01-01-01-02.wav"],
        "crema_d": [
            "1001_DFA_ANG_XX.wav",
            "1001_IEO_SAD_HI.wav",
            "1002_TIE_NEU_XX.wav",
            "VideoDemographics.csv",
        ],
        "tess": [
            "OAF_angry/OAF_back_angry.wav",
            "YAF_sad/YAF_dog_sad.wav",
            "OAF_Pleasant_surprise/OAF_bar_ps.wav",
        ],
    }
    for source, names in corpora.items():
        for name in names:
            wav((tmp_path / source / name).with_suffix(".wav"))
    (tmp_path / "crema_d/VideoDemographics.wav").rename(tmp_path / "crema_d/1003_IEO_XXX_HI.wav")
    folders = {source: tmp_path / source for source in corpora}

    made = build(inputs("emotions", {**real_tree(data_dir), **folders}), tmp_path)

    rows = {row["recording_id"]: row for row in made.tables["recordings"]}
    assert {key: (row["audio_class"], row["base"]) for key, row in rows.items()} == {
        "ravdess/Actor_01/03-01-05-01-02-01-01.wav": ("angry", "ANGRY"),
        "ravdess/Actor_02/03-02-01-01-01-01-02.wav": ("neutral", None),
        "crema_d/1001_DFA_ANG_XX.wav": ("angry", "ANGRY"),
        "crema_d/1001_IEO_SAD_HI.wav": ("sad", "SAD"),
        "crema_d/1002_TIE_NEU_XX.wav": ("neutral", None),
        "tess/OAF_angry/OAF_back_angry.wav": ("angry", "ANGRY"),
        "tess/YAF_sad/YAF_dog_sad.wav": ("sad", "SAD"),
        "tess/OAF_Pleasant_surprise/OAF_bar_ps.wav": ("surprise", "SURPRISE"),
    }
    assert made.reasons() == ["unknown_label"]
    assert {row["vocal_channel"] for row in rows.values()} == {"01", "02", None}
    by_actor: dict[str, set[str]] = {}
    for row in rows.values():
        by_actor.setdefault(row["actor"], set()).add(row["split"])
    assert len(by_actor) == 6
    assert all(len(splits) == 1 for splits in by_actor.values())
