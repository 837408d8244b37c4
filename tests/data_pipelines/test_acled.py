"""ACLED as its export and its API hand it out: one row per event whoever is told of it, and nothing counted twice."""

import json
from calendar import timegm
from datetime import UTC, date, datetime

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.exports import write_export
from data_pipelines._source import Raw
from data_pipelines.build import build
from data_pipelines.edition import current
from data_pipelines.iso3166 import ALPHA3, NUMERIC
from data_pipelines.snapshot import add, newest
from data_pipelines.sources.acled import parse as parse_acled
from data_pipelines.tables import Tier
from data_pipelines.workspace import Workspace
from geo.errors import DataError, UsageError
from tests.data_pipelines.asked import asked
from tests.data_pipelines.invented import assert_refused, rules
from tests.data_pipelines.staged import assert_mangling_is_survived, parse, totals
from tests.provider import Reply, as_json, paged, provider
from tests.world import ISO3, fill, write_rows

USER, SECOND = "ana@example.org", "an-invented-word"
BEARER = "an-invented-token"


def stamp(day):
    return timegm(datetime.fromisoformat(day).timetuple())


def event(number, **other):
    """One event as the API gives it: every value is text."""
    row = {
        "event_id_cnty": f"TST{number}", "event_date": "2024-01-15", "year": "2024", "time_precision": "1",
        "disorder_type": "Political violence", "event_type": "Battles", "sub_event_type": "Armed clash",
        "actor1": "Military Forces of Testland (invented)", "assoc_actor_1": "", "inter1": "State forces",
        "actor2": "Group A (invented)", "assoc_actor_2": "", "inter2": "Rebel group", "interaction": "12",
        "civilian_targeting": "", "iso": "729", "region": "Northern Africa", "country": "Testland",
        "admin1": "Province", "admin2": "District", "admin3": "", "location": "A town",
        "latitude": "10.4", "longitude": "30.2",
        "geo_precision": "1", "source": "A paper", "source_scale": "National", "notes": "A named nurse was ...",
        "fatalities": "3", "tags": "", "timestamp": str(stamp("2024-02-01")), **other,
    }  # fmt: skip
    return {name: value for name, value in row.items() if value is not None}


ATTACK = {
    "event_type": "Violence against civilians",
    "sub_event_type": "Attack",
    "civilian_targeting": "Civilian targeting",
}
EVENTS = (
    event(1),
    event(2, **ATTACK, inter2="Civilians", fatalities="12", geo_precision="2", event_date="2024-01-31"),
    event(3, event_type="Protests", inter1="Protesters", inter2="", fatalities="0", event_date="2024-02-10", actor2=""),
    event(4, event_type="Strategic developments", geo_precision="3", time_precision="3", event_date="2024-02-14"),
)


def as_export(path, events=EVENTS):
    return write_rows(path, events)


def as_old_export(path, events=EVENTS):
    """Columns and codes as before March 2023: an event's numbers, kinds of actors as numbers, a country's letters."""
    numbers = {"State forces": 1, "Rebel group": 2, "Protesters": 6, "Civilians": 7, "": 0}
    rows = [
        {
            "data_id": 900 + i,  "event_id_no_cnty": i, **event, "inter1": numbers[event["inter1"]],
            "inter2": numbers[event["inter2"]], "iso3": "SDN",
        }
        for i, event in enumerate(events)
    ]  # fmt: skip
    dropped = ("disorder_type", "tags")
    return write_rows(path, [{n: v for n, v in row.items() if n not in dropped} for row in rows])


def as_old_workbook(path, events=EVENTS):
    """Capitals in the header and days in words."""
    rows = [{**event, "event_date": date.fromisoformat(event["event_date"]).strftime("%d %B %Y")} for event in events]
    return write_rows(path, [{name.upper(): value for name, value in row.items()} for row in rows])


def as_hxl(path, events=EVENTS):
    return write_rows(path, [{**dict.fromkeys(EVENTS[0], ""), "event_date": "#date+occurred"}, *events])


def envelope(events, _=0):
    return {
        "status": 200,
        "success": True,
        "last_update": 3,
        "count": len(events),
        "messages": [],
        "data": list(events),
    }


