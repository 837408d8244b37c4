"""One record from two providers is counted once; the other's stands beside it."""

import json
import shutil
from datetime import date
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from affine import Affine

from app.pages._data_counted import counted_once
from data_pipelines import warehouse
from data_pipelines._source import PopulationGrid
from data_pipelines.build import build
from data_pipelines.edition import current
from data_pipelines.matching import one_to_one
from data_pipelines.preference import ORDERS, RULES, by_preference, choose, orders
from data_pipelines.snapshot import add
from data_pipelines.staging import create
from data_pipelines.tables import Tier
from geo.errors import DataError
from layers._layer import layers
from tests import world
from tests.data_pipelines.invented import write_geojson
from tests.data_pipelines.test_acled import ATTACK, event
from tests.data_pipelines.test_hdx_hapi import DISTRICT, as_csv, count, people, present

KNOWN_AT = date(2024, 6, 2)
OTHERS = (
    "incident_intensity",
    "civilian_harm",
    "site_threat",
    "displacement_pressure",
    "population_exposure",
    "priority",
)


def acled(number, day, longitude, latitude, **other):
    about = {"event_date": day, "year": day[:4], "longitude": str(longitude), "latitude": str(latitude)}
    return event(number, iso="", iso3=world.ISO3, **about, **other)


ATTACKED = {**ATTACK, "inter2": "Civilians"}
EVENTS = (
    acled(1, "2023-01-11", 30.23, 10.42, **ATTACKED),  # a day and 4 km from event 1
    acled(2, "2023-01-11", 30.21, 10.41, **ATTACKED, fatalities="9"),  # as near in time, and nearer: this one is taken
    acled(3, "2023-01-20", 30.85, 10.6, **ATTACKED),  # 16 km from event 2, and both are exact
    acled(4, "2023-01-20", 30.7, 10.6),  # at the place and day of event 2, but a fight
    acled(5, "2023-03-05", 31.4, 10.9),  # 50 km from event 4, which is known to its district only
    acled(6, "2023-06-30", 30.2, 10.4, event_type="Protests", inter1="Protesters", inter2="", fatalities="0"),
)


def write_acled(folder):
    path = folder / "acled.json"
    path.write_text(json.dumps({"status": 200, "success": True, "count": len(EVENTS), "data": list(EVENTS)}))
    return path


def facility(number):
    about = {"osm_id": number, "osm_type": "node", "completeness": 12.5, "attributes": {"amenity": "clinic"}}
    return {"type": "Feature", "properties": about, "geometry": {"type": "Point", "coordinates": [30.2, 10.4]}}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The edition of the preferred providers alone."""
    return current(
        world.built(tmp_path_factory.mktemp("alone"), tmp_path_factory.mktemp("raw")).root, Tier.confidential
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The same with another provider of incidents, displacement, population and sites."""
    raw = tmp_path_factory.mktemp("raw")
    home = world.fill(tmp_path_factory.mktemp("both"), raw)
    add(home, "acled", write_acled(raw), world.ISO3, KNOWN_AT)
    districts = [{**DISTRICT, "admin1_code": code[:4], "admin2_code": code} for code in world.DISTRICTS]
    add(home, "hdx_hapi", as_csv(raw / "idps.csv", [present(d, 5000) for d in districts]), world.ISO3, KNOWN_AT)
    add(home, "hdx_hapi", as_csv(raw / "people.csv", [people(d, 77) for d in districts]), world.ISO3, KNOWN_AT)
    rows = [facility(number) for number in (100, 101, 900)]
    add(home, "healthsites", write_geojson(raw / "healthsites.geojson", rows), world.ISO3, KNOWN_AT)
    build(home, None, lambda _: None)
    return home


@pytest.fixture(scope="module")
def both(home):
    return current(home.root, Tier.confidential)


def values(edition, layer, unit="adm2"):
    return edition.query("values", layer=layer, unit=unit, unit_id=None, period=None)


