"""Insecurity Insight's workbooks: attacks as precise as they are coded and never more, words about victims left out."""

from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_pipelines._source import Raw, source
from data_pipelines.sources.insecurity_insight import parse as parse_insight
from tests.data_pipelines.asked import asked
from tests.data_pipelines.invented import assert_refused, rules
from tests.data_pipelines.staged import assert_mangling_is_survived, parse, totals
from tests.provider import Reply, as_json, provider
from tests.world import write_rows

NEAR = "(2) 25 km Precision "
DAY = datetime(2023, 4, 15)  # noqa: DTZ001 (cells have no time zone)


def attack(number, precision=NEAR, id_name="SiND Event ID", killed=None, **other):
    """One row of the health workbook, or of another with the columns of deaths given."""
    return {
        "Date": DAY, "Event Description": "April 2023: a named nurse ...", "Country": "Testland", "Country ISO": "XTW",
        "Admin 1": "Province", "Latitude": 10.4, "Longitude": 30.2, "Geo Precision": precision,
        "Reported Perpetrator": "NSA", "Reported Perpetrator Name": "Group A (invented)",
        **({"Health Workers Killed": 1} if killed is None else killed), id_name: number, **other,
    }  # fmt: skip


@pytest.fixture
def path(tmp_path):
    return tmp_path / "attacks.xlsx"


def write_book(path, rows, *, hxl=True):
    """Write rows as a workbook with a second sheet of notes, as the provider does."""
    book = openpyxl.Workbook()
    page, names = book.active, list(rows[0])
    page.append(names)
    if hxl:
        page.append(["#date +occurred", None, "#country +name", *(None for _ in names[3:-1])])
    for row in rows:
        page.append(list(row.values()))
    book.create_sheet("MetaData & Notes").append(["Data Notes"])
    book.save(path)
    return path


def incidents(path, rows, **options):
    return parse("insecurity_insight", write_book(path, rows, **options)).frames["incidents"]


def test_what_an_attack_says_and_what_it_does_not(path):
    parsed = parse("insecurity_insight", write_book(path, [attack(42822)]))
    row = parsed.frames["incidents"].iloc[0]
    assert (row["incident_id"], row["native_id"]) == ("insecurity_insight:42822", "42822")
    assert (row["kind"], row["support"], row["actor_a"]) == ("attack_on_health", "near", "Group A (invented)")
    assert (row["longitude"], row["latitude"]) == (30.2, 10.4)
    assert row["date_start"].date() == row["date_end"].date() == date(2023, 4, 15)
    assert (row["country"], row["place"]) == ("Testland", "Province")
    assert "nurse" not in parsed.frames["incidents"].to_csv()
    assert parsed.covers == {"XTW": (date(2023, 4, 1), date(2023, 4, 30))}
    assert (parsed.series, parsed.scope) == ("health XTW from 2023", "health")


@pytest.mark.parametrize(
    ("killed", "kind", "deaths"),
    [
        ({"Health Workers Killed": 2}, "attack_on_health", 2),
        ({"Educators Killed": 1, "Students Killed": 3}, "attack_on_education", 4),
        ({"Educators Killed": 1, "Students Killed": None}, "attack_on_education", 1),
        ({"People Associated with Protection Programme Killed": 7}, "attack_on_camp", 7),
        ({"Camp Resident Killed": 1, "Service Provider Killed": 2}, "attack_on_camp", 3),
        ({"Aid Workers Killed": "5"}, "attack_on_aid", 5),
        ({"Aid Workers Killed": None}, "attack_on_aid", None),
    ],
)
@pytest.mark.parametrize("id_name", ["SiND Event ID", "SIND Event ID", "SiND ID"])
def test_each_data_set_is_told_by_its_columns_and_counts_its_own_dead(path, killed, kind, deaths, id_name):
    parsed = parse("insecurity_insight", write_book(path, [attack(1, killed=killed, id_name=id_name)]))
    row = parsed.frames["incidents"].iloc[0]
    assert row["kind"] == kind
    for column in ("deaths_best", "deaths_low", "deaths_high", "deaths_civilians", "deaths_civilians_high"):
        assert row[column] == deaths if deaths is not None else row.isna()[column]
    assert totals(parsed, "deaths_civilians") == {f"2023|{kind}": deaths or 0}
    assert totals(parsed, "incidents") == {f"2023|{kind}": 1}


