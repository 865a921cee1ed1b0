from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hueset.errors import DeclarationError, SourceMissingError, UnknownNameError
from hueset.sources import cache as cachedir
from hueset.sources.locate import cache_path, is_configured, locate_sources, source_variable
from tests.support.source_declarations import declare, file_pin, places

URL = "https://example.org/files/pets.csv?download=1"
DATA = b"a,b\n1,2\n"
SOURCE = {"mirror": "pets/pets.csv", "url": URL, "pin": file_pin(DATA)}


class Ways:
    """A file for every way to a source."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.monkeypatch = root, monkeypatch
        self.dataset = declare({"pets": SOURCE})
        self.where = places(root)

    def file(self, place: str, data: bytes = DATA) -> Path:
        path = self.root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def give(self, way: str) -> Path:
        match way:
            case "flag":
                path = self.file("flag.csv")
                self.where = replace(self.where, flags={"pets": path})
            case "environment":
                path = self.file("environment.csv")
                self.monkeypatch.setenv("HUESET_SOURCE_PETS_PETS", str(path))
            case "local file":
                path = self.file("local.csv")
                self.file("hueset.local.yaml", b"pets:\n  pets: local.csv\nothers: {x: y}\n")
            case "mirror":
                path = self.file("mirror/pets/pets.csv")
                self.where = replace(self.where, mirror=self.root / "mirror")
            case _:
                path = cache_path("pets", "pets", URL, file_pin(DATA)["sha256"])
                self.file(str(path))
        return path

    def found(self) -> Any:
        return locate_sources(self.dataset, self.where, ["pets"])["pets"]


@pytest.fixture
def ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ways:
    return Ways(tmp_path, monkeypatch)


ORDER = ["flag", "environment", "local file", "mirror", "cache"]


@pytest.mark.parametrize("at", range(len(ORDER)))
def test_a_stronger_way_goes_before_all_weaker_ones(at: int, ways: Ways) -> None:
    given = {way: ways.give(way) for way in ORDER[at:]}
    assert ways.found().found == (given[ORDER[at]], ORDER[at])
    assert ways.found().configured is (at < 3)


def test_nowhere_is_told_with_every_place_that_was_looked_at(ways: Ways) -> None:
    located = ways.found()
    assert located.found is None
    assert not located.configured
    assert [look.via for look in located.looked] == ORDER
    text = "\n".join(str(look) for look in located.looked)
    assert "--source pets=PATH: not given" in text
    assert "HUESET_SOURCE_PETS_PETS: not set" in text
    assert "hueset.local.yaml, pets: pets: not given" in text
    assert "--mirror DIR, pets/pets.csv: not given" in text
    assert "pets.csv: does not exist" in text


@pytest.mark.parametrize("way", ["flag", "environment", "local file"])
def test_a_configured_path_that_is_absent_is_not_replaced_by_a_weaker_way(
    way: str, ways: Ways
) -> None:
    ways.give("mirror")
    ways.give(way).unlink()
    located = ways.found()
    assert located.configured
    assert located.found is None
    assert [str(look).rpartition(": ")[2] for look in located.looked] == ["does not exist"]


def test_a_mirror_that_lacks_the_file_leaves_it_to_the_cache(ways: Ways) -> None:
    cached = ways.give("cache")
    ways.give("mirror").unlink()
    assert ways.found().found == (cached, "cache")


def test_a_mirror_that_is_no_folder_is_not_passed_over(ways: Ways) -> None:
    ways.give("cache")
    with pytest.raises(SourceMissingError, match="nowhere is not a folder"):
        locate_sources(ways.dataset, replace(ways.where, mirror=ways.root / "nowhere"), ["pets"])


@pytest.mark.parametrize("damage", [b"a,b\n1,3\n", b"short", b""])
def test_a_damaged_file_in_the_cache_does_not_count(damage: bytes, ways: Ways) -> None:
    ways.give("cache").write_bytes(damage)
    located = ways.found()
    assert located.found is None
    assert "damaged, it will be fetched again" in str(located.looked[-1])


def test_the_cache_holds_pinned_bytes_by_their_hash_and_others_by_name(ways: Ways) -> None:
    home = cachedir.cache_dir() / "sources"
    assert cache_path("pets", "pets", URL, "ab" * 32) == home / ("ab" * 32) / "pets.csv"
    named = cache_path("pets", "dogs", URL, None)
    assert named.parent.name.startswith("pets.dogs.")
    assert named != cache_path("pets", "dogs", f"{URL}2", None)
    assert cache_path("pets", "dogs", "https://x.org/", "ab").name == "dogs"
    assert cache_path("pets", "dogs", "https://x.org/..", "ab").name == "dogs"


def test_a_local_path_is_below_the_project_unless_absolute(ways: Ways) -> None:
    path = ways.file("elsewhere/a.csv")
    ways.file("hueset.local.yaml", f"pets: {{pets: {path}}}\n".encode())
    assert ways.found().found == (path, "local file")


def test_home_is_understood_in_the_environment_and_the_local_file(
    ways: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(ways.root))
    path = ways.file("a.csv")
    ways.file("hueset.local.yaml", b"pets: {pets: ~/a.csv}\n")
    assert ways.found().found == (path, "local file")
    monkeypatch.setenv("HUESET_SOURCE_PETS_PETS", "~/a.csv")
    assert ways.found().found == (path, "environment")


def test_a_flag_for_no_declared_source_names_the_nearest(ways: Ways) -> None:
    where = replace(ways.where, flags={"petz": Path("x")})
    with pytest.raises(UnknownNameError, match="unknown source of pets 'petz'") as seen:
        locate_sources(ways.dataset, where, ["pets"])
    assert "did you mean 'pets'" in str(seen.value.hint)
    assert seen.value.exit_code == 2


def test_a_name_in_the_local_file_that_is_not_declared_is_told_with_its_line(ways: Ways) -> None:
    ways.file("hueset.local.yaml", b"pets:\n  pets: a\n  birds: b\n")
    with pytest.raises(UnknownNameError, match=r"hueset\.local\.yaml:3: unknown source .* 'birds'"):
        ways.found()


@pytest.mark.parametrize("text", [b"pets: [a]\n", b"pets: {pets: 5}\n", b"- a\n", b"pets: {\n"])
def test_a_local_file_that_is_not_valid_is_told(text: bytes, ways: Ways) -> None:
    ways.file("hueset.local.yaml", text)
    with pytest.raises(DeclarationError, match=r"hueset\.local\.yaml:\d"):
        ways.found()


@pytest.mark.parametrize("text", [b"", b"pets:\n", b"others: {x: y}\n"])
def test_a_local_file_that_says_nothing_of_the_dataset_is_fine(text: bytes, ways: Ways) -> None:
    ways.file("hueset.local.yaml", text)
    assert ways.found().found is None
    assert not is_configured(ways.dataset, ways.where)


def test_a_misspelt_variable_is_not_ignored(ways: Ways, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUESET_SOURCE_PETS_PET", "/x")
    with pytest.raises(UnknownNameError, match="HUESET_SOURCE_PETS_PET'") as seen:
        ways.found()
    assert "HUESET_SOURCE_PETS_PETS" in str(seen.value.hint)


def test_a_variable_of_another_dataset_is_left_alone(
    ways: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUESET_SOURCE_PETS_OF_THE_WORLD_ALBUM", "/x")
    monkeypatch.setenv("HUESET_SOURCE_PETS_PETS", "")
    assert ways.found().found is None


def test_the_variable_is_in_capitals() -> None:
    assert source_variable("vibe", "emobank_raw") == "HUESET_SOURCE_VIBE_EMOBANK_RAW"


@pytest.mark.parametrize("way", ORDER[:4])
def test_every_way_that_somebody_named_is_a_configuration(way: str, ways: Ways) -> None:
    assert not is_configured(ways.dataset, ways.where)
    ways.give(way)
    assert is_configured(ways.dataset, ways.where)


def test_the_cache_configures_nothing(ways: Ways) -> None:
    ways.give("cache")
    assert not is_configured(ways.dataset, ways.where)


@pytest.mark.parametrize("value", ["''", "5", "[a]"])
def test_a_local_path_that_is_none_is_named_with_its_line(ways: Ways, value: str) -> None:
    ways.file("hueset.local.yaml", f"pets: {{pets: {value}}}\n".encode())
    with pytest.raises(DeclarationError, match=r"hueset\.local\.yaml:1: expected a path"):
        ways.found()
