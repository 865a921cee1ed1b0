"""After Ctrl-C only a command that goes on where it was says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import typer

from hueset.cli import build, inspect
from hueset.cli.app import app
from hueset.render.terminal.output import handle_errors, handle_errors_and_go_on

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("decorate", "said"),
    [(handle_errors, "starts over"), (handle_errors_and_go_on, "what was finished is kept")],
)
def test_the_hint_is_that_of_the_command(
    capsys: pytest.CaptureFixture[str], decorate: Callable[..., Callable[[], None]], said: str
) -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    with pytest.raises(typer.Exit) as caught:
        decorate(stopped)()

    assert caught.value.exit_code == 130
    assert said in capsys.readouterr().err


def test_a_build_goes_on_and_a_statement_does_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hueset.cli.options.project_of", stop)
    context = typer.Context(typer.main.get_command(app))
    for run, kept in (
        (lambda: build.build(context, "pets"), True),
        (lambda: inspect.sql("select 1"), False),
    ):
        with pytest.raises(typer.Exit):
            run()
        assert ("is kept" in capsys.readouterr().err) is kept
