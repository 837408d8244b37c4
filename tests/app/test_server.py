"""The web server: what it sends, to whom, and what it refuses; over the tiny invented country, really built."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import pairwise
from urllib.request import urlopen

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from app import briefing, values
from app.pages._browser import KIND_COLOURS
from app.pages._words import KIND_WORDS
from app.server import create_app, run
from app.tiles import sql
from app.turns import MOST_WAITING, ONE_AT_A_TIME
from data_pipelines.edition import current
from data_pipelines.tables import INCIDENT_KINDS, Tier
from geo.crs import to_mercator
from geo.errors import UsageError
from layers._layer import STATUSES, layers
from tests import world
from tests.command import FOREWATCH

LAYER = "incident_intensity"
TILE = (6, 37, 30)  # holds all of the invented country


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return world.built(tmp_path_factory.mktemp("workspace"), tmp_path_factory.mktemp("raw")).root


@pytest.fixture(scope="module")
def clients(workspace):
    return {tier: create_app(workspace, tier).server.test_client() for tier in Tier}


@pytest.fixture(scope="module")
def client(clients):
    return clients[Tier.public]


@pytest.fixture(scope="module")
def edition(workspace):
    return current(workspace, Tier.confidential)


def tile(client, edition, what, where=TILE):
    answer = client.get(f"/tiles/{edition.id}/{what}/{'/'.join(map(str, where))}.mvt")
    assert answer.status_code == 200
    return answer.data


@pytest.fixture
def features(tmp_path):
    """Read a tile's layer as GDAL does; coordinates in EPSG:3857."""

    def read(data, layer):
        path = tmp_path / "{}/{}/{}.mvt".format(*TILE)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return pyogrio.read_dataframe(path, layer=layer)

    return read


# ---- what is sent ----


@pytest.mark.parametrize("unit", ["adm1", "adm2", "cell"])
def test_a_tile_holds_every_unit_with_its_place_in_the_matrices_and_nothing_else(client, edition, features, unit):
    units = edition.units(unit)
    rows = features(tile(client, edition, unit), "units").dissolve("id").reset_index()
    assert set(rows.columns) - {"mvt_id"} == {"id", "geometry"}
    assert sorted(rows["id"]) == units["idx"].tolist()
    points = shapely.points(*to_mercator(units["longitude"], units["latitude"]))
    assert shapely.contains(rows.sort_values("id")["geometry"].to_numpy(), points).all()


def test_the_reference_tile_names_each_province_once(client, edition, features):
    data = tile(client, edition, "reference")
    assert sorted(features(data, "names")["name"]) == sorted(edition.units("adm1")["name"])
    assert set(features(data, "outlines")["level"]) == {0, 1}


def test_the_public_tier_counts_incidents_by_cell_and_gives_no_other_place(clients, edition, features):
    rows = features(tile(clients[Tier.public], edition, "incidents/2023-03"), "counts")
    cells = edition.units("cell")
    shares = edition.fetch("SELECT share FROM incident_shares WHERE unit = 'cell' AND period = DATE '2023-03-01'")
    assert rows["n"].sum() == pytest.approx(shares["share"].sum())
    x, y = to_mercator(cells["longitude"], cells["latitude"])
    gaps = np.hypot(
        rows.geometry.x.to_numpy()[:, None] - np.array(x), rows.geometry.y.to_numpy()[:, None] - np.array(y)
    )
    assert gaps.min(axis=1).max() < 300  # metres: half a step of the tile's grid
    kinds = [kind for kind in INCIDENT_KINDS if kind in rows]
    assert rows[kinds].sum().sum() == pytest.approx(rows["n"].sum())


def test_every_kind_of_incident_is_counted_named_and_has_a_colour():
    assert set(re.findall(r"kind = '(\w+)'", sql("tile_incident_counts"))) == set(INCIDENT_KINDS)
    assert set(KIND_COLOURS) == set(INCIDENT_KINDS) <= set(KIND_WORDS)
    assert len(set(KIND_COLOURS.values())) == len(INCIDENT_KINDS)


