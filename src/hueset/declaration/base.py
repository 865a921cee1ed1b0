"""What all declared things share: the words they are made of, and that they are closed."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from hueset.declaration.links import WEB_PATTERN

NAME_PATTERN = r"^[a-z][a-z0-9_]*$"
SHA256_PATTERN = r"^[0-9a-f]{64}$"
SEMVER_PATTERN = r"^\d+\.\d+\.\d+$"
MODULE_PATTERN = r"^[a-z_][\w.]*$"
PROMISE_PATTERN = r"^[a-z0-9][a-z0-9_.-]*$"
REQUIREMENT_PATTERN = r"^(required|optional|any_of:[a-z][a-z0-9_]*)$"
HUB_PATTERN = r"^hf://datasets/[^@]+@[^/]+/.+$"

PATTERN_WORDS = {
    NAME_PATTERN: "a name: lower-case letters, digits and _, beginning with a letter",
    SHA256_PATTERN: "a SHA-256: 64 digits of 0-9 and a-f, as `sha256sum FILE` prints it",
    SEMVER_PATTERN: "MAJOR.MINOR.PATCH, three numbers such as 1.0.0",
    MODULE_PATTERN: "the name of a Python module, such as my_builders.moods",
    PROMISE_PATTERN: "an id: lower-case letters, digits, and _ . - inside",
    REQUIREMENT_PATTERN: "required, optional or any_of:GROUP",
    HUB_PATTERN: "hf://datasets/NAMESPACE/NAME@REVISION/PATH",
    WEB_PATTERN: "an address of the web: https://…",
}
"""What a text must look like, in words."""

COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")
"""A number with a decimal comma, which YAML reads as text."""

Name = Annotated[str, Field(pattern=NAME_PATTERN, max_length=64)]
Sha256 = Annotated[str, Field(pattern=SHA256_PATTERN)]
Semver = Annotated[str, Field(pattern=SEMVER_PATTERN)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]

SPLITS = ("train", "validation", "test")
HUMAN_KINDS = ("rating", "stars", "class", "class_norm")
COMPUTED_KINDS = ("lexicon", "computed")
LABEL_KINDS = (*HUMAN_KINDS, "tag", *COMPUTED_KINDS)


class Frozen(BaseModel):
    """A declared thing: immutable, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
