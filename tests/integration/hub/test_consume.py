"""Every snippet of `docs/consume.md` runs, against a release that was really published."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.hub_sessions import Client, Zoo, hub_environment, run_python

if TYPE_CHECKING:
    from tests.support.fake_hub import FakeHub, Hub

PAGE = Path(__file__).parents[3] / "docs" / "consume.md"


def snippets(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture
def released(client: Client, hub: Hub, zoo: Zoo) -> Zoo:
    """The release that the page reads."""
    said = client("publish", "zoo", "--yes", "--version", "1.0.0", *zoo.arguments)
    assert said.code == 0, said.err
    return zoo


def test_the_python_snippets_run(released: Zoo, server: FakeHub, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the snippets for PyTorch need torch")
    found = snippets("python")
    code = "\n".join(f"exec({text!r}, {{}})" for text in found)

    said = run_python(code, hub_environment(server.url, tmp_path / "hf"))

    assert len(found) == 8
    assert "['cat', 'dog']" in said  # datasets: class names
    assert "3 rows have a label" in said
    assert "(4000,) 8000" in said  # sound, decoded
    assert "count    3.0" in said  # pandas
    assert "shape: (3, 3)" in said  # polars
    assert "│ train" in said  # DuckDB
    assert "torch.Size([3, 4, 3]) torch.float32" in said


def test_the_commands_run(
    released: Zoo, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ["--project", str(released.project.root), "--store", str(tmp_path / "fresh")]
    lines = [line for text in snippets("sh") for line in text.splitlines()]

    for line in lines:
        program, *words = shlex.split(line)
        assert program == "hueset"
        words = [str(tmp_path / word) if word.startswith("exported") else word for word in words]
        said = client(*words, *store)
        assert said.code == 0, f"{line}: {said.err}"

    assert len(lines) == 7
    assert (tmp_path / "exported-open/README.md").is_file()