def test_above_the_public_tier_a_place_is_drawn_as_exactly_as_it_is_known(clients, edition, features):
    restricted = clients[Tier.restricted]
    exact = features(tile(restricted, edition, "incidents/2023-01"), "places")
    assert set(exact["support"]) == {"exact"}
    assert set(exact.geom_type) == {"Point"}
    near = features(tile(restricted, edition, "incidents/2023-02"), "places")
    assert near["support"].tolist() == ["near"]
    west, _, east, _ = near.total_bounds
    assert (east - west) / 2 * np.cos(np.radians(10.6)) == pytest.approx(25_000, rel=0.01)
    coarse = tile(restricted, edition, "incidents/2023-04")
    assert b"adm1" not in coarse
    assert b"country" not in coarse


def test_only_the_confidential_tier_places_protected_sites(clients, edition, features):
    sites = edition.fetch("SELECT site_id FROM site_units WHERE unit = 'adm1'")
    assert len(features(tile(clients[Tier.confidential], edition, "sites"), "places")) == len(sites) > 0
    for tier in (Tier.public, Tier.restricted):
        data = tile(clients[tier], edition, "sites")
        assert b"places" not in data
        assert set(features(data, "counts").columns) - {"mvt_id"} == {"n", "hidden", "geometry"}


def test_suppressed_counts_of_sites_are_not_sent(clients, edition, features):
    public, restricted = (
        features(tile(clients[t], edition, "sites"), "counts") for t in (Tier.public, Tier.restricted)
    )
    hidden = public[public["hidden"].astype(bool)]
    assert len(hidden) > 0
    assert (hidden["n"] == 0).all()
    assert not restricted["hidden"].astype(bool).any()


@pytest.mark.parametrize("what", ["adm2", "reference", "sites", "incidents/2023-01"])
def test_a_tile_of_the_open_sea_holds_nothing(client, edition, what):
    assert len(tile(client, edition, what, (6, 0, 0))) < 200


@pytest.mark.parametrize("unit", ["adm1", "adm2", "cell"])
@pytest.mark.parametrize("layer", sorted(layers()))
def test_the_matrix_is_the_edition_s_by_month(clients, workspace, layer, unit):
    edition = current(workspace, Tier.public)
    data = clients[Tier.public].get(f"/values/{edition.id}/{layer}/{unit}.bin").data
    values, statuses = edition.matrix(layer, unit)
    months, n = len(edition.periods()), len(edition.units(unit))
    assert len(data) == 5 * months * n
    np.testing.assert_array_equal(np.frombuffer(data, "<f4", months * n).reshape(months, n), values.T)
    sent = np.frombuffer(data, np.uint8, offset=4 * months * n)
    np.testing.assert_array_equal(sent.reshape(months, n), statuses.T)
    assert sent.max() < len(STATUSES)


# ---- the same layer shown in another way ----

HALF_LIFE = f"{LAYER}.half_life_months:12"


def sent(client, edition, layer, query="", unit="adm2"):
    answer = client.get(f"/values/{edition.id}/{layer}/{unit}.bin?{query}")
    assert answer.status_code == 200, answer.text
    months, n = len(edition.periods()), len(edition.units(unit))
    return np.frombuffer(answer.data, "<f4", months * n).reshape(months, n).T


@pytest.mark.parametrize("layer", sorted(layers()))
@pytest.mark.parametrize("end", ["low", "high"])
def test_the_ends_of_the_band_are_the_edition_s_and_hold_the_value(clients, workspace, layer, end):
    edition, client = current(workspace, Tier.public), clients[Tier.public]
    if layers()[layer].categories:
        answer = client.get(f"/values/{edition.id}/{layer}/adm2.bin?show={end}")
        assert (answer.status_code, "does not show" in answer.text) == (400, True)
        return
    found, value = sent(client, edition, layer, f"show={end}"), sent(client, edition, layer)
    rows = edition.values(layer, "adm2")
    np.testing.assert_array_equal(found.ravel(), rows[end].to_numpy(np.float32))
    np.testing.assert_array_equal(np.isnan(found), np.isnan(value))  # suppressed stays suppressed
    given = ~np.isnan(value)
    assert (found[given] <= value[given]).all() if end == "low" else (found[given] >= value[given]).all()


