"""What is written is read alike by the oldest `datasets` that is promised, and by the newest.

The oldest is installed into an environment of its own, with the libraries of its day: `pytest -m
oldest`. It takes a minute or two, and PyPI.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hueset.declaration import TableDeclaration
from hueset.declaration.column_types import arrow_schema
from hueset.release.export import export_version

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub_sessions import Zoo

pytestmark = [pytest.mark.oldest, pytest.mark.timeout(900)]

OLDEST = ("datasets==2.14.7", "pyarrow<21", "numpy<2", "pandas<2.3")

READER = '''
"""Load what stdin asks for, and print features, counts and values."""
import json, sys
from datasets import Features, load_dataset
from datasets.utils.logging import disable_progress_bar
disable_progress_bar()

def plain(feature):
    """A feature in one spelling, whatever `datasets` calls a list."""
    if isinstance(feature, list):
        return {"list": plain(feature[0])}
    kind = feature.get("_type")
    if kind in ("List", "Sequence"):
        length = feature.get("length", -1)
        return {"list": plain(feature["feature"]), **({} if length == -1 else {"length": length})}
    if isinstance(kind, str):
        return {key: feature[key] for key in feature if key in ("_type", "dtype", "names")}
    return {name: plain(item) for name, item in feature.items()}

told = {}
for name, call in json.load(sys.stdin).items():
    whole = load_dataset(*call["args"], **call["more"])
    lazy = load_dataset(*call["args"], **call["more"], streaming=True)
    told[name] = {
        split: {
            "features": {key: plain(one) for key, one in rows.features.to_dict().items()},
            "lazily": {key: plain(one) for key, one in lazy[split].features.to_dict().items()},
            "types": [str(field.type) for field in rows.features.arrow_schema],
            "rows": rows.with_format("arrow")[:].to_pylist(),
        }
        for split, rows in sorted(whole.items())
    }
print(json.dumps(told, default=lambda value: value.hex() if hasattr(value, "hex") else str(value)))
'''

TYPES = {
    "text": "string",
    "n": "int32",
    "x": "float64",
    "ok": "bool",
    "day": "date32",
    "moods": "list<string>",
    "gains": "list<float32, 4>",
    "mel": "array<float32, 3, 5>",
    "likes": "list<struct<name: string, ids: list<int64>>>",
    "rows": "list<list<int8>>",
    "place": "struct<at: list<float64, 2>, tags: list<string>>",
    "kind": "class<low | high>",
    "kinds": "list<class<low | high>>",
    "pair": "list<list<int64>, 2>",
}

ROW = {
    "text": "a",
    "n": 1,
    "x": 0.5,
    "ok": True,
    "day": None,
    "moods": ["m", "n"],
    "gains": [0.5] * 4,
    "mel": [[0.5] * 5] * 3,
    "likes": [{"name": "n", "ids": [3]}],
    "rows": [[1], []],
    "place": {"at": [0.5, 1.0], "tags": []},
    "kind": 1,
    "kinds": [0, 1],
    "pair": [[1], [2, 3]],
}


@pytest.fixture(scope="module")
def oldest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the oldest `datasets`."""
    folder = tmp_path_factory.mktemp("oldest")
    venv.create(folder, with_pip=True)
    python = folder / "bin/python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", *OLDEST], check=True)
    return python


def read(python: Path | str, asked: dict[str, Any], home: Path) -> dict[str, Any]:
    environment = {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [python, "-c", READER],
        input=json.dumps(asked),
        env=environment,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_the_oldest_datasets_reads_what_the_newest_reads(
    oldest: Path, built_zoo: Zoo, tmp_path: Path
) -> None:
    folder = export_version(built_zoo.project, built_zoo.new, tmp_path / "zoo")
    columns = {name: {"type": kind} for name, kind in TYPES.items()}
    table = TableDeclaration.model_validate(
        {"description": "d", "key": ["text"], "columns": columns}
    )
    file = tmp_path / "all.parquet"
    pq.write_table(pa.Table.from_pylist([ROW], schema=arrow_schema(table)), file)
    asked: dict[str, Any] = {
        name: {"args": [str(folder), name], "more": {}} for name in built_zoo.new.manifest.tables
    }
    asked["all"] = {"args": ["parquet"], "more": {"data_files": str(file)}}

    old = read(oldest, asked, tmp_path / "old")
    new = read(sys.executable, asked, tmp_path / "new")

    assert old == new
    assert old["all"]["train"]["rows"] == [ROW]
    assert old["all"]["train"]["features"]["mel"]["length"] == 3
    for name, splits in old.items():
        if name != "all":
            counts = {split: len(told["rows"]) for split, told in splits.items()}
            assert counts == built_zoo.new.manifest.tables[name].splits
        for told in splits.values():
            assert told["lazily"] == told["features"]