@pytest.mark.parametrize(
    ("precision", "support"),
    [
        ("(1) Exact", "near"),
        ("(2) 25 km precision", "near"),
        ("(3) District, Communicipality or Commune", "adm2"),
        ("(4) Province, State, Governorate ", "adm1"),
        ("(5) Linear Feature e.g. Along Road/River", "region"),
        ("(6) Country", "country"),
        ("(7) Estimated Sea/Air Coordinates", "water"),
        (None, "adm1"),
    ],
)
def test_no_attack_is_placed_more_finely_than_it_is_coded(path, precision, support):
    row = incidents(path, [attack(1, precision)]).iloc[0]
    assert (row["support"], row["longitude"]) == (support, 30.2)


@pytest.mark.parametrize(
    ("other", "support"),
    [
        ({"Geo Precision": "censored by HDX"}, "country"),
        ({"Geo Precision": "censored by HDX", "Latitude": "censored by HDX", "Longitude": ""}, "country"),
        ({"Geo Precision": None, "Latitude": None, "Longitude": None}, "country"),
        ({"Latitude": "unknown", "Longitude": 30.2}, "near"),
        ({"Latitude": 0, "Longitude": 0}, "near"),
    ],
)
def test_an_attack_without_a_position_is_kept_without_one(path, other, support):
    row = incidents(path, [attack(1, **other)]).iloc[0]
    assert row["support"] == support
    assert row[["longitude", "latitude"]].isna().all()


def test_positions_and_numbers_may_be_text(path):
    row = incidents(path, [attack("42.0", Latitude="10.4", Longitude="30,2")], hxl=False).iloc[0]
    assert (row["native_id"], row["latitude"], row["longitude"]) == ("42", 10.4, 30.2)


def test_an_unnamed_perpetrator_is_named_by_type(path):
    assert incidents(path, [attack(1, **{"Reported Perpetrator Name": None})])["actor_a"].tolist() == ["NSA"]


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        ({"SiND Event ID": None}, "id"),
        ({"SiND Event ID": "new"}, "id"),
        ({"Date": None}, "date"),
        ({"Date": "April 2023"}, "date"),
        ({"Geo Precision": "(8) Moon"}, "geo_precision"),
        ({"Geo Precision": "exact"}, "geo_precision"),
        ({"Latitude": 91}, "coordinates"),
        ({"Health Workers Killed": -2}, "deaths"),
        ({"Health Workers Killed": "several"}, "deaths"),
        ({"Health Workers Killed": 0.5}, "deaths"),
    ],
)
def test_a_row_that_breaks_a_rule_is_kept_apart(path, other, rule):
    parsed = parse("insecurity_insight", write_book(path, [attack(1), {**attack(2), **other}]))
    assert rules(parsed) == [(4, rule)]


def test_copies_and_contradictions(path):
    rows = [attack(1), attack(1), attack(2), attack(2, Country="Elsewhere"), attack(3)]
    parsed = parse("insecurity_insight", write_book(path, rows))
    assert (parsed.rows_in, parsed.repeated, parsed.loaded) == (5, 1, 2)
    assert rules(parsed) == [(5, "duplicate_id"), (6, "duplicate_id")]


def test_several_countries_are_the_world_and_share_the_file_s_months(path):
    later = {"Date": datetime(2023, 6, 1), "Country ISO": "XTV"}  # noqa: DTZ001
    parsed = parse(
        "insecurity_insight", write_book(path, [attack(1), attack(2, **later), attack(3, **{"Country ISO": None})])
    )
    months = (date(2023, 4, 1), date(2023, 6, 30))
    assert (parsed.series, parsed.covers) == ("health world from 2023", {"XTV": months, "XTW": months})


def test_sexual_violence_and_other_products_are_refused(path):
    def refused(row, *words):
        assert_refused(lambda p: parse_insight(Raw(p)), write_book(path, [row], hxl=False), *words)

    refused(attack(1, **{"Type of SV": "x"}), "sexual violence", "not taken in")
    refused({"Date": DAY, "Country": "Testland"}, "none of the columns", "Health Workers Killed")
    refused({"Date": DAY, "Health Workers Killed": 1}, "lacks the columns SiND Event ID or SiND ID, Country")
    refused(attack("x"), "None of the 1 incidents")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_a_mangled_file_balances_or_is_refused(tmp_path, rng):
    rows = [attack(number, Date="2023-04-15") for number in range(3)]
    assert_mangling_is_survived("insecurity_insight", write_rows(tmp_path / "attacks.csv", rows), rng)