def test_a_file_about_another_country_does_not_silence_the_map(tmp_path):
    home = world.fill(tmp_path / "workspace", tmp_path)
    shutil.rmtree(home.snapshots / "ucdp_ged")
    abroad = [world.event(i, "2023-03-05", 50.2, 20.4, country="Elsewhere", iso3="XEW") for i in range(9)]
    add(home, "ucdp_ged", world.write_events(tmp_path, abroad), None, KNOWN_AT)
    add(home, "acled", write_acled(tmp_path), world.ISO3, KNOWN_AT)
    manifest = build(home, None, lambda _: None)
    assert manifest["primary"]["incidents"]["counted"] == {"*": "acled"}
    counted = values(current(home.root, Tier.confidential), "incident_intensity")
    assert set(counted["status"]) == {"ok"}


@pytest.mark.parametrize("layer", OTHERS[:2] + OTHERS[3:])
@pytest.mark.parametrize("unit", ["adm1", "adm2", "cell"])
def test_a_second_provider_changes_no_value(alone, both, layer, unit):
    pd.testing.assert_frame_equal(values(alone, layer, unit), values(both, layer, unit))


def test_every_row_is_accounted_for_and_what_repeats_another_is_superseded(both):
    told = both.manifest["sources"]
    for facts in told.values():
        assert facts["rows_in"] == facts["loaded"] + facts["quarantined"] + facts["superseded"]
    assert (told["acled"]["loaded"], told["acled"]["superseded"]) == (6, 0)
    assert (told["hdx_hapi"]["rows_in"], told["hdx_hapi"]["superseded"]) == (8, 8)
    assert (told["healthsites"]["loaded"], told["healthsites"]["superseded"]) == (1, 2)


def test_an_object_of_openstreetmap_is_one_site(alone, both):
    found = [edition.fetch("SELECT site_id FROM sites ORDER BY site_id")["site_id"] for edition in (alone, both)]
    assert set(found[1]) - set(found[0]) == {"healthsites:node/900"}
    assert set(found[0]) <= set(found[1])


def test_the_other_provider_s_incidents_are_placed_and_not_on_the_map(both):
    placed = both.fetch("SELECT DISTINCT incident_id FROM incident_shares WHERE incident_id LIKE 'acled:%'")
    assert len(placed) == 6
    panel = both.panel("adm2")
    assert panel.incidents.provider_rank[panel.incidents.source == "acled"].tolist() == [1] * 6
    assert set(panel.incidents.provider_rank[panel.incidents.source == "ucdp_ged"]) == {0}


def test_the_rule_and_the_choice_are_in_the_manifest(both):
    told = both.manifest["primary"]
    assert told["incidents"]["counted"] == {"*": "ucdp_ged"}
    assert told["incidents"]["not_counted"] == {"*": ["acled"]}
    assert told["displacement"]["counted"] == {"XTW": "iom_dtm"}
    assert told["population"]["not_counted"] == {"XTW": ["hdx_hapi"]}
    assert all(facts["rule"] and facts["order"] for facts in told.values())
    assert "10 km apart" in told["incidents"]["also_reported_rule"]
    assert told["incidents"]["also_reported"] == {"acled": 2}


def test_records_are_matched_by_the_rule_and_once(both):
    found = both.fetch("SELECT * FROM also_reported ORDER BY incident_id").set_index("incident_id")
    assert found["other_id"].to_dict() == {"ucdp_ged:1": "acled:TST2", "ucdp_ged:4": "acled:TST5"}
    assert found["rule"].tolist() == ["within 10 km", "same district"]
    assert found["days_apart"].tolist() == [1, 0]
    assert found["dist_km"].iloc[0] == pytest.approx(1.56, abs=0.01)
    assert np.isnan(found["dist_km"].iloc[1])


