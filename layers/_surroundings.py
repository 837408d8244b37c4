"""What layers that look around a unit need of `incident_intensity`: the sum that it is, and the records near a unit."""

import numpy as np

from geo.errors import DataError
from layers._decay import Parts, counted, incident_row, parts
from layers._draws import Sum
from layers._layer import Contribution, Values
from layers._panel import Panel


def counted_parts(panel: Panel) -> Parts:
    """Return the parts of the incidents that are counted."""
    return parts(panel.shares, counted(panel.incidents)[panel.shares.record])


def drawn_sum(intensity: Values) -> Sum:
    """Return the decayed sum that an intensity is: its parts, their half-life, and what its draws are made from."""
    if intensity.drawn is None:
        raise DataError("Incident intensity comes without the sum that it is; take it from its layer as computed.")
    return intensity.drawn


def records_around(panel: Panel, intensity: Values, unit: int, period: int) -> list[Contribution]:
    """Return the incidents of a unit and its neighbours up to a month, the largest first after decay.

    `share` is their part in all of these units together; their weight and contribution are 0, as they do not add up.
    Empty where there is no value.
    """
    if not np.isfinite(intensity.value[unit, period]):
        return []
    what = drawn_sum(intensity)
    of = what.of
    units = np.r_[unit, panel.neighbours[[unit]].indices]
    units = units[np.isfinite(intensity.value[units, period])]
    here = np.flatnonzero(np.isin(of.unit, units) & (of.period <= period))
    records, which = np.unique(of.record[here], return_inverse=True)
    decay = 2.0 ** (-(period - of.period[here]) / what.half_life_months)
    share, decayed = (np.bincount(which, part, len(records)) for part in (of.share[here], of.share[here] * decay))
    order = np.lexsort((panel.incidents.id[records].astype(str), -decayed))
    return [incident_row(panel.incidents, records[at], share[at], 0.0) for at in order]