def test_columns_are_a_contract(path):
    parsed = parse("insecurity_insight", write_book(path, [attack(1, Motive="x"), attack(2, Motive="y")]))
    assert parsed.notes == ("It has columns that the contract does not know: Motive.",)
    assert (parsed.columns["Latitude"], parsed.columns["Date"]) == ("number", "day")
    assert {field.id for field in source("insecurity_insight").fields} >= {
        "id",
        "Aid Workers Killed",
        "Students Killed",
    }


def test_aid_workers_who_died_in_captivity_are_among_the_killed(path):
    killed = {"Aid Workers Killed": "1", "Aid Workers Killed in Captivity": "2"}
    assert incidents(path, [attack(1, killed=killed)])["deaths_civilians"].tolist() == [3]


THEMES = {
    "sind-safeguarding-healthcare-monthly-news-briefs-dataset": ("Attacks on Health Care", "Health Workers Killed"),
    "sind-education-in-danger-monthly-news-briefs-dataset": ("Education in Danger", "Students Killed"),
    "sind-protection-in-danger-monthly-news-briefs-dataset": ("Protection in Danger", "Camp Resident Killed"),
    "sind-aid-worker-kka-dataset": ("Aid Worker KIKA", "Aid Workers Killed"),
}


@pytest.fixture
def hdx(path):
    """HDX with a data set of each theme: the file of all years, that of the last alone, and an overview."""
    with provider() as running:
        books = {}
        for name, (title, column) in THEMES.items():
            stem = title.lower().replace(" ", "-")
            names = [
                f"2016-2026-{stem}-incident-data.xlsx",
                f"2026-{stem}-incident-data.xlsx",
                f"2016-2026-{stem}-overview-data.xlsx",
            ]
            content = write_book(path, [attack(1, killed={column: 1})]).read_bytes()
            for number, file in enumerate(names):
                running.script(
                    f"data.humdata.org/dataset/{name}/resource/{number}/download/{file}", Reply(body=content)
                )
            books[name] = [
                {
                    "name": file, "format": "XLSX", "last_modified": f"2026-10-0{number + 1}T08:00:00.123456",
                    "url": f"https://data.humdata.org/dataset/{name}/resource/{number}/download/{file}",
                }
                for number, file in enumerate(names)
            ]  # fmt: skip
        running.script("data.humdata.org/api/3/action/package_show", lambda seen: listed(books.get(seen.query["id"])))
        yield running, books


def listed(resources):
    return as_json({"success": True, "result": {"resources": resources}}) if resources else Reply(404)


def test_each_theme_s_file_of_all_years_is_fetched(hdx, tmp_path):
    files, failures = asked(hdx[0], tmp_path / "w", "insecurity_insight")
    assert (failures, len(files)) == ([], 4)
    assert {one.known_at for one in files} == {date(2026, 10, 1)}
    assert {one.iso3 for one in files} == {None}
    found = [parse("insecurity_insight", one.path, asked=one.asked) for one in files]
    assert [one.series for one in found] == ["health world", "education world", "camps world", "aid world"]
    assert [one.scope for one in found] == ["health", "education", "camps", "aid"]
    assert {one.loaded for one in found} == {1}


def test_a_theme_that_is_gone_fails_alone(hdx, tmp_path):
    server, books = hdx
    del books["sind-aid-worker-kka-dataset"]
    books["sind-education-in-danger-monthly-news-briefs-dataset"].pop(0)
    files, failures = asked(server, tmp_path / "w", "insecurity_insight")
    assert (len(files), [name for name, _ in failures]) == (2, ["education", "aid"])
    assert "holds no such file any more" in failures[0][1]


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "kind", "number", "deaths"),
    [
        ("2016-2023-attacks-on-health-care", "attack_on_health", 8_854, 1_634),
        ("2020-2023-education-in-danger", "attack_on_education", 1_895, 735),
        ("2020-2023-protection-in-danger", "attack_on_camp", 624, 1_236),
    ],
)
def test_the_provider_s_workbooks(realdata, name, kind, number, deaths):
    parsed = parse("insecurity_insight", realdata / f"attacks/{name}-incident-data.xlsx")
    rows = parsed.frames["incidents"]
    assert (parsed.rows_in, len(rows), set(rows["kind"])) == (number, number, {kind})
    assert rows["deaths_civilians"].sum() == sum(totals(parsed, "deaths_civilians").values()) == deaths
    assert "exact" not in set(rows["support"])
    assert not [note for note in parsed.notes if "does not know" in note]
