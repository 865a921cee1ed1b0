"""Arguments of calls whose type is held to, because another would only fail deep below."""

from __future__ import annotations

from collections.abc import Collection

from hueset.errors import UsageError


def require_text(value: object, what: str) -> None:
    """Refuse what is no text where a name is expected.

    Parameters
    ----------
    value
        The argument.
    what
        What it is, as `a split`.

    Raises
    ------
    UsageError
        It is no text; the hint says how a list of names is given.
    """
    if isinstance(value, str):
        return
    message = f"{what} is expected as text, not the {type(value).__name__} {_short(value)}"
    hint = "give a name in quotes"
    if isinstance(value, list | tuple | set | frozenset) and value:
        names = [repr(one) for one in value]
        hint = f"give {names[0]}" if len(names) == 1 else f"give one of {', '.join(names[:4])}"
    raise UsageError(message, hint=hint, value=value)


def require_texts(value: object, what: str) -> None:
    """Refuse what is no list of texts.

    Parameters
    ----------
    value
        The argument.
    what
        What one of them is, as `a column`.

    Raises
    ------
    UsageError
        It is no list, or one of its values is no text.
    """
    if not isinstance(value, Collection):
        message = f"a list of names is expected, not the {type(value).__name__} {_short(value)}"
        raise UsageError(message, hint='give a list, as ["text"]', value=value)
    for one in value:
        require_text(one, what)


def require_count(value: object, what: str, least: int) -> None:
    """Refuse what is no whole number, or is too small.

    Parameters
    ----------
    value
        The argument.
    what
        Its name.
    least
        The smallest that is taken.

    Raises
    ------
    UsageError
        It is no whole number, or below the least.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= least:
        return
    message = f"{what}={_short(value)}: a whole number of at least {least} is expected"
    raise UsageError(message, hint=f"give {what}={least} or more", value=value)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
