"""What layers that look around a unit need of `incident_intensity`: its half-life, and the records near a unit."""

import numpy as np

from layers._decay import HALF_LIFE, Parts, counted, incident_row, parts
from layers._layer import Contribution
from layers._panel import Floats, Panel


def counted_parts(panel: Panel) -> Parts:
    """Return the parts of the incidents that are counted."""
    return parts(panel.shares, counted(panel.incidents)[panel.shares.record])


def half_life_read(intensity: Floats, of: Parts) -> float:
    """Return the half-life in months that an intensity (units x months) was computed with.

    A layer is given the values of those it is made of, not their parameters; but what a value keeps from one month to
    the next, less what arrived, says it. It is read where the value is largest, and rounded to 1e-9 months. The
    default where no two months in a row have a value and something to lose: there it makes no difference.
    """
    both = np.isfinite(intensity[:, :-1]) & np.isfinite(intensity[:, 1:])
    before = np.where(both, intensity[:, :-1], 0.0)
    if not before.any():
        return HALF_LIFE.default
    unit, month = np.unravel_index(int(np.argmax(before)), before.shape)
    arrived = of.share[(of.unit == unit) & (of.period == month + 1)].sum()
    keep = (intensity[unit, month + 1] - arrived) / intensity[unit, month]
    return round(float(-1 / np.log2(keep)), 9)


def records_around(panel: Panel, intensity: Floats, unit: int, period: int) -> list[Contribution]:
    """Return the incidents of a unit and its neighbours up to a month, the largest first after decay.

    `share` is their part in all of these units together; their weight and contribution are 0, as they do not add up.
    Empty where there is no value.
    """
    if not np.isfinite(intensity[unit, period]):
        return []
    of = counted_parts(panel)
    units = np.r_[unit, panel.neighbours[[unit]].indices]
    units = units[np.isfinite(intensity[units, period])]
    here = np.flatnonzero(np.isin(of.unit, units) & (of.period <= period))
    records, which = np.unique(of.record[here], return_inverse=True)
    decay = 2.0 ** (-(period - of.period[here]) / half_life_read(intensity, of))
    share, decayed = (np.bincount(which, part, len(records)) for part in (of.share[here], of.share[here] * decay))
    order = np.lexsort((panel.incidents.id[records].astype(str), -decayed))
    return [incident_row(panel.incidents, records[at], share[at], 0.0) for at in order]
