"""The dashboard in headless Chromium: what only a browser can tell."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import uvicorn
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from langnghe.config import VIETNAM, Settings
from langnghe.documents import Document
from langnghe.index import open_index
from langnghe.web.app import create_app

pytestmark = pytest.mark.browser

NOW = datetime.now(VIETNAM).replace(microsecond=0)
PAGES = [
    "/",
    "/?days=28",
    "/tim-kiem?q=nuoc",
    "/tim-kiem?q=khongcogi&kind=post",
    "/van-ban/d00",
    "/nguon",
    "/ban-tin",
]
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DIGEST = """<html><head></head><body style="background: #fff"><p id="said">Bản tin</p>
<img src="cid:dot.png" alt="chấm">
<script>document.getElementById("said").textContent = "script"</script></body></html>"""
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)
LOW_CONTRAST = """
const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
const linear = (value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const parts = [0.2126, 0.7152, 0.0722];
const light = (rgb) => parts.reduce((sum, part, i) => sum + part * linear(rgb[i] / 255), 0);
const ground = (element) => {
  for (let each = element; each; each = each.parentElement) {
    const colour = parse(getComputedStyle(each).backgroundColor);
    if (colour[3] === undefined || colour[3] === 1) return colour;
  }
  return [255, 255, 255];
};
const ratio = (element) => {
  const pair = [light(parse(getComputedStyle(element).color)), light(ground(element))];
  return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
};
const spoken = (node) => node.nodeType === 3 && node.textContent.trim();
const said = (element) => [...element.childNodes].some(spoken);
return [...document.querySelectorAll("main *, .foot *")]
  .filter((element) => element.offsetParent && said(element) && ratio(element) < 4.5)
  .map((element) => [ratio(element), element.className, element.textContent.trim().slice(0, 40)]);
"""


def _documents() -> list[dict[str, object]]:
    def made(number: int, **fields: object) -> dict[str, object]:
        base: dict[str, object] = {
            "id": f"d{number:02}",
            "url": f"https://bao.example.vn/{'rat-dai-' * 12}{number}.html",
            "source": "demo_baosonghan",
            "kind": "article",
            "title": "Nước máy đục ở phường An Hải, người dân chờ câu trả lời",
            "text": "Nước sinh hoạt có mùi lạ.\n\n" + "https://bao.example.vn/" + "a" * 120,
            "published_at": NOW - timedelta(hours=3 * number),
            "published_precision": "minute",
            "fetched_at": NOW,
            "batch": "b",
            "topic": "land_urban",
            "topics": ("land_urban", "health"),
            "valence": "neg",
            "stance": "crit",
            "province": "Đà Nẵng",
            "keywords": ("nước sinh hoạt", "Công ty Cấp nước Sông Yên"),
        }
        return Document.model_validate(base | fields).model_dump()

    spoken = {"kind": "comment", "valence": "", "stance": "", "target": "state", "parent_id": "d00"}
    return [
        *(made(n) for n in range(12)),
        *(made(n, **spoken, sentiment="neg", text="Nước đục quá, không ai trả lời") for n in range(12, 24)),
        *(made(n, **spoken, sentiment="pos", text="Cảm ơn đã chở nước tới") for n in range(24, 30)),
        made(30, kind="ticket", valence="", stance="", sentiment="neg", target="state", place="An Hải"),
    ]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    settings = Settings(home=home, province="Đà Nẵng", collection="demo")
    index = open_index(settings)
    index.setup()
    index.write("documents", _documents())
    report = home / "reports" / NOW.date().isoformat()
    report.mkdir(parents=True)
    (report / "digest.html").write_text(DIGEST)
    (report / "dot.png").write_bytes(DOT)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        reason = "no Chromium: apt-get install chromium chromium-driver"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in [*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    made = webdriver.Chrome(options=options, service=Service(driver))
    yield made
    made.quit()


@pytest.fixture(autouse=True)
def desk(browser: webdriver.Chrome) -> None:
    _screen(browser, 1280)
    browser.get_log("browser")


def _screen(browser: webdriver.Chrome, width: int, scheme: str = "light") -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


def _found(browser: webdriver.Chrome) -> int:
    return int(browser.find_element(By.CSS_SELECTOR, ".results .bar b").text.replace(".", ""))


def test_search_without_accents_marks_accented_letters(site: str, browser: webdriver.Chrome) -> None:
    browser.get(f"{site}/")
    browser.find_element(By.LINK_TEXT, "Tìm kiếm").click()
    browser.find_element(By.NAME, "q").send_keys("nuoc sinh hoat", Keys.ENTER)
    WebDriverWait(browser, 10).until(lambda b: "q=nuoc" in b.current_url)
    marked = {mark.text for mark in browser.find_elements(By.CSS_SELECTOR, ".items p em")}
    assert "Nước sinh hoạt" in marked


def test_filters_narrow_and_can_be_taken_back(site: str, browser: webdriver.Chrome) -> None:
    browser.get(f"{site}/tim-kiem?q=nuoc")
    everything = _found(browser)
    browser.find_element(By.XPATH, "//details[contains(@class,'facets')]//a[contains(.,'Bình luận')]").click()
    WebDriverWait(browser, 10).until(lambda b: "kind=comment" in b.current_url)
    comments = _found(browser)
    browser.find_element(By.XPATH, "//details[contains(@class,'facets')]//a[contains(.,'Tiêu cực')]").click()
    WebDriverWait(browser, 10).until(lambda b: "sentiment=neg" in b.current_url)
    assert everything > comments > _found(browser) == 12
    browser.find_element(By.LINK_TEXT, "Bỏ tất cả").click()
    WebDriverWait(browser, 10).until(lambda b: "sentiment" not in b.current_url)
    assert _found(browser) == everything


def test_no_page_complains_in_the_console(site: str, browser: webdriver.Chrome) -> None:
    for path in PAGES:
        browser.get(site + path)
    # The digest's own script, stopped by its sandbox, is the one thing that may be reported.
    said = [entry["message"] for entry in browser.get_log("browser")]
    assert [line for line in said if "digest.html" not in line] == []


@pytest.mark.parametrize("path", [*PAGES, "/api/docs", "/khong-co"])
def test_nothing_scrolls_sideways_on_a_phone(site: str, browser: webdriver.Chrome, path: str) -> None:
    _screen(browser, 390)
    browser.get(site + path)
    assert browser.execute_script("return document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(site: str, browser: webdriver.Chrome, scheme: str) -> None:
    _screen(browser, 1280, scheme)
    for path in PAGES:
        browser.get(site + path)
        assert browser.execute_script(LOW_CONTRAST) == [], path


def test_everything_works_without_javascript(site: str, browser: webdriver.Chrome) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(f"{site}/tim-kiem")
        browser.find_element(By.NAME, "q").send_keys("nuoc", Keys.ENTER)
        WebDriverWait(browser, 10).until(lambda b: "q=nuoc" in b.current_url)
        assert browser.find_element(By.CSS_SELECTOR, ".facets li a").is_displayed()
        assert _found(browser) == 31
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_filters_fold_on_a_phone_and_stand_open_on_a_desk(site: str, browser: webdriver.Chrome) -> None:
    for width, shown in ((1280, True), (390, False)):
        _screen(browser, width)
        browser.get(f"{site}/tim-kiem?q=nuoc")
        assert browser.find_element(By.CSS_SELECTOR, ".facets li a").is_displayed() is shown


def test_a_digest_shows_its_images_and_runs_nothing(site: str, browser: webdriver.Chrome) -> None:
    browser.get(f"{site}/ban-tin")
    browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))
    assert browser.find_element(By.ID, "said").text == "Bản tin"
    assert browser.find_element(By.TAG_NAME, "img").get_property("naturalWidth") == 1
    browser.switch_to.default_content()


def test_a_bar_of_the_chart_leads_to_its_documents(site: str, browser: webdriver.Chrome) -> None:
    browser.get(f"{site}/?days=7")
    bar = browser.find_element(By.CSS_SELECTOR, ".chart.wide-only a")
    said = bar.get_attribute("aria-label") or ""
    bar.find_element(By.TAG_NAME, "rect").click()
    WebDriverWait(browser, 10).until(lambda b: "/tim-kiem" in b.current_url)
    assert said.endswith(f": {_found(browser)}")
