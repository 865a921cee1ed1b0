"""What the index of versions says of a dataset that the store has nothing of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hueset.declaration.project import find_project
from hueset.errors import UnknownNameError
from hueset_api.settings import ServiceSettings
from hueset_api.state import ServiceState
from tests.support.in_process_build import REPO

if TYPE_CHECKING:
    from pathlib import Path


def test_a_declared_dataset_that_is_not_built_is_not_unknown(tmp_path: Path) -> None:
    state = ServiceState.of(ServiceSettings(store_root=tmp_path, project=find_project(REPO)))
    for ask in (state.library.versions, state.open):
        with pytest.raises(UnknownNameError, match="'maestro' is declared and not built") as caught:
            ask("maestro")
        assert "`build-dataset maestro --out STORE`" in (caught.value.hint or "")
    with pytest.raises(UnknownNameError, match="unknown dataset 'mestro'"):
        state.open("mestro")
    state.stop()
