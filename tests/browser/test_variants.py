"""A layer shown in another way, in a real browser: kinds, ends of the band, chances, and parameters of one's own."""

from dataclasses import replace
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from app.state import Camera, Restored, State, choices, first, from_query, to_query
from app.variants import CHANCE_BREAKS, Setting, Show
from data_pipelines.edition import Edition
from layers._layer import layer, layers
from layers._legend import class_of, classes
from tests.browser.test_map import (  # noqa: F401 - fixtures are found by their names
    LAYER,
    PATIENCE,
    SIZES,
    Spot,
    browser,
    link,
    public,
    serve,
    shows,
    spots,
    visit,
)

expect.set_options(timeout=PATIENCE)


def of_class(page: Page, spot: Spot, values, month: int, legend) -> bool:
    """Wait until the middle of the map has the colour of a spot's class; the legend must count as we do."""
    painted = values[:, month].astype(np.float32).astype(float)
    found, shown = class_of(painted, legend), classes(legend)
    counts = [int((found == n).sum()) for n in range(len(shown))]
    rows = page.locator("#legend table").first.locator("td.number")
    expect(rows.nth(0)).to_have_text(f"{counts[-1]:,}")
    told = [int(text.replace(",", "")) for text in rows.all_inner_texts()[: len(counts)]]
    return told == counts[::-1] and shows(page, shown[found[spot.idx]].colour)


def live_month(edition: Edition) -> tuple[str, int]:
    period = first(choices(edition)).period
    return period, edition.periods().index(period)


@pytest.mark.parametrize("layer_id", [one.id for one in layers().values() if one.categories])
def test_layers_of_kinds_are_painted_and_told_by_their_kinds(visit, public, layer_id):  # noqa: F811
    spot, chosen = spots(public.edition, 3)[0], layer(layer_id)
    period = choices(public.edition).newest[layer_id]
    month = public.edition.periods().index(period)
    values, _ = public.edition.matrix(layer_id, "adm2")
    page = visit(link(spot, layer=layer_id, period=period, selected=spot.id))
    kind = chosen.categories[int(values[spot.idx, month])]
    assert shows(page, kind.colour)
    expect(page.locator("#drawer .figure")).to_have_text(kind.words)
    box = page.locator("#map").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#tooltip span").first).to_contain_text(kind.words)
    there = {chosen.categories[int(n)].words for n in np.unique(values[np.isfinite(values)])}
    told = page.locator("#legend table").first.locator("th").all_inner_texts()
    assert there <= set(told)


def test_classes_are_the_same_in_the_browser_and_in_pictures(visit):  # noqa: F811
    page = visit()
    for one in layers().values():
        edges = [
            n for b in (*one.breaks, 0) for n in (b, np.nextafter(np.float32(b), np.float32(9)), b - 0.01, b + 0.01)
        ]
        signed = one.breaks and one.breaks[0] < 0
        numbers = range(len(one.categories)) if one.categories else [n for n in edges if n >= 0 or signed]
        values = np.array([*numbers, np.nan], np.float32)
        found = page.evaluate(
            "([id, values]) => values.map((v) => forewatch.classOf(v ?? NaN, forewatch.brief().layers[id]))",
            [one.id, [None if np.isnan(v) else float(v) for v in values]],
        )
        breaks = replace(one, breaks=tuple(float(np.float32(b)) for b in one.breaks))  # values are sent as float32
        assert found == class_of(values.astype(float), breaks).tolist(), one.id


@pytest.mark.parametrize("end", ["low", "high"])
def test_an_end_of_the_band_is_painted_and_named_as_such(visit, public, end):  # noqa: F811
    period, month = live_month(public.edition)
    spot = spots(public.edition, 3)[0]
    page = visit(link(spot, period=period))
    page.click(f"#chooser input[value={end}]")
    expect(page.locator("#legend-title")).to_contain_text(f"{end} end of the 90 % band")
    values, _ = public.edition.matrix(LAYER, "adm2", end)
    assert of_class(page, spot, values, month, layer(LAYER))
    page.wait_for_url(f"**h={end}**")
    assert page.locator("#rail .own-note").is_visible()
    page.click("#chooser input[value=value]")
    expect(page.locator("#legend-title")).to_have_text(layer(LAYER).title)
    assert not page.locator("#rail .own-note").is_visible()


def test_the_chance_above_a_number_is_painted_in_percent(visit, public):  # noqa: F811
    period, month = live_month(public.edition)
    spot = spots(public.edition, 3)[0]
    page = visit(link(spot, period=period))
    page.click("#chooser input[value=above]")
    expect(page.locator("#legend-title")).to_contain_text("chance above")
    page.fill("#threshold", "2.5")
    page.keyboard.press("Enter")
    expect(page.locator("#legend-title")).to_contain_text("chance above 2.5 incidents")
    percent = replace(layer(LAYER), breaks=CHANCE_BREAKS, palette="Purples")
    assert of_class(page, spot, 100 * public.edition.chance(LAYER, "adm2", 2.5), month, percent)
    page.wait_for_url("**h=above:2.5**")
    page.click("text=Civilian harm")  # a threshold in incidents is none in deaths
    expect(page.locator("#legend-title")).to_contain_text("Civilian harm: chance above 25 deaths")
    page.click("text=Displacement pressure")
    expect(page.locator("#legend-title")).to_have_text("Displacement pressure")
    assert page.is_checked("#chooser input[value=value]")


