"""Whose name a request must ask for, so that no foreign page reads the store by a rebound name.

A page of `evil.example` whose name suddenly points to 127.0.0.1 is the same origin to a browser:
only the `Host` header tells. An address written as a number cannot be rebound, so it always holds;
a name must be the one that is listened on, the machine's own, or one that was allowed.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import TYPE_CHECKING

from hueset.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

ANY = "*"
LOOPBACK = ("localhost",)
_NAME = re.compile(
    r"(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?"
)
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")


class Hosts:
    """The names a service answers to.

    Parameters
    ----------
    allowed
        Names; `*.example.org` stands for all below, `*` for every name.
    """

    def __init__(self, allowed: Iterable[str]) -> None:
        names = [name.lower().rstrip(".") for name in (*LOOPBACK, *allowed)]
        self.every = ANY in names
        self._names = {name for name in names if not name.startswith("*")}
        self._below = tuple(name[1:] for name in names if name.startswith("*."))

    def answer_to(self, host: bytes) -> bool:
        """Whether a `Host` header, with or without a port, names this service."""
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = found[1].decode("ascii").lower().rstrip(".")
        return self.every or name in self._names or name.endswith(self._below) or _is_address(name)


def is_host(host: bytes) -> bool:
    """Whether a `Host` header is one at all."""
    return _HOST.fullmatch(host) is not None


def own_names(bound: str) -> tuple[str, ...]:
    """Return the names by which a service that listens on an address is reached."""
    if bound in {"", "0.0.0.0", "::"}:  # noqa: S104 - what it is compared with, not bound to
        return socket.gethostname(), socket.getfqdn()
    return (bound,)


def read_allowed(texts: Iterable[str]) -> tuple[str, ...]:
    """Return names to allow as they are compared.

    Raises
    ------
    UsageError
        One is empty, an address with scheme or port, or a pattern that is not understood.
    """
    names = tuple(text.strip().lower() for text in texts)
    for name in names:
        if name != ANY and not _NAME.fullmatch(name) and not _is_address(name):
            message = f"{name!r} is no name of a host"
            hint = "give the name alone, without scheme and port: data.example.org, *.example.org"
            raise UsageError(message, hint=hint, value=name)
    return names


def read_proxies(text: str | None) -> tuple[str, ...]:
    """Return the addresses and networks of proxies that are believed; none for None.

    Raises
    ------
    UsageError
        One is neither.
    """
    names = tuple(part.strip() for part in text.split(",")) if text is not None else ()
    for name in names:
        try:
            ipaddress.ip_network(name)
        except ValueError as error:
            message = f"--forwarded-allow-ips: {name!r} is neither an address nor a network"
            hint = "name the proxy: --forwarded-allow-ips 127.0.0.1,10.0.0.0/8"
            raise UsageError(message, hint=hint, value=name) from error
    return names


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
