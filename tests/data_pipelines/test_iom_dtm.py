"""IOM DTM as the API, its CSV and HDX hand it out: each figure is a stock of its own, and none is lost."""

import json
from datetime import date

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_pipelines._source import Raw
from data_pipelines.sources.iom_dtm import parse as parse_dtm
from geo.errors import DataError, UsageError
from tests.data_pipelines.asked import asked
from tests.data_pipelines.invented import assert_refused, rules
from tests.data_pipelines.staged import assert_mangling_is_survived, parse, totals
from tests.provider import Reply, as_json, provider
from tests.world import write_rows

TAGS = {"id": "#id+code", "operation": "#operation+name", "admin0Pcode": "#country+code", "adminLevel": "#adm+level"}


def figure(number, persons, code="XT0101", day="2023-02-15", **other):
    """One row of DTM at admin 2, baseline assessment."""
    return {
        "id": number, "operation": "Testland response", "admin0Name": "Testland", "admin0Pcode": "XTW",
        "admin1Name": "Area", "admin1Pcode": code[:4], "admin2Name": "Area", "admin2Pcode": code,
        "numPresentIdpInd": persons, "reportingDate": f"{day}T00:00:00", "yearReportingDate": day[:4],
        "monthReportingDate": int(day[5:7]), "roundNumber": 1, "assessmentType": "BA", **other,
    }  # fmt: skip


def reasoned(number, persons, reason, **other):
    """One row with the columns of the global file."""
    row = {"adminLevel": 2, "displacementReason": reason, "numberMales": "", "idpOriginAdmin1Name": "Not available"}
    return figure(number, persons, **{**row, "idpOriginAdmin1Pcode": "", "operationStatus": "Active", **other})


