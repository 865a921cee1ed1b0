"""Who is let in: a request of bearable size, to a name of the service, with its token."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING

from hueset_api.hosts import is_host
from hueset_api.problem_codes import ProblemCode
from hueset_api.problems import problem_response

if TYPE_CHECKING:
    from fastapi import Response
    from starlette.types import Scope

    from hueset_api.hosts import Hosts

MAX_HEADER_BYTES = 16_384
MAX_URL_BYTES = 8_192
OPEN_TO_ALL = ("/healthz", "/readyz")
"""What a load balancer asks, by any name; says nothing of the data, so it needs no token."""


HTTP_1_0 = ("1.0", "1")
"""Before HTTP/1.1 a request need not name a host; servers write the version either way."""


class Door:
    """Refuses what must not be answered.

    Parameters
    ----------
    hosts
        The names the service answers to.
    token
        What a reader must send; None for no token.
    """

    def __init__(self, hosts: Hosts, token: str | None) -> None:
        self._hosts = hosts
        self._token = token.encode() if token else None

    @property
    def locked(self) -> bool:
        """Whether a token is needed."""
        return self._token is not None

    def refuse(self, scope: Scope) -> Response | None:
        """Return the problem of a request; None where there is none."""
        size = sum(len(name) + len(value) for name, value in scope["headers"])
        if size > MAX_HEADER_BYTES:
            return problem_response(
                431, f"headers of {size} bytes, at most {MAX_HEADER_BYTES} are read"
            )
        if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_URL_BYTES:
            return problem_response(414, f"the address is longer than {MAX_URL_BYTES} bytes")
        # Some servers add an empty one where there is none.
        named = [value for name, value in scope["headers"] if name == b"host" and value]
        if len(named) > 1 or not (named or scope["http_version"] in HTTP_1_0):
            return problem_response(400, f"a request names one host, this one names {len(named)}")
        if named and not is_host(named[0]):
            return problem_response(
                400, "the Host header is no name of a host", code=ProblemCode.HOST
            )
        if scope["path"] in OPEN_TO_ALL:
            return None
        if named and not self._hosts.answer_to(named[0]):
            return problem_response(
                421,
                f"this service does not answer to the name {named[0].decode('ascii')!r}",
                code=ProblemCode.HOST,
                hint="start it with --allow-host NAME if it is one of its own",
            )
        if self._token is None:
            return None
        if hmac.compare_digest(_token_of(scope["headers"]), self._token):
            return None
        return problem_response(
            401,
            "this service answers only those who send its token",
            code=ProblemCode.UNAUTHORIZED,
            hint="send `Authorization: Bearer TOKEN`; in a browser, as the password",
            headers={"WWW-Authenticate": 'Bearer realm="hueset", Basic realm="hueset"'},
        )


def _token_of(headers: list[tuple[bytes, bytes]]) -> bytes:
    for name, value in headers:
        if name != b"authorization":
            continue
        kind, _, rest = value.partition(b" ")
        if kind.lower() == b"bearer":
            return rest.strip()
        if kind.lower() == b"basic":
            try:
                pair = base64.b64decode(rest.strip(), validate=True)
            except binascii.Error:
                return b""
            return pair.partition(b":")[2]
    return b""
