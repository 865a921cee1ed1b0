"""The reports in a real browser: no console error, songs open, a segment plays, keys work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.building import REPO, command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("report") / "chromatic.html"
    done = command(
        "report", "chromatic", "--out", str(sample_store), "--to", str(file), cwd=REPO
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return file


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chrome]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required", "--mute-audio",
        f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1280,1000",
    ):  # fmt: skip
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
