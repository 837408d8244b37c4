"""How fresh each source is, by its own cadence, as HDX does; and which layers have gone stale with one.

Nothing here is part of an edition: it grows stale without being built again, so it is judged when it is read.
"""

import math
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np

from layers._layer import Layer, families
from layers._panel import Bools

DUE, OVERDUE, DELINQUENT = 1.0, 1.5, 2.0  # ages in cadences, after HDX's freshness states
LIMITS = {"due": DUE, "overdue": OVERDUE, "delinquent": DELINQUENT}
STATES = ("fresh", *LIMITS)


class Standing(NamedTuple):
    """How fresh one source is.

    Attributes
    ----------
    state
        One of `STATES`.
    known_at
        Day its newest file was known; of its countries, the one furthest behind counts.
    country
        ISO alpha-3 of that country, where the countries differ; empty where they do not.
    due_on
        Day by which the next issue was or is expected; None for a product issued once.
    since
        Day from which the state holds.
    """

    state: str
    known_at: date
    country: str
    due_on: date | None
    since: date


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
    return next((state for state in reversed(LIMITS) if age > LIMITS[state]), "fresh")


def judged_on(manifest: Mapping[str, Any], today: date) -> date:
    """Return the day on which an edition's sources are judged.

    That is today, or the day of `--as-known-on`. An invented country does not age with the calendar: it is judged on
    the day its newest file was known.
    """
    if manifest.get("as_known_on"):
        return date.fromisoformat(manifest["as_known_on"])
    if manifest["synthetic"]:
        return date.fromisoformat(max(facts["known_at"] for facts in manifest["sources"].values()))
    return today


def standings(manifest: Mapping[str, Any], day: date) -> dict[str, Standing]:
    """Return how fresh each source of an edition is on a day."""
    return {name: _standing(facts, day) for name, facts in manifest["sources"].items()}


def _standing(facts: Mapping[str, Any], day: date) -> Standing:
    known_at, country = _furthest_behind(facts)
    cadence_days = facts["cadence_days"]
    state = freshness(known_at, day, cadence_days)
    since = known_at + timedelta(math.floor(LIMITS[state] * cadence_days) + 1) if state in LIMITS else known_at
    return Standing(state, known_at, country, known_at + timedelta(cadence_days) if cadence_days else None, since)


def _furthest_behind(facts: Mapping[str, Any]) -> tuple[date, str]:
    """Return the day of the newest file of the country whose is oldest, and that country where they differ.

    A file about the world is one about each country too; a country with no file of its own is not looked for.
    """
    newest: dict[str | None, str] = {}
    for snapshot in facts["snapshots"]:
        newest[snapshot["iso3"]] = max(snapshot["known_at"], newest.get(snapshot["iso3"], ""))
    world = newest.pop(None, "")
    days = {str(iso3): max(day, world) for iso3, day in newest.items()} or {"": world}
    last = min(days, key=lambda iso3: (days[iso3], iso3))
    return date.fromisoformat(days[last]), last if len(set(days.values())) > 1 else ""


def late_sources(
    manifest: Mapping[str, Any],
    standing: Mapping[str, Standing],
    layer: Layer,
    countries: Collection[str] | None = None,
) -> list[str]:
    """Return the delinquent sources of the records that a layer rests on; where there is one, the layer is stale.

    Parameters
    ----------
    manifest
        Of an edition; each of its sources says in `feeds` what it speaks about, and where.
    standing
        As `standings` returns it.
    layer
        Its own families of records count, and those of the layers it is made of.
    countries
        ISO alpha-3; None for all that are mapped.
    """
    wanted = families(layer)
    return [
        name
        for name, facts in sorted(manifest["sources"].items())
        if standing[name].state == "delinquent"
        and any(f["family"] in wanted and (countries is None or f["iso3"] in countries) for f in facts["feeds"])
    ]


def late_months(
    manifest: Mapping[str, Any], late: Collection[str], layer: Layer, covered: Mapping[str, Bools]
) -> Bools:
    """Return where a layer lacks nothing but what late sources should have said: countries x months.

    Parameters
    ----------
    late
        Ids of delinquent sources; each should speak of every month after its last.
    covered
        Family -> countries x months, in the manifest's order, True where any source speaks.
    """
    countries, wanted = list(manifest["countries"]), families(layer)
    months = np.array(manifest["periods"], "datetime64[M]")
    awaited = {family: np.zeros((len(countries), len(months)), bool) for family in wanted}
    for feed in (feed for name in late for feed in manifest["sources"][name]["feeds"]):
        if feed["family"] in wanted and feed["last"] is not None:
            awaited[feed["family"]][countries.index(feed["iso3"])] |= months > np.datetime64(feed["last"], "M")
    all_told = np.logical_and.reduce([covered[family] | awaited[family] for family in wanted])
    some_missing = np.logical_or.reduce([awaited[family] & ~covered[family] for family in wanted])
    return np.asarray(all_told & some_missing)
