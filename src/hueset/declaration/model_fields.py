"""Which field of the models a place of a document is, whether its key is the present or former."""

from __future__ import annotations

import types
import typing
from typing import TYPE_CHECKING, Any, TypeGuard

from pydantic import AliasChoices, BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from hueset.declaration.located_yaml import Place


def field_at(model: type[BaseModel], place: Place) -> FieldInfo | None:
    """Return the field of a model at a place; None where it is no field of a model."""
    if not place:
        return None
    here = _annotation_at(model, place[:-1])
    name = field_name(here, str(place[-1])) if _is_model(here) else None
    return here.model_fields[name] if name else None


def keys_at(model: type[BaseModel], place: Place) -> list[str]:
    """Return the keys that a model knows at a place; empty where it has no model."""
    here = _annotation_at(model, place)
    return list(here.model_fields) if _is_model(here) else []


def present_key(model: type[BaseModel], place: Place) -> str | None:
    """Return what the last key of a place is called now; None where it is no former name."""
    here = _annotation_at(model, place[:-1])
    name = field_name(here, str(place[-1])) if _is_model(here) else None
    return name if name != place[-1] else None


def former_keys(annotation: Any, data: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Yield the place of every former key in a document, and what the key is called now.

    Parameters
    ----------
    annotation
        The model of the document, or the annotation of a part of it.
    data
        The document, or the part.
    place
        Where the part stands.
    """
    plain = _plain(annotation)
    if isinstance(data, dict):
        for key, value in data.items():
            name = field_name(plain, str(key)) if _is_model(plain) else None
            if name is not None and name != key:
                yield (*place, key), name
            yield from former_keys(_inside(plain, key), value, (*place, key))
    elif isinstance(data, list):
        for at, item in enumerate(data):
            yield from former_keys(_inside(plain, at), item, (*place, at))


def field_name(model: type[BaseModel], key: str) -> str | None:
    """Return the name of the field that is read from a key; None where a model has none."""
    if key in model.model_fields:
        return key
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        if isinstance(alias, AliasChoices) and key in alias.choices:
            return name
    return None


def _annotation_at(model: type[BaseModel], place: Place) -> Any:
    here: Any = model
    for part in place:
        here = _inside(_plain(here), part)
    return _plain(here)


def _inside(annotation: Any, part: str | int) -> Any:
    """Return the annotation of one item of a model, mapping or sequence."""
    if _is_model(annotation):
        name = field_name(annotation, str(part))
        return annotation.model_fields[name].annotation if name else None
    args = [arg for arg in typing.get_args(annotation) if arg is not Ellipsis]
    return args[-1] if args else None


def _plain(annotation: Any) -> Any:
    """Strip Optional and Annotated."""
    while typing.get_origin(annotation) in {typing.Union, types.UnionType, typing.Annotated}:
        annotation = next(a for a in typing.get_args(annotation) if a is not type(None))
    return annotation


def _is_model(annotation: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
