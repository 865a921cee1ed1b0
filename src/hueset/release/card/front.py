"""The front matter of a card: what the Hub and `datasets` read before they read a row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hueset.declaration import Column
from hueset.declaration.column_types import portable_features
from hueset.declaration.licence_terms import licence_of
from hueset.store.version import kind_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

HUB_LICENCES = frozenset(
    [
        "apache-2.0",
        "mit",
        "bsd",
        "bsd-2-clause",
        "bsd-3-clause",
        "cc0-1.0",
        "cc-by-2.0",
        "cc-by-2.5",
        "cc-by-3.0",
        "cc-by-4.0",
        "cc-by-sa-3.0",
        "cc-by-sa-4.0",
        "cc-by-nc-2.0",
        "cc-by-nc-3.0",
        "cc-by-nc-4.0",
        "cc-by-nd-4.0",
        "cc-by-nc-nd-3.0",
        "cc-by-nc-nd-4.0",
        "cc-by-nc-sa-2.0",
        "cc-by-nc-sa-3.0",
        "cc-by-nc-sa-4.0",
        "gpl-2.0",
        "gpl-3.0",
        "agpl-3.0",
        "lgpl-3.0",
        "mpl-2.0",
        "odc-by",
        "odbl",
        "pddl",
        "unlicense",
        "wtfpl",
        "unknown",
    ]
)
"""Licence names that the Hub knows; all else is `other` with a name."""

SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
)


def front_matter(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the front matter of a card.

    Every table that has rows is a config with its files per split, its features and its exact
    counts; a wrong count would keep `datasets` from loading it. A table without a row is none,
    since `datasets` cannot load one.
    """
    tables = {name: table for name, table in manifest["tables"].items() if table["rows"]}
    kind = kind_of(manifest["version"])
    made: dict[str, Any] = {
        "pretty_name": manifest["title"],
        **_licence(manifest),
        "language": manifest["language"],
        "size_categories": [_size(max((table["rows"] for table in tables.values()), default=0))],
        "task_categories": manifest["task_categories"],
        "tags": [*manifest["tags"], "hueset", *([] if kind == "whole" else [kind])],
        "configs": [
            {
                "config_name": name,
                "data_files": [
                    {"split": split, "path": f"data/{name}/{split}-*.parquet"}
                    for split in order_splits(table["splits"])
                ],
            }
            for name, table in tables.items()
        ],
        "dataset_info": [_info(name, table) for name, table in tables.items()],
    }
    return {key: value for key, value in made.items() if value not in ([], {}, "")}


def order_splits(splits: Mapping[str, int]) -> list[str]:
    """Return split names in their usual order."""
    usual = ("train", "validation", "test")
    return [s for s in usual if s in splits] + sorted(s for s in splits if s not in usual)


def _info(name: str, table: Mapping[str, Any]) -> dict[str, Any]:
    columns = {key: Column.model_validate(told) for key, told in table["columns"].items()}
    return {
        "config_name": name,
        "features": [
            {"name": key, **_yaml(feature)} for key, feature in portable_features(columns).items()
        ],
        "splits": [
            {
                "name": split,
                "num_bytes": _arrow_bytes(table, [split]),
                "num_examples": table["splits"][split],
            }
            for split in order_splits(table["splits"])
        ],
        "download_size": sum(file["bytes"] for file in table["files"]),
        "dataset_size": _arrow_bytes(table, table["splits"]),
    }


def _arrow_bytes(table: Mapping[str, Any], splits: Collection[str]) -> int:
    return sum(file["arrow_bytes"] for file in table["files"] if file["split"] in splits)


def _yaml(feature: Any) -> dict[str, Any]:
    """Return a portable feature as the front matter spells it (`Features._to_yaml_list`)."""
    if isinstance(feature, list):
        return {"list": _yaml_item(feature[0])}
    kind = feature.get("_type")
    rest = {key: value for key, value in feature.items() if key != "_type"}
    if kind == "Value":
        return rest
    if kind == "Sequence":
        item = _yaml_item(rest.pop("feature"))
        # A sequence of structs is read as a struct of sequences.
        return {"list" if isinstance(item, list) else "sequence": item, **rest}
    if kind == "ClassLabel":
        names = {str(at): name for at, name in enumerate(rest["names"])}
        return {"dtype": {"class_label": {"names": names}}}
    if kind == "Audio":
        return {"dtype": "audio"}
    return {"struct": [{"name": name, **_yaml(item)} for name, item in feature.items()]}


def _yaml_item(feature: Any) -> Any:
    """Return what stands below `list` or `sequence`: a type by its name, a struct by its fields."""
    item = _yaml(feature)
    return next(iter(item.values())) if list(item) in (["dtype"], ["struct"]) else item


def _licence(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the licence of the whole as the Hub names it.

    Of several that hold together none is named alone: the Hub would find the dataset under one
    that is freer than the whole.
    """
    name = licence_of(manifest)
    if name.lower() in HUB_LICENCES:
        return {"license": name.lower()}
    return {
        "license": "other",
        "license_name": re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-"),
    }


def _size(rows: int) -> str:
    return next((name for limit, name in SIZES if rows < limit), "n>1T")
