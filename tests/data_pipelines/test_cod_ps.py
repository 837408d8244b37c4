"""Population figures: one row per area and year, groups apart, coarse codes, and sums left as the provider has them."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_pipelines._source import source
from geo.errors import DataError, UsageError
from tests.data_pipelines.asked import asked
from tests.data_pipelines.invented import assert_refused, parse, rules, write_csv
from tests.provider import Reply, as_json, provider, redirect

COUNTRY = {"admin1_code": "XDM-XXX", "admin2_code": "XDM-XXX-XXX"}
PROVINCE = {"provider_admin1_name": "Ixborne", "admin1_code": "XD01", "admin2_code": "XD01-XXX"}
DISTRICT = {
    "provider_admin1_name": "Ixborne",
    "admin1_code": "XD01",
    "provider_admin2_name": "Fluxandra",
    "admin2_code": "XD0101",
}
HXL = {"location_code": "#country+code", "has_hrp": "#meta+has_hrp", "population": "#population"}


def row(place=DISTRICT, gender="all", age_range="all", population="100", **more):
    """Return a record in HAPI's columns."""
    period = {"reference_period_start": "2024-01-01", "reference_period_end": "2024-12-31"}
    names = {"provider_admin1_name": "", "provider_admin2_name": ""}
    who = {"gender": gender, "age_range": age_range, "min_age": "None", "max_age": "None", "population": population}
    return {"location_code": "XDM", "has_hrp": "True", **names, **place, **who, **period, **more}


@pytest.fixture
def load(tmp_path):
    def load(*rows, iso3=None, hxl=HXL):
        return parse("cod_ps", write_csv(tmp_path / "hdx_hapi_population_xdm.csv", rows, hxl), iso3)

    return load


def test_each_level_has_its_area_and_the_hxl_row_is_no_record(load):
    parsed = load(row(COUNTRY, population="300"), row(PROVINCE, population="300"), row(DISTRICT))
    assert parsed.frames["population"].to_dict("split")["data"] == [
        ["XDM", 0, 2024, 300],
        ["XD01", 1, 2024, 300],
        ["XD0101", 2, 2024, 100],
    ]
    assert (parsed.rows_in, parsed.series) == (3, "XDM")


def test_groups_are_kept_apart_from_wholes(load):
    parsed = load(
        row(), row(gender="f", population="60"), row(age_range="80+", population="3"), row(gender="m", age_range="0-4")
    )
    assert parsed.frames["population"]["persons"].tolist() == [100]
    groups = parsed.frames["population_groups"][["sex", "age_range", "persons"]]
    assert groups.to_dict("split")["data"] == [["f", "all", 60], ["all", "80+", 3], ["m", "0-4", 100]]


@pytest.mark.parametrize(
    "place", [{}, {"admin1_code": "", "admin2_code": ""}, {"admin1_code": "XDM-XXX", "admin2_code": ""}]
)
def test_empty_codes_stand_for_the_whole_country_too(load, place):
    assert load(row(place | {"admin1_code": place.get("admin1_code", ""), "admin2_code": ""})).frames["population"][
        "area_id"
    ].tolist() == ["XDM"]


@pytest.mark.parametrize(
    ("place", "more"),
    [
        ({**COUNTRY, "provider_admin1_name": "Nowhere"}, {}),
        ({**PROVINCE, "provider_admin2_name": "Nowhere"}, {}),
        ({"admin1_code": "", "admin2_code": "", "provider_admin1_name": "Nowhere"}, {}),
        (PROVINCE, {"admin_level": "2"}),
    ],
)
def test_a_name_that_was_not_matched_is_not_taken_for_the_whole(load, place, more):
    """Its people would count once more as those of the province or country."""
    parsed = load(row(**({"admin_level": "2"} if more else {})), row(place, **more))
    assert rules(parsed) == [(4, "pcode")]


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"error": "Duplicate row"}, "provider_error"),
        ({"population": "-1"}, "persons"),
        ({"population": "1.5"}, "persons"),
        ({"population": ""}, "persons"),
        ({"population": "many"}, "persons"),
        ({"gender": "x"}, "sex"),
        ({"gender": ""}, "sex"),
        ({"age_range": "young"}, "age_range"),
        ({"age_range": ""}, "age_range"),
        ({"reference_period_start": "soon"}, "year"),
        ({"location_code": "", **COUNTRY}, "pcode"),
        ({"population": "101"}, "duplicate"),
    ],
)
def test_rows_that_break_the_contract_are_quarantined(load, more, rule):
    blank = {"warning": "", "error": ""}
    parsed = load(row(**blank), row(**{**blank, **more}))
    assert rules(parsed) == [(4, rule)]
    assert parsed.frames["population"]["persons"].tolist() == [100]


