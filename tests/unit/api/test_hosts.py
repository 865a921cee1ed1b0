"""The names a service answers to, and the words of its start that say whom it lets in."""

from __future__ import annotations

import pytest

from hueset.errors import UsageError
from hueset_api.addresses import read_root_path
from hueset_api.hosts import Hosts, own_names, read_allowed, read_proxies
from hueset_api.settings import ServiceSettings, read_token


@pytest.mark.parametrize(
    ("host", "answers"),
    [
        (b"localhost", True),
        (b"LOCALHOST:8321", True),
        (b"127.0.0.1:80", True),
        (b"[::1]:80", True),
        (b"10.1.2.3", True),
        (b"data.example.org", True),
        (b"data.example.org.", True),
        (b"a.lab.example.org:443", True),
        (b"lab.example.org", False),
        (b"example.org", False),
        (b"evil.example", False),
        (b"localhost.evil.example", False),
        (b"", False),
        (b"a b", False),
        (b"localhost:99x", False),
        (b"127.0.0.1.evil.example", False),
        (b"[::1", False),
        (b"evil.example@localhost", False),
        (b"localhost/evil", False),
        ("ü".encode(), False),
        (b"0x7f.1", False),
        (b"a\x00", False),
    ],
)
def test_a_name_is_answered_that_is_its_own_or_an_address(host: bytes, answers: bool) -> None:
    hosts = Hosts(read_allowed(["data.example.org", "*.LAB.example.org"]))
    assert hosts.answer_to(host) is answers


def test_a_star_answers_to_every_name() -> None:
    assert Hosts(("*",)).answer_to(b"evil.example")
    assert not Hosts(("*",)).answer_to(b"a b")


def test_it_answers_to_the_address_it_listens_on_and_to_the_machine_where_that_is_any() -> None:
    assert own_names("box.lan") == ("box.lan",)
    assert len(own_names("0.0.0.0")) == 2


@pytest.mark.parametrize(
    "text", ["", " ", "http://a", "a:80", "a/b", "*.", "**", "a.*", "-", "a b"]
)
def test_what_is_no_name_cannot_be_allowed(text: str) -> None:
    with pytest.raises(UsageError, match="no name of a host"):
        read_allowed([text])


@pytest.mark.parametrize("text", ["", "nginx", "127.0.0.1,", "*", "10.0.0.0/99"])
def test_what_is_no_address_is_no_proxy(text: str) -> None:
    with pytest.raises(UsageError, match="neither an address nor a network"):
        read_proxies(text)


def test_proxies_are_addresses_and_networks() -> None:
    assert read_proxies(None) == ()
    assert read_proxies("127.0.0.1, 10.0.0.0/8,::1") == ("127.0.0.1", "10.0.0.0/8", "::1")


@pytest.mark.parametrize(("text", "path"), [("", ""), ("/", ""), ("/a/b/", "/a/b"), ("/h", "/h")])
def test_a_root_path_is_read(text: str, path: str) -> None:
    assert read_root_path(text) == path


@pytest.mark.parametrize(
    "text", ["hueset", "/a b", "//evil.example", "/..", "/a/../b", "/%41", "/<"]
)
def test_what_is_no_root_path_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no path"):
        read_root_path(text)


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_an_empty_token_is_an_error_and_never_an_open_door(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="is empty; is a variable unset"):
        read_token(text, "--token")
    monkeypatch.setenv("HUESET_TOKEN", text)
    with pytest.raises(UsageError, match="HUESET_TOKEN is empty"):
        ServiceSettings.from_env()


@pytest.mark.parametrize("text", ["s3 cret", "s3cret\r\nX: y", "s3crät", " s3cret", "s3cret\n"])
def test_a_token_that_no_header_carries_is_an_error_that_does_not_repeat_it(text: str) -> None:
    with pytest.raises(UsageError, match="no client can send") as caught:
        read_token(text, "--token")
    assert text not in caught.value.message
