"""Publishing from start to end: plan, repository, files, commit, verification, tag, record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hueset.documents.record_kinds import RecordKind
from hueset.failpoints import pass_failpoint
from hueset.release.hub.errors import HubTokenError, PublishedBytesError, StoppedError
from hueset.release.hub.release import check_allowed, make_release, version_exceptions, whole_of
from hueset.release.hub.send import commit_release, create_repository, find_commit, tag_release
from hueset.release.hub.verify import check_bytes, check_listing

if TYPE_CHECKING:
    from collections.abc import Collection

    from hueset.declaration.project import Project
    from hueset.release.hub.hub import Hub
    from hueset.release.hub.plan import PublishPlan
    from hueset.release.hub.release import Release
    from hueset.release.hub.send import SendWatcher
    from hueset.store.store import StoredVersion, VersionStore


@dataclass(frozen=True)
class PublishResult:
    """What publishing came to.

    Attributes
    ----------
    release
        What went out.
    commit
        The commit that holds it, and at which its tag is.
    state
        `published`, `completed` (a run before this one had made the commit), `unchanged` (the
        release was there) or `card` (the release was there, its card was made new on `main`).
    sent, sent_bytes
        Files and bytes that were transferred.
    """

    release: Release
    commit: str
    state: str
    sent: int
    sent_bytes: int


def plan_publish(
    project: Project,
    store: VersionStore,
    version: StoredVersion,
    hub: Hub,
    allowed: Collection[str] = (),
) -> PublishPlan:
    """Return what publishing a version would do; nothing is changed.

    Parameters
    ----------
    project
        The project, for the documents.
    store
        The store with the version's records.
    version
        The version, or a part of one (`hueset.release.licence_filter`).
    hub
        The repository.
    allowed
        What a version may be although it is not published unasked: `failed`, `sample`, `subset`,
        `waived`.

    Raises
    ------
    RefusedReleaseError
        The version failed, is a part or lives by a waiver, and nobody said to publish that.
    ReleasedError
        Its semver was released with other content.
    """
    from hueset.release.hub.plan import make_plan

    check_allowed(store, version, allowed)
    return make_plan(hub, make_release(project, version, hub.repo))


def publish_release(
    store: VersionStore,
    version: StoredVersion,
    hub: Hub,
    plan: PublishPlan,
    watcher: SendWatcher,
    *,
    private: bool | None = None,
) -> PublishResult:
    """Carry out a plan.

    Whatever happens, `main` is as it was or holds the whole release, and the release's tag is
    set only after every file was verified.

    Raises
    ------
    HubTokenError
        There is no token, or it may not do this.
    HubError, HubMovedError
        The Hub could not be reached or refused; the message says what it holds.
    PublishedBytesError
        The Hub holds other bytes than were sent; the release is not tagged.
    StoppedError
        The person stopped it; the message says what the Hub holds.
    """
    release = plan.release
    if plan.state == "released" and plan.commit:
        _record(store, version, hub, release, plan.commit)
        return PublishResult(release, plan.commit, "unchanged", 0, 0)
    if not hub.has_token:
        message = "publishing needs a token, and none was found"
        raise HubTokenError(message, hint="log in with `hf auth login`, or set HF_TOKEN")
    parent, made = plan.head, plan.commit
    try:
        if parent is None:
            watcher.step("create")
            parent = create_repository(hub, private=private)
        if made is None:
            watcher.step("upload")
            made = commit_release(hub, plan, parent, watcher)
        watcher.step("verify")
        _verify(hub, plan, made, watcher)
        pass_failpoint("hub-verified")
        watcher.step("tag")
        tag_release(hub, release, made, _describe_commit(hub, release, made))
    except KeyboardInterrupt:
        raise _stopped_error(hub, plan, parent, made) from None
    _record(store, version, hub, release, made)
    state = "completed" if plan.state == "committed" else "published"
    sent = () if plan.state == "committed" else plan.send
    return PublishResult(release, made, state, len(sent), sum(file.size for file in sent))


def _verify(hub: Hub, plan: PublishPlan, made: str, watcher: SendWatcher) -> None:
    """Hold every file at the commit against the release, by size and SHA-256.

    Of a large file the Hub keeps the hash itself; a small one lies in git, and is read back.
    """
    release = plan.release
    remote = hub.files(made)
    faults = check_listing(release.files.values(), remote)
    if not faults:
        small = {
            path: (file.sha256, file.size)
            for path, file in release.files.items()
            if remote[path].sha256 is None
        }
        faults = check_bytes(hub, made, small, watcher)
    if faults:
        told = "; ".join(str(fault) for fault in faults[:3])
        message = f"{hub.repo}: the commit {made[:12]} is not what was sent: {told}"
        hint = (
            f"it is on main but was not tagged as {release.tag}; the Hub holds {plan.before}. Run "
            "the same command again: it sends what differs. If that does not help, inform the Hub"
        )
        raise PublishedBytesError(message, hint=hint, value=made)


def _record(
    store: VersionStore, version: StoredVersion, hub: Hub, release: Release, made: str
) -> None:
    """Append the release to the version's records, once."""
    place = {"repo": hub.repo, "endpoint": hub.endpoint, "tag": release.tag, "commit": made}
    whole = whole_of(store, version)
    for record in store.records(whole, RecordKind.RELEASE):
        if place.items() <= record.to_json().items():
            return
    body: dict[str, Any] = {
        **place,
        "version": release.version,
        "allowed": version_exceptions(store, version),
        "files": {
            path: {"bytes": file.size, "sha256": file.sha256}
            for path, file in sorted(release.files.items())
        },
    }
    store.record(whole, RecordKind.RELEASE, body)
    pass_failpoint("hub-recorded")


def _describe_commit(hub: Hub, release: Release, made: str) -> str:
    return (
        f"the commit {made[:12]} on {hub.repo} is whole and verified, but not yet tagged "
        f"{release.tag}"
    )


def _stopped_error(
    hub: Hub, plan: PublishPlan, parent: str | None, made: str | None
) -> StoppedError:
    """Say what the Hub holds after Ctrl-C; a commit may have been under way."""
    release = plan.release
    made = made or (find_commit(hub, release, parent) if parent else None)
    if made is None:
        message = f"stopped; {hub.repo} is as it was: {plan.before}"
        return StoppedError(message, hint="what was sent is kept: run the same command to resume")
    message = (
        f"stopped; the commit {made[:12]} on {hub.repo} is whole, but not yet tagged {release.tag}"
    )
    return StoppedError(message, hint="the same command verifies and tags it")
