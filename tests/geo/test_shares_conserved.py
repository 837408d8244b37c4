"""Nothing is lost and nothing twice: 10,000 records of every support, placed as a build places them.

The invented world has a land of two provinces, an island state on both sides of the antimeridian and land at both
poles; records lie in it, around it, on its borders and corners, on the antimeridian and at the poles. Each of the four
lands is built by itself, as a drawing of all of them would span the world.
"""

import numpy as np
import pandas as pd
import pytest
import shapely

from data_pipelines import places as ground
from data_pipelines import shares, warehouse
from data_pipelines.staging import create
from data_pipelines.tables import UNITS, table
from data_pipelines.tables._table import SUPPORTS

N = 10_000
BOX = shapely.box
LANDS = (
    {"XAA01": {"XAA0101": BOX(0, 0, 1, 1), "XAA0102": BOX(1, 0, 2, 1)}, "XAA02": {"XAA0201": BOX(0, 1, 2, 2.3)}},
    {
        "XBB01": {
            "XBB0101": shapely.MultiPolygon([BOX(179.3, -17, 180, -16), BOX(-180, -17, -179.2, -16)]),
            "XBB0102": BOX(178.2, -17, 179.3, -16),
        }
    },
    {"XNN01": {"XNN0101": BOX(-180, 89.8, 180, 90)}},
    {"XSS01": {"XSS0101": BOX(-180, -90, 180, -89.8)}},
)
POPULATION = {"XAA0101": 900, "XAA0102": 17, "XBB0101": 1, "XBB0102": 250_000}
AROUND = (
    ((-0.3, 2.3, -0.3, 2.6),),
    ((178, 180, -17.2, -15.8), (-180, -179, -17.2, -15.8)),
    ((-180, 180, 89.7, 90),),
    ((-180, 180, -90, -89.7),),
)
ON_EDGES = (
    ((0, 0.5), (1, 0.25), (1, 1), (2, 2.3), (0.5, 1), (2, 0), (1.5, 0.5)),
    ((179.3, -16.5), (180, -16.5), (-180, -16.2), (180, -17), (-179.2, -16), (180, 0)),
    ((0, 90), (180, 90), (-180, 90), (90, 89.8), (180, 89.9)),
    ((0, -90), (180, -90), (-180, -90), (37.5, -89.8), (-180, -89.9)),
)


def areas(land):
    rows = [
        {"area_id": area, "level": 2, "name": area, "parent_id": parent, "iso3": parent[:3], "geometry": shape}
        for parent, districts in land.items()
        for area, shape in districts.items()
    ]
    return pd.DataFrame(rows).assign(country="Invented", area_km2=1.0, snapshot="s")


def points(rng, land):
    """Return longitudes and latitudes in and around the land of each record, on edges, and some not known."""
    x, y = np.empty(N), np.empty(N)
    for number, (around, edges) in enumerate(zip(AROUND, ON_EDGES, strict=True)):
        mine = np.flatnonzero(land == number)
        west, east, south, north = np.array(around)[rng.integers(0, len(around), len(mine))].T
        anywhere = west + rng.random(len(mine)) * (east - west), south + rng.random(len(mine)) * (north - south)
        edge, on_edge = np.array(edges)[rng.integers(0, len(edges), len(mine))].T, rng.random(len(mine)) < 0.2
        x[mine], y[mine] = np.where(on_edge, edge, anywhere)
    unknown = rng.random(N) < 0.02
    return np.where(unknown, np.nan, x), np.where(unknown, np.nan, y)


def records(seed):
    rng = np.random.default_rng(seed)
    land = rng.choice(len(LANDS), N, p=(0.4, 0.5, 0.05, 0.05))
    x, y = points(rng, land)
    start = np.datetime64("2019-01-01") + rng.integers(0, 1500, N)
    days = rng.choice([1, 2, 30, 365], N, p=(0.5, 0.2, 0.2, 0.1))
    deaths = rng.geometric(0.02, N) * rng.integers(0, 2, N)
    number = [f"{n:05d}" for n in range(N)]
    return pd.DataFrame(
        {
            "land": land,
            "incident_id": [f"invented:{n}" for n in number],
            "source": "invented",
            "native_id": number,
            "date_start": start,
            "date_end": start + rng.integers(0, days),
            "longitude": x,
            "latitude": y,
            "support": rng.choice(SUPPORTS, N),
            "kind": rng.choice(["state_based", "non_state", "one_sided", "attack_on_health"], N),
            "deaths_civilians": deaths,
            "is_aggregate": False,
            "is_repaired": False,
            "snapshot": "s",
        }
    )


