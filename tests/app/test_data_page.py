"""The Data page: sources with their age and row account, quarantine by tier, and addresses that lead somewhere."""

import json
import re
from datetime import date
from html import escape
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
import rasterio
from matplotlib.text import Text
from PIL import Image

from app.attribution import stale_because
from app.briefing import draw, sheet_of
from app.briefing._key import entries
from app.exports import write_export
from app.pages import page_at
from app.pages._data_gaps import gap_sentences, gaps, joined
from app.pages._data_quarantine import SHOWN, asked_for, quarantine_screen
from app.pages._data_sources import link, sources_screen
from app.pages._drawer import drawer
from app.server import create_app
from app.state import Restored, State, choices, first
from data_pipelines.edition import current
from data_pipelines.tables import Tier
from layers._layer import STATUSES, layers
from tests import world
from tests.app.small_edition import districts, publish, source
from tests.app.test_dictionary import texts

BROKEN = 120


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """The invented country: 120 of its 13,000 sites have no place on earth, and displaced persons are known longest."""
    raw = tmp_path_factory.mktemp("raw")
    home = world.fill(tmp_path_factory.mktemp("workspace"), raw)
    rows = [
        {
            "osm_node_id": 10_000 + i, "latitude": 95 if i < BROKEN else 10.5, "longitude": 31.7,
            "name": "<script>alert(1)</script>" if i == 0 else f"Site {i}", "name_en": "", "amenity": "clinic",
            "site_class": "health", "country_file": "testland",
        }
        for i in range(13_000)
    ]  # fmt: skip
    world.add(home, "osm_sites", world.write_rows(raw / "many.csv", rows), None, world.KNOWN_AT)
    later = world.write_displacement(raw, (*world.FIGURES, (3, "2024-03-10", "XT0101", 25)))
    world.add(home, "iom_dtm", later, world.ISO3, date(2024, 6, 2))
    world.build(home, None, lambda _: None)
    return home.root


def at(workspace, tier=Tier.public):
    return current(workspace, tier, date(2024, 6, 10))


def hrefs(component: object) -> list[str]:
    if isinstance(component, list | tuple):
        return [href for one in component for href in hrefs(one)]
    own = [component.href] if getattr(component, "href", None) else []
    inner = getattr(component, "children", None)
    return own + (hrefs(inner) if inner is not None and not isinstance(inner, str) else [])


def shown(workspace, path: str, query: str = "", tier: Tier = Tier.public) -> object:
    edition = at(workspace, tier)
    page, part = page_at(path)
    return page.layout(edition, Restored(first(choices(edition)), part=part, query=query))


# ---- sources ----


def test_every_source_shows_whose_it_is_how_old_and_what_became_of_its_rows(workspace):
    words, told = texts(shown(workspace, "/data")), at(workspace).manifest["sources"]
    for facts in told.values():
        for fact in ("title", "provider", "licence", "terms", "citation", "url"):
            assert facts[fact] in words
        assert all(caveat in words for caveat in facts["caveats"])
        for snapshot in facts["snapshots"]:
            assert snapshot["file"] in words
            assert snapshot["sha256"] in words
            assert all(note in words for note in snapshot["notes"])
        counts = [facts[key] for key in ("rows_in", "loaded", "quarantined", "superseded")]
        assert counts[0] == sum(counts[1:])
        assert " ".join(f"{count:,}" for count in counts) in words
    total = [sum(facts[key] for facts in told.values()) for key in ("rows_in", "loaded", "quarantined", "superseded")]
    assert " ".join(f"{count:,}" for count in total) in words
    for reason in at(workspace).manifest["unplaced"]:
        assert reason.split(": ")[1] in words


def test_what_is_not_loaded_is_listed_apart_with_how_to_get_it(workspace):
    words = texts(shown(workspace, "/data"))
    assert "Not in this edition" in words
    apart = words.partition("Not in this edition")[2].partition("Counted once")[0]
    assert "forewatch add whc" in apart
    assert "ucdp_ged" not in apart


def test_a_guard_that_was_overridden_is_told_with_its_reason(tmp_path):
    override = {"reason": "<b>They</b> moved.", "by": "A. Reader"}
    guard = {"snapshot": "events/2024", "guard": "rows", "found": "9 rows", "limit": "12 before", "override": override}
    edition = current(publish(tmp_path, districts(), guards=[guard]), Tier.public)
    assert "events/2024 rows 9 rows 12 before <b>They</b> moved. A. Reader" in texts(sources_screen(edition))


def test_only_addresses_of_the_web_become_links():
    assert link("https://example.org").rel == "noopener noreferrer"
    assert link("javascript:alert(1)") == "javascript:alert(1)"


