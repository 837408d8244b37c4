"""How far two providers of incidents agree: incidents by the other for each one by the provider that is counted."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from layers._decay import count, counted, incident_row, parts, violent
from layers._layer import NO_DATA, Contribution, Inputs, Layer, Parameter, Params, RiskFactor, Values
from layers._panel import Bools, Floats, Incidents, Ints, Panel
from layers._settle import covered_status, settled
from layers._small_counts import in_window, ratio_interval, trailing

COUNTED, OTHER = "incidents by the provider that is counted", "incidents by the other provider"
TAIL = 0.05


class Tally(NamedTuple):
    """Incidents of one provider in the window, with parts of those whose place or day is uncertain, and records."""

    incidents: Floats
    records: Ints


def compute(panel: Panel, params: Params, _inputs: Inputs) -> Values:
    """Return the ratio with its exact interval, and both numbers; no data where both providers have nothing."""
    window, most, both = int(params["window_months"]), params["most"], covered_by_both(panel)
    ours = _tally(panel, counted(panel.incidents), both, window)
    theirs = _with_counts(_tally(panel, beside(panel.incidents), both, window), panel, both, window)
    known = both & (ours.incidents + theirs.incidents > 0)
    value, low, high = (np.zeros(panel.shape) for _ in range(3))
    mine, others = ours.incidents[known], theirs.incidents[known]
    value[known] = np.minimum(np.divide(others, mine, out=np.full_like(mine, most), where=mine > 0), most)
    ends = ratio_interval(mine, others, most, TAIL)
    low[known], high[known] = np.minimum(ends[0], value[known]), np.maximum(ends[1], value[known])
    status = np.where(known, covered_status(both), np.uint8(NO_DATA))
    components: dict[str, Callable[[], Floats]] = {COUNTED: ours.incidents.copy, OTHER: theirs.incidents.copy}
    return settled(status, (value, low, high), ours.records + theirs.records, components)


def covered_by_both(panel: Panel) -> Bools:
    """Return units x months for which both providers speak; counts by area say nothing of cells."""
    counts = panel.covered["other_counts"] & (panel.unit != "cell")
    return panel.covered["incidents"] & (panel.covered["other_incidents"] | counts)


def beside(incidents: Incidents) -> Bools:
    """Return which incidents are the other provider's acts of organised violence."""
    second: Bools = incidents.provider_rank == 1
    return violent(incidents) & second


def _tally(panel: Panel, wanted: Bools, both: Bools, window: int) -> Tally:
    shares = panel.shares
    here = wanted[shares.record] & both[shares.unit, shares.period]
    of = parts(shares, here)
    return Tally(in_window(of, window, panel.shape), count(of, window, panel.shape))


def _with_counts(of: Tally, panel: Panel, both: Bools, window: int) -> Tally:
    """Return a tally with the events that the provider counted itself, by area and month."""
    reported = panel.reported
    here = both[reported.unit, reported.period]
    monthly = np.zeros(panel.shape)
    np.add.at(monthly, (reported.unit[here], reported.period[here]), reported.events[here])
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
