"""What stands above and below the map: title, dates and marks; limits, sources and boundaries."""

from itertools import combinations, pairwise
from typing import NamedTuple

from app.briefing._basemap import CREDIT
from app.briefing._facts import Facts, Source
from app.briefing._frame import Frame
from app.briefing._sheet import ALERT, BODY, INK, LABEL, SMALL, STRONG, SUBTITLE, TITLE, Line, Panel, Sheet, Style
from app.wording import (
    CONSISTENT_WITH,
    DRAFT,
    STALE,
    SYNTHETIC_LINE,
    UNIT_WORDS,
    boundary_notes,
    day_words,
    month_words,
)

MARGIN = 10.0
COLUMN_GAP = 7.0
SMALL_INK = SMALL._replace(colour=INK)
WARNING = STRONG._replace(size=8, colour=ALERT)


class Mark(NamedTuple):
    """A word in a box at the top right."""

    words: str
    ink: str
    ground: str


def marks(facts: Facts) -> tuple[Mark, ...]:
    """Return the marks a map bears: its tier, that nobody has cleared it, and that it is stale where it is."""
    stale = (Mark(STALE, "white", ALERT),) if facts.stale else ()
    return Mark(facts.tier.upper(), "white", INK), Mark(DRAFT, ALERT, "white"), *stale


def header(sheet: Sheet, facts: Facts) -> float:
    """Draw title, area, what is shown, dates and marks; return where they end."""
    left, width = MARGIN, sheet.width - 2 * MARGIN
    y = _synthetic_band(sheet) if facts.synthetic else MARGIN
    reserve = _marks(sheet, marks(facts), sheet.width - MARGIN, y + sheet.mm(0.8))
    title = sheet.lines(facts.layer.title, TITLE, width - reserve, most=3)
    where = f"{facts.area_name} by {UNIT_WORDS[facts.unit]}, {month_words(facts.period)}"
    lines = [*title, *sheet.lines(where, SUBTITLE, width - reserve)]
    y = sheet.set_lines("header", left, y, lines)
    y = sheet.set_lines("header", left, y, sheet.lines(facts.stale, WARNING, width, space_before=sheet.mm(0.8)))
    y = sheet.set_lines("header", left, y, sheet.lines(facts.layer.shows, BODY, width, space_before=sheet.mm(0.8)))
    return _dates(sheet, facts, y + sheet.mm(2))


def _synthetic_band(sheet: Sheet) -> float:
    band = Panel(0, 0, sheet.width, sheet.mm(7))
    style = Style(8.5, bold=True, colour="#1a1a1a")
    sheet.box(band, fill="#f5b800")
    sheet.text("header", sheet.width / 2, (band.height - sheet.line_height(style)) / 2, SYNTHETIC_LINE, style, "center")
    return band.bottom + sheet.mm(4)


def _marks(sheet: Sheet, marks: tuple[Mark, ...], right: float, y: float) -> float:
    """Draw marks from the right edge leftwards; return the width they take."""
    x = right
    for mark in marks:
        style = Style(7.5, bold=True, colour=mark.ink)
        width = sheet.measure(mark.words, style) + sheet.mm(5)
        box = Panel(x - width, y, width, sheet.mm(5.4))
        sheet.box(box, fill=mark.ground, edge=mark.ink if mark.ground == "white" else mark.ground)
        top = y + (box.height - sheet.line_height(style)) / 2 + sheet.mm(0.1)
        sheet.text("header", x - width / 2, top, mark.words, style, "center")
        x -= width + sheet.mm(2)
    return right - x


def _dates(sheet: Sheet, facts: Facts, y: float) -> float:
    told = (
        ("PERIOD SHOWN", month_words(facts.period)),
        ("DATA AS OF", day_words(facts.as_of)),
        ("PRODUCED", day_words(facts.produced)),
        ("EDITION", facts.edition),
    )
    step = (sheet.width - 2 * MARGIN) / len(told)
    sheet.rule(MARGIN, sheet.width - MARGIN, y)
    for number, (label, words) in enumerate(told):
        x = MARGIN + number * step
        sheet.text("header", x, y + sheet.mm(1.1), label, LABEL)
        sheet.text("header", x, y + sheet.mm(1.1) + sheet.line_height(LABEL), words, STRONG)
    y += sheet.mm(1.7) + sheet.line_height(LABEL) + sheet.line_height(STRONG)
    sheet.rule(MARGIN, sheet.width - MARGIN, y)
    return y