def test_every_link_of_the_page_leads_to_a_page_a_place_on_it_or_the_web(workspace):
    for path in ("/data", "/data/quarantine", "/data/dictionary", "/data/ucdp_ged", "/data/tables/incidents"):
        page = shown(workspace, path, tier=Tier.confidential)
        for href in hrefs(page):
            inside = href.partition("?")[0].partition("#")[0]
            assert href.startswith(("http://", "https://", "#")) or page_at(inside), href


# ---- months ----


@pytest.mark.parametrize(
    ("spans", "together"),
    [
        ([("2023-01", "2023-03"), ("2023-04", "2023-06")], [("2023-01", "2023-06")]),
        ([("2023-05", "2023-06"), ("2023-01", "2023-03")], [("2023-01", "2023-03"), ("2023-05", "2023-06")]),
        ([("2023-01", "2023-09"), ("2023-02", "2023-03")], [("2023-01", "2023-09")]),
    ],
)
def test_runs_of_months_that_meet_are_one(spans, together):
    assert joined(spans) == together


def test_gaps_and_countries_without_a_word_are_told():
    spans = {"XAA": [("2022-11", "2022-12"), ("2023-02", "2023-03"), ("2023-08", "2023-08")]}
    assert gaps(spans["XAA"]) == [("2023-01", "2023-01"), ("2023-04", "2023-07")]
    lines = gap_sentences(spans, {"XAA": "Alpha", "XBB": "Beta"})
    assert lines == ["Alpha: 2022-11 to 2023-08; nothing about 2023-01, 2023-04 to 2023-07.", "Nothing about Beta."]


# ---- quarantined rows ----


def test_the_public_tier_counts_and_tells_neither_reason_nor_row(workspace):
    words = texts(shown(workspace, "/data/quarantine"))
    assert f"coordinates {BROKEN}" in words
    assert "Reason" not in words
    assert "many.csv" not in words
    assert "Site 5" not in words


@pytest.mark.parametrize("tier", [Tier.restricted, Tier.confidential])
def test_higher_tiers_page_through_reasons_and_the_highest_through_rows(workspace, tier):
    pages = [
        texts(shown(workspace, "/data/quarantine", f"?source=osm_sites&rule=coordinates&page={n}", tier))
        for n in (1, 3)
    ]
    assert f"Rows 1 to {SHOWN} of {BROKEN} rows" in pages[0]
    assert f"Rows {2 * SHOWN + 1} to {BROKEN} of {BROKEN} rows" in pages[1]
    assert "it has no place, or one out of range" in pages[0]
    assert ("<script>alert(1)</script>" in pages[0]) == (tier == Tier.confidential)


@pytest.mark.parametrize(
    "query", ["?page=0", "?page=-1", "?page=99999999999", "?page=%C2%B2", "?source=%27%20OR%201=1", "?rule=x&x=y", "?%"]
)
def test_what_a_query_asks_for_in_vain_falls_back_to_rows_that_are_there(workspace, query):
    words = texts(shown(workspace, "/data/quarantine", query, Tier.confidential))
    assert re.search(rf"Rows \d+ to \d+ of {BROKEN} rows", words)


def test_where_nothing_was_quarantined_that_is_said(tmp_path):
    home = world.built(tmp_path / "workspace", tmp_path)
    edition = current(home.root, Tier.confidential)
    assert "No row of this edition was quarantined." in texts(quarantine_screen(edition, ""))
    assert asked_for("?page=7", edition.fetch("SELECT '' AS source, '' AS rule, 0 AS n LIMIT 0")).page == 1


# ---- stale, everywhere the same ----


LATE = date(2026, 11, 20)


def test_a_stale_layer_gives_its_reason_on_the_page_and_in_files(workspace, tmp_path):
    edition = current(workspace, Tier.public, LATE)
    reason = stale_because(edition, "incident_intensity")
    assert reason.startswith("This layer is stale: UCDP Georeferenced Event Dataset (GED), through ")
    assert "known on 1 June 2024, long overdue, expected by 1 June 2025." in reason
    assert "long overdue" in texts(sources_screen(edition))
    for kind, read in (("geojson", "a.geojson"), ("csv", "a.csv.metadata.json"), ("gpkg", "a.gpkg.metadata.json")):
        write_export(edition, "incident_intensity", kind, tmp_path / f"a.{kind}")
        told = json.loads((tmp_path / read).read_text())
        assert told["stale"] == reason
        assert told["freshness"]["ucdp_ged"] == "delinquent"
        assert told["sources"]["ucdp_ged"]["freshness"]["due_on"] == "2025-06-01"
        assert told["sources"]["ucdp_ged"]["known_through"] == "2023-12"


