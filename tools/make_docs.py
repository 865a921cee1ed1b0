"""Write docs/declaration.md, docs/errors.md and docs/suites.md from what they describe.

Run `python tools/make_docs.py` after changing `hueset.declaration`, `hueset.errors` or what a
suite may
say (`hueset.gate.suite`, `hueset.gate.expectation_types`); a test holds the files against what
this would write.
"""

from __future__ import annotations

import enum
import inspect
import types
import typing
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from hueset import declaration as spec
from hueset import errors
from hueset.declaration import column_types as schema
from hueset.declaration.project import Catalog
from hueset.gate import Expectation, Suite
from hueset.gate.engine_choice import FAST_VERSIONS, SETTING, SMALL_ROWS
from hueset.gate.expectation_meanings import MEANINGS
from hueset.gate.expectation_types import ANY, KINDS, Argument, Kind
from hueset.python_api import errors as python_errors
from hueset.release.hub import errors as publish_errors
from hueset.training import errors as training_errors
from hueset_api import problems
from hueset_api.problem_codes import ProblemCode

DOCS = Path(__file__).parents[1] / "docs"
SUITES_INTRO = Path(__file__).with_name("suites_intro.md")

MODELS: dict[str, type[BaseModel]] = {
    "catalog.yaml": Catalog,
    "dataset.yaml": spec.Dataset,
}


def declaration() -> str:
    """Return docs/declaration.md."""
    parts = [
        "# The declaration",
        "What `catalog.yaml` and `datasets/<name>/dataset.yaml` may say. Made from the models by "
        "`tools/make_docs.py`; an unknown key is an error that names file, line and the nearest "
        "known word.",
    ]
    seen: list[type[BaseModel]] = []
    for file, model in MODELS.items():
        parts += [f"## `{file}`", _model(model)]
        _collect(model, seen)
    for model in seen:
        parts += [f"## {model.__name__}", _model(model)]
    kinds = ", ".join(f"`{kind}`" for kind in spec.LABEL_KINDS)
    parts += ["## Label kinds", f"A label says what made it: {kinds}."]
    parts += ["## Column types", str(inspect.getdoc(schema)).partition("\n\n")[2]]
    return "\n\n".join(parts) + "\n"


def error_list() -> str:
    """Return docs/errors.md."""
    homes = {
        errors.__name__,
        publish_errors.__name__,
        python_errors.__name__,
        training_errors.__name__,
    }
    told = [
        (kind.exit_code, kind.code, _first_line(kind))
        for kind in _family(errors.HuesetError, homes)
    ]
    defect = "A defect of Hueset, which it did not raise on purpose: report what `--debug` prints."
    told.append((errors.INTERNAL_EXIT, errors.INTERNAL_CODE, defect))
    rows = [
        f"| `{code}` | {exit_code} | {what} | {_former(code)} |"
        for exit_code, code, what in sorted(told)
    ]
    return "\n".join(
        [
            "# Errors",
            "",
            "An error that Hueset raises on purpose prints `error[CODE]: …` and, below it, a hint",
            "with the next step; with `--json` it is the one JSON document on stdout. Made by",
            "`tools/make_docs.py`.",
            "",
            "The last column is what a code was called before 0.2. Until 0.3 an error in JSON has",
            "it too, as `former_code`.",
            "",
            "| code | exit | what it is | before 0.2 |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
            "Exit codes: 0 done · 1 the gate failed · 2 usage · 3 a source is missing or changed ·",
            "4 internal · 130 stopped with Ctrl-C · 141 the reader of stdout went away.",
            "",
            "## The service",
            "",
            "It answers with a problem (`application/problem+json`) whose code is above or here.",
            "What is not found is 404, a parameter that is none 422, a question that cannot be",
            "understood 400, a store or version that cannot be read 503. A status without a code",
            "of its own is `E_HTTP_` and its number.",
            "",
            "| code | status | what it is | before 0.2 |",
            "| --- | --- | --- | --- |",
            *service_rows(),
            "",
        ]
    )


def service_rows() -> list[str]:
    """Return the codes that the service alone gives, as rows of a table."""
    told = [(one.value, int(one.status), one.meaning) for one in ProblemCode]
    told += [
        (kind.code, problems.status_of(kind), _first_line(kind))
        for kind in _family(errors.HuesetError, {problems.__name__})
    ]
    return [
        f"| `{code}` | {status} | {meaning} | {_former(code)} |"
        for code, status, meaning in sorted(told)
    ]


def _former(code: str) -> str:
    return f"`{errors.FORMER_CODES[code]}`" if code in errors.FORMER_CODES else ""


