"""The Hub as publishing sees it: a few calls over `huggingface_hub`, retried, told in plain words.

The library repeats lost calls of an upload itself, but not those that create, commit, tag or read;
those are repeated here. The token is taken by the library from its own places; here it is only
used to take it out of every text that leaves this module.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from hueset.release.hub.errors import HubError, HubExtraError, HubTokenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from huggingface_hub import HfApi

T = TypeVar("T")

TRANSIENT = (408, 429, 500, 502, 503, 504)
CONFLICT = (409, 412)
HOME = "huggingface.co"


@dataclass(frozen=True)
class Backoff:
    """How often a lost call is repeated, and how long is waited before: doubling, up to a limit."""

    tries: int = 6
    first_s: float = 1.0
    most_s: float = 30.0

    @classmethod
    def from_environment(cls) -> Backoff:
        """Read `HUESET_HUB_TRIES` and `HUESET_HUB_WAIT_S`, where they are set."""
        return cls(
            tries=int(os.environ.get("HUESET_HUB_TRIES", cls.tries)),
            first_s=float(os.environ.get("HUESET_HUB_WAIT_S", cls.first_s)),
        )

    def wait_s(self, attempt: int, asked_s: float | None) -> float:
        """Return how long to wait after a failed attempt (from 1), or what the server asked for."""
        return min(self.first_s * 2 ** (attempt - 1), self.most_s) if asked_s is None else asked_s


@dataclass(frozen=True)
class RemoteFile:
    """One file at a commit.

    Attributes
    ----------
    path
        Below the repository's root.
    size
        In bytes.
    blob_id
        Its git object id; of an LFS file that of the pointer.
    sha256
        Of its bytes, where the Hub keeps it by LFS; None for a small file in git itself.
    """

    path: str
    size: int
    blob_id: str
    sha256: str | None


class Hub:
    """One dataset repository on the Hub.

    Parameters
    ----------
    repo
        `namespace/name`.
    note
        Told what is repeated and why.
    backoff
        How lost calls are repeated.

    Raises
    ------
    HubExtraError
        The extra `[hub]` is not installed.
    """

    def __init__(
        self,
        repo: str,
        *,
        note: Callable[[str], None] = lambda _: None,
        backoff: Backoff | None = None,
    ) -> None:
        prepare_environment()
        try:
            from huggingface_hub import HfApi, get_token
            from huggingface_hub.utils import disable_progress_bars, logging
        except ImportError as error:
            message = f"the Hub needs libraries that are not installed: {error.name}"
            raise HubExtraError(message, hint='pip install "hueset[hub]"') from error
        disable_progress_bars()
        # What it would print about a repeated call is said by `note`, in fewer words.
        logging.set_verbosity_error()
        self.repo, self.note = repo, note
        self.backoff = backoff or Backoff.from_environment()
        self._token = get_token()
        self.api: HfApi = HfApi()

    @property
    def endpoint(self) -> str:
        """The server's address, without what a user and password in it would give away."""
        parts = urlsplit(self.api.endpoint)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))

    @property
    def has_token(self) -> bool:
        """Whether the library found a token."""
        return bool(self._token)

    def head(self) -> str | None:
        """Return the commit `main` points at; None where there is no such repository to see."""
        return self.persist("look at the repository", self._head)

    def files(self, commit: str) -> dict[str, RemoteFile]:
        """Return every file at a commit."""
        return self.persist("list the files", lambda: dict(self._files(commit)))

    def tags(self) -> dict[str, str]:
        """Return the tags and the commits they point at."""

        def call() -> dict[str, str]:
            refs = self.api.list_repo_refs(self.repo, repo_type="dataset")
            return {tag.name: tag.target_commit for tag in refs.tags}

        return self.persist("list the tags", call)

    def history(self, head: str, stop: str | None, most: int = 50) -> list[tuple[str, str]]:
        """Return (commit, message) from `head` back to, but without, `stop`."""

        def call() -> list[tuple[str, str]]:
            made = []
            told = self.api.list_repo_commits(self.repo, repo_type="dataset", revision=head)
            for commit in told[:most]:
                if commit.commit_id == stop:
                    break
                made.append((commit.commit_id, f"{commit.title}\n{commit.message}"))
            return made

        return self.persist("read the history", call)

    def read(self, commit: str, path: str) -> bytes:
        """Return the bytes of a file at a commit."""
        return self.persist(f"read {path}", lambda: b"".join(self.stream(commit, path)))

    def stream(self, commit: str, path: str) -> Iterator[bytes]:
        """Yield the bytes of a file at a commit."""
        from huggingface_hub import hf_hub_url
        from huggingface_hub.utils import hf_raise_for_status, http_stream_backoff

        url = hf_hub_url(
            self.repo, path, repo_type="dataset", revision=commit, endpoint=self.api.endpoint
        )
        headers = {**self.api._build_hf_headers(), "Accept-Encoding": "identity"}
        with http_stream_backoff("GET", url, headers=headers, max_retries=0) as answer:
            if answer.status_code >= 400:
                answer.read()
            hf_raise_for_status(answer)
            yield from answer.iter_bytes(1 << 20)

    def persist(
        self,
        what: str,
        call: Callable[[], T],
        *,
        settled: Callable[[], T | None] | None = None,
        state: str = "",
    ) -> T:
        """Make a call, and repeat it while it fails for a passing reason.

        Parameters
        ----------
        what
            What it does, to be told: "could not <what>".
        call
            The call.
        settled
            Asked after each failure that may have come too late: whether the call was carried out
            although its answer was lost; returns the answer then, else None.
        state
            What the Hub holds if this fails for good, as a hint.
        """
        for attempt in range(1, self.backoff.tries + 1):
            try:
                return call()
            except Exception as error:
                status, asked_s = status_of(error), _retry_after_s(error)
                passing = status in TRANSIENT or is_transport(error)
                if settled is not None and (passing or status in CONFLICT):
                    answer = settled()
                    if answer is not None:
                        self.note(f"{what}: the answer was lost, but it is done")
                        return answer
                if not (passing or status == 409) or attempt == self.backoff.tries:
                    raise self.told(what, error, state) from self.safe(error)
                wait_s = self.backoff.wait_s(attempt, asked_s)
                reason = self.scrub(_reason(error, status))
                self.note(f"{what}: {reason}; trying again in {wait_s:g} s")
                time.sleep(wait_s)
        raise AssertionError  # the last attempt returns or raises

    def told(self, what: str, error: Exception, state: str = "") -> Exception:
        """Return an error of the library in plain words, without the token."""
        if isinstance(error, HubError | HubTokenError):
            return error
        status = status_of(error)
        text = self.scrub(_reason(error, status))
        message = f"{self.repo}: could not {what}: {text}"
        kind: type[HubError | HubTokenError] = HubTokenError if status in {401, 403} else HubError
        hint = "; ".join(filter(None, [state, self._hint(status)]))
        return kind(message, hint=hint, value=status)

    def scrub(self, text: str) -> str:
        """Return a text without the token."""
        return text.replace(self._token, "<token>") if self._token else text

    def safe(self, error: BaseException) -> BaseException | None:
        """Return the error as a cause to be shown in a traceback; None if it holds the token."""
        import traceback

        shown = "".join(traceback.format_exception(error))
        return None if self._token and self._token in shown else error

    def _hint(self, status: int | None) -> str:
        if status == 401:
            if not self._token:
                return "no token was found: `hf auth login`, or set HF_TOKEN"
            return "the token is not valid here: `hf auth login`, or set another HF_TOKEN"
        if status == 403:
            return "the token may not do this: use one with write access to that namespace"
        if status == 404:
            return f"there is no {self.repo} on {self.endpoint}, or this token may not see it"
        return "run the same command again to resume"

    def _head(self) -> str | None:
        from huggingface_hub.errors import RepositoryNotFoundError

        try:
            return self.api.dataset_info(self.repo, revision="main").sha
        except RepositoryNotFoundError:
            return None

    def _files(self, commit: str) -> Iterator[tuple[str, RemoteFile]]:
        from huggingface_hub import RepoFile

        for item in self.api.list_repo_tree(
            self.repo, recursive=True, revision=commit, repo_type="dataset"
        ):
            if isinstance(item, RepoFile):
                sha256 = item.lfs.sha256 if item.lfs else None
                yield item.path, RemoteFile(item.path, item.size, item.blob_id, sha256)


