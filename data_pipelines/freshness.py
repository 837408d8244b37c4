"""How fresh a source is: by its own cadence, as HDX does."""

from datetime import date

DUE, OVERDUE, DELINQUENT = 1.0, 1.5, 2.0  # ages in cadences, after HDX's freshness states


def freshness(known_at: date, today: date, cadence_days: int) -> str:
    """Return fresh, due, overdue or delinquent.

    Parameters
    ----------
    known_at
        Day the newest snapshot was known.
    today
        Day to judge on; never read from a clock here, so that an edition can be judged for any day.
    cadence_days
        Days between two issues of the product; 0 for a product issued once, which is always fresh.
    """
    if cadence_days == 0:
        return "fresh"
    age = (today - known_at).days / cadence_days
    for state, limit in (("delinquent", DELINQUENT), ("overdue", OVERDUE), ("due", DUE)):
        if age > limit:
            return state
    return "fresh"
