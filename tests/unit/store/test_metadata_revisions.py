"""What is said about rows may change without the rows: a metadata revision, and what follows it."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from hueset.declaration.project import Project, find_project
from hueset.errors import StoreError
from hueset.release.card import render_documents
from hueset.release.export import export_version
from hueset.store.diff import diff_versions
from hueset.store.metadata_revisions import as_declared, record_as_declared
from hueset.store.revision_folders import revisions_folder
from hueset.store.store import StoredVersion, VersionStore
from hueset.store.verify import verify_version
from tests.support.in_process_build import build_pets, tree
from tests.support.pets_project import write_pets

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one built version, built once."""
    root = tmp_path_factory.mktemp("sound") / "pets_project"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HUESET_CACHE", str(tmp_path_factory.mktemp("cache")))
        build_pets(write_pets(root), root / "artifacts")
    return root


@pytest.fixture
def pets(sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUESET_CACHE", str(tmp_path / "cache"))
    shutil.copytree(sound, tmp_path / "pets_project", symlinks=True)
    return tmp_path / "pets_project"


def opened(pets: Path) -> tuple[Project, VersionStore, StoredVersion]:
    project, store = find_project(pets), VersionStore(pets / "artifacts")
    return project, store, store.version("pets")


def say(pets: Path, old: str, new: str, times: int = -1) -> None:
    path = pets / "datasets/pets/dataset.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, times))


def test_a_changed_licence_is_a_revision_and_no_other_version(pets: Path) -> None:
    _, _, before = opened(pets)
    bytes_before = tree(before.path)
    say(pets, "licence: CC0-1.0", "licence: CC-BY-NC-4.0")

    done = build_pets(pets, pets / "artifacts")

    assert (done.state, done.version.name) == ("unchanged", before.name)
    assert done.revised is not None
    assert done.revised.number == 2
    assert done.revised.changes[0] == "licence CC0-1.0 → CC-BY-NC-4.0"
    assert tree(before.path) == bytes_before
    project, store, now = opened(pets)
    assert now.manifest.licence == "CC-BY-NC-4.0"
    assert now.manifest.metadata.revision == 2
    assert now.manifest.licences == {"pets": {"CC-BY-NC-4.0": 10}}
    assert now.original.licence == "CC0-1.0"
    assert "license: cc-by-nc-4.0" in (now.papers / "README.md").read_text()
    assert "CC-BY-NC-4.0" in (now.papers / "croissant.json").read_text()
    assert store.records(now, "metadata")[0].revision == 2
    assert verify_version(now, records=store.records(now)).faults == ()
    folder = export_version(project, now, pets / "out")
    told = json.loads((folder / "manifest.json").read_text())
    assert (told["licence"], told["metadata"]["revision"]) == ("CC-BY-NC-4.0", 2)
    assert build_pets(pets, pets / "artifacts").revised is None


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("title: Pets", "title: Animals", "title Pets → Animals"),
        ("citation: The authors of this test.", "citation: Others.", "citation of pets"),
        ("summary: Ten pets", "summary: 10 pets", "summary"),
        ("description: The kind.", "description: Its kind.", "description of pets.kind"),
        ("    kind: folder", "    homepage: https://a.org\n    kind: folder", "homepage of pets"),
    ],
)
def test_every_other_word_makes_one_too(pets: Path, old: str, new: str, change: str) -> None:
    say(pets, old, new, 1)
    done = build_pets(pets, pets / "artifacts")
    assert done.state == "unchanged"
    assert done.revised is not None
    assert done.revised.changes == (change,)


def test_so_does_the_prose_of_the_card(pets: Path) -> None:
    (pets / "datasets/pets/card.md").write_text("Other words.\n")
    done = build_pets(pets, pets / "artifacts")
    assert done.revised is not None
    assert done.revised.changes == ("the card's text",)
    assert "Other words." in (done.version.papers / "README.md").read_text()


def test_revisions_are_numbered_and_the_newest_holds(pets: Path) -> None:
    for title in ("Two", "Three"):
        say(pets, "title: ", f"title: {title} ", 1)
        build_pets(pets, pets / "artifacts")
    _, _, now = opened(pets)
    assert sorted(path.name for path in revisions_folder(now.path).iterdir()) == ["2", "3"]
    assert now.manifest.title.startswith("Three")
    assert now.manifest.metadata.revision == 3


def test_what_goes_out_is_as_declared_though_nothing_was_built(pets: Path) -> None:
    say(pets, "licence: CC0-1.0", "licence: CC-BY-NC-4.0")
    project, store, found = opened(pets)

    shown = as_declared(project, found)

    assert "license: cc-by-nc-4.0" in render_documents(project, shown, None)["README.md"]
    assert not revisions_folder(found.path).exists()
    recorded = record_as_declared(project, store, found, render_documents)
    assert recorded.manifest == shown.manifest
    assert as_declared(project, recorded) is recorded


