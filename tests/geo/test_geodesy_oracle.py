"""Distances, areas and circles against pyproj.Geod, at every latitude and across the antimeridian: within 0.1 %.

Points are placed by Geod's direct problem (start, azimuth, metres -> end), so the metres are known before anything
is measured.
"""

import numpy as np
import pyproj
import pytest
import shapely

from geo import exposure, support
from geo.antimeridian import split
from geo.geodesy import area_km2, circle, distance_m, pairs_within
from geo.nearby import polygons_nearby

GEOD = pyproj.Geod(ellps="WGS84")
LATITUDES = (0.0, 30.0, -30.0, 60.0, -60.0, 80.0, -80.0)
MERIDIANS = (31.0, 180.0)
"""One in the middle of the map, and the antimeridian, which most pairs from here cross."""
PAIRS = 1_000
WITHIN = 1e-3

everywhere = pytest.mark.parametrize(("lat", "lon"), [(lat, lon) for lat in LATITUDES for lon in MERIDIANS])


def placed(lat, lon, seed=0):
    """Return 1,000 pairs near a place (longitudes and latitudes of both) and the metres between, 10 m to 1,000 km."""
    rng = np.random.default_rng(seed)
    lons, lats = (lon + rng.uniform(-0.2, 0.2, PAIRS) + 180) % 360 - 180, lat + rng.uniform(-0.2, 0.2, PAIRS)
    apart_m = 10 ** rng.uniform(1, 6, PAIRS)
    ends = GEOD.fwd(lons, lats, rng.uniform(0, 360, PAIRS), apart_m)
    return (lons, lats, *ends[:2]), apart_m


def largest(found, expected):
    """Return the largest relative difference."""
    return float(np.max(np.abs(np.asarray(found) / np.asarray(expected) - 1)))


def error_of_distances(lat, lon):
    points, apart_m = placed(lat, lon)
    return largest(distance_m(*points), apart_m)


def error_of_pairs(lat, lon):
    """Of all pairs within 30 km (where chords are measured) and beyond it."""
    (lon1, lat1, lon2, lat2), apart_m = placed(lat, lon)
    found = []
    for limit_m in (29_000.0, 1_000_001.0):
        one, other, dist_m = pairs_within(lon1, lat1, lon2, lat2, limit_m)
        own = one == other
        assert sorted(one[own].tolist()) == np.flatnonzero(apart_m <= limit_m).tolist()
        found.append(largest(dist_m[own], apart_m[one[own]]))
    return max(found)


def error_of_areas(lat, lon):
    """Of 50 crooked polygons of 1 to 200 km, with sides that Geod follows as straight lines in degrees."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(50):
        x, y, _ = GEOD.fwd(*np.full((2, 9), [[lon], [lat]]), np.linspace(0, 320, 9), 10 ** rng.uniform(3, 5.3, 9))
        star = shapely.Polygon(np.column_stack([lon + (x - lon + 180) % 360 - 180, y]))
        fine = shapely.segmentize(star, 0.005)
        expected = abs(GEOD.geometry_area_perimeter(fine)[0]) / 1e6
        found.append(largest(area_km2(np.array([split(star)], object)), expected))
    return max(found)


def error_of_circles(lat, lon):
    """Of the distance from the centre to any place on the circle, also between its corners."""
    found = []
    for radius_m in (500.0, 5_000.0, 25_000.0, 100_000.0):
        drawn = shapely.boundary(circle((lon + 180) % 360 - 180, lat, radius_m))
        x, y = shapely.get_coordinates(shapely.segmentize(drawn, radius_m / 111_320 / 50)).T
        rim = np.abs(np.abs(x) - 180) > 1e-9  # the others are where it is cut
        found.append(largest(GEOD.inv(np.full(rim.sum(), lon), np.full(rim.sum(), lat), x[rim], y[rim])[2], radius_m))
    return max(found)


def error_of_reach(lat, lon):
    """Of the area within 5 km of 200 places, on the average: what people near them are counted by."""
    near = 0.2 / np.cos(np.radians(lat))
    west, south, east, north = lon - near, lat - 0.2, lon + near, lat + 0.2
    land = split(shapely.box(west, south, east, north))
    atoms = support.atoms_of(np.array([land], object))
    rng = np.random.default_rng(2)
    lons = (lon + rng.uniform(-near / 2, near / 2, 200) + 180) % 360 - 180
    part = exposure.reach(lons, lat + rng.uniform(-0.1, 0.1, 200), atoms, 5_000.0)
    return largest((part @ atoms.area_km2).mean(), 25 * np.pi)


def error_of_gaps(lat, lon):
    """Of the distance between nearest points of two small triangles that point at each other, 10 to 190 km apart."""
    rng = np.random.default_rng(3)
    found = []
    for apart_m in rng.uniform(10_000, 190_000, 20):
        azimuth = rng.uniform(0, 360)
        x, y, back = GEOD.fwd(lon, lat, azimuth, apart_m)
        shapes = np.array([_pointing(lon, lat, azimuth + 180), _pointing(x, y, back + 180)], object)
        nothing = np.empty(0, np.int64)
        found.append(largest(polygons_nearby(shapes, (nothing, nothing), 200_000.0).dist_m, apart_m))
    return max(found)


def _pointing(lon, lat, away):
    """Return a triangle of 5 km with one corner at a place, opening in a direction."""
    x, y, _ = GEOD.fwd([lon, lon], [lat, lat], [away - 20, away + 20], [5_000.0, 5_000.0])
    corners = np.array([(lon, lat), *zip(x, y, strict=True)])
    corners[:, 0] = lon + (corners[:, 0] - lon + 180) % 360 - 180
    return split(shapely.Polygon(corners))


@everywhere
class TestWithinAThousandth:
    def test_distances(self, lat, lon):
        assert error_of_distances(lat, lon) < WITHIN

    def test_pairs(self, lat, lon):
        assert error_of_pairs(lat, lon) < WITHIN

    def test_areas(self, lat, lon):
        assert error_of_areas(lat, lon) < WITHIN

    def test_circles(self, lat, lon):
        assert error_of_circles(lat, lon) < WITHIN

    def test_reach(self, lat, lon):
        assert error_of_reach(lat, lon) < WITHIN

    def test_gaps_between_polygons(self, lat, lon):
        assert error_of_gaps(lat, lon) < WITHIN
