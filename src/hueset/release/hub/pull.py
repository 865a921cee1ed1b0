"""A published version into the local store: every byte verified before it appears."""

from __future__ import annotations

import fcntl
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hueset.documents.metadata import metadata_of
from hueset.documents.record_kinds import RecordKind
from hueset.errors import StoreError, UsageError
from hueset.failpoints import pass_failpoint
from hueset.files.hashing import file_sha256
from hueset.release.hub.errors import PublishedBytesError
from hueset.release.hub.release import files_of, read_manifest
from hueset.release.hub.verify import release_commit
from hueset.release.tag import is_release, tag_order
from hueset.store.metadata_revisions import manifest_bytes, pending_revision, write_revision
from hueset.store.version import StoredVersion, kind_of
from hueset.store.version_documents import DOCUMENTS, hash_documents

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hueset.documents.manifest import Manifest
    from hueset.release.hub.hub import Hub
    from hueset.release.hub.send import SendWatcher
    from hueset.store.store import VersionStore


@dataclass(frozen=True)
class PullResult:
    """What pulling came to.

    Attributes
    ----------
    version
        The version in the store.
    state
        `pulled`, or `unchanged` (it was there).
    tag, commit
        Where it came from.
    latest
        Whether the store's `latest` points at it now.
    """

    version: StoredVersion
    state: str
    tag: str
    commit: str
    latest: bool


def split_reference(reference: str) -> tuple[str, str | None]:
    """Split `namespace/name@tag`; without a tag the newest release is meant.

    Raises
    ------
    UsageError
        It is not of that form.
    """
    repo, _, tag = reference.partition("@")
    if repo.count("/") != 1 or not all(repo.split("/")) or (not tag and "@" in reference):
        message = f"{reference!r} is no published version"
        raise UsageError(
            message, hint="for example: hueset pull name/space@v1.0.0", value=reference
        )
    return repo, tag or None


def pull_release(
    store: VersionStore, hub: Hub, tag: str | None, watcher: SendWatcher
) -> PullResult:
    """Bring a release into the store.

    Files that arrived whole are kept when it breaks off, and not asked for again. Where `main` says
    newer metadata of this very release, a licence for one, they are recorded beside it. `latest`
    moves only to a version that passed and is newer than what it points at.

    Raises
    ------
    PublishedBytesError
        There is no such release, or a file does not have the bytes its manifest promises.
    """
    if tag is None:
        known = [*filter(is_release, hub.tags())] if hub.head() else []
        tag = max(known, key=tag_order, default="v1.0.0")
    commit = release_commit(hub, tag)
    where = f"{hub.repo}@{tag}"
    content = hub.read(commit, "manifest.json")
    manifest = read_manifest(content, where)
    dataset, name = manifest.dataset, manifest.version
    if name in store.versions(dataset):
        found = store.version(dataset, name)
        if manifest_bytes(found) != content:
            _check_equal(found.manifest, manifest, where)
            found = _take_metadata(store, found, manifest, hub, commit)
        found = _take_newest_metadata(store, found, hub, commit)
        return PullResult(found, "unchanged", tag, commit, store.latest(dataset) == name)
    # A fixed name, so that the next pull finds what this one got.
    staged = store.root / dataset / "_staging" / f"pull-{name}"
    folder = staged / "version"
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(staged, where):
        _fetch(hub, commit, where, manifest, folder, watcher)
        (folder / "manifest.json").write_bytes(content)
        _check_documents(StoredVersion(dataset, name, folder), where)
        pass_failpoint("pulled")
        newer = _is_newer(store, manifest)
        version = store.publish(folder, dataset, name, to_latest=newer)
        shutil.rmtree(staged, ignore_errors=True)
    place = {"repo": hub.repo, "endpoint": hub.endpoint, "tag": tag, "commit": commit}
    store.record(version, RecordKind.PULL, {**place, "documents": hash_documents(version)})
    version = _take_newest_metadata(store, version, hub, commit)
    return PullResult(version, "pulled", tag, commit, newer)


def _check_documents(version: StoredVersion, where: str) -> None:
    """Refuse what is not a version of ours before it is in the store."""
    try:
        version.check_documents()
    except StoreError as error:
        message = f"{where}: {error.message}"
        hint = "do not use this release; inform its owner"
        raise PublishedBytesError(message, hint=hint, value=error.value) from error


