"""Whether there is more or less organised violence than some months before, where so few incidents can tell."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from layers._band import band
from layers._decay import HALF_LIFE, count, counted, decayed_sum, incident_row, keep_of, parts
from layers._draws import Sum, certain_sum, draws_by_month
from layers._layer import (
    NO_CATEGORY,
    NO_DATA,
    OK,
    Category,
    Contribution,
    Inputs,
    Layer,
    Parameter,
    Params,
    RiskFactor,
    Values,
)
from layers._panel import Bools, Floats, Ints, Panel
from layers._settle import settled
from layers._since import earlier, since
from layers._small_counts import SIGNIFICANT, can_tell, exact_p, in_window, ratio_interval

NEW, AGEING = "new incidents", "ageing of earlier ones"
NOW, BEFORE = "incidents in the window", "incidents in the earlier window"
P_VALUE, RATIO = "exact p of no change", "ratio of the two counts"
RATIO_LOW, RATIO_HIGH = "ratio, low end of the 95 % interval", "ratio, high end of the 95 % interval"
MOST = 100.0
CATEGORIES = (
    Category("no_incident", "No incident in either period", "#f7f7f7"),
    Category("too_few", "Too few to tell", "#bdbdbd"),
    Category("fall", "Fewer incidents than before", "#542788"),
    Category("no_clear_change", "No clear change", "#ffffbf"),
    Category("rise", "More incidents than before", "#b35806", stands_out=True),
)
NO_INCIDENT, TOO_FEW, FALL, NO_CLEAR_CHANGE, RISE = range(5)


class Span(NamedTuple):
    """Months back to the earlier month, and months of each of the two windows that are compared, at most as many."""

    lag: int
    window: int


def compute(panel: Panel, params: Params, _inputs: Inputs) -> Values:
    """Return the change of the decayed number of incidents, its two parts, and what the counts can tell of it."""
    span, whole = _span(params), _drawn(panel, params)
    units = np.unique(whole.of.unit)
    seen = whole.of._replace(unit=np.searchsorted(units, whole.of.unit))
    what = whole._replace(of=seen, shape=(len(units), panel.shape[1]))
    value, (now, before) = _change(what, span.lag), _counts(what, span)

    def everywhere(rows: NDArray[Any]) -> NDArray[Any]:
        found = np.zeros(panel.shape, rows.dtype)  # units where nothing ever happened cost no memory
        found[units] = rows
        return found

    def told(of: Callable[[Floats, Floats], Floats]) -> Floats:
        return of(everywhere(now), everywhere(before))

    low, high = (everywhere(end) for end in band(value, what, span.lag))
    status = np.where(_covered(panel, span), np.uint8(OK), np.uint8(NO_DATA))
    category = np.where(status == OK, everywhere(kinds(now, before)), np.uint8(NO_CATEGORY))
    n = everywhere(count(seen, span.lag + span.window, what.shape))
    components: dict[str, Callable[[], Floats]] = {
        NEW: lambda: everywhere(_new(panel, what, span.lag)),
        AGEING: lambda: everywhere(_change(what, span.lag) - _new(panel, what, span.lag)),
        **{name: partial(told, of) for name, of in TOLD.items()},
    }
    return replace(settled(status, (everywhere(value), low, high), n, components), category=category)


def kinds(now: Floats, before: Floats) -> NDArray[np.uint8]:
    """Return the category of two counts over equally many months, as its place in `CATEGORIES`."""
    both = now + before
    found = np.where(both > 0, np.uint8(TOO_FEW), np.uint8(NO_INCIDENT))
    enough = np.nonzero(can_tell(both))
    one, other = now[enough], before[enough]
    clear = exact_p(one, other) <= SIGNIFICANT
    found[enough] = np.where(clear, np.where(one > other, RISE, FALL), NO_CLEAR_CHANGE)
    return found


def _ratio(now: Floats, before: Floats) -> Floats:
    """Return the ratio of two counts, cut at `MOST`; NaN where both are 0."""
    ratio = np.where(now > 0, MOST, np.nan)
    return np.minimum(np.divide(now, before, out=ratio, where=before > 0), MOST)


TOLD: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    NOW: lambda now, _before: now,
    BEFORE: lambda _now, before: before,
    P_VALUE: exact_p,
    RATIO: _ratio,
    RATIO_LOW: lambda now, before: ratio_interval(before, now, MOST, SIGNIFICANT / 2)[0],
    RATIO_HIGH: lambda now, before: ratio_interval(before, now, MOST, SIGNIFICANT / 2)[1],
}
"""What two counts over equally many months tell."""


def _span(params: Params) -> Span:
    lag = int(params["lag_months"])
    return Span(lag, min(lag, int(params["window_months"])))


def _drawn(panel: Panel, params: Params) -> Sum:
    of = parts(panel.shares, counted(panel.incidents)[panel.shares.record])
    return Sum(of, np.ones(len(panel.incidents.id)), panel.incidents.id, params["half_life_months"], panel.shape)


def _change(what: Sum, lag: int) -> Floats:
    return since(decayed_sum(what.of, what.weight, what.half_life_months, what.shape), lag)


def _covered(panel: Panel, span: Span) -> Bools:
    """Return where the sources speak of every month from the first of the earlier window on."""
    month = np.arange(panel.shape[1], dtype=np.int16)  # a quarter of the memory, and half a century takes 600
    gap = np.maximum.accumulate(np.where(panel.covered["incidents"], np.int16(-1), month), axis=1)
    return np.asarray(month - gap >= span.lag + span.window)


def _counts(what: Sum, span: Span) -> tuple[Floats, Floats]:
    """Return incidents in the window that ends with the month, and in that which ends `lag` months before."""
    now = in_window(what.of, span.window, what.shape)
    return now, earlier(now, span.lag)


def _new(panel: Panel, what: Sum, lag: int) -> Floats:
    """Return the decayed sum of the incidents that began after the earlier month, units x months.

    Later months of an incident that began before are no new incident: they go with its ageing.
    """
    of, keep, found = what.of, keep_of(what.half_life_months), np.zeros(what.shape)
    began = panel.incidents.date.astype("datetime64[M]")[of.record].astype(np.int64)
    period = panel.periods[of.period].astype(np.int64)
    for age in range(lag):
        at = np.flatnonzero((began > period + age - lag) & (of.period + age < what.shape[1]))
        np.add.at(found, (of.unit[at], of.period[at] + age), of.share[at] * keep**age)
    return found


def chance(panel: Panel, params: Params, _inputs: Inputs, threshold: float) -> Floats:
    """Return the part of the draws in which the change is above a threshold; NaN where there is no value."""
    span, what = _span(params), _drawn(panel, params)
    certain = since(certain_sum(what), span.lag)
    found = (certain > threshold).astype(np.float64)
    later = islice(enumerate(draws_by_month(what)), span.lag, None)
    for (month, now), before in zip(later, draws_by_month(what), strict=False):
        above = now.total - before.total > (threshold - certain[now.units, month])[:, None]
        found[now.units, month] = above.mean(axis=1)
    return np.where(_covered(panel, span), found, np.nan)


def explain(panel: Panel, params: Params, _inputs: Inputs, unit: int, period: int) -> list[Contribution]:
    """Return the incidents behind one change, those that only aged negative; they sum to it. Empty without a value."""
    span, shares = _span(params), panel.shares
    if not _covered(panel, span)[unit, period]:
        return []
    wanted = counted(panel.incidents)[shares.record]
    here = np.flatnonzero(wanted & (shares.unit == unit) & (shares.period <= period))
    records, which = np.unique(shares.record[here], return_inverse=True)
    weight = _weight(period - shares.period[here], span.lag, params["half_life_months"])
    share = np.bincount(which, shares.share[here], len(records))
    moved = np.bincount(which, shares.share[here] * weight, len(records)) / share
    rows = [incident_row(panel.incidents, r, s, w) for r, s, w in zip(records, share, moved, strict=True)]
    return sorted(rows, key=lambda row: (-abs(row.contribution), row.record_id))


def _weight(age: Ints, lag: int, half_life_months: float) -> Floats:
    """Return how much more an incident counts than `lag` months before, by its age in months."""
    before = np.where(age >= lag, 2.0 ** (-(age - lag) / half_life_months), 0.0)
    return np.asarray(2.0 ** (-age / half_life_months) - before)


LAYER = Layer(
    id="change",
    title="Change of incidents",
    unit_of_value="incidents more or fewer",
    shows=(
        "Whether organised violence has grown or shrunk since some months before. The colour says what the numbers of "
        "incidents in two periods of equal length can tell: more, fewer, no clear change, or too few to tell. The "
        "number is the change of incident intensity: what new incidents added, less what earlier ones lost by ageing."
    ),
    shows_not=(
        "It compares what is known today of both periods, so incidents reported late, revised or deleted are not told "
        "apart: the command forewatch diff splits the change between two days of knowledge into those and the same "
        "new and ageing. Of units where nothing changed up to one in twenty is called more or fewer by chance, and "
        "more where incidents come in series, as the test takes them to be independent. It does not say why, and "
        "looks not ahead."
    ),
    formula=(
        "value(u, t) = intensity(u, t) - intensity(u, t - lag_months) = new + ageing, where intensity is the sum over "
        "incidents i and months t' <= t of share(i, u, t') x 2^(-(t - t') / half_life_months), new is the part of the "
        "incidents that began after month t - lag_months, and ageing is that of all others; low and high are the 90 % "
        "band of it over 99 draws of uncertain places. Category: with y1 the sum of shares in the last window_months "
        "months (no more than lag_months) and y0 that in as many months up to t - lag_months, p is the two-sided exact "
        "p of y1 under Binomial(y1 + y0, 1/2), by the incomplete beta function also where they are not whole. More or "
        "fewer where p <= 0.05; no clear change where p > 0.05; too few to tell where 2^(1 - y1 - y0) > 0.05, so that "
        "no split could have p <= 0.05, which is below 6. The ratio y1 / y0 has the exact 95 % interval of Clopper and "
        "Pearson; ratio and ends are cut at 100. n counts the incidents of both windows and the months between them"
    ),
    empty=(
        "No incident: the sources cover both periods and neither has an incident on record. No data: the sources do "
        "not cover every month from the first of the earlier period on, as in their own first months."
    ),
    reference=(
        "Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404 (exact limits of a share); Fay 2010, "
        "doi:10.32614/RJ-2010-008 (exact tests of two counts and the intervals that match them); Bowers, Johnson and "
        "Pease 2004, doi:10.1093/bjc/azh036 (decay by recency)"
    ),
    parameters=(
        HALF_LIFE,
        Parameter("lag_months", 3, "months", 1, 12, "how long before the earlier month is", whole=True),
        Parameter(
            "window_months",
            3,
            "months",
            1,
            12,
            "months whose incidents are counted up to either month; of more than lag_months, lag_months",
            whole=True,
        ),
    ),
    risk_factors=(
        RiskFactor(1, "measured", "armed conflict: where recorded violence has grown more than chance explains"),
        RiskFactor(8, "proxy", "a clear rise is consistent with a sudden start of hostilities"),
    ),
    families=("incidents",),
    compute=compute,
    explain=explain,
    categories=CATEGORIES,
    live=("half_life_months",),
    chance=chance,
)
