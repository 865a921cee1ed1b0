"""Who answers: by the rows, by the installed library, by the setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hueset.documents.gate_report import GateEngine
from hueset.errors import UnknownNameError, UsageError
from hueset.gate import engine_choice
from hueset.gate.engine_choice import SETTING, SMALL_ROWS, EngineChoice, choose_engine

if TYPE_CHECKING:
    from collections.abc import Callable

TESTED, OTHER = f"{engine_choice.FAST_VERSIONS[0]}.7", "1.99.0"


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let a version of the library be the installed one."""
    monkeypatch.delenv(SETTING, raising=False)
    engine_choice._say_once.cache_clear()

    def install(version: str) -> None:
        monkeypatch.setattr(engine_choice, "library_version", lambda: version)

    return install


def test_a_small_version_is_answered_without_the_library(
    installed: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    installed(OTHER)

    assert choose_engine(SMALL_ROWS - 1) == EngineChoice(GateEngine.TYPED)
    assert capsys.readouterr().err == ""


def test_the_fast_engine_is_for_versions_it_was_tested_with(
    installed: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    installed(TESTED)

    assert choose_engine(SMALL_ROWS) == EngineChoice(GateEngine.FAST, TESTED)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("version", [OTHER, "1.2.4", "1.240.1", "2.0.0", "1.25.0rc1"])
def test_stock_is_for_any_other_version_which_is_said_once(
    installed: Callable[[str], None], capsys: pytest.CaptureFixture[str], version: str
) -> None:
    installed(version)

    assert choose_engine(SMALL_ROWS) == EngineChoice(GateEngine.STOCK, version)
    assert choose_engine(10**9).name is GateEngine.STOCK
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert f"great-expectations {version} is none of 1.24.x" in told.err


@pytest.mark.parametrize("engine", list(GateEngine))
def test_the_setting_names_an_engine_for_versions_of_any_size(
    installed: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, engine: GateEngine
) -> None:
    installed(TESTED)
    monkeypatch.setenv(SETTING, engine.value)

    assert {choose_engine(rows).name for rows in (0, 10**9)} == {engine}


def test_a_setting_that_names_no_engine_is_refused(
    installed: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(TESTED)
    monkeypatch.setenv(SETTING, "stok")

    with pytest.raises(UnknownNameError, match="'stok'") as refused:
        choose_engine(0)
    assert "did you mean 'stock'" in str(refused.value.hint)


def test_the_fast_engine_is_refused_for_a_version_it_was_not_tested_with(
    installed: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(OTHER)
    monkeypatch.setenv(SETTING, "fast")

    with pytest.raises(UsageError, match=OTHER) as refused:
        choose_engine(10**9)
    assert f"{SETTING}=stock" in str(refused.value.hint)
