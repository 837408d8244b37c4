"""The neutral basemap: land without countries, and boundaries, those that are not settled apart."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape

from app.boxes import Box

FOLDER = Path(__file__).parents[1] / "assets" / "basemap"
CREDIT = "Land and boundaries around the mapped area: Natural Earth, generalised."
SETTLED, UNSETTLED = "international", "undetermined"


@cache
def land() -> NDArray[np.object_]:
    """Return the polygons of all land, in degrees."""
    return np.concatenate([shapely.get_parts(geometry) for geometry in _read("land").values()])


@cache
def _read(name: str) -> dict[str, shapely.Geometry]:
    """Return the geometries of a file by status, empty for land."""
    document = json.loads((FOLDER / f"{name}.json").read_text())
    return {f["properties"].get("status", ""): shape(f["geometry"]) for f in document["features"]}


def land_in(view: Box) -> NDArray[np.object_]:
    """Return the land in a box of degrees and a little beyond it."""
    return _clipped(land(), view)


def boundaries_in(view: Box, status: str) -> NDArray[np.object_]:
    """Return the boundaries of a status in a box of degrees and a little beyond it."""
    return _clipped(shapely.get_parts(_read("boundaries")[status]), view)


def _clipped(geometries: NDArray[np.object_], view: Box) -> NDArray[np.object_]:
    west, south, east, north = view[0] - 1, max(view[1] - 1, -90), view[2] + 1, min(view[3] + 1, 90)
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    parts = [shapely.clip_by_rect(geometries, a, south, b, north) for a, b in spans]
    clipped: NDArray[np.object_] = shapely.get_parts(np.concatenate(parts))
    kept: NDArray[np.object_] = clipped[~shapely.is_empty(clipped)]
    return kept
