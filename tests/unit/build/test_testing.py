"""The kit for tests of a builder names each promise that a builder breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hueset.build.testing import build_tables, check_builder, make_inputs
from hueset.declaration.project import Project
from hueset.errors import UnknownNameError

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.builder import Inputs


@pytest.fixture
def inputs(pets: Path) -> Inputs:
    return make_inputs(Project(pets), "pets", {"pets": pets / "mirror/pets"})


def change(monkeypatch: pytest.MonkeyPatch, before: str, after: str) -> None:
    """Change a line of the builder's code, as it is loaded."""
    import pets_builders.pets as module

    source = inspect_source(module).replace(before, after)
    assert source != inspect_source(module)
    made: dict[str, object] = {}
    exec(compile(source, "changed", "exec"), made)
    monkeypatch.setattr(module, "build_unit", made["build_unit"])


def inspect_source(module: object) -> str:
    import inspect

    return inspect.getsource(module)  # type: ignore[arg-type]


def test_a_builder_that_keeps_its_promises_has_no_fault(inputs: Inputs, tmp_path: Path) -> None:
    assert check_builder(inputs, tmp_path / "out") == []
    assert build_tables(inputs, tmp_path / "more").read("pets").height == 10


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('"calm": float(calm)', '"calm": __import__("random").random()', "gave other bytes"),
        ('{"name": name,', '{"name": kind,', "the key name of 10 rows"),
        ('"calm": float(calm)', '"calm": float("inf")', "are infinite"),
        (
            "yield Batch",
            'yield Reject("pets", "pets", "x", "odd", str(id(rows)))\n    yield Batch',
            "refused other rows",
        ),
    ],
)
def test_a_broken_promise_is_named(
    inputs: Inputs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: str,
    after: str,
    told: str,
) -> None:
    build_tables(inputs, tmp_path / "loaded")
    change(monkeypatch, before, after)

    assert any(told in fault for fault in check_builder(inputs, tmp_path / "out"))


def test_names_that_are_not_declared_are_refused(pets: Path) -> None:
    with pytest.raises(UnknownNameError, match="source of pets 'pest'"):
        make_inputs(Project(pets), "pets", {"pest": pets})
    with pytest.raises(UnknownNameError, match="parameter of pets 'slat'"):
        make_inputs(Project(pets), "pets", {}, slat="x")