FIGURES = (
    figure(1, 10),
    figure(2, 30, "XT0201"),
    figure(3, 20, day="2023-05-20", roundNumber=2),
    figure(4, 0, "XT0201", day="2023-05-20", roundNumber=2),
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "dtm"


def as_semicolons(path, figures):
    return write_rows(path, figures, ";")


def as_hdx(path, figures):
    return write_rows(path, [{**dict.fromkeys(figures[0], ""), **TAGS, "adminLevel": "#adm+level"}, *figures])


def as_answer(path, figures):
    envelope = {"result": list(figures), "statusCode": 200, "isSuccess": True, "totalRecordsCount": len(figures)}
    path.write_text(json.dumps(envelope))
    return path


def as_array(path, figures):
    path.write_text(json.dumps(list(figures)))
    return path


@pytest.mark.parametrize("form", [as_semicolons, as_hdx, as_answer, as_array])
def test_every_form_gives_the_same_rows_and_totals(path, form):
    levelled = [{**row, "adminLevel": 2} for row in FIGURES] if form is as_hdx else FIGURES
    parsed = parse("iom_dtm", form(path, levelled))
    rows = parsed.frames["displacement"]
    assert rows["displacement_id"].tolist() == [f"iom_dtm:adm2:{n}" for n in (1, 2, 3, 4)]
    assert rows["native_id"].tolist() == ["1", "2", "3", "4"]
    assert rows["area_id"].tolist() == ["XT0101", "XT0201"] * 2
    assert rows["persons"].tolist() == [10, 30, 20, 0]
    assert rows["round"].tolist() == [1, 1, 2, 2]
    assert rows["date"].dt.date.tolist() == [date(2023, 2, 15)] * 2 + [date(2023, 5, 20)] * 2
    assert set(rows["measure"]) == {"stock"}
    assert totals(parsed, "persons") == {
        "Testland response|BA|1|2023-02-15|2": 40,
        "Testland response|BA|2|2023-05-20|2": 20,
    }
    assert parsed.covers == {"XTW": (date(2023, 2, 1), date(2023, 5, 31))}
    assert parsed.series == "DTM XTW adm2 Testland response from 2023-02"


def test_figures_by_reason_and_origin_are_records_of_their_own(path):
    rows = [
        reasoned(1, 10, "Conflict"),
        reasoned(2, 20, "Natural disaster"),
        reasoned(3, 30, "Conflict", idpOriginAdmin1Pcode="XT02"),
    ]
    parsed = parse("iom_dtm", as_hdx(path, rows))
    assert parsed.frames["displacement"]["reason"].tolist() == ["Conflict", "Natural disaster", "Conflict"]
    assert totals(parsed, "persons") == {"Testland response|BA|1|2023-02-15|2": 60}


def test_levels_in_one_file_repeat_the_same_people_and_are_kept_apart(path):
    rows = [
        reasoned("", 30, "Conflict", adminLevel=0, admin1Pcode="", admin2Pcode=""),
        reasoned(7, 30, "Conflict", adminLevel=1, admin2Pcode=""),
        reasoned(7, 30, "Conflict", adminLevel=2),
    ]
    parsed = parse("iom_dtm", as_hdx(path, rows))
    frame = parsed.frames["displacement"]
    assert frame[["level", "area_id"]].to_numpy().tolist() == [[0, "XTW"], [1, "XT01"], [2, "XT0101"]]
    assert frame["displacement_id"].tolist()[1:] == ["iom_dtm:adm1:7", "iom_dtm:adm2:7"]
    assert sorted(totals(parsed, "persons").values()) == [30, 30, 30]
    assert parsed.series == "DTM XTW adm0-1-2 Testland response from 2023-02"


def test_without_a_level_the_finest_code_says_it(path):
    coarse = {"admin2Name": None, "admin2Pcode": None}
    rows = [figure(1, 5, admin1Pcode="", **coarse), figure(2, 6, **coarse), figure(3, 7)]
    assert parse("iom_dtm", as_answer(path, rows)).frames["displacement"]["level"].tolist() == [0, 1, 2]


def test_a_district_without_code_is_not_taken_for_its_province(path):
    """Its persons stand once more in the province's own figure."""
    parsed = parse("iom_dtm", as_answer(path, [*FIGURES, figure(5, 6, admin2Pcode=None)]))
    assert rules(parsed) == [(5, "area")]


def test_a_file_of_the_last_months_has_a_series_of_its_own(path):
    whole, part = (parse("iom_dtm", as_answer(path, rows)) for rows in (FIGURES, FIGURES[2:]))
    assert part.series != whole.series
    assert set(part.frames["displacement"]["displacement_id"]) < set(whole.frames["displacement"]["displacement_id"])


def test_a_figure_without_id_keeps_its_own_when_it_is_revised_and_has_its_place_among_its_like(path):
    rows = [reasoned("", n, "Conflict", adminLevel=0) for n in (10, 20)]
    first = parse("iom_dtm", as_hdx(path, rows)).frames["displacement"]
    revised = [{**rows[0], "numPresentIdpInd": 11}, rows[1], reasoned("", 5, "Insecurity", adminLevel=0)]
    later = parse("iom_dtm", as_hdx(path, revised)).frames["displacement"]
    assert later["displacement_id"].tolist()[:2] == first["displacement_id"].tolist()
    assert later["displacement_id"].is_unique
    assert first["native_id"].isna().all()


def test_exact_copies_are_counted_and_contradictions_kept_apart(path):
    rows = [*FIGURES, FIGURES[0], figure(5, 1), figure(5, 2), reasoned("", 3, "x")]
    rows = [{**dict.fromkeys(rows[-1], ""), **row} for row in rows] + [reasoned("", 3, "x")]
    parsed = parse("iom_dtm", as_hdx(path, rows))
    assert (parsed.rows_in, parsed.repeated, parsed.loaded) == (9, 2, 5)
    assert rules(parsed) == [(8, "duplicate_id"), (9, "duplicate_id")]
    assert sum(totals(parsed, "persons").values()) == 63


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        ({"operation": ""}, "operation"),
        ({"admin0Pcode": "XT"}, "iso3"),
        ({"admin0Pcode": ""}, "iso3"),
        ({"assessmentType": "XX"}, "assessment"),
        ({"assessmentType": ""}, "assessment"),
        ({"adminLevel": 3}, "level"),
        ({"adminLevel": "two"}, "level"),
        ({"adminLevel": 2, "admin2Pcode": ""}, "area"),
        ({"admin2Pcode": "Occupied"}, "area"),
        ({"reportingDate": "2023-02-30T00:00:00"}, "date"),
        ({"reportingDate": ""}, "date"),
        ({"roundNumber": "first"}, "round"),
        ({"numPresentIdpInd": ""}, "persons"),
        ({"numPresentIdpInd": -5}, "persons"),
        ({"numPresentIdpInd": "about 100"}, "persons"),
    ],
)
def test_a_row_that_breaks_a_rule_is_kept_apart(path, other, rule):
    rows = [{"adminLevel": 2, **figure(1, 10)}, {"adminLevel": "", **figure(2, 10), **other}]
    parsed = parse("iom_dtm", as_semicolons(path, rows))
    assert rules(parsed) == [(3, rule)]
    assert list(totals(parsed, "persons").values()) == [10]


