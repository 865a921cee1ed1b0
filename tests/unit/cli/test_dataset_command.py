"""The options of a dataset: what its declaration describes, and nothing of another dataset."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from hueset.cli.app import app, build_app
from hueset.cli.dataset_command import parameters_of, sources_of
from hueset.cli.entrypoint import run_application
from hueset.declaration.project import find_project
from hueset.errors import UsageError
from tests.support.in_process_build import REPO

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = ["--project", str(REPO)]


def read(*arguments: str) -> Any:
    """Return the context of `hueset build` with its options read."""
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    return group.commands["build"].make_context("build", [*arguments, *PROJECT])


def parameters(*arguments: str, settings: list[str] | None = None) -> dict[str, Any]:
    return parameters_of(read(*arguments), settings)


def test_help_behind_a_name_shows_choices_defaults_and_ranges() -> None:
    shown = CliRunner().invoke(build_app, ["chromatic", "--help", *PROJECT]).output
    told = re.sub(r"\s+", " ", shown.partition("Parameters of chromatic:")[2])
    assert "--media <none|flac|mel|preview|url>" in told
    assert "[default: (flac)]" in told
    assert "--preview-per-colour" in told
    assert "x>=0" in told
    assert "--split-salt" not in told, "a plain value is shown to nobody"
    for other in ("--limit", "--render", "--dtype", "--embeddings"):
        assert other not in shown
    bare = CliRunner().invoke(build_app, ["--help"]).output
    assert "Parameters of" not in bare
    assert "--help behind its NAME" in bare


@pytest.mark.parametrize("name", find_project(REPO).catalog.datasets)
def test_help_behind_every_name_is_help(name: str) -> None:
    done = CliRunner().invoke(build_app, [name, "--help", *PROJECT])
    assert (done.exit_code, done.exception) == (0, None)
    described = [one for one in find_project(REPO).dataset(name).parameters.values() if one.help]
    assert ("Parameters of" in done.output) >= bool(described)


def test_the_spellings_of_before_set_what_they_set() -> None:
    given = ["--render", "--limit", "3", "--dtype", "float16"]
    assert parameters("maestro", *given, "--where", "year=2018", "--where", "split=test") == {
        "render": True,
        "limit": 3,
        "dtype": "float16",
        "where": {"year": 2018, "split": "test"},
    }
    assert parameters("--media", "none", "chromatic") == {"media": "none"}
    assert parameters("maestro", "--no-render") == {"render": False}
    assert parameters("maestro", settings=["limit=3"]) == {"limit": 3}
    assert parameters("maestro") == {}
    # Nobody is shown a plain value, and it may be set by its name all the same.
    assert parameters("maestro", "--mel-bands", "32") == {"mel_bands": 32}
    assert parameters("vibe", "--validation-of-train", "imdb=.2") == {
        "validation_of_train": {"imdb": 0.2}
    }


def test_a_source_that_people_bring_is_an_option_too() -> None:
    context = read("poems", "--embeddings", "glove.txt", "--window", "40")
    assert sources_of(context, ["json_list=a.json"]) == [
        "json_list=a.json",
        "embeddings=glove.txt",
    ]
    assert parameters_of(context, None) == {"window": 40}


def test_one_parameter_is_set_once() -> None:
    with pytest.raises(UsageError, match="limit is set twice: by --limit and by --set"):
        parameters("maestro", "--limit", "3", settings=["limit=3"])
    with pytest.raises(UsageError, match=r"--where gives 'year' twice"):
        parameters("maestro", "--where", "year=2018", "--where", "year=2017")


@pytest.mark.parametrize("verb", ["build", "plan", "build-dataset"])
def test_an_option_of_another_dataset_is_an_error_that_names_what_there_is(verb: str) -> None:
    done = CliRunner().invoke(app, [verb, "vibe", "--media", "none", *PROJECT, "--json"])
    error = json.loads(done.stdout)["error"]
    assert (done.exit_code, error["code"]) == (2, "E_USAGE")
    assert error["message"] == "vibe takes no --media"
    assert error["hint"] == "it has no options of its own"
    done = CliRunner().invoke(app, [verb, "chromatic", "--limit", "1", *PROJECT, "--json"])
    assert "it takes --media, --media-url-base" in json.loads(done.stdout)["error"]["hint"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["maestro", "--limit", "0"], "expected at least 1, found 0"),
        (["maestro", "--limit", "few"], "limit: expected a whole number, found 'few'"),
        (["maestro", "--dtype", "float8"], "known: float16, float32"),
        (["chromatic", "--meda", "none"], "--media"),  # Typer's own words: did you mean
    ],
)
def test_a_value_out_of_its_range_or_choices_is_refused(given: list[str], told: str) -> None:
    done = CliRunner().invoke(app, ["plan", *given, *PROJECT])
    assert done.exit_code == 2
    assert told in " ".join(done.output.split())


def test_a_refused_value_is_told_as_the_python_api_tells_it() -> None:
    for given in (["--media", "mle"], ["--set", "media=mle"]):
        done = CliRunner().invoke(app, ["build", "chromatic", *given, *PROJECT, "--json"])
        error = json.loads(done.stdout)["error"]
        assert error["message"] == "unknown value of the parameter media: 'mle'"
        assert error["hint"].startswith("did you mean 'mel'? known: flac, mel")
    done = CliRunner().invoke(app, ["build", "chromatic", "--silence-dbfs", "abc", *PROJECT])
    assert "parameter silence_dbfs: expected a number, found 'abc'" in done.output


@pytest.mark.parametrize("given", [[], ["--media", "mel"]])
def test_without_a_name_the_datasets_are_named(given: list[str]) -> None:
    done = CliRunner().invoke(build_app, [*given, *PROJECT])
    assert done.exit_code == 2
    assert "error[E_USAGE]: missing argument 'NAME'" in done.output
    assert "atlas, chromatic" in done.output


def test_a_refusal_has_no_word_of_the_validating_library(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = {
        ("--workers", "x"): "'--workers': expected a whole number, found 'x'",
        ("--workers", "0"): "'--workers': expected 1 or more, found 0",
        ("--media", "mel", "--workers"): "option '--workers' requires an argument",
        ("--medai", "url"): "no such option: --medai\nhint: did you mean --media?",
    }
    for given, words in said.items():
        monkeypatch.setattr(sys, "argv", ["hueset", "build", "chromatic", *PROJECT, *given])
        assert run_application(app) == 2
        assert words in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["build-dataset"])
    assert run_application(build_app) == 2
    assert "error[E_USAGE]: missing argument" in capsys.readouterr().err


def test_what_cannot_be_read_is_told_before_an_option_that_nobody_knows(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["build", "chromaitc", "--media", "none", *PROJECT])
    assert done.exit_code == 2
    assert "unknown dataset 'chromaitc'" in done.output
    done = CliRunner().invoke(app, ["build", "pets", "--media", "none", "--project", str(tmp_path)])
    assert "holds no catalog.yaml" in done.output


def test_the_shell_completes_the_options_of_the_dataset() -> None:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    command = group.commands["build"]
    context = command.make_context("build", ["chromatic", *PROJECT], resilient_parsing=True)
    found = {item.value for item in command.shell_complete(context, "--me")}
    assert found == {"--media", "--media-url-base"}
