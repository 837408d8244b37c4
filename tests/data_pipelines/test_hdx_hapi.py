"""HDX HAPI: three themes told by their columns, what HDX found wrong kept apart, and the same rows as others give."""

import json
from datetime import date

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_pipelines import warehouse
from data_pipelines._source import source
from data_pipelines.tables import table
from geo.errors import DataError, UsageError
from tests.data_pipelines.asked import asked
from tests.data_pipelines.invented import assert_refused, rules, write_csv
from tests.data_pipelines.staged import assert_mangling_is_survived, parse, totals
from tests.provider import Reply, as_json, provider

COUNTRY = {"provider_admin1_name": "", "provider_admin2_name": "", "admin1_code": "", "admin2_code": ""}
PROVINCE = {**COUNTRY, "provider_admin1_name": "Ixborne", "admin1_code": "XT01"}
DISTRICT = {**PROVINCE, "provider_admin2_name": "Fluxandra", "admin2_code": "XT0101"}
IDS = {"dataset_hdx_id": "32d0365c", "resource_hdx_id": "80911e9b"}


def place(where):
    """The block of columns that says where."""
    level = 2 if where["admin2_code"] or where["provider_admin2_name"] else 1 if where["admin1_code"] else 0
    return {"location_code": "XTW", "has_hrp": "Y", "in_gho": "Y", **where, "admin1_name": "", "admin2_name": "",
            "admin_level": level}  # fmt: skip


def period(start="2024-01-01", end="2024-01-31"):
    return {"reference_period_start": start, "reference_period_end": end}


def verdict(**more):
    return {**IDS, "warning": "", "error": "", **more}


def count(where=DISTRICT, kind="political_violence", events=3, fatalities=2, **more):
    """One record of conflict events."""
    counts = {"event_type": kind, "events": events, "fatalities": fatalities}
    return {**place(where), **counts, **period(), **verdict(), **more}


def present(where=DISTRICT, persons=100, round_=1, **more):
    """One record of displaced persons."""
    about = {
        "operation": "Testland response",
        "assessment_type": "BA",
        "population": persons,
        "reporting_round": round_,
    }
    return {**place(where), **about, **period("2024-02-03", "2024-02-03"), **verdict(), **more}


def people(where=DISTRICT, persons=100, gender="all", age="all", **more):
    """One record of population."""
    about = {"gender": gender, "age_range": age, "min_age": "", "max_age": "", "population": persons}
    return {**place(where), **about, **period("2024-01-01", "2024-12-31"), **verdict(), **more}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "hapi"


def as_csv(path, rows):
    tags = {name: f"#tag+{number}" for number, name in enumerate(rows[0])}
    return write_csv(path, rows, tags)


def as_page(path, rows):
    """Write what the API answers: null for nothing, times of day, and no verdict of HDX."""
    path.write_text(json.dumps({"data": [of_api(row) for row in rows]}))
    return path


def of_api(row):
    record = {key: None if value == "" else value for key, value in row.items() if key not in ("warning", "error")}
    days = {key: f"{record[key]}T00:00:00" for key in record if key.startswith("reference_period") and record[key]}
    return {**record, **days, "location_ref": 1, "location_name": "Testland", "admin1_ref": 2, "admin2_ref": 3}


FORMS = pytest.mark.parametrize("form", [as_csv, as_page])


