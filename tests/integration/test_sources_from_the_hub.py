"""The real Hub client against a loopback server that speaks what it asks for one file."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest

from hueset.errors import (
    FetchError,
    FetchNotFoundError,
    FetchRefusedError,
    FetchServerError,
    SourceChangedError,
)
from hueset.sources import Resolution, hub, resolve_sources
from hueset.sources.hub import Address
from tests.support.loopback_server import Answer, Loopback, body, status
from tests.support.source_declarations import declare, file_pin, places

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"
ADDRESS = f"hf://datasets/people/pets@{COMMIT}/data/pets.csv"
PLACE = f"/datasets/people/pets/resolve/{COMMIT}/data/pets.csv"
DATA = b"a,b\n1,2\n"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The client waits 23 s in all between its tries; here it only says so."""
    waited: list[float] = []
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", waited.append)
    return waited


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Loopback() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.root)
        yield running


def take(root: Path, pinned: bytes = DATA, **said: object) -> Resolution:
    dataset = declare({"pets": {"hub": ADDRESS, "pin": file_pin(pinned), **said}})
    return resolve_sources(dataset, places(root))


def good(data: bytes = DATA) -> Answer:
    return body(data, etag='"abc"', X_Repo_Commit=COMMIT)


def refused(code: int, error: str = "") -> Answer:
    return status(code, b"", X_Error_Code=error, X_Error_Message="no")


def test_a_file_is_fetched_once_and_then_comes_from_the_cache(
    server: Loopback, tmp_path: Path
) -> None:
    server.at(PLACE, good())
    first = take(tmp_path)
    assert (first.sources["pets"].via, first.sources["pets"].read()) == ("hub", DATA)
    asked = len(server.asked)
    again = take(tmp_path)
    assert (again.sources["pets"].via, again.sources["pets"].read()) == ("cache", DATA)
    assert len(server.asked) == asked
    assert (tmp_path / "cache/hub").is_dir()


def test_other_bytes_are_a_change(server: Loopback, tmp_path: Path) -> None:
    server.at(PLACE, good(b"other"))
    with pytest.raises(SourceChangedError):
        take(tmp_path)


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (refused(404, "EntryNotFound"), FetchNotFoundError, "no such file"),
        (refused(404, "RepoNotFound"), FetchNotFoundError, "no such repository"),
        (refused(401, "RepoNotFound"), FetchNotFoundError, "no such repository"),
        (refused(404, "RevisionNotFound"), FetchNotFoundError, "no such revision"),
        (refused(403, "GatedRepo"), FetchRefusedError, "is gated"),
    ],
)
def test_what_the_hub_refuses_is_told_in_words(
    answer: Answer, kind: type[FetchError], said: str, server: Loopback, tmp_path: Path
) -> None:
    server.at(PLACE, answer)
    with pytest.raises(kind, match=said) as seen:
        take(tmp_path)
    assert type(seen.value) is kind
    assert ADDRESS in seen.value.message
    assert "--source pets=PATH" in str(seen.value.hint)


def test_a_hub_that_is_broken_is_told(server: Loopback, tmp_path: Path) -> None:
    server.at(PLACE, status(500, b""))
    with pytest.raises(FetchServerError, match="500"):
        take(tmp_path)


def test_a_hub_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(FetchError, match="the Hub gives no answer") as seen:
        take(tmp_path)
    assert "network" in str(seen.value.hint)


def test_an_optional_source_does_not_wait_for_a_hub_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_waiting: list[float]
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    resolution = take(tmp_path, requirement="optional")
    assert resolution.missing_optional == ("pets",)
    assert "the Hub gives no answer" in str(resolution.looked["pets"][-1])
    assert no_waiting == []


def test_an_optional_source_comes_from_a_hub_that_is_there(
    server: Loopback, tmp_path: Path
) -> None:
    server.at(PLACE, good())
    assert take(tmp_path, requirement="optional").sources["pets"].via == "hub"


def test_without_the_client_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "huggingface_hub" else real(name)
    )
    with pytest.raises(FetchError, match="needs the package huggingface_hub") as seen:
        take(tmp_path)
    assert "hueset[hub]" in str(seen.value.hint)
    assert take(tmp_path, requirement="optional").missing_optional == ("pets",)


def test_a_url_is_tried_before_the_hub(server: Loopback, tmp_path: Path) -> None:
    server.at(PLACE, good())
    url = server.at("/pets.csv", status(404))
    resolution = take(tmp_path, url=url)
    assert resolution.sources["pets"].via == "hub"
    assert [look.via for look in resolution.looked["pets"]][-2:] == ["url", "hub"]


def test_an_address_is_read_in_its_parts() -> None:
    assert hub.parse_hub_address(ADDRESS) == Address("people/pets", COMMIT, "data/pets.csv")


SEVERAL = f"hf://datasets/people/pets@{COMMIT}/data/{{cats,dogs}}.csv"


def test_several_files_are_fetched_as_one_folder(server: Loopback, tmp_path: Path) -> None:
    folder = f"/datasets/people/pets/resolve/{COMMIT}/data"
    server.at(f"{folder}/cats.csv", good(b"a,b\n1,2\n"))
    server.at(f"{folder}/dogs.csv", body(b"a,b\n3,4\n", etag='"def"', X_Repo_Commit=COMMIT))
    pin = {"members": {"glob": ["*.csv"], "count": 2}}
    dataset = declare({"pets": {"hub": SEVERAL, "kind": "folder", "pin": pin}})
    first = resolve_sources(dataset, places(tmp_path)).sources["pets"]
    assert dict(first.iterate()) == {"cats.csv": b"a,b\n1,2\n", "dogs.csv": b"a,b\n3,4\n"}
    asked = len(server.asked)
    again = resolve_sources(dataset, places(tmp_path)).sources["pets"]
    assert (again.via, again.digest) == ("cache", first.digest)
    assert len(server.asked) == asked


def test_a_folder_of_which_one_file_is_missing_is_not_taken(
    server: Loopback, tmp_path: Path
) -> None:
    folder = f"/datasets/people/pets/resolve/{COMMIT}/data"
    server.at(f"{folder}/cats.csv", good())
    server.at(f"{folder}/dogs.csv", refused(404, "EntryNotFound"))
    dataset = declare(
        {"pets": {"hub": SEVERAL, "kind": "folder", "pin": {"pin_on_first_fetch": True}}}
    )
    for _ in range(2):
        with pytest.raises(FetchNotFoundError, match="no such file"):
            resolve_sources(dataset, places(tmp_path))
