"""`units.json`: the units of work a version is made of, with the digest of each one's shard."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, RootModel

from hueset.documents.base import Label

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")]


class Units(RootModel[dict[Label, Digest]]):
    """Key of the unit → digest of its shard."""

    model_config = ConfigDict(frozen=True, strict=True)
