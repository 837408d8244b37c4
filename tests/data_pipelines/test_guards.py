"""A file that differs from the vintages before it stops a build, unless a line with reason and name lets it pass."""

import json
import random
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_pipelines import guards
from data_pipelines._source import Field, Parsed, Raw, source
from data_pipelines.build import build
from data_pipelines.edition import current
from data_pipelines.guards import Vintage, violations
from data_pipelines.plan import plan
from data_pipelines.profiles import ids, profile
from data_pipelines.snapshot import add, file_of, newest, records
from data_pipelines.tables import Tier
from data_pipelines.workspace import Workspace
from geo.errors import CheckFailed, FileRefused, UsageError
from tests import world


def quiet(_):
    pass


def events(n):
    """Return events three days apart, in order; some are of another kind, some are known to the district only."""
    return [
        world.event(
            i + 1,
            (date(2020, 1, 1) + timedelta(3 * i)).isoformat(),
            30.2 + 0.01 * (i % 50),
            10.4,
            where_prec=3 if i % 3 == 0 else 1,
            type_of_violence=1 if i % 7 == 0 else 3,
        )
        for i in range(n)
    ]


@pytest.fixture(scope="module")
def parsed(tmp_path_factory):
    """A file of 240 events."""
    return source("ucdp_ged").parse(Raw(world.write_events(tmp_path_factory.mktemp("raw"), events(240))))


def vintage(parsed, rows, name="now"):
    """Return the vintage that a file with other rows would be."""
    changed = replace(parsed, frames={"incidents": rows.reset_index(drop=True)})
    return Vintage(name, profile(changed), ids(changed))


def tripped(parsed, now, *before):
    found = violations(vintage(parsed, now), [vintage(parsed, rows) for rows in before], source("ucdp_ged").fields)
    return {each.guard for each in found}


@pytest.fixture(scope="module")
def rows(parsed):
    return parsed.frames["incidents"]


def test_the_same_file_and_one_with_more_events_pass(parsed, rows):
    assert tripped(parsed, rows, rows) == set()
    assert tripped(parsed, rows, rows[:200]) == set()
    assert tripped(parsed, rows) == set()


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_file_cut_between_two_records_trips_a_guard_wherever_it_was_cut(parsed, rows, newest_first):
    whole = rows[::-1] if newest_first else rows
    for kept in [*random.Random(1).sample(range(1, 240), 150), 1, 239]:
        assert tripped(parsed, whole[:kept], whole), kept


def test_a_raw_file_cut_between_two_records_trips_a_guard(parsed, rows, tmp_path):
    lines = world.write_events(tmp_path, events(240)).read_bytes().splitlines(keepends=True)
    for kept in (1, 100, 231, 239):
        (tmp_path / "cut.csv").write_bytes(b"".join(lines[: 1 + kept]))
        cut = source("ucdp_ged").parse(Raw(tmp_path / "cut.csv"))
        assert violations(Vintage("now", profile(cut), ids(cut)), [vintage(parsed, rows)]), kept


def test_a_cut_by_one_record_is_told_in_figures(parsed, rows):
    (found,) = violations(vintage(parsed, rows[:-1]), [vintage(parsed, rows, "before")])
    assert found.guard == "tail_removed"
    assert "all records of before but the very last one" in found.found


def test_records_revised_away_here_and_there_pass_and_many_do_not(parsed, rows):
    assert tripped(parsed, rows[rows.index % 20 != 3], rows) == set()
    assert tripped(parsed, rows[rows.index % 4 != 3], rows) >= {"ids_removed", "rows"}


def test_the_newest_of_an_older_file_may_be_withdrawn_where_the_file_goes_on(parsed, rows):
    without = rows.drop(index=range(195, 200))
    assert tripped(parsed, without, rows[:200]) == set()
    assert tripped(parsed, without[: 195 + 9], rows[:200]) == {"tail_removed"}


def test_as_many_records_with_other_ids_are_other_records(parsed, rows):
    assert tripped(parsed, rows.assign(incident_id=rows["incident_id"] + "b"), rows) == {"ids_removed"}


def test_a_product_of_the_last_days_may_let_go_of_what_is_older(parsed, rows):
    assert tripped(parsed, rows[60:180], rows[40:160]) == set()
    assert tripped(parsed, rows[60:160], rows[40:160]) >= {"dates", "ids_removed"}


def every_second(rows, column, value):
    return rows.assign(**{column: rows[column].where(rows.index % 2 == 0, value)})


