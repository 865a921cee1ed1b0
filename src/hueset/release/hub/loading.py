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

from hueset.declaration import Column
from hueset.declaration.column_types import column_features
from hueset.release.hub.remote_faults import RemoteFault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hueset.documents.manifest import Manifest


def check_loading(
    place: str, revision: str | None, manifest: Manifest
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
        What was loaded, per table with rows (without any it is no config); and what is not as
        promised.
    """
    tables = {name: told for name, told in manifest.tables.items() if told.rows}
    found = _in_own_process({"place": place, "revision": revision, "tables": list(tables)})
    made, faults = [], []
    for name, told in tables.items():
        loaded = found[name]
        if "error" in loaded:
            faults.append(RemoteFault(name, "load", "loads", loaded["error"]))
            continue
        columns = {key: Column.model_validate(one.to_json()) for key, one in told.columns.items()}
        wanted = column_features(columns)
        for way in ("eager", "streaming"):
            faults += _compare_loaded(f"{name} ({way})", told.splits, wanted, loaded[way])
        rows = {way: loaded[way]["rows"] for way in ("eager", "streaming")}
        made.append({"table": name, **rows})
    return made, faults


def _compare_loaded(
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
    faults += [
        RemoteFault(f"{where} {split}", "rows", f"{count:,}", f"{rows[split]:,}")
        for split, count in promised.items()
        if rows[split] != count
    ]
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
            [sys.executable, "-P", "-m", "hueset.release.hub.loading"],
            input=json.dumps({**asked, "folder": cache}),
            env=environment,
            text=True,
            capture_output=True,
            check=False,
        )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return {name: {"error": last} for name in asked["tables"]}
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def _load(place: str, revision: str | None, table: str) -> dict[str, Any]:
    from datasets import load_dataset

    whole = load_dataset(place, table, revision=revision)
    shown = next(iter(whole.values())).features.to_dict()
    eager = {str(split): len(rows) for split, rows in whole.items()}
    streaming: dict[str, int] = {}
    lazily: dict[str, Any] = {}
    for split, rows in load_dataset(place, table, revision=revision, streaming=True).items():
        lazily = rows.features.to_dict() if rows.features else {}
        batches = rows.decode(False).with_format("arrow").iter(batch_size=1000)
        streaming[str(split)] = sum(len(batch) for batch in batches)
    return {
        "eager": {"features": shown, "rows": eager},
        "streaming": {"features": lazily, "rows": streaming},
    }


def _main() -> None:
    """Load what stdin asks for, and tell stdout what came."""
    from datasets.utils.logging import disable_progress_bar, set_verbosity_error

    disable_progress_bar()
    set_verbosity_error()
    asked = json.load(sys.stdin)
    if asked["revision"] is not None:
        # A folder here with the name of the repository must not answer for the Hub either.
        os.chdir(asked["folder"])
    told: dict[str, Any] = {}
    for table in asked["tables"]:
        try:
            told[table] = _load(asked["place"], asked["revision"], table)
        except Exception as error:
            lines = str(error).strip().splitlines()
            told[table] = {"error": f"{type(error).__name__}: {lines[0] if lines else ''}"}
    sys.stdout.write(json.dumps(told))
    sys.stdout.flush()
    # All is said: threads of the libraries that still run must not abort the process on its way
    # out, which would be read as data that do not load.
    os._exit(0)


if __name__ == "__main__":
    _main()
