"""How fresh sources are, and which layers and months go stale with them, on any day."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_pipelines.edition import current
from data_pipelines.freshness import STATES, freshness, judged_on, late_months, late_sources, standings
from data_pipelines.tables import Tier
from layers._layer import NO_DATA, OK, STALE, families, layer, layers
from tests import world

KNOWN = date(2024, 1, 1)
MONTHS = ("2024-01", "2024-02", "2024-03")
BOTH = layer("priority")  # rests on incidents, displacement and population


def told(**sources: dict[str, object]) -> dict[str, object]:
    """A manifest of two countries."""
    return {"countries": ["XAA", "XBB"], "periods": list(MONTHS), "synthetic": False, "sources": sources}


def facts(known_at: str, *feeds: tuple[str, str, str | None], cadence_days: int = 30, **by_country: str) -> dict:
    snapshots = [{"iso3": iso3, "known_at": day} for iso3, day in (by_country or {None: known_at}).items()]
    return {
        "known_at": known_at,
        "cadence_days": cadence_days,
        "snapshots": snapshots,
        "feeds": [{"family": family, "iso3": iso3, "last": last} for family, iso3, last in feeds],
    }


# ---- one source ----


@pytest.mark.parametrize(
    ("days", "state"),
    [(0, "fresh"), (30, "fresh"), (31, "due"), (45, "due"), (46, "overdue"), (60, "overdue"), (61, "delinquent")],
)
def test_states_follow_the_products_own_cadence(days, state):
    assert freshness(KNOWN, KNOWN + timedelta(days), 30) == state


def test_a_product_issued_once_is_always_fresh():
    assert freshness(KNOWN, date(2099, 1, 1), 0) == "fresh"
    (standing,) = standings(told(a=facts("2024-01-01", cadence_days=0)), date(2099, 1, 1)).values()
    assert (standing.state, standing.due_on) == ("fresh", None)


@given(st.integers(1, 400), st.integers(0, 1500))
def test_a_state_holds_from_the_day_that_is_told_and_not_a_day_before(cadence_days, age):
    day = KNOWN + timedelta(age)
    (standing,) = standings(told(a=facts("2024-01-01", cadence_days=cadence_days)), day).values()
    assert standing.state == freshness(KNOWN, day, cadence_days) == freshness(KNOWN, standing.since, cadence_days)
    assert standing.since <= day
    if standing.state != "fresh":
        before = freshness(KNOWN, standing.since - timedelta(1), cadence_days)
        assert STATES.index(before) < STATES.index(standing.state)
    assert standing.due_on == KNOWN + timedelta(cadence_days)


def test_the_country_furthest_behind_counts_and_a_file_about_the_world_is_about_each():
    behind = standings(told(a=facts("2024-03-01", XAA="2024-03-01", XBB="2024-01-01")), date(2024, 3, 3))["a"]
    assert (behind.state, behind.known_at, behind.country) == ("delinquent", date(2024, 1, 1), "XBB")
    world_too = facts("2024-03-01", XAA="2024-02-01", XBB="2024-01-01")
    world_too["snapshots"].append({"iso3": None, "known_at": "2024-03-01"})
    met = standings(told(a=world_too), date(2024, 3, 3))["a"]
    assert (met.state, met.known_at, met.country) == ("fresh", date(2024, 3, 1), "")


# ---- the day of judging ----


def test_sources_are_judged_today_but_for_a_past_day_and_an_invented_country():
    today, manifest = date(2026, 11, 20), told(a=facts("2024-01-01"), b=facts("2024-02-01"))
    assert judged_on(manifest, today) == today
    assert judged_on(manifest | {"as_known_on": "2024-05-06"}, today) == date(2024, 5, 6)
    assert judged_on(manifest | {"synthetic": True}, today) == date(2024, 2, 1)


# ---- layers and months ----


def test_a_layer_is_stale_with_any_delinquent_source_of_its_families_where_it_speaks():
    day = date(2024, 6, 1)
    manifest = told(
        events=facts("2024-01-01", ("incidents", "XAA", "2024-01")),
        bounds=facts("2000-01-01"),
        people=facts("2024-05-30", ("population", "XAA", None), ("population", "XBB", None)),
    )
    standing = standings(manifest, day)
    assert standing["bounds"].state == "delinquent"
    stale = {name for name, each in layers().items() if late_sources(manifest, standing, each)}
    assert stale == {name for name, each in layers().items() if "incidents" in families(each)}
    assert late_sources(manifest, standing, BOTH, ["XAA"]) == ["events"]
    assert late_sources(manifest, standing, BOTH, ["XBB"]) == []


def test_only_what_late_sources_leave_out_is_late():
    manifest = told(
        events=facts("2024-01-01", ("incidents", "XAA", "2024-01"), ("incidents", "XBB", "2024-02")),
        tracking=facts("2024-01-01", ("displacement", "XAA", "2024-03")),
    )
    nothing = np.zeros((2, 3), bool)
    covered = {
        "incidents": np.array([[1, 0, 0], [1, 1, 0]], bool),
        "displacement": np.array([[1, 1, 1], [0, 0, 0]], bool),
        "population": ~nothing,
    }
    intensity = layer("incident_intensity")
    assert late_months(manifest, ["events"], intensity, covered).tolist() == [[False, True, True], [False, False, True]]
    assert not late_months(manifest, [], intensity, covered).any()
    # Nobody was to speak about displacement in the other country, so there it is no matter of being late.
    assert late_months(manifest, ["events", "tracking"], BOTH, covered).tolist() == [[False, True, True], [False] * 3]


# ---- an edition, read on different days ----


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Incidents are known on 1 June 2024 and through 2023; displaced persons go on until March 2024."""
    raw = tmp_path_factory.mktemp("raw")
    later = (*world.FIGURES, (3, "2024-03-10", "XT0101", 25))
    home = world.fill(tmp_path_factory.mktemp("workspace"), raw)
    world.write_displacement(raw, later)
    world.add(home, "iom_dtm", raw / "dtm_xtw.csv", world.ISO3, date(2024, 6, 2))
    world.build(home, None, lambda _: None)
    return home.root


