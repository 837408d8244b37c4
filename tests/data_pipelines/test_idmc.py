"""IDMC's two products: provisional updates and validated years, each a series of its own and never of a district."""

import json
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from data_pipelines import warehouse
from data_pipelines._source import source
from data_pipelines.build import build
from data_pipelines.snapshot import add, newest
from data_pipelines.sources.idmc_gidd import FIGURES
from data_pipelines.workspace import Workspace
from geo.errors import UsageError
from tests.data_pipelines.asked import asked
from tests.data_pipelines.invented import assert_refused, rules, write_csv
from tests.data_pipelines.staged import assert_mangling_is_survived, parse, totals
from tests.provider import Reply, as_json, provider
from tests.world import fill

KEY = "idmc-key-0123456789"
HOST = "helix-tools-api.idmcdb.org/external-api"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "idmc.xlsx"  # files are told by their content; openpyxl alone insists on a name


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("FOREWATCH_IDMC_CLIENT", KEY)
    with provider() as running:
        yield running


# Internal Displacement Updates


def update(number, persons, day="2023-11-07", **other):
    """One figure as the API gives it today: plain days, a role."""
    return {
        "id": number, "country": "Testland", "iso3": "XTW", "latitude": 10.4, "longitude": 30.2,
        "centroid": "[10.4, 30.2]", "role": "Recommended figure", "displacement_type": "Conflict",
        "qualifier": "total", "figure": persons, "displacement_date": day, "displacement_start_date": day,
        "displacement_end_date": day, "year": int(day[:4]), "event_id": 9, "event_name": "Testland: unrest",
        "category": None, "standard_popup_text": "<b>secret</b> <script>alert(1)</script>",
        "standard_info_text": "<b>Testland</b>", "old_id": None, "created_at": "2023-11-09T01:02:03Z", **other,
    }  # fmt: skip


def of_2023(row):
    """The same as HDX kept it in 2023: midnight in New Zealand as UTC, and no role."""
    day = date.fromisoformat(row["displacement_date"]) - timedelta(days=1)
    hour = 11 if day.month in (1, 2, 3, 10, 11, 12) else 12
    old = {**row, "displacement_date": f"{day}T{hour}:00:00.000Z"}
    return {key: value for key, value in old.items() if key not in ("role", "event_id")}


def as_array(path, rows):
    path.write_text(json.dumps(list(rows)))
    return path


def as_csv(path, rows):
    return write_csv(path, rows, {name: f"#tag+{number}" for number, name in enumerate(rows[0])})


def as_workbook(path, rows):
    """The provider's own Excel file, whose columns are named otherwise."""
    book = Workbook()
    book.active.append([name.title().replace("_", "") for name in rows[0]])
    for row in rows:
        book.active.append(list(row.values()))
    book.save(path)
    return path


UPDATES = (update(1, 40), update(2, 5, "2023-06-04", displacement_type="Disaster"), update(3, 0))


@pytest.mark.parametrize("form", [as_array, as_csv, as_workbook])
def test_a_recommended_figure_is_a_flow_of_its_country(path, form):
    parsed = parse("idmc_idu", form(path, UPDATES))
    frame = parsed.frames["displacement"]
    assert frame["displacement_id"].tolist() == ["idmc_idu:1", "idmc_idu:2", "idmc_idu:3"]
    assert frame["persons"].tolist() == [40, 5, 0]
    assert frame["reason"].tolist() == ["Conflict", "Disaster", "Conflict"]
    assert {*zip(frame["measure"], frame["level"], frame["area_id"], frame["assessment"], strict=True)} == {
        ("flow", 0, "XTW", "IDU")
    }
    assert frame["date"].dt.date.tolist() == [date(2023, 11, 7), date(2023, 6, 4), date(2023, 11, 7)]
    assert sorted(totals(parsed, "persons").values()) == [5, 40]
    assert parsed.covers == {}
    assert parsed.notes == ()


def test_no_word_of_a_text_for_pop_ups_is_taken_in(path):
    parsed = parse("idmc_idu", as_array(path, UPDATES))
    assert "secret" not in parsed.frames["displacement"].to_csv()
    assert "<b>" not in parsed.frames["displacement"].to_csv()


