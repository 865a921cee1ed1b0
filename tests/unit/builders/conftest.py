from __future__ import annotations

import os
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real inputs: HUESET_DATA, else `shared/data` beside the repository."""
    named = os.environ.get("HUESET_DATA")
    beside = [parent / "shared" / "data" for parent in REPO.parents[:2]]
    for folder in [Path(named)] if named else beside:
        if folder.is_dir():
            return folder
    pytest.skip("no real data: set HUESET_DATA to the folder that holds it")
