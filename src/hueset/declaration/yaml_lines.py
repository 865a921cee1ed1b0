"""YAML read with line numbers, so that an error in a declaration names file, line and the fix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from hueset.declaration.fault_words import describe_fault, describe_kind
from hueset.declaration.located_yaml import LocatedYaml
from hueset.declaration.model_fields import former_keys
from hueset.errors import DeclarationError
from hueset.former_names import warn_former_name

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.declaration.located_yaml import Place

M = TypeVar("M", bound=BaseModel)

MAX_REPEATED = 10_000
"""Values that aliases may stand for beside those that are written out."""


def load_yaml(path: Path) -> LocatedYaml:
    """Read one YAML document; raises `DeclarationError` for bad YAML and for a key given twice."""
    text = _text(path)
    lines: dict[Place, int] = {}
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is not None:
            _refuse_explosion(node, path)
        data = _walk(yaml.SafeLoader(""), node, (), lines, path) if node else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        message = f"{path}:{line}: not valid YAML: {error.problem}"
        raise DeclarationError(message, hint="look at the line and the one above it") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"{path}:{line}: the character U+{error.character:04X} may not be in YAML"
        raise DeclarationError(message, hint="delete it; control characters are") from error
    except RecursionError as error:
        message = f"{path}:1: it contains itself, or is nested too deep"
        raise DeclarationError(
            message, hint="look for an alias (`*name`) inside its own anchor"
        ) from error
    return LocatedYaml(path, data, lines)


def validate_model(model: type[M], located: LocatedYaml, **extra: Any) -> M:
    """Validate a document against a model.

    Parameters
    ----------
    model
        The pydantic model.
    located
        The document, from `load`.
    **extra
        Values that the file does not hold (its own folder's name, say).

    Raises
    ------
    DeclarationError
        With every fault, each with file and line, and the nearest known word for an unknown key.
    """
    if not isinstance(located.data, dict):
        found = describe_kind(located.data)
        message = f"{located.where(())}: expected keys and values, found {found}"
        raise DeclarationError(message, hint="write `key: value` lines")
    try:
        valid = model.model_validate({**located.data, **extra})
    except ValidationError as error:
        # A misspelt key is told before the one that is missing because of it.
        told = sorted(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
        faults = [describe_fault(model, located, fault) for fault in told]
        raise DeclarationError(
            "\n".join(sentence for sentence, _ in faults), hint=faults[0][1]
        ) from error
    _warn_former_keys(model, located)
    return valid


def _warn_former_keys(model: type[BaseModel], located: LocatedYaml) -> None:
    """Warn once of all keys of a document that have another name now."""
    former = list(former_keys(model, located.data))
    if former:
        names = {str(place[-1]): name for place, name in former}
        renamed = ", ".join(f"`{old}` is now `{new}`" for old, new in names.items())
        warn_former_name(f"{located.where(former[0][0])}: {renamed}")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        message = f"{path} does not exist"
        raise DeclarationError(message, hint="create it, or fix the name") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        message = f"{path}:{line}: not UTF-8: byte 0x{error.object[error.start]:02x}"
        raise DeclarationError(message, hint="save the file as UTF-8") from error
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}"
        raise DeclarationError(message, hint="it must be a file that you may read") from error


def _refuse_explosion(root: yaml.Node, path: Path) -> None:
    """Raise where aliases stand for more than a reader may be made to build.

    Nine lines of nine aliases each are a billion values. Sizes are summed from the inside out, each
    node once, so that the sum costs nothing.
    """
    sizes: dict[int, int] = {}

    def size(node: yaml.Node, above: frozenset[int]) -> int:
        if id(node) in above:
            raise RecursionError
        if id(node) not in sizes:
            inside = [part for item in node.value for part in _parts(item)] if _nests(node) else []
            here = above | {id(node)}
            sizes[id(node)] = 1 + sum(size(part, here) for part in inside)
        return sizes[id(node)]

    whole = size(root, frozenset())
    if whole > len(sizes) + MAX_REPEATED:
        message = f"{path}:1: its aliases (`*name`) stand for {whole:,} values"
        hint = f"write the values out; aliases may repeat {MAX_REPEATED:,} values"
        raise DeclarationError(message, hint=hint, value=whole)


def _nests(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode)


def _parts(item: yaml.Node | tuple[yaml.Node, yaml.Node]) -> tuple[yaml.Node, ...]:
    return item if isinstance(item, tuple) else (item,)


def _walk(
    loader: yaml.SafeLoader, node: yaml.Node, place: Place, lines: dict[Place, int], path: Path
) -> Any:
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        made: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                message = (
                    f"{path}:{key_node.start_mark.line + 1}: a list or mapping cannot be a key"
                )
                raise DeclarationError(message, hint="a key is plain text")
            key = _scalar(loader, key_node, path)
            if key in made:
                message = f"{path}:{key_node.start_mark.line + 1}: the key {key!r} is given twice"
                raise DeclarationError(message, hint="keep one of the two", value=key)
            made[key] = _walk(loader, value_node, (*place, key), lines, path)
            lines[*place, key] = key_node.start_mark.line + 1
        return made
    if isinstance(node, yaml.SequenceNode):
        return [
            _walk(loader, item, (*place, at), lines, path) for at, item in enumerate(node.value)
        ]
    return _scalar(loader, node, path)


def _scalar(loader: yaml.SafeLoader, node: yaml.Node, path: Path) -> Any:
    try:
        return loader.construct_object(node, deep=True)
    except ValueError as error:  # a date such as 2020-99-99
        message = f"{path}:{node.start_mark.line + 1}: {node.value!r} is no value: {error}"
        raise DeclarationError(message, hint="put it in quotes if it is text") from error
