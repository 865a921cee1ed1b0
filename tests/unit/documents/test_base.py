import json
import os
from pathlib import Path
from typing import Any

import pytest

from hueset.documents.base import MOST_BYTES, DocumentError, read_document
from hueset.documents.manifest import Manifest
from hueset.store.store import VersionStore
from tests.support.handwritten_version import manifest_of

TABLE = {
    "description": "",
    "rows": 3,
    "key": ["k"],
    "split": None,
    "group": None,
    "splits": {"train": 3},
    "columns": {"k": {"type": "string"}},
    "content": {},
    "files": [
        {
            "path": "data/t/train.parquet",
            "split": "train",
            "rows": 3,
            "bytes": 9,
            "sha256": "0" * 64,
            "arrow_bytes": 9,
        }
    ],
}
HOSTILE = "x\" AS SELECT 1; COPY (SELECT 1) TO '/tmp/out.csv'; --"


def read(path: Path) -> Any:
    return read_document(path, Manifest, below=path.parent, what="manifest.json", hint="fix it")


def written(folder: Path, **changes: Any) -> Path:
    table = {**TABLE, **{key: value for key, value in changes.items() if key in TABLE}}
    name = changes.pop("name", "rows")
    manifest = manifest_of("pets", "1.0.0+abc", {name: table})
    manifest |= {key: value for key, value in changes.items() if key not in TABLE}
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest))
    return path


def file(**changes: Any) -> list[dict[str, Any]]:
    return [{**TABLE["files"][0], **changes}]  # type: ignore[index, dict-item]


def test_what_a_build_writes_is_read_typed_and_plain(tmp_path: Path) -> None:
    path = written(tmp_path, newer={"of": "the same format"})
    found = read(path)
    assert found.typed.tables["rows"].files[0].path == "data/t/train.parquet"
    assert found.plain == json.loads(path.read_text())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": HOSTILE}, r"at tables\.'x\" AS SELECT 1; COPY"),
        ({"columns": {"k": {"type": "string"}, 'a"b': {"type": "string"}}}, r"columns\.'a\"b'"),
        ({"columns": {"k": {"type": "list<" * 400}}}, r"columns\.k\.type: .*nested at most"),
        ({"columns": {"k": {"type": "string", "sql": "1"}}}, r"has tables\.rows\.columns\.k\.sql"),
        ({"key": ["other"]}, "'other' is none"),
        ({"rows": 4}, "the rows of a table"),
        ({"rows": "3"}, r"at tables\.rows\.rows: found '3'"),
        ({"rows": -1}, r"at tables\.rows\.rows: found -1"),
        ({"rows": 2**63}, r"at tables\.rows\.rows"),
        ({"files": file(path="../x.parquet")}, "a path below the version is expected"),
        ({"files": file(path="/x.parquet")}, "a path below the version is expected"),
        ({"files": file(path="data\\x.parquet")}, "a path below the version is expected"),
        ({"files": file(path="data/./x.parquet")}, "a path below the version is expected"),
        ({"files": file(path="data/x\n.parquet")}, "a path below the version is expected"),
        ({"files": file(path="gate/x.parquet")}, "below data/"),
        ({"files": file(sha256="0" * 63)}, r"files\[0\]\.sha256"),
        ({"verdict": "passed"}, "at verdict: found 'passed'"),
        ({"dataset": "../pets"}, "at dataset"),
        ({"version": "1.0.0+../x"}, "at version"),
        ({"semver": "2.0.0"}, "does not begin with its semver"),
        ({"quarantine": {"rows": {"odd": 1.5}}}, "at quarantine.rows.odd"),
        ({"sample": "yes"}, "at sample: found 'yes'"),
    ],
)
def test_what_is_no_manifest_of_ours_is_named_with_its_place(
    changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(DocumentError, match=said) as caught:
        read(written(tmp_path, **changes))
    assert caught.value.code == "E_STORE"
    assert caught.value.hint == "fix it"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": NaN}', "NaN is no number"),
        ('{"a": 1e999}', "out of range"),
        ('{"a": 1, "a": 2}', "'a' stands twice"),
        ('{"a": ' + "[" * 100 + "]" * 100 + "}", "nested more than"),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested more than"),
        ('{"a": ' + "9" * 5_000 + "}", "cannot be read"),
        ("[]", "an object is expected, found list"),
        ("{", "cannot be read"),
        ("\udcff", "cannot be read"),
    ],
)
def test_what_is_no_strict_json_is_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(DocumentError, match=said):
        read(path)


def test_a_link_and_a_file_without_end_are_not_read(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DocumentError, match="is a symbolic link"):
        read(path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DocumentError, match="no regular file"):
        read(path)
    path.unlink()
    with path.open("wb") as stream:
        stream.truncate(MOST_BYTES + 1)
    with pytest.raises(DocumentError, match="more than the"):
        read(path)


def test_a_record_is_held_against_its_kind(tmp_path: Path) -> None:
    store = VersionStore(tmp_path)
    folder = tmp_path / "pets/_records/1.0.0+abc"
    folder.mkdir(parents=True)
    body = {"kind": "waiver", "at": "20260101T000000Z", "manifest_sha256": "0" * 64}
    (folder / "waiver-1.json").write_text(json.dumps({**body, "verdict": "fail", "why": 3}))
    from hueset.store.version import StoredVersion

    with pytest.raises(DocumentError, match=r"waiver-1\.json at why: found 3"):
        store.records(StoredVersion("pets", "1.0.0+abc", tmp_path))
