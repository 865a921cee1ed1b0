"""The card of a version that is released already: made new on `main` alone, by one commit.

A card is made from the manifest and from prose, so a changed word makes no other version. The tag
stays where it is, and holds the card of the day of the release; no file of the data is touched.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hueset.documents.record_kinds import RecordKind
from hueset.errors import UsageError
from hueset.release.hub.errors import HubTokenError, PublishedBytesError, StoppedError
from hueset.release.hub.release import Release, whole_of
from hueset.release.hub.run import PublishResult
from hueset.release.hub.send import commit_release, find_commit
from hueset.release.hub.verify import check_bytes, check_listing

if TYPE_CHECKING:
    from hueset.release.hub.hub import Hub
    from hueset.release.hub.plan import PublishPlan
    from hueset.release.hub.send import SendWatcher
    from hueset.store.store import StoredVersion, VersionStore


@dataclass(frozen=True)
class CardAlone(Release):
    """The documents of a release, without the rest of it."""

    @property
    def title(self) -> str:
        """The commit's title."""
        return f"Card of {self.dataset} {self.tag}"

    @property
    def message(self) -> str:
        """The commit's message, by which it is recognised after a lost answer."""
        told = "\n".join(f"{path} sha256: {file.sha256}" for path, file in self.files.items())
        return f"version: {self.version}\n{told}"


def check_card(hub: Hub, plan: PublishPlan) -> None:
    """Refuse to send a card alone where `main` does not hold this release.

    Raises
    ------
    UsageError
        The version is not released yet, or `main` holds another release.
    """
    release = plan.release
    if plan.state != "released":
        message = f"{hub.repo} has no release {release.tag} yet: its card goes out with it"
        raise UsageError(message, hint="publish it without --card-only", value=release.tag)
    if not plan.on_main:
        message = f"main of {hub.repo} does not hold {release.tag}: the newest is {plan.latest_tag}"
        hint = f"the card of {release.tag} stands at its tag, which never moves; give --version"
        raise UsageError(message, hint=hint, value=release.tag)


def send_card(
    store: VersionStore, version: StoredVersion, hub: Hub, plan: PublishPlan, watcher: SendWatcher
) -> PublishResult:
    """Send the documents of a released version that differ on `main`; one commit, no tag.

    Raises
    ------
    UsageError
        `main` does not hold this release.
    HubTokenError
        There is no token, or it may not do this.
    HubError, HubMovedError
        The Hub could not be reached or refused; `main` is as it was.
    PublishedBytesError
        The Hub holds other bytes than were sent.
    StoppedError
        The person stopped it; the message says what the Hub holds.
    """
    check_card(hub, plan)
    head = plan.head
    if not plan.documents or head is None:
        return PublishResult(plan.release, head or "", "unchanged", 0, 0)
    if not hub.has_token:
        message = "publishing needs a token, and none was found"
        raise HubTokenError(message, hint="log in with `hf auth login`, or set HF_TOKEN")
    alone = CardAlone(**{**vars(plan.release), "files": {f.path: f for f in plan.documents}})
    watcher.step("upload")
    try:
        made = commit_release(hub, replace(plan, release=alone, send=plan.documents), head, watcher)
    except KeyboardInterrupt:
        raise _stopped_error(hub, alone, head) from None
    watcher.step("verify")
    _verify(hub, alone, head, made, watcher)
    body = {
        "repo": hub.repo,
        "endpoint": hub.endpoint,
        "tag": alone.tag,
        "commit": made,
        "version": alone.version,
        "files": {f.path: {"bytes": f.size, "sha256": f.sha256} for f in plan.documents},
    }
    store.record(whole_of(store, version), RecordKind.CARD, body)
    sent = sum(file.size for file in plan.documents)
    return PublishResult(plan.release, made, "card", len(plan.documents), sent)


def _verify(hub: Hub, alone: CardAlone, before: str, made: str, watcher: SendWatcher) -> None:
    """Hold what was sent against what is there, and the rest against the commit before."""
    old, new = hub.files(before), hub.files(made)
    faults = check_listing(alone.files.values(), new)
    if not faults:
        promised = {path: (file.sha256, file.size) for path, file in alone.files.items()}
        faults = check_bytes(hub, made, promised, watcher)
    told = [str(fault) for fault in faults]
    rest = {*old, *new} - set(alone.files)
    told += [f"{path} changed with it" for path in sorted(rest) if old.get(path) != new.get(path)]
    if told:
        message = f"{hub.repo}: the commit {made[:12]} is not what was sent: {'; '.join(told[:3])}"
        hint = (
            f"it is on main; {alone.tag} stands where it stood. Run the same command again: it "
            "sends what differs. If that does not help, inform the Hub"
        )
        raise PublishedBytesError(message, hint=hint, value=made)


def _stopped_error(hub: Hub, alone: CardAlone, head: str) -> StoppedError:
    made = find_commit(hub, alone, head)
    if made is None:
        message = f"stopped; {hub.repo} is as it was, with its old card on main"
        return StoppedError(message, hint="run the same command to resume")
    message = f"stopped; the new card is on main of {hub.repo}, by the commit {made[:12]}"
    return StoppedError(message, hint="the same command says whether it is whole")