def as_answer(path, events=EVENTS):
    path.write_text(json.dumps(envelope(events)))
    return path


def as_array(path, events=EVENTS):
    path.write_text(json.dumps(list(events)))
    return path


def as_pages(path, events=EVENTS):
    pages = ",".join(json.dumps(envelope(events[i : i + 3])) for i in range(0, len(events), 3))
    path.write_text('{"pages":[' + pages + "]}")
    return path


FORMS = [as_export, as_old_export, as_old_workbook, as_hxl, as_answer, as_array, as_pages]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "acled"


def incident(path, **other):
    return parse("acled", as_answer(path, [event(1, **other)])).frames["incidents"].iloc[0]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_incidents_and_totals(path, form):
    one, other = parse("acled", as_answer(path)), parse("acled", form(path))
    pd.testing.assert_frame_equal(one.frames["incidents"], other.frames["incidents"])
    pd.testing.assert_frame_equal(one.totals, other.totals)
    assert (other.rows_in, other.rejects, other.repeated) == (4, [], 0)
    assert (other.series, other.scope, other.published) == ("ACLED SDN from 2024-01", "ACLED", None)
    assert other.covers == {"SDN": (date(2024, 1, 1), date(2024, 2, 29))}
    assert not [note for note in other.notes if "does not know" in note]


def test_what_an_incident_says_and_what_it_does_not(path):
    parsed = parse("acled", as_answer(path))
    row = parsed.frames["incidents"].iloc[0]
    assert (row["incident_id"], row["native_id"], row["kind"]) == ("acled:TST1", "TST1", "state_based")
    assert (row["actor_a"], row["actor_b"]) == ("Military Forces of Testland (invented)", "Group A (invented)")
    assert (row["longitude"], row["latitude"], row["place"], row["country"]) == (30.2, 10.4, "A town", "Testland")
    assert (row["deaths_best"], row["deaths_low"], row["deaths_high"]) == (3, 3, 3)
    assert "nurse" not in parsed.frames["incidents"].to_csv()
    assert totals(parsed, "deaths_best") == {
        "2024|state_based": 3, "2024|one_sided": 12, "2024|demonstration": 0, "2024|strategic": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        ({"inter1": "Rebel group", "inter2": "State forces"}, "state_based"),
        ({"inter1": "2", "inter2": "8"}, "state_based"),
        ({"inter1": "External/Other forces"}, "state_based"),
        ({"inter1": "REBEL GROUPS", "inter2": "political militia"}, "non_state"),
        ({"event_type": "Explosions/Remote violence", "inter1": "Rebel group", "inter2": ""}, "non_state"),
        ({"event_type": "explosions/remote violence", "inter1": 1, "inter2": 0}, "state_based"),
        ({"event_type": "Violence against civilians", "inter2": "Civilians"}, "one_sided"),
        ({"event_type": "Explosions/Remote violence", "civilian_targeting": "Civilian targeting"}, "one_sided"),
        ({"event_type": "Riots", "inter1": "5", "civilian_targeting": "Civilian targeting"}, "one_sided"),
        ({"event_type": "Riots", "inter1": "Rioters", "inter2": "State forces"}, "demonstration"),
        ({"event_type": "Protests", "inter1": "Protesters", "inter2": ""}, "demonstration"),
        ({"event_type": "Strategic developments"}, "strategic"),
    ],
)
def test_types_and_actors_become_kinds(path, other, kind):
    assert incident(path, **other)["kind"] == kind


@pytest.mark.parametrize(
    ("other", "civilians"),
    [
        ({"event_type": "Violence against civilians"}, (3, 3, 3)),
        ({"event_type": "Explosions/Remote violence", "civilian_targeting": "Civilian targeting"}, (0, 3, 3)),
        ({}, (0, None, 3)),
    ],
)
def test_civilians_are_counted_as_far_as_the_one_number_tells(path, other, civilians):
    row = incident(path, **other)
    found = [row[f"deaths_civilians{end}"] for end in ("_low", "", "_high")]
    assert [None if pd.isna(value) else value for value in found] == list(civilians)


