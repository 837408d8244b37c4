"""A fetched file is of the series that was asked for: what a provider withdraws, or takes back, leaves the map."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from data_pipelines._source import source
from data_pipelines.fetching.limits import Patience
from data_pipelines.receive import receive
from data_pipelines.snapshot import newest, vintages
from data_pipelines.workspace import Workspace
from tests.data_pipelines import test_acled as acled
from tests.data_pipelines import test_ged_fetch as ged
from tests.data_pipelines import test_idmc as idmc
from tests.data_pipelines import test_sites_sources as sites
from tests.provider import Reply, as_json, provider

TODAY = datetime.now(UTC).date()
QUICK = Patience(attempts=2, first_wait_s=0.01, longest_wait_s=0.02, jitter_s=0, longest_asked_s=0.5, read_s=2)


@pytest.fixture
def server(monkeypatch):
    """A provider; files are read without isolation, to be quick."""
    monkeypatch.setattr("data_pipelines.snapshot.parse_all", lambda files, **_: [source(n).parse(r) for n, r in files])
    for key in ("ACLED_USER", "ACLED_PASSWORD", "IDMC_CLIENT", "UCDP_TOKEN"):
        monkeypatch.setenv(f"FOREWATCH_{key}", f"an-invented-word-for-{key}")
    with provider() as running:
        yield running


@pytest.fixture
def fetch(server, tmp_path):
    """Fetch a source into one workspace, with all its hosts played by the server; return what came."""
    root = tmp_path / "workspace"

    def fetch(name, iso3=None, since=None):
        if not (root / "forewatch.toml").exists():
            server.stand_in(root, *source(name).hosts)
        outcome = receive(root, name, iso3, since, lambda _: None, patience=QUICK)
        assert name == "osm_sites" or outcome.failed == []
        return outcome.received

    return fetch


@pytest.fixture
def home(tmp_path):
    return Workspace(tmp_path / "workspace")


def read(home):
    """Return series and rows of what a build of today would read."""
    return {each.series: each.rows_in for each in newest(home, TODAY)}


def changed(day):
    return {"Last-Modified": f"{day:%a, %d %b %Y} 08:00:00 GMT"}


def dated(document, day):
    return replace(as_json(document), headers=changed(day))


def days_ago(number):
    return TODAY - timedelta(number)


def test_displacements_without_their_first_month_replace_those_with_it(server, fetch, home):
    place = f"{idmc.HOST}/idus/all/"
    rows = [idmc.update(n, 10, f"2023-{1 + n // 3:02}-05") for n in range(30)]
    replies = [dated(rows, days_ago(2)), dated(rows[3:], days_ago(1))]
    server.script(place, *replies)
    for _ in replies:
        fetch("idmc_idu")
    assert read(home) == {"IDU all": 27}
    assert [len(found) for found in vintages(home, TODAY)] == [2]
    assert newest(home, TODAY)[0].asked == "all"


def test_a_year_of_events_without_its_first_month_replaces_the_one_with_it(server, fetch, home):
    server.script("acleddata.com/oauth/token", as_json({"access_token": acled.BEARER, "expires_in": 86_400}))
    server.script("acleddata.com/api/deleted/read", as_json(acled.envelope([])))
    year = TODAY.year
    events = [acled.event(n, event_date=f"{year}-{1 + n // 3:02}-01", year=str(year)) for n in range(30)]
    for kept in (events, events[3:]):
        server.script("acleddata.com/api/acled/read", acled.by_year(kept))
        fetch("acled", "SDN", date(year, 1, 1))
    assert read(home) == {f"ACLED SDN {year}": 27}


def test_an_export_that_lost_a_kind_of_sites_replaces_the_one_with_it(server, fetch, home, tmp_path):
    """Overpass fails, so that HOT's exports come; of schools there is none."""
    url = f"https://{sites.EXPORTS}/points_shp.zip"
    tags = {"name": ["a", "b"], "amenity": ["clinic", "school"], "osm_id": [5, 6], "osm_type": ["nodes", "nodes"]}
    for number, day in ((2, days_ago(2)), (1, days_ago(1))):
        columns = {name: values[:number] for name, values in tags.items()}
        path = sites.write_shapefile(tmp_path / f"{number}.zip", columns, [sites.HERE] * number)
        listed = as_json({"result": {"resources": [{"url": url, "last_modified": f"{day}T09:20:00"}]}})
        server.script(sites.PACKAGE, listed, Reply(404))
        server.script(url.removeprefix("https://"), Reply(body=path.read_bytes()))
        fetch("osm_sites", "SDN")
    assert read(home) == {"SDN points_shp": 1}


def release(server, tmp_path, year, rows, day):
    """Play the yearly release that ends with a year, and none after it."""
    zipped = ged.zip_parts(
        tmp_path / "ged.zip",
        {"GEDEvent.csv": ged.write_rows(tmp_path / "GEDEvent.csv", map(ged.bare, rows)).read_bytes()},
    )
    headers = {"Content-Type": "application/zip", **changed(day)}
    place = f"{ged.FILES}/ged/ged{(year + 1) % 100:02}1-csv.zip"
    server.script(place, Reply(body=zipped.read_bytes(), headers=headers))


def test_releases_of_two_years_are_vintages_of_one_series(server, fetch, home, tmp_path):
    rows = [ged.ged(n, f"{TODAY.year - 3}-{1 + n:02}-01") for n in range(5)]
    release(server, tmp_path, TODAY.year - 2, rows, days_ago(300))
    fetch("ucdp_ged")
    release(server, tmp_path, TODAY.year - 1, [*rows[1:], ged.ged(9, f"{TODAY.year - 1}-05-01")], days_ago(3))
    fetch("ucdp_ged")
    assert [[each.series for each in found] for found in vintages(home, TODAY)] == [["GED world yearly"] * 2]


@pytest.mark.parametrize("is_dated", [True, False])
def test_a_release_that_its_provider_took_back_is_read_no_more(server, fetch, home, is_dated):
    """The file that stands there again has its old day, or none, and its old hash."""
    place = f"{idmc.HOST}/idus/all/"
    right = [idmc.update(n, 10, f"2023-01-{1 + n:02}") for n in range(9)]
    good = dated(right, days_ago(9)) if is_dated else as_json(right)
    bad = dated(right[:8], days_ago(2)) if is_dated else as_json(right[:8])
    server.script(place, good, bad, good)
    (first,), (second,), (third,) = (fetch("idmc_idu") for _ in range(3))
    assert (third.is_new, third.receipt.known_at, third.receipt.sha256) == (True, str(TODAY), first.receipt.sha256)
    assert second.receipt.snapshot in third.receipt.notes[-1]
    assert newest(home, TODAY)[0].snapshot == third.receipt.snapshot
    assert (home.snapshots / third.receipt.snapshot / third.receipt.file).is_file()
    if is_dated:
        assert newest(home, days_ago(1))[0].snapshot == second.receipt.snapshot
        assert newest(home, days_ago(5))[0].snapshot == first.receipt.snapshot
    again = fetch("idmc_idu")
    assert [each.is_new for each in again] == [False]
    server.script(place, bad)
    (fifth,) = fetch("idmc_idu")
    assert newest(home, TODAY)[0].snapshot == fifth.receipt.snapshot
