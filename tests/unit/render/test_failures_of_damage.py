"""What a library says of a damaged file is told as damage, and a defect as a defect."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer

from hueset.render.terminal.output import handle_errors
from hueset.store.store import VersionStore
from tests.support.handwritten_version import write_version

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the damaged versions that other tests in this process may still hold."""
    monkeypatch.setattr("hueset.store.version._OPEN", WeakValueDictionary())


def run(store: Path, capsys: pytest.CaptureFixture[str], *, defect: bool = False) -> str:
    """Run a command that reads a table with no thought of damage; return what it said."""

    def command() -> None:
        version = VersionStore(store).version("pets")
        pq.read_table(version.files("pets")[0])
        if defect:
            raise KeyError("rex")

    with pytest.raises(typer.Exit):
        handle_errors(command)()
    return capsys.readouterr().err


@pytest.mark.parametrize("content", ["pages", "footer"])
def test_a_file_whose_size_is_right_and_whose_bytes_are_not_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    rows = pa.table({"name": [f"rex {at}" for at in range(1000)]})
    version = write_version(tmp_path, "pets", {"pets": (["name"], rows)})
    (file,) = version.files("pets")
    data = file.read_bytes()
    middle = len(data) // 2
    file.write_bytes(
        b"PAR1" + b"\xff" * middle + data[4 + middle :] if content == "pages" else bytes(len(data))
    )
    said = run(tmp_path, capsys)
    assert (
        "error[E_STORE]: pets 1.0.0+handmade is damaged: data/pets-train.parquet: changed" in said
    )


def test_where_every_file_is_whole_it_is_a_defect(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = pa.table({"name": ["rex"]})
    write_version(tmp_path, "pets", {"pets": (["name"], rows)})
    assert "E_INTERNAL" in run(tmp_path, capsys, defect=True)