def prepare_environment() -> None:
    """Settle what `huggingface_hub` reads when it is imported.

    A server that is not the Hub itself is not known to speak Xet, and the library does not fall
    back; the classic upload works on all of them.
    """
    endpoint = os.environ.get("HF_ENDPOINT", f"https://{HOME}")
    if (urlsplit(endpoint).hostname or "") != HOME:
        os.environ.setdefault("HF_HUB_DISABLE_XET", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status behind an error of the library, if there is one."""
    for one in _causes(error):
        answer = getattr(one, "response", None)
        status = getattr(answer, "status_code", None)
        if isinstance(status, int):
            return status
    return None


def is_transport(error: BaseException) -> bool:
    """Whether the connection failed, rather than the server refusing."""
    if status_of(error) is not None:
        return False
    names = {kind.__name__ for one in _causes(error) for kind in type(one).__mro__}
    return bool(names & {"TransportError", "ConnectionError", "TimeoutError"})


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen = 0
    while error is not None and seen < 10:
        yield error
        error, seen = error.__cause__ or error.__context__, seen + 1


def _retry_after_s(error: BaseException) -> float | None:
    for one in _causes(error):
        headers: Any = getattr(getattr(one, "response", None), "headers", None) or {}
        asked = str(headers.get("retry-after", "")).strip()
        if asked.isdigit():
            return float(asked)
    return None


def _reason(error: BaseException, status: int | None) -> str:
    if status is not None:
        said = next(
            (m for one in _causes(error) if (m := getattr(one, "server_message", None))), None
        )
        return f"the server answered {status}" + (f" ({said})" if said else "")
    deepest = list(_causes(error))[-1]
    if is_transport(error):
        return f"the connection failed ({type(deepest).__name__})"
    told = f"{type(error).__name__}: {error}"
    return told if deepest is error else f"{told} ({type(deepest).__name__}: {deepest})"
