"""The part of the world a map shows: an equal-area projection about its middle, and what of it fits the paper."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from app.boxes import Box
from geo.crs import CRS84, MERCATOR

SMALLEST_M = 20_000.0
"""A map never shows less than this: at a smaller scale of detail places could be told apart."""


@dataclass(frozen=True)
class Frame:
    """What a map shows: metres in Lambert's azimuthal equal-area projection about `longitude`, `latitude`.

    Attributes
    ----------
    half_width_m, half_height_m
        From the middle to the edges.
    """

    longitude: float
    latitude: float
    half_width_m: float
    half_height_m: float

    @property
    def crs(self) -> str:
        """The projection; true to area everywhere, and to scale within 0.3 % as far as 900 km from the middle."""
        return f"+proj=laea +lon_0={self.longitude:.6f} +lat_0={self.latitude:.6f} +datum=WGS84 +units=m +type=crs"

    @property
    def transformer(self) -> pyproj.Transformer:
        """From OGC:CRS84 degrees to metres."""
        return _transformer(CRS84, self.crs)

    def project(self, geometries: NDArray[np.object_], crs: str = CRS84) -> NDArray[np.object_]:
        """Return geometries in metres about the middle of the map."""
        projected = shapely.transform(geometries, _transformer(crs, self.crs).transform, interleaved=False)
        return np.asarray(projected, dtype=object)

    def fitted(self, width: float, height: float, margin: float) -> "Frame":
        """Return the frame widened to the proportions of a panel, with a margin in parts of its size."""
        m_per_mm = 2 * (1 + 2 * margin) * max(self.half_width_m / width, self.half_height_m / height)
        return Frame(self.longitude, self.latitude, m_per_mm * width / 2, m_per_mm * height / 2)

    def boxes(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return, for boxes of west, south, east, north in degrees, the boxes in metres that hold them."""
        x, y = self.transformer.transform(boxes[:, [0, 2, 2, 0]].ravel(), boxes[:, [1, 1, 3, 3]].ravel())
        x, y = np.reshape(x, (-1, 4)), np.reshape(y, (-1, 4))
        return np.column_stack([x.min(axis=1), y.min(axis=1), x.max(axis=1), y.max(axis=1)])

    @property
    def edge(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Longitudes and latitudes along the frame, in degrees."""
        along = np.linspace(-1, 1, 41)
        ends = np.ones_like(along)
        x = np.concatenate([along, along, -ends, ends]) * self.half_width_m
        y = np.concatenate([-ends, ends, along, along]) * self.half_height_m
        longitude, latitude = self.transformer.transform(x, y, direction="INVERSE")
        return np.asarray(longitude), np.asarray(latitude)

    @property
    def view(self) -> Box:
        """The box of degrees that holds the frame; the whole world where a corner lies beyond it."""
        longitude, latitude = self.edge
        if not np.isfinite(longitude).all():
            return -180.0, -90.0, 180.0, 90.0
        offset = (longitude - self.longitude + 180) % 360 - 180
        west, east = ((self.longitude + o + 180) % 360 - 180 for o in (offset.min(), offset.max()))
        return float(west), float(latitude.min()), float(east), float(latitude.max())

    @property
    def north_is_up(self) -> bool:
        """Whether north is within 5 degrees of upwards everywhere, so that one arrow is true for the whole frame."""
        longitude, latitude = self.edge
        if not np.isfinite(longitude).all():
            return False
        turned = np.sin(np.radians(latitude)) * ((longitude - self.longitude + 180) % 360 - 180)
        return bool(np.abs(turned).max() <= 5.0)

    @property
    def scale_bar_m(self) -> float:
        """The longest of 1, 2, 3, 5, 10 ... that takes at most a quarter of the width."""
        longest = self.half_width_m / 2
        power = 10.0 ** math.floor(math.log10(longest))
        return max(step * power for step in (1, 2, 3, 5) if step * power <= longest)


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def degrees(boxes_3857: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return boxes of west, south, east, north in degrees for boxes in Web Mercator metres."""
    corners = _transformer(MERCATOR, CRS84).transform(boxes_3857[:, [0, 2]].ravel(), boxes_3857[:, [1, 3]].ravel())
    return np.column_stack(corners).reshape(-1, 4)


def around(boxes: NDArray[np.float64]) -> Frame:
    """Return the frame that holds boxes of west, south, east, north in degrees, across the antimeridian too."""
    middle = _mean_longitude(boxes)
    offset = (boxes[:, [0, 2]] - middle + 180) % 360 - 180
    longitude = middle + (offset.min() + offset.max()) / 2
    first = Frame(float((longitude + 180) % 360 - 180), float((boxes[:, 1].min() + boxes[:, 3].max()) / 2), 1, 1)
    # The box of degrees and the box of metres have different middles where meridians converge.
    x0, y0, x1, y1 = _hull(first.boxes(boxes))
    centre = first.transformer.transform((x0 + x1) / 2, (y0 + y1) / 2, direction="INVERSE")
    second = Frame(float(centre[0]), float(centre[1]), 1, 1)
    x0, y0, x1, y1 = np.abs(_hull(second.boxes(boxes)))
    half = np.maximum([max(x0, x1), max(y0, y1)], SMALLEST_M / 2)
    return Frame(second.longitude, second.latitude, float(half[0]), float(half[1]))


def _hull(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _mean_longitude(boxes: NDArray[np.float64]) -> float:
    turns = np.radians((boxes[:, 0] + boxes[:, 2]) / 2)
    return float(np.degrees(np.arctan2(np.sin(turns).mean(), np.cos(turns).mean())))
