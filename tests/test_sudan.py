"""Sudan end to end: every total against an independent reading of the providers' own files."""

import csv
import json
import math
import re
import struct
import zipfile
from collections import Counter
from contextlib import closing
from datetime import date

import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely

from app.briefing import draw
from app.exports import write_export
from data_pipelines.build import build
from data_pipelines.causes import Map, split
from data_pipelines.edition import current
from data_pipelines.snapshot import add
from data_pipelines.tables import UNITS, Tier
from data_pipelines.workspace import Workspace
from layers._layer import layers
from layers.change import AGEING, NEW
from tests.command import forewatch

pytestmark = pytest.mark.realdata

EVENTS = "incidents/conflict_data_sdn.csv"
EXPLORED = "incidents/gedevents-2025-01-04.csv"
DISPLACED = "displacement/dtm_api_sdn_admin2_2023-2024.csv"
PEOPLE = "population/hdx_hapi_population_sdn.csv"
RASTER = "population/afripop2020.tif"
HEALTH = "sites/hotosm_sdn_raw_health_facilities.zip"
NODES = "sites/osm2019_protected_site_nodes_13countries.csv"
FACILITIES = "sites/who_ssa_public_health_facilities_2019.csv"
HERITAGE = "sites/whc-sites-2021.csv"
ATTACKS = "attacks/2016-2023-attacks-on-health-care-incident-data.xlsx"
FILES = (
    ("cod_ab", "areas/sdn_admin1.geojson", "SDN", date(2023, 6, 1)),
    ("cod_ab", "areas/sdn_admin2.geojson", "SDN", date(2023, 6, 1)),
    ("cod_ps", PEOPLE, "SDN", date(2024, 1, 15)),
    ("worldpop", RASTER, None, date(2021, 1, 1)),
    ("ucdp_ged", EVENTS, "SDN", date(2024, 6, 1)),
    ("iom_dtm", DISPLACED, "SDN", date(2024, 12, 20)),
    ("osm_sites", HEALTH, "SDN", date(2025, 11, 4)),
    ("osm_sites", NODES, None, date(2019, 9, 15)),
    ("who_facilities", FACILITIES, None, date(2019, 7, 25)),
    ("whc", HERITAGE, None, date(2021, 8, 1)),
    ("insecurity_insight", ATTACKS, None, date(2024, 1, 31)),
)
KINDS = {"1": "state_based", "2": "non_state", "3": "one_sided"}
SIDES = ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown")
COARSE = {"5", "6", "7"}
"""Places known to a region, a country or a sea only."""
ADDITIVE = [name for name, layer in layers().items() if not layer.not_additive and not layer.surroundings]
"""Spillover rests on records across a border, and there are none of Sudan's neighbours in the files."""
OUTSIDE = "outside every mapped area"


@pytest.fixture(scope="module")
def workspace(realdata, tmp_path_factory):
    """Sudan, from the files and in the order in which an analyst would add them."""
    home = Workspace(tmp_path_factory.mktemp("sudan"))
    for source, name, iso3, known_at in FILES:
        add(home, source, realdata / name, iso3, known_at)
    build(home, None, lambda _: None)
    return home.root


@pytest.fixture(scope="module")
def edition(workspace):
    return current(workspace, Tier.confidential)


