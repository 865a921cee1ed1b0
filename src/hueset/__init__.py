"""Hueset: a foundry for training datasets about mood and music.

    import hueset

    store = hueset.open_store("artifacts")
    vibe = store.version("vibe")
    vibe.coverage["valence"].verdict
    vibe.table("training").polars(split="train")

What is listed in `__all__` is the public Python API, described in `docs/python.md`. It is loaded
name by name, at the first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from hueset.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from hueset import errors
    from hueset.build.progress import BuildEvent, BuildStep
    from hueset.documents.verdicts import CoverageVerdict, Verdict
    from hueset.errors import HuesetError
    from hueset.python_api.build import build
    from hueset.python_api.built_version import BuiltVersion
    from hueset.python_api.coverage import Coverage, Dimension
    from hueset.python_api.gate import Gate
    from hueset.python_api.media import Media, Sound
    from hueset.python_api.query_result import QueryResult
    from hueset.python_api.store import Store, open_store
    from hueset.python_api.table import Table
    from hueset.python_api.version import Version
    from hueset.training.table_batches import TableBatches, TorchBatch

__version__ = "0.2.0"

__all__ = [
    "BuildEvent",
    "BuildStep",
    "BuiltVersion",
    "Coverage",
    "CoverageVerdict",
    "Dimension",
    "Gate",
    "HuesetError",
    "Media",
    "QueryResult",
    "Sound",
    "Store",
    "Table",
    "TableBatches",
    "TorchBatch",
    "Verdict",
    "Version",
    "__version__",
    "build",
    "errors",
    "open_store",
]

_load = lazy_exports(
    __name__,
    {
        "BuildEvent": "build.progress",
        "BuildStep": "build.progress",
        "BuiltVersion": "python_api.built_version",
        "Coverage": "python_api.coverage",
        "CoverageVerdict": "documents.verdicts",
        "Dimension": "python_api.coverage",
        "Gate": "python_api.gate",
        "Verdict": "documents.verdicts",
        "HuesetError": "errors",
        "Media": "python_api.media",
        "QueryResult": "python_api.query_result",
        "Sound": "python_api.media",
        "Store": "python_api.store",
        "Table": "python_api.table",
        "TableBatches": "training.table_batches",
        "TorchBatch": "training.table_batches",
        "Version": "python_api.version",
        "open_store": "python_api.store",
    },
)


def __getattr__(name: str) -> Any:
    """Load a name at its first use; `build` and `errors` are packages of these names."""
    return import_module(f"{__name__}.{name}") if name in {"build", "errors"} else _load(name)


def __dir__() -> list[str]:
    """Return the public names, for those who complete them."""
    return sorted(__all__)
