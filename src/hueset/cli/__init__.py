"""The command line: `hueset` and `build-dataset`."""

from __future__ import annotations

import sys


def hueset() -> None:
    """Run the command `hueset`."""
    from hueset.cli.app import app

    _run(app)


def build_dataset() -> None:
    """Run the command `build-dataset`, which is `hueset build`."""
    from hueset.cli.app import build_app

    _run(build_app)


def _run(app: object) -> None:
    if sys.argv[1:] == ["--version"]:
        from hueset import __version__

        sys.stdout.write(f"hueset {__version__}\n")
        return
    # A step's result must not depend on how many BLAS threads this process happened to start with.
    from hueset.threads import one_blas_thread

    one_blas_thread()
    try:
        app()  # type: ignore[operator]
    except BrokenPipeError:
        # Someone piped the output into `head`; what they wanted they have.
        sys.stderr.close()
