"""The Methods page in a real browser: it fits screens and paper, reads well, and the keyboard reaches it."""

import re
from collections.abc import Iterator
from itertools import pairwise
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from app.server import create_app
from data_pipelines.edition import current
from data_pipelines.tables import Tier
from layers._layer import layers
from layers.framework import FRAMEWORK
from tests.browser.test_map import FLAGS, PATIENCE, SIZES, Served

expect.set_options(timeout=PATIENCE)
SCREENS = ("/methods", "/methods/priority", "/methods/framework")
A4 = {"width": 718, "height": 1047}  # CSS pixels between margins of 1 cm

# Of each text on the page, its colour against what is behind it (WCAG 2.2, 1.4.3); all backgrounds here are opaque.
PALEST = """() => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = node => {
    for (let at = node; at; at = at.parentElement) {
      const found = channels(getComputedStyle(at).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const own = node => [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim());
  return [...document.querySelectorAll('.words *')].filter(node => own(node) && node.checkVisibility()).map(node => {
    const [text, ground] = [light(channels(getComputedStyle(node).color)), light(behind(node))];
    return [(Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05), node.textContent.slice(0, 40)];
  }).sort((a, b) => a[0] - b[0])[0];
}"""


@pytest.fixture(scope="module")
def served(demo_workspace) -> Iterator[Served]:
    server = make_server("127.0.0.1", 0, create_app(demo_workspace, Tier.public).server, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield Served(f"http://127.0.0.1:{server.port}", current(demo_workspace, Tier.public))
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser(chromium_path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, served):
    """Open an address at a size; afterwards, the browser may have said nothing about it."""
    said: list[str] = []
    pages: list[Page] = []

    def go(path: str, size: dict[str, int] | None = None, media: str = "screen") -> Page:
        page = browser.new_page(viewport=size or dict(zip(("width", "height"), SIZES["desk"], strict=True)))
        page.emulate_media(media=media)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(served.address + path)
        page.locator(".words").wait_for()
        pages.append(page)
        return page

    yield go
    for page in pages:
        page.close()
    assert said == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", SCREENS)
def test_every_screen_fits_every_size_and_says_where_one_is(visit, path, size):
    width, height = SIZES[size]
    page = visit(path, {"width": width, "height": height})
    expect(page.get_by_role("heading", name="Methods", exact=True)).to_be_visible()
    expect(page.locator("[aria-current=page]")).to_have_count(2)  # the page in the header, the screen below it
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    wider = "[...document.querySelectorAll('.words, .wide, .equation')].filter(n => n.scrollWidth > n.clientWidth + 1)"
    assert page.evaluate(f"{wider}.map(n => n.textContent.slice(0, 60))") == []
    contrast, words = page.evaluate(PALEST)
    assert contrast >= 4.5, words


def test_from_the_map_to_the_method_to_the_risk_factors_and_back_with_links_alone(visit):
    page = visit("/methods")
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Map").click()
    page.get_by_role("link", name="How it is computed").click()
    expect(page).to_have_url(re.compile(r"/methods/incident_intensity$"))
    expect(page.get_by_role("heading", name="Incident intensity")).to_be_visible()
    page.get_by_role("link", name=FRAMEWORK[8].title).click()
    expect(page.get_by_role("rowheader", name=FRAMEWORK[8].title)).to_be_visible()
    page.get_by_role("link", name="Map of Civilian harm").first.click()
    expect(page).to_have_url(re.compile(r"[?&]l=civilian_harm\b"))
    expect(page.get_by_role("radio", name=re.compile("Civilian harm"))).to_be_checked()


def test_the_index_leads_to_a_layer_further_down(visit):
    page = visit("/methods")
    page.get_by_role("table", name="Layers of this map").get_by_role("link", name="Priority").click()
    expect(page.get_by_role("heading", name="Priority", exact=True)).to_be_in_viewport()


@pytest.mark.parametrize("path", ["/methods/priority", "/methods/framework"])
def test_the_keyboard_reaches_every_link(visit, path):
    page = visit(path)
    links = page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))")
    reached = set()
    for _ in range(2 * len(links) + 20):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('href')"))
    assert set(links) <= reached


def test_headings_tables_and_lists_tell_their_structure(visit):
    page = visit("/methods")
    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map(h => Number(h.tagName[1]))")
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert levels.count(3) == len(layers())
    bare = "[...document.querySelectorAll('table')].filter(t => !t.caption || !t.querySelector('th[scope=col]')).length"
    assert page.evaluate(bare) == 0
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(node => node.id)")
    assert len(ids) == len(set(ids))


def test_on_paper_tables_have_columns_and_nothing_that_only_leads_elsewhere(visit):
    page = visit("/methods/framework", A4, "print")
    expect(page.get_by_role("columnheader", name="What data can say").first).to_be_visible()
    expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
    cells = page.locator(".lens tbody tr").first.locator("th, td")
    assert len({round(cell.bounding_box()["y"]) for cell in cells.all()}) == 1
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert (
        page.evaluate("document.querySelector('#page').scrollHeight - document.querySelector('#page').clientHeight")
        <= 0
    )
