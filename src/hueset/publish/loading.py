"""Whether `datasets` loads what was published: features, splits and counts, eager and streaming.

The loading happens in a process of its own with empty caches, because what an earlier download
left behind must not answer for the Hub.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any

from hueset.publish.verify import RemoteFault
from hueset.schema import features
from hueset.spec import Column

if TYPE_CHECKING:
    from collections.abc import Mapping

STREAMED_BYTES = 50_000_000
"""Of a larger table only the first rows are streamed; its count is proven by loading it whole."""

FIRST_ROWS = 100


def check_loading(
    place: str, revision: str | None, manifest: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], list[RemoteFault]]:
    """Load every table as anybody would.

    Parameters
    ----------
    place
        A repository's name, or a folder.
    revision
        The commit; None for a folder.
    manifest
        What is promised.

    Returns
    -------
    tuple
        What was loaded, per table; and what is not as promised.
    """
    sizes = {
        name: sum(file["bytes"] for file in told["files"])
        for name, told in manifest["tables"].items()
    }
    found = _in_own_process({"place": place, "revision": revision, "sizes": sizes})
    made, faults = [], []
    for name, told in manifest["tables"].items():
        loaded = found[name]
        if "error" in loaded:
            faults.append(RemoteFault(name, "load", "loads", loaded["error"]))
            continue
        columns = {key: Column.model_validate(value) for key, value in told["columns"].items()}
        wanted = features(columns)
        for way in ("eager", "streaming"):
            faults += _compared(f"{name} ({way})", told["splits"], wanted, loaded[way])
        rows = {way: loaded[way]["rows"] for way in ("eager", "streaming")}
        made.append({"table": name, **rows})
    return made, faults


def _compared(
    where: str, promised: Mapping[str, int], wanted: Mapping[str, Any], found: Mapping[str, Any]
) -> list[RemoteFault]:
    faults = []
    if found["features"] != wanted:
        odd = sorted(key for key in wanted if found["features"].get(key) != wanted[key])
        text = ", ".join(odd) or "other columns"
        faults.append(RemoteFault(where, "features", "as declared", text))
    rows = found["rows"]
    if set(rows) != set(promised):
        return [*faults, RemoteFault(where, "splits", ", ".join(promised), ", ".join(rows))]
    most = found["most"]
    for split, count in promised.items():
        expected = count if most is None else min(count, most)
        if rows[split] != expected:
            told = RemoteFault(f"{where} {split}", "rows", f"{expected:,}", f"{rows[split]:,}")
            faults.append(told)
    return faults


def _in_own_process(asked: Mapping[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="hueset-load-") as cache:
        environment = {
            **os.environ,
            "HF_HUB_CACHE": f"{cache}/hub",
            "HF_DATASETS_CACHE": f"{cache}/datasets",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        }
        done = subprocess.run(
            [sys.executable, "-m", "hueset.publish.loading"],
            input=json.dumps(asked), env=environment, text=True, capture_output=True, check=False,
        )  # fmt: skip
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return {name: {"error": last} for name in asked["sizes"]}
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def _load(place: str, revision: str | None, table: str, size: int) -> dict[str, Any]:
    from datasets import load_dataset

    whole = load_dataset(place, table, revision=revision)
    shown = next(iter(whole.values())).features.to_dict()
    eager = {str(split): len(rows) for split, rows in whole.items()}
    most = FIRST_ROWS if size > STREAMED_BYTES else None
    streaming: dict[str, int] = {}
    lazily: dict[str, Any] = {}
    for split, rows in load_dataset(place, table, revision=revision, streaming=True).items():
        undecoded = rows.decode(False)
        lazily = rows.features.to_dict() if rows.features else {}
        if most is not None:
            undecoded = undecoded.take(most)
        streaming[str(split)] = sum(1 for _ in undecoded)
    return {
        "eager": {"features": shown, "rows": eager, "most": None},
        "streaming": {"features": lazily, "rows": streaming, "most": most},
    }


def _main() -> None:
    """Load what stdin asks for, and tell stdout what came."""
    from datasets.utils.logging import disable_progress_bar, set_verbosity_error

    disable_progress_bar()
    set_verbosity_error()
    asked = json.load(sys.stdin)
    told: dict[str, Any] = {}
    for table, size in asked["sizes"].items():
        try:
            told[table] = _load(asked["place"], asked["revision"], table, size)
        except Exception as error:
            lines = str(error).strip().splitlines()
            told[table] = {"error": f"{type(error).__name__}: {lines[0] if lines else ''}"}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    _main()