def test_midnight_of_another_zone_is_the_day_that_it_begins(path):
    today = parse("idmc_idu", as_array(path, UPDATES)).frames["displacement"]
    then = parse("idmc_idu", as_array(path, [of_2023(row) for row in UPDATES]))
    assert then.frames["displacement"]["date"].tolist() == today["date"].tolist()
    assert then.notes == ("It names no roles; every figure is taken as recommended.",)


MIDNIGHTS = st.tuples(
    st.dates(date(1990, 1, 2), date(2080, 1, 1)),
    st.integers(-10, 13),
    st.sampled_from(["{}.000Z", "{}Z", "{}+00:00"]),
)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(MIDNIGHTS, min_size=20, max_size=60))
def test_the_day_is_right_for_the_midnight_of_any_zone_from_utc_less_10_to_utc_plus_13(path, midnights):
    begun = [datetime(day.year, day.month, day.day) - timedelta(hours=zone) for day, zone, _ in midnights]  # noqa: DTZ001
    texts = [form.format(at.isoformat()) for at, (*_, form) in zip(begun, midnights, strict=True)]
    rows = [update(number, 1, displacement_date=text) for number, text in enumerate(texts)]
    parsed = parse("idmc_idu", as_array(path, rows))
    days = [day for day, *_ in midnights]
    assert parsed.frames["displacement"]["date"].dt.date.tolist() == days
    assert {key.split("|")[3]: n for key, n in totals(parsed, "persons").items()} == {
        str(day): days.count(day) for day in days
    }


@pytest.mark.parametrize("word", ["Triangulation", "Triangulation figure", "TRIANGULATION"])
def test_figures_to_compare_with_are_not_counted_and_accounted_for(path, word):
    rows = [*UPDATES, update(4, 45, role=word), update(5, 50, role=word), update(6, -1, role=word)]
    parsed = parse("idmc_idu", as_array(path, rows))
    assert (parsed.rows_in, parsed.loaded, parsed.repeated, len(parsed.rejects)) == (6, 3, 2, 1)
    assert parsed.frames["displacement"]["persons"].sum() == 45
    assert sum(totals(parsed, "persons").values()) == 45
    assert parsed.notes[0].startswith("2 triangulation figures are about the same people")


def test_figures_that_are_no_totals_are_told(path):
    rows = [*UPDATES, update(4, 1, qualifier="more than"), update(5, 1, qualifier="more than")]
    assert parse("idmc_idu", as_array(path, rows)).notes == (
        "Of 5 figures some are no totals but 2 'more than'; they are kept as given.",
    )


def test_copies_are_superseded_and_contradictions_kept_apart(path):
    parsed = parse("idmc_idu", as_array(path, [*UPDATES, UPDATES[0], update(7, 1), update(7, 2)]))
    assert (parsed.rows_in, parsed.loaded, parsed.repeated) == (6, 3, 1)
    assert rules(parsed) == [(5, "duplicate_id"), (6, "duplicate_id")]


def test_the_abyei_area_has_idmc_s_own_code(path):
    assert parse("idmc_idu", as_array(path, [update(1, 5, iso3="AB9")])).frames["displacement"]["area_id"].tolist() == [
        "AB9"
    ]


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        ({"id": None}, "id"),
        ({"role": "Guess"}, "role"),
        ({"role": None}, "role"),
        ({"iso3": "Testland"}, "iso3"),
        ({"iso3": None}, "iso3"),
        ({"displacement_type": "Boredom"}, "cause"),
        ({"displacement_type": None}, "cause"),
        ({"displacement_date": "2023-02-30"}, "date"),
        ({"displacement_date": None}, "date"),
        ({"figure": -1}, "persons"),
        ({"figure": 1.5}, "persons"),
        ({"figure": None}, "persons"),
    ],
)
def test_an_update_that_breaks_a_rule_is_kept_apart(path, other, rule):
    parsed = parse("idmc_idu", as_array(path, [update(1, 10), {**update(2, 10), **other}]))
    assert rules(parsed) == [(2, rule)]
    assert list(totals(parsed, "persons").values()) == [10]