@FORMS
def test_counts_of_conflict_events_are_rows_of_their_own_table(path, form):
    rows = [
        count(COUNTRY, events=9, fatalities=8),
        count(PROVINCE),
        count(),
        count(kind="demonstration", fatalities=""),
    ]
    parsed = parse("hdx_hapi", form(path, rows))
    frame = parsed.frames["reported_counts"]
    assert set(parsed.frames) == {"reported_counts"}
    assert frame[["level", "area_id"]].to_numpy().tolist() == [[0, "XTW"], [1, "XT01"], [2, "XT0101"], [2, "XT0101"]]
    assert frame["place"].fillna("").tolist() == ["", "Ixborne", "Fluxandra", "Fluxandra"]
    assert frame["events"].tolist() == [9, 3, 3, 3]
    assert frame["fatalities"].isna().tolist() == [False, False, False, True]
    assert set(frame["counted_by"]) == {"ACLED"}
    assert {*frame["date_start"].dt.date} == {date(2024, 1, 1)}
    assert {*frame["date_end"].dt.date} == {date(2024, 1, 31)}
    assert totals(parsed, "events") == {
        "demonstration|2": 3, "political_violence|0": 9, "political_violence|1": 3, "political_violence|2": 3,
    }  # fmt: skip
    assert totals(parsed, "fatalities")["political_violence|0"] == 8
    assert (parsed.series, parsed.covers) == ("conflict events XTW from 2024-01", {})


@FORMS
def test_a_place_that_was_not_matched_keeps_its_name_and_its_level(path, form):
    """Taken for its whole province, it would contradict the province's own count."""
    nowhere = {**PROVINCE, "provider_admin2_name": "Nowhere"}
    rows = [count(PROVINCE), count(nowhere), count({**nowhere, "provider_admin2_name": "Elsewhere"})]
    parsed = parse("hdx_hapi", form(path, rows))
    frame = parsed.frames["reported_counts"]
    assert frame["level"].tolist() == [1, 2, 2]
    assert frame["area_id"].fillna("").tolist() == ["XT01", "", ""]
    assert frame["place"].tolist() == ["Ixborne", "Nowhere", "Elsewhere"]
    assert parsed.rejects == []
    assert "2 counts are of places that were matched to no P-code" in parsed.notes[-1]


def test_the_api_gives_such_a_place_the_level_of_what_was_matched(path):
    rows = [count(), count({**PROVINCE, "provider_admin2_name": "Nowhere"}, admin_level=1)]
    assert parse("hdx_hapi", as_page(path, rows)).frames["reported_counts"]["level"].tolist() == [2, 2]


@FORMS
def test_displaced_persons_have_the_grain_of_iom_s_own_figures(path, form):
    rows = [present(COUNTRY, 300), present(PROVINCE, 300), present(), present(round_="", persons=0)]
    parsed = parse("hdx_hapi", form(path, rows))
    frame = parsed.frames["displacement"]
    assert set(parsed.frames) == {"displacement"}
    assert frame[["level", "area_id", "persons"]].to_numpy().tolist() == [
        [0, "XTW", 300], [1, "XT01", 300], [2, "XT0101", 100], [2, "XT0101", 0],
    ]  # fmt: skip
    assert (set(frame["source"]), set(frame["measure"])) == ({"hdx_hapi"}, {"stock"})
    assert frame["round"].isna().tolist() == [False, False, False, True]
    assert frame["displacement_id"].is_unique
    assert totals(parsed, "persons") == {
        "Testland response|BA|1|2024-02-03|0": 300, "Testland response|BA|1|2024-02-03|1": 300,
        "Testland response|BA|1|2024-02-03|2": 100, "Testland response|BA||2024-02-03|2": 0,
    }  # fmt: skip
    assert parsed.covers == {"XTW": (date(2024, 2, 1), date(2024, 2, 29))}
    assert parsed.series == "IDPs XTW from 2024-02"


@FORMS
def test_population_gives_the_rows_that_cod_ps_gives(path, form):
    placeholders = {**COUNTRY, "admin1_code": "XTW-XXX", "admin2_code": "XTW-XXX-XXX"}
    whole = {**PROVINCE, "admin2_code": "XT01-XXX"}
    rows = [people(placeholders, 300, admin_level=0), people(whole, 300, admin_level=1), people(), people(gender="f")]
    form(path, rows)
    parsed, theirs = parse("hdx_hapi", path), parse("cod_ps", path)
    assert parsed.frames["population"]["area_id"].tolist() == ["XTW", "XT01", "XT0101"]
    for name in ("population", "population_groups"):
        pd.testing.assert_frame_equal(parsed.frames[name], theirs.frames[name])
    pd.testing.assert_frame_equal(parsed.totals, theirs.totals)
    assert parsed.series == "population XTW"


