"""Boxes of degrees, and what lies in them."""

import pandas as pd

from app.statements import sql
from data_pipelines.edition import Edition
from geo.errors import UsageError

Box = tuple[float, float, float, float]
"""West, south, east, north in OGC:CRS84 degrees."""


def units_in(edition: Edition, unit: str, box: Box) -> "pd.Series[int]":
    """Return the idx of the units of a kind that reach into a box.

    Raises
    ------
    UsageError
        Where the box is none.
    """
    west, south, east, north = checked(box)
    corners = {"west": west, "south": south, "east": east, "north": north}
    return edition.fetch(sql("units_in_box"), {"unit": unit, **corners})["idx"]


def checked(box: Box) -> Box:
    """Return a box, or say what is wrong with it; one across the antimeridian must be given as two."""
    west, south, east, north = box
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise UsageError(f"The box {box} is none; give west, south, east, north in degrees, west below east.")
    return box
