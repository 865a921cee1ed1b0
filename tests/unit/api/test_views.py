"""The views of a dataset's own kind, over versions written by hand."""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from hueset.declaration.project import find_project
from hueset_api.app import create_app
from hueset_api.settings import ServiceSettings
from tests.support.handwritten_version import write_version
from tests.support.html_reader import Page
from tests.support.in_process_build import REPO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BANDS, FRAMES, VALID = 8, 20, 10
NOTE = {"pitch": 60, "velocity": 80, "onset_s": 0.05, "offset_s": 0.1}


def window(performance: str, at: int, *, notes: int) -> dict[str, Any]:
    return {
        "performance": performance,
        "window": at,
        "composer": "C. Posed",
        "title": "A <b>piece</b>",
        "year": 2018,
        "start_s": at * 5.0,
        "end_s": at * 5.0 + 5,
        "valid_frames": VALID,
        "mel": [[-80.0 + band * 10] * FRAMES for band in range(BANDS)],
        "mel_mean_db": -40.0,
        "mel_max_db": -10.0,
        "notes": [NOTE] * notes,
        "note_count": notes,
        "notes_held_over": 0,
        "pedal_share": 0.5,
        "audio_origin": "rendered",
        "split": "train",
    }


def performance(name: str, windows: int) -> dict[str, Any]:
    return {
        "performance": name,
        "composer": "C. Posed",
        "title": f"Of {name}",
        "year": 2018,
        "duration_s": 15.0,
        "windows": windows,
        "notes": 3,
        "split": "train",
        "audio_origin": "rendered",
    }


def term(word: str, x: float, **more: Any) -> dict[str, Any]:
    return {
        "effect": "eq",
        "term": word,
        "language": "en",
        "count": None,
        "enough_examples": None,
        "agreement": None,
        "parameter_names": ["low", "high"],
        "parameter_units": ["dB", "dB"],
        "band_centres_hz": [50.0, 5000.0],
        "mean_curve": [1.0, -2.0],
        "spread": None,
        "neighbours": [{"term": "dull", "distance": 0.5}],
        "separability": None,
        "map_x": x,
        "map_y": x,
        "published_num": 4,
        **more,
    }


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    store: Path = tmp_path_factory.mktemp("views")
    windows = [window("2018/a", 2, notes=2), window("2018/a", 4, notes=0)]
    performances = [performance("2018/a", 2), performance("2018/silent", 0)]
    tables = {
        "performances": (["performance"], pa.Table.from_pylist(performances)),
        "windows": (["performance", "window"], pa.Table.from_pylist(windows)),
    }
    parameters = {"mel_bands": BANDS, "sample_rate_hz": 1000, "hop_samples": 10}
    write_version(store, "maestro", tables, parameters=parameters)
    bright = term("bright", 1.0, count=12, spread=[0.5, 0.5], enough_examples=True)
    terms = [bright, term("dull", -1.0), term("warm & soft", 0.2)]
    write_version(store, "socialfx", {"terms": (["effect", "term"], pa.Table.from_pylist(terms))})
    with TestClient(
        create_app(settings=ServiceSettings(store, find_project(REPO), access_log=False)),
        base_url="http://localhost",
    ) as made:
        yield made


def test_a_performance_opens_at_its_first_window_that_sounds(client: TestClient) -> None:
    page = Page(client.get("/datasets/maestro/view").text)
    links = [link for link in page.pointed_to() if "/window" in link]
    assert [link.split("n=")[1] for link in links] == ["2"]
    assert "Of 2018/silent" in " ".join(page.words)
    assert client.get(links[0]).status_code == 200


def test_a_window_shows_its_notes_over_the_image_and_leads_to_the_next(client: TestClient) -> None:
    text = client.get("/datasets/maestro/view/window?performance=2018/a&n=2").text
    assert text.count('class="over"') == 2
    assert "A &lt;b&gt;piece&lt;/b&gt;" in text
    assert "rendered from MIDI, not recorded" in text
    assert "C4" in text
    assert re.search(r'rel="next" href="[^"]*n=4"', text)
    assert 'rel="prev"' not in text


def test_the_mel_image_has_a_pixel_per_band_and_frame_that_is_no_padding(
    client: TestClient,
) -> None:
    answer = client.get("/datasets/maestro/view/mel.png?performance=2018/a&n=2")
    assert answer.headers["content-type"] == "image/png"
    wide, tall = struct.unpack(">II", answer.content[16:24])
    assert (wide, tall) == (VALID, BANDS)
    length = struct.unpack(">I", answer.content[33:37])[0]
    lines = zlib.decompress(answer.content[41 : 41 + length])
    first, last = lines[1:4], lines[-3:]
    assert sum(first) > sum(last), "the highest band is on top, and here the loudest"


@pytest.mark.parametrize("n", [3, 99])
def test_a_window_that_was_left_out_is_not_found(client: TestClient, n: int) -> None:
    answer = client.get(f"/datasets/maestro/view/window?performance=2018/a&n={n}")
    assert answer.status_code == 404
    assert "silent windows are left out" in answer.text


def test_words_stand_on_the_map_and_two_are_compared(client: TestClient) -> None:
    text = client.get("/datasets/socialfx/view?term=bright&term=dull").text
    assert text.count('class="dot') == 3 + 2, "three words, and two in the legend"
    assert 'aria-label="mean curve of bright and dull"' in text
    assert "one standard deviation" in text
    assert "warm &amp; soft" in text


def test_a_spread_that_was_not_published_is_said_to_be_absent(client: TestClient) -> None:
    text = client.get("/datasets/socialfx/view?term=dull").text
    assert "How far people differ was not published" in text
    assert "one standard deviation" not in text


def test_a_word_that_nobody_used_is_said_and_the_first_shown(client: TestClient) -> None:
    text = client.get("/datasets/socialfx/view?term=zzz").text
    assert "“zzz” is not among them" in text
    assert 'aria-label="mean curve of bright"' in text


def test_a_dataset_page_leads_to_its_view(client: TestClient) -> None:
    assert "/datasets/maestro/view" in Page(client.get("/datasets/maestro").text).pointed_to()
