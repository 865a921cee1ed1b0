"""Every error Hueset raises on purpose: a stable code, the value found, and the next step.

One root, `HuesetError`. A subclass also inherits the builtin it is, so callers who know only
Python can catch it. Errors survive pickling, because they cross process borders in a build.
"""

from __future__ import annotations

import difflib
import errno
from typing import TYPE_CHECKING, ClassVar, Self

from hueset.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from hueset.documents.base import DocumentError as DocumentError
    from hueset.python_api.errors import GateFailedError as GateFailedError
    from hueset.release.hub.errors import HubError as HubError
    from hueset.release.hub.errors import HubExtraError as HubExtraError
    from hueset.release.hub.errors import HubMovedError as HubMovedError
    from hueset.release.hub.errors import HubTokenError as HubTokenError
    from hueset.release.hub.errors import PublishedBytesError as PublishedBytesError
    from hueset.release.hub.errors import RefusedReleaseError as RefusedReleaseError
    from hueset.release.hub.errors import ReleasedError as ReleasedError
    from hueset.release.hub.errors import StoppedError as StoppedError
    from hueset.training.errors import FailedTrainingError as FailedTrainingError
    from hueset.training.errors import RefusedTrainingError as RefusedTrainingError
    from hueset.training.errors import TrainExtraError as TrainExtraError

NEXT_STEPS = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space, or have the quota raised",
    errno.EROFS: "it is mounted read-only: mount it for writing, or give another folder",
    errno.EACCES: "look at its permissions",
    errno.EPERM: "look at its permissions, and at what its file system can hold",
    errno.EMFILE: "this process may open no more files: raise its limit, as with `ulimit -n`",
    errno.ENFILE: "this machine may open no more files: close some programs",
    errno.EIO: "the disk or the network behind it fails: look at the system's log before going on",
    errno.ESTALE: "the network behind it has lost it: mount it again",
}
"""What to do about a fault of the system, by its number."""


def next_step_for(error: OSError) -> str:
    """Return what to do about a fault of the system; it asserts nothing that is not known."""
    return NEXT_STEPS.get(error.errno or 0, "look at what is there; --debug shows where it was")


def sentence_of(error: BaseException, below: Path | None = None) -> str:
    """Return a fault in words: what the system says of it, else its own message, else its name.

    Parameters
    ----------
    error
        The fault.
    below
        A folder whose place on this machine is left out.
    """
    said = getattr(error, "strerror", None) or getattr(error, "message", None) or str(error)
    return (said.replace(f"{below}/", "") if below else said) or type(error).__name__


def name_as_text(name: str) -> str:
    """Return a name as it can be shown and sent anywhere: what is no text in it as escapes."""
    text = name.encode("utf-8", "backslashreplace").decode()
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


INTERNAL_CODE = "E_INTERNAL"
"""The code of what Hueset did not raise on purpose: a defect of its own."""

INTERNAL_EXIT = 4

FORMER_CODES = {
    "E_NOT_FOUND": "E_UNKNOWN",
    "E_RATE_LIMITED": "E_FETCH_BUSY",
    "E_CONNECTION_LOST": "E_FETCH_CUT",
    "E_HUB_TOKEN": "E_TOKEN",
    "E_UNAUTHORIZED": "E_TOKEN",
}
"""Code → what it was before 0.2: documents of an error hold both, until 0.3."""

UNWRITABLE = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EIO,
    errno.EMFILE,
    errno.ENFILE,
    errno.ESTALE,
)
"""Faults of the machine that may show anywhere in a build: a full disk, a failing one, no files."""


MOST_NAMES = 16
"""So many known names are told; of more only those that are like the one that was given."""


def tell_known(value: str, names: Sequence[str]) -> str:
    """Return the known names in words; of many only their number and the few like a value."""
    if len(names) <= MOST_NAMES:
        return f"known: {', '.join(names)}" if names else "none is known"
    near = difflib.get_close_matches(value, names, n=4, cutoff=0.5)
    return f"{len(names)} are known" + (f", like it: {', '.join(near)}" if near else "")