def rows_of(path, delimiter=","):
    """The records of a CSV file as they stand, without the row of HXL tags."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=delimiter))
    return [row for row in rows if not any((cell or "").startswith("#") for cell in row.values())]


@pytest.fixture(scope="module")
def events(realdata):
    return rows_of(realdata / EVENTS)


@pytest.fixture(scope="module")
def figures(realdata):
    return rows_of(realdata / DISPLACED, ";")


@pytest.fixture(scope="module")
def population(realdata):
    """Persons by P-code, of all ages and sexes."""
    rows = [r for r in rows_of(realdata / PEOPLE) if (r["gender"], r["age_range"]) == ("all", "all")]
    return {(r["admin1_code"], r["admin2_code"]): int(r["population"]) for r in rows}


def physical_records(path):
    """How many records a file holds, counted without our readers."""
    if path.suffix == ".csv":
        return len(rows_of(path, ";" if path.name.startswith("dtm") else ","))
    if path.suffix == ".geojson":
        return len(json.loads(path.read_text())["features"])
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            (table,) = [name for name in archive.namelist() if name.endswith(".dbf")]
            return struct.unpack("<I", archive.read(table)[4:8])[0]
    if path.suffix == ".tif":
        with rasterio.open(path) as raster:
            return int(raster.read_masks(1).astype(bool).sum())
    with closing(openpyxl.load_workbook(path, read_only=True)) as book:
        records = book.worksheets[0].iter_rows(values_only=True)
        rows = [row for row in records if any(cell is not None for cell in row)]
    return len([row for row in rows[1:] if not any(str(cell).startswith("#") for cell in row)])


def test_every_record_of_every_file_is_accounted_for(edition, realdata):
    expected = Counter()
    for source, name, _, _ in FILES:
        expected[source] += physical_records(realdata / name)
    accounts = edition.manifest["sources"]
    assert {name: account["rows_in"] for name, account in accounts.items()} == expected
    for account in accounts.values():
        assert account["rows_in"] == account["loaded"] + account["quarantined"] + account["superseded"]
    assert len(edition.query("quarantine", source=None)) == sum(a["quarantined"] for a in accounts.values())
    assert set(edition.manifest["checks"].values()) == {0}


def test_incidents_are_the_same_from_hdx_and_from_the_explorer(edition, realdata, tmp_path):
    """In every column; the explorer's file has no ISO code, other day and number formats, and a comma at each end."""
    other = Workspace(tmp_path)
    for source, name, iso3, known_at in (*FILES[:2], ("ucdp_ged", EXPLORED, "SDN", date(2025, 1, 4))):
        add(other, source, realdata / name, iso3, known_at)
    build(other, None, lambda _: None)
    query = "SELECT * EXCLUDE (snapshot) FROM incidents WHERE source = 'ucdp_ged' ORDER BY incident_id"
    ours, theirs = (each.fetch(query) for each in (edition, current(other.root, Tier.confidential)))
    assert len(ours) == 3822
    pd.testing.assert_frame_equal(ours, theirs)


def test_displaced_persons_of_each_round_are_the_provider_s(edition, figures):
    expected = Counter()
    for row in figures:
        expected[int(row["roundNumber"])] += int(row["numPresentIdpInd"])
    assert len(expected) == 18
    found = edition.fetch("SELECT round, sum(persons)::BIGINT AS n FROM displacement GROUP BY round")
    assert dict(zip(found["round"], found["n"], strict=True)) == expected


def test_population_of_each_area_and_level_is_the_provider_s(edition, population):
    found = edition.fetch("SELECT a.level, p.area_id, p.persons FROM population p JOIN areas a USING (area_id)")
    by_level = found.groupby("level")["persons"].sum()
    in_districts = {two: n for (_, two), n in population.items() if "XXX" not in two}
    in_states = {one: n for (one, two), n in population.items() if "XXX" in two and "XXX" not in one}
    assert population["SDN-XXX", "SDN-XXX-XXX"] == 47_481_940
    assert by_level[2] == sum(in_districts.values())
    assert by_level[1] == sum(in_states.values())
    ours = dict(zip(found["area_id"], found["persons"], strict=True))
    assert {code: ours[code] for code in in_districts | in_states} == in_districts | in_states


def test_units_hold_the_provider_s_population(edition, population):
    """Abyei, which COD-PS leaves out, has its persons from the raster."""
    sums = {unit: edition.units(unit)["persons"].sum() for unit in UNITS}
    states = edition.units("adm1").set_index("id")["persons"]
    official = {one: n for (one, two), n in population.items() if "XXX" in two and "XXX" not in one}
    assert set(states.index) - set(official) == {"SD19"}
    assert states.drop("SD19").to_dict() == pytest.approx(official, abs=0.001)
    assert states.drop("SD19").sum() == pytest.approx(47_481_940, abs=0.001)
    assert sums == pytest.approx(dict.fromkeys(UNITS, states.sum()), abs=0.001)


