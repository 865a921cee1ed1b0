"""docs/python.md and the notebook hold: every block runs, and shows what the page says."""

from __future__ import annotations

import doctest
import json
import re
import warnings
from pathlib import Path

import pytest

import hueset
from tests.support.in_process_build import environment_of

REPO = Path(__file__).parents[2]
PAGE = REPO / "docs/python.md"
NOTEBOOK = REPO / "docs/notebooks/ten_minutes.ipynb"


def test_the_examples_of_the_page_run_in_order_and_show_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```pycon\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(blocks) > 10
    flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, PAGE.name, PAGE.name, 0)
    told: list[str] = []
    result = doctest.DocTestRunner(optionflags=flags).run(examples, out=told.append)
    assert result.attempted > 30
    assert result.failed == 0, "".join(told)


def test_the_page_lists_every_public_name_and_no_other() -> None:
    listed = PAGE.read_text().partition("## Every name")[2]
    rows = re.findall(r"^\| (`.*?) \|", listed, re.MULTILINE)
    names = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(names) == sorted(hueset.__all__)


@pytest.mark.parametrize("kind", [hueset.Store, hueset.Version, hueset.Gate])
def test_the_page_lists_every_public_attribute(kind: type) -> None:
    row = next(line for line in PAGE.read_text().splitlines() if f"| `{kind.__name__}` |" in line)
    listed = set(re.findall(r"`\.(\w+)", row))
    own = {name for name in vars(kind) if not name.startswith("_")}
    assert listed == own - {"folder"} | ({"document"} & listed)


def test_the_notebook_runs_from_an_empty_folder(tmp_path: Path) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": tmp_path}}, kernel_name="python3"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the client's own event loop
        client.execute(env=environment_of(TMPDIR=str(tmp_path)))
    shown = [
        "".join(str(output.get("text", output.get("data"))) for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    expected = ["gate: warn", "367 checks", "65 of 102", "Black", "Violet", "audio/wav"]
    expected += ["torch.Size", "segments: off by", "rms_dbfs float32 [16]", "asked for 1,000"]
    assert len(shown) == len(expected)
    for output, told in zip(shown, expected, strict=True):
        assert told in output


def test_the_notebook_lies_in_the_repository_without_outputs() -> None:
    for cell in json.loads(NOTEBOOK.read_text())["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
