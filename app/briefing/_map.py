"""The map panel: land, units in the colours of their classes, borders."""

import math

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from app.briefing._basemap import SETTLED, UNSETTLED, boundaries_in, land_in
from app.briefing._facts import Facts
from app.briefing._frame import Frame, degrees
from app.briefing._sheet import Panel, Sheet
from app.statements import sql
from data_pipelines.edition import Edition
from geo.crs import MERCATOR, to_mercator
from layers._legend import STATUS_STYLE, class_of, classes

WATER, LAND, COAST, BORDER, PROVINCE, COUNTRY = "#dbe6ed", "#e6e2d9", "#b9c4cc", "#b4bbc1", "#5a6672", "#1f2933"
ALONG_M, TWIN_M = 40_000.0, 10_000.0
"""How near a line runs along another; how near it is the same line, more generalised."""

EQUATOR_M = 2 * math.pi * 6_378_137.0
TILE_PX = 256
PX_PER_MM = 150 / 25.4


def unit_boxes(edition: Edition, unit: str) -> NDArray[np.float64]:
    """Return west, south, east, north in degrees for each unit of a kind, by idx."""
    boxes = edition.fetch(sql("briefing_boxes"), {"unit": unit})
    return degrees(boxes[["x0", "y0", "x1", "y1"]].to_numpy(float))


def draw_map(sheet: Sheet, panel: Panel, frame: Frame, facts: Facts, edition: Edition) -> None:
    """Draw land, units and borders."""
    axes, line = _axes(sheet, panel, frame), sheet.scale
    _patch(axes, frame.project(land_in(frame.view)), facecolor=LAND, edgecolor=COAST, linewidth=0.3 * line, zorder=1)
    idx, shapes = _shapes(edition, facts.unit, frame, panel)
    _fill(axes, idx, shapes, facts)
    _patch(axes, shapes, facecolor="none", edgecolor=BORDER, linewidth=0.35 * line, zorder=4)
    if facts.unit != "adm1":
        provinces = _shapes(edition, "adm1", frame, panel)[1]
        _patch(axes, provinces, facecolor="none", edgecolor=PROVINCE, linewidth=0.55 * line, zorder=5)
    _boundaries(axes, _shapes(edition, "adm0", frame, panel)[1], frame, line)


def _boundaries(axes: Axes, countries: NDArray[np.object_], frame: Frame, line: float) -> None:
    """Draw the outlines of the countries mapped, and the basemap's boundaries where they do not repeat them.

    What runs along a boundary that is not settled is dotted, whoever drew it.
    """
    outlines = shapely.union_all(shapely.boundary(countries))
    unsettled = shapely.union_all(frame.project(boundaries_in(frame.view, UNSETTLED)))
    settled = shapely.union_all(frame.project(boundaries_in(frame.view, SETTLED)))
    near = shapely.buffer(unsettled, ALONG_M, quad_segs=4)
    repeated = shapely.union_all(shapely.buffer(shapely.simplify(countries, TWIN_M / 10), TWIN_M, quad_segs=2))
    _lines(axes, settled - repeated, PROVINCE, 0.5 * line)
    _lines(axes, unsettled - repeated, PROVINCE, 0.9 * line, dotted=True)
    _lines(axes, outlines - near, COUNTRY, 1.0 * line)
    _lines(axes, outlines & near, COUNTRY, 1.3 * line, dotted=True)


def _lines(axes: Axes, lines: shapely.Geometry, colour: str, width: float, *, dotted: bool = False) -> None:
    vertices = [shapely.get_coordinates(part) for part in shapely.get_parts(shapely.line_merge(lines))]
    style = (0, (0.1, 2.0)) if dotted else "solid"
    artist = LineCollection(vertices, colors=colour, linewidths=width, linestyles=[style], zorder=6, capstyle="round")
    axes.add_collection(artist, autolim=False)