def test_a_slider_paints_what_the_server_computes_and_says_so(visit, public):  # noqa: F811
    period, month = live_month(public.edition)
    spot = spots(public.edition, 3)[0]
    page = visit(link(spot, period=period, selected=spot.id))
    assert not page.locator("#settings-badge").is_visible()
    page.click("#sliders summary")
    page.focus(f"[id='knob-{LAYER}.half_life_months']")
    for _ in range(18):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#settings-badge")).to_contain_text("half-life 24 months")
    computed = public.edition.live(LAYER, "adm2", {LAYER: {"half_life_months": 24.0}})
    assert of_class(page, spot, computed.value, month, layer(LAYER))
    told = public.edition.explain(LAYER, "adm2", spot.id, period, {LAYER: {"half_life_months": 24.0}})
    expect(page.locator("#drawer .figure strong")).to_have_text(f"{told['value']:.3g}")
    page.wait_for_url(f"**p={LAYER}.half_life_months:24**")
    page.click("text=Use the edition's own")
    expect(page.locator("#settings-badge")).to_be_hidden()
    assert of_class(page, spot, public.edition.matrix(LAYER, "adm2")[0], month, layer(LAYER))


def test_a_link_brings_back_what_is_shown_and_the_settings(visit, public):  # noqa: F811
    show = Show("above", 2.5)
    asked = State(
        LAYER, "adm2", public.edition.periods()[-5], Camera(78.5, -24.9, 8), show=show,
        settings=(Setting(LAYER, "half_life_months", 12.0), Setting("priority", "weight_civilian_harm", 0.5)),
    )  # fmt: skip
    page = visit("?" + to_query(asked))
    page.wait_for_url(lambda url: "c=78.50000" in url)
    assert from_query(urlsplit(page.url).query, choices(public.edition)) == Restored(asked)
    assert "weight" not in page.inner_text("#settings-badge")  # it does not bear on this layer
    page.click("text=Priority")
    expect(page.locator("#settings-badge")).to_contain_text(
        "weight of civilian harm 0.5; Incident intensity: half-life 12"
    )


def test_weights_of_nothing_at_all_are_refused_and_the_map_stays(browser, public):  # noqa: F811
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    weights = [name for name in layer("priority").live if name.startswith("weight")]
    settings = ",".join(f"priority.{name}:0" for name in weights[1:])
    page.goto(f"{public.address}/?l=priority&p={settings}")
    page.wait_for_selector("#legend table")
    page.focus(f"[id='knob-priority.{weights[0]}']")
    page.keyboard.press("Home")
    expect(page.locator("#alert")).to_contain_text("All weights")
    expect(page.locator(f"[id='knob-priority.{weights[0]}']")).not_to_have_value("0")
    expect(page.locator("#legend-title")).to_have_text("Priority")
    page.close()


def test_the_top_ten_of_a_month_lead_to_their_areas(visit, public):  # noqa: F811
    period = choices(public.edition).newest["priority"]
    page = visit(link(layer="priority", period=period))
    page.click("#ranking summary")
    row = page.locator("#top-ten tbody tr").first
    drawn = public.edition.ranks("priority", "adm2", period)
    name = public.edition.units("adm2")["name"][int(np.nanargmin(drawn.rank))]
    expect(row.locator("button")).to_have_text(name)
    assert page.locator("#top-ten tbody tr").count() == 10
    row.locator("button").click()
    expect(page.locator("#drawer h2")).to_have_text(name)
    expect(page.locator("#drawer .value")).to_contain_text("Rank 1 of")


def test_the_public_map_offers_neither_chance_nor_slider_for_sites(visit):  # noqa: F811
    page = visit("?v=1&l=site_threat")
    expect(page.locator("#chooser")).to_contain_text("not in the public tier")
    assert page.locator("#chooser input[value=above]").count() == 0
    assert page.locator("#sliders .knob").count() == 0


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_off_with_settings_and_all_can_be_reached(visit, public, size):  # noqa: F811
    settings = (Setting("priority", "most_civilian_harm", 20.0), Setting(LAYER, "half_life_months", 24.0))
    page = visit(link(layer="priority", period=live_month(public.edition)[0], settings=settings), size=size)
    if size == "phone":
        page.click("[data-act=rail]")
    page.click("#ranking summary")
    page.wait_for_selector("#top-ten tr")
    assert page.evaluate(
        "document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight"
    )
    assert page.evaluate("document.getElementById('rail').scrollWidth <= document.getElementById('rail').clientWidth")
    small = page.evaluate(
        """() => [...document.querySelectorAll("#rail :is(button, label.dash-options-list-option, summary, input)")]
        .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !["radio", "checkbox"].includes(e.type))
        .filter((e) => e.offsetWidth < 24 || e.offsetHeight < 24).map((e) => e.outerHTML.slice(0, 99))"""
    )
    assert small == []
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("#sliders input, #chooser input")]
        .filter((e) => !e.labels?.length).map((e) => e.outerHTML)"""
    )
    assert unnamed == []
