r"""Text of the data as a terminal may be given it: nothing in it acts, all of it can be read.

A control character in a title, a class or an answer could move the cursor, rename the window or
turn the direction of a line. So each is written as its escape, `\x1b` or `\u202e`. Where a
terminal knows ASCII alone, our own signs become the nearest letters.
"""

from __future__ import annotations

import re

ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
"""Control characters but for tab and line end, and what turns the direction of a text."""

PLAIN = str.maketrans(
    {
        "–": "-",
        "—": "-",
        "…": "...",
        "·": "|",
        "→": "->",
        "×": "x",
        "≥": ">=",
        "≤": "<=",
        "▁": "1",
        "▂": "2",
        "▃": "3",
        "▄": "4",
        "▅": "5",
        "▆": "6",
        "▇": "7",
        "█": "8",
    }
)
"""Our own signs where there is ASCII alone; the bars of a histogram are digits."""


def escape_control(text: str) -> str:
    """Return a text in which nothing acts on a terminal."""
    return ACTING.sub(lambda found: _escape(found[0]), text)


def printable_json(text: str) -> str:
    """Return JSON of the same value in which nothing acts on a terminal."""
    return ACTING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def plain_signs(text: str) -> str:
    """Return a text with our own signs in ASCII."""
    return text.translate(PLAIN)


def _escape(letter: str) -> str:
    return f"\\x{ord(letter):02x}" if ord(letter) < 256 else f"\\u{ord(letter):04x}"
