"""An option under its former name is the same option, stands in no help, and is noted."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from hueset.cli.app import app
from hueset.cli.entrypoint import run_application
from hueset.cli.former_options import FORMER_OPTIONS, rename_options
from hueset.former_names import FormerNameWarning

if TYPE_CHECKING:
    from collections.abc import Iterator

GIVEN = {
    ("train", "--needs-probe"): [],
    ("train", "--dims"): ["calm"],
    ("train", "--batch"): ["8"],
    ("train", "--rate"): ["0.1"],
    ("publish", "--needs-probe"): [],
    ("publish", "--card"): [],
    ("annotate", "--longest"): ["9"],
}


def commands() -> dict[str, object]:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    return dict(group.commands)


def parameters(command: str, *given: str) -> dict[str, object]:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    return group.commands[command].make_context(command, ["pets", *given]).params


@pytest.fixture
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FormerNameWarning)
        yield


@pytest.mark.parametrize(("command", "old"), sorted(GIVEN))
@pytest.mark.usefixtures("quiet")
def test_a_former_option_is_the_present_one(command: str, old: str) -> None:
    new, value = FORMER_OPTIONS[old], GIVEN[command, old]
    assert parameters(command, old, *value) == parameters(command, new, *value)
    assert parameters(command, old, *value) != parameters(command)
    if value:
        assert parameters(command, f"{old}={value[0]}") == parameters(command, new, *value)


def test_every_former_option_is_tried_and_is_shown_in_no_help() -> None:
    assert {old for _, old in GIVEN} == set(FORMER_OPTIONS)
    for command in commands():
        shown = CliRunner().invoke(app, [command, "--help"]).output.replace(",", " ").split()
        assert not set(shown) & set(FORMER_OPTIONS), command


def test_what_is_no_option_is_left_alone() -> None:
    known = {"--dimensions"}
    assert rename_options(["--", "--dims"], known) == ["--", "--dims"]
    assert rename_options(["--dims"], {"--dims", *known}) == ["--dims"]
    assert rename_options(["--dims"], {"--json"}) == ["--dims"]


@pytest.mark.usefixtures("quiet")
def test_one_option_under_two_names_is_given_twice() -> None:
    done = CliRunner().invoke(app, ["train", "pets", "--dims", "a", "--dimensions", "b"])
    assert done.exit_code == 2
    assert "given twice" in " ".join(done.stderr.split())


def test_a_command_notes_a_former_option_once_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    store = f"{tmp_path}/none"
    given = ["train", "vibe", "--dims", "calm", "--needs-probe", "--json", "--store", store]
    monkeypatch.setattr(sys, "argv", ["hueset", *given])
    assert run_application(app) != 0
    out, err = capsys.readouterr()
    assert "note:" not in out
    notes = [line for line in err.splitlines() if line.startswith("note: ")]
    assert [note.partition(";")[0] for note in notes] == [
        "note: `--dims` is now `--dimensions`",
        "note: `--needs-probe` is now `--require-probe`",
    ]
