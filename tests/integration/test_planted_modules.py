"""Modules that lie about in a project's folder are imported by nobody, whatever their names."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from hueset.cli.app import app
from tests.support.in_process_build import command, environment_of, tree
from tests.support.pets_project import write_pets

if TYPE_CHECKING:
    from pathlib import Path

PLANTED = (
    "pytz",
    "duckdb",
    "yaml",
    "numpy",
    "polars",
    "pyarrow",
    "rich",
    "typer",
    "pydantic",
    "pickle",
    "socket",
    "random",
    "sitecustomize",
    "usercustomize",
    "site_packages",
    "_strptime",
)
"""Libraries, a module that DuckDB looks for, and what a starting Python imports of its own."""

MODULE = """
import os, sys
with open({marker!r}, "a") as marker:
    marker.write(f"{{__name__}} in {{sys.argv[:2]}}\\n")
raise ImportError(f"{{__file__}} was planted")
"""

DRIVER = """
import json, sys

def run():
    from hueset.cli import hueset
    ran = {}
    for arguments in json.loads(sys.stdin.read()):
        sys.argv = ["hueset", *arguments]
        try:
            hueset()
        except SystemExit as ending:
            code = ending.code
        own = [name for name in sys.modules if name.partition(".")[0] == "pets_builders"]
        ran[arguments[0]] = {"code": code, "builder": bool(own)}
        for name in own:
            del sys.modules[name]
    with open(sys.argv_kept, "w") as to:
        json.dump(ran, to)

if __name__ == "__main__":
    sys.argv_kept = sys.argv[1]
    run()
"""

SEEN = {"build", "build-dataset", "plan", "probe", "replay", "report", "train"}
"""The commands that import of the builder's package, as they are run here."""

OF_BUILDERS = SEEN | {"runs", "serve"}
"""With those that import of it for `--onnx`, or once they listen; docs/trust.md says the same."""

COMMANDS: dict[str, tuple[int, list[str]]] = {
    "sql": (0, ["select now() as at, count(*) as n from pets.pets", "--json"]),
    "list": (0, []),
    "show": (0, ["pets"]),
    "coverage": (0, ["pets"]),
    "sources": (0, ["pets", "--mirror", "mirror"]),
    "verify": (0, ["pets"]),
    "diff": (2, ["pets", "1", "2"]),
    "quarantine": (0, ["pets"]),
    "ready": (0, ["pets", "--dimensions", "calm"]),
    "waive": (2, ["pets", "--version", "1.0.0", "--why", "a test"]),
    "runs": (0, []),
    "probe": (4, ["pets"]),
    "train": (4, ["pets", "--quick"]),
    "annotate": (2, ["pets", "--dimension", "calm"]),
    "card": (0, ["pets"]),
    "croissant": (0, ["pets"]),
    "export": (0, ["pets", "--to", "exported"]),
    "publish": (4, ["pets", "--dry-run", "--repo", "nobody/nothing"]),
    "pull": (2, ["nobody"]),
    "serve": (2, ["--host", "256.0.0.1", "--port", "0"]),
    "init": (0, ["another"]),
    "report": (0, ["pets"]),
    "plan": (0, ["pets", "--mirror", "mirror"]),
    "build-dataset": (0, ["pets", "--mirror", "mirror"]),
    "build": (0, ["pets", "--mirror", "mirror", "--set", "salt=workers", "--workers", "2"]),
    "replay": (0, ["pets", "--mirror", "mirror"]),
    "gc": (0, ["--dry-run"]),
}
"""Command → its exit code here, and arguments; some cannot do their work here, and say so."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_pets(tmp_path_factory.mktemp("planted") / "pets_project")
    package = root / "pets_builders/pets"
    package.mkdir()
    (root / "pets_builders/pets.py").rename(package / "__init__.py")
    for name in ("tasks", "view", "report"):
        (package / f"{name}.py").write_text("def sections(material):\n    return []\n")
    done = command("build", "pets", "--mirror", "mirror", "--json", cwd=root)
    assert done.returncode == 0, done.stderr
    for name in PLANTED:
        (root / f"{name}.py").write_text(MODULE.format(marker=str(root.parent / "marker")))
    return root


def planted(project: Path) -> str:
    marker = project.parent / "marker"
    return marker.read_text() if marker.exists() else ""


def test_every_command_leaves_them_alone_and_few_import_the_builder(project: Path) -> None:
    asked = [[name, *arguments] for name, (_, arguments) in COMMANDS.items()]
    assert {one[0] for one in asked} == {c.name for c in app.registered_commands}
    driver = project.parent / "elsewhere" / "driver.py"
    driver.parent.mkdir()
    driver.write_text(DRIVER)
    done = subprocess.run(
        [sys.executable, str(driver), str(project.parent / "ran.json")],
        cwd=project,
        env=environment_of(HF_ENDPOINT="http://127.0.0.1:9", HUESET_HUB_TRIES="1"),
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ran = json.loads((project.parent / "ran.json").read_text())
    codes = {name: one["code"] for name, one in ran.items()}
    assert planted(project) == ""
    assert codes == {name: code for name, (code, _) in COMMANDS.items()}, done.stderr
    assert {name for name, one in ran.items() if one["builder"]} == SEEN
    assert "exported" in {path.split("/")[0] for path in tree(project)}


def test_nor_does_python_with_m_which_puts_the_working_folder_first(project: Path) -> None:
    done = command("sql", "select now() as at", cwd=project)
    assert done.returncode == 0, done.stderr
    assert planted(project) == ""