def placed(rows):
    """Return the shares and the unplaced records of builds of these rows, in order of their keys."""
    found, left = zip(*(placed_on(land, rows[rows["land"] == n]) for n, land in enumerate(LANDS)), strict=True)
    return pd.concat(found, ignore_index=True), pd.concat(left, ignore_index=True)


def placed_on(land, rows):
    connection = warehouse.connect()
    create(connection)
    warehouse.insert(connection, table("areas"), areas(land))
    people = pd.DataFrame({"area_id": list(POPULATION), "persons": list(POPULATION.values())})
    warehouse.insert(connection, table("population"), people.assign(level=2, year=2020, snapshot="s"))
    warehouse.insert(connection, table("incidents"), rows)
    shares.place_incidents(connection, ground.survey(connection, []))
    found = connection.execute("FROM incident_shares ORDER BY ALL").df()
    left = connection.execute("FROM unplaced ORDER BY ALL").df()
    connection.close()
    return found, left


@pytest.fixture(scope="module")
def everything():
    rows = records(1)
    return rows, *placed(rows)


def test_every_record_is_in_shares_that_sum_to_one_or_among_the_unplaced(everything):
    rows, found, left = everything
    assert found.duplicated(["incident_id", "unit", "unit_id", "period"]).sum() == 0
    for unit in UNITS:
        sums = found[found["unit"] == unit].groupby("incident_id")["share"].sum()
        assert (sums == 1.0).all(), "exactly, without rounding"
        assert sorted([*sums.index, *left["record_id"]]) == sorted(rows["incident_id"])
    assert (found["share"] > 0).all()


def test_totals_by_unit_and_unplaced_are_the_input_to_the_last_death(everything):
    rows, found, left = everything
    deaths = rows.set_index("incident_id")["deaths_civilians"]
    lost = deaths[left["record_id"]].sum()
    for unit in UNITS:
        here = found[found["unit"] == unit]
        by_unit = (here["share"] * deaths[here["incident_id"]].to_numpy()).groupby(here["unit_id"]).sum()
        assert by_unit.sum() + lost == deaths.sum()
        assert here.groupby("unit_id")["share"].sum().sum() + len(left) == N


def test_the_records_are_of_every_kind(everything):
    """Were all of them unplaced, the sums would hold as well."""
    rows, found, left = everything
    support = rows.set_index("incident_id")["support"]
    assert 4000 < len(left) < 7000
    assert set(support[found["incident_id"].unique()]) == {"exact", "near", "adm2", "adm1"}
    assert left["reason"].nunique() == 5
    lands = found[found["unit"] == "adm2"]["unit_id"].unique()
    assert set(lands) == {area for land in LANDS for districts in land.values() for area in districts}
    spread = found[found["unit"] == "cell"].groupby("incident_id")["unit_id"].nunique()
    assert spread.max() == 720, "a record at a pole may lie in every cell around it"
    assert found.groupby("incident_id")["period"].nunique().max() == 13


def test_shares_lie_where_records_may(everything):
    rows, found, _ = everything
    support = rows.set_index("incident_id")["support"]
    by_unit = found.groupby(["incident_id", "unit"])["unit_id"].nunique().unstack()
    kind = support[by_unit.index]
    assert (by_unit[kind == "exact"] == 1).all(axis=None)
    assert (by_unit[kind == "adm2"][["adm1", "adm2"]] == 1).all(axis=None)
    assert (by_unit[kind == "adm1"]["adm1"] == 1).all()


def test_the_order_of_rows_changes_nothing():
    rows = records(2)[:1500]
    one, other = placed(rows), placed(rows.sample(frac=1, random_state=3))
    for before, after in zip(one, other, strict=True):
        pd.testing.assert_frame_equal(before, after)
