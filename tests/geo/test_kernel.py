import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import kernel
from geo.geodesy import WGS84
from geo.grids import cell_bounds, cell_id
from geo.raster import band_area_km2

WIDTH_DEG = 0.05
BANDWIDTH_KM = 25.0


def whole_squares(south, shape, width=WIDTH_DEG):
    edge = south + np.arange(shape[0] + 1) * width
    return np.repeat(band_area_km2(edge[:-1], edge[1:], width)[:, None], shape[1], axis=1)


def by_geodesics(sources, weights, targets, bandwidth_km=BANDWIDTH_KM):
    """Return the sum of Gaussians in kilometres on the ellipsoid, each of mass 1 within 4 bandwidths, per km2."""
    found = np.zeros(len(targets[0]))
    for x, y, weight in zip(*sources, weights, strict=True):
        dist_km = WGS84.inv(*(np.full(len(found), c) for c in (x, y)), *targets)[2] / 1000
        gauss = np.exp(-((dist_km / bandwidth_km) ** 2) / 2) / (2 * np.pi * bandwidth_km**2) / (1 - np.exp(-8))
        found += weight * np.where(dist_km <= 4 * bandwidth_km, gauss, 0)
    return found


@pytest.mark.parametrize(
    ("latitude", "west", "columns"),
    [(0, 20, 200), (30, 20, 240), (60, 20, 400), (80, 20, 1000), (-80, 20, 1000), (60, -180, 7200), (-17, -180, 7200)],
)
def test_a_surface_is_the_sum_of_gaussians_along_geodesics(latitude, west, columns):
    """Where columns go round the globe, the sources lie on either side of the antimeridian."""
    random = np.random.default_rng(5)
    south, rows = latitude - 2.5, 100
    weight = np.zeros((rows, columns))
    first = -20 if columns == 7200 else columns // 2 - 20
    row, column = rows // 2 + random.integers(-20, 20, 12), first + random.integers(0, 40, 12)
    weight[row, column] += np.arange(1.0, 13)
    area = whole_squares(south, weight.shape)
    found = kernel.surface(weight, area, south, WIDTH_DEG, BANDWIDTH_KM)
    assert (found * area).sum() == pytest.approx(weight.sum(), rel=1e-9)

    def middle(row, column):
        x = west + (column + 0.5) * WIDTH_DEG
        return (x + 180) % 360 - 180, south + (row + 0.5) * WIDTH_DEG

    there = found > 0
    there.flat[random.integers(0, found.size, 2000)] = True
    at_row, at_column = np.nonzero(weight)
    expected = by_geodesics(middle(at_row, at_column), weight[at_row, at_column], middle(*np.nonzero(there)))
    worst = np.abs(found[there] - expected).max() / expected.max()
    print(f"\nlatitude {latitude}, {columns} columns: off by {worst:.2e} of the largest value at most")
    assert worst < 0.001


def test_a_surface_reaches_over_the_pole():
    weight = np.zeros((4, 72))
    weight[3, 0] = 1.0
    area = whole_squares(70.0, weight.shape, 5.0)
    found = kernel.surface(weight, area, 70.0, 5.0, 500.0)
    assert (found * area).sum() == pytest.approx(1, rel=1e-9)
    assert found[3, 36] == pytest.approx(found[3, 0] * np.exp(-((556 / 500) ** 2) / 2), rel=0.01)
    assert found[2, 36] == pytest.approx(found[2, 0] * np.exp((556**2 - 1115**2) / 2 / 500**2), rel=0.02)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.sampled_from([3.0, 10.0, 60.0]), st.floats(-89, 87))
