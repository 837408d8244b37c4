"""Two invented countries side by side, built from files: what one sees of the other's violence, by hand.

XT0101 | XT0102 | XT0201 | XT0202 || XS0101 | XS0102        30 to 32 and 32 to 33 east; 10 to 11 north
"""

import json

import numpy as np
import pytest

from data_pipelines.build import build
from data_pipelines.edition import current
from data_pipelines.snapshot import add
from data_pipelines.tables import UNITS, Tier
from data_pipelines.workspace import Workspace
from geo.geodesy import distance_m
from geo.grids import cell_id
from layers._layer import NO_DATA, OK, layer
from layers.spillover import ACROSS, OWN
from tests.world import KNOWN_AT, event, write_areas, write_events

OTHER = "XSW"
DISTRICTS = {"XS0101": 32.0, "XS0102": 32.5}
HERE = (
    event(1, "2023-01-10", 31.9, 10.5),
    event(2, "2023-02-10", 30.2, 10.5),
)
ACROSS_BORDER = (
    event(11, "2023-01-15", 32.2, 10.4, iso3=OTHER, country="Otherland"),
    event(12, "2023-03-20", 32.7, 10.6, iso3=OTHER, country="Otherland"),
    event(13, "2023-03-21", 32.1, 10.5, where_prec=4, iso3=OTHER, country="Otherland"),
)
WIDTH_KM = float(distance_m(0, 11, 0.5, 11)) / 1000
"""How wide a district is at its narrow end, in the north: units are as far apart as those between them are wide."""