def test_another_product_is_refused(path):
    write_csv(path, [{"iso3": "XTW", "year": 2023}])
    assert_refused(lambda p: parse("idmc_idu", p), path, "lacks the columns id, displacement_type, figure")
    as_array(path, [update(1, 10, role="Triangulation")])
    assert_refused(lambda p: parse("idmc_idu", p), path, "recommends none of the 1 figures")
    as_array(path, [update(1, -10), update(2, 10, role="Triangulation")])
    assert_refused(lambda p: parse("idmc_idu", p), path, "None of the 2 figures", "the one on line 1")


def test_all_updates_come_as_one_file_without_the_key(server, tmp_path):
    content = json.dumps(UPDATES).encode()
    server.script(f"{HOST}/idus/all/", Reply(body=content, headers={"Last-Modified": "Wed, 05 Nov 2025 10:00:00 GMT"}))
    (found,), failures = asked(server, tmp_path, "idmc_idu", "XTW", date(2025, 1, 1))
    assert failures == []
    assert found.path.read_bytes() == content
    assert (found.known_at, found.iso3) == (date(2025, 11, 5), None)
    assert server.seen[0].query == {"client_id": KEY}
    assert KEY not in repr(found)
    assert parse("idmc_idu", found.path).loaded == 3


# Global Internal Displacement Database


def year(number=2023, iso3="XTW", stock=100, flow=40, disaster_stock=None, disaster_flow=7):
    """One country-year of the API, with the rounded twins."""
    figures = {
        "conflict_new_displacement": flow, "conflict_total_displacement": stock,
        "disaster_new_displacement": disaster_flow, "disaster_total_displacement": disaster_stock,
    }  # fmt: skip
    rounded = {f"{name}_rounded": value and round(value, -1) for name, value in figures.items()}
    return {"iso3": iso3, "country_name": "Testland", "year": number, **figures, **rounded}


def as_answer(path, rows):
    envelope = {"count": len(rows), "next": None, "previous": None, "results": list(rows), "last_updated": "2024-05-13"}
    path.write_text(json.dumps(envelope))
    return path


def as_export(path, rows):
    """The provider's Excel export: other names, rounded first."""
    names = {
        "iso3": "ISO3", "country_name": "Name", "year": "Year",
        "conflict_total_displacement_rounded": "Conflict Stock Displacement",
        "conflict_total_displacement": "Conflict Stock Displacement (Raw)",
        "conflict_new_displacement_rounded": "Conflict Internal Displacements",
        "conflict_new_displacement": "Conflict Internal Displacements (Raw)",
        "disaster_new_displacement_rounded": "Disaster Internal Displacements",
        "disaster_new_displacement": "Disaster Internal Displacements (Raw)",
        "disaster_total_displacement_rounded": "Disaster Stock Displacement",
        "disaster_total_displacement": "Disaster Stock Displacement (Raw)",
    }  # fmt: skip
    book = Workbook()
    book.active.append(list(names.values()))
    for row in rows:
        book.active.append([row[name] for name in names])
    book.save(path)
    return path


YEARS = (year(), year(2022, stock=90, flow=None, disaster_flow=None), year(2023, "XTO", 0, 1, 2, 3))


@pytest.mark.parametrize("form", [as_answer, as_csv, as_export])
def test_each_figure_of_a_year_is_a_row_of_its_own_series(path, form):
    parsed = parse("idmc_gidd", form(path, YEARS))
    frame = parsed.frames["displacement"]
    assert (parsed.rows_in, parsed.loaded, parsed.split) == (3, 3, 5)
    assert frame["persons"].tolist() == [100, 40, 7, 90, 0, 1, 2, 3]
    assert frame["measure"].tolist() == ["stock", "flow", "flow", "stock", "stock", "flow", "stock", "flow"]
    assert frame["reason"].tolist() == ["Conflict"] * 2 + ["Disaster", "Conflict"] + ["Conflict"] * 2 + ["Disaster"] * 2
    assert frame["native_id"].tolist() == ["XTW 2023"] * 3 + ["XTW 2022"] + ["XTO 2023"] * 4
    assert {*zip(frame["level"], frame["assessment"], strict=True)} == {(0, "GIDD")}
    assert (frame["area_id"] == frame["iso3"]).all()
    assert {*frame["date"].dt.date} == {date(2022, 12, 31), date(2023, 12, 31)}
    assert sum(totals(parsed, "persons").values()) == 243
    assert (parsed.series, parsed.covers, parsed.notes) == ("GIDD XTO+XTW", {}, ())