@pytest.mark.parametrize(("precision", "support"), [("1", "exact"), ("2", "near"), ("3", "adm1")])
def test_a_place_is_as_exact_as_it_is_coded(path, precision, support):
    assert incident(path, geo_precision=precision)["support"] == support


@pytest.mark.parametrize(
    ("day", "precision", "first", "last"),
    [
        ("2024-01-15", "1", "2024-01-15", "2024-01-15"),
        ("2024-01-02", "2", "2023-12-30", "2024-01-05"),
        ("2024-02-15", "3", "2024-02-01", "2024-02-29"),
        ("15 February 2024", "3", "2024-02-01", "2024-02-29"),
    ],
)
def test_a_day_stands_for_as_many_as_it_is_coded(path, day, precision, first, last):
    parsed = parse("acled", as_answer(path, [event(1, event_date=day, time_precision=precision)]))
    row = parsed.frames["incidents"].iloc[0]
    assert (str(row["date_start"].date()), str(row["date_end"].date())) == (first, last)
    assert totals(parsed, "incidents") == {f"{first[:4]}|state_based": 1}


def test_an_event_told_once_for_each_actor_is_one(path):
    """The form called monadic, in which actor1 is each actor in turn."""
    alone = {"assoc_actor_2": "", "inter2": "", "interaction": ""}
    first = event(1, actor1="Group A (invented)", inter1="Rebel group", actor2="", **alone)
    second = event(1, actor1="Military Forces (invented)", inter1="State forces", actor2="", **alone)
    parsed = parse("acled", as_answer(path, [first, event(2), second, event(3, event_type="Riots")]))
    rows = parsed.frames["incidents"].set_index("native_id")
    assert (parsed.rows_in, parsed.loaded, parsed.repeated, parsed.rejects) == (4, 3, 1, [])
    one = rows.loc["TST1"]
    assert (one["actor_a"], one["actor_b"]) == ("Group A (invented)", "Military Forces (invented)")
    assert (one["kind"], one["deaths_best"]) == ("state_based", 3)
    assert totals(parsed, "deaths_best") == {"2024|state_based": 6, "2024|demonstration": 3}
    assert "It tells events once per actor: 1 rows repeat an event and are not counted." in parsed.notes


def test_copies_and_contradictions(path):
    rows = [event(1), event(1), event(2), event(2, fatalities="30"), event(3)]
    parsed = parse("acled", as_answer(path, rows))
    assert (parsed.rows_in, parsed.repeated, parsed.loaded) == (5, 1, 2)
    assert rules(parsed) == [(3, "duplicate_id"), (4, "duplicate_id")]
    assert not [note for note in parsed.notes if "once per actor" in note]
    assert parsed.frames["incidents"].iloc[0]["actor_b"] == "Group A (invented)"


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        ({"event_id_cnty": ""}, "id"),
        ({"event_date": "January 2024"}, "date"),
        ({"event_date": "31 February 2024"}, "date"),
        ({"time_precision": "4"}, "time_precision"),
        ({"time_precision": ""}, "time_precision"),
        ({"event_type": "Battle"}, "event_type"),
        ({"inter1": "9"}, "inter"),
        ({"inter2": "Aliens"}, "inter"),
        ({"civilian_targeting": "perhaps"}, "civilian_targeting"),
        ({"geo_precision": "0"}, "geo_precision"),
        ({"latitude": "91"}, "coordinates"),
        ({"fatalities": ""}, "deaths"),
        ({"fatalities": "-1"}, "deaths"),
        ({"fatalities": "10-20"}, "deaths"),
    ],
)
def test_a_row_that_breaks_a_rule_is_kept_apart(path, other, rule):
    parsed = parse("acled", as_answer(path, [event(1), event(2, **other)]))
    assert rules(parsed) == [(2, rule)]


@pytest.mark.parametrize("places", [{"latitude": "", "longitude": ""}, {"latitude": "0", "longitude": "0"}])
def test_an_event_without_a_position_is_kept_without_one(path, places):
    assert incident(path, **places)[["longitude", "latitude"]].isna().all()


