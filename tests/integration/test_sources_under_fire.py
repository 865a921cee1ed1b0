"""The real download code against a real server that serves everything that can go wrong."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from hueset.errors import (
    ConnectionLostError,
    FetchError,
    FetchNotFoundError,
    FetchRefusedError,
    FetchServerError,
    FetchTimeoutError,
    HtmlPageError,
    LfsPointerError,
    RateLimitedError,
    SourceChangedError,
    SourceError,
    SourceFormatError,
    SourceMissingError,
)
from hueset.sources import Policy, Resolution, lock, resolve_sources, take_inventory
from hueset.sources import cache as cachedir
from tests.support.loopback_server import Loopback, body, cut, silence, status, without_length
from tests.support.source_declarations import (
    HTML_PAGE,
    LFS_POINTER,
    declare,
    file_pin,
    places,
    sha256,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATA = b"id,text\n" + b"".join(b"%d,some words\n" % n for n in range(3000))
OTHER = DATA.replace(b"some", b"SOME")
SHORTER = DATA[: DATA.index(b"\n", 5000) + 1]


class Case:
    """A dataset with one source at the server, and what was waited for."""

    def __init__(self, server: Loopback, root: Path) -> None:
        self.server, self.root = server, root
        self.waited: list[float] = []
        self.told: list[tuple[str, int, int | None]] = []
        self.said: dict[str, object] = {"pin": file_pin(DATA)}

    def resolve(self, url: str, **policy: float) -> Resolution:
        tried = Policy(**{"tries": 3, "read_timeout_s": 5, **policy}, sleep=self.waited.append)  # type: ignore[arg-type]
        dataset = declare({"pets": {"url": url, **self.said}})
        return resolve_sources(
            dataset,
            places(self.root, policy=tried),
            progress=lambda *told: self.told.append(told),
        )

    def fault(self, url: str, **policy: float) -> SourceError:
        """Return the error a download ends in; nothing may be visible in the cache then."""
        with pytest.raises(SourceError) as seen:
            self.resolve(url, **policy)
        assert self.published() == []
        assert seen.value.exit_code == 3
        assert "'pets'" in seen.value.message
        assert url in seen.value.message
        assert seen.value.hint
        return seen.value

    def published(self) -> list[Path]:
        """Return every file that a build could take for a source."""
        return [path for path in (cachedir.cache_dir() / "sources").rglob("*") if path.is_file()]

    def partial(self) -> list[bytes]:
        """Return what is kept of half downloads."""
        return [path.read_bytes() for path in (cachedir.cache_dir() / "partial").glob("*.part")]

    def ranges(self) -> list[str | None]:
        """Return the Range header of every request."""
        return [headers.get("Range") for _, headers in self.server.asked]


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Loopback() as server:
        yield Case(server, tmp_path)


def test_right_bytes_are_fetched_once_and_then_come_from_the_cache(case: Case) -> None:
    url = case.server.at("/pets.csv", body(DATA))
    first = case.resolve(url)
    assert first.sources["pets"].read() == DATA
    assert (first.sources["pets"].via, first.pins["pets"]) == ("url", "ok")
    assert [path.name for path in case.published()] == ["pets.csv"]
    again = case.resolve(url)
    assert again.sources["pets"].via == "cache"
    assert len(case.server.asked) == 1
    assert case.partial() == []


def test_the_bytes_are_asked_for_as_they_lie_there(case: Case) -> None:
    case.resolve(case.server.at("/pets.csv", body(DATA)))
    assert case.server.asked[0][1]["Accept-Encoding"] == "identity"


def test_progress_is_told_in_bytes_of_the_whole(case: Case) -> None:
    case.resolve(case.server.at("/pets.csv", body(DATA)))
    assert ("pets", len(DATA), len(DATA)) in case.told
    assert {total for _, _, total in case.told} == {len(DATA)}


@pytest.mark.parametrize("served", [OTHER, DATA + b"more\n", DATA[:-500], b"", b"x"])
def test_other_bytes_are_a_change_that_names_both(served: bytes, case: Case) -> None:
    fault = case.fault(case.server.at("/pets.csv", body(served)))
    assert type(fault) is SourceChangedError
    assert sha256(DATA) in fault.message
    assert f"{len(served):,} bytes" in fault.message
    assert "change the pin" in str(fault.hint)
    assert case.partial() == []
    assert case.waited == []


def test_a_file_of_another_size_is_not_fetched_whole(case: Case) -> None:
    case.fault(case.server.at("/pets.csv", body(os.urandom(30_000_000))))
    assert max((done for _, done, _ in case.told), default=0) < 1_000_000


def test_a_body_that_does_not_end_is_stopped(case: Case) -> None:
    fault = case.fault(case.server.at("/pets.csv", without_length(DATA * 500)))
    assert type(fault) is SourceChangedError
    assert max((done for _, done, _ in case.told), default=0) <= len(DATA)


@pytest.mark.parametrize("headers", [{"Content_Type": "text/html"}, {}])
def test_a_page_is_told_from_data(headers: dict[str, str], case: Case) -> None:
    fault = case.fault(case.server.at("/pets.csv", body(HTML_PAGE, **headers)))
    assert type(fault) is HtmlPageError
    assert "is an HTML page" in fault.message
    assert "login" in str(fault.hint)
    assert case.partial() == []


def test_a_pointer_is_told_from_data(case: Case) -> None:
    fault = case.fault(case.server.at("/pets.csv", body(LFS_POINTER)))
    assert type(fault) is LfsPointerError
    assert "git-LFS pointer to a file of 12,345 bytes" in fault.message
    assert "the URL names the pointer" in str(fault.hint)
    assert case.partial() == []


def test_a_cut_connection_is_resumed_where_it_was_cut(case: Case) -> None:
    url = case.server.at("/pets.csv", cut(DATA, 7000), cut(DATA, 9000), body(DATA))
    assert case.resolve(url).sources["pets"].read() == DATA
    assert case.ranges() == [None, "bytes=7000-", "bytes=16000-"]
    assert {headers.get("If-Range") for _, headers in case.server.asked[1:]} == {'"one"'}
    assert case.waited == [1.0, 2.0]
    assert case.partial() == []


def test_a_connection_that_is_always_cut_is_given_up_and_resumed_by_the_next_run(
    case: Case,
) -> None:
    url = case.server.at("/pets.csv", cut(DATA, 5000))
    fault = case.fault(url)
    assert type(fault) is ConnectionLostError
    assert f"after 15,000 of {len(DATA):,} bytes" in fault.message
    assert "run it again" in str(fault.hint)
    assert case.partial() == [DATA[:15000]]
    case.server.asked.clear()
    case.server.at("/pets.csv", body(DATA))
    assert case.resolve(url).sources["pets"].read() == DATA
    assert case.ranges() == ["bytes=15000-"]


def test_a_truncated_body_of_a_server_without_ranges_is_given_up(case: Case) -> None:
    def truncated(request):  # type: ignore[no-untyped-def]
        request.head(200, Content_Length=len(DATA))
        request.wfile.write(DATA[:4000])
        request.cut()

    fault = case.fault(case.server.at("/pets.csv", truncated))
    assert type(fault) is ConnectionLostError
    assert f"after 4,000 of {len(DATA):,} bytes" in fault.message
    assert len(case.server.asked) == 3


def test_a_server_without_ranges_is_asked_for_the_whole_again(case: Case) -> None:
    url = case.server.at("/pets.csv", cut(DATA, 7000), body(DATA, ranges=False))
    assert case.resolve(url).sources["pets"].read() == DATA


def test_a_body_without_length_that_ends_early_is_resumed(case: Case) -> None:
    url = case.server.at("/pets.csv", without_length(DATA[:6000]), body(DATA))
    assert case.resolve(url).sources["pets"].read() == DATA
    assert case.ranges() == [None, "bytes=6000-"]


def test_a_file_that_was_replaced_between_two_tries_is_not_glued_together(case: Case) -> None:
    url = case.server.at("/pets.csv", cut(OTHER, 7000, etag='"old"'), body(DATA, etag='"new"'))
    assert case.resolve(url).sources["pets"].read() == DATA
    assert case.server.asked[1][1]["If-Range"] == '"old"'


def test_a_half_that_an_earlier_run_left_of_another_file_is_thrown_away(case: Case) -> None:
    url = case.server.at("/pets.csv", cut(OTHER, 3000, etag=""))
    case.fault(url, tries=1)
    case.server.at("/pets.csv", body(DATA, etag=""))
    assert case.resolve(url).sources["pets"].read() == DATA
    assert case.ranges()[-2:] == ["bytes=3000-", None]


def test_a_half_that_is_longer_than_the_file_is_thrown_away(case: Case) -> None:
    case.said["pin"] = {"pin_on_first_fetch": True}
    url = case.server.at("/pets.csv", cut(DATA, 7000))
    case.fault(url, tries=1)
    case.server.at("/pets.csv", body(SHORTER))
    assert case.resolve(url).sources["pets"].read() == SHORTER
    assert case.ranges()[-2:] == ["bytes=7000-", None]


def test_a_range_that_begins_elsewhere_is_not_glued_on(case: Case) -> None:
    def elsewhere(request):  # type: ignore[no-untyped-def]
        request.head(
            206,
            Content_Range=f"bytes 100-{len(DATA) - 1}/{len(DATA)}",
            Content_Length=len(DATA) - 100,
        )
        request.wfile.write(DATA[100:])

    url = case.server.at("/pets.csv", cut(DATA, 7000), elsewhere, body(DATA))
    assert case.resolve(url).sources["pets"].read() == DATA
    assert case.ranges() == [None, "bytes=7000-", None]


def test_an_unpinned_half_without_a_tag_is_begun_anew(case: Case) -> None:
    case.said["pin"] = {"pin_on_first_fetch": True}
    url = case.server.at("/pets.csv", cut(OTHER, 7000, etag=""), body(DATA, etag=""))
    assert case.resolve(url).sources["pets"].read() == DATA
    assert case.ranges() == [None, None]


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (404, FetchNotFoundError, "moved or was withdrawn"),
        (410, FetchNotFoundError, "moved or was withdrawn"),
        (401, FetchRefusedError, "login"),
        (403, FetchRefusedError, "login"),
        (418, FetchRefusedError, "login"),
    ],
)
def test_a_refusal_is_not_tried_again(
    code: int, kind: type[FetchError], said: str, case: Case
) -> None:
    fault = case.fault(case.server.at("/pets.csv", status(code)))
    assert type(fault) is kind
    assert f"answered {code}" in fault.message
    assert said in str(fault.hint)
    assert "--source pets=PATH" in str(fault.hint)
    assert len(case.server.asked) == 1
    assert case.waited == []


def test_a_busy_server_is_waited_for_as_it_asks(case: Case) -> None:
    url = case.server.at("/pets.csv", status(429, Retry_After=7), body(DATA))
    assert case.resolve(url).sources["pets"].read() == DATA
    assert case.waited == [7.0]


def test_a_server_that_stays_busy_is_given_up(case: Case) -> None:
    fault = case.fault(case.server.at("/pets.csv", status(429, Retry_After=3)))
    assert type(fault) is RateLimitedError
    assert "answered 429" in fault.message
    assert case.waited == [3.0, 3.0]


def test_a_server_that_asks_for_an_hour_is_not_waited_for(case: Case) -> None:
    fault = case.fault(case.server.at("/pets.csv", status(429, Retry_After=3600)))
    assert type(fault) is RateLimitedError
    assert "wait 3,600 s" in str(fault.hint)
    assert case.waited == []


def test_a_closed_server_is_tried_again(case: Case) -> None:
    url = case.server.at("/pets.csv", status(503), status(500), body(DATA))
    assert case.resolve(url).sources["pets"].read() == DATA
    assert case.waited == [1.0, 2.0]


def test_a_server_that_stays_closed_is_given_up(case: Case) -> None:
    fault = case.fault(case.server.at("/pets.csv", status(503)))
    assert type(fault) is FetchServerError
    assert "answered 503" in fault.message
    assert len(case.server.asked) == 3


def test_a_half_is_kept_over_a_server_that_is_closed_meanwhile(case: Case) -> None:
    url = case.server.at("/pets.csv", cut(DATA, 7000), status(503), body(DATA))
    assert case.resolve(url).sources["pets"].read() == DATA
    assert case.ranges() == [None, "bytes=7000-", "bytes=7000-"]


def test_a_redirect_is_followed(case: Case) -> None:
    case.server.at("/real.csv", body(DATA))
    url = case.server.at("/pets.csv", status(302, Location="/real.csv"))
    assert case.resolve(url).sources["pets"].read() == DATA
    assert [path.name for path in case.published()] == ["pets.csv"]


def test_redirects_in_a_circle_end(case: Case) -> None:
    fault = case.fault(case.server.at("/pets.csv", status(302, Location="/pets.csv")))
    assert type(fault) is FetchError
    assert "redirect" in fault.message.lower()


def test_a_redirect_away_from_http_is_not_followed(case: Case) -> None:
    fault = case.fault(case.server.at("/pets.csv", status(302, Location="ftp://x.org/a")))
    assert type(fault) is FetchError
    assert "not http" in str(fault.hint)
    assert len(case.server.asked) == 1


@pytest.mark.parametrize("after", [b"", DATA[:2000]])
def test_a_server_that_hangs_is_given_up(after: bytes, case: Case) -> None:
    url = case.server.at("/pets.csv", silence(after, len(DATA)))
    fault = case.fault(url, read_timeout_s=0.2, tries=2)
    assert type(fault) is FetchTimeoutError
    assert "said nothing for 0.2 s" in fault.message
    assert "hang" in str(fault.hint)
    assert len(case.server.asked) == 2


def test_a_hang_in_the_middle_is_resumed(case: Case) -> None:
    url = case.server.at("/pets.csv", silence(DATA[:2000], len(DATA)), body(DATA))
    assert case.resolve(url, read_timeout_s=0.3).sources["pets"].read() == DATA
    assert case.ranges() == [None, "bytes=2000-"]


def test_a_connection_closed_without_an_answer_is_tried_again(case: Case) -> None:
    url = case.server.at("/pets.csv", lambda request: request.cut(), body(DATA))
    assert case.resolve(url).sources["pets"].read() == DATA


def test_a_server_that_is_not_there_is_named(case: Case) -> None:
    fault = case.fault("http://127.0.0.1:9/pets.csv")
    assert type(fault) is FetchError
    assert "no connection" in fault.message
    assert "network" in str(fault.hint)


def test_a_long_download_may_be_cut_more_often_than_there_are_tries(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hueset.sources.fetch.PROGRESS_BYTES", 4000)
    url = case.server.at("/pets.csv", *[cut(DATA, 5000)] * 7, body(DATA))
    assert case.resolve(url).sources["pets"].read() == DATA
    assert len(case.server.asked) == 8
    assert case.waited == [1.0] * 7


def test_an_interrupted_download_leaves_nothing_visible_and_is_resumed(case: Case) -> None:
    url = case.server.at("/pets.csv", silence(DATA[:9000], len(DATA)))

    def stop(_name: str, done: int, _total: int | None) -> None:
        if done >= 9000:
            raise KeyboardInterrupt

    dataset = declare({"pets": {"url": url, **case.said}})
    with pytest.raises(KeyboardInterrupt):
        resolve_sources(dataset, places(case.root), progress=stop)
    assert case.published() == []
    case.server.at("/pets.csv", body(DATA))
    assert case.resolve(url).sources["pets"].read() == DATA
    assert case.ranges() == [None, "bytes=9000-"]


def test_two_builds_at_once_download_once(case: Case) -> None:
    gate = threading.Event()

    def slow(request):  # type: ignore[no-untyped-def]
        gate.wait(10)
        body(DATA)(request)

    url = case.server.at("/pets.csv", slow)
    read: list[bytes] = []
    builds = [
        threading.Thread(target=lambda: read.append(case.resolve(url).sources["pets"].read()))
        for _ in range(4)
    ]
    for build in builds:
        build.start()
    gate.set()
    for build in builds:
        build.join()
    assert read == [DATA] * 4
    assert len(case.server.asked) == 1


def test_a_damaged_file_in_the_cache_is_fetched_again(case: Case) -> None:
    url = case.server.at("/pets.csv", body(DATA))
    case.resolve(url)
    case.published()[0].write_bytes(OTHER)
    resolution = case.resolve(url)
    assert resolution.sources["pets"].read() == DATA
    assert resolution.sources["pets"].via == "url"


def test_a_broken_archive_does_not_stay_in_the_cache(case: Case) -> None:
    case.said.update(pin={"pin_on_first_fetch": True}, kind="folder")
    url = case.server.at("/pets.zip", body(b"PK\x03\x04 cut short"))
    with pytest.raises(SourceFormatError, match="not a whole archive"):
        case.resolve(url)
    assert case.published() == []


def test_a_cache_that_cannot_be_written_says_so(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    (case.root / "file").write_text("not a folder")
    monkeypatch.setenv("HUESET_CACHE", str(case.root / "file"))
    with pytest.raises(SourceError, match="cannot write the cache") as seen:
        case.resolve(case.server.at("/pets.csv", body(DATA)))
    assert "HUESET_CACHE" in str(seen.value.hint)


def test_the_next_alternative_is_fetched_where_the_first_cannot_be(case: Case) -> None:
    gone = case.server.at("/gone.csv", status(404))
    there = case.server.at("/there.csv", body(DATA))
    said = {"pin": file_pin(DATA), "requirement": "any_of:forms"}
    dataset = declare({"gone": {**said, "url": gone}, "there": {**said, "url": there}})
    resolution = resolve_sources(dataset, places(case.root))
    assert list(resolution.sources) == ["there"]
    assert "E_FETCH_NOT_FOUND" in str(resolution.looked["gone"][-1])


def test_all_that_could_not_be_fetched_is_listed_with_each_reason(case: Case) -> None:
    gone = case.server.at("/gone.csv", status(404))
    page = case.server.at("/page.csv", body(HTML_PAGE))
    pin = file_pin(DATA)
    dataset = declare({"gone": {"pin": pin, "url": gone}, "page": {"pin": pin, "url": page}})
    with pytest.raises(SourceMissingError) as seen:
        resolve_sources(dataset, places(case.root))
    assert "E_FETCH_NOT_FOUND" in seen.value.message
    assert "E_SOURCE_HTML" in seen.value.message


def test_an_optional_source_that_is_gone_is_missing_and_one_that_changed_is_an_error(
    case: Case,
) -> None:
    case.said["requirement"] = "optional"
    resolution = case.resolve(case.server.at("/pets.csv", status(404)))
    assert resolution.missing_optional == ("pets",)
    assert "E_FETCH_NOT_FOUND" in str(resolution.looked["pets"][-1])
    assert type(case.fault(case.server.at("/changed.csv", body(OTHER)))) is SourceChangedError


def test_bytes_that_were_never_at_hand_are_recorded_at_first_fetch_and_then_hold(
    case: Case,
) -> None:
    url = case.server.at("/pets.csv", body(DATA))
    dataset = declare({"pets": {"url": url, "pin": {"pin_on_first_fetch": True}}})
    where = places(case.root)
    (entry,) = take_inventory(dataset, where, lock=True).entries
    assert (entry.state, entry.via) == ("locked", "url")
    assert lock.read_lock(where.dataset_dir)["pets"].digest == sha256(DATA)
    assert resolve_sources(dataset, where).pins == {"pets": "locked"}

    case.published()[0].unlink()
    case.server.at("/pets.csv", body(OTHER))
    with pytest.raises(SourceChangedError) as seen:
        resolve_sources(dataset, where)
    assert sha256(DATA) in seen.value.message
    assert sha256(OTHER) in seen.value.message
    assert case.published() == []

    case.server.at("/pets.csv", body(DATA))
    assert resolve_sources(dataset, where).pins == {"pets": "locked"}


def test_an_inventory_that_cannot_fetch_says_why(case: Case) -> None:
    url = case.server.at("/pets.csv", status(404))
    dataset = declare({"pets": {"url": url, "pin": {"pin_on_first_fetch": True}}})
    (entry,) = take_inventory(dataset, places(case.root), lock=True).entries
    assert not entry.found
    assert "E_FETCH_NOT_FOUND" in str(entry.looked[-1])


@pytest.mark.parametrize("pinned", [True, False])
def test_a_half_whose_bytes_changed_on_the_disk_is_not_gone_on_from(
    case: Case, pinned: bool
) -> None:
    case.said = {"pin": file_pin(DATA) if pinned else {"unpinned": True}}
    url = case.server.at("/pets.csv", cut(DATA, 15000))
    case.fault(url, tries=1)
    (half,) = (cachedir.cache_dir() / "partial").glob("*.part")
    half.write_bytes(half.read_bytes().replace(b"words", b"swords"[:5], 1))
    case.server.at("/pets.csv", body(DATA))
    assert case.resolve(url).sources["pets"].read() == DATA
    assert case.ranges()[-1] is None


SECRETS = ("pw-1f0c", "tok-9a2e", "sig-77b1", "key-30d5", "cred-5e5e")
"""What was planted in addresses; it must come out nowhere."""


def _secretive(root: str, path: str) -> str:
    user = root.replace("http://", f"http://anna:{SECRETS[0]}@")
    query = f"token={SECRETS[1]}&X-Amz-Signature={SECRETS[2]}&api_key={SECRETS[3]}&year=2020"
    return f"{user}{path}?{query}#access_token={SECRETS[4]}"


def _leaks(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def _redirect(to: str):  # type: ignore[no-untyped-def]
    def answer(request):  # type: ignore[no-untyped-def]
        request.head(302, Location=to, Content_Length=0)

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        status(404),
        status(403),
        status(503),
        body(OTHER),
        body(HTML_PAGE),
        body(LFS_POINTER),
        cut(DATA, 100),
        _redirect("ftp://anna:pw-1f0c@127.0.0.1/x?token=tok-9a2e"),
        _redirect("http://anna:pw-1f0c@127.0.0.1:9/x?token=tok-9a2e&Signature=sig-77b1"),
    ],
)
def test_no_error_or_log_of_a_download_holds_what_opens_the_address(
    answer: object, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "httpx")
    case.server.at("/pets.csv", answer)  # type: ignore[arg-type]
    with pytest.raises(SourceError) as seen:
        case.resolve(_secretive(case.server.root, "/pets.csv"), tries=1)
    error = seen.value
    assert "/pets.csv" in error.message
    assert _leaks(f"{error.message} {error.hint} {error.value} {caplog.text}") == []
    assert case.server.asked, "the address itself was asked"


def test_nothing_that_is_kept_or_shown_holds_what_opens_the_address(case: Case) -> None:
    case.server.at("/pets.csv", body(DATA))
    url = _secretive(case.server.root, "/pets.csv")
    case.said["homepage"] = url
    done = case.resolve(url)
    asked = case.server.asked[-1]
    assert f"token={SECRETS[1]}" in asked[0]
    assert asked[1]["Authorization"].startswith("Basic ")
    told = done.to_manifest()
    assert told[0]["from"].endswith("&year=2020#access_token=***")
    assert _leaks(f"{told} {done.looked} {done.dataset!r} {done.dataset.model_dump_json()}") == []
    missing = declare({"pets": {"url": url, "homepage": url, "pin": file_pin(OTHER)}})
    with pytest.raises(SourceMissingError) as seen:
        resolve_sources(missing, places(case.root, offline=True))
    assert "available from http://***@" in seen.value.message
    assert _leaks(f"{seen.value.message} {seen.value.hint}") == []
    taken = take_inventory(missing, places(case.root, offline=True))
    assert _leaks(str(taken)) == []
    for path in cachedir.cache_dir().rglob("*"):
        assert _leaks(str(path)) == []
        assert not path.is_file() or _leaks(path.read_bytes().decode(errors="replace")) == []
