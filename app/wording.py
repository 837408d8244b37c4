"""Words that stand on a briefing map: dates and numbers, marks, and the notes on boundaries of the United Nations."""

import math
from datetime import date, timedelta

from app.boxes import Box
from data_pipelines.edition import Standing

DRAFT = "DRAFT – NOT CLEARED"
SYNTHETIC, STALE = "SYNTHETIC", "STALE"
SYNTHETIC_LINE = "SYNTHETIC – an invented country with invented data: no real place, person or event is shown"

DISCLAIMER = (
    "The boundaries and names shown and the designations used on this map do not imply official endorsement or "
    "acceptance by the United Nations."
)
CONSISTENT_WITH = "Values are indicators of risk. They are consistent with, and never a finding of, any crime."

# Wording of the United Nations' geospatial services; each box holds the places where the note is due.
NOTES: tuple[tuple[Box, str], ...] = (
    (
        (23.4, 8.3, 34.4, 12.6),
        "Final boundary between the Republic of Sudan and the Republic of South Sudan has not yet been determined.",
    ),
    ((27.7, 9.2, 29.1, 10.3), "Final status of the Abyei area is not yet determined."),
    (
        (72.5, 32.2, 80.5, 37.2),
        (
            "Dotted line represents approximately the Line of Control in Jammu and Kashmir agreed upon by India and "
            "Pakistan. The final status of Jammu and Kashmir has not yet been agreed upon by the parties."
        ),
    ),
    (
        (-61.6, -52.6, -57.5, -51.0),
        (
            "A dispute exists between the Governments of Argentina and the United Kingdom of Great Britain and "
            "Northern Ireland concerning sovereignty over the Falkland Islands (Malvinas)."
        ),
    ),
)

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
STATE_WORDS = {"fresh": "fresh", "due": "due", "overdue": "overdue", "delinquent": "long overdue"}
UNIT_WORDS = {"adm1": "admin 1 area", "adm2": "admin 2 area", "cell": "0.5° grid cell"}


def boundary_notes(view: Box) -> list[str]:
    """Return the disclaimer, and the notes on those disputed places that are in view.

    Here west may be greater than east: what is in view lies across the antimeridian.
    """
    return [DISCLAIMER, *(note for where, note in NOTES if _meet(view, where))]


def _meet(view: Box, where: Box) -> bool:
    west, south, east, north = view
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    return south <= where[3] and north >= where[1] and any(a <= where[2] and b >= where[0] for a, b in spans)


def month_words(period: str) -> str:
    """Return a month such as 2024-01 as `January 2024`."""
    year, month = period.split("-")
    return f"{MONTHS[int(month) - 1]} {year}"


def day_words(iso: str) -> str:
    """Return a day or moment such as 2024-01-04T10:00 as `4 January 2024`."""
    day = date.fromisoformat(iso[:10])
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def standing_words(standing: Standing) -> str:
    """Return how fresh a source is, such as `overdue, expected by 1 June 2025`."""
    if standing.due_on is None:
        return "issued once"
    words, day = STATE_WORDS[standing.state], day_words(standing.due_on.isoformat())
    return f"{words}, next expected by {day}" if standing.state == "fresh" else f"{words}, expected by {day}"


def month_ends(period: str) -> tuple[date, date]:
    """Return the first and the last day of a month such as 2024-01."""
    first = date.fromisoformat(f"{period}-01")
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def number(value: float) -> str:
    """Return a number as people read it: three significant digits below a hundred, whole and in thousands above."""
    if not math.isfinite(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 99.95 else f"{value:.3g}"