def test_deaths_by_year_type_of_violence_and_side_are_the_provider_s(edition, events):
    expected = Counter()
    for row in events:
        for side in SIDES:
            expected[int(row["year"]), KINDS[row["type_of_violence"]], side] += int(row[side])
        expected[int(row["year"]), KINDS[row["type_of_violence"]], "deaths_best"] += int(row["best"])
    found = edition.fetch(
        "SELECT year(date_start) AS year, kind, sum(deaths_a) AS deaths_a, sum(deaths_b) AS deaths_b, "
        "sum(deaths_civilians) AS deaths_civilians, sum(deaths_unknown) AS deaths_unknown, "
        "sum(deaths_best) AS deaths_best FROM incidents WHERE source = 'ucdp_ged' GROUP BY ALL"
    )
    ours = {
        (row["year"], row["kind"], name): row[name]
        for row in found.to_dict("records")
        for name in (*SIDES, "deaths_best")
    }
    assert ours == expected


@pytest.mark.parametrize("unit", UNITS)
def test_deaths_and_events_over_units_and_unplaced_are_all(edition, events, unit):
    """Exactly, to the last record: shares are multiples of 2^-26, so that no sum of them is rounded."""
    placed = edition.fetch(
        "SELECT i.native_id, s.share FROM incident_shares s JOIN incidents i USING (incident_id) "
        "WHERE s.unit = $unit AND i.source = 'ucdp_ged'",
        {"unit": unit},
    )
    lost = edition.fetch("SELECT record_id FROM unplaced WHERE table_name = 'incidents' AND source = 'ucdp_ged'")
    share = placed.groupby("native_id")["share"].sum().to_dict()
    unplaced = {record.removeprefix("ucdp_ged:") for record in lost["record_id"]}
    assert share.keys() | unplaced == {row["id"] for row in events}
    assert not share.keys() & unplaced
    for kind in KINDS:
        of_kind = [row for row in events if row["type_of_violence"] == kind]
        for side in SIDES:
            total = sum(int(row[side]) for row in of_kind)
            kept = sum(share.get(row["id"], 0) * int(row[side]) for row in of_kind)
            assert kept + sum(int(row[side]) for row in of_kind if row["id"] in unplaced) == total
        assert sum(share.get(row["id"], 0) for row in of_kind) + sum(r["id"] in unplaced for r in of_kind) == len(
            of_kind
        )


@pytest.mark.parametrize("unit", UNITS)
def test_displaced_persons_over_units_and_unplaced_are_all(edition, figures, unit):
    placed = edition.fetch(
        "SELECT d.round, sum(s.share * d.persons) AS n FROM displacement_shares s JOIN displacement d "
        "USING (displacement_id) WHERE s.unit = $unit GROUP BY d.round",
        {"unit": unit},
    )
    lost = edition.fetch(
        "SELECT d.round, sum(d.persons) AS n FROM unplaced u JOIN displacement d ON d.displacement_id = u.record_id "
        "WHERE u.table_name = 'displacement' GROUP BY d.round"
    )
    found = Counter(dict(zip(placed["round"], placed["n"], strict=True)))
    found.update(dict(zip(lost["round"], lost["n"], strict=True)))
    expected = Counter()
    for row in figures:
        expected[int(row["roundNumber"])] += int(row["numPresentIdpInd"])
    assert found == expected


def test_events_outside_today_s_sudan_are_unplaced_with_that_reason(edition, events, realdata):
    land = json.loads((realdata / "areas/sdn_admin2.geojson").read_text())
    union = shapely.union_all([shapely.geometry.shape(f["geometry"]) for f in land["features"]])
    shapely.prepare(union)
    fine = [row for row in events if row["where_prec"] not in COARSE]
    inside = shapely.intersects_xy(
        union, [float(row["longitude"]) for row in fine], [float(row["latitude"]) for row in fine]
    )
    expected = {f"ucdp_ged:{row['id']}" for row, here in zip(fine, inside, strict=True) if not here}
    lost = edition.fetch(
        "SELECT record_id FROM unplaced WHERE table_name = 'incidents' AND source = 'ucdp_ged' AND reason = $reason",
        {"reason": OUTSIDE},
    )
    assert set(lost["record_id"]) == expected
    assert len(expected) >= 786


