"""The half of the earth seen from far above a place, for the locator."""

from functools import cache

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from scipy.ndimage import map_coordinates

from app.briefing._basemap import land

SEA, GROUND = np.array([0.875, 0.910, 0.933]), np.array([0.69, 0.71, 0.72])
PER_DEGREE, PIXELS = 4, 400


def globe(longitude: float, latitude: float) -> NDArray[np.float64]:
    """Return a picture as rows x columns x (red, green, blue), north up; what lies outside the disc means nothing.

    Land is looked up pixel by pixel, so that no polygon has to be cut at the horizon.
    """
    along = (np.arange(PIXELS) + 0.5) / PIXELS * 2 - 1
    x, y = np.meshgrid(along, -along)
    z = np.sqrt(np.clip(1 - x**2 - y**2, 0, None))
    tilt = np.radians(latitude)
    up = y * np.cos(tilt) + z * np.sin(tilt)
    east = np.degrees(np.arctan2(x, z * np.cos(tilt) - y * np.sin(tilt))) + longitude
    north = np.degrees(np.arcsin(np.clip(up, -1, 1)))
    column, row = ((east + 180) % 360) * PER_DEGREE - 0.5, (90 - north) * PER_DEGREE - 0.5
    is_land = map_coordinates(_land_mask(), [row, column], order=1, mode="nearest")[..., None]
    return np.asarray(SEA + (GROUND - SEA) * is_land)


@cache
def _land_mask() -> NDArray[np.float32]:
    """Return 1 for land and 0 for water in squares of a quarter of a degree, from the north-west corner."""
    shape = (180 * PER_DEGREE, 360 * PER_DEGREE)
    grid = Affine(1 / PER_DEGREE, 0, -180, 0, -1 / PER_DEGREE, 90)
    return np.asarray(rasterize(list(land()), shape, transform=grid, dtype="uint8"), dtype=np.float32)