@pytest.mark.parametrize("layer", [name for name, one in layers().items() if one.chance])
def test_chances_are_percent_and_fall_as_the_threshold_rises(clients, workspace, layer):
    edition, client = current(workspace, Tier.confidential), clients[Tier.confidential]
    thresholds = (-1, 0, 0.5, 2, 1000)
    chances = [sent(client, edition, layer, f"show=above:{threshold}") for threshold in thresholds]
    np.testing.assert_array_equal(chances[2], (100 * edition.chance(layer, "adm2", 0.5)).astype(np.float32))
    for lower, higher in pairwise(chances):
        given = ~np.isnan(lower)
        assert (lower[given] >= higher[given]).all()
        assert ((higher[given] >= 0) & (lower[given] <= 100)).all()


@pytest.mark.parametrize("layer", [name for name, one in layers().items() if one.live])
def test_values_are_computed_with_the_parameters_asked_for(clients, workspace, layer):
    edition, client = current(workspace, Tier.confidential), clients[Tier.confidential]
    name = layers()[layer].live[0]
    bounds = next(p for p in layers()[layer].parameters if p.name == name)
    other = (bounds.low + bounds.default) / 2
    found = sent(client, edition, layer, f"settings={layer}.{name}:{other}")
    computed = edition.live(layer, "adm2", {layer: {name: other}})
    expected = (
        computed.value if computed.category is None else np.where(computed.category < 255, computed.category, np.nan)
    )
    np.testing.assert_array_equal(found, expected.astype(np.float32))
    own = edition.parameters(layer)[name]
    np.testing.assert_array_equal(
        sent(client, edition, layer, f"settings={layer}.{name}:{own:g}"), sent(client, edition, layer)
    )


def test_what_is_computed_anew_with_the_edition_s_own_parameters_is_the_edition(edition):
    for layer in layers():
        painted, statuses = edition.matrix(layer, "adm2")
        found = edition.live(layer, "adm2", {})
        anew = found.value if found.category is None else np.where(found.category < 255, found.category, np.nan)
        np.testing.assert_array_equal(anew.astype(np.float32), painted, err_msg=layer)
        np.testing.assert_array_equal(found.status, statuses, err_msg=layer)