def last_line(sheet: Sheet, facts: Facts, frame: Frame) -> float:
    """Draw the line at the foot of the page that says what it was made from; return where it begins."""
    lines = sheet.lines(_manifest_line(facts, frame), SMALL, sheet.width - 2 * MARGIN)
    top = sheet.height - MARGIN - sheet.height_of(lines)
    sheet.set_lines("footer", MARGIN, top, lines)
    sheet.rule(MARGIN, sheet.width - MARGIN, top - sheet.mm(0.7))
    return top - sheet.mm(0.7)


def footer(sheet: Sheet, facts: Facts, frame: Frame, bottom: float, columns: int) -> float:
    """Draw limits, parameters, sources and notes on boundaries in columns; return where they begin."""
    gap = sheet.mm(COLUMN_GAP)
    width = (sheet.width - 2 * MARGIN - (columns - 1) * gap) / columns
    flow = _balanced(sheet, _blocks(sheet, facts, frame, width), columns)
    top = bottom - sheet.mm(1) - max(sheet.height_of(column) for column in flow)
    for number, column in enumerate(flow):
        _set_column(sheet, "footer", MARGIN + number * (width + gap), top + sheet.mm(1.5), column)
    sheet.rule(MARGIN, sheet.width - MARGIN, top)
    return top


def limits(sheet: Sheet, facts: Facts, frame: Frame, place: Panel) -> float:
    """Draw limits, parameters, sources and notes on boundaries one under the other; return where they end."""
    blocks = _blocks(sheet, facts, frame, place.width)
    return _set_column(sheet, "text", place.x, place.y, [line for block in blocks for line in block])


def _blocks(sheet: Sheet, facts: Facts, frame: Frame, width: float) -> list[list[Line]]:
    parameters = [f"{name}={value:g}" for name, value in facts.parameters.items()]
    texts = (
        ("WHAT THIS DOES NOT SHOW", [facts.layer.shows_not, CONSISTENT_WITH]),
        ("PARAMETERS", ["; ".join(parameters) or "none"]),
        ("SOURCES", [_source_words(source) for source in facts.sources] or ["none"]),
        ("BOUNDARIES AND NAMES", [*boundary_notes(frame.view), CREDIT]),
    )
    gap = sheet.mm(0.5)
    blocks = []
    for head, paragraphs in texts:
        body = [line for words in paragraphs for line in sheet.lines(words, SMALL_INK, width, space_before=gap)]
        blocks.append([*sheet.lines(head, LABEL, width, space_before=3 * gap), *body])
    return blocks


def _set_column(sheet: Sheet, panel: str, x: float, y: float, lines: list[Line]) -> float:
    """Set lines with the first one at the very top."""
    return sheet.set_lines(panel, x, y - lines[0].space_before, lines)


def _source_words(source: Source) -> str:
    return f"{source.title}, {source.provider}, {source.age}; {source.licence}."


def _balanced(sheet: Sheet, blocks: list[list[Line]], columns: int) -> list[list[Line]]:
    """Split blocks, in order, over columns so that the tallest column is as low as can be."""
    ways = []
    for cuts in combinations(range(1, len(blocks)), columns - 1):
        edges = (0, *cuts, len(blocks))
        ways.append([[line for block in blocks[a:b] for line in block] for a, b in pairwise(edges)])
    return min(ways, key=lambda way: max(sheet.height_of(column) for column in way))


def _manifest_line(facts: Facts, frame: Frame) -> str:
    north, east = frame.latitude, frame.longitude
    middle = f"{abs(north):.1f}° {'N' if north >= 0 else 'S'} {abs(east):.1f}° {'E' if east >= 0 else 'W'}"
    return (
        f"Forewatch, code {facts.code_version} · edition {facts.edition}, as known on {day_words(facts.known_on)} · "
        f"layer {facts.layer.id}, {facts.unit}, {facts.period} · {facts.tier} tier · "
        f"projection: Lambert azimuthal equal-area about {middle}, WGS 84"
    )