def test_exact_events_fall_into_the_cells_that_ucdp_names(edition, events):
    found = edition.fetch(
        "SELECT i.native_id, any_value(s.unit_id) AS cell, count(DISTINCT s.unit_id) AS n FROM incident_shares s "
        "JOIN incidents i USING (incident_id) WHERE s.unit = 'cell' AND i.source = 'ucdp_ged' AND i.support = 'exact' "
        "GROUP BY i.native_id"
    )
    assert set(found["n"]) == {1}
    assert len(found) > 1000
    rows = {row["id"]: row for row in events}
    others = [rows[key] for key, cell in zip(found["native_id"], found["cell"], strict=True)
              if rows[key]["priogrid_gid"] != cell]  # fmt: skip
    # One place on an edge, printed as 14.000000 north, that UCDP must know to lie south of it: 4 events.
    assert {(row["latitude"], row["longitude"]) for row in others} <= {("14.000000", "22.620000")}
    assert len(others) <= 4


def test_every_value_is_finite_and_inside_its_band(edition):
    wrong = edition.fetch(
        "SELECT * FROM layer_values WHERE CASE WHEN status IN ('ok', 'stale') "
        "THEN NOT coalesce(isfinite(value) AND isfinite(low) AND isfinite(high) AND low <= value AND value <= high, "
        "FALSE) ELSE coalesce(value, low, high) IS NOT NULL END"
    )
    assert len(wrong) == 0
    found = edition.fetch("SELECT layer, unit, count(*) AS n FROM layer_values GROUP BY ALL")
    assert set(found["layer"]) == set(layers())
    units = {unit: len(edition.units(unit)) for unit in UNITS}
    assert (units["adm1"], units["adm2"]) == (19, 189)
    assert all(row.n == units[row.unit] * len(edition.periods()) for row in found.itertuples())


def test_every_district_and_month_of_intensity_opens_into_records_that_sum_to_it(edition):
    """All 189 x 432 of them."""
    layer, params = layers()["incident_intensity"], edition.manifest["parameters"]["incident_intensity"]
    stored = edition.values(layer.id, "adm2")
    assert len(stored) == 189 * 432
    for unit_id, values in stored.groupby("id"):
        panel = edition.panel("adm2", unit_id)
        opened = (layer.explain(panel, params, {}, 0, month) for month in range(len(values)))
        sums = [math.fsum(part.contribution for part in parts) for parts in opened]
        assert np.abs(np.array(sums) - values["value"].fillna(0)).max() < 1e-9, unit_id


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("name", ADDITIVE)
def test_a_sample_of_every_additive_layer_opens_into_records_that_sum_to_it(edition, name, unit):
    layer, params = layers()[name], edition.manifest["parameters"][name]
    ids = edition.units(unit)["id"]
    chosen = np.random.default_rng(2).choice(len(ids), 6, replace=False)
    opened = 0
    for unit_id in ids.iloc[chosen]:
        panel = edition.panel(unit, unit_id)
        computed = edition.computed(name, panel)
        values = edition.values(name, unit, unit_id)["value"].fillna(0)
        for month in range(0, len(values), 5):
            parts = layer.explain(panel, params, computed, 0, month)
            opened += bool(parts)
            total = math.fsum(part.contribution for part in parts)
            assert total == pytest.approx(values.iloc[month], abs=1e-9, rel=1e-12)
    assert opened > 0


