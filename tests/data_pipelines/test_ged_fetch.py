"""Which releases of GED there are is asked; what comes is whole, and reads as the events that it was made of."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from data_pipelines._source import Raw, source
from geo.errors import DataError, UsageError
from tests.data_pipelines.asked import asked
from tests.data_pipelines.invented import assert_refused, zip_parts
from tests.data_pipelines.staged import parse
from tests.provider import Reply, as_json, paged, provider
from tests.world import event, write_rows

FILES = "ucdp.uu.se/downloads"
API = "ucdpapi.pcr.uu.se/api/gedevents"
WORD = "an-invented-word"
TODAY = datetime.now(UTC).date()
SHORT = f"{TODAY.year % 100:02}"
BEFORE = f"{(TODAY.year - 1) % 100:02}"
APP = {"Content-Type": "text/html; charset=utf-8"}
LAST_MONTH = TODAY.replace(day=1) - timedelta(days=1)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("FOREWATCH_UCDP_TOKEN", WORD)
    with provider() as running:
        yield running


def ged(number, day, **other):
    """One event of Sudan, whose number UCDP has."""
    return event(number, day, 30.2, 10.4, country="Sudan", country_id=625, **other)


def bare(row):
    """Return a row as releases have it, without the alpha-3 code that HDX adds."""
    return {name: value for name, value in row.items() if name != "iso3"}


def as_zip(tmp_path, year):
    rows = [bare(ged(1, f"{year - 1}-03-01")), bare(ged(2, f"{year}-04-01"))]
    inside = write_rows(tmp_path / f"GEDEvent_v{year % 100 + 1}_1.csv", rows)
    return Reply(
        body=zip_parts(tmp_path / "ged.zip", {inside.name: inside.read_bytes()}).read_bytes(),
        headers={"Content-Type": "application/zip", "Last-Modified": "Tue, 10 Jun 2025 08:00:00 GMT"},
    )


def as_csv(tmp_path, days):
    path = write_rows(tmp_path / "candidate.csv", [bare(ged(100 + i, str(day))) for i, day in enumerate(days)])
    return Reply(body=path.read_bytes(), headers={"Content-Type": "text/csv"})


def test_the_newest_yearly_release_and_the_months_after_it_are_fetched(server, tmp_path):
    server.script(f"{FILES}/ged/ged{BEFORE}1-csv.zip", as_zip(tmp_path, TODAY.year - 2))
    together = f"candidateged/GEDEvent_v{BEFORE}_01_{BEFORE}_09.csv"
    year = TODAY.year - 1
    server.script(f"{FILES}/{together}", as_csv(tmp_path, [date(year, 1, 5), date(year, 9, 5)]))
    for month in (8, 10, 12):
        single = f"candidateged/GEDEvent_v{BEFORE}_0_{month}.csv"
        server.script(f"{FILES}/{single}", as_csv(tmp_path, [date(year, month, 7)]))
    files, failures = asked(server, tmp_path / "w", "ucdp_ged")
    assert failures == []
    assert [one.path.name for one in files] == [
        f"ged{BEFORE}1-csv.zip", f"GEDEvent_v{BEFORE}_01_{BEFORE}_09.csv", f"GEDEvent_v{BEFORE}_0_10.csv",
        f"GEDEvent_v{BEFORE}_0_12.csv",
    ]  # fmt: skip
    assert [one.known_at for one in files] == [date(2025, 6, 10), None, None, None]
    assert files[1].url == f"https://{FILES}/{together}"
    read = [parse("ucdp_ged", one.path, asked=one.asked) for one in files]
    assert [one.rows_in for one in read] == [2, 2, 1, 1]
    assert [one.series for one in read] == [
        "GED world yearly", f"GED world candidate {year}", f"GED world candidate {year}-10",
        f"GED world candidate {year}-12",
    ]  # fmt: skip
    assert [one.covers["SDN"] for one in read] == [
        (date(1989, 1, 1), date(year - 1, 12, 31)), (date(year, 1, 1), date(year, 9, 30)),
        (date(year, 10, 1), date(year, 10, 31)), (date(year, 12, 1), date(year, 12, 31)),
    ]  # fmt: skip
    assert WORD not in str([dict(seen.headers) for seen in server.seen])


def test_a_candidate_speaks_for_its_month_alone_and_for_countries_without_an_event(server, tmp_path):
    """Its one event began and ended in December; the year before is another release's."""
    year = TODAY.year - 1
    server.script(f"{FILES}/ged/ged{BEFORE}1-csv.zip", as_zip(tmp_path, year - 1))
    server.script(f"{FILES}/candidateged/GEDEvent_v{BEFORE}_0_1.csv", as_csv(tmp_path, [date(year - 1, 12, 31)]))
    _, one = asked(server, tmp_path / "w", "ucdp_ged")[0]
    january = (date(year, 1, 1), date(year, 1, 31))
    read = parse("ucdp_ged", one.path, asked=one.asked)
    assert (read.series, read.covers["SDN"], read.covers["TCD"]) == (
        f"GED world candidate {year}-01", january, january,
    )  # fmt: skip