@contextmanager
def _alone(staged: Path, where: str) -> Iterator[None]:
    """Keep a second pull of the same release out; the system frees the lock even after kill -9."""
    with (staged / "lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"{where} is being pulled into this store by another process"
            raise StoreError(message, hint="wait for it; then this has nothing to do") from error
        yield


def _fetch(
    hub: Hub,
    commit: str,
    where: str,
    manifest: Manifest,
    folder: Path,
    watcher: SendWatcher,
) -> None:
    promised = files_of(manifest)
    watcher.step("download")
    watcher.files({path: told.bytes for path, told in promised.items()})
    for path, told in promised.items():
        place = folder / path
        wanted = (told.sha256, told.bytes)
        if place.is_file() and file_sha256(place) == wanted:
            watcher.moved(path, told.bytes)
            continue
        found = _download(hub, commit, path, place, watcher)
        if found != wanted:
            # A broken proxy is likelier than a broken Hub: once more before giving up.
            hub.note(f"{path} arrived with other bytes than promised; asking again")
            found = _download(hub, commit, path, place, watcher)
        if found != wanted:
            place.unlink()
            message = (
                f"{where}: {path} should be {wanted[0][:12]} ({wanted[1]:,} bytes), "
                f"is {found[0][:12]} ({found[1]:,} bytes)"
            )
            hint = "the store is as it was; try again; if that does not help, inform its owner"
            raise PublishedBytesError(message, hint=hint, value=path)
    there = hub.files(commit)
    for path in DOCUMENTS:
        if path in there:
            _download(hub, commit, path, folder / path, watcher)


def _download(
    hub: Hub, commit: str, path: str, place: Path, watcher: SendWatcher
) -> tuple[str, int]:
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{place.name}.part")

    def call() -> None:
        with part.open("wb") as stream:
            for chunk in hub.stream(commit, path):
                stream.write(chunk)
                watcher.moved(path, stream.tell())

    hub.persist(f"download {path}", call, state="the store is as it was")
    part.replace(place)
    return file_sha256(place)


def _take_metadata(
    store: VersionStore, found: StoredVersion, manifest: Manifest, hub: Hub, commit: str
) -> StoredVersion:
    """Record what a release says of a version that is here already, where that is newer."""
    if manifest.metadata_revision <= found.manifest.metadata_revision:
        return found
    revision = pending_revision(
        found, metadata_of(manifest), [one.to_json() for one in manifest.sources]
    )
    if revision is None:
        return found
    there = hub.files(commit)
    texts = {name: hub.read(commit, name).decode() for name in DOCUMENTS if name in there}
    return write_revision(store, found, revision.document, texts)


def _take_newest_metadata(
    store: VersionStore, found: StoredVersion, hub: Hub, commit: str
) -> StoredVersion:
    """Record what `main` says of a release, where licence or texts were changed since its tag."""
    head = hub.head()
    if head is None or head == commit or "manifest.json" not in hub.files(head):
        return found
    manifest = read_manifest(hub.read(head, "manifest.json"), f"main of {hub.repo}")
    if manifest.version != found.name:
        return found
    return _take_metadata(store, found, manifest, hub, head)


def _check_equal(ours: Manifest, theirs: Manifest, where: str) -> None:
    """Say so where a version of the same name holds other bytes."""
    mine, other = files_of(ours), files_of(theirs)
    odd = [p for p in other if p.startswith("data/") and mine.get(p) != other[p]]
    if odd or set(mine) != set(other):
        message = f"{where} and the store's version of that name differ in {', '.join(odd[:3])}"
        hint = "one of the two was built with other libraries: compare `written_by` of both"
        raise PublishedBytesError(message, hint=hint)


def _is_newer(store: VersionStore, manifest: Manifest) -> bool:
    if not manifest.verdict.passes:
        return False
    now = store.latest(manifest.dataset, kind_of(manifest.version))
    return now is None or _numbers(manifest.semver) > _numbers(now.partition("+")[0])


def _numbers(semver: str) -> tuple[int, ...]:
    return tuple(int(part) for part in semver.split("."))