def test_a_country_without_a_code_is_spoken_for_by_whoever_added_the_file(path):
    rows = [event(1, iso="0", country="Utopia")]
    parsed = parse("acled", as_answer(path, rows))
    assert (parsed.covers, parsed.loaded) == ({}, 1)
    assert "Events of Utopia bear no ISO code; the file speaks for no country by them." in parsed.notes
    assert set(parse("acled", as_answer(path, rows), "XTW").covers) == {"XTW"}
    both = parse("acled", as_answer(path, [event(1), event(2, iso="148", event_date="2024-03-05")]))
    assert both.covers == {
        "SDN": (date(2024, 1, 1), date(2024, 1, 31)), "TCD": (date(2024, 3, 1), date(2024, 3, 31)),
    }  # fmt: skip
    assert both.series == "ACLED SDN+TCD from 2024-01"


def test_countries_have_their_numbers():
    assert sorted(NUMERIC.values()) == sorted(ALPHA3.values())
    assert [NUMERIC[number] for number in (4, 180, 275, 728, 729, 887)] == ["AFG", "COD", "PSE", "SSD", "SDN", "YEM"]


def test_other_files_are_refused(path):
    def refused(rows, *words, iso3=None):
        assert_refused(lambda p: parse_acled(Raw(p, iso3=iso3)), as_answer(path, rows), *words)

    refused([event(1)], "is of SDN, not TCD", iso3="TCD")
    refused([event(1, event_id_cnty=None, fatalities=None)], "lacks the columns event_id_cnty, fatalities")
    refused([event(1, fatalities="some"), event(2, fatalities="many")], "should hold values of kind 'whole'")
    refused([event(1, event_type="x")], "None of the 1 events", "event_type")
    path.write_text('{"success": false, "data": []}')
    assert_refused(lambda p: parse_acled(Raw(p)), path, "failed request")


def test_a_filtered_file_is_told_as_such(path):
    parsed = parse("acled", as_answer(path, [event(1)]))
    note = next(note for note in parsed.notes if "filtered" in note)
    assert note.startswith("It holds no violence against civilians, explosions/remote violence, protests, riots, strat")
    assert parse("acled", as_answer(path, [event(1, new_column="x")])).notes[0].endswith("not know: new_column.")


def test_deleted_events_are_no_incidents(path):
    rows = [{"event_id_cnty": f"TST{i}", "deleted_timestamp": str(stamp("2024-03-05"))} for i in (1, 2, 2)]
    rows += [{"event_id_cnty": "", "deleted_timestamp": "1"}, {"event_id_cnty": "TST4", "deleted_timestamp": "soon"}]
    parsed = parse("acled", as_answer(path, rows))
    frame = parsed.frames["deletions"]
    assert frame[["source", "native_id"]].to_numpy().tolist() == [["acled", "TST1"], ["acled", "TST2"]]
    assert {str(day)[:10] for day in frame["deleted_on"]} == {"2024-03-05"}
    assert (parsed.rows_in, parsed.repeated, rules(parsed)) == (5, 1, [(4, "id"), (5, "deleted")])
    assert (parsed.series, parsed.scope, parsed.covers) == ("ACLED deletions from 2024-03-05", "", {})


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_a_mangled_file_balances_or_is_refused(tmp_path, rng):
    assert_mangling_is_survived("acled", as_export(tmp_path / "acled.csv"), rng)


CELLS = st.sampled_from(
    ["", "0", "1", "3", "9", "-1", "x", "TST1", "2024-01-15", "Battles", "Riots", "State forces", "1e9"]
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(st.sampled_from(sorted(EVENTS[0])), CELLS, max_size=3), min_size=1, max_size=8))
def test_every_row_is_loaded_rejected_or_a_repeat(tmp_path, changes):
    rows = [event(number % 3, **change) for number, change in enumerate(changes)]
    parsed = parse_acled(Raw(as_answer(tmp_path / "acled.json", [*rows, *map(event, range(100, 110))])))
    assert parsed.rows_in == len(rows) + 10 == parsed.loaded + len(parsed.rejects) + parsed.repeated
    assert parsed.frames["incidents"]["native_id"].is_unique


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    """The invented country with events of ACLED beside those of UCDP; one was deleted since."""
    folder, root = tmp_path_factory.mktemp("raw"), tmp_path_factory.mktemp("workspace")
    home = fill(root, folder)
    here = {"iso": "0", "event_date": "2023-03-03"}
    attacks = [event(i, **ATTACK, **here, longitude=f"30.{i}", inter2="7") for i in range(1, 6)]
    unrest = [event(i, **here, event_type="Protests", inter1="6", inter2="0") for i in range(6, 40)]
    add(home, "acled", as_pages(folder / "acled.json", [*attacks, *unrest]), ISO3, date(2024, 4, 1))
    deleted = [{"event_id_cnty": "TST3", "deleted_timestamp": str(stamp("2024-05-05"))}]
    add(home, "acled", as_answer(folder / "deleted.json", deleted), None, date(2024, 5, 6))
    build(home, None, lambda _: None)
    return current(root, Tier.confidential)