def test_a_yearly_release_speaks_for_the_quiet_years_of_a_country(server, tmp_path):
    script_country(server, tmp_path, [typed(ged(1, "2008-03-01")), typed(ged(2, "2010-03-01"))])
    (one,), _ = asked(server, tmp_path / "w", "ucdp_ged", "SDN")
    covered = parse("ucdp_ged", one.path, "SDN", one.asked).covers
    assert covered == {"SDN": (date(1989, 1, 1), date(TODAY.year - 2, 12, 31))}


def test_a_web_page_in_a_file_s_place_is_no_release(server, tmp_path):
    server.script(f"{FILES}/ged/ged{SHORT}1-csv.zip", Reply(body=b"<html>An app</html>", headers=APP))
    server.script(f"{FILES}/ged/ged{BEFORE}1-csv.zip", as_zip(tmp_path, TODAY.year - 2))
    files, failures = asked(server, tmp_path / "w", "ucdp_ged")
    assert ([one.path.name for one in files], failures) == ([f"ged{BEFORE}1-csv.zip"], [])


def test_a_release_that_is_cut_off_fails_alone(server, tmp_path):
    server.script(f"{FILES}/ged/ged{BEFORE}1-csv.zip", as_zip(tmp_path, TODAY.year - 2))
    whole = as_csv(tmp_path, [LAST_MONTH])
    year = f"{LAST_MONTH.year % 100:02}"
    server.script(
        f"{FILES}/candidateged/GEDEvent_v{year}_0_{LAST_MONTH.month}.csv", Reply(body=whole.body, cut_after=40)
    )
    files, failures = asked(server, tmp_path / "w", "ucdp_ged")
    assert len(files) == 1
    assert [name for name, _ in failures] == [f"GEDEvent_v{year}_0_{LAST_MONTH.month}.csv"]


def test_a_zip_of_anything_but_one_table_is_refused_by_the_reader(server, tmp_path):
    two = zip_parts(tmp_path / "two.zip", {"a.csv": b"id\n1\n", "b.csv": b"id\n2\n"}).read_bytes()
    server.script(f"{FILES}/ged/ged{BEFORE}1-csv.zip", Reply(body=two, headers={"Content-Type": "application/zip"}))
    (fetched,), _ = asked(server, tmp_path / "w", "ucdp_ged")
    assert_refused(lambda path: source("ucdp_ged").parse(Raw(path)), fetched.path, f"ged{BEFORE}1-csv.zip", "not one")


def test_of_later_days_only_the_releases_about_them_are_fetched(server, tmp_path):
    server.script(f"{FILES}/ged/ged{BEFORE}1-csv.zip", as_zip(tmp_path, TODAY.year - 2))
    for month in (10, 11):
        day = date(TODAY.year - 1, month, 7)
        server.script(f"{FILES}/candidateged/GEDEvent_v{BEFORE}_0_{month}.csv", as_csv(tmp_path, [day]))
    files, _ = asked(server, tmp_path / "w", "ucdp_ged", since=date(TODAY.year - 1, 11, 30))
    assert [one.path.name for one in files] == [f"GEDEvent_v{BEFORE}_0_11.csv"]


def test_without_any_release_the_user_is_told(server, tmp_path):
    with pytest.raises(DataError, match="no yearly release of UCDP GED"):
        asked(server, tmp_path / "w", "ucdp_ged")


