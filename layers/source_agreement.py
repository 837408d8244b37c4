"""How far two providers of incidents agree: incidents by the other for each one by the provider that is counted."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from layers._decay import count, counted, incident_row, parts, violent
from layers._layer import NO_DATA, OK, Contribution, Inputs, Layer, Parameter, Params, RiskFactor, Values
from layers._panel import Bools, Floats, Incidents, Ints, Panel
from layers._settle import settled
from layers._small_counts import in_window, ratio_interval, trailing

COUNTED, OTHER = "incidents by the provider that is counted", "incidents by the other provider"
TAIL = 0.05


Among = tuple[Ints, Bools]
"""Units that are spoken of, and for which months both providers speak of each, these x months."""


class Tally(NamedTuple):
    """Incidents of one provider in the window, with parts of those whose place or day is uncertain, and records."""

    incidents: Floats
    records: Ints


def compute(panel: Panel, params: Params, _inputs: Inputs) -> Values:
    """Return the ratio with its exact interval, and both numbers; no data where both providers have nothing."""
    window, most, units = int(params["window_months"]), params["most"], _spoken_of(panel)
    both = covered_by_both(panel)[units]
    ours = _tally(panel, counted(panel.incidents), (units, both), window)
    theirs = _with_counts(_tally(panel, beside(panel.incidents), (units, both), window), panel, (units, both), window)
    known = both & (ours.incidents + theirs.incidents > 0)
    mine, others = ours.incidents[known], theirs.incidents[known]
    ratio = np.minimum(np.divide(others, mine, out=np.full_like(mine, most), where=mine > 0), most)
    ends = _ends(mine, others, most)

    def everywhere(rows: NDArray[Any]) -> NDArray[Any]:
        found = np.zeros(panel.shape, rows.dtype)  # units where nothing ever happened cost no memory
        found[units] = rows
        return found

    def where_known(numbers: Floats) -> Floats:
        rows = np.zeros(known.shape)
        rows[known] = numbers
        return everywhere(rows)

    band = (where_known(each) for each in (ratio, np.minimum(ends[0], ratio), np.maximum(ends[1], ratio)))
    status = np.where(everywhere(known), np.uint8(OK), np.uint8(NO_DATA))
    components: dict[str, Callable[[], Floats]] = {
        COUNTED: lambda: everywhere(ours.incidents),
        OTHER: lambda: everywhere(theirs.incidents),
    }
    value, low, high = band
    return settled(status, (value, low, high), everywhere(ours.records + theirs.records), components)


def _spoken_of(panel: Panel) -> Ints:
    """Return the units that either provider tells anything of, in order; in the world, 1 in 3."""
    wanted = counted(panel.incidents) | beside(panel.incidents)
    there = np.zeros(panel.shape[0], bool)
    there[panel.shares.unit[wanted[panel.shares.record]]] = True
    there[panel.reported.unit] = True
    return np.flatnonzero(there)


def _ends(mine: Floats, others: Floats, most: float) -> tuple[Floats, Floats]:
    """Return the ends of the interval; where counts are those of the month before, so are they."""
    new = np.r_[True, (mine[1:] != mine[:-1]) | (others[1:] != others[:-1])][: len(mine)]
    low, high = ratio_interval(mine[new], others[new], most, TAIL)
    run = np.cumsum(new) - 1
    return low[run], high[run]


def covered_by_both(panel: Panel) -> Bools:
    """Return units x months for which both providers speak; counts by area say nothing of cells."""
    counts = panel.covered["other_counts"] & (panel.unit != "cell")
    return panel.covered["incidents"] & (panel.covered["other_incidents"] | counts)


def beside(incidents: Incidents) -> Bools:
    """Return which incidents are the other provider's acts of organised violence."""
    second: Bools = incidents.provider_rank == 1
    return violent(incidents) & second


def _tally(panel: Panel, wanted: Bools, among: Among, window: int) -> Tally:
    shares, (units, both) = panel.shares, among
    here = wanted[shares.record]
    here[here] = both[np.searchsorted(units, shares.unit[here]), shares.period[here]]
    of = parts(shares, here)
    of = of._replace(unit=np.searchsorted(units, of.unit))
    return Tally(in_window(of, window, both.shape), count(of, window, both.shape))


