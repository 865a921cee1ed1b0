"""Modules put off: there at once, run at the first look."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import TYPE_CHECKING

from hueset.gate.lazy_import import put_off

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

WATCHED = "import builtins\nbuiltins.ran.append(__name__)\nvalue = 7\n"


def test_a_module_put_off_runs_at_the_first_look_and_others_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    monkeypatch.setattr("builtins.ran", ran, raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("put_off_late", "put_off_early"):
        (tmp_path / f"{name}.py").write_text(WATCHED)
        monkeypatch.delitem(sys.modules, name, raising=False)
    with put_off("put_off_late"):
        late = importlib.import_module("put_off_late")
        importlib.import_module("put_off_early")
    assert ran == ["put_off_early"]
    assert late.value == 7
    assert ran == ["put_off_early", "put_off_late"]


def test_the_gate_loads_neither_statistics_nor_charts_but_they_work_when_asked_for() -> None:
    code = (
        "import sys\n"
        "from hueset.documents.gate_report import GateEngine\n"
        "from hueset.gate.engine import load_evaluator\n"
        "load_evaluator(GateEngine.FAST)\n"
        "assert 'scipy.stats._stats_py' not in sys.modules, 'scipy.stats was run'\n"
        "assert 'altair.vegalite' not in sys.modules, 'altair was run'\n"
        "from scipy.stats import norm\n"
        "import altair\n"
        "print(norm.cdf(0), altair.Chart.__name__)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["0.5", "Chart"]
