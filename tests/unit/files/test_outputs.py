"""Nothing that a person wrote is lost by a command that writes: every such command is walked."""

from __future__ import annotations

import csv
import inspect
import sys
import typing
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from hueset.cli.app import app
from hueset.errors import OutputExistsError
from hueset.files.outputs import check_output, is_sealed, seal_page, write_outputs
from hueset.store.store import write_json
from tests.support.in_process_build import tree
from tests.support.notes_project import build_notes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READS = {"project", "source", "mirror", "store", "embeddings", "files", "log_file"}
"""Paths that commands read, or the store, which writes by rules of its own."""

WRITES = {
    ("annotate", "to"),
    ("report", "to"),
    ("runs", "html"),
    ("runs", "onnx"),
    ("export", "to"),
    ("init", "folder"),
}
"""Paths that commands write to, where a person may have written: each is walked below."""


def test_all_are_refused_before_one_is_written(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("by hand")
    with pytest.raises(OutputExistsError, match="b is there") as caught:
        write_outputs({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    assert "--force" in str(caught.value.hint)
    assert tree(tmp_path) == {"b": b"by hand"}
    write_outputs({tmp_path / "a": b"1", tmp_path / "b": b"2"}, force=True)
    assert tree(tmp_path) == {"a": b"1", "b": b"2"}
    write_outputs({tmp_path / "a": b"1"})  # the same again loses nothing


def test_a_sealed_page_is_replaced_until_somebody_changes_it(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_outputs({page: seal_page(b"<html>1</html>")}, is_ours=is_sealed)
    write_outputs({page: seal_page(b"<html>2</html>")}, is_ours=is_sealed)
    page.write_bytes(page.read_bytes().replace(b"2", b"3", 1))
    with pytest.raises(OutputExistsError):
        write_outputs({page: seal_page(b"<html>4</html>")}, is_ours=is_sealed)


def test_a_link_to_nowhere_is_somebodys_too(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(OutputExistsError):
        check_output(tmp_path / "link")


RUN = {
    "format": 1,
    "id": "r1",
    "status": "finished",
    "task": "t",
    "dataset": "notes",
    "seed": 1,
    "version": "1.0.0+0",
    "request_digest": "0",
    "request": {"settings": {}, "stages": []},
    "started_at": "1",
    **dict.fromkeys(("manifest_sha256", "data_sha256", "code_sha256", "facts_sha256"), "0" * 64),
}


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("notes")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HUESET_CACHE", str(tmp_path_factory.mktemp("cache")))
        build_notes(root)
        (root / "artifacts/_runs/r1").mkdir(parents=True)
        write_json(root / "artifacts/_runs/r1/run.json", RUN)
        yield root
    for name in [name for name in list(sys.modules) if name.partition(".")[0] == "notes_builders"]:
        del sys.modules[name]


def run(notes: Path, *arguments: str | Path) -> tuple[int, str]:
    where = [] if arguments[0] == "init" else ["--project", str(notes)]
    done = CliRunner().invoke(app, [*map(str, arguments), *where])
    return done.exit_code, done.output


def test_no_command_writes_to_a_path_that_is_not_walked_here() -> None:
    commands = {
        one.name: typing.get_type_hints(inspect.unwrap(one.callback))
        for one in app.registered_commands
        if one.callback is not None and not one.hidden
    }
    paths = {
        (name, option)
        for name, options in commands.items()
        for option, kind in options.items()
        if "Path" in str(kind)
    }
    assert {one for one in paths if one[1] not in READS} == WRITES


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "notes", "--to", "{place}"),
        ("runs", "last", "--html", "{place}"),
        ("runs", "last", "--onnx", "{place}"),
        ("export", "notes", "--to", "{place}"),
        ("init", "{place}"),
    ],
    ids=lambda arguments: " ".join(arguments[:1] + arguments[-2:-1]),
)
def test_what_somebody_wrote_stays(notes: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    place = tmp_path / "place"
    if arguments[0] in {"export", "init"}:
        place.mkdir()
        (place / "catalog.yaml").write_text("by hand")
    else:
        place.write_text("by hand")
    before = tree(tmp_path)
    code, said = run(notes, *(part.format(place=place) for part in arguments))
    assert code == 2, said
    assert tree(tmp_path) == before


def answers(folder: Path, name: str) -> None:
    """Fill in the first rating of a task file."""
    (path,) = folder.glob(name)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    rows[0]["rating"] = "6"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_annotate_again_leaves_every_answer_and_every_other_file(
    notes: Path, tmp_path: Path
) -> None:
    command = ("annotate", "notes", "--dimension", "calm", "--to", tmp_path)
    assert run(notes, *command)[0] == 0
    assert run(notes, *command)[0] == 0  # nobody has answered: nothing is lost
    answers(tmp_path, "*rater-2.csv")
    before = tree(tmp_path)

    code, said = run(notes, *command, "--texts", "3", "--raters", "3")

    assert code == 2
    assert "rater-2.csv is there" in said.replace("\n", "")
    assert tree(tmp_path) == before
    assert run(notes, *command[:-1], tmp_path / "second")[0] == 0


def test_a_name_or_a_column_of_ones_own_is_an_answer_too(notes: Path, tmp_path: Path) -> None:
    command = ("annotate", "notes", "--dimension", "calm", "--to", tmp_path)
    for change in (
        lambda text: text.replace('"rater": ""', '"rater": "ann"', 1),
        lambda text: text.replace('{"example_id"', '{"my own": "x", "example_id"', 1),
        lambda text: "a shopping list",
    ):
        assert run(notes, *command)[0] == 0
        (path,) = tmp_path.glob("*rater-1.jsonl")
        path.write_text(change(path.read_text()))
        assert run(notes, *command)[0] == 2
        path.unlink()


def test_answers_imported_before_are_not_written_over_when_changed(
    notes: Path, tmp_path: Path
) -> None:
    run(notes, "annotate", "notes", "--dimension", "calm", "--to", tmp_path / "tasks")
    for path in (tmp_path / "tasks").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            writer.writerows({**row, "rating": 1 + at % 7} for at, row in enumerate(rows))
    command = (
        "annotate",
        "notes",
        "--import",
        *sorted((tmp_path / "tasks").glob("*.csv")),
        "--to",
        tmp_path / "answers",
    )
    assert run(notes, *command)[0] == 0
    assert run(notes, *command)[0] == 0
    (path,) = (tmp_path / "answers").iterdir()
    path.write_text(path.read_text().replace('"rating": 1', '"rating": 2', 1))
    changed = path.read_text()
    assert run(notes, *command)[0] == 2
    assert path.read_text() == changed
