"""IOM DTM as the API, its CSV and HDX hand it out: each figure is a stock of its own, and none is lost."""

import json
from datetime import date

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_pipelines._source import Raw
from data_pipelines.sources.iom_dtm import parse as parse_dtm
from tests.data_pipelines.invented import assert_refused, rules
from tests.data_pipelines.staged import assert_mangling_is_survived, parse, totals
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
    assert parsed.series == "DTM XTW adm2 Testland response"


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
    assert parsed.series == "DTM XTW adm0-1-2 Testland response"


def test_without_a_level_the_finest_code_says_it(path):
    rows = [figure(1, 5, admin1Pcode="", admin2Pcode=""), figure(2, 6, admin2Pcode=""), figure(3, 7)]
    assert parse("iom_dtm", as_answer(path, rows)).frames["displacement"]["level"].tolist() == [0, 1, 2]


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
    rows = [{"adminLevel": "", **figure(1, 10)}, {"adminLevel": "", **figure(2, 10), **other}]
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
    assert parse("iom_dtm", as_semicolons(path, rows)).series == "DTM world adm2"
    assert parse("iom_dtm", as_semicolons(path, rows[:2])).series == "DTM XTA+XTB adm2"


def test_another_product_or_a_short_page_is_refused(path):
    def refused(*words):
        assert_refused(lambda p: parse_dtm(Raw(p)), path, *words)

    write_rows(path, [{"location_code": "XTW", "population": 5}])
    refused("lacks the columns operation, admin0Pcode, numPresentIdpInd, reportingDate, assessmentType")
    path.write_text(json.dumps({"result": list(FIGURES), "totalRecordsCount": 5, "isSuccess": True}))
    refused("claims 5 records and holds 4")
    as_semicolons(path, [figure(1, "")])
    refused("None of the 1 figures")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([as_semicolons, as_answer]), st.randoms(use_true_random=False))
def test_a_mangled_file_balances_or_is_refused(path, form, rng):
    assert_mangling_is_survived("iom_dtm", form(path, FIGURES), rng)


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
