"""Whether `datasets` loads what was published: features, splits and counts, eager and streaming."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

from hueset.publish.verify import RemoteFault
from hueset.schema import features
from hueset.spec import Column

if TYPE_CHECKING:
    from collections.abc import Mapping

STREAMED_BYTES = 50_000_000
"""A larger table is streamed for its first rows only; its count was proven by loading it whole."""

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
    made, faults = [], []
    for name, told in manifest["tables"].items():
        try:
            loaded = _load(place, revision, name, told)
        except Exception as error:
            text = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            faults.append(RemoteFault(name, "load", "loads", text))
            continue
        columns = {key: Column.model_validate(value) for key, value in told["columns"].items()}
        wanted = features(columns)
        for way, found in loaded["features"].items():
            if found != wanted:
                odd = sorted(key for key in wanted if found.get(key) != wanted[key])
                text = ", ".join(odd) or "other columns"
                faults.append(RemoteFault(f"{name} ({way})", "features", "as declared", text))
        for way in ("eager", "streaming"):
            faults += _counted(name, way, told["splits"], loaded[way])
        made.append({"table": name, "eager": loaded["eager"], "streamed": loaded["streamed"]})
    return made, faults


def _load(place: str, revision: str | None, table: str, told: Mapping[str, Any]) -> dict[str, Any]:
    from datasets import load_dataset
    from datasets.utils.logging import disable_progress_bar, set_verbosity_error

    disable_progress_bar()
    set_verbosity_error()
    # A private cache: what another run left behind must not answer for the Hub.
    with tempfile.TemporaryDirectory(prefix="hueset-load-") as cache:
        whole = load_dataset(place, table, revision=revision, cache_dir=cache)
        one = next(iter(whole.values()))
        eager = {str(split): len(rows) for split, rows in whole.items()}
        shown = {"eager": one.features.to_dict()}
    size = sum(file["bytes"] for file in told["files"])
    lazy = load_dataset(place, table, revision=revision, streaming=True)
    streaming = {}
    for split, rows in lazy.items():
        shown["streaming"] = rows.features.to_dict() if rows.features else {}
        undecoded = rows.decode(False)
        if size > STREAMED_BYTES:
            undecoded = undecoded.take(FIRST_ROWS)
        streaming[str(split)] = sum(1 for _ in undecoded)
    streamed = dict(streaming)
    if size > STREAMED_BYTES:
        # The first rows came; for the comparison of counts the eager ones stand in.
        short = {s: n for s, n in streaming.items() if n < min(FIRST_ROWS, eager.get(s, 0))}
        streaming = {**eager, **short}
    return {"features": shown, "eager": eager, "streaming": streaming, "streamed": streamed}


def _counted(
    table: str, way: str, promised: Mapping[str, int], found: Mapping[str, int]
) -> list[RemoteFault]:
    where = f"{table} ({way})"
    if set(found) != set(promised):
        return [RemoteFault(where, "splits", ", ".join(promised), ", ".join(found))]
    return [
        RemoteFault(f"{where} {split}", "rows", f"{rows:,}", f"{found[split]:,}")
        for split, rows in promised.items()
        if found[split] != rows
    ]
