"""The reports in a real browser: no console error, songs open, a segment plays, keys work.

That of chromatic is of its sample; that of atlas shows a few labels of each kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from hueset.builder.dataset_modules import DatasetModule, load_dataset_module
from hueset.coverage.measure import measure_coverage
from hueset.declaration.column_types import arrow_schema
from hueset.declaration.project import find_project
from hueset.render.report import write_report
from tests.support.handwritten_version import write_version
from tests.support.in_process_build import REPO, command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("report") / "chromatic.html"
    done = command("report", "chromatic", "--out", str(sample_store), "--to", str(file), cwd=REPO)
    assert done.returncode == 0, done.stderr
    return file


ATLAS = [
    *(
        {"source": "warriner", "unit": "word", "label_kind": "rating", "warmth": at / 1_200}
        for at in range(1_200)
    ),
    *(
        {"source": "tate", "unit": "title", "label_kind": "tag", "warmth": float(at < 600)}
        for at in range(640)
    ),
    {"source": "xkcd", "unit": "word", "label_kind": "computed", "color": 0.25},
]
"""Ratings over the floor, tags of which one pole is over its floor, a computed value."""


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of an atlas of two thousand labels, measured as the real one is."""
    root = tmp_path_factory.mktemp("atlas")
    project = find_project(REPO)
    declared = project.dataset("atlas")
    schemas = {name: arrow_schema(table) for name, table in declared.tables.items()}
    rows = {name: schema.empty_table() for name, schema in schemas.items()}
    told = [{**row, "example_id": str(at), "split": "train"} for at, row in enumerate(ATLAS)]
    plain = [field.with_nullable(nullable=True) for field in schemas["training"]]
    rows["training"] = pa.Table.from_pylist(told, schema=pa.schema(plain))
    tables = {name: (declared.tables[name].key, table) for name, table in rows.items()}
    facts = project.facts(declared)
    version = write_version(
        root,
        "atlas",
        tables,
        coverage=lambda files: measure_coverage(declared, facts, files),
    )
    own = load_dataset_module(project, declared, DatasetModule.REPORT)
    write_report(version, own, facts, root / "atlas.html")
    return root / "atlas.html"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chrome]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-dev-shm-usage",
        "--autoplay-policy=no-user-gesture-required",
        "--mute-audio",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--window-size=1280,1000",
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    driver.set_script_timeout(20)
    yield driver
    driver.quit()


def test_the_report_opens_without_a_word_in_the_console(browser: Chrome, report: Path) -> None:
    browser.get(report.as_uri())
    assert browser.find_element("css selector", "[data-song] h3").text
    assert browser.find_elements("css selector", ".blocks button")
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]


def test_a_song_opens_by_its_address_and_its_link(browser: Chrome, report: Path) -> None:
    browser.get(f"{report.as_uri()}#song-08_01")
    title = browser.find_element("css selector", "[data-song] h3")
    assert title.text == "Borrowed Chairs"
    browser.execute_script("document.querySelector('.shelf a').click()")
    assert title.text == "A Loom Before Morning"


def test_the_arrow_keys_go_from_segment_to_segment(browser: Chrome, report: Path) -> None:
    browser.get(f"{report.as_uri()}#song-08_01")
    chosen = "return document.querySelector('.blocks [aria-pressed=true]').dataset.%s"
    pressed = browser.find_element("css selector", ".blocks [aria-pressed=true]")
    at, track = browser.execute_script(chosen % "at"), browser.execute_script(chosen % "track")
    pressed.send_keys("\ue014")  # right
    assert browser.execute_script(chosen % "at") == str(int(at) + 1)
    browser.switch_to.active_element.send_keys("\ue015")  # down
    assert browser.execute_script(chosen % "track") != track


def test_a_previewed_segment_plays_from_the_page_itself(browser: Chrome, report: Path) -> None:
    browser.get(f"{report.as_uri()}#song-08_01")
    seconds = browser.execute_async_script(
        "const done = arguments[0], sound = document.querySelector('.segment audio');"
        "sound.ontimeupdate = () => sound.currentTime > 0 && done(sound.currentTime);"
        "sound.onerror = () => done(String(sound.error.message));"
        "sound.play();"
    )
    assert isinstance(seconds, float)
    assert seconds > 0
    heads = browser.find_elements("css selector", ".segment .head")
    assert heads
    assert all(float(head.get_attribute("x1") or 0) > 0 for head in heads)


