"""Addresses that may be made a link of: those of the web, and nothing that a browser would run."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

WEB_PATTERN = r"^https?://[^\s<>\"'\\^`{|}\x00-\x1f\x7f]+$"
"""What a declared address must look like; `javascript:` and the like are no pages to read."""


def web_link(address: str | None) -> str | None:
    """Return an address if it is one of the web, else None: then its text stands without a link.

    It is asked of whatever comes out of a manifest, which somebody else may have written.
    """
    if address is None or not re.match(WEB_PATTERN, address):
        return None
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return None
    return address if host else None


def markdown_link(text: str, address: str | None) -> str:
    """Return a Markdown link; the text alone where the address is none of the web."""
    link = web_link(address)
    if link is None:
        return text
    return f"[{text}]({link.replace('(', '%28').replace(')', '%29')})"
