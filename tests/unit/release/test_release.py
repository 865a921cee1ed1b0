"""Tags, and manifests that came from outside."""

from __future__ import annotations

import json
import os

import pytest

from hueset.release.hub.errors import PublishedBytesError
from hueset.release.hub.hub import Backoff, Hub, prepare_environment
from hueset.release.hub.release import read_manifest
from hueset.release.tag import is_release, tag_of, tag_order
from tests.support.handwritten_version import manifest_of

ANIMALS = {
    "description": "One row per animal.",
    "rows": 0,
    "key": ["name"],
    "split": None,
    "group": None,
    "splits": {},
    "columns": {"name": {"type": "string"}},
    "files": [],
    "content": {},
}
GOOD = manifest_of("zoo", "1.0.0+abc", {"animals": ANIMALS})
HOSTILE = "x\" AS SELECT 1; COPY (SELECT 1) TO '/tmp/out.csv'; --"


@pytest.mark.parametrize(
    ("verdict", "digest", "tag"),
    [
        ("pass", "0123456789ab", "v1.2.3"),
        ("warn", "0123456789ab", "v1.2.3"),
        ("fail", "0123456789ab", "v1.2.3-failed"),
        ("error", "0123456789ab", "v1.2.3-failed"),
        ("pass", "sample.0123456789ab", "v1.2.3-sample"),
        ("fail", "subset.0123456789ab", "v1.2.3-subset"),
    ],
)
def test_a_tag_says_what_is_not_a_plain_release(verdict: str, digest: str, tag: str) -> None:
    manifest = {"semver": "1.2.3", "verdict": verdict, "version": f"1.2.3+{digest}"}
    assert tag_of(manifest) == tag


def test_tags_are_ordered_by_number_and_a_sample_never_comes_last() -> None:
    tags = ["v1.10.0", "v1.9.0", "v1.10.0-sample", "v0.1.0", "vnext", "main"]

    assert max(filter(is_release, tags), key=tag_order) == "v1.10.0"
    assert [tag for tag in tags if not is_release(tag)] == ["vnext", "main"]


def test_a_good_manifest_is_read() -> None:
    assert read_manifest(json.dumps(GOOD).encode(), "a/b@v1.0.0") == GOOD


@pytest.mark.parametrize(
    "content",
    [
        b"<html>",
        b"[]",
        b"{}",
        json.dumps({**GOOD, "dataset": "../zoo"}).encode(),
        json.dumps({**GOOD, "version": "1.0.0"}).encode(),
        json.dumps({**GOOD, "tables": {HOSTILE: ANIMALS}}).encode(),
        json.dumps({**GOOD, "version": "1.0.0+../../x"}).encode(),
        json.dumps({**GOOD, "files": [{"path": "../x", "bytes": 1, "sha256": "0" * 64}]}).encode(),
        json.dumps({**GOOD, "files": [{"path": "/x", "bytes": 1, "sha256": "0" * 64}]}).encode(),
        json.dumps({**GOOD, "files": [{"path": "", "bytes": 1, "sha256": "0" * 64}]}).encode(),
    ],
)
def test_anything_else_is_not_a_manifest(content: bytes) -> None:
    with pytest.raises(PublishedBytesError):
        read_manifest(content, "a/b@v1.0.0")


def test_the_wait_doubles_up_to_a_limit_and_obeys_the_server() -> None:
    backoff = Backoff(tries=6, first_s=1, most_s=10)

    assert [backoff.wait_s(attempt, None) for attempt in range(1, 6)] == [1, 2, 4, 8, 10]
    assert backoff.wait_s(1, 42.0) == 42.0


@pytest.mark.parametrize(
    ("endpoint", "disabled"),
    [(None, None), ("https://huggingface.co", None), ("http://127.0.0.1:1", "1")],
)
def test_only_the_hub_itself_is_asked_for_xet(
    monkeypatch: pytest.MonkeyPatch, endpoint: str | None, disabled: str | None
) -> None:
    for name in ("HF_ENDPOINT", "HF_HUB_DISABLE_XET", "HF_HUB_DISABLE_TELEMETRY"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    if endpoint:
        monkeypatch.setenv("HF_ENDPOINT", endpoint)

    prepare_environment()

    assert os.environ.get("HF_HUB_DISABLE_XET") == disabled


def test_an_address_with_a_password_is_told_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub("a/b", backoff=Backoff())
    monkeypatch.setattr(hub.api, "endpoint", "https://me:secret@hub.example.org:8443/x")

    assert hub.endpoint == "https://hub.example.org:8443/x"
