"""A link in the place of a file is never followed into an export or a release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from hueset.errors import StoreError
from hueset.release.export import export_version
from hueset.release.hub.release import make_release
from hueset.release.licence_filter import make_subset
from tests.support.handwritten_version import write_version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hueset.store.version import StoredVersion

WRITERS: dict[str, Callable[[Any, StoredVersion, Path], object]] = {
    "export": export_version,
    "release": lambda project, version, _: make_release(project, version, "a/b"),
    "subset": lambda project, version, to: make_subset(project, version, ["CC0-1.0"], to),
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("target", ["/dev/zero", "/etc/hostname"])
def test_a_file_that_became_a_link_ends_it_before_anything_is_written(
    tmp_path: Path, writer: str, target: str
) -> None:
    rows = pa.table({"name": ["rex", "tom"]})
    version = write_version(tmp_path / "store", "pets", {"pets": (["name"], rows)})
    (file,) = version.files("pets")
    file.unlink()
    file.symlink_to(target)
    to = tmp_path / "out"
    with pytest.raises(StoreError, match="is a symbolic link, and none is followed"):
        WRITERS[writer](None, version, to)  # it is refused before the project is asked
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store"]
