"""One damaged dataset, version or run costs itself: a list goes on with a row that says why."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from hueset.errors import HuesetError, next_step_for, sentence_of

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("hueset")


@dataclass(frozen=True)
class Unreadable:
    """What stands in a list in the place of something that could not be read.

    Attributes
    ----------
    reason
        Why, in words.
    hint
        The next step, where one is known.
    """

    reason: str
    hint: str | None = None


def read_or_reason(read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | Unreadable:
    """Return what reading one of several things gives, or why it cannot be read.

    For lists, and for nothing else: an answer about one thing alone raises. An error that nobody
    foresaw is logged with its traceback, and is no reason to hide the other rows either.
    """
    try:
        return read(*args, **kwargs)
    except HuesetError as error:
        return Unreadable(error.message, error.hint)
    except OSError as error:
        return Unreadable(sentence_of(error), next_step_for(error))
    except Exception as error:
        log.warning("something could not be read for a list", exc_info=error)
        said = f"{type(error).__name__}: {sentence_of(error)}"
        return Unreadable(said, "a defect of Hueset, or of what wrote it: please report it")
