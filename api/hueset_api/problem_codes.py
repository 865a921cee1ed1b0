"""The codes of problems that are no error of the engine: what the service itself refuses.

`docs/errors.md` is made from them by `tools/make_docs.py`.
"""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus

from hueset.errors import INTERNAL_CODE


class ProblemCode(StrEnum):
    """What is wrong, with the status it is answered with and what it is in words."""

    def __new__(cls, code: str, status: int, meaning: str) -> ProblemCode:
        """Make a member that is its code, and knows the rest."""
        made = str.__new__(cls, code)
        made._value_ = code
        made.status = HTTPStatus(status)
        made.meaning = meaning
        return made

    status: HTTPStatus
    meaning: str

    BUSY = "E_BUSY", 503, "Too many large answers wait for their readers; ask again in a moment."
    CHECKER = "E_CHECKER", 503, "The files of the store are not being checked any more."
    ENDING = "E_ENDING", 503, "The service was told to end before it could answer."
    HOST = "E_HOST", 421, "The service does not answer to this name; 400 where it is no name."
    HOSTS = "E_HTTP_400", 400, "A request names no host, or several."
    NO_ADDRESS = "E_HTTP_404", 404, "There is no such address, or no such file of the page."
    METHOD = "E_HTTP_405", 405, "The address is only read: GET and HEAD."
    LONG_ADDRESS = "E_HTTP_414", 414, "The address is too long."
    LONG_HEADERS = "E_HTTP_431", 431, "The headers are too long."
    INVALID = "E_INVALID", 422, "A parameter is not of the type or in the range that it must be."
    INTERNAL = INTERNAL_CODE, 500, "A defect of the service; its log has it under the request id."
    UNAUTHORIZED = "E_UNAUTHORIZED", 401, "The token is missing or wrong."


def code_of_status(status: int) -> str:
    """Return the code of a problem of which nothing is known but its status."""
    return f"E_HTTP_{status}"
