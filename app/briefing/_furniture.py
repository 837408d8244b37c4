"""What stands in the corners of the map: locator, scale bar and north arrow, where they hide the least."""

from collections.abc import Iterator

import numpy as np
from matplotlib.patches import Circle, PathPatch, Rectangle
from matplotlib.path import Path
from numpy.typing import NDArray

from app.briefing._frame import Frame
from app.briefing._globe import globe
from app.briefing._sheet import ALERT, INK, Panel, Sheet, Style

BAR, NORTH = Style(6.2), Style(6.5, bold=True)
GROUND, RIM = "#ffffffd8", "#8b96a0"
EARTH_M = 6_371_009.0
SMALLEST = 0.06  # of the globe's radius: a smaller mark would not be seen
INSET_MM = 1.6
ROOM = ((0.04, 27.0), (0.08, 27.0), (0.08, 21.0), (0.13, 21.0), (0.2, 21.0))
"""Margins, in parts of the mapped area's size, and sizes of the locator in mm; the first to hide nothing is taken."""

CORNERS = {
    "locator": ("top left", "top right", "bottom right", "bottom left"),
    "scale bar": ("bottom left", "bottom right", "top left", "top right"),
    "north arrow": ("top right", "top left", "bottom right", "bottom left"),
}
"""The corners each would like best, in order."""


def places(
    sheet: Sheet, panel: Panel, frame: Frame, mapped: NDArray[np.float64], locator_mm: float
) -> tuple[dict[str, Panel], float]:
    """Return where each piece stands, and how many square millimetres of mapped areas they hide.

    Parameters
    ----------
    mapped
        Boxes of the mapped areas in metres of the frame.
    """
    areas = _on_paper(panel, frame, mapped)
    found: dict[str, Panel] = {}
    free, hidden = {corner for corners in CORNERS.values() for corner in corners}, 0.0
    for piece, size in _sizes(sheet, panel, frame, locator_mm):
        spots = {c: _corner(panel, c, size, sheet.mm(INSET_MM)) for c in CORNERS[piece] if c in free}
        corner = min(spots, key=lambda c: _hidden(spots[c], areas))
        found[piece] = spots[corner]
        hidden += _hidden(spots[corner], areas)
        free.discard(corner)
    return found, hidden


def _sizes(sheet: Sheet, panel: Panel, frame: Frame, locator_mm: float) -> Iterator[tuple[str, tuple[float, float]]]:
    yield "locator", (sheet.mm(locator_mm), sheet.mm(locator_mm))
    yield "scale bar", (bar_mm(panel, frame) + sheet.mm(11), sheet.mm(7.4))
    yield "north arrow", (sheet.mm(7), sheet.mm(10.4))


def bar_mm(panel: Panel, frame: Frame) -> float:
    """Return the length of the scale bar on paper."""
    return frame.scale_bar_m * panel.width / (2 * frame.half_width_m)


def _corner(panel: Panel, corner: str, size: tuple[float, float], inset: float) -> Panel:
    x = panel.x + inset if "left" in corner else panel.right - inset - size[0]
    y = panel.y + inset if "top" in corner else panel.bottom - inset - size[1]
    return Panel(x, y, *size)


def _on_paper(panel: Panel, frame: Frame, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    per_m = panel.width / (2 * frame.half_width_m)
    x, y = panel.x + panel.width / 2, panel.y + panel.height / 2
    return np.column_stack(
        [x + boxes[:, 0] * per_m, y - boxes[:, 3] * per_m, x + boxes[:, 2] * per_m, y - boxes[:, 1] * per_m]
    )


def _hidden(place: Panel, areas: NDArray[np.float64]) -> float:
    """Return how much of the areas a place covers, in square millimetres."""
    across = np.minimum(areas[:, 2], place.right) - np.maximum(areas[:, 0], place.x)
    down = np.minimum(areas[:, 3], place.bottom) - np.maximum(areas[:, 1], place.y)
    return float((across.clip(0) * down.clip(0)).sum())


def draw_scale_bar(sheet: Sheet, place: Panel, length: float, metres: float) -> None:
    """Draw two equal parts of a bar that is true at the middle of the map, and within 0.3 % at 900 km from it."""
    x, y, thick, km = place.x + sheet.mm(3), place.bottom - sheet.mm(2.6), sheet.mm(1.1), metres / 1000
    sheet.box(place, fill=GROUND)
    sheet.box(Panel(x, y, length / 2, thick), fill=INK, edge=INK)
    sheet.box(Panel(x + length / 2, y, length / 2, thick), fill="white", edge=INK)
    top = y - sheet.line_height(BAR) - sheet.mm(0.2)
    for at, words in ((0.0, "0"), (length / 2, f"{km / 2:g}"), (length, f"{km:g} km")):
        sheet.text("map", x + at, top, words, BAR, "center")


def draw_north_arrow(sheet: Sheet, place: Panel) -> None:
    """Draw an arrow with an N below it."""
    middle, top = place.x + place.width / 2, place.y + sheet.mm(1)
    half, tall = sheet.mm(1.6), sheet.mm(5)
    sheet.box(place, fill=GROUND)
    corners = [(middle, top), (middle + half, top + tall), (middle, top + 0.75 * tall), (middle - half, top + tall)]
    arrow = Path([*corners, corners[0]], closed=True)
    sheet.figure.add_artist(PathPatch(arrow, transform=sheet.transform, facecolor=INK, linewidth=0))
    sheet.text("map", middle, top + tall + sheet.mm(0.4), "N", NORTH, "center")


def draw_locator(sheet: Sheet, place: Panel, frame: Frame) -> None:
    """Draw a globe with what the map shows marked on it."""
    where = (place.x / sheet.width, 1 - place.bottom / sheet.height)
    size = (place.width / sheet.width, place.height / sheet.height)
    axes = sheet.figure.add_axes((*where, *size), xlim=(-1.04, 1.04), ylim=(-1.04, 1.04), aspect="equal", zorder=2)
    axes.set_axis_off()
    image = axes.imshow(globe(frame.longitude, frame.latitude), extent=(-1, 1, -1, 1), interpolation="antialiased")
    image.set_clip_path(axes.add_patch(Circle((0, 0), 1, facecolor="none")))
    axes.add_patch(Circle((0, 0), 1, facecolor="none", edgecolor=RIM, linewidth=1.2 * sheet.scale))
    x, y = (max(half_m / EARTH_M, SMALLEST) for half_m in (frame.half_width_m, frame.half_height_m))
    mark = Rectangle((-x, -y), 2 * x, 2 * y, facecolor="none", edgecolor=ALERT, linewidth=1.2 * sheet.scale)
    axes.add_patch(mark)