@pytest.mark.parametrize("make", [count, present, people])
def test_what_hdx_found_wrong_is_kept_apart_in_its_words_and_a_warning_is_told(path, make):
    rows = [
        make(),
        make({**DISTRICT, "admin2_code": "XT0102"}, warning="PCode length XTW0102->XT0102"),
        make({**DISTRICT, "admin2_code": "XT0103"}, error="Duplicate row", warning="PCode mismatch XT09 != North"),
    ]
    parsed = parse("hdx_hapi", as_csv(path, rows))
    (reject,) = parsed.rejects
    assert (reject.line, reject.rule) == (5, "provider_error")
    assert reject.reason == "its provider marks it as wrong: Duplicate row"
    assert parsed.loaded == 2
    assert parsed.notes[0].startswith("2 records bear a warning of their provider, most of them 'PCode")


@pytest.mark.parametrize("make", [count, present, people])
def test_an_exact_copy_is_counted_as_superseded(path, make):
    parsed = parse("hdx_hapi", as_csv(path, [make(), make()]))
    assert (parsed.rows_in, parsed.loaded, parsed.repeated) == (2, 1, 1)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (count(location_code="XT"), "iso3"),
        (count(kind="riots"), "event_type"),
        (count(kind=""), "event_type"),
        (count(events=-1), "counts"),
        (count(events="", fatalities=""), "counts"),
        (count(fatalities="1.5"), "counts"),
        (count(reference_period_end=""), "date"),
        (count(reference_period_start="2024-02-30"), "date"),
        (count(reference_period_end="2023-12-31"), "date_order"),
        (count(admin_level=0), "level"),
        (count({**DISTRICT, "admin2_code": "Occupied"}), "pcode"),
        (present(location_code=""), "iso3"),
        (present(operation=""), "operation"),
        (present(assessment_type="XX"), "assessment"),
        (present({**DISTRICT, "admin2_code": "Occupied"}), "pcode"),
        (present({**DISTRICT, "admin2_code": ""}), "pcode"),
        (present(admin_level=0), "pcode"),
        (present(reference_period_start=""), "date"),
        (present(round_="first"), "round"),
        (present(persons=-5), "persons"),
        (present(persons=""), "persons"),
        (people({**DISTRICT, "admin2_code": ""}), "pcode"),
    ],
)
def test_a_row_that_breaks_a_rule_is_kept_apart(path, bad, rule):
    good = (count if "events" in bad else present if "operation" in bad else people)(
        {**DISTRICT, "admin2_code": "XT0104"}
    )
    parsed = parse("hdx_hapi", as_csv(path, [good, bad]))
    assert rules(parsed) == [(4, rule)]
    assert parsed.loaded == 1


def test_counts_of_one_area_month_and_class_that_differ_are_both_kept_apart(path):
    parsed = parse("hdx_hapi", as_csv(path, [count(), count(events=4), count(PROVINCE)]))
    assert rules(parsed) == [(3, "duplicate_id"), (4, "duplicate_id")]


def test_a_record_that_is_revised_keeps_its_id(path):
    for make, name, key in ((count, "reported_counts", "count_id"), (present, "displacement", "displacement_id")):
        first, later = (
            parse("hdx_hapi", as_csv(path, [make(), make(PROVINCE, **more)])).frames[name][key].tolist()
            for more in ({}, {"events": 77} if make is count else {"persons": 77})
        )
        assert first == later


def test_another_theme_is_refused(path):
    write_csv(path, [{"location_code": "XTW", "sector_code": "PRO", "population": 5}])
    assert_refused(parse_hapi, path, "none of the columns event_type")
    write_csv(path, [{"event_type": "demonstration", "has_hrp": "Y"}])
    assert_refused(parse_hapi, path, "lacks the columns location_code", "events", "fatalities")
    as_csv(path, [count(events="many")])
    assert_refused(parse_hapi, path, "events", "kind 'whole'")


