"""What a provider withdraws or deletes goes, counted and with its reason; what no newer file speaks for stays."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_pipelines import staging, warehouse
from data_pipelines._source import source
from data_pipelines.build import build
from data_pipelines.edition import current
from data_pipelines.plan import plan
from data_pipelines.snapshot import add
from data_pipelines.tables import Tier, table
from data_pipelines.workspace import Workspace
from geo.errors import CheckFailed
from tests import world

DAY = date(2023, 1, 1)


def quiet(_):
    pass


FILES = st.lists(
    st.fixed_dictionaries(
        {
            "scope": st.sampled_from(["", "GED", "other"]),
            "known": st.integers(0, 2),
            "speaks": st.none() | st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted),
            "holds": st.sets(st.integers(0, 11), max_size=8),
            "deletes": st.dictionaries(st.integers(0, 11), st.integers(0, 2), max_size=2),
        }
    ),
    max_size=5,
)


def about(number):
    """Return the country and the last day of an event."""
    return (("Here", "There")[number % 2], number - number // 10 * 10)


def expected(files):
    """Return event -> why it is removed, by the words of the rule."""
    found = {}
    for number in range(12):
        holders = [i for i, file in enumerate(files) if number in file["holds"]]
        if not holders:
            continue
        newest, (country, day) = holders[-1], about(number)
        for i, file in enumerate(files):
            if file["deletes"].get(number, -1) >= files[newest]["known"]:
                found[number] = "deleted"
            speaks = file["scope"] and file["scope"] == files[newest]["scope"] and file["speaks"]
            names = {about(n)[0] for n in file["holds"]}
            if i > newest and speaks and country in names and file["speaks"][0] <= day <= file["speaks"][1]:
                found.setdefault(number, "withdrawn")
    return found


@settings(deadline=None, max_examples=60)
@given(FILES)
def test_the_model_does_what_the_rule_says(connection, files):
    files = sorted(files, key=lambda file: file["known"])
    for name in ("staged_incidents", "staged_deletions", "snapshots", "removals"):
        connection.execute(f"DELETE FROM {name}")
    for i, file in enumerate(files):
        span = [DAY + timedelta(n) for n in file["speaks"] or ()] or [None, None]
        connection.execute(
            "INSERT INTO snapshots VALUES (?, 's', 'f', ?, ?, ?, ?, ?)",
            [f"s/{i}", i, DAY + timedelta(file["known"]), file["scope"], *span],
        )
        held = [(f"s:{n}", "s", str(n), about(n)[0], DAY + timedelta(about(n)[1]), f"s/{i}") for n in file["holds"]]
        columns = ["incident_id", "source", "native_id", "country", "date_end", "snapshot"]
        warehouse.insert(connection, table("incidents"), pd.DataFrame(held, columns=columns), "staged_incidents")
        gone = [("s", str(n), DAY + timedelta(day), f"s/{i}") for n, day in file["deletes"].items()]
        columns = ["source", "native_id", "deleted_on", "snapshot"]
        warehouse.insert(connection, table("deletions"), pd.DataFrame(gone, columns=columns), "staged_deletions")
    warehouse.run(connection, "models", "removals")
    rows = connection.execute("SELECT incident_id, why FROM removals").fetchall()
    assert {int(i.removeprefix("s:")): why for i, why in rows} == expected(files)


@pytest.fixture(scope="module")
def connection():
    connection = warehouse.connect()
    staging.create(connection)
    yield connection
    connection.close()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A workspace with boundaries; files are read without isolation, to be quick."""
    monkeypatch.setattr("data_pipelines.snapshot.parse_all", lambda files, **_: [source(n).parse(r) for n, r in files])
    home = Workspace(tmp_path / "workspace")
    for level in (1, 2):
        add(home, "cod_ab", world.write_areas(tmp_path, level), world.ISO3, world.KNOWN_AT)
    return home


EVENTS = [world.event(i, (date(2022, 1, 5) + timedelta(10 * i)).isoformat(), 30.2, 10.4) for i in range(72)]


def as_release(rows):
    """Return rows as in UCDP's own releases, which name no ISO code: another series than HDX's."""
    return [{name: value for name, value in row.items() if name != "iso3"} for row in rows]


def test_a_release_withdraws_what_it_drops_from_its_days_and_nothing_else(home, tmp_path):
    add(home, "ucdp_ged", world.write_events(tmp_path, EVENTS), world.ISO3, world.KNOWN_AT)
    of_2022 = [row for row in EVENTS if str(row["date_end"]) < "2023" and row["id"] not in {3, 20, 21}]
    release = add(
        home, "ucdp_ged", world.write_events(tmp_path, as_release(of_2022)), world.ISO3, world.KNOWN_AT + timedelta(9)
    )
    manifest = build(home, None, quiet)
    told = manifest["sources"]["ucdp_ged"]
    assert (told["rows_in"], told["loaded"]) == (72 + len(of_2022), 72 - 3)
    assert told["superseded"] == len(of_2022) + 3
    assert told["removed"] == [{"removed_by": release.snapshot, "why": "withdrawn", "incidents": 3}]
    edition = current(home.root, Tier.confidential)
    kept = set(edition.fetch("SELECT native_id FROM incidents")["native_id"])
    assert kept == {str(i) for i in range(72)} - {"3", "20", "21"}
    assert set(edition.fetch("SELECT incident_id FROM removals")["incident_id"]) == {
        f"ucdp_ged:{i}" for i in (3, 20, 21)
    }


def test_a_sample_of_events_must_not_withdraw_the_rest(home, tmp_path):
    add(home, "ucdp_ged", world.write_events(tmp_path, EVENTS), world.ISO3, world.KNOWN_AT)
    sample = as_release(EVENTS[::9])
    add(home, "ucdp_ged", world.write_events(tmp_path, sample), world.ISO3, world.KNOWN_AT + timedelta(9))
    with pytest.raises(CheckFailed, match=r"only 8 of the 72 records .* in all its countries .*at most 41 may"):
        plan(home, None)


def test_a_round_whose_day_is_corrected_counts_its_persons_once(home, tmp_path):
    figures = [(1, "2023-03-10", "XT0101", 1_000), (2, "2023-12-10", "XT0101", 3_000), (2, "2023-12-10", "XT0201", 7)]
    corrected = [(2, "2023-12-12", "XT0101", 3_000)]
    for days, told in enumerate((figures, corrected)):
        path = world.write_displacement(tmp_path, told)
        nameless = pd.read_csv(path, sep=";", dtype=str).drop(columns="id").to_dict("records")
        add(home, "iom_dtm", world.write_rows(path, nameless, ";"), world.ISO3, world.KNOWN_AT + timedelta(days))
    account = build(home, None, quiet)["sources"]["iom_dtm"]
    assert (account["rows_in"], account["loaded"], account["superseded"]) == (4, 3, 1)
    rows = current(home.root, Tier.confidential).fetch("SELECT date, persons FROM displacement ORDER BY date, persons")
    assert [(str(day)[:10], n) for day, n in rows.to_numpy()] == [
        ("2023-03-10", 1_000), ("2023-12-10", 7), ("2023-12-12", 3_000),
    ]  # fmt: skip