def test_a_warning_alone_is_no_error_and_an_exact_copy_is_superseded(load):
    warned = row(warning="PCode length NG02->NG002", error="")
    parsed = load(warned, warned)
    assert (len(parsed.frames["population"]), parsed.repeated, parsed.rejects) == (1, 1, [])
    assert parsed.notes == (
        "2 records bear a warning of their provider, most of them 'PCode length' (2); they are kept.",
    )


def test_a_row_marked_as_wrong_has_the_provider_s_words_and_does_not_cost_its_double(load):
    blank = {"warning": "", "error": ""}
    parsed = load(row(**{**blank, "error": "Duplicate row"}, population="99"), row(**blank))
    (reject,) = parsed.rejects
    assert (reject.line, reject.rule) == (3, "provider_error")
    assert reject.reason == "its provider marks it as wrong: Duplicate row"
    assert parsed.frames["population"]["persons"].tolist() == [100]


def test_totals_are_those_of_the_text_by_level_sex_and_age(load):
    parsed = load(
        row(COUNTRY),
        row(DISTRICT),
        row({**DISTRICT, "admin2_code": "XD0102"}, population="7.0"),
        row(gender="f"),
        row(gender="x"),
    )
    assert parsed.totals.set_index("key")["total"].to_dict() == {"0|all|all": 100, "2|all|all": 107, "2|f|all": 100}
    assert set(parsed.totals["measure"]) == {"persons_resident"}


def test_women_and_men_that_do_not_add_up_are_noted_not_repaired(load):
    ages = [row(gender=g, age_range="0-4", population=p) for g, p in (("f", "5"), ("m", "5"), ("all", "10"))]
    parsed = load(*ages, row(gender="f", population="50"), row(gender="m", population="43"), row(), iso3="XDM")
    assert parsed.notes == (
        "In 1 of 2 groups women and men do not add up to all, by up to 7 persons; the figures are kept as given.",
    )
    assert parsed.frames["population"]["persons"].tolist() == [100]


def test_another_country_is_refused_and_several_are_the_world(load):
    def other(path):
        return parse("cod_ps", path, "SDN")

    load(row())
    with pytest.raises(Exception, match="population of XDM, not of SDN alone"):
        load(row(), iso3="SDN")
    assert load(row(), row({"admin1_code": "", "admin2_code": ""}, location_code="SDN")).series == "world"


def test_all_missing_columns_are_named_at_once(tmp_path):
    path = write_csv(tmp_path / "x.csv", [{"location_code": "SDN", "gender": "all"}])
    assert_refused(lambda p: parse("cod_ps", p), path, "admin1_code", "admin2_code", "age_range", "population")


AREAS = st.sampled_from([COUNTRY, PROVINCE, DISTRICT, {**COUNTRY, "provider_admin1_name": "Nowhere"}])
CELLS = st.sampled_from(["0", "12", "12.0", "-3", "x", "", "1e3"])


@given(
    st.lists(
        st.builds(row, AREAS, st.sampled_from(["f", "m", "all", "u"]), st.sampled_from(["all", "0-4", "?"]), CELLS),
        min_size=1,
        max_size=30,
    )
)
def test_no_row_is_lost_and_totals_follow_the_rows_loaded(tmp_path_factory, rows):
    # as many good rows: a column of which most values are no numbers is refused as a whole
    rows = rows + [row({**DISTRICT, "admin2_code": f"XD02{n:02}"}) for n in range(len(rows))]
    parsed = parse("cod_ps", write_csv(tmp_path_factory.mktemp("people") / "x.csv", rows, HXL))
    assert parsed.rows_in == len(rows)
    loaded = pd.concat(
        [parsed.frames["population"].assign(sex="all", age_range="all"), parsed.frames["population_groups"]]
    )
    assert loaded["persons"].sum() == (parsed.totals["total"].sum() if len(parsed.totals) else 0)


