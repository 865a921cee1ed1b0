"""Runs `hueset` commands one after the other in one process: the real client, started once.

Reads one JSON line per command, answers with one JSON line: exit code, stdout, stderr.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys


def main() -> None:
    """Serve until stdin ends."""
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        out, err, code = io.StringIO(), io.StringIO(), 0
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            from hueset.cli.app import app

            try:
                app(json.loads(line))
            except SystemExit as stop:
                code = stop.code if isinstance(stop.code, int) else 1
        told = {"code": code, "out": out.getvalue(), "err": err.getvalue()}
        answers.write(json.dumps(told) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
