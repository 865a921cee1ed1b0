"""Where rows come from: a source, its pin, its form."""

from __future__ import annotations

import difflib
from encodings.aliases import aliases
from typing import Any, Literal

from pydantic import Field, field_serializer, field_validator, model_validator

from hueset.declaration.base import HUB_PATTERN, REQUIREMENT_PATTERN, Frozen, Name, Sha256
from hueset.declaration.former_keys import both_keys
from hueset.declaration.licence_names import Licence
from hueset.declaration.links import WEB_PATTERN
from hueset.errors import DeclarationError
from hueset.redaction import redact_url


class MembersPin(Frozen):
    """A pin over the matched members of a folder or archive whose container may differ."""

    glob: tuple[str, ...] = Field(
        description="Patterns of the members that count, e.g. `*/pos/*.txt`."
    )
    count: int = Field(gt=0, description="How many members match.")
    digest: Sha256 | None = Field(
        default=None,
        description="SHA-256 over the lines `<sha256>  <member>` of the matches, sorted by member. "
        "Absent only where no copy was at hand; then `sources.lock` records it at first fetch.",
    )


class Pin(Frozen):
    """What the bytes of a source must be."""

    sha256: Sha256 | None = Field(default=None, description="SHA-256 of the file.")
    bytes: int | None = Field(default=None, gt=0, description="Size of the file in bytes.")
    members: MembersPin | None = Field(default=None, description="Pin over named members instead.")
    pin_on_first_fetch: bool = Field(
        default=False,
        validation_alias=both_keys("pin_on_first_fetch"),
        description="The bytes were never at hand here: `hueset sources --lock` records them in "
        "`sources.lock` at first fetch, and from then on a change is an error.",
    )
    unpinned: bool = Field(
        default=False,
        validation_alias=both_keys("unpinned"),
        description="The source is the user's own growing corpus: it is hashed and recorded in the "
        "manifest, never compared.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Pin:
        later, never = self.pin_on_first_fetch, self.unpinned
        ways = [self.sha256 is not None, self.members is not None, later, never]
        if sum(ways) != 1:
            message = (
                "give exactly one of sha256 (with bytes), members, pin_on_first_fetch: true, "
                "unpinned: true"
            )
            hint = (
                "`pin_on_first_fetch: true`, and `hueset sources --lock` records the bytes; "
                "`unpinned: true` for a corpus of your own that grows"
            )
            raise DeclarationError(message, hint=hint)
        if (self.sha256 is None) != (self.bytes is None):
            message = "sha256 and bytes belong together"
            hint = "`sha256sum FILE` and `wc -c FILE` print them"
            raise DeclarationError(message, hint=hint)
        return self


class Format(Frozen):
    """How a source's tables are written, where the file name does not tell."""

    type: Literal["csv", "tsv", "json", "jsonl", "parquet"] | None = Field(
        default=None, description="Default: by the file's suffix (`.gz` may follow)."
    )
    header: bool = Field(
        default=True, description="csv and tsv: the first row holds the names of the columns."
    )
    quoting: bool = Field(
        default=True, description="csv and tsv: fields may stand in double quotes."
    )
    delimiter: str | None = Field(
        default=None,
        min_length=1,
        max_length=1,
        description="csv and tsv: what stands between two fields. Default: a comma or a tab.",
    )
    encoding: str = Field(
        default="utf-8",
        description="csv, tsv, json and jsonl: a name Python knows, e.g. `latin-1`. Its byte order "
        "mark is dropped; that of another encoding is an error.",
    )
    tolerant: bool = Field(
        default=False,
        description="Rows that do not fit (csv and tsv: another number of fields than the first "
        "row; jsonl: no JSON) are known to be there, and the builder refuses or fixes them one by "
        "one. Without it they end a build before it begins.",
    )

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, given: str) -> str:
        """Refuse an encoding that Python cannot read text with."""
        try:
            b"".decode(given)
            "a".encode(given).decode(given)
        except (LookupError, ValueError) as error:
            near = difflib.get_close_matches(given.lower(), sorted(set(aliases.values())), n=1)
            meant = f"did you mean {near[0].replace('_', '-')!r}?" if near else "most is utf-8"
            message = f"{given!r} is no encoding of text that Python knows"
            raise DeclarationError(message, hint=meant, value=given) from error
        return given