def parse_hapi(path):
    return parse("hdx_hapi", path)


def test_the_check_sees_a_count_that_was_lost_or_changed(path):
    parsed = parse("hdx_hapi", as_csv(path, [count(), count(PROVINCE), count(kind="demonstration", fatalities="")]))
    frame = parsed.frames["reported_counts"].assign(snapshot="s")
    with duckdb.connect() as connection:
        for name, rows in (
            ("staged_reported_counts", frame),
            ("provider_totals", parsed.totals.assign(snapshot="s", source="hdx_hapi")),
        ):
            connection.execute(table(name.removeprefix("staged_")).ddl(name))
            warehouse.insert(connection, table(name.removeprefix("staged_")), rows, name)
        check = warehouse.sql("checks", "reported_equal_provider")
        assert connection.execute(check).fetchall() == []
        connection.execute("UPDATE staged_reported_counts SET fatalities = fatalities + 1 WHERE level = 1")
        assert connection.execute(check).fetchall() == [("s", "fatalities", "political_violence|1", 2, 3)]


WORDS = st.sampled_from(
    ["", "0", "7", "7.0", "-1", "many", "XT01", "XTW-XXX", "2024-02-30", "2024-05-06", "all", "None"]
)


@pytest.mark.parametrize("make", [count, present, people])
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_row_is_lost_whatever_stands_in_it(path, make, data):
    good = [make({**DISTRICT, "admin2_code": f"XT02{n:02}"}) for n in range(12)]
    columns = st.sampled_from(sorted(good[0]))
    changes = data.draw(st.lists(st.dictionaries(columns, WORDS, max_size=4), min_size=1, max_size=10))
    rows = [*good, *({**make(), **change} for change in changes)]
    parsed = parse("hdx_hapi", as_csv(path, rows))
    assert parsed.rows_in == len(rows)
    assert parsed.loaded >= len(good)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([count, present, people]), st.sampled_from([as_csv, as_page]), st.randoms(use_true_random=False))
def test_a_mangled_file_balances_or_is_refused(path, make, form, rng):
    form(path, [make(), make(PROVINCE), make(COUNTRY)])
    assert_mangling_is_survived("hdx_hapi", path, rng)


KEY = "Rm9yZXdhdGNoOmFAZXhhbXBsZS5vcmc="
API = "hapi.humdata.org/api/v2"
PLACES = {
    "conflict_events": f"{API}/coordination-context/conflict-events",
    "idps": f"{API}/affected-people/idps",
    "population": f"{API}/geography-infrastructure/baseline-population",
}


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("FOREWATCH_HAPI_APP", KEY)
    with provider() as running:
        for address in PLACES.values():
            running.script(address, as_json({"data": []}))
        yield running


def offset_pages(rows, most):
    """Reply with at most so many records from the offset on, however many are asked for."""
    records = [of_api(row) for row in rows]
    return lambda seen: as_json({"data": records[int(seen.query["offset"]) :][: min(most, int(seen.query["limit"]))]})


def test_pages_are_asked_for_until_one_is_empty_and_kept_as_they_came(server, tmp_path):
    rows = [present({**DISTRICT, "admin2_code": f"XT01{n:02}"}, n) for n in range(7)]
    server.script(PLACES["idps"], offset_pages(rows, 3))
    server.script(PLACES["conflict_events"], offset_pages([count()], 3))
    found, failures = asked(server, tmp_path, "hdx_hapi", "XTW", date(2024, 1, 1))
    assert failures == []
    assert [each.path.name for each in found] == ["hdx_hapi_conflict_events_xtw.json", "hdx_hapi_idps_xtw.json"]
    assert [seen.query["offset"] for seen in server.seen if seen.path.endswith("idps")] == ["0", "3", "6", "7"]
    assert all(seen.query["location_code"] == "XTW" for seen in server.seen)
    assert all(seen.query["start_date"] == "2024-01-01" for seen in server.seen)
    assert all(seen.headers["X-HDX-HAPI-APP-IDENTIFIER"] == KEY for seen in server.seen)
    assert KEY not in repr(found)
    events, idps = (parse("hdx_hapi", each.path, asked=each.asked) for each in found)
    assert (events.series, idps.series) == ("conflict events XTW since 2024-01-01", "IDPs XTW since 2024-01-01")
    assert idps.frames["displacement"]["persons"].tolist() == list(range(7))
    assert events.frames["reported_counts"]["events"].tolist() == [3]


