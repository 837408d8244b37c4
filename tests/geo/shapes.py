"""Shapes and places that the geo tests are made of; all invented."""

import numpy as np
import shapely
from hypothesis import strategies as st

longitudes = st.floats(-180, 180, allow_subnormal=False)
latitudes = st.floats(-90, 90, allow_subnormal=False)


def stars(max_lon=170.0, max_lat=70.0, hole=0.0):
    """Simple polygons round a centre, with 3 to 12 corners, reaching at most 9 degrees out.

    `hole` is the size of a hole of the same form, as part of the whole.
    """
    centres = st.tuples(_degrees(max_lon), _degrees(max_lat))
    radii = st.lists(st.floats(0.01, 9), min_size=3, max_size=12)
    return st.builds(_star, centres, radii, st.just(hole))


def _degrees(limit):
    """Whole micro-degrees, because GEOS divides by zero, and numpy warns, at coordinates like 1e-232."""
    return st.floats(-limit, limit).map(lambda value: round(value, 6))


def _star(centre, radii, hole):
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    corners = np.column_stack([np.cos(angles), np.sin(angles)]) * np.array(radii)[:, None]
    return shapely.Polygon(corners + centre, [corners * hole + centre] if hole else [])


def coverage(n, seed=0, box=(20.0, 5.0, 40.0, 20.0)):
    """Return n polygons that fill a box without gaps or overlaps, with crooked shared borders, degrees."""
    rng = np.random.default_rng(seed)
    west, south, east, north = box
    seeds = np.column_stack([rng.uniform(west, east, n), rng.uniform(south, north, n)])
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(seeds)))
    filled = shapely.segmentize(shapely.intersection(cells, shapely.box(*box)), 0.05)
    return shapely.transform(
        filled, lambda x, y: (x + 0.02 * np.sin(40 * y), y + 0.02 * np.sin(40 * x)), interleaved=False
    )


def chequers(columns, rows, west=0.0, south=0.0, size=1.0):
    """Return columns x rows square boxes, row by row from the south-west corner, degrees."""
    row, column = np.divmod(np.arange(columns * rows), columns)
    x, y = west + column * size, south + row * size
    return shapely.box(x, y, x + size, y + size)