def test_the_declaration_of_another_semver_speaks_for_itself_alone(pets: Path) -> None:
    say(pets, "licence: CC0-1.0", "licence: CC-BY-NC-4.0")
    say(pets, "version: 1.0.0", "version: 1.0.1")
    project, _, found = opened(pets)
    assert as_declared(project, found) is found


def test_a_pulled_version_is_spoken_for_by_who_released_it(pets: Path) -> None:
    say(pets, "licence: CC0-1.0", "licence: CC-BY-NC-4.0")
    project, store, found = opened(pets)
    for path in (store.root / "pets/_records" / found.name).iterdir():
        path.rename(path.with_name(path.name.replace("build-", "pull-")))
    assert as_declared(project, found) is found


def test_diff_tells_what_is_said_otherwise(pets: Path) -> None:
    _, store, before = opened(pets)
    shutil.copytree(store.root, pets / "before", symlinks=True)
    old = VersionStore(pets / "before").version("pets", before.name)
    say(pets, "licence: CC0-1.0", "licence: CC-BY-NC-4.0")
    told = diff_versions(old, build_pets(pets, pets / "artifacts").version)
    assert told["licence"] == ["CC0-1.0", "CC-BY-NC-4.0"]
    assert "licence of pets CC0-1.0 → CC-BY-NC-4.0" in told["metadata"]
    assert told["tables"]["pets"]["state"] == "same"


def test_a_version_built_again_does_not_take_over_what_was_said_of_the_lost_one(pets: Path) -> None:
    say(pets, "title: Pets", "title: Two", 1)
    build_pets(pets, pets / "artifacts")
    _, _, found = opened(pets)
    shutil.rmtree(found.path)
    (found.path.parent / "latest").unlink()
    again = build_pets(pets, pets / "artifacts").version
    assert again.manifest.metadata.revision == 1
    assert again.manifest.title == "Two"
    say(pets, "title: Two", "title: Three", 1)
    revised = build_pets(pets, pets / "artifacts").version
    assert revised.manifest.title == "Three"


def test_a_damaged_revision_is_named_and_never_passed_over(pets: Path) -> None:
    say(pets, "licence: CC0-1.0", "licence: CC-BY-NC-4.0")
    build_pets(pets, pets / "artifacts")
    _, store, found = opened(pets)
    folder = revisions_folder(found.path) / "2"
    (folder / "README.md").write_text("other")
    faults = verify_version(found, records=store.records(found)).faults
    assert [(one.path, one.kind) for one in faults] == [
        (f"_metadata/{found.name}/2/README.md", "changed")
    ]
    (folder / "metadata.json").write_text("{")
    with pytest.raises(StoreError, match=r"metadata revision .* cannot be read"):
        assert opened(pets)[2].manifest.licence


def test_a_version_written_before_there_were_revisions_is_read_and_revised(pets: Path) -> None:
    _, _, found = opened(pets)
    path = found.path / "manifest.json"
    old = json.loads(path.read_text())
    del old["metadata"], old["licence_declared"]
    old["licence"] = "CC0-1.0"
    old["metadata_digest"] = "0" * 64
    path.write_text(json.dumps(old))
    assert build_pets(pets, pets / "artifacts").revised is None
    say(pets, "licence: CC0-1.0", "licence: CC-BY-NC-4.0")
    done = build_pets(pets, pets / "artifacts")
    assert done.version.manifest.licence == "CC-BY-NC-4.0"


def test_a_licence_that_rows_say_makes_another_version(pets: Path) -> None:
    say(
        pets,
        "      split: {type",
        "      licence: {type: string, description: Its.}\n      split: {type",
    )
    maker = pets / "pets_builders/pets.py"
    maker.write_text(
        maker.read_text().replace(
            '"split": split}',
            '"split": split, "licence": inputs.dataset.sources["pets"].licence}',
        )
    )
    first = build_pets(pets, pets / "artifacts")
    say(pets, "licence: CC0-1.0", "licence: CC-BY-NC-4.0")
    project = find_project(pets)
    with pytest.raises(ValueError, match=r"rows say CC0-1\.0 for the source pets") as caught:
        as_declared(project, first.version)
    assert "build-dataset pets" in str(getattr(caught.value, "hint", ""))
    second = build_pets(pets, pets / "artifacts")
    assert second.state == "built"
    assert second.version.name != first.version.name
    assert second.version.manifest.licences == {"pets": {"CC-BY-NC-4.0": 10}}
