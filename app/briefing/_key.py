"""What stands beside the map: the legend, the five highest areas, key figures."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from app.briefing._facts import Facts, counts
from app.briefing._sheet import BODY, GREY, INK, LABEL, RULE, STRONG, Panel, Sheet
from app.wording import UNIT_WORDS, number
from layers._legend import STATUS_STYLE, class_of, classes

FAINT = BODY._replace(colour=GREY)
MOST_CLASSES = 9


class Entry(NamedTuple):
    """One line of the legend; `areas` says how many of the mapped areas look like it."""

    label: str
    colour: str
    hatch: str
    ink: str
    areas: int
    counted_above: bool = False

    @property
    def tally(self) -> str:
        """The number of areas; stale ones with a value are also counted in their classes."""
        return f"of these {self.areas:,}" if self.counted_above else f"{self.areas:,}"


def entries(facts: Facts) -> list[Entry]:
    """Return the lines of the legend, highest class first, then the statuses that occur.

    Where there are more than nine classes, those without areas are left out.
    """
    status = facts.mapped["status"].to_numpy(str)
    of = class_of(facts.mapped["painted"].to_numpy(float), facts.layer)
    shown = [Entry(c.label, c.colour, "", INK, int(np.sum(of == n))) for n, c in enumerate(classes(facts.layer))]
    if len(shown) > MOST_CLASSES:
        shown = [entry for entry in shown if entry.areas]
    others = [
        Entry(style.label, style.colour, style.hatch, style.ink, int(np.sum((status == name) & (of < 0))))
        for name, style in STATUS_STYLE.items()
        if name != "ok"
    ]
    stale = STATUS_STYLE["stale"]
    old = int(np.sum((status == "stale") & (of >= 0)))
    others.append(Entry("Stale: the last known value", stale.colour, stale.hatch, stale.ink, old, counted_above=True))
    others.sort(key=lambda entry: not entry.counted_above)
    return [*reversed(shown), *(entry for entry in others if entry.areas)]


def legend(sheet: Sheet, panel: str, x: float, y: float, width: float, facts: Facts) -> float:
    """Draw the legend with the number of mapped areas of each look; return where it ends."""
    pitch = 1.22 * sheet.line_height(BODY)
    of = "class" if facts.layer.categories else facts.layer.unit_of_value
    y = _heading(sheet, panel, x, y, width, of, "areas")
    inset = sheet.mm(8.5)
    for entry in entries(facts):
        lines = sheet.lines(entry.label, BODY, width - inset - sheet.measure(entry.tally, BODY) - sheet.mm(3))
        free = pitch - sheet.line_height(BODY)
        swatch = Panel(x, y + 0.12 * pitch, sheet.mm(6.5), 0.76 * pitch)
        sheet.box(swatch, fill=entry.colour, edge=RULE, hatch=entry.hatch, ink=entry.ink)
        sheet.text(panel, x + width, y + free / 2, entry.tally, BODY, "right")
        y = sheet.set_lines(panel, x + inset, y + free / 2, lines) + free / 2
    return y


def _heading(sheet: Sheet, panel: str, x: float, y: float, width: float, left: str, right: str) -> float:
    """Set the two column heads of a block over a thin line."""
    room = width - sheet.measure(right, LABEL) - sheet.mm(2)
    lines = sheet.lines(left, STRONG, room)
    end = sheet.set_lines(panel, x, y, lines)
    sheet.text(panel, x + width, end - sheet.line_height(LABEL) - sheet.mm(0.1), right, LABEL, "right")
    sheet.rule(x, x + width, end + sheet.mm(0.4))
    return end + sheet.mm(1.2)


def highest(sheet: Sheet, panel: str, x: float, y: float, width: float, facts: Facts) -> float:
    """Draw the table of the five areas that stand highest; return where it ends."""
    units = f"{UNIT_WORDS[facts.unit]}s"
    heads = (f"First {units}", "class") if facts.layer.categories else (f"Highest {units}", "value (90 % band)")
    y = _heading(sheet, panel, x, y, width, *heads)
    rows = foremost(facts)
    if rows.empty:
        nothing = "No area stands out." if facts.layer.categories else "No area has a value above zero."
        return sheet.set_lines(panel, x, y, sheet.lines(nothing, BODY, width))
    values, bands = _told(facts, rows)
    value_end = x + width - max(sheet.measure(band, FAINT) for band in bands) - sheet.mm(2)
    name_end = value_end - max(sheet.measure(value, STRONG) for value in values) - sheet.mm(2)
    name_start = x + sheet.mm(4)
    for rank, (name, value, band) in enumerate(zip(rows["name"], values, bands, strict=True), 1):
        sheet.text(panel, x, y, f"{rank}", FAINT)
        sheet.text(panel, value_end, y, value, STRONG, "right")
        sheet.text(panel, x + width, y, band, FAINT, "right")
        y = sheet.set_lines(panel, name_start, y, sheet.lines(name, BODY, name_end - name_start, most=2))
    return y


def foremost(facts: Facts) -> pd.DataFrame:
    """Return the five areas of the highest values above zero, or of the last classes that stand out."""
    rows, categories = facts.mapped, facts.layer.categories
    first = [place for place, one in enumerate(categories) if one.stands_out]
    rows = rows[rows["painted"].isin(first)] if categories else rows[rows["value"] > 0]
    is_p = facts.layer.unit_of_value == "p"  # the smaller, the stronger
    return rows.sort_values(["painted", "value", "id"], ascending=[False, is_p, True]).head(5)


def _told(facts: Facts, rows: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Return what is set strong, and what beside it: values and their bands, or the words of classes."""
    if facts.layer.categories:
        return [""] * len(rows), [facts.layer.categories[int(place)].words for place in rows["painted"]]
    to = " to " if (rows["low"] < 0).any() else "–"
    bands = [f"({number(low)}{to}{number(high)})" for low, high in zip(rows["low"], rows["high"], strict=True)]
    return [number(value) for value in rows["value"]], bands


def figures(sheet: Sheet, panel: str, x: float, y: float, width: float, facts: Facts) -> float:
    """Draw the key figures: areas with a value, records placed, not placed and rejected; return where they end."""
    told = counts(facts)
    valued = int(facts.mapped["value"].notna().sum())
    y = _heading(sheet, panel, x, y, width, "Key figures", "")
    for label, value in (
        ("Areas with a value", f"{valued:,} of {len(facts.mapped):,}"),
        ("Records placed, all months", f"{told.placed:,} of {told.loaded:,}"),
        *((f"Not placed: {reason}", f"{n:,}") for reason, n in _few(told.unplaced).items()),
        ("Raw rows quarantined", f"{told.rejected:,}"),
    ):
        sheet.text(panel, x + width, y, value, STRONG, "right")
        room = width - sheet.measure(value, STRONG) - sheet.mm(2)
        y = sheet.set_lines(panel, x, y, sheet.lines(label, FAINT, room))
    return y


def _few(reasons: dict[str, int], most: int = 3) -> dict[str, int]:
    """Return the most frequent reasons and the sum of the others."""
    named, others = list(reasons.items())[:most], sum(list(reasons.values())[most:])
    return dict(named) | ({"other reasons": others} if others else {})