def suites() -> str:
    """Return docs/suites.md: what is written by hand, then models, types and arguments."""
    models = [f"## {model.__name__}\n\n{_model(model)}" for model in (Suite, Expectation)]
    rows = [
        f"| `{name}` | {MEANINGS[name]} | {_families(kind)} | {_arguments(kind)} "
        f"| {_LOOKS[kind.looks_at]} | {'yes' if kind.library else ''} |"
        for name, kind in KINDS.items()
    ]
    table = [
        "| type | what it promises | columns | arguments | looks at | library |",
        "| --- | --- | --- | --- | --- | --- |",
        *rows,
    ]
    meanings = ["| argument | what it is |", "| --- | --- |"]
    meanings += [f"| {_named(one)} | {_reflow(one)} |" for one in Argument]
    intro = SUITES_INTRO.read_text(encoding="utf-8").rstrip()
    for word, value in (
        ("SMALL_ROWS", f"{SMALL_ROWS:,}"),
        ("SETTING", SETTING),
        ("FAST_VERSIONS", ", ".join(f"{minor}.x" for minor in FAST_VERSIONS)),
    ):
        intro = intro.replace("{" + word + "}", value)
    parts = [intro, *models]
    parts += [
        f"## The {len(KINDS)} types",
        "Arguments in bold are required. `library`: Great Expectations is asked, where the column "
        "is one that it compares as declared.",
        "\n".join(table),
    ]
    parts += ["## Arguments", "\n".join(meanings)]
    return "\n\n".join(parts) + "\n"


_LOOKS = {
    "rows": "every row",
    "values": "values that are not null",
    "pair": "rows left by `ignore_row_if`; some must have both values",
    "any": "rows left by `ignore_row_if`; some must have a value",
}


def _families(kind: Kind) -> str:
    if not {"column", "column_A", "column_list"} & kind.arguments.keys():
        return "–"
    return "any" if kind.families == ANY else ", ".join(sorted(kind.families))


def _arguments(kind: Kind) -> str:
    required = [f"**`{name}`**" for name in kind.required]
    return ", ".join([*required, *(f"`{name}`" for name in kind.optional)])


def _named(meaning: Argument) -> str:
    """Return the arguments of a meaning, as they are called."""
    names = {
        name for kind in KINDS.values() for name, one in kind.arguments.items() if one is meaning
    }
    counted = {Argument.COUNT: " of rows, lengths and counts", Argument.SHARE: " of proportions"}
    return ", ".join(f"`{name}`" for name in sorted(names)) + counted.get(meaning, "")


def _family(kind: type[errors.HuesetError], homes: set[str]) -> list[type[errors.HuesetError]]:
    """Return a class and all below it, of those that some modules define."""
    below = [found for sub in kind.__subclasses__() for found in _family(sub, homes)]
    return [one for one in (kind, *below) if one.__module__ in homes]


def _first_line(kind: type) -> str:
    return str(inspect.getdoc(kind)).partition("\n")[0]


def _model(model: type[BaseModel]) -> str:
    lines = [
        _reflow(inspect.getdoc(model) or ""),
        "",
        "| key | type | default | meaning |",
        "| --- | --- | --- | --- |",
    ]
    for name, field in model.model_fields.items():
        default = "required" if field.default is PydanticUndefined else f"`{_shown(field.default)}`"
        meaning = _reflow(field.description or "")
        lines.append(f"| `{name}` | {_type(field.annotation)} | {default} | {meaning} |")
    return "\n".join(lines)


def _shown(default: Any) -> str:
    if isinstance(default, BaseModel):
        return "defaults"
    if default in ((), {}, []):
        return "none"
    return str(default).lower() if isinstance(default, bool | None) else str(default)


def _type(annotation: Any) -> str:
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(args[0])
    if origin is typing.Literal:
        return " or ".join(f"`{arg}`" for arg in args)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return " or ".join(f"`{one.value}`" for one in annotation)
    if origin in {typing.Union, types.UnionType}:
        return " or ".join(_type(arg) for arg in args if arg is not type(None))
    if origin is tuple:
        return f"list of {_type(args[0])}"
    if origin is dict:
        return f"name → {_type(args[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return " or ".join(f"`{member.value}`" for member in annotation)
    return {"str": "text", "bool": "true or false", "int": "whole number", "float": "number"}.get(
        getattr(annotation, "__name__", ""), "any value"
    )


def _collect(model: type[BaseModel], seen: list[type[BaseModel]]) -> None:
    for field in model.model_fields.values():
        for found in _models_in(field.annotation):
            if found not in seen and found not in MODELS.values():
                seen.append(found)
                _collect(found, seen)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for arg in typing.get_args(annotation) for found in _models_in(arg)]


def _reflow(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    (DOCS / "declaration.md").write_text(declaration(), encoding="utf-8")
    (DOCS / "errors.md").write_text(error_list(), encoding="utf-8")
    (DOCS / "suites.md").write_text(suites(), encoding="utf-8")