def test_a_row_without_country_is_of_the_one_the_file_was_added_for(path):
    parsed = parse("iom_dtm", as_semicolons(path, [figure(1, 10, admin0Pcode="")]), "XTW")
    assert parsed.frames["displacement"]["iso3"].tolist() == ["XTW"]


def test_rounds_may_be_missing(path):
    parsed = parse("iom_dtm", as_answer(path, [figure(1, 10, roundNumber=None)]))
    assert parsed.frames["displacement"]["round"].isna().all()
    assert list(totals(parsed, "persons")) == ["Testland response|BA||2023-02-15|2"]


def test_countries_and_operations_name_the_series(path):
    rows = [figure(n, 1, admin0Pcode=f"XT{'ABCDEF'[n]}", operation=f"op {n % 2}") for n in range(6)]
    assert parse("iom_dtm", as_semicolons(path, rows)).series == "DTM world adm2 from 2023-02"
    assert parse("iom_dtm", as_semicolons(path, rows[:2])).series == "DTM XTA+XTB adm2 from 2023-02"


def test_added_columns_are_told_and_known_ones_are_not(path):
    parsed = parse("iom_dtm", as_hdx(path, [{**reasoned(1, 10, "Conflict"), "numberChildren": 4}]))
    assert parsed.notes == ("It has columns that the contract does not know: numberChildren.",)
    assert parsed.columns["numberChildren"] == "whole"
    assert parse("iom_dtm", as_hdx(path, [reasoned(1, 10, "Conflict")])).notes == ()


def test_another_product_or_a_short_page_is_refused(path):
    def refused(*words):
        assert_refused(lambda p: parse_dtm(Raw(p)), path, *words)

    write_rows(path, [{"location_code": "XTW", "population": 5}])
    refused("lacks the columns operation, admin0Pcode, numPresentIdpInd, reportingDate, assessmentType")
    path.write_text(json.dumps({"result": list(FIGURES), "totalRecordsCount": 5, "isSuccess": True}))
    refused("claims 5 records and holds 4")
    as_semicolons(path, [figure(1, "")])
    refused("None of the 1 figures")
    as_semicolons(path, [figure(1, "10 to 20"), figure(2, "many")])
    refused("numPresentIdpInd", "kind 'whole'")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([as_semicolons, as_answer]), st.randoms(use_true_random=False))
def test_a_mangled_file_balances_or_is_refused(path, form, rng):
    assert_mangling_is_survived("iom_dtm", form(path, FIGURES), rng)


KEY = "dtm-key-0123456789"
API = "dtmapi.iom.int/v3/displacement"


def answer(figures, claimed=None, **more):
    total = len(figures) if claimed is None else claimed
    envelope = {"statusCode": 200, "isSuccess": True, "errorMessages": [], "totalRecordsCount": total}
    return as_json({"result": list(figures), **envelope, **more})


def at_level(level, *figures):
    """The columns that the API's endpoint of a level has: none of finer levels, and no id at level 0."""
    absent = {0: ("id", "admin1Name", "admin1Pcode"), 1: (), 2: ()}[level]
    finer = ("admin2Name", "admin2Pcode") if level < 2 else ()
    return [{key: value for key, value in each.items() if key not in (*absent, *finer)} for each in figures]


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("FOREWATCH_DTM_KEY", KEY)
    with provider() as running:
        yield running


def test_each_level_with_figures_is_a_file_as_it_came(server, tmp_path):
    bodies = [answer(at_level(0, FIGURES[0])), answer([]), answer(at_level(2, *FIGURES))]
    for level, body in enumerate(bodies):
        server.script(f"{API}/admin{level}", body)
    found, failures = asked(server, tmp_path, "iom_dtm", "XTW", date(2023, 1, 31))
    assert failures == []
    assert [each.path.name for each in found] == ["dtm_xtw_admin0.json", "dtm_xtw_admin2.json"]
    assert [each.iso3 for each in found] == ["XTW", "XTW"]
    assert all(seen.headers["Ocp-Apim-Subscription-Key"] == KEY for seen in server.seen)
    assert all(seen.query == {"Admin0Pcode": "XTW", "FromReportingDate": "2023-01-31"} for seen in server.seen)
    assert KEY not in repr(found)
    assert bodies[2].body in found[1].path.read_bytes()
    read = [parse("iom_dtm", each.path, asked=each.asked) for each in found]
    assert [each.frames["displacement"]["level"].tolist() for each in read] == [[0], [2, 2, 2, 2]]
    assert [each.series for each in read] == ["DTM XTW adm0 since 2023-01-31", "DTM XTW adm2 since 2023-01-31"]


