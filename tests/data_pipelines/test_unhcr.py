"""UNHCR's figures and its list of sites: nothing is added up or lost, and nothing is measured against what closed."""

import json
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_pipelines._source import Raw
from data_pipelines.sources.unhcr import parse as parse_unhcr
from geo.errors import DataError
from tests.data_pipelines.asked import asked
from tests.data_pipelines.invented import assert_refused, rules
from tests.data_pipelines.staged import assert_mangling_is_survived, parse, totals
from tests.provider import Reply, as_json, paged, provider
from tests.world import write_rows

PLACE = "api.unhcr.org/population/v1/population/"


def item(year, asylum, origin, **persons):
    """One item of the API: numbers are text or not, a dash is no figure, coo and coa are UNHCR's own codes."""
    return {
        "year": year, "coo_id": 1, "coo_name": "Testland", "coo": "TES", "coo_iso": origin,
        "coa_id": 2, "coa_name": "Elsewhere", "coa": "ELS", "coa_iso": asylum,
        "refugees": "0", "asylum_seekers": 0, "returned_refugees": "7", "idps": "0", "returned_idps": 9,
        "stateless": "11", "ooc": "13", "oip": "-", "hst": "-", **persons,
    }  # fmt: skip


ITEMS = (
    item(2022, "XTV", "XTW", refugees="500", asylum_seekers=40),
    item(2023, "XTV", "XTW", refugees=900, oip="5"),
    item(2023, "XTW", "XTW", idps="70000"),
)


def envelope(items, page=1, pages=1):
    return {"page": page, "short-url": "x", "maxPages": pages, "total": [], "items": list(items)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "population.json"


def write_answer(path, items=ITEMS):
    path.write_text(json.dumps(envelope(items)))
    return path


@pytest.mark.parametrize("form", [write_answer, lambda path: write_rows(path, ITEMS)])
def test_a_record_has_a_row_of_each_type_that_it_has_a_figure_of(path, form):
    parsed = parse("unhcr", form(path))
    rows = parsed.frames["displacement"]
    assert (parsed.rows_in, parsed.loaded, len(rows), parsed.split) == (3, 3, 10, 7)
    first = rows[rows["native_id"] == "2022:XTV:XTW"].set_index("assessment")
    assert first["persons"].to_dict() == {"refugees": 500, "asylum_seekers": 40, "idps": 0}
    row = first.loc["refugees"]
    assert (row["displacement_id"], row["operation"]) == ("unhcr:2022:XTV:XTW:refugees", "UNHCR, from XTW")
    assert (row["iso3"], row["area_id"], row["level"], row["measure"]) == ("XTV", "XTV", 0, "stock")
    assert row["date"].date() == date(2022, 12, 31)
    assert totals(parsed, "persons")["UNHCR, from XTW|refugees||2023-12-31|0"] == 900
    assert (parsed.series, parsed.covers, parsed.scope) == ("UNHCR from XTW from 2022", {}, "")


@pytest.mark.parametrize(("iso3", "series"), [("XTV", "in XTV"), ("XTW", "from XTW"), (None, "in XTV")])
def test_of_one_pair_of_countries_the_one_asked_for_is_meant(path, iso3, series):
    assert parse("unhcr", write_answer(path, ITEMS[:2]), iso3).series == f"UNHCR {series} from 2022"
    assert parse("unhcr", write_answer(path), iso3).series == "UNHCR from XTW from 2022"


def test_returns_stateless_persons_and_hosts_are_not_displaced(path):
    assert set(parse("unhcr", write_answer(path)).frames["displacement"]["assessment"]) == {
        "refugees", "asylum_seekers", "idps", "oip",
    }  # fmt: skip


@pytest.mark.parametrize(("known_at", "day"), [
    (None, "2023-12-31"), (date(2023, 11, 1), "2023-06-30"), (date(2024, 5, 31), "2023-06-30"),
    (date(2024, 6, 1), "2023-12-31"),
])  # fmt: skip
def test_until_june_the_figures_of_a_year_are_of_its_middle(path, known_at, day):
    write_answer(path, ITEMS[2:])
    parsed = parse_unhcr(Raw(path, known_at=known_at))
    assert set(parsed.frames["displacement"]["date"].dt.strftime("%Y-%m-%d")) == {day}
    assert parsed.totals["key"].iloc[0].endswith(f"{day}|0")


def test_an_origin_that_is_no_country_keeps_unhcr_s_own_code(path):
    several = [item(2023, "XTV", "-", coo=code, refugees=5) for code in ("STA", "VAR")]
    parsed = parse("unhcr", write_answer(path, [*several, item(2023, "XTV", "-", coo="-", refugees=6)]))
    assert set(parsed.frames["displacement"]["operation"]) == {f"UNHCR, from {w}" for w in ("STA", "VAR", "unknown")}
    assert parsed.series == "UNHCR in XTV from 2023"


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        ({"year": "-"}, "year"),
        ({"year": 1850}, "year"),
        ({"coa_iso": "-"}, "iso3"),
        ({"coo_iso": "Testland"}, "origin"),
        ({"refugees": -1}, "persons"),
        ({"idps": "many"}, "persons"),
        ({"idps": "1e6"}, "persons"),
        (dict.fromkeys(("refugees", "asylum_seekers", "idps", "oip"), "-"), "no_figure"),
    ],
)
def test_a_record_that_breaks_a_rule_is_kept_apart(path, other, rule):
    parsed = parse("unhcr", write_answer(path, [ITEMS[0], {**ITEMS[1], **other}]))
    assert rules(parsed) == [(2, rule)]