@pytest.mark.parametrize(
    ("guard", "column", "value"),
    [("country_rows", "country", "Elsewhere"), ("nulls", "place", None), ("codes", "support", "country")],
)
def test_a_share_that_moves_trips_its_guard(parsed, rows, guard, column, value):
    assert tripped(parsed, every_second(rows, column, value), rows) == {guard}


def test_a_file_may_not_grow_beyond_reason_or_go_back_in_time(parsed, rows):
    assert tripped(parsed, pd.concat([rows] * 7), rows) == set()
    assert tripped(parsed, pd.concat([rows] * 8), rows) == {"rows"}
    early = rows.assign(date_start=rows["date_start"].where(rows.index > 0, pd.Timestamp("1900-01-01")))
    assert tripped(parsed, early, rows) == {"dates"}
    late = rows[rows["date_end"] < rows["date_end"].max() - pd.Timedelta(days=8)]
    assert "dates" in tripped(parsed, late, rows)


def test_a_wide_range_of_vintages_allows_a_wide_range(parsed, rows):
    narrow = every_second(rows, "place", None)
    assert tripped(parsed, rows, narrow) == {"nulls"}
    assert tripped(parsed, rows, rows, narrow) == set()
    assert tripped(parsed, rows, rows, *[narrow] * guards.LOOK_BACK) == {"nulls"}


FIELDS = (Field("day", ("event_date", "date"), "day", "its day"), Field("n", ("n",), "number", "a number", "", False))


def with_columns(parsed, rows, **columns):
    return vintage(replace(parsed, columns=columns), rows)


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ({"date": "day", "n": "number"}, None),
        ({"Event Date": "day", "n": "whole", "extra": "text"}, None),
        ({"date": "day", "n": "empty"}, None),
        ({"date": "day"}, "no column n"),
        ({"date": "day", "n": "text"}, "text in the column n"),
        ({"date": "number", "n": "whole"}, "number in the column day"),
    ],
)
def test_a_column_that_is_read_may_be_renamed_but_not_removed_or_retyped(parsed, rows, now, found):
    before = with_columns(parsed, rows, date="day", n="whole", other="text")
    broken = violations(with_columns(parsed, rows, **now), [before], FIELDS)
    assert [each.guard for each in broken] == (["columns"] if found else [])
    assert not found or found in broken[0].found


def test_columns_that_came_are_named(parsed, rows):
    before = with_columns(parsed, rows, date="day").profile
    assert guards.added_columns(with_columns(parsed, rows, date="day", new="text").profile, before) == ["new"]
    assert guards.added_columns(before, with_columns(parsed, rows).profile) == []


@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=40), st.data())
def test_a_small_file_may_lose_a_few_rows_but_not_its_end(countries, data):
    area_ids = [f"X{i}" for i in range(len(countries))]
    areas = pd.DataFrame({"area_id": area_ids, "iso3": countries, "valid_on": pd.Timestamp("2020-01-01")})
    whole = Parsed("s", len(areas), {"areas": areas})
    kept = data.draw(st.integers(1, len(areas) - 1))
    found = violations(vintage_of(whole, areas[:kept]), [vintage_of(whole, areas)])
    assert "tail_removed" in {each.guard for each in found}
    without = areas.drop(index=data.draw(st.integers(0, len(areas) - 2)))
    assert violations(vintage_of(whole, without), [vintage_of(whole, areas)]) == []


def vintage_of(parsed, areas):
    changed = replace(parsed, rows_in=len(areas), frames={"areas": areas})
    return Vintage("now", profile(changed), ids(changed))


def test_hashes_of_records_are_the_same_on_every_machine():
    frame = pd.DataFrame({"site_id": ["osm:1"], "kind": ["health"], "name": [None]})
    assert ids(Parsed("s", 1, {"sites": frame})).tolist() == [(8635671643588178302, -(2**31), 0)]


# From here on with receipts and builds.

