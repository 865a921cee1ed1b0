"""The page in Debian's chromium: no console error, no request to elsewhere, and it works."""

from __future__ import annotations

import json
import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.nginx_process import proxying
from tests.support.service_process import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from selenium.webdriver.remote.webdriver import WebDriver

    from tests.support.service_process import Service

pytestmark = pytest.mark.browser

SEGMENT = "/datasets/chromatic/view/segments/01_01_g0001_t01"
PETS_PAGES = [
    "/",
    "/api",
    "/datasets/pets",
    "/datasets/pets/rows",
    "/datasets/pets/columns",
    "/datasets/pets/diff/latest/latest",
]
SAMPLE_PAGES = [
    "/",
    "/datasets/chromatic",
    "/datasets/chromatic/rows?table=media",
    "/datasets/chromatic/view",
    "/datasets/chromatic/columns?table=segments",
    "/datasets/chromatic/view/songs/01_01",
    SEGMENT,
]
SHOWN = """
return [...document.querySelectorAll("#columntable tbody tr")].filter(row => !row.hidden).length;
"""
FAINT = """
const light = colour => {
  const parts = colour.match(/[\\d.]+/g).map(Number).map(v => v / 255);
  const [r, g, b] = parts.map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b;
};
const ground = element => {
  for (let one = element; one; one = one.parentElement) {
    const colour = getComputedStyle(one).backgroundColor;
    if (!/, 0\\)|transparent/.test(colour)) return colour;
  }
  return "rgb(255, 255, 255)";
};
const text = element => [...element.childNodes]
  .filter(node => node.nodeType === 3).map(node => node.textContent.trim()).join("");
const faint = [];
for (const element of document.querySelectorAll("main *, header *, footer *")) {
  if (!text(element) || !element.offsetParent || element.closest("[aria-hidden], svg")) continue;
  const pair = [light(getComputedStyle(element).color), light(ground(element))];
  const ratio = (Math.max(...pair) + .05) / (Math.min(...pair) + .05);
  if (ratio < 4.5) faint.push([ratio.toFixed(2), text(element).slice(0, 40)]);
}
return faint;
"""
"""Texts whose contrast is below 4.5, the least that WCAG 2.2 asks of body text."""


@pytest.fixture(scope="session")
def browser() -> Iterator[WebDriver]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service as Driver

    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("needs Debian's chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-background-networking",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--mute-audio",
        "--autoplay-policy=no-user-gesture-required",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    running = webdriver.Chrome(options=options, service=Driver(driver))
    yield running
    running.quit()


@pytest.fixture
def look(browser: WebDriver) -> Callable[..., None]:
    """Open a page at a width, light or dark."""

    def opened(url: str, width: int = 1280, scheme: str = "light") -> None:
        browser.get_log("browser")
        browser.get_log("performance")
        feature = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": feature})
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.get(url)

    return opened


def elsewhere(browser: WebDriver, url: str) -> list[str]:
    """Return the addresses outside of the service that the page asked for."""
    asked = []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked.append(message["params"]["request"]["url"])
    return [one for one in asked if not one.startswith((url, "data:", "chrome:", "about:"))]


def until(true: Callable[[], Any], *, seconds: float = 10) -> Any:
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 380])
def test_every_page_is_quiet_stays_at_home_and_fits(
    browser: WebDriver,
    look: Callable[..., None],
    service: Service,
    sample_service: Service,
    width: int,
    scheme: str,
) -> None:
    pages = [(service, path) for path in PETS_PAGES]
    pages += [(sample_service, path) for path in SAMPLE_PAGES]
    for running, path in pages:
        look(running.url + path, width, scheme)
        assert browser.get_log("browser") == [], path
        assert elsewhere(browser, running.url) == [], path
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        assert wide <= width, f"{path} is {wide} wide at {width}"
        assert browser.execute_script("return document.querySelectorAll('h1').length") == 1, path


def test_behind_a_proxy_below_a_path_of_its_own_it_works_the_same(
    browser: WebDriver, look: Callable[..., None], sample_store: Path, tmp_path: Path
) -> None:
    options = ("--root-path", "/hueset", "--forwarded-allow-ips", "127.0.0.1")
    with (
        serving(sample_store, sample_store.parent, *options) as running,
        proxying(running.port, tmp_path / "nginx") as url,
    ):
        for path in SAMPLE_PAGES:
            look(f"{url}/hueset{path}", 1280, "light")
            assert browser.get_log("browser") == [], path
            assert elsewhere(browser, f"{url}/hueset/") == [], path
        look(f"{url}/hueset/datasets/chromatic")
        browser.find_element("css selector", "[name=dimensions]").send_keys("audio")
        browser.find_element("css selector", "form[data-ready] button").click()
        reply = browser.find_element("css selector", "[data-reply]")
        until(lambda: "Yes" in reply.text or "Not yet" in reply.text)
        guard = browser.find_element("css selector", "[data-guard=curl]")
        shown = guard.get_attribute("textContent") or ""
        assert f"{url}/hueset/v1/datasets/chromatic/ready?dimensions=audio&min=" in shown
        look(f"{url}/hueset{SEGMENT}")
        sound = "return document.querySelector('audio').duration"
        until(lambda: browser.execute_script(sound))
        assert browser.get_log("browser") == []


