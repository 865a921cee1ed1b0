"""Nothing in the data acts on a terminal, whichever screen shows it."""

import io
import json
import sys

import pytest

from hueset.render import terminal as show
from hueset.render.terminal import maintenance as caring
from hueset.render.terminal import output as told
from hueset.render.terminal import training as learning
from hueset.render.terminal.printable import escape_control
from hueset.tables.select_process import Reply

HOSTILE = "\x1b]0;title\x07 \x9b31m \u202egpj :x: [red]odd[/] [link=http://x]y[/link]"
SHOWN = r"\x1b]0;title\x07 \x9b31m \u202egpj :x: [red]odd[/] [link=http://x]y[/link]"
LABELS = {
    "verdict": "thin",
    "reason": HOSTILE,
    "n": 1,
    "distinct": 1,
    "mean": 0.5,
    "sd": None,
    "neutral_band_share": 1.0,
}
CLASS = {"class": HOSTILE, "n": 1, "by": {}, "verdict": "thin"}
SCREENS = {
    "sql": (show.print_answer, show.answer_document(Reply((HOSTILE,), [[HOSTILE]], False, {}), {})),
    "coverage": (
        show.print_coverage,
        {
            "dataset": "pets",
            "version": "1",
            "sample": False,
            "subset": {},
            "built_from": [],
            "dimensions": [{"name": HOSTILE, **LABELS, "by_source": {}, "histogram": [1] * 20}],
            "floors": {
                "examples": 1,
                "examples_warn": 1,
                "distinct": 1,
                "sd": 0.1,
                "neutral_band_share": 1,
                "neutral_point_share": 1,
            },
            "classes": [
                {
                    "name": HOSTILE,
                    "classes": [CLASS],
                    "unlabelled": 1,
                    "lacking": {"test": [HOSTILE]},
                }
            ],
            "presence": [
                {
                    "name": HOSTILE,
                    "table": "pets",
                    "by": "kind",
                    "n": 1,
                    "present": 1,
                    "groups": {HOSTILE: [1, 1]},
                }
            ],
            "probe": {
                "targets": [{"target": HOSTILE, "value": 0.1, "verdict": "weak"}],
                "findings": [{"verdict": "warn", "message": HOSTILE}],
            },
        },
    ),
    "list": (
        show.print_datasets,
        {
            "store": HOSTILE,
            "datasets": [
                {
                    "name": "pets",
                    "version": None,
                    "versions": [],
                    "verdict": None,
                    "rows": 1,
                    "coverage": {},
                    "title": HOSTILE,
                    "latest": False,
                    "fault": HOSTILE,
                    "stale": [],
                }
            ],
        },
    ),
    "quarantine": (
        caring.print_quarantine,
        {
            "dataset": "pets",
            "version": "1",
            "counts": {"pets": {HOSTILE: 1}},
            "matching": 1,
            "rows": [
                {"source": "s", "key": HOSTILE, "reason": "r", "observed": None, "expected": None}
            ],
            "opened": True,
        },
    ),
    "runs": (
        learning.print_runs,
        {
            "unreadable": {HOSTILE: HOSTILE},
            "runs": [
                {
                    "id": HOSTILE,
                    "dataset": "pets",
                    "version": "1",
                    "quick": True,
                    "seconds": None,
                    "status": "finished",
                    "verdicts": {"learned": 1, "weak": 0, "stuck": 0},
                }
            ],
        },
    ),
}


@pytest.mark.parametrize("width", ["40", "1000"])
@pytest.mark.parametrize("screen", SCREENS)
def test_data_is_shown_as_text(
    screen: str, width: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    draw, document = SCREENS[screen]
    draw(told.output_console(), document)  # type: ignore[operator]
    said = capsys.readouterr().out
    assert not {letter for letter in said if letter in "\x1b\x07\x9b\u202e"}
    assert "❌" not in said
    if width == "1000":
        cut = SHOWN[:50] if screen in {"sql", "quarantine"} else SHOWN
        assert cut in said


def test_an_error_and_a_document_cannot_act(capsys: pytest.CaptureFixture[str]) -> None:
    told.say_error("E_X", HOSTILE, HOSTILE, as_json=True)
    said = capsys.readouterr()
    assert json.loads(said.out)["error"]["message"] == HOSTILE
    assert f"error[E_X]: {SHOWN}\n" in said.err
    assert not {letter for letter in said.out + said.err if letter in "\x1b\x07\x9b\u202e"}


def test_lines_and_letters_stay() -> None:
    assert escape_control("a\tb\nΩ 日本 👩‍👩‍👧 é") == "a\tb\nΩ 日本 👩‍👩‍👧 é"


def test_a_terminal_of_ascii_alone_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii", errors="replace"))
    monkeypatch.setenv("COLUMNS", "40")
    draw, document = SCREENS["coverage"]
    draw(told.output_console(), document)  # type: ignore[operator]
    sys.stdout.flush()
    said = raw.getvalue().decode("ascii")
    assert "?" not in said
    assert ".4-.6 100%" in said.replace("\n", " ")