def test_a_file_received_later_is_the_newer_though_nothing_in_it_was_edited(tmp_path):
    home = Workspace(tmp_path / "workspace")
    whole = [event(i, timestamp=str(stamp(f"2024-02-{10 + i}"))) for i in range(8)]
    for gone in (None, 3, 7):  # the last is the one that was edited last
        rows = [row for i, row in enumerate(whole) if i != gone]
        latest = add(home, "acled", as_answer(tmp_path / "acled.json", rows), None, None)
        assert [each.sha256 for each in newest(home, datetime.now(UTC).date())] == [latest.sha256]


def test_weekly_lists_of_one_month_stand_beside_each_other(tmp_path):
    home = Workspace(tmp_path / "workspace")
    for week, day in enumerate(("2024-05-02", "2024-05-09")):
        rows = [{"event_id_cnty": f"TST{week}{i}", "deleted_timestamp": str(stamp(day))} for i in range(3)]
        add(home, "acled", as_answer(tmp_path / "deleted.json", rows), None, None)
    assert [each.rows_in for each in newest(home, date(2024, 6, 1))] == [3, 3]


def test_a_deleted_event_is_gone_and_accounted_for(edition):
    account = edition.manifest["sources"]["acled"]
    assert (account["rows_in"], account["loaded"], account["quarantined"], account["superseded"]) == (40, 39, 0, 1)
    assert edition.fetch("SELECT native_id FROM incidents WHERE native_id = 'TST3'").empty


def test_demonstrations_are_counted_by_no_layer(edition):
    kinds = edition.fetch("SELECT kind, count(*) AS n FROM incidents WHERE source = 'acled' GROUP BY kind")
    assert dict(zip(kinds["kind"], kinds["n"], strict=True)) == {"one_sided": 4, "demonstration": 34}
    counted = edition.fetch("SELECT max(n) AS n FROM layer_values WHERE layer = 'incident_intensity'")
    assert counted["n"].iloc[0] < 34


def test_rows_of_acled_are_never_passed_on(edition, tmp_path):
    write_export(edition, "incidents", "csv", tmp_path / "incidents.csv")
    written = (tmp_path / "incidents.csv").read_text()
    about = (tmp_path / "incidents.csv.metadata.json").read_text()
    assert "ucdp_ged:1" in written
    assert "acled" not in written
    assert "Rows may not be passed on" in about


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("FOREWATCH_ACLED_USER", USER)
    monkeypatch.setenv("FOREWATCH_ACLED_PASSWORD", SECOND)
    with provider() as running:
        running.script("acleddata.com/oauth/token", as_json({"access_token": BEARER, "expires_in": 86_400}))
        running.script("acleddata.com/api/deleted/read", as_json(envelope([])))
        yield running


def by_year(events, size=2):
    """Play the API: the events of the year that is asked for, in pages of its own size."""

    def answer(seen):
        chosen = [one for one in events if one["event_date"][:4] == seen.query["year"]]
        return paged(chosen, size, envelope)(seen)

    return answer


