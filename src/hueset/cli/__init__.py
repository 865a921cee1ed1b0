"""The command line: `hueset` and `build-dataset`."""

from __future__ import annotations

import os
import sys
from importlib import import_module


def hueset() -> None:
    """Run the command `hueset`."""
    sys.exit(_run("hueset.cli.app", "app"))


def build_dataset() -> None:
    """Run the command `build-dataset`, which is `hueset build`."""
    sys.exit(_run("hueset.cli.build", "build_app"))


def _run(module: str, application: str) -> int:
    if sys.argv[1:2] == ["--version"]:
        from hueset import __version__

        sys.stdout.write(f"hueset {__version__}\n")
        return 0
    # Nobody is told that Hueset was used: the libraries for the Hub look at this.
    os.environ.setdefault("DO_NOT_TRACK", "1")
    try:
        # A step's result must not depend on how many BLAS threads this process started with.
        from hueset.threads import one_blas_thread

        one_blas_thread()
        from hueset.cli import entrypoint as ending

        return ending.run_application(getattr(import_module(module), application))
    except KeyboardInterrupt:
        return _stopped_early()


def _stopped_early() -> int:
    """Say that Ctrl-C came before any command began; what would say it better is not loaded."""
    message = "stopped before anything was done"
    if "--json" in sys.argv[1:]:
        error = f'{{"code": "E_INTERRUPTED", "message": "{message}", "hint": null}}'
        sys.stdout.write(f'{{"error": {error}}}\n')
    sys.stderr.write(f"error[E_INTERRUPTED]: {message}\n")
    return 130