def test_an_explanation_says_who_also_reports_a_record(both, home):
    told = both.explain("incident_intensity", "adm2", "XT0101", "2023-01")
    by_id = {row["record_id"]: row["also_reported_by"] for row in told["contributions"]}
    assert [other["other_id"] for other in by_id["ucdp_ged:1"]] == ["acled:TST2"]
    public = current(home.root, Tier.public).explain("incident_intensity", "adm2", "XT0101", "2023-01")
    assert [row["also_reported_by"] for row in public["contributions"]] == [[{"other_source": "acled"}]]


def test_where_two_providers_differ_is_a_layer(both, home):
    rows = values(both, "source_agreement").set_index(["id", "period"])
    assert rows.loc[("XT0101", "2023-01"), ["value", "n", "status"]].tolist() == [2, 3, "ok"]
    assert rows.loc[("XT0102", "2023-01"), ["value", "n"]].tolist() == [2, 3]
    assert rows.loc[("XT0202", "2023-01"), "status"] == "no_data"
    told = both.explain("source_agreement", "adm2", "XT0101", "2023-01")
    assert {row["source"] for row in told["contributions"]} == {"ucdp_ged", "acled"}
    assert told["not_additive"]
    with pytest.raises(DataError, match="not in the public tier"):
        current(home.root, Tier.public).explain("source_agreement", "adm2", "XT0101", "2023-01")


def test_without_a_second_provider_the_layer_has_no_data(alone):
    assert (values(alone, "source_agreement")["status"] == "no_data").all()


def test_counts_by_area_are_compared_where_there_are_no_incidents(tmp_path):
    home = world.fill(tmp_path / "workspace", tmp_path)
    where = {**DISTRICT, "admin1_code": "XT01", "admin2_code": "XT0101"}
    months = [("2023-01-01", "2023-01-31"), ("2023-02-01", "2023-02-28")]
    rows = [
        count(where, kind=kind, events=events) | {"reference_period_start": first, "reference_period_end": last}
        for first, last in months
        for kind, events in (("political_violence", 3), ("civilian_targeting", 2))
    ]
    add(home, "hdx_hapi", as_csv(tmp_path / "counts.csv", rows), world.ISO3, KNOWN_AT)
    build(home, None, lambda _: None)
    edition = current(home.root, Tier.confidential)
    found = values(edition, "source_agreement").set_index(["id", "period"])
    assert found.loc[("XT0101", "2023-02"), ["value", "n"]].tolist() == [6, 7]
    assert found.loc[("XT0101", "2023-03"), "status"] == "no_data"
    assert (
        values(edition, "source_agreement", "adm1").set_index(["id", "period"]).loc[("XT01", "2023-01"), "value"] == 1.5
    )
    assert (values(edition, "source_agreement", "cell")["status"] == "no_data").all()


def test_a_workspace_may_count_another_provider(tmp_path):
    home = world.fill(tmp_path / "workspace", tmp_path)
    add(home, "acled", write_acled(tmp_path), world.ISO3, KNOWN_AT)
    (home.root / "forewatch.toml").write_text('[primary]\nincidents = ["acled"]\n')
    manifest = build(home, None, lambda _: None)
    assert manifest["primary"]["incidents"]["counted"] == {"*": "acled"}
    assert manifest["primary"]["incidents"]["order"] == ["acled", "ucdp_ged"]
    edition = current(home.root, Tier.confidential)
    told = edition.explain("incident_intensity", "adm2", "XT0101", "2023-01")
    assert {row["source"] for row in told["contributions"]} == {"acled"}


def test_what_a_workspace_prefers_comes_first_and_the_rest_stays_in_order():
    assert orders({}) == dict(ORDERS)
    assert orders({"displacement": ("unhcr",)})["displacement"] == ("unhcr", "iom_dtm", "hdx_hapi", "idmc_gidd")
    assert set(RULES) == set(ORDERS)


def test_rasters_go_by_provider_and_then_by_year():
    def grid(year):
        return PopulationGrid(np.ones((1, 1)), Affine.identity(), year)

    grids = [("gpw", grid(2020)), ("worldpop", grid(2015)), ("worldpop", grid(2018)), ("somebody", grid(2024))]
    found = [each.year for each in by_preference(grids, orders({}))]
    assert found == [2024, 2020, 2015, 2018]


