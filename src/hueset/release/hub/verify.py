"""Whether the Hub holds what was released: every file by size and SHA-256, then as it is loaded."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from hueset.documents.verdicts import Verdict
from hueset.release.hub.errors import PublishedBytesError
from hueset.release.hub.release import files_of, read_manifest
from hueset.release.hub.remote_faults import RemoteFault
from hueset.release.tag import is_release, tag_of, tag_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hueset.release.hub.hub import Hub, RemoteFile
    from hueset.release.hub.release import ReleaseFile
    from hueset.release.hub.send import SendWatcher
    from hueset.store.store import StoredVersion


def check_listing(
    files: Iterable[ReleaseFile], remote: Mapping[str, RemoteFile]
) -> list[RemoteFault]:
    """Hold the Hub's own listing (sizes, LFS hashes, git ids) against a release."""
    faults = []
    for file in files:
        there = remote.get(file.path)
        if there is None:
            faults.append(RemoteFault(file.path, "missing", "there", "missing"))
        elif there.size != file.size:
            faults.append(RemoteFault(file.path, "size", str(file.size), str(there.size)))
        elif there.sha256 is not None and there.sha256 != file.sha256:
            faults.append(RemoteFault(file.path, "sha256", file.sha256, there.sha256))
        elif there.sha256 is None and there.blob_id != file.blob_id:
            faults.append(RemoteFault(file.path, "git id", file.blob_id, there.blob_id))
    return faults


def check_bytes(
    hub: Hub, commit: str, promised: Mapping[str, tuple[str, int]], watcher: SendWatcher
) -> list[RemoteFault]:
    """Read files from the Hub and hash them.

    Parameters
    ----------
    hub
        The repository.
    commit
        The commit to read at.
    promised
        SHA-256 and size in bytes of each file, by path.
    watcher
        Told how it goes on.
    """
    faults = []
    watcher.files({path: size for path, (_, size) in promised.items()})
    for path, (sha256, size) in promised.items():
        found, read = hub.persist(f"read {path}", partial(_hash, hub, commit, path, watcher))
        if found != sha256:
            kind = ("size", str(size), str(read)) if read != size else ("sha256", sha256, found)
            faults.append(RemoteFault(path, *kind))
    return faults


def verify_published(hub: Hub, version: StoredVersion, watcher: SendWatcher) -> dict[str, Any]:
    """Hold what is published against a version of the store; returns it as JSON.

    Every file of the manifest is read from the Hub and hashed, then every table is loaded with
    `datasets`, eager and streaming, and its features, splits and counts are compared.

    Raises
    ------
    PublishedBytesError
        There is no release of this version in the repository.
    """
    tag = tag_of(version.manifest)
    commit = release_commit(hub, tag)
    where = f"{hub.repo}@{tag}"
    manifest = read_manifest(hub.read(commit, "manifest.json"), where)
    if manifest.version != version.name:
        message = f"{where} is {manifest.version}, the store holds {version.name}"
        hint = f"get it with `hueset pull {where}`, or give --version {manifest.version}"
        raise PublishedBytesError(message, hint=hint, value=manifest.version)
    promised = {
        path: (told.sha256, told.bytes) for path, told in files_of(version.manifest).items()
    }
    watcher.step("hash")
    faults = check_bytes(hub, commit, promised, watcher)
    loaded: list[dict[str, Any]] = []
    if not faults:
        from hueset.release.hub.loading import check_loading

        watcher.step("load")
        loaded, odd = check_loading(hub.repo, commit, version.manifest)
        faults += odd
    return {
        "repo": hub.repo,
        "endpoint": hub.endpoint,
        "tag": tag,
        "commit": commit,
        "verdict": Verdict.FAIL if faults else Verdict.PASS,
        "files": len(promised),
        "bytes": sum(size for _, size in promised.values()),
        "tables": loaded,
        "faults": [asdict(fault) for fault in faults],
    }


def release_commit(hub: Hub, tag: str) -> str:
    """Return the commit of a release.

    Raises
    ------
    PublishedBytesError
        The repository or the tag does not exist; the hint lists the releases there are.
    """
    if hub.head() is None:
        message = f"there is no {hub.repo} on {hub.endpoint}, or this token may not see it"
        raise PublishedBytesError(message, hint="publish it, or log in with `hf auth login`")
    tags = hub.tags()
    if tag not in tags:
        known = sorted(filter(is_release, tags), key=tag_order)
        message = f"{hub.repo} has no release {tag}"
        hint = f"releases: {', '.join(known)}" if known else "nothing was released there yet"
        raise PublishedBytesError(message, hint=hint, value=tag, known=known)
    return tags[tag]


def _hash(hub: Hub, commit: str, path: str, watcher: SendWatcher) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for chunk in hub.stream(commit, path):
        digest.update(chunk)
        size += len(chunk)
        watcher.moved(path, size)
    return digest.hexdigest(), size