def test_stocks_and_flows_conflict_and_disasters_are_never_one_series(path):
    frame = parse("idmc_gidd", as_answer(path, YEARS)).frames["displacement"]
    of_each = frame.groupby("operation")[["measure", "reason"]].nunique()
    assert of_each.to_numpy().tolist() == [[1, 1]] * len(FIGURES)
    updates = parse("idmc_idu", as_array(path, UPDATES)).frames["displacement"]
    assert set(updates["operation"]).isdisjoint(frame["operation"])


def test_hdx_s_file_has_conflict_only_and_plainer_names(path):
    names = ("new_displacement", "new_displacement_rounded", "total_displacement", "total_displacement_rounded")
    row = {"iso3": "XTW", "country_name": "Testland", "year": 2023, **dict.fromkeys(names, ""), "new_displacement": 4}
    parsed = parse("idmc_gidd", as_csv(path, [row, {**row, "year": 2022, "total_displacement": 9}]))
    assert parsed.frames["displacement"]["persons"].tolist() == [4, 9, 4]
    assert (parsed.loaded, parsed.split, parsed.notes) == (2, 1, ())


def test_a_year_without_any_figure_is_told_and_accounted_for(path):
    parsed = parse("idmc_gidd", as_answer(path, [*YEARS, year(2021, stock=None, flow=None, disaster_flow=None)]))
    assert (parsed.rows_in, parsed.loaded, parsed.repeated) == (4, 3, 1)
    assert parsed.notes == ("1 country-years hold no figure at all.",)


def test_a_country_year_that_stands_twice_and_differs_is_kept_apart(path):
    parsed = parse("idmc_gidd", as_answer(path, [*YEARS, YEARS[1], year(2020), year(2020, stock=1)]))
    assert (parsed.rows_in, parsed.loaded, parsed.repeated) == (6, 3, 1)
    assert rules(parsed) == [(5, "duplicate_id"), (6, "duplicate_id")]


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        ({"iso3": "Testland"}, "iso3"),
        ({"iso3": None}, "iso3"),
        ({"year": None}, "year"),
        ({"year": 23}, "year"),
        ({"conflict_total_displacement": -1}, "persons"),
        ({"disaster_new_displacement": 1.5}, "persons"),
        ({"conflict_new_displacement": "some"}, "persons"),
    ],
)
def test_a_country_year_that_breaks_a_rule_is_kept_apart(path, other, rule):
    parsed = parse("idmc_gidd", as_answer(path, [*YEARS, {**year(2020), **other}]))
    assert rules(parsed) == [(4, rule)]
    assert parsed.loaded == 3


def test_disasters_one_by_one_and_rounded_figures_are_refused(path):
    def refused(*words):
        assert_refused(lambda p: parse("idmc_gidd", p), path, *words)

    write_csv(
        path, [{"iso3": "XTW", "year": 2023, "event_name": "Flood", "new_displacement": 1, "total_displacement": 1}]
    )
    refused("lists disasters one by one")
    write_csv(path, [{"ISO3": "XTW", "Year": 2023, "Conflict Stock Displacement": 1000}])
    refused("lacks the columns conflict_total_displacement")
    as_answer(path, [year(stock=-1)])
    refused("None of the 1 country-years", "can be read")
    as_answer(path, [year(stock=None, flow=None, disaster_flow=None)])
    refused("None of the 1 country-years", "holds a figure")
    path.write_text(json.dumps({"count": 2, "results": [year()]}))
    refused("claims 2 records and holds 1")


