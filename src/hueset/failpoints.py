"""Named points of a build at which a test may kill the process; nothing in a normal run."""

from __future__ import annotations

import os
import signal

_KILL_AT = os.environ.get("HUESET_TEST_KILL_AT")


def pass_failpoint(point: str) -> None:
    """Kill this process with SIGKILL if the environment names this point."""
    if point == _KILL_AT:
        os.kill(os.getpid(), signal.SIGKILL)