TODAY = datetime.now(UTC).date()
MARCH, APRIL, MAY = date(2024, 3, 1), date(2024, 4, 1), date(2024, 5, 1)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A workspace with boundaries and 60 events known in March; files are read without isolation, to be quick."""
    monkeypatch.setattr("data_pipelines.snapshot.parse_all", lambda files, **_: [source(n).parse(r) for n, r in files])
    home = Workspace(tmp_path / "workspace")
    for level in (1, 2):
        add(home, "cod_ab", world.write_areas(tmp_path, level), world.ISO3, MARCH)
    return home


@pytest.fixture
def come(home, tmp_path):
    """Add a file of events known on a day."""
    return lambda rows, day: add(home, "ucdp_ged", world.write_events(tmp_path, rows), world.ISO3, day)


def lines(stopped, reason="recoded", more=""):
    """Return for `forewatch.toml` what an error says to write there."""
    message = str(stopped.value)
    (snapshot,) = re.findall(r'snapshot = "([^"]+)"', message)
    about = f'snapshot = "{snapshot}"\nreason = "{reason}"\nby = "Ana"\n{more}\n'
    return "".join(f'[[overrides]]\nguard = "{guard}"\n{about}' for guard in re.findall(r'guard = "(\w+)"', message))


def said(home, stopped, more=""):
    """Write what an error says to write, with a reason and a name."""
    (home.root / "forewatch.toml").write_text(lines(stopped, more=more))


def test_a_guard_stops_the_build_and_says_what_would_let_it_pass(home, come):
    come(events(60), MARCH)
    before = build(home, None, quiet)["edition"]
    cut = come(events(40), APRIL)
    with pytest.raises(CheckFailed, match=r"40 rows, where .* no fewer than 49 .*but the very last 20") as stopped:
        build(home, None, quiet)
    assert json.loads(home.pointer.read_text())["edition"] == before
    said(home, stopped)
    manifest = build(home, None, quiet)
    assert {(g["snapshot"], g["guard"]) for g in manifest["guards"]} >= {(cut.snapshot, "tail_removed")}
    assert {o["by"] for o in manifest["overrides"]} == {"Ana"}
    assert current(home.root, Tier.public).manifest["guards"] == json.loads(json.dumps(manifest["guards"], default=str))
    assert manifest["edition"] != before


def test_an_override_must_have_a_reason_and_hold_on_the_day(home, come):
    come(events(60), MARCH)
    come(events(59), APRIL)
    with pytest.raises(CheckFailed) as stopped:
        plan(home, None)
    (home.root / "forewatch.toml").write_text(lines(stopped, reason=""))
    with pytest.raises(UsageError, match="reason ''"):
        plan(home, None)
    said(home, stopped, f"until = {TODAY - timedelta(1)}")
    with pytest.raises(CheckFailed):
        plan(home, None)
    assert plan(home, APRIL).guards[0]["guard"] == "tail_removed"
    said(home, stopped, f"until = {TODAY}")
    assert plan(home, None).guards[0]["guard"] == "tail_removed"


def test_a_broken_file_does_not_excuse_the_next_and_one_let_pass_is_compared_with(home, come):
    come(events(60), MARCH)
    bad = come(events(50), APRIL)
    come(events(49)[:-1], MAY)
    with pytest.raises(CheckFailed):
        plan(home, None)
    (home.root / "forewatch.toml").write_text(
        "".join(
            f'[[overrides]]\nguard = "{g}"\nsnapshot = "{bad.snapshot}"\nreason = "r"\nby = "b"\n'
            for g in guards.GUARDS
        )
    )
    with pytest.raises(CheckFailed, match="but the very last 2"):
        plan(home, None)
    come(events(61), date(2024, 6, 1))
    assert plan(home, None).guards == ()


def test_a_file_that_was_cut_into_another_series_is_told(home, tmp_path):
    lands = [
        row | {"iso3": f"XA{'ABCDEFGH'[i // 10]}", "country": f"Land {i // 10}"} for i, row in enumerate(events(80))
    ]
    whole = add(home, "ucdp_ged", world.write_events(tmp_path, lands), None, MARCH)
    cut = add(home, "ucdp_ged", world.write_events(tmp_path, lands[:35]), None, APRIL)
    assert whole.series != cut.series
    with pytest.raises(CheckFailed, match="the first 35 of the 80 records of"):
        plan(home, None)


def test_receipts_of_before_have_no_profile_and_are_not_compared(home, come):
    old = come(events(60), MARCH)
    come(events(59), APRIL)
    path = home.snapshots / old.snapshot / "receipt.json"
    receipt = json.loads(path.read_text())
    for name in ("profile", "known_time", "url"):
        del receipt[name]
    path.write_text(json.dumps(receipt))
    assert plan(home, None).guards == ()
    (kept,) = (r for r in newest(home, MARCH) if r.source == "ucdp_ged")
    assert file_of(home, kept).is_file()
    assert len(records(home, kept)) == 0


def test_records_that_were_damaged_are_told(home, come):
    come(events(60), MARCH)
    path = home.snapshots / come(events(61), APRIL).snapshot / "records.npy"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(FileRefused, match=r"records\.npy is damaged"):
        plan(home, None)


def test_added_columns_are_noted(home, come):
    come(events(60), MARCH)
    now = come([row | {"new_column": "x"} for row in events(60)], APRIL)
    assert "new_column" in plan(home, None).notes[now.snapshot]
