"""Names that a package loads only when one is asked for, so that `--help` stays fast."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
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


def let_package_be_called(package: str, module: str, function: str) -> None:
    """Let a package be called as one of the API's functions, which has its name.

    Python binds a subpackage to its name in the package above as soon as anybody imports it, so
    that name can stand for nothing else.

    Parameters
    ----------
    package
        The package's `__name__`.
    module, function
        What is called; loaded at the first call.
    """

    class CallablePackage(ModuleType):
        def __call__(self, *arguments: Any, **named: Any) -> Any:
            return self.__wrapped__(*arguments, **named)

        @property
        def __wrapped__(self) -> Callable[..., Any]:
            found: Callable[..., Any] = getattr(import_module(module), function)
            return found

    sys.modules[package].__class__ = CallablePackage
