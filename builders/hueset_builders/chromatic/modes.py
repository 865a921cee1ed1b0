"""What the parameter `media` may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from hueset.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

MEDIA = ("none", "flac", "mel", "preview", "url")
PREVIEW_AUDIO = ("flac", "mel", "preview")
"""With these the preview holds FLAC; with the others no audio is embedded anywhere."""


def check_modes(parameters: Mapping[str, Any]) -> None:
    """Raise `UsageError` where `media` is none of the known ones, or `url` without its base."""
    media, base = str(parameters["media"]), str(parameters["media_url_base"])
    if media not in MEDIA:
        raise UnknownNameError.unknown("media", media, MEDIA)
    told = urlsplit(base)
    if media == "url" and not (told.scheme and told.netloc and not told.query + told.fragment):
        message = f"media: url needs the address that the corpus is served at, found {base!r}"
        hint = "--media-url-base https://example.org/corpus/"
        raise UsageError(message, hint=hint, value=base)
