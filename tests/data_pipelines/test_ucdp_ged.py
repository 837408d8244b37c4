"""UCDP GED in each form it is handed out: the same events give the same rows, and no row is lost."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_pipelines._source import Raw
from data_pipelines.readers.text import read_rows
from data_pipelines.sources import _ged_totals
from data_pipelines.sources.ucdp_ged import HEADER
from data_pipelines.sources.ucdp_ged import parse as parse_ged
from tests.data_pipelines.invented import assert_refused, rules
from tests.data_pipelines.staged import assert_mangling_is_survived, parse, totals
from tests.world import event, write_rows

NOTE = 'A paper, "of note"\nand more'
EVENTS = (
    event(11, "2021-12-30", 30.2, 10.4, date_end="2022-01-03", source_headline=NOTE),
    event(12, "2022-02-01", 30.7, 10.6, where_prec=4, type_of_violence=1, deaths_a=2, deaths_unknown=5, best=8, high=9),
    event(13, "2022-02-02", 30.7, 10.6, where_prec=5, type_of_violence=2, event_clarity=2, best=3, low=7, high=1),
    event(14, "2022-03-03", 31.2, 10.5, where_prec=7, deaths_civilians=10, best=10, low=4, high=6),
)
HXL = {**dict.fromkeys(HEADER, ""), "iso3": "#country+code", "date_start": "#date+start", "best": "#affected+killed"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ged.csv"


def yearly(row):
    """Return a row as the yearly release has it: no iso3, numbers with a decimal point."""
    return {name: f"{value}.0" if isinstance(value, int) else value for name, value in row.items() if name != "iso3"}


def explored(row):
    """Return a row as the web explorer exports it."""
    renamed = {name + "_est" * (name in ("best", "high", "low")): value for name, value in yearly(row).items()}
    days = {n: pd.Timestamp(renamed[n]).strftime("%m/%d/%Y 00:00:00") for n in ("date_start", "date_end")}
    return {n: v for n, v in {**renamed, **days, "active_year": "True"}.items() if not n.startswith("gwno")}


def as_hdx(folder, events):
    return write_rows(folder / "hdx.csv", [HXL, *events])


def as_hdx_without_tags(folder, events):
    return write_rows(folder / "plain.csv", events)


def as_yearly(folder, events):
    return write_rows(folder / "yearly.csv", map(yearly, events))


def as_explorer(folder, events):
    path = write_rows(folder / "explorer.csv", [{**explored(row), "": ""} for row in events])
    header, _, rest = path.read_text().partition("\n")
    path.write_text(f"{header.removesuffix(',')}\n{rest}")
    return path


def as_headless(folder, events):
    path = as_yearly(folder, events)
    path.write_text(path.read_text().partition("\n")[2])
    return path


def as_geojson(folder, events):
    features = [
        {
            "type": "Feature",
            "properties": {n: v for n, v in row.items() if n not in ("latitude", "longitude", "geom_wkt", "iso3")},
            "geometry": {"type": "Point", "coordinates": [row["longitude"], row["latitude"]]},
        }
        for row in events
    ]
    path = folder / "ged.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def as_api_answer(folder, events):
    path = folder / "answer.json"
    path.write_text(json.dumps({"TotalCount": len(events), "TotalPages": 1, "Result": [yearly(row) for row in events]}))
    return path


FORMS = [as_hdx, as_hdx_without_tags, as_yearly, as_explorer, as_headless, as_geojson, as_api_answer]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_incidents_and_totals(tmp_path, form):
    one, other = parse("ucdp_ged", as_hdx(tmp_path, EVENTS)), parse("ucdp_ged", form(tmp_path, EVENTS))
    pd.testing.assert_frame_equal(one.frames["incidents"], other.frames["incidents"])
    pd.testing.assert_frame_equal(one.totals, other.totals)
    assert (other.rows_in, other.rejects, other.repeated) == (4, [], 0)


def test_what_an_incident_says(tmp_path):
    first = parse("ucdp_ged", as_hdx(tmp_path, EVENTS)).frames["incidents"].iloc[0]
    assert (first["incident_id"], first["source"], first["native_id"]) == ("ucdp_ged:11", "ucdp_ged", "11")
    assert (first["date_start"].date(), first["date_end"].date()) == (date(2021, 12, 30), date(2022, 1, 3))
    assert (first["longitude"], first["latitude"]) == (30.2, 10.4)
    assert (first["actor_a"], first["actor_b"]) == ("Group A (invented)", "Civilians")
    assert (first["country"], first["place"]) == ("Testland", "a secret village")


def test_precision_violence_and_clarity_become_support_kind_and_aggregate(path):
    rows = [event(n, "2022-01-01", 30.2, 10.4, where_prec=n, type_of_violence=n % 3 + 1) for n in range(1, 8)]
    rows[2]["event_clarity"] = 2
    incidents = parse("ucdp_ged", write_rows(path, rows)).frames["incidents"]
    assert incidents["support"].tolist() == ["exact", "near", "adm2", "adm1", "region", "country", "water"]
    assert incidents["kind"].tolist()[:3] == ["non_state", "one_sided", "state_based"]
    assert incidents["is_aggregate"].tolist() == [False, False, True, False, False, False, False]


def test_an_interval_that_does_not_hold_its_best_is_widened_and_counted(tmp_path):
    parsed = parse("ucdp_ged", as_hdx(tmp_path, EVENTS))
    incidents = parsed.frames["incidents"]
    bounds = incidents[["deaths_low", "deaths_best", "deaths_high"]].to_numpy().tolist()
    assert bounds == [[1, 1, 1], [1, 8, 9], [1, 3, 7], [4, 10, 10]]
    assert incidents["is_repaired"].tolist() == [False, False, True, True]
    assert parsed.notes == ("2 events had low, best and high out of order; their interval was widened.",)


def test_civilians_have_the_interval_that_the_record_allows(path):
    counts = {"deaths_civilians": 10, "deaths_unknown": 3, "best": 13, "low": 4, "high": 20}
    rows = [event(n, "2022-01-01", 30.2, 10.4, type_of_violence=n, **counts) for n in (1, 2, 3)]
    rows.append(event(4, "2022-01-01", 30.2, 10.4, deaths_civilians=10, deaths_a=5, best=15, low=12, high=15))
    incidents = parse("ucdp_ged", write_rows(path, rows)).frames["incidents"]
    assert incidents["deaths_civilians_low"].tolist() == [10, 10, 4, 10]
    assert incidents["deaths_civilians_high"].tolist() == [13, 13, 20, 15]


def test_totals_are_those_of_the_text(tmp_path):
    parsed = parse("ucdp_ged", as_hdx(tmp_path, EVENTS))
    assert totals(parsed, "incidents") == {
        "2021|one_sided": 1, "2022|state_based": 1, "2022|non_state": 1, "2022|one_sided": 1,
    }  # fmt: skip
    assert totals(parsed, "deaths_best") == {
        "2021|one_sided": 1, "2022|state_based": 8, "2022|non_state": 3, "2022|one_sided": 10,
    }  # fmt: skip
    assert totals(parsed, "deaths_low")["2022|one_sided"] == 4
    assert totals(parsed, "deaths_high")["2022|one_sided"] == 10
    assert totals(parsed, "deaths")["2022|state_based|unknown"] == 5
    assert totals(parsed, "deaths")["2022|one_sided|civilians"] == 10


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        ({"id": ""}, "id"),
        ({"id": "SUD-1"}, "id"),
        ({"type_of_violence": 4}, "type_of_violence"),
        ({"type_of_violence": ""}, "type_of_violence"),
        ({"where_prec": 0}, "where_prec"),
        ({"where_prec": 8}, "where_prec"),
        ({"event_clarity": 3}, "event_clarity"),
        ({"date_prec": 6}, "date_prec"),
        ({"best": -1}, "deaths"),
        ({"deaths_a": "many"}, "deaths"),
        ({"low": 1.5}, "deaths"),
        ({"high": ""}, "deaths"),
        ({"best": 3_000_000_000}, "deaths"),
        ({"date_start": "2022-02-30"}, "date"),
        ({"date_end": ""}, "date"),
        ({"date_end": "2021-12-31"}, "date_order"),
        ({"latitude": 91, "geom_wkt": "", "priogrid_gid": ""}, "coordinates"),
        ({"latitude": 30.2, "longitude": 10.4}, "coordinates_disagree"),
        ({"latitude": 30.2, "longitude": 10.4, "geom_wkt": ""}, "coordinates_disagree"),
        ({"latitude": -10.4, "priogrid_gid": ""}, "coordinates_disagree"),
        ({"geom_wkt": "POINT (30.2 10.3)"}, "coordinates_disagree"),
        ({"priogrid_gid": 1}, "coordinates_disagree"),
    ],
)
def test_a_row_that_breaks_a_rule_is_kept_apart_with_line_and_text(path, other, rule):
    rows = [event(1, "2022-01-01", 30.2, 10.4), event(2, "2022-01-01", 30.2, 10.4) | other]
    parsed = parse("ucdp_ged", write_rows(path, rows))
    assert rules(parsed) == [(3, rule)]
    assert parsed.rejects[0].raw == path.read_text().splitlines()[2]
    assert totals(parsed, "incidents") == {"2022|one_sided": 1}


def test_a_point_on_the_edge_of_its_cell_agrees_with_either_cell(path):
    """UCDP rounds to six digits after it has numbered the cell: five real events lie at 14.000000 north."""
    rows = [event(1, "2022-01-01", 30.2, 13.9999), event(2, "2022-01-01", 30.2, 14.0, priogrid_gid=149461)]
    rows[0] |= {"latitude": "14.000000", "geom_wkt": "POINT (30.2 13.9999996)"}
    assert parse("ucdp_ged", write_rows(path, rows)).rejects == []


def test_a_missing_position_is_kept_without_one(path):
    rows = [event(1, "2022-01-01", 30.2, 10.4), event(2, "2022-01-01", 0, 0, priogrid_gid="", geom_wkt="POINT (0 0)")]
    incidents = parse("ucdp_ged", write_rows(path, rows)).frames["incidents"]
    assert incidents["longitude"].isna().tolist() == incidents["latitude"].isna().tolist() == [False, True]


def test_one_id_with_one_content_is_a_copy_and_with_two_a_contradiction(path):
    a, b = event(1, "2022-01-01", 30.2, 10.4), event(2, "2022-01-01", 30.2, 10.4)
    parsed = parse(
        "ucdp_ged", write_rows(path, [a, b, a, {**b, "best": 2, "high": 2}, event(3, "2022-01-02", 30.2, 10.4)])
    )
    assert (parsed.rows_in, parsed.repeated, len(parsed.frames["incidents"])) == (5, 1, 2)
    assert rules(parsed) == [(3, "duplicate_id"), (5, "duplicate_id")]
    assert sum(totals(parsed, "incidents").values()) == 2


def test_the_series_tells_products_and_places_apart_and_is_stable(tmp_path):
    events = [event(10, "2020-05-05", 30.2, 10.4), *EVENTS]
    series = {form.__name__: parse("ucdp_ged", form(tmp_path, events)).series for form in FORMS}
    assert series["as_hdx"] == series["as_hdx_without_tags"] == "GED XTW hdx"
    assert series["as_explorer"] == "GED Testland explorer"
    assert series["as_yearly"] == series["as_geojson"] == "GED Testland yearly"
    later = [*events, event(99, "2023-05-05", 30.2, 10.4)]
    assert parse("ucdp_ged", as_hdx(tmp_path, later)).series == "GED XTW hdx"


def test_many_countries_are_a_region_or_the_world(path):
    rows = [
        event(n, f"202{n % 2}-01-01", 30.2, 10.4, country_id=500 + n % 2, iso3=f"XT{'ABCDEFG'[n]}") for n in range(7)
    ]
    assert parse("ucdp_ged", write_rows(path, rows)).series == "GED Africa hdx"
    rows[0]["region"] = "Asia"
    assert parse("ucdp_ged", write_rows(path, rows)).series == "GED world hdx"


@pytest.mark.parametrize(
    ("days", "series", "covered"),
    [
        (("2025-04-03", "2025-04-20"), "candidate 2025-04", (date(2025, 4, 1), date(2025, 4, 30))),
        (("2025-01-03", "2025-03-20"), "candidate 2025", (date(2025, 1, 1), date(2025, 3, 31))),
        (("2019-05-03", "2023-03-20"), "yearly", (date(2019, 1, 1), date(2023, 12, 31))),
        (("1989-05-03", "2023-03-20"), "yearly", (date(1989, 1, 1), date(2023, 12, 31))),
    ],
)
def test_yearly_releases_cover_years_and_candidates_months(tmp_path, days, series, covered):
    rows = [event(n, day, 30.2, 10.4, country_id=625, country="Sudan") for n, day in enumerate(days)]
    parsed = parse("ucdp_ged", as_headless(tmp_path, rows))
    assert (parsed.series, parsed.covers) == (f"GED SDN {series}", {"SDN": covered})


@pytest.mark.parametrize(
    ("known_at", "last"), [(date(2023, 4, 2), date(2023, 3, 31)), (date(2024, 1, 2), date(2023, 12, 31))]
)
def test_a_year_that_is_not_over_is_covered_to_its_last_event(tmp_path, known_at, last):
    rows = [event(n, day, 30.2, 10.4, iso3="SDN") for n, day in enumerate(("2019-05-03", "2023-03-20"))]
    parsed = parse_ged(Raw(write_rows(tmp_path / "hdx.csv", rows), known_at=known_at))
    assert parsed.covers == {"SDN": (date(2019, 1, 1), last)}


def test_a_country_is_covered_by_its_code_its_number_or_by_what_the_file_was_added_for(tmp_path):
    assert list(parse("ucdp_ged", as_hdx(tmp_path, EVENTS)).covers) == ["XTW"]
    assert list(parse("ucdp_ged", as_explorer(tmp_path, EVENTS), "XTW").covers) == ["XTW"]
    assert parse("ucdp_ged", as_explorer(tmp_path, EVENTS)).covers == {}
    both = [{**row, "country_id": number} for row, number in zip(EVENTS, (625, 626, 625, 626), strict=True)]
    assert list(parse("ucdp_ged", as_explorer(tmp_path, both)).covers) == ["SDN", "SSD"]


def refused(path, iso3, *words):
    assert_refused(lambda p: parse_ged(Raw(p, iso3=iso3)), path, *words)


def test_totals_are_the_same_by_either_reader(path):
    rows = [event(n, f"20{n % 3:02}-01-31", 30.2, 10.4, type_of_violence=n % 3 + 1, best=n, high=n) for n in range(9)]
    rows += [rows[2], {**rows[3], "low": "few"}, {**rows[4], "best": -1, "source_article": NOTE}]
    read = read_rows(write_rows(path, [HXL, *map(yearly, rows)]), HEADER)
    keep = np.array([True] * 9 + [False] * 3)
    again = _ged_totals.read_again(path)
    by_duckdb, by_python = (_ged_totals.totals(path, read, events, keep) for events in (again, None))
    pd.testing.assert_frame_equal(by_duckdb, by_python)
    assert by_duckdb.loc[by_duckdb["measure"] == "deaths_best", "total"].sum() == sum(range(9))
    assert len(again) == len(rows)


def test_totals_of_a_file_with_a_fault_are_those_of_its_whole_records(path):
    write_rows(path, EVENTS)
    path.write_bytes(path.read_bytes() + b"15,half\n" + path.read_bytes().splitlines()[-1] + b"\n")
    parsed = parse("ucdp_ged", path)
    assert (parsed.rows_in, rules(parsed), parsed.loaded) == (6, [(7, "field_count")], 4)


def test_events_that_differ_in_a_column_that_is_not_read_contradict_each_other(path):
    one = event(1, "2022-01-01", 30.2, 10.4, source_article="A paper")
    rows = [one, {**one, "source_article": "Another"}, event(2, "2022-01-01", 30.2, 10.4)]
    assert rules(parse("ucdp_ged", write_rows(path, rows))) == [(2, "duplicate_id"), (3, "duplicate_id")]


def test_what_is_said_of_the_columns(path):
    rows = [event(n, "2022-01-01", 30.2, 10.4) | {"adm_3": "x"} for n in range(3)]
    parsed = parse("ucdp_ged", write_rows(path, rows))
    assert parsed.notes == ("It has columns that the contract does not know: adm_3.",)
    assert list(parsed.columns) == list(rows[0])
    kinds = {name: parsed.columns[name] for name in ("id", "date_end", "latitude", "side_a", "relid", "gwnob", "adm_3")}
    assert list(kinds.values()) == ["whole", "day", "number", "text", "text", "empty", "text"]
    assert parsed.scope == "GED"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_keeps_the_contract(tmp_path, form):
    assert not any("contract" in note for note in parse("ucdp_ged", form(tmp_path, EVENTS)).notes)


def test_a_column_that_became_another_kind_is_refused(path):
    rows = [event(n, "2022-01-01", 30.2, 10.4, best="three") for n in range(3)]
    refused(write_rows(path, rows), None, "column best should hold values of kind 'whole'", "three")


def test_a_nearly_empty_column_may_hold_a_few_words_but_not_words_alone(path):
    rows = [event(n, "2022-01-01", 30.2, 10.4) for n in range(9)]
    rows[0]["country_id"] = rows[1]["country_id"] = "unknown"
    refused(write_rows(path, rows), None, "column country_id")
    rows[2]["country_id"] = 625
    assert parse("ucdp_ged", write_rows(path, rows)).loaded == 9


def test_a_file_of_another_country_or_provider_is_refused(tmp_path, path):
    refused(as_hdx(tmp_path, EVENTS), "SSD", "is of XTW, not SSD")
    acled = {"event_id_cnty": "XTW1", "event_date": "2022-01-01", "iso": 1, "fatalities": 0}
    refused(write_rows(path, [acled]), None, "ACLED", "event_id_cnty", "get the UCDP file")
    refused(write_rows(path, [{"id": 1, "best": 2}]), None, "lacks the columns", "where_prec", "low or low_est")
    refused(write_rows(path, [{**EVENTS[0], "best": -1}]), None, "None of the 1 events")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([as_hdx, as_explorer, as_headless, as_geojson]), st.randoms(use_true_random=False))
def test_a_mangled_file_balances_or_is_refused(tmp_path, form, rng):
    assert_mangling_is_survived("ucdp_ged", form(tmp_path, EVENTS), rng)


@pytest.mark.realdata
def test_sudan_is_the_same_from_hdx_and_from_the_explorer(realdata):
    one = parse("ucdp_ged", realdata / "incidents/conflict_data_sdn.csv", "SDN")
    other = parse("ucdp_ged", realdata / "incidents/gedevents-2025-01-04.csv", "SDN")
    rows = [p.frames["incidents"].sort_values("incident_id", ignore_index=True) for p in (one, other)]
    pd.testing.assert_frame_equal(*rows)
    pd.testing.assert_frame_equal(one.totals, other.totals)
    assert len(rows[0]) == one.rows_in == 3822
    assert rows[0]["deaths_best"].sum() == sum(totals(one, "deaths_best").values()) == 106_270
    assert rows[0]["is_repaired"].sum() == 12
    assert one.covers == {"SDN": (date(1989, 1, 1), date(2023, 12, 31))}


@pytest.mark.realdata
def test_other_releases(realdata):
    caf = parse("ucdp_ged", realdata / "incidents/ged231_caf.geojson")
    assert (caf.rows_in, caf.loaded, caf.series) == (1848, 1848, "GED CAF yearly")
    sample = parse("ucdp_ged", realdata / "incidents/ged231_sample1000.csv")
    assert (sample.rows_in, rules(sample)) == (1000, [(721, "coordinates_disagree")])
