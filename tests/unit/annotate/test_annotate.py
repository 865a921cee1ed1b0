"""Tasks handed out, answers read back."""

from __future__ import annotations

import csv
import json
import sys
from typing import TYPE_CHECKING

import pytest

from hueset.annotate import import_answers, write_tasks
from hueset.annotate.agreement import krippendorff_alpha
from hueset.errors import HuesetError, InputError, UnknownNameError, UsageError
from tests.support.in_process_build import command
from tests.support.notes_project import build_notes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hueset.declaration.project import Project
    from hueset.store.store import StoredVersion

Notes = tuple["Project", "StoredVersion"]


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notes]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HUESET_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield build_notes(tmp_path_factory.mktemp("notes"))
    for name in [name for name in list(sys.modules) if name.partition(".")[0] == "notes_builders"]:
        del sys.modules[name]


def filled(path: Path, rate: Callable[[str], str]) -> Path:
    """Fill in the ratings of a task file, as a person would in a spreadsheet."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows({**row, "rating": rate(row["example_id"])} for row in rows)
    return path


def tables(notes: Notes, folder: Path, **said: int) -> list[Path]:
    made = write_tasks(*notes, "calm", folder, **said)
    return [path for path in made.files if path.suffix == ".csv"]


def test_every_text_is_asked_once_and_none_that_was_rated_or_is_missing(
    notes: Notes, tmp_path: Path
) -> None:
    made = write_tasks(*notes, "calm", tmp_path, texts=100)
    assert made.texts == {"a": 7, "b": 2}
    tasks = [json.loads(line) for line in made.files[1].read_text().splitlines()]
    assert sorted(task["text"] for task in tasks) == sorted(
        f"note {at}" for at in (0, 2, 3, 4, 5, 6, 7, 8, 9)
    )
    assert tasks[0]["low_end"] == "1 = wild"
    assert tasks[0]["high_end"] == "7 = calm"
    assert tasks[0]["question"] == "How calm it is."


def test_strata_are_asked_equally_often_as_far_as_they_go(notes: Notes, tmp_path: Path) -> None:
    assert write_tasks(*notes, "calm", tmp_path, texts=4).texts == {"a": 2, "b": 2}
    assert write_tasks(*notes, "calm", tmp_path, texts=6).texts == {"a": 4, "b": 2}
    only = write_tasks(*notes, "calm", tmp_path, units=["long"])
    assert only.texts == {"b": 1}


def test_raters_get_the_same_texts_in_orders_of_their_own_every_time(
    notes: Notes, tmp_path: Path
) -> None:
    first = [path.read_bytes() for path in tables(notes, tmp_path / "1", raters=3)]
    again = [path.read_bytes() for path in tables(notes, tmp_path / "2", raters=3)]
    assert first == again
    assert len(set(first)) == 3
    assert len({frozenset(one.splitlines()) for one in first}) == 1


def test_answers_become_one_file_with_texts_and_agreement(notes: Notes, tmp_path: Path) -> None:
    one, two = tables(notes, tmp_path)
    filled(one, lambda key: str(1 + int(key[1:]) % 7))
    filled(two, lambda key: "" if key == "n0" else str(1 + int(key[1:]) % 7))
    (imported,) = import_answers(*notes, [one, two], tmp_path / "answers")
    assert (imported.raters, imported.texts, imported.ratings, imported.unanswered) == (2, 9, 17, 1)
    assert imported.alpha == pytest.approx(1.0)
    told = json.loads(imported.file.read_text())
    assert told["scale"] == [1, 7]
    assert {answer["rater"] for answer in told["answers"]} == {one.stem, two.stem}
    by_id = {answer["example_id"]: answer for answer in told["answers"]}
    assert by_id["n9"]["text"] == "note 9"
    assert by_id["n9"]["licence"] == "CC0-1.0"


def test_a_spreadsheet_with_semicolons_and_the_jsonl_read_the_same(
    notes: Notes, tmp_path: Path
) -> None:
    one, two = tables(notes, tmp_path)
    filled(one, lambda key: "2" if key == "n0" else "5")
    filled(two, lambda key: "3" if key == "n0" else "6")
    with one.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    lines = [json.dumps({**row, "rater": one.stem, "rating": int(row["rating"])}) for row in rows]
    (tmp_path / "as.jsonl").write_text("\n".join(lines))
    with (tmp_path / "as.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0], delimiter=";")
        writer.writeheader()
        writer.writerows({**row, "rater": one.stem, "rating": row["rating"] + ",0"} for row in rows)
    made = [
        import_answers(*notes, [tmp_path / name, two], tmp_path / name[3:])[0].file.name
        for name in ("as.jsonl", "as.csv")
    ]
    plain = import_answers(*notes, [one, two], tmp_path / "plain")[0].file.name
    assert set(made) == {plain}


@pytest.mark.parametrize(
    ("rating", "error", "said"),
    [
        ("8", InputError, "rating '8' is no whole number in 1..7"),
        ("3.5", InputError, "rating '3.5' is no whole number"),
        ("nan", InputError, "rating 'nan' is no whole number"),
        ("", UsageError, "rated by one person, notes-calm-rater-1"),
    ],
)
def test_an_answer_that_is_none_is_named_with_file_and_line(
    notes: Notes, tmp_path: Path, rating: str, error: type[HuesetError], said: str
) -> None:
    one, two = tables(notes, tmp_path)
    filled(one, lambda _: "3")
    filled(two, lambda _: rating)
    with pytest.raises(error) as seen:
        import_answers(*notes, [one, two], tmp_path / "answers")
    assert said in seen.value.message
    assert seen.value.exit_code in {2, 3}
    assert rating == "" or "notes-calm-rater-2.csv:2" in seen.value.message
    assert not (tmp_path / "answers").exists()


def test_one_rater_may_not_rate_a_text_twice(notes: Notes, tmp_path: Path) -> None:
    one, two = tables(notes, tmp_path)
    filled(one, lambda _: "3")
    filled(two, lambda _: "4")
    with pytest.raises(InputError, match=r"(?m)rated n\d already$") as seen:
        import_answers(*notes, [one, two, one], tmp_path / "answers")
    assert "given twice" in (seen.value.hint or "")


def test_two_files_of_one_name_are_told_apart(notes: Notes, tmp_path: Path) -> None:
    one, _ = tables(notes, tmp_path)
    filled(one, lambda _: "3")
    other = tmp_path / "other" / one.name
    other.parent.mkdir()
    other.write_bytes(one.read_bytes())
    with pytest.raises(InputError) as seen:
        import_answers(*notes, [one, other], tmp_path / "answers")
    assert f"{one}:" in seen.value.message
    assert f"{other}:" in seen.value.message


def test_files_that_nobody_filled_in_are_told_as_such(notes: Notes, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="calm: none of 18 answers has a rating"):
        import_answers(*notes, tables(notes, tmp_path), tmp_path / "answers")


def test_a_text_of_another_version_is_named(notes: Notes, tmp_path: Path) -> None:
    one, two = tables(notes, tmp_path)
    filled(one, lambda _: "3")
    filled(two, lambda _: "4")
    one.write_text(one.read_text().replace("n5,", "n55,"))
    with pytest.raises(InputError, match=r"'n55' is no text of 1\.0\.0"):
        import_answers(*notes, [one, two], tmp_path / "answers")


def test_what_cannot_be_asked_is_refused(notes: Notes, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="calmness"):
        write_tasks(*notes, "calmness", tmp_path)
    with pytest.raises(UsageError, match="is an angle"):
        write_tasks(*notes, "hue", tmp_path)
    with pytest.raises(UsageError, match="cannot agree"):
        write_tasks(*notes, "calm", tmp_path, raters=1)
    with pytest.raises(UsageError, match="no text to ask"):
        write_tasks(*notes, "calm", tmp_path, units=["poem"])


def test_alpha_is_that_of_the_textbook() -> None:
    # Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011: four observers, interval.
    told = ["123321412...", "1233224125.3", ".333234225 1.".replace(" ", ""), "12332441251."]
    ratings = [
        (f"observer {o}", f"unit {u}", float(mark))
        for o, marks in enumerate(told)
        for u, mark in enumerate(marks)
        if mark != "."
    ]
    assert krippendorff_alpha(ratings) == pytest.approx(0.849, abs=5e-4)


def test_alpha_is_not_defined_where_nothing_varies_or_nobody_is_paired() -> None:
    assert krippendorff_alpha([("a", "1", 3.0), ("b", "1", 3.0)]) is None
    assert krippendorff_alpha([("a", "1", 3.0), ("b", "2", 5.0)]) is None
    assert krippendorff_alpha([]) is None


def test_the_command_writes_tasks_and_reads_answers(notes: Notes, tmp_path: Path) -> None:
    project, version = notes
    store = ["--out", str(version.path.parents[1]), "--project", str(project.root)]
    asked = command("annotate", "notes", "--dimension", "calm", "--to", "t", *store, cwd=tmp_path)
    assert asked.returncode == 0, asked.stderr
    files = [tmp_path / f"t/notes-calm-rater-{at}.csv" for at in (1, 2)]
    for at, path in enumerate(files):
        filled(path, lambda key, at=at: str(1 + (int(key[1:]) + at) % 7))  # type: ignore[misc]
    read = command(
        "annotate",
        "notes",
        "--import",
        *map(str, files),
        "--to",
        "a",
        "--json",
        *store,
        cwd=tmp_path,
    )
    assert read.returncode == 0, read.stderr
    document = json.loads(read.stdout)
    assert document["source"] == "answers"
    assert document["imported"][0]["texts"] == 9
    both = command("annotate", "notes", *store, cwd=tmp_path)
    assert both.returncode == 2
    assert "give --dimension D" in both.stderr
