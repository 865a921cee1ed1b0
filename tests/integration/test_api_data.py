"""Rows, statistics and media over HTTP, from the embedded sample: real FLAC and MIDI."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.service_process import Service

PETS = "/v1/datasets/pets"
SAMPLE = "/v1/datasets/chromatic"


@pytest.fixture(scope="module")
def first(sample_service: Service) -> dict[str, Any]:
    """A row with both audio and MIDI."""
    query = "table=media&filter=audio:notnull&filter=midi:notnull&limit=1"
    row: dict[str, Any] = sample_service.json(f"{SAMPLE}/rows?{query}")["rows"][0]
    return row


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("filter=kind:eq:cat&filter=calm:gt:0.25", {"kit", "lea"}),
        ("filter=name:contains:O", {"bob", "tom", "zoe", "odo"}),
        ("filter=kind:ne:cat&filter=calm:ge:0.9", {"rex", "pip"}),
        ("filter=calm:null", set()),
        ("find=rex", {"rex"}),
        ("filter=name:eq:' OR 1=1 --", set()),
        ("find=x' UNION SELECT 1", set()),
    ],
)
def test_rows_are_filtered_by_declared_columns_and_by_nothing_else(
    service: Service, query: str, names: set[str]
) -> None:
    told = service.json(f"{PETS}/rows?{query}")
    assert {row["name"] for row in told["rows"]} == names
    assert told["total"] == len(names)


def test_pages_together_are_the_whole_without_a_gap_or_a_repeat(service: Service) -> None:
    seen, path = [], f"{PETS}/rows?limit=3"
    while path:
        told = service.json(path)
        seen += [row["name"] for row in told["rows"]]
        path = told["next"]
    assert len(seen) == len(set(seen)) == told["total"] == 10


def test_statistics_agree_with_the_rows(service: Service) -> None:
    rows = service.json(f"{PETS}/rows?limit=100")["rows"]
    told = service.json(f"{PETS}/statistics")["columns"]
    calm = sorted(row["calm"] for row in rows)
    assert told["calm"]["quantiles"]["0"] == calm[0]
    assert told["calm"]["quantiles"]["1"] == calm[-1]
    assert told["calm"]["mean"] == pytest.approx(sum(calm) / 10)
    assert sum(told["calm"]["histogram"]["counts"]) == 10
    assert told["calm"]["nulls"] == 0
    assert {v["value"]: v["n"] for v in told["kind"]["values"]} == {"cat": 5, "dog": 5}
    assert told["name"]["lengths"]["quantiles"]["1"] == 3


def test_audio_is_exact_flac_of_the_length_that_the_row_says(
    sample_service: Service, first: dict[str, Any]
) -> None:
    import soundfile

    answer = sample_service.get(first["audio"]["href"])
    assert answer.headers["content-type"] == "audio/flac"
    assert len(answer.content) == first["audio"]["bytes"]
    with soundfile.SoundFile(io.BytesIO(answer.content)) as file:
        assert file.frames == first["audio_frames"]
        assert file.samplerate == first["audio_sample_rate_hz"]


def test_midi_has_the_notes_that_the_row_says(
    sample_service: Service, first: dict[str, Any]
) -> None:
    from hueset_api.sound_pictures import notes_of

    answer = sample_service.get(first["midi"]["href"])
    assert answer.headers["content-type"] == "audio/midi"
    assert len(notes_of(answer.content)) == first["midi_note_count"]


def test_statistics_of_media_say_bytes_and_seconds(sample_service: Service) -> None:
    told = sample_service.json(f"{SAMPLE}/statistics?table=media")["columns"]["audio"]
    rows = sample_service.json(f"{SAMPLE}/rows?table=media&filter=audio:notnull&limit=1000")
    seconds = [row["audio_frames"] / row["audio_sample_rate_hz"] for row in rows["rows"]]
    assert told["duration_s"]["measured"] == len(seconds)
    assert told["duration_s"]["sum"] == pytest.approx(sum(seconds))
    whole = sample_service.json(f"{SAMPLE}/rows?table=media&limit=1")["total"]
    assert told["nulls"] == whole - len(seconds)


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=10-", 10, None),
        ("bytes=-7", -7, None),
        ("bytes=5-5", 5, 6),
        ("bytes=3-99999999", 3, None),
    ],
)
def test_a_range_is_that_part_of_the_whole(
    sample_service: Service, first: dict[str, Any], asked: str, start: int, stop: int | None
) -> None:
    path = first["audio"]["href"]
    whole = sample_service.get(path)
    assert whole.headers["accept-ranges"] == "bytes"
    part = sample_service.get(path, headers={"Range": asked})
    assert part.status_code == 206
    assert part.content == whole.content[start:stop]
    size = len(whole.content)
    begin = start % size
    last = begin + len(part.content) - 1
    assert part.headers["content-range"] == f"bytes {begin}-{last}/{size}"


def test_ranges_that_cannot_be_are_416_and_odd_ones_give_the_whole(
    sample_service: Service, first: dict[str, Any]
) -> None:
    path = first["audio"]["href"]
    whole = sample_service.get(path)
    beyond = sample_service.get(path, headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{len(whole.content)}"
    for odd in ("bytes=0-1,4-5", "lines=0-1", "bytes=-", "bytes=9-3", "bytes=a-b"):
        assert sample_service.get(path, headers={"Range": odd}).status_code == 200, odd
    changed = {"Range": "bytes=0-1", "If-Range": '"other"'}
    assert sample_service.get(path, headers=changed).status_code == 200
    same = {"Range": "bytes=0-1", "If-Range": whole.headers["etag"]}
    assert sample_service.get(path, headers=same).status_code == 206
    known = sample_service.get(path, headers={"If-None-Match": whole.headers["etag"]})
    assert known.status_code == 304


def test_a_table_of_arrays_leaves_them_out_unless_asked(sample_service: Service) -> None:
    told = sample_service.json(f"{SAMPLE}/rows?table=media&limit=1")
    assert told["left_out"] == ["mel"]
    asked = sample_service.json(f"{SAMPLE}/rows?table=media&limit=1&columns=mel,segment_id")
    assert asked["columns"] == ["mel", "segment_id"]


def test_the_papers_are_those_of_the_version(sample_service: Service) -> None:
    card = sample_service.get(f"{SAMPLE}/card")
    assert card.headers["content-type"].startswith("text/markdown")
    assert "# Chromatic" in card.text or "Chromatic" in card.text
    croissant = sample_service.get(f"{SAMPLE}/croissant")
    assert croissant.headers["content-type"] == "application/ld+json"
    assert croissant.json()["@type"]
    report = sample_service.json(f"{SAMPLE}/report")
    assert report["verdict"] == sample_service.json(f"{SAMPLE}/health")["gate"]["verdict"]


def test_the_sample_is_never_ready_unless_it_was_asked_for_by_name(sample_service: Service) -> None:
    asked = sample_service.get(f"{SAMPLE}/ready")
    assert asked.status_code == 409
    assert "embedded sample" in asked.json()["reasons"][0]
    assert sample_service.get(f"{SAMPLE}/ready?version=latest-sample").status_code == 200


@pytest.mark.parametrize("page", ["", "/songs/01_01", "/songs/08_01"])
def test_the_views_of_albums_and_songs_answer(sample_service: Service, page: str) -> None:
    answer = sample_service.get(f"/datasets/chromatic/view{page}")
    assert answer.status_code == 200
    assert "view/s" in answer.text


def segments(service: Service) -> list[dict[str, Any]]:
    columns = "segment_id,segment_kind,has_audio,has_midi"
    told = service.json(f"{SAMPLE}/rows?table=segments&columns={columns}&limit=1000")
    rows: list[dict[str, Any]] = told["rows"]
    return rows


def show(service: Service, rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        answer = service.get(f"/datasets/chromatic/view/segments/{row['segment_id']}")
        assert answer.status_code == 200, row
        assert ("<audio" in answer.text) == row["has_audio"], row
        assert ('class="roll"' in answer.text) == row["has_midi"], row


def test_a_segment_of_every_kind_has_its_page(sample_service: Service) -> None:
    kinds = {tuple(list(row.values())[1:]): row for row in segments(sample_service)}
    assert len(kinds) > 8
    show(sample_service, kinds.values())


@pytest.mark.full
def test_every_segment_of_the_sample_has_its_page(sample_service: Service) -> None:
    show(sample_service, segments(sample_service))
