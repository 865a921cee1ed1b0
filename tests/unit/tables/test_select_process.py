import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hueset.errors import QueryError
from hueset.tables.class_names import select_named
from hueset.tables.select_process import SelectProcess, View

DEAF = "select levenshtein(repeat('ab', 400000), repeat('ba', 400000))"
"""Minutes inside one call of a function, which hears no interrupt."""


def test_rows_come_back_as_json_values_and_a_broken_table_costs_itself(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.parquet", tmp_path / "bad.parquet"
    pq.write_table(pa.table({"a": [1, 2], "f": [float("nan"), None], "c": [1, 0]}), good)
    bad.write_bytes(b"PAR1 nothing PAR1")
    named = select_named({"a": "int64", "f": "float64", "c": "class<low | high>"})
    views = [View("d", "good", (good,), named), View("d", "bad", (bad,))]
    statement = "select a, f, [f, 'inf'::double] as l, c from d.good order by a"
    with SelectProcess() as process:
        reply = process.run(views, statement)
    assert reply.columns == ("a", "f", "l", "c")
    assert reply.rows == [
        [1, "NaN", ["NaN", "Infinity"], "high"],
        [2, None, [None, "Infinity"], "low"],
    ]
    assert list(reply.broken) == ["d.bad"]
    with SelectProcess() as process, pytest.raises(QueryError, match="bad") as caught:
        process.run(views, "select * from d.bad")
    assert "left out: d.bad" in str(caught.value.hint)


def test_a_function_that_hears_no_interrupt_is_ended() -> None:
    with SelectProcess() as process, pytest.raises(QueryError, match=r"interrupted after 0\.2 s"):
        process.run([], DEAF, seconds=0.2)


def test_memory_that_duckdb_does_not_count_is_refused() -> None:
    with SelectProcess() as process, pytest.raises(QueryError, match=r"(?i)memory|SIG") as caught:
        process.run([], "select repeat('x', 3000000000)", memory_bytes=64 << 20)
    assert "memory" in f"{caught.value} {caught.value.hint}"


def test_a_process_that_was_ended_is_not_said_to_have_taken_memory_that_nobody_saw() -> None:
    with SelectProcess() as process:
        process._child.kill()
        with pytest.raises(QueryError, match="was ended by SIGKILL") as caught:
            process.run([], "select 1")
    assert "most likely" in str(caught.value.hint)


def test_ctrl_c_ends_the_child_and_the_command(tmp_path: Path) -> None:
    code = (
        "import signal\n"
        "signal.siginterrupt(signal.SIGINT, False)\n"  # as polars leaves it
        "from hueset.tables.select_process import SelectProcess\n"
        "with SelectProcess() as process:\n"
        "    print(process._child.pid, flush=True)\n"
        f"    process.run([], {DEAF!r})\n"
    )
    command = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert command.stdout is not None
    child = int(command.stdout.readline())
    command.send_signal(signal.SIGINT)
    assert command.wait(timeout=30) == -signal.SIGINT
    command.stdout.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_the_child_ends_when_its_command_is_killed() -> None:
    code = (
        "from hueset.tables.select_process import SelectProcess\n"
        "process = SelectProcess()\n"
        "print(process._child.pid, flush=True)\n"
        f"process.run([], {DEAF!r})\n"
    )
    command = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert command.stdout is not None
    child = int(command.stdout.readline())
    its_end = os.pidfd_open(child)
    command.kill()
    command.wait()
    command.stdout.close()
    assert select.select([its_end], [], [], 30)[0], "the child outlived its command"
    os.close(its_end)
