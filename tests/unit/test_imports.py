"""What the help pages may import: they answer at once, so nothing heavy is behind them."""

import subprocess
import sys

import pytest

from tests.building import environment_of

HEAVY = {
    "pyarrow", "polars", "pandas", "numpy", "duckdb", "great_expectations", "pydantic", "yaml",
    "httpx", "datasets", "huggingface_hub", "soundfile", "scipy", "torch", "librosa", "fastapi",
}  # fmt: skip


@pytest.mark.parametrize("app", ["app", "build_app"])
def test_help_imports_nothing_heavy(app: str) -> None:
    code = (
        "import sys, contextlib, io\n"
        f"from hueset.cli.app import {app}\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    {app}(['--help'], standalone_mode=False)\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment_of(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert HEAVY.intersection(done.stdout.split()) == set()


def test_no_module_of_the_engine_imports_a_builder() -> None:
    from pathlib import Path

    source = Path(__file__).parents[2] / "src/hueset"
    found = [p for p in source.rglob("*.py") if "import builders" in p.read_text()]
    found += [p for p in source.rglob("*.py") if "from builders" in p.read_text()]
    assert found == []


def test_no_command_leaves_its_annotations_as_text() -> None:
    # Typer would compile some five hundred of them before it could print a help page.
    from hueset.cli.app import app, build_app

    commands = [*app.registered_commands, *build_app.registered_commands]
    texts = [
        f"{command.callback.__name__}({name})"
        for command in commands
        if command.callback
        for name, annotation in command.callback.__annotations__.items()
        if isinstance(annotation, str)
    ]
    assert len(commands) > 20
    assert texts == []
