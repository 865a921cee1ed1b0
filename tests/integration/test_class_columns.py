"""A dataset whose kinds and sources are columns of classes: built, judged, asked and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from hueset.coverage.readiness import check_readiness
from hueset.declaration.project import find_project
from hueset.errors import UsageError
from hueset.store import query
from hueset.store.diff import diff_versions
from hueset.store.row_licences import count_licences
from hueset.store.store import VersionStore
from hueset_api.database import Database
from hueset_api.recounts import count_groups
from hueset_api.row_pages import Ask, read_row_page
from hueset_api.statistics import of_table
from tests.support.coverage_sides import check_sides_agree
from tests.support.documents import changed
from tests.support.handwritten_version import write_version
from tests.support.in_process_build import build_pets
from tests.support.pets_project import write_pets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hueset.build.run import BuildResult
    from hueset.store.version import StoredVersion

CONTRACT = """
  classes:
    - {name: kinds, table: pets, column: kind, classes: [cat, dog, eel], by: kind, floor: 1}
  presence:
    - {name: barks, table: pets, present: "kind = 'dog'", by: kind}
quarantine:"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, BuildResult]:
    root = write_pets(tmp_path_factory.mktemp("classes") / "pets_project")
    path = root / "datasets/pets/dataset.yaml"
    text = path.read_text()
    text = text.replace(
        "kind: {type: string, nullable: false, values: [cat, dog],",
        "kind: {type: class<cat | eel | dog>, nullable: false,",
    )
    text = text.replace("key: [name]", "key: [kind, name]")
    path.write_text(text.replace("\nquarantine:", CONTRACT))
    builder = root / "pets_builders/pets.py"
    code = builder.read_text()
    builder.write_text(code.replace('"kind": kind', '"kind": {"cat": 0, "dog": 2}[kind]'))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HUESET_CACHE", str(tmp_path_factory.mktemp("cache")))
        return root, build_pets(root, root / "artifacts")


@pytest.fixture
def version(built: tuple[Path, BuildResult]) -> StoredVersion:
    return built[1].version


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database(30)
    yield made
    made.close()


def test_its_coverage_is_by_name(built: tuple[Path, BuildResult], version: StoredVersion) -> None:
    assert built[1].verdict == "warn"
    (kinds,) = version.coverage.classes
    assert {one.class_name: one.n for one in kinds.classes} == {"cat": 5, "dog": 5, "eel": 0}
    assert kinds.undeclared == ()
    (barks,) = version.coverage.presence
    assert (barks.present, barks.groups) == (5, {"cat": (0, 5), "dog": (5, 5)})
    calm = version.coverage.dimensions[0]
    assert set(calm.by_source) == {"cat", "dog"}
    ready = check_readiness(VersionStore(built[0] / "artifacts"), "pets", ["kinds:dog"])
    assert ready.ready


def test_every_side_counts_its_classes_alike(version: StoredVersion) -> None:
    check_sides_agree(version)


def test_sql_knows_the_names(version: StoredVersion) -> None:
    con = query.connect_locked([version])
    found = query.ask(con, "select kind, count(*) from pets.pets group by 1 order by 1")
    assert found.rows == [("cat", 5), ("dog", 5)]


@pytest.mark.parametrize(
    ("column", "kind"), [("source", "class<ours | theirs>"), ("licence", "class<MIT | CC0-1.0>")]
)
def test_a_licence_is_found_by_the_name_of_a_class(column: str, kind: str, tmp_path: Path) -> None:
    rows = pa.table({"k": ["a", "b", "c"], column: [1, 0, 1]})
    version = write_version(tmp_path, "odd", {"rows": (["k"], rows)}, types={column: kind})
    licences = {"ours": "MIT", "theirs": "CC0-1.0"}
    unknown = {"via": "mirror", "digest": "", "bytes": None, "members": None, "pin": "ok"}
    words = {"citation": None, "homepage": None}
    sources = [
        {**unknown, **words, "name": name, "licence": licence} for name, licence in licences.items()
    ]
    assert count_licences(changed(version.manifest, sources=sources), version.path) == {
        "rows": {"CC0-1.0": 2, "MIT": 1}
    }


def test_the_service_knows_the_names(
    built: tuple[Path, BuildResult], version: StoredVersion, database: Database
) -> None:
    def names(*filters: str, find: str | None = None) -> set[str]:
        page = read_row_page(database, version, Ask("pets", filters, find=find, limit=99))
        return {row["kind"] for row in page["rows"]}

    assert names() == {"cat", "dog"}
    assert names("kind:eq:dog") == {"dog"}
    assert names("kind:contains:ca") == {"cat"}
    assert names("kind:contains:0") == set()
    assert names(find="dog~rex") == {"dog"}
    with pytest.raises(UsageError, match="have no order"):
        names("kind:ge:dog")
    values = of_table(database, version, "pets")["columns"]["kind"]["values"]
    assert {one["value"]: one["n"] for one in values} == {"cat": 5, "dog": 5}
    declared = find_project(built[0]).dataset("pets")
    told = count_groups(database, version, declared, ["dimension", "source"])
    assert [(one["source"], one["n"]) for one in told["groups"]] == [("cat", 5), ("dog", 5)]
    assert [one["class"] for one in told["classes"][0]["groups"]] == ["cat", "dog", "eel"]
    told = count_groups(database, version, None, ["dimension", "kind"], ["kind:ne:cat"])
    assert [(one["kind"], one["n"]) for one in told["groups"]] == [("dog", 5)]


def test_a_difference_names_the_keys(
    built: tuple[Path, BuildResult], version: StoredVersion
) -> None:
    other = build_pets(built[0], built[0] / "other", salt="another").version
    changed = diff_versions(version, other)["tables"]["pets"]["examples"]["changed"]
    assert changed
    assert {one.partition(" / ")[0] for one in changed} <= {"cat", "dog"}
