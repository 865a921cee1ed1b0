"""Reading input: the one place where whatever fails there becomes an error with file and place.

A library may raise anything over a broken file, and the next library something else. So nothing
here lists kinds of exceptions of libraries: what fails inside `reading` is the input's fault. Keep
such a block to the calls that decode or parse; a defect of our own inside it would hide.

A builder need not use it. What it read last is kept, and `fault_of_input` judges by the place where
something failed whether it was the parsing of that, or the builder's own code.
"""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

from hueset.builder.broken_tables import ReadInput, find_broken_table
from hueset.errors import HuesetError, InputError, SourceError, SourceFormatError
from hueset.redaction import redact_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType, TracebackType

    from hueset.builder.source import ResolvedSource

WORDS = 300
"""Letters of a library's complaint that are worth repeating: some print the whole file."""

HINT = "look at the file: it may be cut short, or be of another form than its name says"

SYSTEM = "look at its permissions and at the disk"

FORMATS = frozenset(
    {
        *("_csv", "_lzma", "_pickle", "binascii", "bz2", "csv", "email", "gzip", "html", "json"),
        *("lzma", "mailbox", "marshal", "pickle", "plistlib", "pyexpat", "sqlite3", "struct"),
        *("tarfile", "tomllib", "wave", "xml", "zipfile", "zlib"),
    }
)
"""Modules of the standard library that read formats."""

TABLES = frozenset({"fastparquet", "pandas", "polars", "pyarrow"})
"""Libraries that read tables, at once or as late as they can."""

WORDS_OF_A_PIECE = 3
PIECE_SEARCH_BYTES = 1 << 28


@contextmanager
def convert_input_errors(
    what: str, *, hint: str = HINT, reason: str | None = None
) -> Iterator[None]:
    """Turn whatever fails while input is decoded or parsed into an error that names it.

    Parameters
    ----------
    what
        The file, its place and what it should be: the beginning of the message, for example
        `source 'rows': a.json cannot be read as JSON`.
    hint
        The next step.
    reason
        Where one bad file costs itself alone: the reason of its reject; then `InputError` is
        raised.

    Raises
    ------
    SourceFormatError, InputError
        Something failed that is not an error of Hueset already.
    SourceError
        The operating system refused to read.
    """
    try:
        yield
    except HuesetError:
        raise
    except Exception as error:
        message = f"{what}: {describe_library_error(error)}"
        if reason is not None:
            raise InputError(message, reason=reason, hint=hint) from error
        if isinstance(error, OSError) and error.errno is not None:
            raise SourceError(message, hint=SYSTEM) from error
        raise SourceFormatError(message, hint=hint) from error


def describe_library_error(error: BaseException) -> str:
    """Return in words what a library said of its input."""
    if isinstance(error, UnicodeDecodeError):
        byte = error.object[error.start]
        return f"byte 0x{byte:02x} at {error.start:,} is not {error.encoding}"
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    if isinstance(error, MemoryError):
        return "it does not fit into memory"
    if isinstance(error, KeyError):
        return f"it lacks {error}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    words = " ".join(str(error).split()) or type(error).__name__
    return redact_text(words if len(words) <= WORDS else f"{words[:WORDS]}…")


class _Last:
    """What was read last in this process."""

    source: ResolvedSource | None = None
    member: str | None = None


def remember_read(source: ResolvedSource, member: str | None) -> None:
    """Keep what is read, for an error that comes of it."""
    _Last.source, _Last.member = source, member


def forget_read() -> None:
    """Forget what was read: another step begins."""
    _Last.source = _Last.member = None


def last_read() -> str | None:
    """Return what was read last, in words; None where nothing was."""
    source = _Last.source
    return None if source is None else _in_words(source, _Last.member)


def _in_words(source: ResolvedSource, member: str | None) -> str:
    return f"source {source.name!r}, {member or source.path.name}"


