"""The ways to set words and figures round the map; each returns the room left for the map, None where it cannot."""

from collections.abc import Callable

from app.briefing._facts import Facts
from app.briefing._frame import Frame
from app.briefing._key import figures, highest, legend
from app.briefing._margins import MARGIN, footer, header, last_line, limits
from app.briefing._sheet import Panel, Sheet

GAP, COLUMN_GAP = 3.6, 6.0
KEY_WIDTH, TEXT_WIDTH = 64.0, 70.0
LEAST = 0.3
"""Part of the page's height that a map takes at least."""


def key_below(sheet: Sheet, facts: Facts, frame: Frame) -> Panel | None:
    """Upright: map over key over text, the key and the text in two columns."""
    if sheet.width > sheet.height:
        return None
    room = _between(sheet, facts, frame, columns=2)
    gap = sheet.mm(COLUMN_GAP)
    width = (room.width - gap) / 2
    height = max(_legend_height(sheet, facts, width), _tables_height(sheet, facts, width))
    top = room.bottom - height
    legend(sheet, "key", room.x, top, width, facts)
    _tables(sheet, room.x + width + gap, top, width, facts)
    sheet.panels["key"] = Panel(room.x, top, room.width, height)
    return _map(sheet, room.x, room.y, room.width, room.height - height - sheet.mm(GAP))


def key_beside(sheet: Sheet, facts: Facts, frame: Frame) -> Panel | None:
    """Across: the key beside the map, the text in three columns under both."""
    if sheet.width < sheet.height:
        return None
    room = _between(sheet, facts, frame, columns=3)
    return _with_key(sheet, facts, room)


def text_beside(sheet: Sheet, facts: Facts, frame: Frame) -> Panel | None:
    """Across: the key and the text in two columns beside the map, which gets all the height."""
    if sheet.width < sheet.height:
        return None
    top = header(sheet, facts) + sheet.mm(GAP)
    bottom = last_line(sheet, facts, frame) - sheet.mm(GAP)
    sheet.panels["header"] = Panel(0, 0, sheet.width, top)
    sheet.panels["footer"] = Panel(MARGIN, bottom, sheet.width - 2 * MARGIN, sheet.height - bottom)
    width = sheet.mm(TEXT_WIDTH)
    text = Panel(sheet.width - MARGIN - width, top, width, bottom - top)
    sheet.panels["text"] = text
    if limits(sheet, facts, frame, text) > text.bottom:
        return None
    return _with_key(sheet, facts, Panel(MARGIN, top, text.x - sheet.mm(COLUMN_GAP) - MARGIN, text.height))


Way = Callable[[Sheet, Facts, Frame], Panel | None]
WAYS: tuple[Way, ...] = (key_below, key_beside, text_beside)


def _between(sheet: Sheet, facts: Facts, frame: Frame, columns: int) -> Panel:
    """Set header and footer, and return the room between them."""
    top = header(sheet, facts)
    bottom = footer(sheet, facts, frame, last_line(sheet, facts, frame), columns)
    sheet.panels["header"] = Panel(0, 0, sheet.width, top)
    sheet.panels["footer"] = Panel(MARGIN, bottom, sheet.width - 2 * MARGIN, sheet.height - bottom)
    gap = sheet.mm(GAP)
    return Panel(MARGIN, top + gap, sheet.width - 2 * MARGIN, bottom - top - 2 * gap)


def _with_key(sheet: Sheet, facts: Facts, room: Panel) -> Panel | None:
    """Set the key in a column at the right of a room."""
    width = sheet.mm(KEY_WIDTH)
    if _legend_height(sheet, facts, width) + sheet.mm(GAP) + _tables_height(sheet, facts, width) > room.height:
        return None
    x = room.right - width
    sheet.panels["key"] = Panel(x, room.y, width, room.height)
    _tables(sheet, x, legend(sheet, "key", x, room.y, width, facts) + sheet.mm(GAP), width, facts)
    return _map(sheet, room.x, room.y, room.width - width - sheet.mm(COLUMN_GAP), room.height)


def _map(sheet: Sheet, x: float, y: float, width: float, height: float) -> Panel | None:
    if height < LEAST * sheet.height:
        return None
    sheet.panels["map"] = Panel(x, y, width, height)
    return sheet.panels["map"]


def _tables(sheet: Sheet, x: float, y: float, width: float, facts: Facts) -> float:
    return figures(sheet, "key", x, highest(sheet, "key", x, y, width, facts) + sheet.mm(GAP), width, facts)


def _legend_height(sheet: Sheet, facts: Facts, width: float) -> float:
    return legend(sheet.blank(), "key", 0, 0, width, facts)


def _tables_height(sheet: Sheet, facts: Facts, width: float) -> float:
    return _tables(sheet.blank(), 0, 0, width, facts)