@pytest.mark.parametrize("most", [2, 500])
def test_pages_are_asked_for_until_the_total_is_reached_and_the_release_is_when_it_was_known(server, tmp_path, most):
    """The API may give fewer than asked for; its link to the next page holds the key."""
    years = [year(2000 + number) for number in range(5)]

    def answer(seen):
        start = int(seen.query["offset"])
        found = years[start : start + min(most, int(seen.query["limit"]))]
        link = f"https://{HOST}/gidd/displacements/?client_id={KEY}&offset={start + most}"
        return as_json(
            {"count": 5, "next": link if start + most < 5 else None, "results": found, "last_updated": "2024-05-13"}
        )

    server.script(f"{HOST}/gidd/displacements/", answer)
    (found,), failures = asked(server, tmp_path, "idmc_gidd")
    assert failures == []
    assert (found.known_at, found.iso3) == (date(2024, 5, 13), None)
    assert [seen.query["offset"] for seen in server.seen] == (["0", "2", "4"] if most == 2 else ["0"])
    assert all(seen.query["client_id"] == KEY for seen in server.seen)
    assert KEY not in repr(found)
    parsed = parse("idmc_gidd", found.path)
    assert (parsed.rows_in, parsed.loaded) == (5, 5)


@pytest.mark.parametrize(
    "second",
    [
        {"count": 3, "results": []},
        {"count": 3, "results": [year(2001)]},
        {"count": 3, "results": [year(2001, stock=1)]},
        {"count": 4, "results": [year(2003)]},
        {"detail": "Client is not registered."},
    ],
)
def test_pages_that_do_not_make_a_whole_are_refused(server, tmp_path, second):
    """Too few, the same again, a country-year that changed, a total that changed, an error with status 200."""
    first = {"count": 3, "results": [year(2001), year(2002)], "last_updated": None}
    server.script(f"{HOST}/gidd/displacements/", as_json(first), as_json(second))
    with pytest.raises(Exception, match="gidd/displacements") as caught:
        asked(server, tmp_path, "idmc_gidd")
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("said", [None, "", "soon", 7, "2024-13-40"])
def test_a_release_without_a_day_is_known_when_it_is_received(server, tmp_path, said):
    server.script(f"{HOST}/gidd/displacements/", as_json({"count": 1, "results": [year()], "last_updated": said}))
    (found,), _ = asked(server, tmp_path, "idmc_gidd")
    assert found.known_at is None


# Both


@pytest.mark.parametrize("name", ["idmc_idu", "idmc_gidd"])
def test_without_a_key_nothing_is_asked(server, tmp_path, monkeypatch, name):
    monkeypatch.delenv("FOREWATCH_IDMC_CLIENT")
    with pytest.raises(UsageError, match="FOREWATCH_IDMC_CLIENT"):
        asked(server, tmp_path, name)
    assert server.seen == []


def test_a_file_of_pages_is_taken_as_a_snapshot(server, tmp_path):
    years = [year(2000 + number) for number in range(3)]
    pages = [{"count": 3, "results": years[:2]}, {"count": 3, "results": years[2:]}]
    server.script(f"{HOST}/gidd/displacements/", *map(as_json, pages))
    (found,), _ = asked(server, tmp_path, "idmc_gidd")
    workspace = Workspace(tmp_path / "workspace")
    add(workspace, "idmc_gidd", found.path, found.iso3, date(2024, 5, 13))
    (receipt,) = newest(workspace, date(2024, 6, 1))
    assert (receipt.rows_in, receipt.series, receipt.known_at) == (3, "GIDD XTW", "2024-05-13")