def fault_of_input(
    error: Exception, homes: Sequence[Path], inputs: Sequence[ReadInput] = ()
) -> SourceFormatError | None:
    """Return the error to tell where a builder's parsing of what it read failed; else None.

    It is the input's fault if a library failed in a call that was given the path of an input, or
    something was read before and

    - bytes were not the text they were taken for; or
    - a module of the standard library that reads a format raised an error of its own (what such
      modules say of code are builtin exceptions), or ran out of stack or of bytes; or
    - a library failed in a call that was given a stream, bytes, or the path or text of the source.

    A library of tables may read a page long after it was given the file, and from a handle that
    says nothing of it. So where one fails, the parquet files of the input are read to their end: if
    one of them cannot be, it is at fault.

    A `TypeError`, `KeyError` or `ValueError` in the builder's own lines is the builder's.

    Parameters
    ----------
    error
        What left the builder.
    homes
        The folders of the builder's package.
    inputs
        What the step may read.
    """
    place, told = _given_path(error, homes, inputs) or last_read(), describe_library_error(error)
    if place is None or not (
        isinstance(error, UnicodeDecodeError)
        or _is_of_a_format(error)
        or _was_given_input(error, homes, inputs)
    ):
        broken = find_broken_table(inputs) if _is_of_tables(error) else None
        if broken is None:
            return None
        place, told = _in_words(broken.source, broken.member), describe_library_error(broken.error)
    return SourceFormatError(f"{place} cannot be read: {told}", hint=HINT)


def _is_of_a_format(error: Exception) -> bool:
    if type(error).__module__.partition(".")[0] in FORMATS:
        return True
    if not isinstance(error, RecursionError | EOFError | OSError):
        return False
    *_, (frame, _) = walk_tb(error.__traceback__)
    return str(frame.f_globals.get("__name__")).partition(".")[0] in FORMATS


def _is_of_tables(error: Exception) -> bool:
    """Whether a library that reads tables failed, or was at work when something did."""
    *_, (frame, _) = walk_tb(error.__traceback__)
    modules = (type(error).__module__, str(frame.f_globals.get("__name__")))
    return any(module.partition(".")[0] in TABLES for module in modules)


def _was_given_input(error: Exception, homes: Sequence[Path], inputs: Sequence[ReadInput]) -> bool:
    """Whether the first call that left the builder's own code was handed something to parse."""
    given = _given(error, homes)
    return any(map(_is_input, given)) or _given_path(error, homes, inputs) is not None


def _given_path(error: Exception, homes: Sequence[Path], inputs: Sequence[ReadInput]) -> str | None:
    """Return, in words, the input whose path that call was handed; None where it was none."""
    for value in _given(error, homes):
        if not isinstance(value, str | Path):
            continue
        path = Path(value)
        for source, _ in inputs:
            if path.is_relative_to(source.path) and path.exists():
                inner = path.relative_to(source.path).as_posix()
                return _in_words(source, None if inner == "." else inner)
    return None


def _given(error: Exception, homes: Sequence[Path]) -> list[Any]:
    """Return what the first call that left the builder's own code was given."""
    if isinstance(error, TypeError | AttributeError | NameError | ImportError):
        return []  # Python's own words for a wrong call, whatever it was given
    called = _first_frame_outside(error.__traceback__, homes)
    return [] if called is None else list(_arguments(called))


def _arguments(called: FrameType) -> Iterator[Any]:
    """Yield what a function was called with, as far as it still has it."""
    given = inspect.getargvalues(called)
    for name in given.args:
        yield given.locals.get(name)
    yield from given.locals.get(given.varargs, ()) if given.varargs else ()
    yield from given.locals.get(given.keywords, {}).values() if given.keywords else ()


def _first_frame_outside(
    traceback: TracebackType | None, homes: Sequence[Path]
) -> FrameType | None:
    """Return the frame that the innermost frame of the builder called."""
    called: FrameType | None = None
    inside = False
    while traceback is not None:
        frame = traceback.tb_frame
        own = any(Path(frame.f_code.co_filename).is_relative_to(home) for home in homes)
        if own:
            called = None
        elif inside:
            called = frame
        inside, traceback = own, traceback.tb_next
    return called


def _is_input(value: Any) -> bool:
    source = _Last.source
    if isinstance(value, bytes | bytearray | memoryview):
        return True
    if source is not None and isinstance(value, str | Path):
        return str(value).startswith(str(source.path)) or _is_text_of(source, str(value))
    return callable(getattr(value, "read", None))


def _is_text_of(source: ResolvedSource, text: str) -> bool:
    """Whether a text is a piece of what was read; a word or two may be the name of a column."""
    if len(text.split()) < WORDS_OF_A_PIECE or source.size > PIECE_SEARCH_BYTES:
        return False
    try:
        return text.strip().encode() in source.read(_Last.member)
    except (SourceError, UnicodeEncodeError):
        return False