def test_a_theme_s_series_is_its_country_s_whatever_the_answer_holds(server, tmp_path):
    for theme, row in zip(PLACES, (count(), present(), people()), strict=True):
        server.script(PLACES[theme], offset_pages([row], 3))
    found, _ = asked(server, tmp_path, "hdx_hapi", "XTW")
    assert [parse("hdx_hapi", each.path, asked=each.asked).series for each in found] == [
        "conflict events XTW", "IDPs XTW", "population XTW",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "fault",
    [
        lambda _: as_json({"data": [of_api(present())]}),
        as_json({"error": "Invalid app identifier"}),
        as_json({"detail": [{"loc": ["query", "limit"]}]}),
        Reply(403),
        Reply(503),
        Reply(body=b'{"data": [{"a": 1}', cut_after=10),
    ],
)
def test_a_theme_that_is_not_whole_is_told_and_the_others_come(server, tmp_path, fault):
    """The first fault is a page that comes again, as where the offset is not heeded."""
    server.script(PLACES["idps"], fault)
    server.script(PLACES["population"], offset_pages([people()], 3))
    found, failures = asked(server, tmp_path, "hdx_hapi", "XTW")
    assert [each.path.name for each in found] == ["hdx_hapi_population_xtw.json"]
    ((what, sentence),) = failures
    assert what == "XTW idps"
    assert KEY not in sentence


def test_a_country_without_any_record_is_told(server, tmp_path):
    with pytest.raises(DataError, match="no record about XTW"):
        asked(server, tmp_path, "hdx_hapi", "XTW")


def test_without_a_country_or_a_key_nothing_is_asked(server, tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="--iso3"):
        asked(server, tmp_path, "hdx_hapi")
    monkeypatch.delenv("FOREWATCH_HAPI_APP")
    with pytest.raises(UsageError, match="FOREWATCH_HAPI_APP"):
        asked(server, tmp_path / "other", "hdx_hapi", "XTW")
    assert server.seen == []


def test_the_dictionary_has_each_column_once_and_requires_only_what_all_themes_have():
    fields = source("hdx_hapi").fields
    assert len({each.id for each in fields}) == len(fields)
    required = {each.names[0] for each in fields if each.required}
    assert required == {"location_code", "admin1_code", "admin2_code", "reference_period_start"}


@pytest.mark.realdata
def test_three_countries_have_iom_s_persons_at_every_level(realdata):
    """HDX adds IOM's figures up over reasons and origins, and loses none on the way."""
    ours = parse("hdx_hapi", realdata / "displacement/hapi_idps_afg_hti_tcd.csv")
    iom = parse("iom_dtm", realdata / "displacement/dtm_global_afg_hti_tcd.csv")
    assert (ours.rows_in, ours.loaded, ours.rejects) == (6_854, 6_854, [])
    assert ours.covers == iom.covers
    assert totals(ours, "persons") == totals(iom, "persons")
    assert ours.notes == (
        "126 records bear a warning of their provider, most of them 'PCode length' (116); they are kept.",
    )


@pytest.mark.realdata
def test_sudan_s_population_is_cod_ps_s(realdata):
    file = realdata / "population/hdx_hapi_population_sdn.csv"
    ours, theirs = parse("hdx_hapi", file), parse("cod_ps", file)
    assert (ours.rows_in, ours.loaded) == (11_178, 11_178)
    for name in theirs.frames:
        pd.testing.assert_frame_equal(ours.frames[name], theirs.frames[name])
