"""An option that takes one value takes it once, and takes no unset variable for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer import BadParameter
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from hueset.cli.app import app, build_app
from hueset.cli.command import StrictCommand

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("given", "option"),
    [
        (["--dimensions", "calm", "--dimensions", "shiny"], "--dimensions"),
        (["--dimensions", "calm", "--min", "999999999", "--min=5"], "--min"),
        (["--dimensions", "calm", "--split", "validation", "--split", "train"], "--split"),
        (["--version", "1.0.0", "--version", "1.0.1"], "--version"),
        (["--store", "elsewhere"], "--store"),  # `--out`, which every case gives, is the same one
    ],
)
def test_an_option_given_twice_is_a_usage_error(
    given: list[str], option: str, tmp_path: Path
) -> None:
    done = CliRunner().invoke(app, ["ready", "pets", "--out", str(tmp_path), *given])
    assert done.exit_code == 2
    said = " ".join(done.stderr.split())
    assert option in said
    assert "given twice" in said


@pytest.mark.parametrize("option", ["--split", "--version", "--dimensions"])
@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_value_is_a_usage_error(option: str, text: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["ready", "pets", "--out", str(tmp_path), option, text])
    assert done.exit_code == 2
    said = " ".join(done.stderr.split())
    assert option in said
    assert "is a variable unset?" in said


def test_a_switch_may_stand_twice_but_not_against_itself(tmp_path: Path) -> None:
    twice = CliRunner().invoke(app, ["ready", "pets", "--json", "--json", "--out", str(tmp_path)])
    assert "given twice" not in twice.output
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    with pytest.raises(BadParameter, match="given twice"):
        group.commands["serve"].make_context("serve", ["--access-log", "--no-access-log"])


def test_every_command_is_strict() -> None:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    commands = [*group.commands.values(), get_command(build_app)]
    assert all(isinstance(one, StrictCommand) for one in commands)


def test_what_may_be_given_again_still_may() -> None:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    given = ["pets", "--source", "a=b", "--source", "c=d"]
    context = group.commands["build"].make_context("build", given)
    assert context.params["source"] == ["a=b", "c=d"]
