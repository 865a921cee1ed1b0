"""A small SVG badge: a dataset's name, and one word."""

from __future__ import annotations

from html import escape

COLOURS = {
    "pass": "#1a7f4b",
    "ready": "#1a7f4b",
    "warn": "#8a5a00",
    "fail": "#b3261e",
    "not ready": "#b3261e",
    "error": "#7a1fa2",
}
LETTER_PX = 6.6
HEIGHT_PX = 20


def draw_badge(name: str, word: str) -> str:
    """Return the badge as SVG text."""
    left, right = _width(name), _width(word)
    total = left + right
    text = 'y="14" fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"'
    said = f"{escape(name)}: {escape(word)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{HEIGHT_PX}" role="img" '
        f'aria-label="{said}"><title>{said}</title>'
        f'<rect width="{total}" height="{HEIGHT_PX}" rx="4" fill="#2b2d42"/>'
        f'<path d="M{left} 0h{right - 4}a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4H{left}z" '
        f'fill="{COLOURS[word]}"/>'
        f'<text x="{left / 2:g}" text-anchor="middle" {text}>{escape(name)}</text>'
        f'<text x="{left + right / 2:g}" text-anchor="middle" {text}>{escape(word)}</text></svg>'
    )


def _width(text: str) -> int:
    return round(len(text) * LETTER_PX) + 14