HINT = "hint: "
"""How the note of an error begins that says the next step."""


class HuesetError(Exception):
    """The root of all errors that Hueset raises on purpose.

    Parameters
    ----------
    message
        What is wrong, with the file and the place where there is one.
    hint
        The next step for the person who reads it.
    value
        The offending value, if one value is to blame.
    known
        The values that would have been accepted.
    """

    code: ClassVar[str] = "E_HUESET"
    exit_code: ClassVar[int] = 4

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        value: object = None,
        known: Iterable[str] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.value = value
        self.known = tuple(known)

    @property
    def hint(self) -> str | None:
        """The next step for the person who reads it; a traceback shows it as a note."""
        return self._hint

    @hint.setter
    def hint(self, hint: str | None) -> None:
        others = [note for note in getattr(self, "__notes__", ()) if not note.startswith(HINT)]
        self._hint = hint
        self.__notes__ = [f"{HINT}{hint}", *others] if hint else others

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by keyword, which `Exception` alone would lose."""
        made_from = (type(self), self.message, self.hint, self.value, self.known)
        return (_rebuild, made_from, self.__dict__)

    @classmethod
    def unknown(cls, what: str, value: str, known: Iterable[str], *, where: str = "") -> Self:
        """Build the error for a name that is not known, with the nearest known one as the hint."""
        place = f"{where}: " if where else ""
        return cls.unfit(f"{place}unknown {what} {value!r}", value, known)

    @classmethod
    def unfit(cls, message: str, value: str, known: Iterable[str]) -> Self:
        """Build the error for a name that is none of the known ones, in words of one's own."""
        names = sorted(known)
        near = difflib.get_close_matches(value, names, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        return cls(message, hint=hint + tell_known(value, names), value=value, known=names)


def _rebuild(
    kind: type[HuesetError], message: str, hint: str | None, value: object, known: tuple[str, ...]
) -> HuesetError:
    return kind(message, hint=hint, value=value, known=known)


class UsageError(HuesetError, ValueError):
    """The command or call cannot be understood."""

    code = "E_USAGE"
    exit_code = 2


class ParameterError(UsageError):
    """A parameter of a question is unknown, repeated or empty, or would have no effect."""

    code = "E_PARAMETER"


class UnknownNameError(UsageError, KeyError):
    """A dataset, table, version or source name that does not exist."""

    code = "E_NOT_FOUND"

    def __str__(self) -> str:
        """Return the message; a `KeyError` of Python would put it in quotes."""
        return self.message


class OutputExistsError(UsageError, FileExistsError):
    """A file that was to be written is there already, and somebody may have written in it."""

    code = "E_OUTPUT_EXISTS"


class DeclarationError(HuesetError, ValueError):
    """A declaration, suite or table of facts is not valid."""

    code = "E_DECLARATION"
    exit_code = 2
    inner: tuple[str | int, ...] = ()
    """The keys, below the part that was judged, at which the fault stands."""

    def at(self, *inner: str | int) -> Self:
        """Return the error with the place, below the part that was judged, of its fault."""
        self.inner = inner
        return self


class ForeignProjectError(HuesetError, PermissionError):
    """A project that was found on the way up belongs to somebody else, or may be written by all."""

    code = "E_FOREIGN_PROJECT"
    exit_code = 2


class SourceError(HuesetError):
    """Anything that is wrong with a source."""

    code = "E_SOURCE"
    exit_code = 3


class SourceMissingError(SourceError, FileNotFoundError):
    """A required source, or a whole group of alternatives, is not there."""

    code = "E_SOURCE_MISSING"


class SourceChangedError(SourceError, ValueError):
    """The bytes of a source are not those that were pinned."""

    code = "E_SOURCE_CHANGED"


class SourceFormatError(SourceError, ValueError):
    """A source is not what was declared: a folder for a file, a broken archive, other columns."""

    code = "E_SOURCE_FORMAT"


class HtmlPageError(SourceFormatError):
    """An HTML page lies, or was sent, where data should be."""

    code = "E_SOURCE_HTML"


class LfsPointerError(SourceFormatError):
    """A git-LFS pointer lies where the file it points to should be."""

    code = "E_SOURCE_LFS"


class FetchError(SourceError, ConnectionError):
    """A source could not be downloaded."""

    code = "E_FETCH"


class FetchNotFoundError(FetchError):
    """The server has nothing at the pinned address (404, 410)."""

    code = "E_FETCH_NOT_FOUND"


class FetchRefusedError(FetchError):
    """The server has it and does not give it (401, 403 and the other 4xx)."""

    code = "E_FETCH_REFUSED"


class RateLimitedError(FetchError):
    """The server asks for fewer requests (429), and went on asking."""

    code = "E_RATE_LIMITED"


class FetchServerError(FetchError):
    """The server is broken or closed for a while (5xx), and stayed so."""

    code = "E_FETCH_SERVER"


class ConnectionLostError(FetchError):
    """The connection was cut in the middle of the body, and again when it was resumed."""

    code = "E_CONNECTION_LOST"


class FetchTimeoutError(FetchError, TimeoutError):
    """The server accepted the request and then said nothing."""

    code = "E_FETCH_TIMEOUT"


class InputError(HuesetError, ValueError):
    """One input file or row cannot be read; a builder turns it into a rejected row or unit.

    `reason` is a stable code in snake_case, ready for `Reject.reason`.
    """

    code = "E_INPUT"
    exit_code = 3

    def __init__(
        self,
        message: str,
        *,
        reason: str = "unreadable",
        hint: str | None = None,
        value: object = None,
        known: Iterable[str] = (),
    ) -> None:
        super().__init__(message, hint=hint, value=value, known=known)
        self.reason = reason


class BuildError(HuesetError, RuntimeError):
    """A builder broke its promise to the engine."""

    code = "E_BUILD"


class RowAccountError(BuildError):
    """Rows came in at a hand-over of a build that were neither written nor refused, or too many."""

    code = "E_ROWS"


class NondeterministicError(BuildError):
    """The same fingerprint gave other bytes."""

    code = "E_NONDETERMINISTIC"


class StoreError(HuesetError, OSError):
    """The store cannot be read or written."""

    code = "E_STORE"


class SystemRefusedError(HuesetError, OSError):
    """The operating system refused to read or write something: a permission, the disk, stdout."""

    code = "E_SYSTEM"

    @classmethod
    def of(cls, error: OSError) -> SystemRefusedError:
        """Return what the system said, with the file it was about."""
        place = f"{error.filename}: " if error.filename else ""
        hint = next_step_for(error)
        return cls(f"{place}{sentence_of(error)}", hint=hint, value=error.errno)


class UnprobedError(HuesetError, LookupError):
    """A probe was demanded, and the version was never probed."""

    code = "E_UNPROBED"
    exit_code = 1


class QueryError(UsageError):
    """An SQL statement is refused or wrong."""

    code = "E_SQL"


ELSEWHERE = {
    "DocumentError": "documents.base",
    "FailedTrainingError": "training.errors",
    "GateFailedError": "python_api.errors",
    "HubError": "release.hub.errors",
    "HubExtraError": "release.hub.errors",
    "HubMovedError": "release.hub.errors",
    "PublishedBytesError": "release.hub.errors",
    "RefusedReleaseError": "release.hub.errors",
    "RefusedTrainingError": "training.errors",
    "ReleasedError": "release.hub.errors",
    "StoppedError": "release.hub.errors",
    "HubTokenError": "release.hub.errors",
    "TrainExtraError": "training.errors",
}
"""Errors that are defined where they are raised, and are names of this module too."""

if not TYPE_CHECKING:
    __getattr__ = lazy_exports("hueset", ELSEWHERE)