def test_without_a_country_all_that_the_api_lists_are_asked(server, tmp_path):
    listed = [{"admin0Name": "Otherland", "admin0Pcode": "XTO"}, {"admin0Name": "Testland", "admin0Pcode": "XTW"}]
    server.script(f"{API}/country-list", answer(listed))
    for level in (0, 1, 2):
        server.script(f"{API}/admin{level}", answer(at_level(level, FIGURES[0])))
    found, failures = asked(server, tmp_path, "iom_dtm")
    assert failures == []
    assert [each.iso3 for each in found] == ["XTO"] * 3 + ["XTW"] * 3


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (answer(FIGURES, claimed=5), "claim 5 records and hold 4"),
        (answer(FIGURES, claimed=3), "claim 3 records and hold 4"),
        (answer([], isSuccess=False, errorMessages=["No Country found matching your query."]), "reports a failure"),
        (as_json({"result": list(FIGURES), "isSuccess": True}), "format has changed"),
        (as_json({"message": "Internal error"}), "format has changed"),
        (Reply(401), "401"),
        (Reply(body=b"<html>Sign in</html>"), "web page"),
    ],
)
def test_a_level_that_is_not_whole_is_told_and_the_others_come(server, tmp_path, fault, words):
    server.script(f"{API}/admin0", answer(at_level(0, FIGURES[0])))
    server.script(f"{API}/admin1", fault)
    server.script(f"{API}/admin2", answer(FIGURES))
    found, failures = asked(server, tmp_path, "iom_dtm", "XTW")
    assert [each.path.name for each in found] == ["dtm_xtw_admin0.json", "dtm_xtw_admin2.json"]
    ((what, sentence),) = failures
    assert what == "XTW admin 1"
    assert words in sentence
    assert KEY not in sentence


def test_a_country_without_any_figure_is_told(server, tmp_path):
    for level in (0, 1, 2):
        server.script(f"{API}/admin{level}", answer([]))
    with pytest.raises(DataError, match="no figure for XTW since 2023-01-31"):
        asked(server, tmp_path, "iom_dtm", "XTW", date(2023, 1, 31))


def test_without_a_key_nothing_is_asked(server, tmp_path, monkeypatch):
    monkeypatch.delenv("FOREWATCH_DTM_KEY")
    with pytest.raises(UsageError, match="FOREWATCH_DTM_KEY"):
        asked(server, tmp_path, "iom_dtm", "XTW")
    assert server.seen == []


@pytest.mark.realdata
def test_sudan_has_18_rounds(realdata):
    parsed = parse("iom_dtm", realdata / "displacement/dtm_api_sdn_admin2_2023-2024.csv", "SDN")
    rows = parsed.frames["displacement"]
    assert (parsed.rows_in, len(rows), rows["round"].nunique(), rows["date"].nunique()) == (3291, 3291, 18, 18)
    assert rows.groupby("date")["persons"].sum().iloc[-1] == 11_532_774
    assert rows["persons"].sum() == sum(totals(parsed, "persons").values())
    assert parsed.covers == {"SDN": (date(2023, 8, 1), date(2024, 12, 31))}


@pytest.mark.realdata
def test_three_countries_at_three_levels(realdata):
    parsed = parse("iom_dtm", realdata / "displacement/dtm_global_afg_hti_tcd.csv")
    rows = parsed.frames["displacement"]
    assert (parsed.rows_in, len(rows), rows["displacement_id"].is_unique) == (13_367, 13_367, True)
    assert rows["level"].value_counts().to_dict() == {2: 11_378, 1: 1_686, 0: 303}
    sums = pd.Series(totals(parsed, "persons"))
    by_level = sums.groupby(sums.index.str[-1]).sum()
    assert by_level["0"] == by_level["1"] == by_level["2"]
