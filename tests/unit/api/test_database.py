"""The queries of one service: they end with it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from hueset_api.database import Database
from hueset_api.problems import TooSlowError
from tests.support.handwritten_version import write_version

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.store.store import StoredVersion

ENDLESS = "SELECT sum(a.range * b.range) AS n FROM range(10000000) a, range(10000000) b"


@pytest.fixture
def version(tmp_path: Path) -> StoredVersion:
    return write_version(tmp_path, "zoo", {"animals": (["id"], pa.table({"id": ["rex"]}))})


def test_a_query_is_stopped_after_its_time(version: StoredVersion) -> None:
    with pytest.raises(TooSlowError, match=r"stopped after 0\.2 s"):
        Database(0.2).rows(version, ENDLESS)


def test_a_service_that_ends_stops_its_queries_and_takes_no_more(version: StoredVersion) -> None:
    database = Database(60)
    with ThreadPoolExecutor(1) as thread:
        endless = thread.submit(database.rows, version, ENDLESS)
        while not database.queries:
            time.sleep(0.01)
        time.sleep(0.2)
        assert not endless.done()
        database.close()
        with pytest.raises(TooSlowError, match="the service ended"):
            endless.result(timeout=10)
    with pytest.raises(TooSlowError, match="the service ended"):
        database.rows(version, "SELECT 1")
