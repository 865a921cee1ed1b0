"""Names that a package loads only when one is asked for, so that `--help` stays fast."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def lazy_exports(package: str, places: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a package's `__getattr__`: a name is loaded from its module at the first use.

    Parameters
    ----------
    package
        The package's `__name__`.
    places
        Exported name → the module, below the package, that defines it.
    """

    def load(name: str) -> Any:
        if name not in places:
            message = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(message)
        return getattr(import_module(f"{package}.{places[name]}"), name)

    return load