def test_pairs_are_kept_one_for_one_in_whatever_order_they_come():
    rows = [
        ("a", "x", 1.0, 0.0),
        ("a", "y", 0.0, 0.0),
        ("b", "y", 0.0, 1.0),
        ("b", "z", np.nan, 0.0),
        ("c", "x", 9.0, 3.0),
    ]
    for mixed in permutations(rows):
        pairs = pd.DataFrame(mixed, columns=["incident_id", "other_id", "dist_km", "days_off"])
        kept = one_to_one(pairs)
        assert list(zip(kept["incident_id"], kept["other_id"], strict=True)) == [("a", "y"), ("b", "z"), ("c", "x")]


def test_no_layer_but_agreement_rests_on_another_provider():
    resting = {name for name, layer in layers().items() if {"other_incidents", "other_counts"} & set(layer.families)}
    assert resting == {"source_agreement"}


def test_the_data_page_tells_the_rule_and_whose_records_are_counted(both):
    words = str(counted_once(both))
    assert RULES["incidents"] in words
    assert "ucdp_ged is counted, acled not" in words
    assert "XTW: iom_dtm is counted, hdx_hapi not" in words
    assert "2 of them are also reported by acled." in words


@pytest.fixture
def staged():
    """A database in memory with everything staged that is inserted into it."""
    connection = warehouse.connect()
    create(connection)
    yield connection
    connection.close()


def hand_in(connection, rank, source, table, rows):
    connection.execute(
        "INSERT INTO snapshots (snapshot, source, file, rank) VALUES (?, ?, ?, ?)",
        [f"{source}/{rank}", source, "file", rank],
    )
    for row in rows:
        named = {**row, "snapshot": f"{source}/{rank}"}
        marks = ", ".join("ST_GeomFromText(?)" if name == "geometry" else "?" for name in named)
        connection.execute(f"INSERT INTO staged_{table} ({', '.join(named)}) VALUES ({marks})", list(named.values()))


def area(area_id, iso3):
    square = "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"
    return {
        "area_id": area_id,
        "level": 1,
        "name": area_id,
        "iso3": iso3,
        "country": iso3,
        "area_km2": 1,
        "geometry": square,
    }


def figure(source, number, iso3, measure):
    about = {
        "displacement_id": f"{source}:{number}",
        "source": source,
        "iso3": iso3,
        "operation": "o",
        "assessment": "BA",
    }
    return {**about, "measure": measure, "level": 0, "area_id": iso3, "date": "2024-01-01", "persons": 5}


def test_a_country_has_the_boundaries_of_one_provider_however_new_the_other_s(staged):
    hand_in(staged, 0, "cod_ab", "areas", [area("AA01", "AAA"), area("AA02", "AAA")])
    hand_in(staged, 1, "geoboundaries", "areas", [area("AAA-1", "AAA"), area("BBB-1", "BBB")])
    choose(staged, orders({}))
    warehouse.run(staged, "models", "areas")
    assert staged.execute("SELECT area_id FROM areas ORDER BY 1").fetchall() == [("AA01",), ("AA02",), ("BBB-1",)]


def test_stocks_are_those_of_one_provider_and_flows_are_no_stocks(staged):
    hand_in(
        staged, 0, "unhcr", "displacement", [figure("unhcr", 1, "AAA", "stock"), figure("unhcr", 2, "BBB", "stock")]
    )
    hand_in(staged, 1, "idmc_idu", "displacement", [figure("idmc_idu", 3, "AAA", "flow")])
    hand_in(staged, 2, "idmc_gidd", "displacement", [figure("idmc_gidd", 4, "AAA", "stock")])
    choose(staged, orders({}))
    warehouse.run(staged, "models", "displacement")
    found = staged.execute("SELECT displacement_id FROM displacement ORDER BY 1").fetchall()
    assert found == [("idmc_gidd:4",), ("idmc_idu:3",), ("unhcr:2",)]
