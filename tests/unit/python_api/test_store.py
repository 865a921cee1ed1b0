"""A store and its versions from Python: found by name, asked in SQL, judged, shown."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

import hueset
from hueset.errors import QueryError, UnknownNameError, UsageError
from tests.support.toys_version import write_toys

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("store") / "<artifacts>"
    write_toys(root)
    return root


@pytest.fixture
def store(root: Path) -> hueset.Store:
    return hueset.open_store(root)


def test_datasets_and_versions_are_listed_and_opened(store: hueset.Store) -> None:
    assert store.datasets() == ["toys"]
    assert store.versions("toys") == ["1.0.0+handmade"]
    version = store.version("toys")
    assert version == store.version("toys", "1.0.0") == store.version("toys", "latest")
    assert (version.dataset, version.name, version.kind) == ("toys", "1.0.0+handmade", "whole")
    assert list(version.tables) == ["toys", "calls"]
    assert version.verdict == "pass"
    assert version.manifest.tables["toys"].key == ("id",)


@pytest.mark.parametrize("ask", ["version", "versions"])
def test_an_unknown_dataset_is_named_with_the_nearest_and_how_to_build_it(
    store: hueset.Store, ask: str
) -> None:
    with pytest.raises(UnknownNameError, match="unknown dataset 'tosy'") as told:
        getattr(store, ask)("tosy")
    assert "did you mean 'toys'?" in str(told.value.hint)
    assert "hueset.build(NAME, store=store)" in str(told.value.hint)
    assert isinstance(told.value, LookupError)


def test_an_unknown_version_and_table_are_named(store: hueset.Store) -> None:
    with pytest.raises(UnknownNameError, match=re.escape("no version '2.0.0' of toys")) as told:
        store.version("toys", "2.0.0")
    assert told.value.known == ("1.0.0+handmade",)
    with pytest.raises(UnknownNameError, match="unknown table 'tois'") as table:
        store.version("toys").table("tois")
    assert "did you mean 'toys'?" in str(table.value.hint)


def test_a_store_that_is_not_there_is_no_empty_one(tmp_path: Path) -> None:
    store = hueset.open_store(tmp_path / "nowhere")
    assert repr(store) == f"<Store {tmp_path / 'nowhere'}, not there yet>"
    for ask in (store.datasets, lambda: store.version("toys"), lambda: store.sql("SELECT 1")):
        with pytest.raises(UnknownNameError, match="there is no store at"):
            ask()


@pytest.mark.parametrize("place", ["s3://bucket/prefix", "", " "])
def test_what_is_no_folder_is_refused(place: str) -> None:
    with pytest.raises(UsageError, match="is no folder"):
        hueset.open_store(place)


def test_a_store_inside_a_version_is_refused(root: Path) -> None:
    with pytest.raises(UsageError, match=r"the store .* lies in the version"):
        hueset.open_store(root / "toys" / "1.0.0+handmade" / "data")


def test_the_environment_and_the_project_say_where_the_store_is(
    root: Path, pets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pets)
    assert hueset.open_store().root == pets / "artifacts"
    monkeypatch.setenv("HUESET_STORE", str(root))
    assert hueset.open_store().root == root
    assert hueset.open_store(project=pets).root == root


def test_sql_reads_the_views_of_the_command_with_classes_by_name(store: hueset.Store) -> None:
    found = store.sql("SELECT kind, count(*) AS n FROM toys.toys GROUP BY kind ORDER BY kind")
    assert found.rows() == list(found) == [("cat", 1), ("dog", 2), (None, 1)]
    assert found.columns == ("kind", "n")
    assert found.polars()["n"].to_list() == found.pandas()["n"].tolist() == [1, 2, 1]
    assert found.arrow().column("kind").null_count == 1
    assert repr(found).splitlines() == ["kind  n", "cat   1", "dog   2", "      1"]
    assert not found.more


def test_sql_of_a_version_names_its_tables_alone(store: hueset.Store) -> None:
    version = store.version("toys")
    assert version.sql("SELECT count(*) FROM calls JOIN toys.toys USING (id)").rows() == [(1,)]


def test_rows_are_cut_only_where_that_was_asked(store: hueset.Store) -> None:
    cut = store.sql("SELECT * FROM range(200000)", rows=3)
    assert (cut.rows(), cut.more) == ([(0,), (1,), (2,)], True)
    assert "cut by rows=" in repr(cut)
    assert len(store.sql("SELECT * FROM range(200000)")) == 200_000
    exact = store.sql("SELECT * FROM range(3)", rows=3)
    assert (len(exact), exact.more) == (3, False)
    assert store.sql("SELECT 1 AS a WHERE false").rows() == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("SELECT 1; SELECT 2", "expected one SELECT, found SELECT, SELECT"),
        ("DROP VIEW toys.toys", "expected one SELECT, found DROP"),
        ("SELECT * FROM toys.tois", "tois"),
        ("SELECT clam FROM toys.toys", "clam"),
        ("SELECT * FROM read_csv('/etc/passwd')", "Permission"),
    ],
)
def test_sql_only_reads_and_only_the_store(store: hueset.Store, statement: str, told: str) -> None:
    with pytest.raises(QueryError, match=told):
        store.sql(statement)


def test_sql_is_ended_when_its_time_is_over(store: hueset.Store) -> None:
    endless = "SELECT count(*) FROM range(100000000) a, range(100000000) b"
    with pytest.raises(QueryError, match=r"interrupted after 0\.1 s"):
        store.sql(endless, seconds=0.1)


def test_threads_share_a_store_a_version_and_its_media(store: hueset.Store) -> None:
    version = store.version("toys")
    media = version.media("calls", "call")

    def ask(number: int) -> tuple[int, int, int]:
        found = store.sql("SELECT sum(legs) FROM toys.toys").rows()[0][0]
        return int(found), version.table("toys").polars().height, len(media[2, 1] or b"")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(24)))) == 1


def test_everything_shows_as_escaped_html_without_a_script(store: hueset.Store) -> None:
    version = store.version("toys")
    shown = [
        store,
        version,
        version.coverage,
        version.gate,
        version.table("toys"),
        version.media("calls", "call"),
        store.sql("SELECT '<script>alert(1)</script>' AS \"<i>\", text FROM toys.toys"),
    ]
    for one in shown:
        html = one._repr_html_()
        assert html.startswith("<div>")
        assert "<script" not in html
        assert "&lt;artifacts&gt;" in html or one is not store
        assert len(repr(one)) < 2_000
    assert "&lt;b&gt;a&lt;/b&gt;" in shown[-1]._repr_html_()
    assert "&lt;i&gt;" in shown[-1]._repr_html_()
