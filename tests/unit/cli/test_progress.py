from __future__ import annotations

import io

import pytest
from rich.console import Console

from hueset.build.progress import BuildEvent, BuildStep
from hueset.cli import progress as watch
from hueset.cli.progress import Screen, format_rate


def finished(key: str, done: int, rows_refused: int = 0) -> BuildEvent:
    return BuildEvent(BuildStep.UNITS, done, 106, key, rows_refused)


@pytest.fixture
def now_s(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock, which a test moves on."""
    now_s = [1000.0]
    monkeypatch.setattr(watch.time, "monotonic", lambda: now_s[0])
    return now_s


def screen(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> tuple[Screen, io.StringIO]:
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=140, color_system=None)
    monkeypatch.setattr(watch, "error_console", lambda: console)
    return Screen(quiet=False), text


def test_lines_tell_units_rate_time_left_and_what_was_refused(
    monkeypatch: pytest.MonkeyPatch, now_s: list[float]
) -> None:
    shown, text = screen(monkeypatch, terminal=False)
    shown(BuildEvent(BuildStep.UNITS, 4, 106))
    for at in range(7):
        now_s[0] += 10
        shown(finished(f"2018/{at}", 4 + at + 1, rows_refused=1))
    assert text.getvalue().splitlines() == [
        "106 units, 4 finished before",
        "7 of 106 units · 6.0/min · 0:16:30 left · 1 row refused",
        "10 of 106 units · 6.0/min · 0:16:00 left · 1 row refused",
    ]


def test_a_terminal_shows_units_rate_time_left_and_the_last_unit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown, _ = screen(monkeypatch, terminal=True)
    now_s = [0.0]
    shown.bars.get_time = lambda: now_s[0]
    shown(BuildEvent(BuildStep.UNITS, 4, 106))
    for at in range(3):
        now_s[0] += 10
        shown(finished(f"2018/{at}", 4 + at + 1, rows_refused=1))
    wide = drawn(shown, 140)
    for told in ("making rows", "7/106", "6.0/min", "0:00:30", "16:30", "1 row refused · 2018/2"):
        assert told in wide, told


@pytest.mark.parametrize("width", [80, 130])
def test_a_long_name_cuts_no_number(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    shown, _ = screen(monkeypatch, terminal=True)
    now_s = [0.0]
    shown.bars.get_time = lambda: now_s[0]
    shown(BuildEvent(BuildStep.UNITS, 0, 1276))
    for at in range(2):
        now_s[0] += 100
        name = f"2018/MIDI-Unprocessed_[Chamber]{at}_" + "long " * 20
        shown(finished(name, at + 1, rows_refused=at + 1))
    narrow = drawn(shown, width)
    for told in ("making rows", "2/1276", "0.6/min", "0:03:20", "2 row"):
        assert told in narrow, told
    assert len(narrow.splitlines()) == 1


def drawn(shown: Screen, width: int) -> str:
    seen = io.StringIO()
    Console(file=seen, width=width).print(shown.bars.get_renderable())
    return seen.getvalue()


def test_nothing_is_said_where_the_answer_is_json(
    monkeypatch: pytest.MonkeyPatch, now_s: list[float]
) -> None:
    _, text = screen(monkeypatch, terminal=False)
    shown = Screen(quiet=True)
    shown(BuildEvent(BuildStep.UNITS, 0, 106))
    now_s[0] += 100
    shown(finished("2018/a", 1))
    assert text.getvalue() == ""


@pytest.mark.parametrize(
    ("per_s", "told"), [(0.1, "6.0/min"), (0.99, "59.4/min"), (1.0, "1.0/s"), (170.25, "170.2/s")]
)
def test_a_rate_is_told_in_a_unit_that_can_be_read(per_s: float, told: str) -> None:
    assert format_rate(per_s) == told
