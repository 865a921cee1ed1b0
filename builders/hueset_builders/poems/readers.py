"""Readers of the forms in which poems come; the text of a poem is kept character by character."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from hueset.builder import Reject, convert_input_errors
from hueset.errors import SourceFormatError

if TYPE_CHECKING:
    from collections.abc import Iterator

DAMAGE = "\ufffd"
"""The replacement character: somebody upstream decoded the poem wrongly, and what stood there is
lost. It is kept and flagged, since a guess would be an invention."""

_FENCE = re.compile(r"---[ \t]*\r?\n(.*?)(?:^|(?<=\n))---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"([A-Za-z_]+)[ \t]*:(.*)")
_ITEM = re.compile(r"\s*-\s*(.*)")


@dataclass(frozen=True)
class Poem:
    """A poem as it was found.

    Attributes
    ----------
    poem_id
        Unique within the source.
    author, title
        As stated, without outer space; None where not stated.
    text
        The poem, exactly.
    year, country, gender, book, content_type, url
        As stated; None where not stated.
    tags
        As stated, in order.
    damaged_characters
        How many replacement characters stand in text, author and title.
    stated_length
        The length that the source states; None where it states none.
    """

    poem_id: str
    author: str | None
    title: str | None
    text: str
    year: str | None = None
    country: str | None = None
    gender: str | None = None
    book: str | None = None
    content_type: str | None = None
    url: str | None = None
    tags: tuple[str, ...] = ()
    damaged_characters: int = 0
    stated_length: int | None = None


def read_file(raw: bytes, member: str, source: str) -> Poem | Reject:
    """Read a text file: front matter between two lines `---`, then the poem.

    Parameters
    ----------
    raw
        The file's bytes, UTF-8.
    member
        Its name; without the suffix it is the poem's id.
    source
        The source's name, for what is refused.
    """
    try:
        whole = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte {raw[error.start]:#04x} at {error.start}"
        return Reject("poems", source, member, "not_utf8", found, "UTF-8")
    fenced = _FENCE.match(whole)
    if fenced is None:
        expected = "front matter between two lines ---"
        return Reject("poems", source, member, "no_front_matter", whole[:40], expected)
    fields = front_matter(fenced[1])
    text = whole[fenced.end() :]
    poem_id = re.sub(r"\.txt$", "", member)
    lacking = [name for name in ("author", "title") if not _text(fields.get(name))]
    if lacking:
        return Reject("poems", source, member, "not_stated", ", ".join(lacking), "author and title")
    if not text.strip():
        return Reject("poems", source, member, "empty_text", "", "a poem")
    return Poem(
        poem_id=poem_id,
        author=_text(fields["author"]),
        title=_text(fields["title"]),
        text=text,
        year=_text(fields.get("year")),
        country=_text(fields.get("country")),
        gender=_text(fields.get("gender")),
        book=_text(fields.get("book")),
        content_type=_text(fields.get("type")),
        tags=tuple(_texts(fields.get("tags"))),
        damaged_characters=whole.count(DAMAGE),
    )


def front_matter(head: str) -> dict[str, str | list[str]]:
    """Return the fields of front matter: text, or a list where lines `- item` follow.

    Not read as YAML: titles hold colons, quotes and dashes that YAML would refuse.
    """
    fields: dict[str, str | list[str]] = {}
    last = ""
    for line in head.splitlines():
        item, field = _ITEM.fullmatch(line), _FIELD.fullmatch(line)
        if item and last:
            found = fields[last]
            items = found if isinstance(found, list) else ([found] if found else [])
            fields[last] = [*items, item[1].strip()]
        elif field:
            last = field[1].lower()
            fields[last] = field[2].strip()
    return fields


def read_json_list(raw: bytes, source: str) -> Iterator[Poem | Reject]:
    """Read a JSON list of poems (`url, author, title, text, content_type, length, …`).

    Raises
    ------
    SourceFormatError
        It is no JSON, or no list.
    """
    with convert_input_errors(f"{source}: not valid JSON", hint="is the file whole?"):
        entries = json.loads(raw)
    if not isinstance(entries, list):
        message = f"{source}: expected a JSON list of poems, found {type(entries).__name__}"
        raise SourceFormatError(message)
    for at, entry in enumerate(entries, start=1):
        yield _entry(entry, at, source)


def read_json_lines(stream: BinaryIO, source: str) -> Iterator[Poem | Reject]:
    """Read one JSON object per line, one line in memory at a time; blank lines are skipped."""
    for at, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Reject(
                "poems",
                source,
                f"line {at}",
                "not_json",
                line[:40].decode("utf-8", "replace"),
                str(error),
            )
            continue
        yield _entry(entry, at, source)


def _entry(entry: Any, at: int, source: str) -> Poem | Reject:
    place = f"entry {at}"
    if not isinstance(entry, dict):
        return Reject("poems", source, place, "not_an_object", str(entry)[:40], "an object")
    text = entry.get("text")
    if not isinstance(text, str) or not text.strip():
        return Reject("poems", source, place, "empty_text", str(text)[:40], "a text")
    author, title = _text(entry.get("author")), _text(entry.get("title"))
    stated = entry.get("length")
    return Poem(
        poem_id=f"{at:06d}",
        author=author,
        title=title,
        text=text,
        year=_text(entry.get("year")),
        country=_text(entry.get("country")),
        gender=_text(entry.get("gender")),
        book=_text(entry.get("book")),
        content_type=_text(entry.get("content_type")),
        url=_text(entry.get("url")),
        tags=tuple(_texts(entry.get("tags"))),
        damaged_characters=sum((part or "").count(DAMAGE) for part in (text, author, title)),
        stated_length=stated if isinstance(stated, int) and not isinstance(stated, bool) else None,
    )


def _text(given: Any) -> str | None:
    """Return what is stated as text; None for nothing, and for anything but text or a number."""
    if isinstance(given, str):
        return given.strip() or None
    return str(given) if isinstance(given, int) and not isinstance(given, bool) else None


def _texts(given: Any) -> list[str]:
    items = given if isinstance(given, list) else [given]
    return [text for text in map(_text, items) if text]