def envelope(events, total):
    return {
        "TotalCount": total,
        "TotalPages": -(-total // 2),
        "PreviousPageUrl": "",
        "NextPageUrl": "",
        "Result": events,
    }


def typed(row):
    """Return an event as the API gives it: values have types, days a time, what is not there is null."""
    days = {name: f"{row[name]}T00:00:00" for name in ("date_start", "date_end")}
    return {name: None if value == "" else value for name, value in {**bare(row), "active_year": True, **days}.items()}


def script_country(server, tmp_path, events):
    server.script(f"{FILES}/ged/ged{BEFORE}1-csv.zip", as_zip(tmp_path, TODAY.year - 2))
    server.script(f"{FILES}/candidateged/GEDEvent_v{BEFORE}_0_1.csv", Reply(headers={"Content-Type": "text/csv"}))
    server.script(f"{API}/{BEFORE}.1", paged(events, 2, envelope, first=0))
    server.script(f"{API}/{BEFORE}.0.1", as_json(envelope([], 0)))


def test_a_country_comes_from_the_api_in_the_same_releases(server, tmp_path):
    events = [typed(ged(i, f"{TODAY.year - 4 + i}-03-01", deaths_civilians=4, best=4, high=9)) for i in (1, 2, 3)][:3]
    script_country(server, tmp_path, events)
    (one,), failures = asked(server, tmp_path / "w", "ucdp_ged", "SDN")
    assert (failures, one.path.name, one.iso3) == ([], f"ged_{BEFORE}.1_SDN.json", "SDN")
    asked_for = [seen for seen in server.seen if seen.path == f"/{API}/{BEFORE}.1"]
    assert [(seen.query["page"], seen.query["Country"]) for seen in asked_for] == [("0", "625"), ("1", "625")]
    assert {seen.headers["x-ucdp-access-token"] for seen in asked_for} == {WORD}
    parsed = parse("ucdp_ged", one.path, "SDN", one.asked)
    assert (parsed.rows_in, parsed.loaded, parsed.rejects, parsed.series) == (3, 3, [], "GED SDN yearly")
    assert parsed.covers == {"SDN": (date(1989, 1, 1), date(TODAY.year - 2, 12, 31))}
    rows = parsed.frames["incidents"]
    assert (rows["deaths_high"].sum(), set(rows["kind"]), set(rows["support"])) == (27, {"one_sided"}, {"exact"})


def test_the_token_is_in_no_file_and_no_address(server, tmp_path):
    script_country(server, tmp_path, [typed(ged(1, "2020-03-01"))])
    files, _ = asked(server, tmp_path / "w", "ucdp_ged", "SDN")
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()) + repr(files).encode()
    assert WORD.encode() not in kept
    assert "Country=625" in files[0].url


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (as_json(envelope([typed(ged(1, "2020-03-01"))], 3)), "same page"),
        (as_json({"Message": "no such version"}), "error report"),
        (Reply(401), "(401)"),
        (Reply(429, headers={"Retry-After": "86400"}), "asked too often"),
    ],
)
def test_a_release_that_the_api_does_not_give_whole_fails_alone(server, tmp_path, reply, words):
    script_country(server, tmp_path, [])
    server.script(f"{API}/{BEFORE}.1", reply)
    files, failures = asked(server, tmp_path / "w", "ucdp_ged", "SDN")
    assert (files, len(failures)) == ([], 1)
    assert words in failures[0][1]


def test_a_country_without_a_number_or_a_token_is_told(server, tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="no number for XTW"):
        asked(server, tmp_path / "a", "ucdp_ged", "XTW")
    monkeypatch.delenv("FOREWATCH_UCDP_TOKEN")
    with pytest.raises(UsageError, match="FOREWATCH_UCDP_TOKEN is not set"):
        asked(server, tmp_path / "b", "ucdp_ged", "SDN")
    assert server.seen == []


def test_the_file_of_pages_holds_every_page_as_it_came(server, tmp_path):
    events = [typed(ged(i, f"20{10 + i}-03-01")) for i in range(5)]
    script_country(server, tmp_path, events)
    (one,), _ = asked(server, tmp_path / "w", "ucdp_ged", "SDN")
    pages = json.loads(one.path.read_text())["pages"]
    assert [page["TotalCount"] for page in pages] == [5, 5, 5]
    assert [each for page in pages for each in page["Result"]] == events
