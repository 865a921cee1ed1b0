"""The commands of `docs/service.md`, run as they stand there against a service."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.in_process_build import REPO

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.service_process import Service

PAGE = (REPO / "docs/service.md").read_text(encoding="utf-8")
COMMANDS = [
    one
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for one in re.split(r"\n(?=\S)(?!import|told|print)", block)
    if one.startswith("curl")
]
SMALL = {
    "vibe": "pets",
    "valence": "calm",
    "min=5000": "min=5",
    "examples": "pets",
    "source:eq:imdb": "kind:eq:cat",
}
"""The store of a test holds the ten pets in place of `vibe`; the sample is the sample."""


@pytest.mark.parametrize("written", COMMANDS)
def test_a_command_of_the_page_gets_its_answer(
    written: str, service: Service, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if not shutil.which("curl"):
        pytest.skip("needs curl")
    sound = "chromatic" in written
    asked: Service = request.getfixturevalue("sample_service") if sound else service
    for name, small in SMALL.items():
        written = written.replace(name, small)
    older = service.json("/v1/datasets/pets/versions")["versions"][-1]["version"]
    written = written.replace("1.0.0+1a7f428c6802", older)
    written = written.replace("http://127.0.0.1:8321", asked.url)
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", written.rstrip()],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout or any(path.stat().st_size for path in tmp_path.iterdir())


def test_the_page_names_every_route(service: Service) -> None:
    routes = service.json("/openapi.json")["paths"]
    parts = {path.split("{name}/")[1].split("/")[0] for path in routes if "{name}/" in path}
    assert len(parts) > 10
    assert {part for part in parts if f"…/{part}" not in PAGE} == set()
    assert {path for path in routes if "{" not in path and f"`{path}`" not in PAGE} == set()