def test_nothing_is_lost_at_a_coast_and_nothing_falls_into_the_sea(seed, bandwidth_km, south):
    random = np.random.default_rng(seed)
    area = whole_squares(south, (30, 25)) * (random.random((30, 25)) < 0.4)
    weight = np.where((area > 0) & (random.random(area.shape) < 0.1), random.gamma(0.3, 1, area.shape), 0)
    found = kernel.surface(weight, area, south, WIDTH_DEG, bandwidth_km)
    assert (found * area).sum() == pytest.approx(weight.sum(), rel=1e-9)
    assert (found >= 0).all()
    assert not found[area == 0].any()


def test_beyond_the_reach_of_every_weight_there_is_nothing_at_all():
    weight = np.zeros((60, 60))
    weight[5, 5] = 1e6
    found = kernel.surface(weight, whole_squares(10.0, weight.shape), 10.0, WIDTH_DEG, 10.0)
    reached = np.argwhere(found > 0)
    assert np.abs(reached - 5).max() <= 8
    assert np.count_nonzero(found) == pytest.approx(np.pi * 40**2 / 30, rel=0.2)  # less what lies beyond the grid


def test_surfaces_add_up():
    random = np.random.default_rng(3)
    one, other = (np.where(random.random((40, 50)) < 0.05, random.random((40, 50)), 0) for _ in range(2))
    area = whole_squares(12.0, one.shape)
    args = area, 12.0, WIDTH_DEG, BANDWIDTH_KM
    both = kernel.surface(one + other, *args)
    assert both == pytest.approx(kernel.surface(one, *args) + kernel.surface(other, *args), rel=1e-9, abs=1e-12)


def test_every_month_of_the_world_is_the_decayed_sum_along_geodesics():
    """Sources at the equator, at 60 degrees and on either side of the antimeridian; one cell has two records."""
    gid = cell_id(np.array([20.2, 20.2, 100.7, 179.9, -179.9]), np.array([0.2, 0.2, 60.2, -17.2, -17.2]))
    month, weight = np.array([0, 2, 1, 0, 3]), np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    targets = np.arange(1, 720 * 360 + 1)
    found = kernel.space_time((gid, month, weight), targets, 5, 2.0, 80.0)
    west, south, _, north = cell_bounds(targets).T
    area = band_area_km2(south, north, 0.5)
    there = np.flatnonzero((found > 0).any(axis=1) | (targets % 500 == 0))
    x, y = west + 0.25, south + 0.25
    for now in range(5):
        decayed = np.where(month <= now, weight * 2.0 ** (-(now - month) / 2), 0)
        assert (found[:, now] * area).sum() == pytest.approx(decayed.sum(), rel=1e-6)
        expected = by_geodesics((x[gid - 1], y[gid - 1]), decayed, (x[there], y[there]), 80.0)
        assert np.abs(found[there, now] - expected).max() < 0.005 * expected.max()


def test_a_month_of_the_world_stays_on_its_targets():
    gid = cell_id(np.array([20.2, 20.7, 21.2]), np.array([0.2, 0.2, 0.2]))
    found = kernel.space_time((gid[:1], np.array([0]), np.array([2.0])), gid, 1, 6.0, 50.0)
    area = band_area_km2(np.zeros(3), np.full(3, 0.5), 0.5)
    assert (found[:, 0] * area).sum() == pytest.approx(2)
    assert found[0, 0] > found[1, 0] > found[2, 0] > 0


def test_a_surface_is_what_the_world_is_in_one_month():
    random = np.random.default_rng(8)
    gid = np.unique(random.integers(100_000, 200_000, 300))
    weight = random.random(len(gid))
    month = np.zeros(len(gid), int)
    targets = np.arange(1, 720 * 360 + 1)
    grid = np.zeros(720 * 360)
    grid[gid - 1] = weight
    area = whole_squares(-90.0, (360, 720), 0.5)
    flat = kernel.surface(grid.reshape(360, 720), area, -90.0, 0.5, 55.0)
    stamped = kernel.space_time((gid, month, weight), targets, 1, 6.0, 55.0)
    assert flat.ravel() == pytest.approx(stamped[:, 0], rel=1e-6, abs=flat.max() * 1e-12)