HDX = "data.humdata.org/api/3/action/package_show"
STORE = "s3.eu-central-1.amazonaws.com/hdx-ckan-filestore-prod/resources/1/population"
NAME = "hdx_hapi_population_xdm.csv"


def resource(name, **more):
    """Return a file of a data set as HDX lists it."""
    url = f"https://data.humdata.org/dataset/1/resource/2/download/{name}"
    return {"name": "Baseline Population", "url": url, "last_modified": "2025-02-03T04:05:06.789", **more}


@pytest.fixture
def server():
    with provider() as running:
        running.script(f"data.humdata.org/dataset/1/resource/2/download/{NAME}", redirect(f"https://{STORE}"))
        yield running


def listed(*resources):
    return as_json({"success": True, "result": {"name": "hdx-hapi-xdm", "resources": list(resources)}})


def test_the_file_of_a_country_comes_from_hdx_without_a_key(server, tmp_path):
    content = write_csv(tmp_path / "sent.csv", [row(COUNTRY), row()], HXL).read_bytes()
    server.script(HDX, listed(resource("hdx_hapi_rainfall_xdm.csv"), resource(NAME)))
    server.script(STORE, Reply(body=content))
    (found,), failures = asked(server, tmp_path, "cod_ps", "XDM")
    assert failures == []
    assert (found.path.name, found.known_at, found.iso3) == (NAME, date(2025, 2, 3), "XDM")
    assert found.path.read_bytes() == content
    assert server.seen[0].query == {"id": "hdx-hapi-xdm"}
    assert parse("cod_ps", found.path, "XDM").loaded == 2


def test_a_file_cut_off_on_the_way_is_told(server, tmp_path):
    content = write_csv(tmp_path / "sent.csv", [row(COUNTRY), row()], HXL).read_bytes()
    server.script(HDX, listed(resource(NAME)))
    server.script(STORE, Reply(body=content, cut_after=40))
    found, failures = asked(server, tmp_path, "cod_ps", "XDM")
    assert found == []
    assert [what for what, _ in failures] == [NAME]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (listed(resource("hdx_hapi_rainfall_xdm.csv")), "holds no such file any more"),
        (as_json({"success": True, "result": {}}), "cannot be read"),
        (
            as_json({"success": True, "result": {"resources": [{"url": "https://x/y.csv", "last_modified": "soon"}]}}),
            "read",
        ),
        (as_json([1]), "cannot be read"),
        (Reply(404, body=b'{"success": false}'), "404"),
    ],
)
def test_a_list_of_files_that_is_none_is_told(server, tmp_path, reply, words):
    server.script(HDX, reply)
    with pytest.raises(DataError, match=words):
        asked(server, tmp_path, "cod_ps", "XDM")


def test_population_is_fetched_by_country(server, tmp_path):
    with pytest.raises(UsageError, match="--iso3"):
        asked(server, tmp_path, "cod_ps")
    assert server.seen == []


def test_the_source_says_what_it_is():
    said = source("cod_ps")
    assert (said.id, said.tables) == ("cod_ps", ("population", "population_groups"))
    assert all((said.title, said.provider, said.url, said.licence, said.terms, said.citation, said.caveats))


@pytest.mark.realdata
def test_sudan_s_figures_add_up_at_all_three_levels(realdata):
    parsed = parse("cod_ps", realdata / "population" / "hdx_hapi_population_sdn.csv", "SDN")
    assert (parsed.rows_in, parsed.rejects, parsed.repeated, parsed.notes) == (11_178, [], 0, ())
    people = parsed.frames["population"]
    assert people["level"].value_counts().to_dict() == {0: 1, 1: 18, 2: 188}
    assert people.groupby("level")["persons"].sum().tolist() == [47_481_940] * 3
    assert len(parsed.totals) == 162
