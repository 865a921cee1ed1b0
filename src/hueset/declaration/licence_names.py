"""Whether a declared licence is one: an SPDX expression, a word for none, or words of your own.

Identifiers and their expressions are those of SPDX (https://spdx.org/licenses). What is looked for
is the slip: `banana`, `CC BY 4.0`, `CC-BY-4`. Three words or more that are near no identifier are
taken as they stand, as in `public domain poems; the collection asks that …`: nothing is concluded
from them.
"""

from __future__ import annotations

import difflib
import re
from typing import Annotated

from pydantic import AfterValidator

from hueset.declaration.licence_terms import AND, UNSTATED, licence_terms, split_expression
from hueset.errors import DeclarationError

COMMON = (
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-NC-3.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-ND-3.0",
    "CC-BY-NC-ND-4.0",
    "CC-BY-NC-SA-3.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-ND-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "CDLA-Sharing-1.0",
    "GPL-2.0-only",
    "GPL-3.0-only",
    "ISC",
    "LGPL-3.0-only",
    "MIT",
    "MPL-2.0",
    "ODC-By-1.0",
    "ODbL-1.0",
    "PDDL-1.0",
    "Unlicense",
)
"""Those that data and code are usually under; the nearest one is told for a slip."""

OWN_WORDS = 3
"""So many words are a sentence, and no misspelt identifier."""

_NO_IDENTIFIER = re.compile(r"unstated|mixed\b.*|public domain\b.*", re.IGNORECASE | re.DOTALL)


def check_licence(text: str) -> str:
    """Return a declared licence as it is.

    Raises
    ------
    DeclarationError
        It is empty, or one or two words that SPDX does not know. The message lacks file and line.
    """
    if not text.strip():
        message = "it is empty"
        hint = f"name the licence as SPDX does, such as CC-BY-4.0; `{UNSTATED}` where there is none"
        raise DeclarationError(message, hint=hint, value=text)
    if _NO_IDENTIFIER.fullmatch(text) or all(
        licence_terms(one) is not None for one in split_expression(text)
    ):
        return text
    if _is_expression(text):
        return text
    near = _nearest(text)
    if len(text.split()) >= OWN_WORDS and not near and AND not in text:
        return text
    hint = f"did you mean {near!r}? " if near else ""
    hint += (
        f"SPDX names are at spdx.org/licenses; `LicenseRef-NAME` is one of your own, `{UNSTATED}`"
    )
    message = f"{text!r} is no licence that SPDX knows"
    raise DeclarationError(message, hint=hint + " where none is stated", value=text)


Licence = Annotated[str, AfterValidator(check_licence)]
"""A declared licence."""


def _is_expression(text: str) -> bool:
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        canonicalize_license_expression(text)
    except InvalidLicenseExpression:
        return False
    return True


def _nearest(text: str) -> str | None:
    """Return the common licence that a text is most like, however its parts are joined."""
    known = {name.lower(): name for name in COMMON}
    joined = re.sub(r"[\s_]+", "-", text.strip().lower())
    found = difflib.get_close_matches(joined, known, n=1, cutoff=0.75)
    return known[found[0]] if found else None
