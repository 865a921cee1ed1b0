"""Addresses without what opens them: no password or token of a URL is kept or told.

A declaration may name `https://user:password@host/…?token=…`; a server may redirect to an address
that carries a signature. The address itself is used for the request alone. Wherever one is printed,
logged or stored (manifest, card, error, JSON, cache), it goes through here first.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

HIDDEN = "***"

_SECRET = re.compile(
    r"token|secret|passw|passphrase|pwd|signature|credential|session|jwt|bearer|apikey|accesskey"
    r"|^(x-amz-.*|x-goog-.*|key|.*[-_]key|.*keyid|key-pair-id|policy|auth.*|.*auth|sig|sas|code"
    r"|pass|pw|user|username|login|hmac|ticket|nonce|otp|pin)$",
    re.IGNORECASE,
)
"""Names of parameters whose values open something."""

_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>`]+", re.IGNORECASE)
_PARAMETER = re.compile(r"([?&;#])([^=&;#?]+)=([^&;#]*)")
_USERINFO = re.compile(r"^([a-z][a-z0-9+.-]*://)[^/?#]*@", re.IGNORECASE)


def redact_url(url: str) -> str:
    """Return an address without user, password, and the values of parameters that are secrets."""
    bare = _USERINFO.sub(rf"\1{HIDDEN}@", url)
    return _PARAMETER.sub(_without_secret, bare)


def redact_text(text: str) -> str:
    """Return text with every address in it as `redact_url` gives it."""
    return _URL.sub(lambda found: redact_url(found[0]), text) if "://" in text else text


def _without_secret(found: re.Match[str]) -> str:
    before, name, value = found.groups()
    secret = value and _SECRET.search(unquote_plus(name).replace(".", "-"))
    return f"{before}{name}={HIDDEN if secret else value}"