@pytest.mark.parametrize("width", [380, 1280])
def test_nothing_is_wider_than_the_window(browser: Chrome, report: Path, width: int) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
    )
    browser.get(report.as_uri())
    wide = "const root = document.documentElement; return root.scrollWidth - root.clientWidth"
    assert browser.execute_script(wide) == 0


def test_another_theme_is_one_button_away(browser: Chrome, report: Path) -> None:
    browser.get(report.as_uri())
    paper = "return getComputedStyle(document.body).backgroundColor"
    before = browser.execute_script(paper)
    browser.find_element("css selector", "[data-theme-toggle]").click()
    assert browser.execute_script(paper) != before


def test_every_type_fits_the_page_and_what_is_no_type_has_no_colour(
    browser: Chrome, report: Path
) -> None:
    wide = {"width": 1400, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", wide)
    browser.get(report.as_uri())
    table = browser.find_element("css selector", "#crossing .scroll")
    cut = browser.execute_script(
        "return arguments[0].scrollWidth - arguments[0].clientWidth", table
    )
    assert cut == 0
    outcomes = table.find_elements("css selector", "tbody tr:first-child .outcome")
    assert len(outcomes) == 2
    assert not any("h3" in one.get_attribute("class").split() for one in outcomes)


def test_the_picture_of_coverage_shows_labels_tags_and_computed_values_apart(
    browser: Chrome, atlas: Path
) -> None:
    browser.get(atlas.as_uri())
    families = browser.find_elements("css selector", "#coverage > .scroll .picture .family")
    assert [one.text for one in families] == ["people’s labels from", "tags from", "computed from"]
    first, second = browser.find_elements("css selector", "#coverage > .scroll tbody tr")[:2]
    assert "warmth" in first.text
    assert "1,200" in first.text
    assert [one.text for one in first.find_elements("css selector", ".poles span")] == ["40", "600"]
    assert "color" in second.text
    there = [
        bool(second.find_elements("css selector", f".cell.f-{family}.there"))
        for family in ("human", "tag", "computed")
    ]
    assert there == [False, False, True]
    computed = second.find_element("css selector", ".cell.f-computed.there")
    assert computed.value_of_css_property("outline-style") == "dashed"


def test_a_bar_of_tags_grows_from_the_middle_and_passes_the_floor_of_its_pole(
    browser: Chrome, atlas: Path
) -> None:
    browser.get(atlas.as_uri())
    low, high, floor_low, floor_high, middle = browser.execute_script(
        "const bar = document.querySelector('#coverage .tagbar');"
        "const edges = [...bar.querySelectorAll('.bar, .floor, .axis')]"
        ".map(one => one.getBoundingClientRect()).map(box => [box.left, box.right]);"
        "return [edges[0], edges[2], edges[1], edges[3], edges[4]];"
    )
    assert low[1] == pytest.approx(middle[0], abs=1)
    assert high[0] == pytest.approx(middle[0], abs=1)
    assert floor_low[0] < low[0], "40 tags are below the floor"
    assert high[1] > floor_high[1], "600 are above it"


def test_a_wide_picture_scrolls_by_keys_inside_a_narrow_page(browser: Chrome, atlas: Path) -> None:
    narrow = {"width": 380, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)
    browser.get(atlas.as_uri())
    wide = "const root = document.documentElement; return root.scrollWidth - root.clientWidth"
    assert browser.execute_script(wide) == 0
    region = browser.find_element("css selector", "#coverage > .scroll")
    region.send_keys("\ue014")  # right
    moved = browser.execute_async_script(
        "const [region, done] = arguments, look = () =>"
        "  region.scrollLeft > 0 ? done(region.scrollLeft) : requestAnimationFrame(look); look();",
        region,
    )
    assert moved > 0
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]
