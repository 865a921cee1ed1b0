"""What the help pages may import: they answer at once, so nothing heavy is behind them."""

import subprocess
import sys

import pytest

from tests.support.in_process_build import environment_of

HEAVY = {
    "pyarrow",
    "polars",
    "pandas",
    "numpy",
    "duckdb",
    "great_expectations",
    "pydantic",
    "yaml",
    "httpx",
    "datasets",
    "huggingface_hub",
    "soundfile",
    "scipy",
    "torch",
    "librosa",
    "fastapi",
}


COMMANDS = {"annotate", "maintenance", "training", "inspect", "release", "report", "serve", "init"}
"""The modules of the commands that `build-dataset` is none of."""


def loaded_by_help(command: str) -> set[str]:
    """Return the modules that `COMMAND --help` loads."""
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        f"from hueset.cli import {command}\n"
        f"{command}()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--help"],
        env=environment_of(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout
    return set(done.stderr.split())


@pytest.mark.parametrize("command", ["hueset", "build_dataset"])
def test_help_imports_nothing_heavy(command: str) -> None:
    loaded = loaded_by_help(command)
    assert HEAVY.intersection(name.partition(".")[0] for name in loaded) == set()
    others = {f"hueset.cli.{name}" for name in COMMANDS}
    assert others & loaded == (others if command == "hueset" else set())


def test_refused_rows_become_a_table_without_pandas() -> None:
    code = (
        "import sys\n"
        "from hueset.build.units import reject_table\n"
        "from hueset.builder import Reject\n"
        "one = Reject('t', 's', 'k', 'r', 'o')\n"
        "told = reject_table([('u', one), (None, one)])\n"
        "assert told.column_names == ['unit', *Reject.__dataclass_fields__]\n"
        "assert told.to_pylist()[0] == {'unit': 'u', **vars(one)}\n"
        "assert told['unit'].null_count == 1\n"
        "assert {str(kind) for kind in told.schema.types} == {'string'}\n"
        "sys.exit('pandas' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], env=environment_of(), check=True)


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