def test_a_setting_changes_layers_that_are_made_of_its_layer_and_no_others(client, edition):
    for layer, changes in ((LAYER, True), ("priority", True), ("civilian_harm", False)):
        same = np.array_equal(
            sent(client, edition, layer, f"settings={HALF_LIFE}"), sent(client, edition, layer), equal_nan=True
        )
        assert same != changes, layer


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("show=median", "does not show"),
        ("show=above:", "no number"),
        ("show=above:many", "no number"),
        ("show=above:1e999", "no number"),
        ("settings=nothing", "no parameter"),
        (f"settings={LAYER}.half_life_months:0", "between 1 and 60"),
        (f"settings={LAYER}.half_life_months:nan", "between 1 and 60"),
        (f"settings={LAYER}.radius_km:5", "no parameter"),
        ("settings=" + "x" * 5000, "no parameter"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_sentence(client, edition, query, words):
    answer = client.get(f"/values/{edition.id}/{LAYER}/adm2.bin?{query}")
    told = re.search("<main>.*?<p>(.*?)</p>", answer.text)[1]
    assert answer.status_code == 400
    assert words in told
    assert len(told) < 200


def test_weights_of_nothing_at_all_are_refused_in_one_sentence(client, edition):
    answer = client.get(f"/values/{edition.id}/priority/adm2.bin?settings={NO_WEIGHTS}")
    assert (answer.status_code, "All weights" in answer.text) == (400, True)


def test_the_public_tier_computes_nothing_anew_from_sites(clients, edition):
    for query in ("show=above:1", "settings=site_threat.half_life_months:12"):
        public = clients[Tier.public].get(f"/values/{edition.id}/site_threat/adm2.bin?{query}")
        assert public.status_code in (400, 409)
        assert public.text.count("<p>") == 2
        assert clients[Tier.restricted].get(f"/values/{edition.id}/site_threat/adm2.bin?{query}").status_code == 200
    assert "restricted tier" in clients[Tier.public].get(f"/values/{edition.id}/site_threat/adm2.bin?show=above:1").text


def test_only_the_newest_few_chances_are_kept(client, edition):
    """Values with other settings are kept by the edition, within their room: see test_live.py."""
    for threshold in range(20, 32):
        sent(client, edition, LAYER, f"show=above:{threshold}")
    assert values._chance.cache_info().currsize == values._chance.cache_info().maxsize == 8


def test_few_wait_for_maps_to_be_computed_and_all_else_is_served_meanwhile(client, edition):
    """16 requests for chances held all threads for 16 s, and nobody was shown so much as a tile."""
    path = f"/values/{edition.id}/{LAYER}/adm2.bin"
    with ThreadPoolExecutor(MOST_WAITING + 1) as pool:
        with ONE_AT_A_TIME:
            asked = [pool.submit(client.get, f"{path}?show=above:{n}.125") for n in range(MOST_WAITING + 1)]
            refused, waiting = wait(asked, 60, FIRST_COMPLETED)
            (answer,) = (one.result() for one in refused)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
            assert "try again in a moment" in answer.text
            assert client.get(path).status_code == 200
        assert {one.result().status_code for one in waiting} == {200}


def test_few_wait_for_pictures_to_be_drawn(client, edition):
    path = f"/picture/{edition.id}/{LAYER}/adm2"
    with ThreadPoolExecutor(MOST_WAITING + 1) as pool:
        with briefing.ONE_AT_A_TIME:
            asked = [pool.submit(client.get, f"{path}/{month}.png") for month in edition.periods()[: MOST_WAITING + 1]]
            refused, waiting = wait(asked, 60, FIRST_COMPLETED)
            assert [one.result().status_code for one in refused] == [503]
        assert {one.result().status_code for one in waiting} == {200}


def test_names_come_in_the_order_of_the_matrices(client, edition):
    rows = client.get(f"/values/{edition.id}/adm2.json").json
    assert [row[0] for row in rows] == edition.units("adm2")["id"].tolist()
    assert all(len(row) == 4 for row in rows)


def test_what_names_an_edition_is_kept_for_ever_and_asked_for_once(client, edition):
    path = f"/values/{edition.id}/{LAYER}/adm2.bin?days={edition.days}"
    answer = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"], "Accept-Encoding": "gzip"})
    assert again.status_code == 304
    assert again.data == b""


def test_tiles_are_the_same_to_the_byte_each_time(client, edition):
    assert len({tile(client, edition, "adm2") for _ in range(5)}) == 1


def test_the_download_is_the_layer_and_month_asked_for(client, edition):
    answer = client.get(f"/download/{edition.id}/{LAYER}/adm2/2023-03.geojson")
    assert answer.mimetype == "application/geo+json"
    assert f"{LAYER}_adm2_2023-03" in answer.headers["Content-Disposition"]
    assert len(answer.json["features"]) == len(world.DISTRICTS)


@pytest.mark.parametrize(("kind", "magic"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_the_picture_is_drawn_on_the_server(client, edition, kind, magic):
    answer = client.get(f"/picture/{edition.id}/{LAYER}/adm2/2023-03.{kind}?page=a4")
    assert answer.data.startswith(magic)
    assert "attachment" in answer.headers["Content-Disposition"]


# ---- editions come and go ----


def test_a_new_edition_is_served_without_a_restart_and_the_old_one_is_gone(workspace, tmp_path):
    home = shutil.copytree(workspace, tmp_path / "home")
    client = create_app(home, Tier.public).server.test_client()
    old = client.get("/health").json["edition"]
    folder = shutil.copytree(home / "editions" / old, home / "editions" / "0123456789ab")
    (folder / "manifest.json").chmod(0o644)
    manifest = json.loads((folder / "manifest.json").read_text()) | {"edition": folder.name}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (home / "CURRENT.json").write_text(json.dumps({"edition": folder.name}))
    assert client.get("/health").json["edition"] == folder.name
    assert client.get(f"/values/{old}/adm2.json").status_code == 410
    assert client.get(f"/values/{folder.name}/adm2.json").status_code == 200


def test_without_an_edition_the_page_says_what_to_do(tmp_path):
    client = create_app(tmp_path, Tier.public).server.test_client()
    for path in ("/", "/_dash-layout", "/health"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert "forewatch build" in answer.text
    with client.get("/assets/forewatch.css") as looks:
        assert looks.status_code == 200


# ---- what every answer carries ----


@pytest.mark.parametrize("path", ["/", "/health", "/nothing", "/_dash-layout", "/assets/map.js", "/basemap/land.json"])
@pytest.mark.parametrize("tier", list(Tier))
def test_every_answer_is_guarded(clients, tier, path):
    with clients[tier].get(path) as answer:
        headers = answer.headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert "unsafe" not in policy["script-src"]
    assert policy["frame-ancestors"] == "'none'"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert (headers.get("Cache-Control") == "no-store") == (tier > Tier.public)


def test_no_tile_or_matrix_above_public_is_stored(clients, edition):
    for path in (f"/values/{edition.id}/{LAYER}/adm2.bin", f"/tiles/{edition.id}/sites/6/37/30.mvt"):
        assert clients[Tier.confidential].get(path).headers["Cache-Control"] == "no-store"


def test_the_page_names_no_other_host(client):
    assert not re.search(r"(src|href)=.?(https?:)?//", client.get("/").text)


# ---- what is refused ----


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/{}/h3/6/37/30.mvt",
        "/tiles/{}/adm2/6/64/30.mvt",
        "/tiles/{}/adm2/15/0/0.mvt",
        "/tiles/{}/adm2/-1/0/0.mvt",
        "/tiles/{}/adm2/6/37/30.png",
        "/tiles/{}/incidents/2031-01/6/37/30.mvt",
        "/tiles/{}/incidents/2023-01'--/6/37/30.mvt",
        "/values/{}/nothing/adm2.bin",
        "/values/{}/incident_intensity/h3.bin",
        "/values/{}/h3.json",
        "/download/{}/incident_intensity/adm2/2031-01.geojson",
        "/download/{}/nothing/adm2/2023-01.geojson",
        "/picture/{}/incident_intensity/adm2/2023-01.svg",
        "/picture/{}/incident_intensity/adm2/2023-01.png?page=poster",
        "/basemap/../map.json",
        "/basemap/nothing.json",
        "/nothing",
        "/_dash-component-suites/dash/nothing.js",
        "/_dash-component-suites/nothing/nothing.js",
    ],
)
def test_what_is_not_there_is_404_in_one_sentence(client, edition, path):
    answer = client.get(path.format(edition.id))
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


def test_an_edition_that_is_not_served_is_410(client):
    for path in ("/values/ffffffffffff/adm2.json", "/tiles/ffffffffffff/adm2/6/37/30.mvt"):
        assert client.get(path).status_code == 410


def body(output, inputs, state=()):
    """The body that Dash's renderer posts for one output."""
    slots = [{"id": i, "property": p, "value": v} for i, p, v in inputs]
    identity, name = output.split(".")
    return {
        "output": output,
        "outputs": {"id": identity, "property": name},
        "inputs": slots,
        "changedPropIds": [f"{i}.{p}" for i, p, _ in inputs],
        "state": [{"id": i, "property": p, "value": v} for i, p, v in state],
    }


def drawer_of(**view):
    asked = {"layer": LAYER, "unit": "adm2", "period": "2023-03", "selected": "XT0102", "show": "value", "settings": ""}
    shown = asked | view
    return body("drawer.children", [("shown", "data", shown)])


def post(client, document, **headers):
    return client.post("/_dash-update-component", json=document, headers=headers)


@pytest.mark.parametrize("layer", sorted(layers()))
@pytest.mark.parametrize("tier", list(Tier))
def test_the_drawer_opens_for_every_layer_and_tier(clients, tier, layer):
    answer = post(clients[tier], drawer_of(layer=layer))
    assert answer.status_code == 200
    assert "XT0102" in answer.text


def test_the_drawer_lists_the_records_and_their_sum(client, edition):
    told = edition.explain(LAYER, "adm2", "XT0102", "2023-03")
    text = json.dumps(post(client, drawer_of()).json)
    assert all(part["record_id"] in text for part in told["contributions"])
    assert f"/download/{edition.id}/{LAYER}/adm2/2023-03.geojson" in text
    assert f"{len(told['contributions'])} incidents. Together {told['value']:.3g}, the value." in text


def test_the_drawer_tells_what_the_settings_make_of_a_value(client, edition):
    own = edition.explain(LAYER, "adm2", "XT0102", "2023-03")["value"]
    other = edition.explain(LAYER, "adm2", "XT0102", "2023-03", {LAYER: {"half_life_months": 12.0}})["value"]
    assert f"{own:.3g}" != f"{other:.3g}"
    text = post(client, drawer_of(settings=HALF_LIFE)).text
    assert f"Together {other:.3g}, the value." in text
    assert f'"children":"{other:.3g}"' in text


def test_the_drawer_tells_the_rank_of_a_priority_with_its_band(client, edition):
    drawn = edition.ranks("priority", "adm2", "2023-03")
    idx = edition.units("adm2")["id"].tolist().index("XT0102")
    text = post(client, drawer_of(layer="priority")).text
    given = int(np.isfinite(drawn.rank).sum())
    assert f"Rank {drawn.rank[idx]:.0f} of {given}; 90 % band {drawn.low[idx]:.0f} to {drawn.high[idx]:.0f}" in text


def test_the_top_ten_are_in_order_of_rank_and_asked_for_only_when_seen(client, edition):
    def table(**view):
        shown = drawer_of(**view)["inputs"][0]["value"]
        return json.dumps(post(client, body("top-ten.children", [("shown", "data", shown)])).json)

    drawn, units = edition.ranks("priority", "adm2", "2023-03"), edition.units("adm2")
    text = table(layer="priority", ranking=True)
    order = [units["id"][idx] for idx in np.argsort(drawn.rank, kind="stable") if np.isfinite(drawn.rank[idx])]
    places = [text.index(f'"data-select": "{unit}"') for unit in order[:10]]
    assert len(places) > 1
    assert places == sorted(places)
    assert "data-select" not in table(layer="priority")
    assert "data-select" not in table(ranking=True)


def test_the_page_is_laid_out_for_the_link(client):
    def page(query):
        return post(client, body("page.children", [("address", "pathname", "/")], [("address", "search", query)])).text

    assert '"data":"XT0102"' in page("?v=1&u=adm2&s=XT0102")
    assert "none is selected" in page("?v=1&u=adm2&s=XT9999")
    assert f'"data":"{HALF_LIFE}"' in page(f"?v=1&p={HALF_LIFE}")
    assert '"data":"above:2"' in page("?v=1&h=above:2")
    assert "All weights" in page(f"?v=1&l=priority&u=adm2&s=XT0102&p={NO_WEIGHTS}")


NO_WEIGHTS = ",".join(f"priority.{name}:0" for name in layers()["priority"].params() if name.startswith("weight"))
BAD = {
    "no such unit": drawer_of(selected="XT9999"),
    "no such layer": drawer_of(layer="nothing"),
    "no such month": drawer_of(period="2031-01"),
    "a number for an id": drawer_of(selected=7),
    "no such side of a layer": drawer_of(show="median"),
    "no such parameter": drawer_of(settings="incident_intensity.colour:3"),
    "a parameter out of bounds": drawer_of(settings="incident_intensity.half_life_months:1e9"),
    "all weights at 0": drawer_of(layer="priority", settings=NO_WEIGHTS),
    "a list for a view": body("drawer.children", [("shown", "data", [1, 2])]),
    "nothing for a view": body("drawer.children", [("shown", "data", None)]),
    "no such page": body("page.children", [("address", "pathname", "/no")], [("address", "search", "")]),
    "no such output": body("secret.children", [("shown", "data", {})]),
    "another input": body("drawer.children", [("brief", "data", {})]),
    "another property": body("drawer.children", [("shown", "modified_timestamp", {})]),
    "too many inputs": body("drawer.children", [("shown", "data", {}), ("shown", "data", {})]),
    "a callback of the browser": body("drawn.data", [("layer", "value", LAYER)]),
    "a list": [1],
    "a number for an output": {**drawer_of(), "output": 7},
    "other outputs": {**drawer_of(), "outputs": {"id": "page", "property": "children"}},
    "no outputs": {k: v for k, v in drawer_of().items() if k != "outputs"},
}


@pytest.mark.parametrize("document", BAD.values(), ids=BAD)
def test_a_body_that_no_page_sends_is_refused(client, document):
    answer = post(client, document)
    assert answer.status_code == 400
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("raw", [b"", b"{", b'{"output": NaN}', b'{"output": 1e400}', b"[" * 10_000, b"\xff\xfe"])
def test_what_is_not_strict_json_is_refused(client, raw):
    answer = client.post("/_dash-update-component", data=raw, content_type="application/json")
    assert answer.status_code == 400


def test_a_form_is_refused(client):
    assert client.post("/_dash-update-component", data={"output": "drawer.children"}).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.org"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_request_from_another_site_is_refused(client, headers):
    assert post(client, drawer_of(), **headers).status_code == 403
    assert post(client, drawer_of(), Origin="http://localhost").status_code == 200


def test_a_body_beyond_a_megabyte_is_refused(client):
    assert post(client, {**drawer_of(), "more": "x" * 1_000_001}).status_code == 413


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.data())
def test_no_mutated_body_breaks_the_server(client, data):
    document = data.draw(st.sampled_from([drawer_of(), body("about.children", [("layer", "value", LAYER)])]))
    for _ in range(data.draw(st.integers(1, 3))):
        place, path = document, data.draw(st.integers(1, 4))
        for _ in range(path):
            inner = list(place.values()) if isinstance(place, dict) else place
            nested = [x for x in inner if isinstance(x, dict | list) and x]
            if nested and data.draw(st.booleans()):
                place = data.draw(st.sampled_from(nested))
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        place[key] = data.draw(JSON)
    raw = json.dumps(document)
    answer = client.post("/_dash-update-component", data=raw, content_type="application/json")
    assert answer.status_code < 500
    assert "Traceback" not in answer.text


def test_what_goes_wrong_inside_is_told_in_one_sentence(workspace, monkeypatch, caplog):
    app = create_app(workspace, Tier.public)
    monkeypatch.setattr("app.tiles.units", lambda *_: 1 / 0)
    edition = app.server.test_client().get("/health").json["edition"]
    answer = app.server.test_client().get(f"/tiles/{edition}/adm2/6/37/30.mvt")
    assert (answer.status_code, answer.data) == (500, b"")
    assert "ZeroDivisionError" in caplog.text
    monkeypatch.setattr("app.values.packed", lambda *_: 1 / 0)
    answer = app.server.test_client().get(f"/values/{edition}/{LAYER}/adm2.bin")
    assert answer.status_code == 500
    assert "ZeroDivisionError" not in answer.text


# ---- the server itself ----


@pytest.mark.parametrize("tier", [Tier.restricted, Tier.confidential])
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_a_tier_above_public_is_not_served_to_others(workspace, tier, host):
    with pytest.raises(UsageError, match="not served"):
        run(workspace, tier, host, 0)


def test_a_port_that_is_taken_is_told(workspace):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="--port"):
        run(workspace, Tier.public, "127.0.0.1", taken.getsockname()[1])


@pytest.fixture
def served(workspace):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [FOREWATCH, "--workspace", workspace, "serve", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONWARNINGS": "error"})
    yield server, port
    server.kill()
    server.stdout.close()
    server.wait()


def test_the_command_tells_the_address_serves_it_and_stops_on_ctrl_c(served):
    server, port = served
    assert f"http://127.0.0.1:{port}" in server.stdout.readline()
    with urlopen(f"http://127.0.0.1:{port}/health", timeout=60) as answer:
        assert json.load(answer)["tier"] == "public"
    begun = time.monotonic()
    server.send_signal(signal.SIGINT)
    assert server.wait(timeout=20) == 0
    assert time.monotonic() - begun < 10


def test_a_name_that_points_to_this_machine_is_refused(served):
    server, port = served
    server.stdout.readline()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n")
        assert b" 400 " in connection.makefile("rb").readline()
