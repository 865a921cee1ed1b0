"""Whether a process may run a step is decided by how numpy was loaded, once and for good."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from hueset.threads import THREADS


@pytest.mark.parametrize(
    ("first", "threads", "trusted"),
    [
        ("one_blas_thread()", None, "True True"),
        ("import numpy", None, "False False"),
        ("import numpy", "1", "True True"),
        ("import numpy", "2", "False False"),
    ],
    ids=["asked before", "loaded with all", "loaded with one", "loaded with two"],
)
def test_a_process_that_loaded_numpy_with_more_is_never_trusted(
    first: str, threads: str | None, trusted: str
) -> None:
    env = {name: value for name, value in os.environ.items() if name not in THREADS}
    if threads:
        env |= dict.fromkeys(THREADS, threads)
    code = (
        f"from hueset.threads import one_blas_thread\n{first}\nimport numpy\n"
        "print(one_blas_thread(), one_blas_thread())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == trusted
