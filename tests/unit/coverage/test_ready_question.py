"""The guard at the shell takes nothing that is empty for a yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from hueset.cli.app import app
from hueset.coverage.readiness import read_dimensions
from hueset.errors import ParameterError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("text", [",", ",,", " , ", "calm,", ",calm", "calm,,shiny"])
def test_an_empty_name_is_a_usage_error(text: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["ready", "pets", "--dimensions", text, "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert "E_PARAMETER" in done.stderr
    assert "is a variable unset?" in " ".join(done.stderr.split())


@pytest.mark.parametrize("limit", [("--min", "5000"), ("--split", "train")])
def test_a_limit_of_nothing_is_a_usage_error(limit: tuple[str, str], tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["ready", "pets", *limit, "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert "has no effect without dimensions" in " ".join(done.stderr.split())


@pytest.mark.parametrize("text", ["emotions:", "calm, emotions: ", ":"])
def test_a_class_that_is_empty_is_not_all_of_them(text: str) -> None:
    with pytest.raises(ParameterError, match="names no class; is a variable unset"):
        read_dimensions(text)


def test_names_are_read_as_they_are_written() -> None:
    assert read_dimensions(None) == ()
    assert read_dimensions(" calm, emotions:joy ") == ("calm", "emotions:joy")
    with pytest.raises(ParameterError):
        read_dimensions("")
