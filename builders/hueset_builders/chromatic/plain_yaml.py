"""YAML from somebody else's folder → plain values, with no way to harm the reader.

Read without tags that build objects, without aliases (a few hundred bytes of them can stand for
gigabytes), to a bounded size and depth.
"""

from __future__ import annotations

from typing import Any

import yaml

from hueset.errors import InputError

MAX_BYTES = 1_000_000
MAX_DEPTH = 20


def load_mapping(data: bytes) -> tuple[dict[str, Any], list[str]]:
    """Read a YAML mapping of plain values.

    Returns
    -------
    dict, list
        The mapping, and the keys that stand twice in any mapping (the last one counts).

    Raises
    ------
    InputError
        Too large or too deep, aliases, tags that build objects, no mapping, or no YAML.
    """
    if len(data) > MAX_BYTES:
        message = f"{len(data)} bytes are no manifest (at most {MAX_BYTES})"
        raise InputError(message, reason="manifest_too_large")
    if data.startswith(b"version https://git-lfs"):
        message = "the file is a git-LFS pointer, not the manifest"
        raise InputError(message, reason="lfs_pointer", hint="run `git lfs pull` in the corpus")
    try:
        text = data.decode("utf-8-sig")
        _refuse_bombs(text)
        loader = _Loader(text)
        loaded = loader.get_single_data()
    except InputError:
        raise
    except Exception as error:  # whatever a reader of YAML may raise over somebody's file
        message = f"not readable as YAML: {' '.join(str(error).split())[:200]}"
        # libyaml from 2026 on gives up at a depth of its own before it tells of any level.
        reason = "manifest_too_deep" if "nesting depth" in message else "not_yaml"
        raise InputError(message, reason=reason) from error
    if not isinstance(loaded, dict):
        message = f"a manifest is a mapping, this is {type(loaded).__name__}"
        raise InputError(message, reason="no_mapping")
    return {str(key): value for key, value in loaded.items()}, loader.repeated


class _Loader(yaml.CSafeLoader):
    """The safe loader, which keeps the keys that stand twice in a mapping."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.repeated: list[str] = []

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [child.value for child, _ in node.value if isinstance(child, yaml.ScalarNode)]
        self.repeated += sorted({key for key in keys if keys.count(key) > 1})
        return super().construct_mapping(node, deep=deep)


def _refuse_bombs(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            message = f"it uses the alias *{event.anchor}; a manifest has none"
            raise InputError(message, reason="manifest_has_aliases", hint="write the value out")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            message = f"it is nested deeper than {MAX_DEPTH} levels"
            raise InputError(message, reason="manifest_too_deep")
