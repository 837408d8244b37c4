"""Names on the map: largest first, inside the frame, clear of each other and of the scale bar."""

from collections.abc import Iterable

import pandas as pd
from matplotlib.patheffects import withStroke

from app.briefing._frame import Frame
from app.briefing._sheet import Panel, Sheet, Style

NAME = Style(6.6, bold=True, colour="#2b333b")
WIDEST_MM = 30.0
MOST = 24
SHIFTS = ((0, 0), (0, -0.9), (0, 0.9), (-0.4, 0), (0.4, 0), (-0.4, -0.9), (0.4, -0.9), (-0.4, 0.9), (0.4, 0.9))
"""Places tried round a unit's own point, in widths and heights of the label."""


def write_names(sheet: Sheet, panel: Panel, frame: Frame, names: pd.DataFrame, taken: Iterable[Panel]) -> None:
    """Write as many names as have room; a name without room is left out, never cut."""
    clear = list(taken)
    x, y = frame.transformer.transform(names["longitude"].to_numpy(), names["latitude"].to_numpy())
    per_mm = 2 * frame.half_width_m / panel.width
    written = 0
    for name, east, north in zip(names["name"], x, y, strict=True):
        lines = sheet.wrap(name, NAME, sheet.mm(WIDEST_MM))
        middle = (panel.x + panel.width / 2 + east / per_mm, panel.y + panel.height / 2 - north / per_mm)
        place = _room(_places(sheet, lines, middle), panel, clear)
        if place is not None and written < MOST:
            clear.append(place)
            _write(sheet, place, lines)
            written += 1


def _places(sheet: Sheet, lines: list[str], middle: tuple[float, float]) -> Iterable[Panel]:
    width = max(sheet.measure(line, NAME) for line in lines)
    height = len(lines) * sheet.line_height(NAME)
    for along, down in SHIFTS:
        yield Panel(middle[0] + (along - 0.5) * width, middle[1] + (down - 0.5) * height, width, height)


def _room(places: Iterable[Panel], frame: Panel, taken: list[Panel]) -> Panel | None:
    return next((p for p in places if _inside(p, frame) and not any(_touch(p, other) for other in taken)), None)


def _inside(place: Panel, frame: Panel, free_mm: float = 1.5) -> bool:
    return (
        place.x >= frame.x + free_mm
        and place.right <= frame.right - free_mm
        and place.y >= frame.y + free_mm
        and place.bottom <= frame.bottom - free_mm
    )


def _touch(one: Panel, other: Panel, free_mm: float = 0.8) -> bool:
    apart_x = one.right + free_mm <= other.x or other.right + free_mm <= one.x
    apart_y = one.bottom + free_mm <= other.y or other.bottom + free_mm <= one.y
    return not (apart_x or apart_y)


def _write(sheet: Sheet, place: Panel, lines: list[str]) -> None:
    halo = [withStroke(linewidth=1.6 * sheet.scale, foreground="white", alpha=0.85)]
    for number, line in enumerate(lines):
        top = place.y + number * sheet.line_height(NAME)
        sheet.text("map", place.x + place.width / 2, top, line, NAME, "center", halo)