def test_text_stands_out_from_its_ground_in_both_schemes(
    browser: WebDriver, look: Callable[..., None], service: Service
) -> None:
    for scheme in ("light", "dark"):
        for path in ("/", "/datasets/pets"):
            look(service.url + path, 1280, scheme)
            assert browser.execute_script(FAINT) == [], (scheme, path)


def test_the_theme_can_be_chosen_and_is_remembered(
    browser: WebDriver, look: Callable[..., None], service: Service
) -> None:
    def ground() -> str:
        return str(browser.execute_script("return getComputedStyle(document.body).backgroundColor"))

    look(service.url)
    before = ground()
    browser.find_element("css selector", "[data-theme-toggle]").click()
    assert ground() != before
    look(f"{service.url}/datasets/pets")
    assert ground() != before
    browser.execute_script("localStorage.clear()")


def test_the_question_is_answered_without_a_new_page_and_without_script_too(
    browser: WebDriver, look: Callable[..., None], service: Service
) -> None:
    look(f"{service.url}/datasets/pets")
    field = browser.find_element("name", "dimensions")
    field.send_keys("calm,shiny")
    browser.find_element("css selector", "form[data-ready] button").click()
    reply = browser.find_element("css selector", "[data-reply]")
    until(lambda: "Not yet" in reply.text)
    assert "shiny" in reply.text
    assert browser.current_url.endswith("/datasets/pets")
    plain = service.get("/datasets/pets?dimensions=calm&min=5").text
    assert "Everything you asked for is trainable" in plain


def test_keyboard_alone_reaches_the_content_and_every_card(
    browser: WebDriver, look: Callable[..., None], service: Service
) -> None:
    from selenium.webdriver.common.keys import Keys

    look(service.url)
    seen = []
    for _ in range(8):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        element = browser.switch_to.active_element
        outline = browser.execute_script(
            "const e = arguments[0]; return getComputedStyle(e).outlineStyle + "
            "getComputedStyle(e, '::after').outlineStyle",
            element,
        )
        seen.append((element.get_attribute("href") or element.tag_name, outline))
    assert any(where.endswith("#main") for where, _ in seen)
    cards = [outline for where, outline in seen if where.endswith("/datasets/pets")]
    assert cards
    assert "solid" in cards[0]


def test_a_filter_hides_what_does_not_match(
    browser: WebDriver, look: Callable[..., None], service: Service
) -> None:
    look(f"{service.url}/datasets/pets/columns")
    assert browser.execute_script(SHOWN) == 4
    browser.find_element("css selector", "[data-filter='#columntable']").send_keys("how calm")
    assert browser.execute_script(SHOWN) == 1


def test_the_player_plays_and_its_line_moves(
    browser: WebDriver, look: Callable[..., None], sample_service: Service
) -> None:
    look(sample_service.url + SEGMENT)
    ready = "return document.querySelector('audio').readyState >= 1"
    until(lambda: browser.execute_script(ready))
    notes = browser.execute_script("return document.querySelectorAll('.roll .note').length")
    told = sample_service.json("/v1/datasets/chromatic/rows?table=media&find=01_01_g0001_t01")
    assert notes == told["rows"][0]["midi_note_count"]
    browser.find_element("css selector", ".wave").click()
    at = "const a = document.querySelector('audio'); return a.currentTime / a.duration"
    assert until(lambda: browser.execute_script(at)) == pytest.approx(0.5, abs=0.05)
    line = "return Number(document.querySelector('[data-head]').getAttribute('x1'))"
    until(lambda: 400 < browser.execute_script(line) < 600)
    browser.execute_script("document.querySelector('audio').play()")
    until(lambda: browser.execute_script(line) > 600)
    browser.execute_script("document.querySelector('audio').pause()")
    assert browser.get_log("browser") == []


def test_an_empty_store_and_a_broken_version_say_what_to_do(
    browser: WebDriver, look: Callable[..., None], pets_store: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    with serving(store, pets_store.parent) as running:
        look(running.url)
        assert "the store is not there" in browser.find_element("tag name", "main").text
        store.mkdir()
        until(lambda: "datasets" in running.json("/v1/datasets"))
        look(running.url)
        text = browser.find_element("tag name", "main").text
        assert "Nothing is built yet" in text
        assert "build-dataset pets" in text
    shutil.copytree(pets_store, store, symlinks=True, dirs_exist_ok=True)
    for manifest in (store / "pets").glob("*+*/manifest.json"):
        manifest.write_text("{")
    with serving(store, pets_store.parent) as running:
        look(running.url)
        assert "error" in browser.find_element("css selector", ".card").text
        look(f"{running.url}/datasets/pets")
        text = browser.find_element("tag name", "main").text
        assert "What to do" in text
        assert "hueset verify pets" in text
        assert browser.get_log("browser") == []
