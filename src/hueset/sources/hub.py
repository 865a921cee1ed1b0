"""Files pinned as `hf://datasets/<ns>/<name>@<revision>/<path>`, through `huggingface_hub`.

The client resumes and retries by itself, and keeps what it fetched below the cache of Hueset.
`HF_ENDPOINT` and `HF_TOKEN` are honoured.
"""

from __future__ import annotations

import importlib.util
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hueset.errors import (
    FetchError,
    FetchNotFoundError,
    FetchRefusedError,
    FetchServerError,
    SourceError,
)
from hueset.sources import cache as cachedir

if TYPE_CHECKING:
    from typing import TypeVar

    from huggingface_hub.errors import HfHubHTTPError

    E = TypeVar("E", bound=FetchError)

EXTRA = "hueset[hub]"
NO_ANSWER = "the Hub gives no answer"
NETWORK = "is there a network? is HF_HUB_OFFLINE or HF_ENDPOINT set by mistake?"
_ADDRESS = re.compile(r"hf://datasets/(?P<repo>[^@]+)@(?P<revision>[^/]+)/(?P<path>.+)")


_CHOICE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class Address:
    """The parts of an `hf://` address."""

    repo: str
    revision: str
    path: str

    @property
    def paths(self) -> list[str]:
        """The files it names: `data/{train,test}.parquet` are two of one folder."""
        choice = _CHOICE.search(self.path)
        if choice is None:
            return [self.path]
        return [_CHOICE.sub(word.strip(), self.path, count=1) for word in choice[1].split(",")]


def parse_hub_address(address: str) -> Address:
    """Read an `hf://` address; the declaration's model has checked its form."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        message = f"{address!r} is not hf://datasets/<ns>/<name>@<revision>/<path>"
        raise SourceError(message, hint="fix the address", value=address)
    return Address(found["repo"], found["revision"], found["path"])


def cached_hub_file(address: str) -> Path | None:
    """Return where lies what was fetched before; None if it was not, or cannot be told."""
    if importlib.util.find_spec("huggingface_hub") is None or not _home().exists():
        return None
    from huggingface_hub import try_to_load_from_cache

    parts = parse_hub_address(address)
    found = [
        try_to_load_from_cache(
            parts.repo, path, cache_dir=_home(), revision=parts.revision, repo_type="dataset"
        )
        for path in parts.paths
    ]
    held = [Path(file) for file in found if isinstance(file, str)]
    return _one(held) if len(held) == len(found) else None


def fetch_hub_file(address: str, source: str, *, patient: bool = True) -> Path:
    """Download one file of a dataset repository, or several, and return where it lies.

    Of several files it is the folder that is returned; what is there already is not fetched again.

    Parameters
    ----------
    address
        `hf://datasets/<ns>/<name>@<revision>/<path>`.
    source
        The source's name, for messages.
    patient
        Whether a Hub that does not answer is asked again, for about half a minute.

    Raises
    ------
    FetchError
        It could not be had, or `huggingface_hub` is not installed; the subclass tells which.
    """
    if importlib.util.find_spec("huggingface_hub") is None:
        message = f"source {source!r}: {address} needs the package huggingface_hub"
        hint = f"pip install '{EXTRA}', or give the file by --source {source}=PATH"
        raise FetchError(message, hint=hint, value=address)
    from huggingface_hub import constants, errors, hf_hub_download

    parts, endpoint = (
        parse_hub_address(address),
        os.environ.get("HF_ENDPOINT") or constants.ENDPOINT,
    )
    if not patient:
        _knock(endpoint, address, source)
    try:
        fetched = [
            hf_hub_download(
                parts.repo,
                path,
                repo_type="dataset",
                revision=parts.revision,
                cache_dir=_home(),
                endpoint=endpoint,
            )
            for path in parts.paths
        ]
    except errors.GatedRepoError as error:
        hint = "accept its terms in a browser, and set HF_TOKEN"
        raise _fault(FetchRefusedError, address, source, "is gated", hint) from error
    except errors.RepositoryNotFoundError as error:
        hint = "it has moved or is private: look for it on the Hub, or set HF_TOKEN"
        raise _fault(FetchNotFoundError, address, source, "no such repository", hint) from error
    except errors.RevisionNotFoundError as error:
        hint = "the revision was removed: pin one that exists"
        raise _fault(FetchNotFoundError, address, source, "no such revision", hint) from error
    except errors.LocalEntryNotFoundError as error:
        if isinstance(error.__cause__, errors.HfHubHTTPError):
            raise _hub_fault(error.__cause__, address, source) from error
        raise _fault(FetchError, address, source, NO_ANSWER, NETWORK) from error
    except errors.EntryNotFoundError as error:
        hint = "the file is not in that revision: look at the repository's files"
        raise _fault(FetchNotFoundError, address, source, "no such file", hint) from error
    except errors.HfHubHTTPError as error:
        raise _hub_fault(error, address, source) from error
    return _one([Path(file) for file in fetched])


def _one(files: list[Path]) -> Path:
    """Return the single file, or the folder of several; it lies in the snapshot of a revision."""
    return files[0] if len(files) == 1 else files[0].parent


def _knock(endpoint: str, address: str, source: str) -> None:
    """Raise if the Hub cannot be reached: its client would go on trying for half a minute."""
    import httpx

    try:
        httpx.head(endpoint, timeout=10.0)
    except httpx.TransportError as error:
        raise _fault(FetchError, address, source, NO_ANSWER, NETWORK) from error


def _hub_fault(error: HfHubHTTPError, address: str, source: str) -> FetchError:
    said = f"the Hub answered {error.response.status_code}"
    return _fault(FetchServerError, address, source, said, "try again later")


def _fault(kind: type[E], address: str, source: str, said: str, hint: str) -> E:
    return kind(
        f"source {source!r}: {address}: {said}",
        hint=f"{hint}; or give the file yourself by --source {source}=PATH",
        value=address,
    )


def _home() -> Path:
    return cachedir.cache_dir() / "hub"
