"""Packages that only one builder needs, asked for when it plans, not in the midst of a build."""

from __future__ import annotations

from importlib import import_module

from hueset.errors import UsageError


def require_package(name: str, *, install: str, what: str) -> None:
    """Refuse to go on without a package that the base installation does not bring.

    A builder calls this in `plan_units`, so that `hueset plan` says it too.

    Parameters
    ----------
    name
        What is imported.
    install
        What pip installs to bring it, an extra of the project: `hueset[EXTRA]`.
    what
        What needs it: the beginning of the message.

    Raises
    ------
    UsageError
        It cannot be imported.
    """
    try:
        import_module(name)
    except ImportError as error:
        message = f"{what} needs {name}, which cannot be imported: {error}"
        raise UsageError(message, hint=f'pip install "{install}"', value=name) from error
