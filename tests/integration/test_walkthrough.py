"""The page on adding a dataset, followed to the letter: its files written, its commands run."""

import re
import subprocess
import sys
from pathlib import Path

from tests.support.in_process_build import REPO, environment_of

BLOCK = re.compile(r'```(\w+)(?: title="([^"]+)")?\n(.*?)```', re.DOTALL)


def run(line: str, cwd: Path) -> str:
    hueset = f"{sys.executable} -m hueset"
    line = line.replace("build-dataset", f"{hueset} build")
    line = re.sub(r"^hueset ", f"{hueset} ", line)
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=cwd,
        env=environment_of(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_page_on_adding_a_dataset_works_as_written(tmp_path: Path) -> None:
    page = (REPO / "docs/add-a-dataset.md").read_text()
    cwd, said = tmp_path, {}
    for language, title, text in BLOCK.findall(page):
        if title:
            (cwd / title).write_text(text)
        elif language == "sh":
            for line in text.strip().splitlines():
                if line.startswith("cd "):
                    cwd = cwd / line.removeprefix("cd ")
                else:
                    said[line] = run(line, cwd)
    shown = "\n".join(said.values())
    assert "moods 1.0.0+" in shown
    assert "gate: warn" in shown or "gate: pass" in shown
    assert "not_a_number" in shown
    assert "train" in next(text for line, text in said.items() if "sql" in line)
    assert len(said) >= 6


def test_a_skeleton_is_not_written_over_somebody_s_files(tmp_path: Path) -> None:
    (tmp_path / "catalog.yaml").write_text("datasets: []\n")
    done = subprocess.run(
        [sys.executable, "-m", "hueset", "init", str(tmp_path)],
        env=environment_of(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "exists already" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["catalog.yaml"]