def _axes(sheet: Sheet, panel: Panel, frame: Frame) -> Axes:
    place = (
        panel.x / sheet.width,
        1 - panel.bottom / sheet.height,
        panel.width / sheet.width,
        panel.height / sheet.height,
    )
    axes = sheet.figure.add_axes(place, facecolor=WATER, xticks=[], yticks=[])
    axes.set_xlim(-frame.half_width_m, frame.half_width_m)
    axes.set_ylim(-frame.half_height_m, frame.half_height_m)
    for spine in axes.spines.values():
        spine.set(color=PROVINCE, linewidth=0.6 * sheet.scale)
    return axes


def _shapes(edition: Edition, unit: str, frame: Frame, panel: Panel) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Return the units in view, by idx, with their shapes in metres of the map, as fine as the paper can show."""
    west, south, east, north = frame.view
    (x0, x1), (y0, y1) = to_mercator([west, east], [south, north])
    if west > east:
        x0, x1 = -EQUATOR_M, EQUATOR_M
    m_per_px = 2 * frame.half_width_m / (panel.width * PX_PER_MM)
    zoom = math.ceil(math.log2(EQUATOR_M * math.cos(math.radians(frame.latitude)) / (TILE_PX * m_per_px)))
    params = {"unit": unit, "zoom": max(zoom, 0), "x0": float(x0), "x1": float(x1), "y0": float(y0), "y1": float(y1)}
    rows = edition.fetch(sql("briefing_shapes"), params)
    geometries = shapely.from_wkb([bytes(wkb) for wkb in rows["geometry"]])
    return rows["idx"].to_numpy(np.int64), frame.project(np.asarray(geometries, dtype=object), MERCATOR)


def _fill(axes: Axes, idx: NDArray[np.int64], shapes: NDArray[np.object_], facts: Facts) -> None:
    """Colour each unit by its class, and hatch those whose status is not ok; what was not asked for stays plain."""
    rows = facts.values.set_index("idx").loc[idx]
    mapped, status = rows["mapped"].to_numpy(bool), rows["status"].to_numpy(str)
    _patch(axes, shapes[~mapped], facecolor=LAND)
    of = class_of(rows["painted"].to_numpy(float), facts.layer)
    valued = mapped & (of >= 0)
    stale = STATUS_STYLE["stale"]
    for number, shown in enumerate(classes(facts.layer)):
        there = valued & (of == number)
        _patch(axes, shapes[there], facecolor=shown.colour)
        ink = stale.ink if luminance(shown.colour) > 0.2 else "white"
        _patch(axes, shapes[there & (status == "stale")], facecolor="none", hatch=stale.hatch, hatchcolor=ink)
    for name, style in STATUS_STYLE.items():
        there = mapped & ~valued & (status == name)
        _patch(axes, shapes[there], facecolor=style.colour, hatch=style.hatch, hatchcolor=style.ink)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, 0 for black and 1 for white, as WCAG defines it."""
    rgb = np.asarray(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def _patch(axes: Axes, shapes: NDArray[np.object_], **look: object) -> None:
    """Draw many polygons as one path, which is a tenth of the work of one path each."""
    if len(shapes):
        # add_patch would take seconds to look for the limits of 100,000 vertices, which are set already.
        axes.add_artist(PathPatch(outline(shapes), **{"linewidth": 0, "zorder": 2, **look}))


def outline(shapes: NDArray[np.object_]) -> Path:
    """Return polygons as one path: exteriors one way round, holes the other, so that holes stay open."""
    rings = shapely.get_rings(shapely.get_parts(shapely.orient_polygons(shapes)))
    vertices, ring = shapely.get_coordinates(rings, return_index=True)
    codes = np.full(len(vertices), Path.LINETO, dtype=Path.code_type)
    first = np.concatenate([[True], ring[1:] != ring[:-1]])
    codes[first] = Path.MOVETO
    codes[np.roll(first, -1)] = Path.CLOSEPOLY
    return Path(vertices, codes)