def test_copies_and_contradictions(path):
    parsed = parse("unhcr", write_answer(path, [ITEMS[0], ITEMS[0], ITEMS[1], {**ITEMS[1], "refugees": 901}]))
    assert (parsed.rows_in, parsed.repeated, parsed.loaded) == (4, 1, 1)
    assert rules(parsed) == [(3, "duplicate_id"), (4, "duplicate_id")]


def test_columns_are_a_contract(path):
    without = [{name: value for name, value in row.items() if name != "idps"} for row in ITEMS]
    assert_refused(lambda p: parse_unhcr(Raw(p)), write_answer(path, without), "lacks the columns idps")
    parsed = parse("unhcr", write_answer(path, [{**row, "climate": 1} for row in ITEMS]))
    assert parsed.notes == ("It has columns that the contract does not know: climate.",)
    assert parsed.columns["refugees"] == "whole"


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_a_mangled_file_balances_or_is_refused(tmp_path, rng):
    assert_mangling_is_survived("unhcr", write_rows(tmp_path / "population.csv", ITEMS), rng)


def site(number, **other):
    """One row of the list of sites, with its three forms of dates."""
    return {
        "": number, "pcode": f"XTWs{number:06}", "Country": "Testland", "name": f"Camp {number}", "name_alt": "NA",
        "loc_type": "IDP Camp", "loc_subtype": "N/A", "createdate": "10/15/03", "createby": "somebody@example.org",
        "closedate": "NA", "updatedate": "11/1/19", "source": "UNHCR", "unhcr_assist": "Yes", "status": 1,
        "POINT_X": 30.2, "POINT_Y": 10.4, "adjusted_vars": 0, "type": "IDP", **other,
    }  # fmt: skip


def test_sites_that_closed_or_are_archived_have_no_place(tmp_path):
    rows = [
        site(1),
        site(2, POINT_X="NA", POINT_Y="NA"),
        site(3, status=0, closedate="2003-10-15T00:00:00Z"),
        site(4, loc_type="Archived data - disregard"),
        site(5, POINT_X=-3, POINT_Y=13),
    ]
    parsed = parse("unhcr", write_rows(tmp_path / "sites.csv", rows))
    sites = parsed.frames["sites"].set_index("native_id")
    assert set(sites["kind"]) == {"displacement_site"}
    assert sites["longitude"].dropna().to_dict() == {"XTWs000001": 30.2, "XTWs000005": -3}
    assert sites.loc["XTWs000001", "name"] == "Camp 1"
    assert (parsed.series, parsed.rows_in, parsed.loaded) == ("UNHCR sites world", 5, 5)
    assert parsed.notes == (
        "1 of 5 sites have no coordinates and are kept without a place.",
        "2 of 5 sites are closed or archived and are kept without a place.",
    )