LATE, YOUNG = date(2026, 6, 2), date(2024, 6, 10)  # UCDP comes once a year: 731 days are more than two


def test_months_after_a_late_sources_last_are_stale_and_those_it_covers_stay(home):
    young, old = (current(home, Tier.public, day) for day in (YOUNG, LATE))
    assert young.standings["ucdp_ged"].state == "fresh"
    assert old.standings["ucdp_ged"].state == "delinquent"
    before, after = (each.values("incident_intensity", "adm2").set_index(["id", "period"]) for each in (young, old))
    changed = before["status"] != after["status"]
    assert set(before.loc[changed, "status"]) == {"no_data"}
    assert set(after.loc[changed, "status"]) == {"stale"}
    assert set(changed[changed].index.get_level_values("period")) == {"2024-01", "2024-02", "2024-03"}
    assert after.loc[changed, "value"].isna().all()
    assert set(after.loc[~changed, "status"]) == {"ok"}


@pytest.mark.parametrize("unit", ["adm1", "adm2", "cell"])
@pytest.mark.parametrize("name", list(layers()))
def test_every_door_tells_the_same_status(home, unit, name):
    edition = current(home, Tier.confidential, LATE)
    rows = edition.values(name, unit)
    _, codes = edition.matrix(name, unit)
    assert rows["status"].tolist() == [
        ("ok", "no_data", "not_assessed", "stale", "suppressed")[c] for c in codes.ravel()
    ]
    one = rows.iloc[-1]
    assert edition.values(name, unit, one["id"], one["period"])["status"].tolist() == [one["status"]]
    assert edition.explain(name, unit, one["id"], one["period"])["status"] == one["status"]


def test_what_never_had_a_value_is_absent_and_not_late(home):
    edition = current(home, Tier.public, LATE)
    assert set(edition.values("spillover", "adm2")["status"]) == {"no_data"}  # one country alone has no border


def test_nothing_of_it_is_in_the_edition(home):
    edition = current(home, Tier.public, LATE)
    kept = edition.fetch("SELECT DISTINCT status FROM layer_values WHERE layer = 'incident_intensity'")
    assert set(kept["status"]) == {"ok", "no_data"}
    _, codes = edition.matrix("incident_intensity", "adm2")
    assert set(np.unique(codes)) == {OK, STALE}
    _, codes = current(home, Tier.public, YOUNG).matrix("incident_intensity", "adm2")
    assert set(np.unique(codes)) == {OK, NO_DATA}


def test_what_depends_on_the_states_is_the_same_from_one_change_to_the_next(home):
    days = [LATE, LATE + timedelta(1), date(2024, 6, 10), date(2024, 6, 11)]
    told = [current(home, Tier.public, day).standing_since for day in days]
    assert told[0] == told[1] != told[2] == told[3]
