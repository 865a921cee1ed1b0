"""Read a page as a browser would: its elements, what they point to, the scripts and the data."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

POINTING = ("href", "src", "action", "srcset", "poster", "formaction", "xlink:href", "data")


@dataclass
class Page(HTMLParser):
    """What a page holds."""

    text: str
    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str]] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._inside: tuple[str, dict[str, str]] = ("", {})
        self.feed(self.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.attributes += told.items()
        self._inside = (tag, told)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ("", {})

    def handle_data(self, data: str) -> None:
        tag, told = self._inside
        if tag == "script" and told.get("type") == "application/json":
            self.data[told["id"]] = json.loads(data)
        elif tag == "script":
            self.scripts.append(data)
        elif tag == "style":
            self.styles.append(data)
        else:
            self.words.append(data)

    def pointed_to(self) -> list[str]:
        """Every address in an attribute or a style sheet."""
        found = [value for name, value in self.attributes if name in POINTING]
        return found + [
            url for style in self.styles for url in re.findall(r"url\(([^)]*)\)|@import", style)
        ]

    def handlers(self) -> list[str]:
        """Attributes that would run something."""
        return [name for name, _ in self.attributes if name.startswith("on")]