def test_sites_are_told_apart_by_their_code_and_not_by_their_row(tmp_path):
    rows = [site(1), {**site(1), "": 2}, site(3), site(3, POINT_X=31), site(5, POINT_Y=95), site(6, status=2)]
    parsed = parse("unhcr", write_rows(tmp_path / "sites.csv", rows))
    assert (parsed.rows_in, parsed.loaded, parsed.repeated) == (6, 1, 1)
    assert sorted(rules(parsed)) == [(4, "duplicate_id"), (5, "duplicate_id"), (6, "coordinates"), (7, "status")]


@pytest.fixture
def server():
    with provider() as running:
        yield running


def script(server, items, size):
    """Play the API: a country asked for is the one of asylum or of origin, and maxPages tells the pages."""

    def answer(seen):
        chosen = [
            one for one in items if all(seen.query.get(n, one[f"{n}_iso"]) == one[f"{n}_iso"] for n in ("coa", "coo"))
        ]
        pages = -(-len(chosen) // size)
        return paged(chosen, size, lambda found, _: envelope(found, int(seen.query["page"]), pages))(seen)

    server.script(PLACE, answer)


def test_a_country_is_fetched_as_the_one_of_asylum_and_of_origin(server, tmp_path):
    script(server, ITEMS, 1)
    files, failures = asked(server, tmp_path, "unhcr", "XTW", date(2022, 5, 1))
    assert failures == []
    assert [one.path.name for one in files] == ["unhcr_in_XTW.json", "unhcr_from_XTW.json"]
    queries = [dict(seen.query) for seen in server.seen]
    assert [(q.get("coa"), q.get("coo"), q["page"]) for q in queries] == [
        ("XTW", None, "1"), (None, "XTW", "1"), (None, "XTW", "2"), (None, "XTW", "3"),
    ]  # fmt: skip
    assert {(q["yearFrom"], q["cf_type"]) for q in queries} == {("2022", "ISO")}
    assert "coo=XTW" in files[1].url
    assert {one.iso3 for one in files} == {"XTW"}
    inside, outside = (parse("unhcr", one.path, asked=one.asked) for one in files)
    assert (inside.series, outside.series) == ("UNHCR in XTW since 2022", "UNHCR from XTW since 2022")
    assert (inside.rows_in, outside.rows_in) == (1, 3)


def test_the_world_is_one_file_of_all_pairs(server, tmp_path):
    script(server, ITEMS, 2)
    files, _ = asked(server, tmp_path, "unhcr")
    assert [one.path.name for one in files] == ["unhcr_world.json"]
    assert (server.seen[0].query["coa_all"], server.seen[0].query["yearFrom"]) == ("true", "1951")
    read = parse("unhcr", files[0].path, asked=files[0].asked)
    assert (read.rows_in, read.series) == (3, "UNHCR world")


def test_a_country_that_unhcr_has_nothing_of_gives_no_file(server, tmp_path):
    script(server, ITEMS, 2)
    assert asked(server, tmp_path, "unhcr", "XTX") == ([], [])


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([as_json(envelope(ITEMS[:2], 1, 2)), as_json(envelope(ITEMS[:2], 2, 2))], "same page as one before"),
        (
            [
                as_json(envelope(ITEMS[:2], 1, 3)),
                as_json(envelope(ITEMS[2:], 2, 3)),
                as_json(envelope([item(2021, "XTV", "XTW")], 3, 3)),
            ],
            "not only the last is shorter",
        ),
        ([as_json({"error": "too many"})], "an error report, or its format"),
        ([Reply(body=b"<html><title>Sign in</title></html>")], "web page"),
        ([Reply(503)], "in trouble (503)"),
    ],
)
def test_answers_that_cannot_be_believed_are_refused(server, tmp_path, steps, words):
    server.script(PLACE, *steps)
    with pytest.raises(DataError) as caught:
        asked(server, tmp_path, "unhcr")
    assert words in str(caught.value)


@pytest.mark.realdata
def test_the_provider_s_list_of_sites(realdata):
    parsed = parse("unhcr", realdata / "displacement/displacement_locations_unhcr.csv")
    assert (parsed.rows_in, parsed.loaded, len(parsed.rejects)) == (13_733, 13_731, 2)
    assert parsed.frames["sites"]["longitude"].notna().sum() == 5_616