class Source(Frozen):
    """Where rows come from, and what they must look like on arrival."""

    description: str = Field(min_length=1, description="What it holds, in one sentence.")
    licence: Licence = Field(
        description="As SPDX names it (`CC-BY-4.0`), `LicenseRef-NAME`, `unstated`, or a sentence "
        "of your own; a slip is an error. Of a `version` that of the version which is read "
        "counts.",
    )
    citation: str = Field(min_length=5, description="Who made it: authors, title, year.")
    homepage: str | None = Field(
        default=None,
        pattern=WEB_PATTERN,
        repr=False,
        description="Where people read about it: an address that begins with http:// or https://.",
    )
    requirement: str = Field(
        default="required",
        pattern=REQUIREMENT_PATTERN,
        validation_alias=both_keys("requirement"),
        description="`required`, `optional`, or `any_of:<group>`: one of the group is enough; the "
        "first declared that is found is used.",
    )
    kind: Literal["file", "folder", "version"] = Field(
        default="file",
        description="`file`: one file, which may be an archive read by member. `folder`: a folder, "
        "or an archive of one. `version`: a version of another dataset of this project, out of "
        "the store.",
    )
    dataset: Name | None = Field(
        default=None,
        description="Of a `version`: the other dataset. Its latest version that passed is read, "
        "or the one that `--source NAME=VERSION` names.",
    )
    mirror: str | None = Field(default=None, description="Its path below `--mirror DIR`.")
    url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        repr=False,
        description="A URL of exactly the pinned bytes. What opens it (a password, a token) is "
        "used for the request and stands nowhere else.",
    )
    hub: str | None = Field(
        default=None,
        pattern=HUB_PATTERN,
        description="`hf://datasets/<ns>/<name>@<revision>/<path>`; a path such as "
        "`data/{train,test}.parquet` names several files, for `kind: folder`.",
    )
    pin: Pin = Field(
        description="What its bytes must be. A `version` needs none: the manifest of what is built "
        "from it records its name and digest.",
    )
    format: Format = Field(default=Format(), description="How its tables are written.")
    columns: tuple[str, ...] = Field(
        default=(),
        description="Columns it must have, in order; where the file has no header, their number "
        "is compared. Of a folder or archive: of each of its tables.",
    )
    rows: int | None = Field(
        default=None,
        gt=0,
        description="Rows it must have, as published. Of a folder or archive: its files, or where "
        "`columns` are declared the rows of its tables together.",
    )
    unpacked_bytes: int | None = Field(
        default=None,
        gt=0,
        description="Bytes that may come out of an archive or `.gz`. Default: a hundred times its "
        "own size, and 1 GiB at least; more is refused as made to harm.",
    )
    dimensions: tuple[str, ...] = Field(
        default=(),
        validation_alias=both_keys("dimensions"),
        description="Dimensions its rows carry labels for.",
    )
    manual_download: str | None = Field(
        default=None,
        validation_alias=both_keys("manual_download"),
        description="How to get it by hand, where no URL can be given.",
    )
    option: bool = Field(
        default=False,
        description="People bring it themselves: commands that build this dataset offer it as an "
        "option, `--NAME PATH` for `--source NAME=PATH`.",
    )

    @model_validator(mode="before")
    @classmethod
    def _version_is_recorded(cls, given: Any) -> Any:
        """Give a version the one pin it can have: recorded in the manifest, never compared."""
        if isinstance(given, dict) and given.get("kind") == "version" and "pin" not in given:
            return {**given, "pin": {"unpinned": True}}
        return given

    @model_validator(mode="after")
    def _version_of_a_dataset(self) -> Source:
        if (self.kind == "version") != (self.dataset is not None):
            message = "`kind: version` and `dataset:` belong together"
            raise DeclarationError(message, hint="give both, or neither of them")
        if self.kind == "version" and (
            self.mirror or self.url or self.hub or not self.pin.unpinned
        ):
            message = "a version lies in the store: it has no mirror, url, hub or pin"
            raise DeclarationError(message, hint="leave these keys away")
        return self

    @field_serializer("url", "homepage")
    def _without_secrets(self, address: str | None) -> str | None:
        """Write an address without what opens it: a dump is there to be kept."""
        return redact_url(address) if address else address

    @property
    def group(self) -> str | None:
        """The `any_of` group this source belongs to, if any."""
        _, _, group = self.requirement.partition("any_of:")
        return group or None
