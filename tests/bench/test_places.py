"""Points to polygons beside a geopandas `sjoin`, and incidents near sites beside the spatial join of DuckDB."""

import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from data_pipelines import warehouse
from geo.geodesy import pairs_within
from geo.locate import locate
from tests.bench.places import clustered, countries, districts

TIMES = 5
INCIDENTS, MANY, SITES = 390_000, 2_500_000, 2_000_000
RADIUS_M = 5_000
BOX_DEG = 0.06  # more than 5 km of longitude up to 41 degrees, which is as far from the equator as sites lie here
PLACES = """
CREATE TABLE $name AS
SELECT
    row_number() OVER () - 1 AS site, ST_Point(x, y) AS point,
    ST_MakeEnvelope(x - $deg, y - $deg, x + $deg, y + $deg) AS box
FROM places
"""
NEAR = """
SELECT s.site, count(*) AS n
FROM sites s JOIN incidents i ON ST_Intersects(s.box, i.point)
WHERE ST_Distance_Spheroid(s.point, i.point) <= $radius_m
GROUP BY s.site ORDER BY s.site
"""


@pytest.fixture(scope="module")
def land():
    return districts(np.random.default_rng(1))


def by_turns(ours, peers):
    """Return what both gave last and their least seconds of CPU, on all cores, taken by turns."""
    given, seconds = {}, {ours: [], peers: []}
    for _ in range(TIMES):
        for way in (ours, peers):
            begun = time.process_time()
            given[way] = way()
            seconds[way].append(time.process_time() - begun)
    return given[ours], given[peers], min(seconds[ours]), min(seconds[peers])


@pytest.mark.parametrize(("shapes", "count", "most"), [
    ("districts", INCIDENTS, 0.6),
    ("districts", MANY, 0.6),
    ("countries", INCIDENTS, 0.4),
])  # fmt: skip
def test_each_point_has_one_polygon_in_a_part_of_the_time_of_sjoin(land, shapes, count, most):
    rng = np.random.default_rng(2)
    polygons = countries(rng, land) if shapes == "countries" else land
    ids = np.array([f"{n:06d}" for n in range(len(polygons))], object)
    at = clustered(rng, land, count)
    points = gpd.GeoDataFrame(geometry=shapely.points(*at), crs=4326)
    frame = gpd.GeoDataFrame({"id": ids}, geometry=polygons, crs=4326)
    found, joined, ours, peers = by_turns(
        lambda: locate(at.lon, at.lat, polygons, ids), lambda: gpd.sjoin(points, frame, predicate="within")
    )
    what = f"{count:,} points to {len(ids):,} {shapes}"
    print(f"\n{what}: {ours:.2f} s of CPU, sjoin {peers:.2f} s, {ours / peers:.2f} times")
    expected = joined.groupby(level=0)["id"].min()
    assert (pd.Series(found).loc[expected.index] == expected).all()
    assert pd.notna(found).sum() >= len(expected)  # `within` leaves out points on borders
    assert ours <= most * peers


def test_incidents_within_5_km_of_sites_are_counted_in_a_part_of_the_time_of_duckdb(land):
    rng = np.random.default_rng(3)
    band = land[np.abs(shapely.get_y(shapely.centroid(land))) < 38]
    sites, incidents = clustered(rng, band, SITES), clustered(rng, band, INCIDENTS)

    def ours() -> np.ndarray:
        site, _, _ = pairs_within(*sites, *incidents, RADIUS_M)
        return np.bincount(site, minlength=SITES)

    with warehouse.connect() as connection:
        for name, places in (("sites", sites), ("incidents", incidents)):
            connection.register("places", pd.DataFrame({"x": places.lon, "y": places.lat}))
            connection.execute(PLACES.replace("$name", name), {"deg": BOX_DEG})

        def peers() -> pd.DataFrame:
            return connection.execute(NEAR, {"radius_m": RADIUS_M}).df()

        counts, rows, seconds, beside = by_turns(ours, peers)
    what = f"{counts.sum():,} pairs of {SITES:,} sites and {INCIDENTS:,} incidents"
    print(f"\n{what}: {seconds:.2f} s of CPU, DuckDB {beside:.2f} s, {seconds / beside:.2f} times")
    expected = np.zeros(SITES, np.int64)
    expected[rows["site"]] = rows["n"]
    assert np.abs(counts - expected).max() <= 1  # two geodesics may differ where a site is 5 km away to the micrometre
    assert (counts != expected).mean() < 1e-5
    assert seconds <= 0.35 * beside
