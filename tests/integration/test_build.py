import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from hueset.errors import NondeterministicError, SourceMissingError, StoreError, UnknownNameError
from hueset.render.terminal.build import outcome_document, print_build
from hueset.store.store import VersionStore
from tests.support.in_process_build import build_pets, plan_pets, tree
from tests.support.pets_project import repin


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def parquet(version: Path) -> dict[str, bytes]:
    return {name: data for name, data in tree(version).items() if name.endswith(".parquet")}


def test_a_build_makes_a_version_with_rows_verdict_coverage_and_receipt(
    pets: Path, tmp_path: Path
) -> None:
    done = build_pets(pets, tmp_path / "store")
    manifest = done.version.manifest
    assert done.verdict == "warn"
    assert manifest.tables["pets"].rows == 10
    assert sum(manifest.tables["pets"].splits.values()) == 10
    read = pq.read_table(done.version.files("pets"))
    assert sorted(read["name"].to_pylist())[:2] == ["bob", "ida"]
    by_name = {d.name: d for d in done.version.coverage.dimensions}
    assert by_name["calm"].verdict == "trainable"
    assert (by_name["shiny"].verdict, by_name["shiny"].n) == ("absent", 0)
    assert VersionStore(tmp_path / "store").latest("pets") == done.version.name
    assert str(tmp_path) not in json.dumps(manifest.to_json())


def test_the_same_fingerprint_builds_nothing_again(pets: Path, tmp_path: Path) -> None:
    first = build_pets(pets, tmp_path / "store")
    before = tree(first.version.path)
    again = build_pets(pets, tmp_path / "store")
    assert again.state == "unchanged"
    assert tree(again.version.path) == before


def test_building_an_older_state_again_makes_it_the_latest_and_says_so(
    pets: Path, tmp_path: Path
) -> None:
    store = VersionStore(tmp_path / "store")
    first = build_pets(pets, store.root, salt="a")
    other = build_pets(pets, store.root, salt="b")
    assert (first.instead_of, other.instead_of) == (None, None)
    again = build_pets(pets, store.root, salt="a")
    assert (again.state, again.instead_of) == ("unchanged", other.version.name)
    assert store.latest("pets") == store.version("pets", "1.0.0").name == first.version.name
    assert build_pets(pets, store.root, salt="a").instead_of is None
    shown = io.StringIO()
    print_build(Console(file=shown, width=100), outcome_document(again, store))
    assert f"the latest again, instead of {other.version.name}" in shown.getvalue()


def test_two_stores_and_two_workers_give_the_same_bytes(pets: Path, tmp_path: Path) -> None:
    one = build_pets(pets, tmp_path / "one", workers=1)
    two = build_pets(pets, tmp_path / "two", workers=2)
    assert one.version.name == two.version.name
    assert parquet(one.version.path) == parquet(two.version.path)
    assert len(parquet(one.version.path)) >= 3


def test_a_forced_rebuild_compares_the_bytes(pets: Path, tmp_path: Path) -> None:
    build_pets(pets, tmp_path / "store")
    assert build_pets(pets, tmp_path / "store", force=True).state == "identical"


def test_a_builder_that_draws_lots_is_named_nondeterministic(pets: Path, tmp_path: Path) -> None:
    builder = pets / "pets_builders/pets.py"
    edit(builder, '"calm": float(calm)', '"calm": float(calm) * __import__("random").random()')
    build_pets(pets, tmp_path / "store")
    with pytest.raises(NondeterministicError, match="other bytes in pets"):
        build_pets(pets, tmp_path / "store", force=True)


def test_a_changed_file_rebuilds_only_its_unit(pets: Path, tmp_path: Path) -> None:
    first = build_pets(pets, tmp_path / "store")
    edit(pets / "mirror/pets/b.csv", "zoe,cat,0.2", "zoe,cat,0.25")
    repin(pets)
    second = build_pets(pets, tmp_path / "store")
    assert second.version.name != first.version.name
    assert (second.units, second.reused) == (2, 1)
    assert VersionStore(tmp_path / "store").versions("pets") == [
        first.version.name,
        second.version.name,
    ]


def test_a_changed_suite_makes_a_new_version_from_the_same_rows(pets: Path, tmp_path: Path) -> None:
    first = build_pets(pets, tmp_path / "store")
    edit(pets / "expectations/pets/pets.yaml", "max_value: 1", "max_value: 2")
    second = build_pets(pets, tmp_path / "store")
    assert second.version.name != first.version.name
    assert second.reused == 2
    assert parquet(first.version.path) == parquet(second.version.path)


def test_a_changed_card_rebuilds_nothing(pets: Path, tmp_path: Path) -> None:
    build_pets(pets, tmp_path / "store")
    (pets / "datasets/pets/card.md").write_text("Other words.\n")
    assert build_pets(pets, tmp_path / "store").state == "unchanged"


def test_a_parameter_of_the_build_is_part_of_the_version(pets: Path, tmp_path: Path) -> None:
    first = build_pets(pets, tmp_path / "store")
    other = build_pets(pets, tmp_path / "store", salt="t")
    assert other.version.name != first.version.name
    assert other.version.manifest.changed_parameters == {"salt": "t"}
    with pytest.raises(UnknownNameError, match="'slat'"):
        plan_pets(pets, slat="t")


def test_a_refused_row_is_in_quarantine_with_its_reason(pets: Path, tmp_path: Path) -> None:
    edit(pets / "mirror/pets/a.csv", "rex,dog,0.9", "rex,dog,9")
    repin(pets)
    done = build_pets(pets, tmp_path / "store")
    assert done.version.manifest.quarantine == {"pets": {"calm_out_of_range": 1}}
    rows = pq.read_table(done.version.path / "quarantine/pets.parquet").to_pylist()
    assert rows == [
        {
            "unit": "a.csv",
            "table": "pets",
            "source": "pets",
            "key": "rex",
            "reason": "calm_out_of_range",
            "observed": "9",
            "expected": "0..1",
        }
    ]