def test_arrivals_are_the_provider_s_figures_of_two_rounds_subtracted(edition, figures):
    """Rounds of 31 August and 31 December 2023, and those of 3 and 17 December 2024."""
    persons = {(row["admin2Pcode"], row["reportingDate"][:10]): int(row["numPresentIdpInd"]) for row in figures}
    for before, day in (("2023-08-31", "2023-12-31"), ("2024-12-03", "2024-12-17")):
        days = (date.fromisoformat(day) - date.fromisoformat(before)).days
        listed = [area for area, on in persons if on == day and (area, before) in persons]
        by_hand = {area: (persons[area, day] - persons[area, before]) / days for area in listed}
        for unit in UNITS:
            values = edition.values("displacement_arrivals", unit, period=day[:7])["value"]
            assert values.sum() == pytest.approx(math.fsum(by_hand.values()), abs=1e-6), "as many, however drawn"
        found = edition.values("displacement_arrivals", "adm2", period=day[:7]).dropna(subset="value")
        assert dict(zip(found["id"], found["value"], strict=True)) == pytest.approx(by_hand, abs=1e-9)


@pytest.mark.parametrize("unit", ["adm1", "adm2"])
def test_change_has_the_parts_that_a_split_of_two_months_of_intensity_has(edition, unit):
    months = ("2023-03", "2023-06")
    parts = split(*(Map(edition, month) for month in months), layers()["incident_intensity"], unit)
    panel = edition.panel(unit)
    components = edition.computed("change", panel)["change"].components
    at = edition.periods().index(months[1])
    parts = parts.reindex(panel.ids).fillna(0.0)
    for cause, component in (("new", NEW), ("ageing", AGEING)):
        np.testing.assert_allclose(components[component][:, at], parts[cause], atol=1e-9)


def sample(edition, size, seed):
    """Districts and months, and what intensity they have, most of them with one."""
    stored = edition.values("incident_intensity", "adm2")
    return stored[stored["value"] > 0].sample(size, random_state=seed).to_dict("records")


def test_a_random_sample_opens_through_the_edition(edition):
    for row in sample(edition, 50, 3):
        found = edition.explain("incident_intensity", "adm2", row["id"], row["period"])
        assert found["value"] == row["value"]
        assert math.fsum(c["contribution"] for c in found["contributions"]) == pytest.approx(row["value"], abs=1e-9)


def test_a_few_open_through_the_command_line(edition, workspace):
    for row in sample(edition, 3, 4):
        words = ("--unit", "adm2", "--id", row["id"], "--period", row["period"], "--json")
        found = forewatch("explain", "incident_intensity", *words, workspace=workspace)
        assert (found.code, found.err) == (0, "")
        total = math.fsum(c["contribution"] for c in found.document["contributions"])
        assert total == pytest.approx(found.document["value"], abs=1e-9)
        assert found.document["value"] == row["value"]


def test_an_export_is_rfc_7946_and_reads_back_with_the_same_numbers(workspace, tmp_path):
    public = current(workspace, Tier.public)
    path = tmp_path / "intensity.geojson"
    write_export(public, "incident_intensity", "geojson", path, unit="adm2", period="2023-12")
    text = path.read_text()
    document = json.loads(text)
    assert document["type"] == "FeatureCollection"
    assert "crs" not in document
    assert document["edition"] == public.id
    assert not re.search(r"\[-?\d+\.\d{8,},|,-?\d+\.\d{8,}\]", text)
    frame = pyogrio.read_dataframe(path)
    shells = shapely.get_exterior_ring(shapely.get_parts(frame.geometry.to_numpy()))
    assert shapely.is_ccw(shells).all()
    expected = public.values("incident_intensity", "adm2", period="2023-12")
    assert list(frame["adm2_pcode"]) == list(expected["id"])
    for name in ("value", "low", "high"):
        assert np.array_equal(frame[name], expected[name], equal_nan=True)
    for name in ("n", "status", "period"):
        assert list(frame[name]) == list(expected[name])


def test_the_same_snapshot_is_the_same_bytes(workspace):
    public = current(workspace, Tier.public)
    one, two = (draw(public, "incident_intensity", "adm2", "2023-12", page="a4", format="png") for _ in range(2))
    assert one == two