def test_an_edition_accounts_for_records_of_several_figures_and_counts_no_person_twice(tmp_path):
    """IOM's stocks are counted where it has any, GIDD's elsewhere; flows are kept, and no district has any."""
    home = fill(tmp_path / "workspace", tmp_path)
    for number, rows in enumerate((YEARS, (year(stock=101), *YEARS[1:]))):
        add(home, "idmc_gidd", as_answer(tmp_path / f"{number}.json", rows), None, date(2024, 3, 1 + number))
    compared = update(4, 45, role="Triangulation")
    add(home, "idmc_idu", as_array(tmp_path / "updates.json", (*UPDATES, compared)), None, date(2024, 3, 1))
    manifest = build(home, None, lambda _: None)
    counts = ("rows_in", "loaded", "quarantined", "superseded")
    # the year of 2022 holds nothing but a stock, which IOM's stand for
    assert [manifest["sources"]["idmc_gidd"][name] for name in counts] == [3, 2, 0, 1]
    assert [manifest["sources"]["idmc_idu"][name] for name in counts] == [4, 3, 0, 1]
    with warehouse.connect(home.editions / manifest["edition"] / "confidential.duckdb", read_only=True) as edition:
        stocks = edition.execute("SELECT DISTINCT iso3, source FROM displacement WHERE measure = 'stock' ORDER BY ALL")
        assert stocks.fetchall() == [("XTO", "idmc_gidd"), ("XTW", "iom_dtm")]
        flows = edition.execute(
            "SELECT source, sum(persons) FROM displacement WHERE measure = 'flow' GROUP BY ALL ORDER BY 1"
        )
        assert flows.fetchall() == [("idmc_gidd", 51), ("idmc_idu", 45)]
        placed = edition.execute("SELECT count(*) FROM displacement_shares WHERE displacement_id LIKE 'idmc%'")
        assert placed.fetchall() == [(0,)]


WORDS = st.sampled_from(
    [None, "", 0, 7, -1, 2.5, "many", "XTW", "Triangulation", "2023-05-06T11:00:00.000Z", "2023-02-30"]
)


@pytest.mark.parametrize(("name", "make"), [("idmc_idu", update), ("idmc_gidd", year)])
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_row_is_lost_whatever_stands_in_it(path, name, make, data):
    good = (
        [update(100 + n, n) for n in range(12)]
        if make is update
        else [year(1990 + n, disaster_stock=n) for n in range(12)]
    )
    changes = data.draw(
        st.lists(st.dictionaries(st.sampled_from(sorted(good[0])), WORDS, max_size=4), min_size=1, max_size=10)
    )
    base = update(1, 5) if make is update else year(2022)
    rows = [*good, *({**base, **change} for change in changes)]
    parsed = parse(name, as_array(path, rows))
    assert parsed.rows_in == len(rows)
    assert parsed.loaded >= len(good)


@pytest.mark.parametrize("name", ["idmc_idu", "idmc_gidd"])
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=st.sampled_from([as_array, as_csv]), rng=st.randoms(use_true_random=False))
def test_a_mangled_file_balances_or_is_refused(path, name, form, rng):
    form(path, UPDATES if name == "idmc_idu" else YEARS)
    assert_mangling_is_survived(name, path, rng)


def test_both_say_what_they_are_and_are_never_one_source():
    idu, gidd = source("idmc_idu"), source("idmc_gidd")
    assert "Provisional" in " ".join(idu.caveats)
    assert "Validated" in " ".join(gidd.caveats)
    assert (idu.cadence_days, gidd.cadence_days) == (7, 365)
    for each in (idu, gidd):
        assert all(
            (each.title, each.provider, each.url, each.licence, each.terms, each.citation, each.hosts, each.keys)
        )
        assert all(field.meaning for field in each.fields)


@pytest.mark.realdata
def test_every_day_of_india_s_updates_is_that_of_its_own_text(realdata):
    """The text says '07 November  - 07 November'; the day as it stands is that of the text in none of 113."""
    file = realdata / "displacement/idmc_idu_ind_2023.json"
    parsed = parse("idmc_idu", file)
    frame = parsed.frames["displacement"]
    texts = {str(row["id"]): row["standard_info_text"] for row in json.loads(file.read_text())}
    said = [texts[number].partition(" - ")[2].split()[:2] for number in frame["native_id"]]
    assert [[f"{day:%d}", f"{day:%B}"] for day in frame["date"]] == said
    assert (parsed.rows_in, parsed.loaded, parsed.rejects) == (113, 113, [])
    assert frame["reason"].value_counts().to_dict() == {"Disaster": 107, "Conflict": 6}
