from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from hueset.cli.app import app
from hueset.documents.manifest import Manifest
from hueset.errors import QueryError
from hueset.store import query
from tests.support.documents import TABLE, manifest
from tests.support.handwritten_version import write_version
from tests.support.in_process_build import build_pets


@dataclass
class OneTable:
    """Stands for a version with one table; it is no version."""

    path: Path
    dataset: str = "vibe"
    manifest: Manifest = field(
        default_factory=lambda: manifest(
            tables={
                "labels": {
                    **TABLE,
                    "key": ["a"],
                    "columns": {"a": {"type": "int64"}, "s": {"type": "string"}},
                }
            }
        )
    )

    def files(self, table: str) -> list[Path]:
        return [self.path]


@pytest.fixture
def con(tmp_path: Path):
    path = tmp_path / "labels.parquet"
    pq.write_table(pa.table({"a": [1, 2, 3], "s": ["x", "y", None]}), path)
    return query.connect_locked([OneTable(path)])


def test_a_select_is_answered(con) -> None:
    found = query.ask(con, "select a, s from vibe.labels where a > 1 order by a")
    assert found == query.QueryAnswer(("a", "s"), [(2, "y"), (3, None)], more=False)


def test_the_row_cap_says_that_there_is_more(con) -> None:
    found = query.ask(con, "select a from vibe.labels order by a", rows=2)
    assert (len(found.rows), found.more) == (2, True)


@pytest.mark.parametrize(
    "attack",
    [
        "copy (select 1) to '{dir}/x.csv'",
        "with x as (copy (select 1) to '{dir}/x.csv') select * from x",
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from '{dir}/labels.parquet'",
        "select * from glob('/tmp/*')",
        "select 1; select 2",
        "drop view vibe.labels",
        "insert into vibe.labels values (4, 'z')",
        "attach '{dir}/x.db'",
        "set enable_external_access = true",
        "install httpfs",
        "export database '{dir}/e'",
        "create table t as select 1",
        "select getenv('HOME')",
        "call pragma_version()",
        "",
    ],
)
def test_whatever_is_no_read_of_the_store_is_refused(con, attack: str, tmp_path: Path) -> None:
    with pytest.raises(QueryError):
        query.ask(con, attack.format(dir=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["labels.parquet"]
    assert query.ask(con, "select count(*) from vibe.labels").rows == [(3,)]


def test_a_statement_that_takes_too_long_is_interrupted(con) -> None:
    with pytest.raises(QueryError, match="interrupted"):
        endless = (
            "select count(*) from range(100000000) a, range(100000) b where a.range = -b.range"
        )
        query.ask(con, endless.replace("= -", "* 7 = 1 + "), seconds=0.3)


def test_a_python_variable_is_no_table(con) -> None:
    secret = pa.table({"a": [1]})
    assert secret.num_rows == 1
    with pytest.raises(QueryError):
        query.ask(con, "select * from secret")


def test_a_cursor_per_thread_gives_right_answers(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    rows = pa.table({"a": list(range(10_000))})
    con = query.connect_reader([write_version(tmp_path, "vibe", {"labels": (["a"], rows)})])

    def total(at: int) -> int:
        with con.cursor() as cursor:
            found = cursor.execute("select sum(a) + ? from vibe.labels", [at]).fetchone()
        assert found
        return int(found[0])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(total, range(1200))) == [49_995_000 + at for at in range(1200)]


@pytest.mark.parametrize(
    ("statement", "said", "hint"),
    [
        ("SELECT aa FROM vibe.labels", 'Candidate bindings: "a"', "tables are named"),
        ("SELECT '\udcff'", "not UTF-8", "encoding"),
    ],
)
def test_a_statement_that_fails_says_why_and_what_to_do(
    con, statement: str, said: str, hint: str
) -> None:
    with pytest.raises(QueryError) as caught:
        query.ask(con, statement)
    assert said in caught.value.message
    assert "LINE 1" not in caught.value.message
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize("rows", [0, -1, 2**63, 10**30])
def test_a_row_cap_is_a_number_of_rows(con, rows: int) -> None:
    with pytest.raises(QueryError, match=r"a cap of .* rows"):
        query.ask(con, "SELECT 1", rows=rows)


@pytest.mark.parametrize("seconds", [-1.0, 0.0, float("nan"), float("inf")])
def test_a_time_limit_is_a_number_of_seconds(con, seconds: float) -> None:
    with pytest.raises(QueryError, match="time limit"):
        query.ask(con, "SELECT 1", seconds=seconds)


def test_a_dataset_that_never_passed_is_told_with_its_versions(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = build_pets(pets, tmp_path / "store").version
    (tmp_path / "store/pets/latest").unlink()
    monkeypatch.setenv("NO_COLOR", "1")
    asked = ["sql", "select count(*) from pets.pets", "--project", str(pets)]

    done = CliRunner().invoke(app, [*asked, "--out", str(tmp_path / "store")])

    assert done.exit_code == 2
    assert "pets cannot be asked: none of its versions passed its gate" in done.stderr
    assert f"hueset show pets --version {version.name}" in done.stderr