def test_a_unit_that_cannot_be_read_is_refused_and_the_rest_is_built(
    pets: Path, tmp_path: Path
) -> None:
    (pets / "mirror/pets/b.csv").write_text("not a csv")
    repin(pets)
    done = build_pets(pets, tmp_path / "store")
    assert done.version.manifest.quarantine == {"units": {"unreadable": 1}}
    assert done.version.manifest.tables["pets"].rows == 5


def test_a_required_dimension_without_example_fails_and_is_kept_but_not_latest(
    pets: Path, tmp_path: Path
) -> None:
    edit(pets / "datasets/pets/dataset.yaml", "required: [calm]", "required: [shiny]")
    done = build_pets(pets, tmp_path / "store")
    store = VersionStore(tmp_path / "store")
    assert done.verdict == "fail"
    assert store.latest("pets") is None
    assert store.versions("pets") == [done.version.name]
    with pytest.raises(UnknownNameError, match="that passed"):
        store.version("pets")


def test_a_thin_dimension_never_fails_a_version(pets: Path, tmp_path: Path) -> None:
    edit(pets / "datasets/pets/dataset.yaml", "{examples: 2,", "{examples: 1000,")
    assert build_pets(pets, tmp_path / "store").verdict == "warn"


def test_too_much_in_quarantine_fails_the_version(pets: Path, tmp_path: Path) -> None:
    edit(pets / "datasets/pets/dataset.yaml", "ceiling: 0.5", "ceiling: 0.05")
    edit(pets / "mirror/pets/a.csv", "rex,dog,0.9", "rex,dog,9")
    repin(pets)
    done = build_pets(pets, tmp_path / "store")
    assert done.verdict == "fail"
    assert any("quarantine" in f.check for f in done.version.gate.findings)


def test_a_key_given_twice_fails_the_version(pets: Path, tmp_path: Path) -> None:
    edit(pets / "mirror/pets/b.csv", "zoe,cat", "rex,cat")
    repin(pets)
    done = build_pets(pets, tmp_path / "store")
    assert done.verdict == "fail"
    told = json.dumps(done.version.gate.to_json())
    assert "output.key_unique" in told
    assert "rex" in told


def test_a_value_outside_the_declared_list_fails_the_version(pets: Path, tmp_path: Path) -> None:
    edit(pets / "mirror/pets/b.csv", "zoe,cat", "zoe,newt")
    repin(pets)
    assert build_pets(pets, tmp_path / "store").verdict == "fail"


def test_a_missing_source_is_named_before_anything_is_built(pets: Path, tmp_path: Path) -> None:
    for path in (pets / "mirror/pets").iterdir():
        path.unlink()
    (pets / "mirror/pets").rmdir()
    with pytest.raises(SourceMissingError, match="pets"):
        build_pets(pets, tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_a_store_that_cannot_be_written_is_named(pets: Path, tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file, not a folder")
    with pytest.raises(StoreError, match="store"):
        build_pets(pets, tmp_path / "store")


def test_tables_and_columns_may_be_named_like_words_of_sql(pets: Path, tmp_path: Path) -> None:
    declaration = pets / "datasets/pets/dataset.yaml"
    builder = pets / "pets_builders/pets.py"
    suite = pets / "expectations/pets/pets.yaml"
    for old, new in (
        ("tables:\n  pets:", "tables:\n  order:"),
        ("table: pets", "table: order"),
        ("name: {type", "n: {type"),
        ("[name]", "[n]"),
        ("group: name", "group: n"),
        ("kind: {type", "class: {type"),
        ("source: kind", "source: class"),
        ("calm: {type", "v: {type"),
        ("[calm]", "[v]"),
        (
            "quarantine:",
            "  classes:\n  - {name: kinds, table: order, column: class, by: n, "
            "classes: [cat, dog]}\n  presence:\n  - {name: calm, table: order, present: v > 0}\n"
            "quarantine:",
        ),
    ):
        edit(declaration, old, new)
    for old, new in (
        ('"pets", pa', '"order", pa'),
        ('"pets", "pets"', '"order", "pets"'),
        ('"name": name', '"n": name'),
        ('"kind": kind', '"class": kind'),
        ('"calm": float', '"v": float'),
    ):
        edit(builder, old, new)
    edit(suite, "column: calm", "column: v")
    edit(suite, "table: pets", "table: order")
    suite.rename(suite.with_name("order.yaml"))
    edit(pets / "datasets/pets/dimensions.yaml", "name: calm", "name: v")
    done = build_pets(pets, tmp_path / "store")
    assert done.verdict == "warn"
    told = {d.name: d for d in done.version.coverage.dimensions}["v"]
    assert (told.n, told.max, told.by_source["dog"].n) == (10, 1.0, 5)
    assert done.version.coverage.classes[0].labelled == 10


def test_rows_without_a_source_are_counted_by_themselves(pets: Path, tmp_path: Path) -> None:
    edit(
        pets / "datasets/pets/dataset.yaml", "nullable: false, values: [cat, dog]", "values: [cat]"
    )
    edit(pets / "pets_builders/pets.py", '"kind": kind', '"kind": "cat" if kind == "cat" else None')
    covered = build_pets(pets, tmp_path / "store").version.coverage
    assert {name: told.n for name, told in covered.dimensions[0].by_source.items()} == {
        "cat": 5,
        "null": 5,
    }
