"""What all declared things share: the words they are made of, and that they are closed."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Semver = Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]

SPLITS = ("train", "validation", "test")
HUMAN_KINDS = ("rating", "stars", "class", "class_norm")
COMPUTED_KINDS = ("lexicon", "computed")
LABEL_KINDS = (*HUMAN_KINDS, "tag", *COMPUTED_KINDS)


class Frozen(BaseModel):
    """A declared thing: immutable, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
