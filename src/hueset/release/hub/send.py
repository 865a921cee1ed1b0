"""From a plan to a commit: upload, one guarded commit, recognition of a lost answer."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from hueset.failpoints import pass_failpoint
from hueset.release.hub.errors import HubError, HubMovedError, HubTokenError
from hueset.release.hub.hub import CONFLICT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hueset.release.hub.hub import Hub
    from hueset.release.hub.plan import PublishPlan
    from hueset.release.hub.release import Release


class SendWatcher(Protocol):
    """Who is told how a transfer goes on."""

    def step(self, name: str) -> None:
        """Say which step begins."""

    def files(self, sizes: dict[str, int]) -> None:
        """Say which files are transferred, with their sizes in bytes."""

    def moved(self, path: str, position: int) -> None:
        """Say how many bytes of a file were transferred; fewer than before: it starts again."""

    def note(self, text: str) -> None:
        """Say what a person should know."""


def create_repository(hub: Hub, *, private: bool | None) -> str:
    """Make the repository where it is missing; returns its head.

    Raises
    ------
    HubTokenError
        The token may not make it, or may not see it although it is there.
    """

    def call() -> str | None:
        hub.api.create_repo(hub.repo, repo_type="dataset", private=private, exist_ok=True)
        return hub.head()

    head = hub.persist(
        "make the repository", call, settled=hub.head, state="nothing of this release is there"
    )
    if head is None:
        message = f"{hub.repo} is there, but this token may not see it"
        raise HubTokenError(message, hint="use a token with write access")
    pass_failpoint("hub-created")
    return head


def commit_release(hub: Hub, plan: PublishPlan, parent: str, watcher: SendWatcher) -> str:
    """Send what the Hub lacks and make the one commit; returns its id.

    The commit is made only if `main` still points at `parent`. Where its answer is lost, the
    history says whether it was made; it is never made twice.

    Raises
    ------
    HubMovedError
        Somebody else pushed meanwhile; nothing of the release is on `main`.
    HubError
        The Hub did not take it; `main` is as it was.
    """
    from huggingface_hub import CommitOperationDelete

    release, state = plan.release, f"{hub.repo} is as it was: {plan.before}"
    with _stoppable() as stopped:
        additions = [_addition(file.path, file.content, watcher, stopped) for file in plan.send]
        watcher.files({file.path: file.size for file in plan.send})
        _upload(hub, additions, watcher, state)
    pass_failpoint("hub-uploaded")
    deletions = [CommitOperationDelete(path, is_folder=False) for path in plan.remove]

    def call() -> str:
        pass_failpoint("hub-committing")
        made = hub.api.create_commit(
            hub.repo,
            [*additions, *deletions],
            repo_type="dataset",
            parent_commit=parent,
            commit_message=release.title,
            commit_description=release.message,
        )
        return made.oid

    def settled() -> str | None:
        try:
            return find_commit(hub, release, parent)
        except (HubError, HubTokenError) as error:
            message = (
                f"{hub.repo}: the answer to the commit was lost, and whether it was made cannot be "
                f"seen: {error.message}"
            )
            hint = (
                f"the Hub holds {plan.before}, or the whole commit “{release.title}” without its "
                "tag; run the same command again: it finds out and resumes"
            )
            raise HubError(message, hint=hint) from hub.safe(error)

    watcher.step("commit")
    try:
        made = hub.persist("commit", call, settled=settled, state=state)
    except HubError as error:
        if error.value in CONFLICT and hub.head() != parent:
            raise _hub_moved_error(hub, plan, parent) from error.__cause__
        raise
    pass_failpoint("hub-committed")
    return made


def find_commit(hub: Hub, release: Release, parent: str | None) -> str | None:
    """Return the commit of this release above `parent`, if it was made; None if not."""
    head = hub.head()
    if head is None or head == parent:
        return None
    told = release.message.splitlines()
    for made, message in hub.history(head, parent):
        if all(line in message.splitlines() for line in told):
            return made
    return None


def tag_release(hub: Hub, release: Release, made: str, state: str) -> None:
    """Set the release's tag at its commit.

    Raises
    ------
    HubMovedError
        The tag was set meanwhile, somewhere else.
    """

    def call() -> bool:
        hub.api.create_tag(
            hub.repo, repo_type="dataset", tag=release.tag, revision=made, tag_message=release.title
        )
        return True

    def settled() -> bool | None:
        at = hub.tags().get(release.tag)
        if at is not None and at != made:
            message = f"{hub.repo}: someone set the tag {release.tag} at {at[:12]} meanwhile"
            hint = f"this release is the commit {made[:12]}, untagged; compare the two"
            raise HubMovedError(message, hint=hint, value=release.tag)
        return True if at == made else None

    hub.persist(f"set the tag {release.tag}", call, settled=settled, state=state)
    pass_failpoint("hub-tagged")


def _upload(hub: Hub, additions: list[Any], watcher: SendWatcher, state: str) -> None:
    # Xet reads the files itself and tells no bytes: one file after the other gives progress.
    batches = [[one] for one in additions] if _has_xet() else [additions]
    for batch in batches:
        try:
            hub.api.preupload_lfs_files(
                hub.repo, batch, repo_type="dataset", free_memory=False, num_threads=4
            )
        except Exception as error:
            raise hub.told("send the files", error, state) from hub.safe(error)
        for one in batch:
            watcher.moved(one.path_in_repo, one.upload_info.size)


def _has_xet() -> bool:
    from importlib.util import find_spec

    from huggingface_hub import constants

    return not constants.HF_HUB_DISABLE_XET and find_spec("hf_xet") is not None


def _addition(
    path: str, content: Path | bytes, watcher: SendWatcher, stopped: threading.Event
) -> Any:
    """Return the library's operation for one file, with its reads told, and stoppable."""
    from huggingface_hub import CommitOperationAdd

    class Watched(CommitOperationAdd):
        @contextmanager
        def as_file(self, with_tqdm: bool = False) -> Iterator[BinaryIO]:
            with super().as_file() as file:
                if with_tqdm:
                    self._watch(file)
                yield file

        def _watch(self, file: Any) -> None:
            # The library rewinds and measures the file itself, so it must stay a real one.
            plain = file.read

            def read(size: int | None = -1) -> bytes:
                if stopped.is_set():
                    raise KeyboardInterrupt
                data: bytes = plain(size)
                watcher.moved(path, file.tell())
                pass_failpoint("hub-uploading")
                return data

            if isinstance(content, Path):
                file.read = read

    return Watched(path_in_repo=path, path_or_fileobj=content)


@contextmanager
def _stoppable() -> Iterator[threading.Event]:
    """Let Ctrl-C reach the threads that send, which would otherwise go on to their files' end."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return

    def stop(number: int, frame: object) -> None:
        stopped.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)


def _hub_moved_error(hub: Hub, plan: PublishPlan, parent: str) -> HubMovedError:
    head = hub.head()
    message = (
        f"{hub.repo}: someone pushed in the meantime: main was {parent[:12]}, "
        f"is {(head or 'gone')[:12]}; nothing of this release is on it"
    )
    hint = f"the Hub holds {plan.before}; run the same command again to publish on top of it"
    return HubMovedError(message, hint=hint, value=head)