def test_the_table_of_values_the_layer_and_its_raster_tell_the_same_statuses(workspace, tmp_path):
    edition = current(workspace, Tier.public, LATE)
    write_export(edition, "layer_values", "csv", tmp_path / "all.csv")
    rows = pd.read_csv(tmp_path / "all.csv").query("layer == 'incident_intensity'")
    months = rows.query("unit == 'adm2'").groupby("period")["status"].unique().str.join(",")
    assert months["2023-12-01"] == "ok"
    assert months["2024-01-01"] == months["2024-03-01"] == "stale"
    write_export(edition, "incident_intensity", "geojson", tmp_path / "a.geojson", period="2024-02")
    told = json.loads((tmp_path / "a.geojson").read_text())
    assert {(f["properties"]["status"], f["properties"]["value"]) for f in told["features"]} == {("stale", None)}
    write_export(edition, "incident_intensity", "geotiff", tmp_path / "a.tif", unit="cell", period="2024-02")
    with rasterio.open(tmp_path / "a.tif") as raster:
        assert raster.tags()["stale"] == told["stale"]
        assert json.loads(raster.tags()["freshness"])["ucdp_ged"] == "delinquent"
        statuses = raster.read(4)
        assert set(statuses[np.isfinite(statuses)]) == {STATUSES.index("stale")}


def test_a_stale_picture_bears_a_mark_a_sentence_and_the_hatch(workspace):
    edition = current(workspace, Tier.public, LATE)
    sheet, facts = sheet_of(edition, "incident_intensity", "adm2", "2024-02")
    said = " ".join(text.get_text() for text in sheet.figure.findobj(Text))
    assert "STALE" in said
    assert facts.stale in said
    assert "overdue, expected by 1 June 2025" in said
    (entry,) = [each for each in entries(facts) if each.label.startswith("Stale")]
    assert (entry.areas, entry.counted_above) == (4, False)
    picture = Image.open(BytesIO(draw(edition, "incident_intensity", "adm2", "2024-02")))
    assert "STALE: This layer is stale" in picture.text["Comment"]
    fresh = Image.open(BytesIO(draw(at(workspace), "incident_intensity", "adm2", "2024-02")))
    assert "STALE" not in fresh.text["Comment"]
    white = [(np.asarray(each.convert("RGB"))[700:900, 500:700] == 255).all(axis=2).mean() for each in (picture, fresh)]
    assert white[0] > 0.3  # dots on white
    assert white[1] < 0.01  # lines on grey: no data


def test_the_drawer_says_that_nothing_is_known_since(workspace):
    edition = current(workspace, Tier.public, LATE)
    words = texts(drawer(edition, State("incident_intensity", "adm2", "2024-02", selected="XT0101")))
    assert "Its source is late" in words
    assert "with a value" not in words


def test_no_layer_is_stale_while_its_sources_keep_their_days(workspace):
    assert [name for name in layers() if stale_because(at(workspace), name)] == []


# ---- the server ----


@pytest.fixture(scope="module")
def client(workspace):
    return create_app(workspace, Tier.public).server.test_client()


@pytest.mark.parametrize("path", ["/data", "/data/quarantine", "/data/dictionary", "/data/whc", "/data/tables/areas"])
def test_every_screen_has_an_address(client, path):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/data/", "/data/nothing", "/data/tables", "/data/whc/more", "/data/../data", "//data"]
)
def test_an_address_without_a_screen_is_not_found(client, path):
    assert client.get(path).status_code in (404, 308)


def test_text_of_files_cannot_become_markup(tmp_path):
    facts = source("events") | {"title": "<img src=x>", "url": "javascript:alert(1)"}
    workspace = publish(tmp_path, districts(), sources={"events": facts})
    page = sources_screen(current(workspace, Tier.public))
    assert "<img src=x>" in texts(page)
    assert escape("<img src=x>") not in texts(page)
    assert not any(href.startswith("javascript") for href in hrefs(page))


def test_what_depends_on_freshness_is_kept_only_while_it_stands(client, workspace):
    edition = current(workspace, Tier.public)
    path = f"/values/{edition.id}/incident_intensity/adm2.bin"
    assert client.get(path).headers["Cache-Control"] == "no-cache"
    assert "immutable" in client.get(f"{path}?days={edition.days}").headers["Cache-Control"]
    gone = client.get(f"{path}?days=1999-01-01.1999-01-01")
    assert gone.status_code == 410
    assert b"reload the page" in gone.data
    assert client.get("/health").json["days"] == edition.days