def test_a_country_is_fetched_by_year_until_a_page_is_empty(server, tmp_path):
    old = [event(20, event_date="2023-06-01"), event(21, event_date="2023-06-01")]
    server.script("acleddata.com/api/acled/read", by_year([*EVENTS, *old]))
    deleted = [{"event_id_cnty": f"TST{i}", "deleted_timestamp": str(stamp("2024-03-05"))} for i in range(3)]
    server.script("acleddata.com/api/deleted/read", paged(deleted, 2, envelope))
    files, failures = asked(server, tmp_path, "acled", "SDN", date(2023, 3, 1))
    assert (failures, [one.path.name for one in files]) == (
        [], ["acled_SDN_2023.json", "acled_SDN_2024.json", "acled_deleted.json"],
    )  # fmt: skip
    assert [one.iso3 for one in files] == ["SDN", "SDN", None]
    read = [parse("acled", one.path, one.iso3, one.asked) for one in files]
    assert [one.rows_in for one in read] == [2, 4, 3]
    assert [one.series for one in read] == ["ACLED SDN 2023", "ACLED SDN 2024", "ACLED deletions since 2023-03-01"]
    form = server.seen[0].form
    assert (form["username"], form["grant_type"], form["client_id"]) == (USER, "password", "acled")
    reads = [seen for seen in server.seen if seen.path.endswith("/acled/read")]
    assert {seen.headers["Authorization"] for seen in reads} == {f"Bearer {BEARER}"}
    assert [seen.query["page"] for seen in reads if seen.query["year"] == "2024"] == ["1", "2", "3"]
    assert {seen.query["iso"] for seen in reads} == {"729"}
    asked_for = next(seen.query for seen in server.seen if "deleted" in seen.path)
    assert (asked_for["deleted_timestamp"], asked_for["deleted_timestamp_where"]) == ("2023-03-01", ">=")


def test_no_key_and_no_token_is_kept_anywhere(server, tmp_path):
    server.script("acleddata.com/api/acled/read", by_year(EVENTS))
    files, _ = asked(server, tmp_path, "acled", "SDN", date(2024, 1, 1))
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()) + repr(files).encode()
    assert not [word for word in (USER, SECOND, BEARER) if word.encode() in kept]


def test_an_account_that_may_read_nothing_is_told_so(server, tmp_path):
    limited = {**envelope([]), "data_query_restrictions": {"date_recency": {"quantity": 12, "date": "2023-11-20"}}}
    server.script("acleddata.com/api/acled/read", as_json(limited))
    with pytest.raises(DataError, match=r"no event of SDN \(it may read events up to 2023-11-20\).*tier of access"):
        asked(server, tmp_path, "acled", "SDN", date(2024, 1, 1))


@pytest.mark.parametrize(
    ("path", "reply", "words"),
    [
        (
            "api/acled/read",
            Reply(403, b'{"message":"Access denied"}'),
            "lacks access (403); ask the provider what FOREW",
        ),
        ("api/acled/read", as_json({"success": False, "data": []}), "it reports a failure"),
        ("api/acled/read", as_json(envelope(EVENTS[:2])), "it is the same page as one before"),
        ("oauth/token", Reply(401, b'{"error":"invalid_grant"}'), "does not know the key or it has expired (401)"),
        ("oauth/token", as_json({"error": "invalid_grant"}), "gave no token for FOREWATCH_ACLED_USER"),
        ("oauth/token", as_json([]), "gave no token"),
        ("oauth/token", Reply(body=b"<html><title>Log in</title></html>"), "web page"),
    ],
)
def test_faults_of_the_provider_are_told_in_one_sentence(server, tmp_path, path, reply, words):
    server.script("acleddata.com/api/acled/read", by_year(EVENTS))
    server.script(f"acleddata.com/{path}", reply)
    with pytest.raises(DataError) as caught:
        asked(server, tmp_path, "acled", "SDN", date(2024, 1, 1))
    assert words in str(caught.value)
    assert not [word for word in (SECOND, BEARER) if word in str(caught.value)]


@pytest.mark.parametrize("iso3", [None, "XTW"])
def test_a_country_must_be_named(server, tmp_path, iso3):
    with pytest.raises(UsageError, match="--iso3"):
        asked(server, tmp_path, "acled", iso3)
    assert server.seen == []


def test_without_a_key_nothing_is_asked(server, tmp_path, monkeypatch):
    monkeypatch.delenv("FOREWATCH_ACLED_PASSWORD")
    with pytest.raises(UsageError, match="FOREWATCH_ACLED_PASSWORD is not set"):
        asked(server, tmp_path, "acled", "SDN")
    assert server.seen == []
