"""The page put together: of all ways to lay it out, the one that shows the area largest."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from app.briefing._facts import Facts
from app.briefing._frame import Frame
from app.briefing._furniture import ROOM, bar_mm, draw_locator, draw_north_arrow, draw_scale_bar, places
from app.briefing._labels import write_names
from app.briefing._map import draw_map
from app.briefing._sheet import INK, MM_PER_POINT, Panel, Sheet
from app.briefing._ways import WAYS, Way
from app.wording import NOTES, SYNTHETIC, boundary_notes
from data_pipelines.edition import Edition
from geo.errors import DataError

SIZES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)
"""Sizes of text tried until all words fit."""

NEARLY = 1.1
"""How much smaller than the largest a map may be that stands in a calmer layout, earlier among the ways."""


class Page(NamedTuple):
    """A page in millimetres, and how much larger than on A4 text is set; `turns` if it may also stand upright."""

    width: float
    height: float
    scale: float
    turns: bool


PAGES = {
    "a4": Page(297, 210, 1.0, turns=True),
    "a3": Page(420, 297, 1.38, turns=True),
    "16:9": Page(338.667, 190.5, 1.04, turns=False),
}


@dataclass(frozen=True)
class Layout:
    """A page with its words and figures set, what its map will show, and where the pieces in its corners stand."""

    sheet: Sheet
    map: Panel
    frame: Frame
    corners: dict[str, Panel]

    @property
    def metres_per_mm(self) -> float:
        """The scale of the map."""
        return 2 * self.frame.half_width_m / self.map.width


def compose(edition: Edition, facts: Facts, frame: Frame, boxes: NDArray[np.float64], page: str) -> Sheet:
    """Return the finished page.

    Parameters
    ----------
    frame
        Holds the area mapped.
    boxes
        West, south, east, north of each mapped unit in degrees.

    Raises
    ------
    DataError
        Where there are more words than even small print has room for.
    """
    layout = _largest(facts, frame, boxes, PAGES[page])
    sheet, panel, corners = layout.sheet, layout.map, layout.corners
    draw_map(sheet, panel, layout.frame, facts, edition)
    draw_locator(sheet, corners["locator"], layout.frame)
    draw_scale_bar(sheet, corners["scale bar"], bar_mm(panel, layout.frame), layout.frame.scale_bar_m)
    if frame.north_is_up:
        draw_north_arrow(sheet, corners["north arrow"])
    write_names(sheet, panel, layout.frame, facts.names, corners.values())
    if facts.synthetic:
        _watermark(sheet, panel)
    return sheet


def _largest(facts: Facts, frame: Frame, boxes: NDArray[np.float64], page: Page) -> Layout:
    """Return the first layout that shows the area as large as any does, or nearly so, with text as large as can be."""
    for size in SIZES:
        blanks = [Sheet(page.width, page.height, page.scale * size)]
        if page.turns:
            blanks.insert(0, Sheet(page.height, page.width, page.scale * size))
        tried = [_settled(facts, frame, boxes, blank, way) for blank in blanks for way in WAYS]
        found = [layout for layout in tried if layout is not None]
        if found:
            largest = min(layout.metres_per_mm for layout in found)
            return next(layout for layout in found if layout.metres_per_mm <= NEARLY * largest)
    raise DataError(f"The words for layer '{facts.layer.id}' do not fit the page; shorten them or take a larger page.")


def _settled(facts: Facts, frame: Frame, boxes: NDArray[np.float64], blank: Sheet, way: Way) -> Layout | None:
    """Lay out until the notes on boundaries are those of what the map shows; more notes make it show more."""
    seen, layout = frame, None
    for _ in NOTES:
        sheet = blank.blank()
        room = way(sheet, facts, seen)
        if room is None:
            return None
        layout = _with_corners(sheet, room, frame, boxes)
        if boundary_notes(layout.frame.view) == boundary_notes(seen.view):
            break
        seen = layout.frame
    return layout


def _with_corners(sheet: Sheet, panel: Panel, frame: Frame, boxes: NDArray[np.float64]) -> Layout:
    """Give the pieces in the corners of the map the room to hide nothing mapped; where there is none, give none."""
    tried = []
    for margin, locator_mm in ROOM:
        fitted = frame.fitted(panel.width, panel.height, margin)
        corners, hidden_mm2 = places(sheet, panel, fitted, fitted.boxes(boxes), locator_mm)
        tried.append(Layout(sheet, panel, fitted, corners))
        if hidden_mm2 == 0:
            return tried[-1]
    return tried[0]


def _watermark(sheet: Sheet, panel: Panel) -> None:
    """Write across the map, so that a part cut out of it still says that it is invented."""
    sheet.figure.text(
        panel.x + panel.width / 2,
        panel.y + panel.height / 2,
        SYNTHETIC,
        transform=sheet.transform,
        size=min(panel.width / 8.5, panel.height / 4.5) / MM_PER_POINT,
        weight="bold",
        color=INK,
        alpha=0.1,
        rotation=20,
        ha="center",
        va="center",
        gid="watermark",
        path_effects=[withStroke(linewidth=1.2 * sheet.scale, foreground="#ffffff80")],  # seen on dark colours too
    )
