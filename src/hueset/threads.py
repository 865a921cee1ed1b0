"""One BLAS thread per process: with more, the last bits of a float sum differ from run to run."""

from __future__ import annotations

import os
import sys
from functools import cache

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


@cache
def one_blas_thread() -> bool:
    """Ask for one BLAS thread in this process and its children; what was found first stays true.

    Returns
    -------
    bool
        False if numpy was loaded before with another setting, so this process cannot be trusted
        with a step.
    """
    already = all(os.environ.get(name) == "1" for name in THREADS)
    for name in THREADS:
        os.environ[name] = "1"
    return already or "numpy" not in sys.modules


def count_cores() -> int:
    """Return the number of processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
