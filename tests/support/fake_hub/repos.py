"""What the fake Hub keeps: users, repositories with commits and tags, LFS objects, a log."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass, field, replace

from tests.support.fake_hub.faults import Faults

GITATTRIBUTES = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n"
REGULAR_LIMIT = 10 * 2**20
"""A text file above 10 MiB must go through LFS, as on the real Hub."""


@dataclass(frozen=True)
class Entry:
    """One file at a commit; `content` is None for an LFS object, which lies in `Hub.lfs`."""

    sha256: str
    size: int
    content: bytes | None = None

    @property
    def blob_id(self) -> str:
        """The git object id: of the content, or of the LFS pointer in its place."""
        content = self.content
        if content is None:
            pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\n"
            content = f"{pointer}size {self.size}\n".encode()
        return hashlib.sha1(b"blob %d\x00" % len(content) + content).hexdigest()


@dataclass(frozen=True)
class Commit:
    """One commit: the whole tree, and what was said."""

    oid: str
    parent: str | None
    files: dict[str, Entry]
    title: str
    message: str = ""


@dataclass
class Repo:
    """One dataset repository."""

    id: str
    private: bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    head: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    def resolve(self, revision: str) -> Commit | None:
        """Return the commit of a branch, tag or id; None where there is none."""
        oid = {"main": self.head, "refs/heads/main": self.head, **self.tags}.get(revision, revision)
        return self.commits.get(oid)

    def commit(self, files: dict[str, Entry], title: str, message: str = "") -> Commit:
        """Append a commit to `main`."""
        told = [self.head, title, message, str(len(self.commits))]
        told += [f"{path} {entry.blob_id}" for path, entry in sorted(files.items())]
        oid = hashlib.sha1("\n".join(told).encode()).hexdigest()
        made = Commit(oid, self.head or None, dict(files), title, message)
        self.commits[oid], self.head = made, oid
        return made


@dataclass(frozen=True)
class User:
    """Who a token belongs to; `namespaces` None may write everywhere."""

    name: str
    namespaces: tuple[str, ...] | None = ()
    role: str = "write"

    def may_write(self, namespace: str) -> bool:
        """Whether the token lets its owner write there."""
        return self.role == "write" and (
            self.namespaces is None or namespace in (self.name, *self.namespaces)
        )


@dataclass
class Hub:
    """The whole state. `users` None accepts every token as one user who may write everywhere."""

    users: dict[str, User] | None = None
    part_bytes: int = 5 * 2**20
    repos: dict[str, Repo] = field(default_factory=dict)
    lfs: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    log: list[str] = field(default_factory=list)
    _counter: itertools.count[int] = field(default_factory=itertools.count)

    def create(self, repo_id: str, *, private: bool = False) -> Repo:
        """Make a repository as the real Hub does: with one commit that holds `.gitattributes`."""
        repo = self.repos[repo_id] = Repo(repo_id, private)
        repo.commit({".gitattributes": regular(GITATTRIBUTES)}, "initial commit")
        return repo

    def push(self, repo_id: str, path: str, content: bytes) -> Commit:
        """Commit one file, as somebody else would."""
        repo = self.repos[repo_id]
        files = {**repo.commits[repo.head].files, path: regular(content)}
        return repo.commit(files, f"someone's change {next(self._counter)}")

    def spoil(self, repo_id: str, path: str, content: bytes) -> None:
        """Replace the bytes of a file at the head, behind everybody's back."""
        repo = self.repos[repo_id]
        entry = repo.commits[repo.head].files[path]
        if entry.content is None:
            self.lfs[entry.sha256] = content
        else:
            repo.commits[repo.head].files[path] = replace(entry, content=content)

    def read(self, entry: Entry) -> bytes:
        """Return the bytes of a file."""
        return self.lfs[entry.sha256] if entry.content is None else entry.content

    def calls(self, name: str) -> int:
        """Return how often a call was made since the log was cleared."""
        return self.log.count(name)


def regular(content: bytes) -> Entry:
    """Return the entry of a file that lies in git itself."""
    return Entry(hashlib.sha256(content).hexdigest(), len(content), content)
