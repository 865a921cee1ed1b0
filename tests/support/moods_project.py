"""The dataset of docs/add-a-dataset.md with all its modules: in a project, or as a package."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from hueset.declaration.scaffold import init_project

PAGE = Path(__file__).parents[2] / "docs/add-a-dataset.md"
TITLED = re.compile(r'```\w+ title="([^"]+)"\n(.*?)```', re.DOTALL)

PACKAGE = "moods_pack"


def write_moods(root: Path) -> Path:
    """Write the project that the page makes; return its folder."""
    init_project(root, "moods")
    for title, text in TITLED.findall(PAGE.read_text(encoding="utf-8")):
        (root / title).write_text(text, encoding="utf-8")
    return root


def install_moods(site: Path, package: str = PACKAGE) -> Path:
    """Write the same as an installed package into a folder of packages; return its folder."""
    project = write_moods(site / "project")
    home = site / package
    shutil.copytree(project / "makers", home)
    for name in ("catalog.yaml", "datasets", "expectations"):
        shutil.move(project / name, home / name)
    shutil.rmtree(project)
    for path in [*home.rglob("*.py"), *home.rglob("*.yaml")]:
        text = path.read_text(encoding="utf-8").replace("makers.moods", f"{package}.moods")
        path.write_text(text, encoding="utf-8")
    distribution = site / f"{package}-1.0.dist-info"
    distribution.mkdir()
    (distribution / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
    )
    (distribution / "entry_points.txt").write_text(f"[hueset.datasets]\nmoods = {package}\n")
    return home