def write_other_areas(folder, level):
    """Write the boundaries of the second country, one province of two districts, as COD-AB."""
    parts = ({"XS": 32.0}, {"XS01": 32.0}, DISTRICTS)[level]
    wide = (1.0, 1.0, 0.5)[level]
    features = []
    for code, west in parts.items():
        ring = [[west, 10], [west + wide, 10], [west + wide, 11], [west, 11], [west, 10]]
        codes = {0: "XS", 1: code[:4], 2: code}
        about = {"iso2": "XS", "iso3": OTHER, "version": "v01", "valid_on": "2020-01-01", "valid_to": None}
        for n in range(level + 1):
            about |= {f"adm{n}_name": f"Area {codes[n]}" if n else "Otherland", f"adm{n}_pcode": codes[n]}
        features.append(
            {"type": "Feature", "properties": about, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        )
    path = folder / f"xsw_admin{level}.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    folder, home = tmp_path_factory.mktemp("files"), Workspace(tmp_path_factory.mktemp("two"))
    for level in (1, 2):
        add(home, "cod_ab", write_areas(folder, level), "XTW", KNOWN_AT)
        add(home, "cod_ab", write_other_areas(folder, level), OTHER, KNOWN_AT)
    add(home, "ucdp_ged", write_events(folder, HERE + ACROSS_BORDER), None, KNOWN_AT)
    build(home, None, lambda _: None)
    return current(home.root, Tier.confidential)


def value(edition, unit_id, period, column="value"):
    (row,) = edition.values("spillover", "adm2", unit_id, period).to_dict("records")
    return row[column]


def halved(km):
    return 2 ** (-km / 50)


def test_districts_are_as_far_apart_as_those_between_them_are_wide(edition):
    panel = edition.panel("adm2")
    pairs = zip(panel.ids[panel.near.unit], panel.ids[panel.near.other], panel.near.dist_m / 1000, strict=True)
    apart = {(one, other): km for one, other, km in pairs}
    expected = {"XT0202": 0, "XT0201": WIDTH_KM, "XT0102": 2 * WIDTH_KM, "XT0101": 3 * WIDTH_KM}
    assert {one: apart[one, "XS0101"] for one in expected} == pytest.approx(expected, abs=0.3)
    assert apart["XS0101", "XT0102"] == apart["XT0102", "XS0101"]
    assert ("XT0101", "XS0102") not in apart  # four districts of 54.6 km are more than 200 km


def test_incidents_across_the_border_count_by_distance_and_time(edition):
    """January: one in the district that touches; March: one in the next, and one in either, each with its land."""
    assert value(edition, "XT0202", "2023-01") == pytest.approx(1)
    assert value(edition, "XT0201", "2023-01") == pytest.approx(halved(WIDTH_KM), rel=4e-3)
    touching, next_one = 2 ** (-2 / 6) + 0.5, 1.5
    assert value(edition, "XT0202", "2023-03") == pytest.approx(touching + next_one * halved(WIDTH_KM), rel=4e-3)
    assert value(edition, "XS0101", "2023-01") == pytest.approx(1)
    assert value(edition, "XS0102", "2023-02") == pytest.approx(2 ** (-1 / 6) * halved(WIDTH_KM), rel=4e-3)


def test_beyond_the_reach_there_is_no_data(edition):
    """Between XT0101 and the border lie 164 km, more than the reach of 150 km."""
    assert value(edition, "XT0101", "2023-03", "status") == "no_data"
    assert value(edition, "XT0102", "2023-03", "status") == "ok"
    assert value(edition, "XT0102", "2023-03", "n") == 2  # the third may not lie so near


@pytest.mark.parametrize("unit", UNITS)
def test_rows_and_borders_sum_to_every_value(edition, unit):
    panel, of = edition.panel(unit), layer("spillover")
    found = of.compute(panel, of.params(), {})
    borders = [found.components[ACROSS.format(iso3)] for iso3 in ("XSW", "XTW")]
    assert (found.status == OK).any()
    for at, month in np.ndindex(panel.shape):
        told = edition.explain("spillover", unit, panel.ids[at], str(panel.periods[month]))
        if found.status[at, month] == NO_DATA:
            assert told["value"] is None
            assert told["contributions"] == []
            continue
        total = sum(row["contribution"] for row in told["contributions"])
        assert total == pytest.approx(told["value"], abs=1e-9)
        assert np.nansum([border[at, month] for border in borders]) == pytest.approx(told["value"], abs=1e-9)
        assert {row["record_id"] for row in told["contributions"]}.isdisjoint(
            {"ucdp_ged:1", "ucdp_ged:2"} if panel.iso3[at] == "XTW" else {"ucdp_ged:11", "ucdp_ged:12", "ucdp_ged:13"}
        )


def test_the_own_country_stands_beside_and_is_not_in_the_value(edition):
    told = edition.explain("spillover", "adm2", "XT0202", "2023-02")
    assert told["value"] == pytest.approx(2 ** (-1 / 6))
    assert [row["record_id"] for row in told["contributions"]] == ["ucdp_ged:11"]
    assert told["components"][ACROSS.format("XSW")] == pytest.approx(told["value"])
    assert told["components"][OWN] == pytest.approx(halved(2 * WIDTH_KM), rel=4e-3)
    assert edition.explain("spillover", "adm2", "XT0201", "2023-02")["components"][OWN] == pytest.approx(
        2 ** (-1 / 6) + halved(WIDTH_KM), rel=4e-3
    )


def test_cells_see_across_the_border_too(edition):
    """The cells left of the border touch those on its right, and the next ones are a cell away from them."""
    panel = edition.panel("cell")
    found = layer("spillover").compute(panel, layer("spillover").params(), {})
    middle = cell_id([31.9, 31.4], [10.2, 10.2]).astype(str)
    at = np.searchsorted(panel.ids.astype(str), middle)
    assert panel.iso3[at].tolist() == ["XTW", "XTW"]
    cell_km = float(distance_m(0, 10.5, 0.5, 10.5)) / 1000
    assert found.value[at, 0] == pytest.approx([1, halved(cell_km)], rel=1e-3)


@pytest.mark.realdata
def test_between_sudan_and_south_sudan_rows_sum_to_every_value_of_a_month(realdata, tmp_path):
    home = Workspace(tmp_path)
    for name, iso3 in (
        ("areas/sdn_admin1.geojson", "SDN"),
        ("areas/sdn_admin2.geojson", "SDN"),
        ("areas/ssd_admbnda_adm1_imwg_nbs_20210924.json", "SSD"),
        ("areas/ssd_admbnda_adm2_imwg_nbs_20180817.json", "SSD"),
    ):
        add(home, "cod_ab", realdata / name, iso3, KNOWN_AT)
    add(home, "ucdp_ged", realdata / "incidents/conflict_data_sdn.csv", "SDN", KNOWN_AT)
    add(home, "ucdp_ged", realdata / "incidents/ged231_sample1000.csv", None, KNOWN_AT)
    build(home, None, lambda _: None)
    two = current(home.root, Tier.confidential)
    panel, of = two.panel("adm2"), layer("spillover")
    month = int(np.flatnonzero(panel.periods == np.datetime64("2012-06"))[0])
    values = two.values("spillover", "adm2", None, "2012-06").set_index("id")
    off = []
    for at, unit_id in enumerate(panel.ids):
        rows = of.explain(panel, of.params(), {}, at, month)
        value = values.at[unit_id, "value"]
        off.append(abs(sum(row.contribution for row in rows) - (0 if np.isnan(value) else value)))
    assert max(off) < 1e-9
    assert (values["value"] > 0).sum() > 50
    # Abyei is in both countries' files and they overlap: either sees the other as its next neighbour
    near = zip(panel.ids[panel.near.unit], panel.ids[panel.near.other], panel.near.dist_m, strict=True)
    assert {(one, other): dist_m for one, other, dist_m in near}["SD19001", "SS0807"] == 0
    assert values.at["SD19001", "value"] > 1
    # Khartoum lies 400 km from the border
    assert values.at["SD01001", "status"] == "no_data"