def _with_counts(of: Tally, panel: Panel, among: Among, window: int) -> Tally:
    """Return a tally with the events that the provider counted itself, by area and month."""
    reported, (units, both) = panel.reported, among
    if not len(reported.unit):
        return of
    row = np.searchsorted(units, reported.unit)
    here = both[row, reported.period]
    monthly = np.zeros(both.shape)
    np.add.at(monthly, (row[here], reported.period[here]), reported.events[here])
    added = trailing(monthly, window)
    return Tally(of.incidents + added, of.records + added.astype(np.int64))


def explain(panel: Panel, params: Params, _inputs: Inputs, unit: int, period: int) -> list[Contribution]:
    """Return the records of both providers in the window, with their part of the unit, and contribution 0."""
    both = covered_by_both(panel)
    if not both[unit, period]:
        return []
    shares, first = panel.shares, period - int(params["window_months"]) + 1
    wanted = (counted(panel.incidents) | beside(panel.incidents))[shares.record]
    here = np.flatnonzero(
        wanted
        & (shares.unit == unit)
        & (shares.period >= first)
        & (shares.period <= period)
        & both[unit, shares.period]
    )
    records, which = np.unique(shares.record[here], return_inverse=True)
    share = np.bincount(which, shares.share[here], len(records))
    rows = [incident_row(panel.incidents, record, part, 0.0) for record, part in zip(records, share, strict=True)]
    rows += _count_rows(panel, both, unit, range(first, period + 1))
    return sorted(rows, key=lambda row: (row.source, -row.share, row.record_id))


def _count_rows(panel: Panel, both: Bools, unit: int, window: range) -> list[Contribution]:
    reported = panel.reported
    return [
        Contribution(
            "reported_counts",
            str(reported.id[at]),
            f"{panel.periods[reported.period[at]]}-01",
            str(reported.source[at]),
            float(reported.events[at]),
            0.0,
            0.0,
        )
        for at in np.flatnonzero(reported.unit == unit)
        if reported.period[at] in window and both[unit, reported.period[at]]
    ]


LAYER = Layer(
    id="source_agreement",
    title="Agreement of sources",
    unit_of_value="incidents by the other provider for each one counted",
    shows=(
        "How many incidents of organised violence another provider reports for each one by the provider that every "
        "other layer counts, in the months up to this one that both cover. Near 1 they see as much; far from 1, "
        "violence is seen by one of them and not by the other, or they define it differently."
    ),
    shows_not=(
        "It does not say who is right. Providers differ in what they include: some list every reported event, others "
        "only those in which somebody died, so that a ratio well above 1 is usual; compare places, not the number "
        "itself. Equal counts need not be the same incidents; what is also reported by the other is told with each "
        "record. Where the other provider is known by its own counts alone, events that it could not place are missing."
    ),
    formula=(
        "value = other / counted, each the sum over its incidents of their parts in the unit in the last window_months "
        "months that both cover, cut at `most`, which also stands where the counted provider has none; low and high "
        "are the exact 90 % interval of the ratio, given both together (Clopper-Pearson on the other's share, by beta "
        "quantiles also at parts of incidents); n is the number of records of both"
    ),
    empty=(
        "0: the counted provider has incidents in the window and the other has none. No data: there is no second "
        "provider of incidents, one of the two does not cover the month, or neither has an incident in the window, so "
        "that there is nothing to compare. Counts by area give no values for cells."
    ),
    reference=(
        "Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404 (exact limits of a share); Raleigh, Kishi and Linke "
        "2023, doi:10.1057/s41599-023-01559-4 (why providers of incidents differ)"
    ),
    parameters=(
        Parameter("window_months", 12, "months", 1, 60, "months that count, this one included", whole=True),
        Parameter(
            "most", 100, "ratio", 10, 10_000, "a larger ratio, or one against no incident at all, is given as this"
        ),
    ),
    risk_factors=(
        RiskFactor(1, "proxy", "how sure the record of armed conflict is: where two providers differ, look closer"),
    ),
    families=("incidents", "other_incidents", "other_counts"),
    breaks=(0.2, 0.5, 2, 5),
    compute=compute,
    explain=explain,
    palette="PuOr",
    not_additive=(
        "A ratio is no sum, so no part of it belongs to one record: the records of both providers are listed with "
        "their share in the unit and contribution 0."
    ),
)
