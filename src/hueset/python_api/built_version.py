"""A version as a build left it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.python_api.version import Version

if TYPE_CHECKING:
    from hueset.build.run import BuildResult
    from hueset.store.store import VersionStore as StoreFolder


class BuiltVersion(Version):
    """A version as a build left it.

    Attributes
    ----------
    result
        How it came about: `.state` (`built`, `unchanged` or `identical`), `.units`, `.reused`,
        `.seconds` of each stage, and `.against`, what it lost against the version before it.
    """

    def __init__(self, store: StoreFolder, result: BuildResult) -> None:
        super().__init__(store, result.version)
        self.result = result
