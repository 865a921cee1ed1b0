"""What publishing would do, worked out by reading alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hueset.documents.licences import licence_of
from hueset.release.hub.errors import ReleasedError
from hueset.release.hub.release import is_release_file, read_manifest
from hueset.release.tag import is_release, tag_order
from hueset.store.version_documents import DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hueset.documents.manifest import Manifest
    from hueset.release.hub.hub import Hub, RemoteFile
    from hueset.release.hub.release import Release, ReleaseFile

State = Literal["new", "committed", "released"]


@dataclass(frozen=True)
class PublishPlan:
    """The difference between a release and what the Hub holds.

    Attributes
    ----------
    release
        What goes out.
    head
        The commit `main` points at; None where the repository is yet to be made.
    state
        `new`; `committed` (all files are there already, the tag is missing); `released` (the tag
        is there, on exactly this version).
    commit
        The commit that holds the release, where there is one.
    send
        Files whose bytes the Hub lacks at that path.
    there
        Files that are there already, byte for byte.
    remove
        Paths of an older release that this one lacks.
    foreign
        Paths that somebody else put there; they stay.
    latest_tag
        The newest release there is now, for messages.
    documents
        Of a released version the card and what is made with it, where `main` holds them otherwise;
        the manifest too, where its metadata are newer.
    on_main
        Whether `main` holds this very release, so that its card may be made new there.
    licence_on_main
        What `main` calls the release by, where that is another licence than the version's now.
    """

    release: Release
    head: str | None
    state: State
    commit: str | None
    send: tuple[ReleaseFile, ...]
    there: tuple[ReleaseFile, ...]
    remove: tuple[str, ...]
    foreign: tuple[str, ...]
    latest_tag: str | None
    documents: tuple[ReleaseFile, ...] = ()
    on_main: bool = False
    licence_on_main: str | None = None

    @property
    def bytes_to_send(self) -> int:
        """Bytes in all that are to be sent."""
        return sum(file.size for file in self.send)

    @property
    def before(self) -> str:
        """What the Hub holds as long as this is not done, in words."""
        return f"the release {self.latest_tag}" if self.latest_tag else "no release yet"


def make_plan(hub: Hub, release: Release) -> PublishPlan:
    """Compare a release with what the Hub holds.

    Raises
    ------
    ReleasedError
        The tag is there with another version, or with other bytes.
    """
    head = hub.head()
    if head is None:
        files = tuple(release.files.values())
        return PublishPlan(release, None, "new", None, files, (), (), (), None)
    tags = hub.tags()
    latest = max(filter(is_release, tags), key=tag_order, default=None)
    at = tags.get(release.tag)
    if at is not None:
        _check_same(hub, release, at)
    remote = hub.files(at or head)
    send: list[ReleaseFile] = []
    there: list[ReleaseFile] = []
    for file in release.files.values():
        same = is_same(file, remote.get(file.path))
        (there if same else send).append(file)
    ours = [path for path in remote if path not in release.files]
    remove = tuple(sorted(path for path in ours if is_release_file(path)))
    foreign = tuple(sorted(p for p in ours if not is_release_file(p) and p != ".gitattributes"))
    if at is not None:
        main = remote if at == head else hub.files(head)
        theirs = _manifest_on_main(hub, release, head, main)
        on_main = theirs is not None
        documents = tuple(
            release.files[path]
            for path in (*DOCUMENTS, "manifest.json")
            if on_main and not is_same(release.files[path], main.get(path))
        )
        licence = licence_of(theirs) if theirs else release.licence
        return PublishPlan(
            release,
            head,
            "released",
            at,
            (),
            tuple(there),
            (),
            foreign,
            latest,
            documents,
            on_main,
            licence if licence != release.licence else None,
        )
    state: State = "new" if send or remove else "committed"
    commit = head if state == "committed" else None
    return PublishPlan(
        release, head, state, commit, tuple(send), tuple(there), remove, foreign, latest
    )


def _manifest_on_main(
    hub: Hub, release: Release, head: str, main: Mapping[str, RemoteFile]
) -> Manifest | None:
    """Return the manifest on `main` if it is of this very release, whatever its metadata say."""
    if "manifest.json" not in main:
        return None
    manifest = read_manifest(hub.read(head, "manifest.json"), f"main of {hub.repo}")
    return manifest if manifest.version == release.version else None


def is_same(file: ReleaseFile, remote: RemoteFile | None) -> bool:
    """Whether the Hub lists exactly these bytes."""
    if remote is None or remote.size != file.size:
        return False
    if remote.sha256 is not None:
        return remote.sha256 == file.sha256
    return remote.blob_id == file.blob_id


def _check_same(hub: Hub, release: Release, commit: str) -> None:
    """Refuse a tag that is there with another version behind it, or another build of it."""
    remote = hub.files(commit)
    if "manifest.json" not in remote:
        message = f"{hub.repo}: the tag {release.tag} is there, on a commit that is no release"
        raise ReleasedError(message, hint="give the version another number", value=release.tag)
    where = f"{hub.repo}@{release.tag}"
    manifest = read_manifest(hub.read(commit, "manifest.json"), where)
    hint = (
        f"{where} stays as it is; raise `version:` in the declaration (MAJOR existing rows "
        "changed, MINOR data added, PATCH serialisation only) and build again"
    )
    if manifest.version != release.version:
        message = f"{where} is {manifest.version}, not {release.version}"
        raise ReleasedError(message, hint=hint, value=release.tag)
    other = [
        path
        for path, file in release.files.items()
        if path.startswith("data/") and not is_same(file, remote.get(path))
    ]
    if other:
        message = f"{where} is this version with other bytes in {', '.join(sorted(other)[:3])}"
        raise ReleasedError(message, hint=hint, value=release.tag)
