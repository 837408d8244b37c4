"""How much organised violence is on record across the border from a unit: incidents of other countries close to it."""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy import sparse

from layers._border import band_around, chance_around, count_around, seen, sum_around, weights
from layers._decay import HALF_LIFE, counted, incident_row
from layers._draws import Sum
from layers._layer import Contribution, Inputs, Layer, Parameter, Params, RiskFactor, Values
from layers._panel import Bools, Floats, Panel
from layers._settle import covered_status, settled
from layers._surroundings import counted_parts

OWN = "own country, in other units (not in the value)"
ACROSS = "across the border with {}"


def compute(panel: Panel, params: Params, _inputs: Inputs) -> Values:
    """Return the decayed incidents across the border by distance, and their parts by country (they sum to it)."""
    around, what, covered = _around(panel, params, _abroad(panel)), _asked(panel, params), panel.covered["incidents"]
    value = sum_around(around, what, covered)
    low, high = band_around(value, around, what, covered)
    beside = np.unique(panel.iso3[np.unique(around.indices)].astype(str))
    components: dict[str, Callable[[], Floats]] = {OWN: partial(_part, panel, params, "")}
    components |= {ACROSS.format(iso3): partial(_part, panel, params, iso3) for iso3 in beside}
    n = count_around(around, what.of, 2 * what.half_life_months, covered)
    return settled(covered_status(seen(around, covered)), (value, low, high), n, components)


def _abroad(panel: Panel) -> Bools:
    """Return which pairs of near units are of two countries."""
    _, country = np.unique(panel.iso3.astype(str), return_inverse=True)
    return np.asarray(country[panel.near.unit] != country[panel.near.other])


def _around(panel: Panel, params: Params, wanted: Bools) -> sparse.csr_array:
    return weights(panel, wanted, params["reach_km"], params["distance_half_km"])


def _asked(panel: Panel, params: Params) -> Sum:
    one = np.ones(len(panel.incidents.id))
    return Sum(counted_parts(panel), one, panel.incidents.id, params["half_life_months"], panel.shape)


def _part(panel: Panel, params: Params, iso3: str) -> Floats:
    """Return the part of one other country, of the own where none is named; NaN where nothing of it is in reach."""
    wanted = _abroad(panel) & (panel.iso3 == iso3)[panel.near.other] if iso3 else ~_abroad(panel)
    around, covered = _around(panel, params, wanted), panel.covered["incidents"]
    part = sum_around(around, _asked(panel, params), covered)
    part[~seen(around, covered)] = np.nan
    return part


def chance(panel: Panel, params: Params, _inputs: Inputs, threshold: float) -> Floats:
    """Return the part of the draws in which the value is above a threshold; NaN where there is no value."""
    around, covered = _around(panel, params, _abroad(panel)), panel.covered["incidents"]
    found = chance_around(threshold, around, _asked(panel, params), covered)
    return np.where(seen(around, covered), found, np.nan)


def explain(panel: Panel, params: Params, _inputs: Inputs, unit: int, period: int) -> list[Contribution]:
    """Return the incidents across the border behind one value; they sum to it. Empty where there is no value."""
    near, shares = panel.near, panel.shares
    at = np.flatnonzero((near.unit == unit) & (near.dist_m <= 1000 * params["reach_km"]))
    at = at[(panel.iso3[near.other[at]] != panel.iso3[unit]) & panel.covered["incidents"][near.other[at], period]]
    beside = np.zeros(len(panel.ids))
    beside[near.other[at]] = 2.0 ** (-near.dist_m[at] / (1000 * params["distance_half_km"]))
    here = np.flatnonzero((beside[shares.unit] > 0) & (shares.period <= period))
    here = here[counted(panel.incidents)[shares.record[here]]]
    records, which = np.unique(shares.record[here], return_inverse=True)
    decay = 2.0 ** (-(period - shares.period[here]) / params["half_life_months"])
    share = np.bincount(which, shares.share[here], len(records))
    weight = np.bincount(which, shares.share[here] * decay * beside[shares.unit[here]], len(records)) / share
    rows = [incident_row(panel.incidents, r, s, w) for r, s, w in zip(records, share, weight, strict=True)]
    return sorted(rows, key=lambda row: (-row.contribution, row.record_id))


LAYER = Layer(
    id="spillover",
    title="Violence across the border",
    unit_of_value="incidents",
    shows=(
        "Organised violence on record in other countries close to this unit: an incident of this month in a unit that "
        "touches it counts 1, one of half a year ago 1/2, one in a unit 50 km away 1/2. The parts say across which "
        "border; what is near in the unit's own country stands beside and is not in the value. An incident that may "
        "lie on either side of a border counts here with its chance of lying on the other side."
    ),
    shows_not=(
        "It does not say that violence has crossed the border or will, nor by whom. Distance is from edge to edge, so "
        "a large unit may touch the border with one end and be far from it with the other. Countries whose boundaries "
        "are not in the workspace, and those not covered in the month, add nothing: the parts name those that count."
    ),
    formula=(
        "value(u, t) = sum over units b of other countries, with distance(u, b) <= reach_km and month t covered in b, "
        "of 2^(-distance(u, b) / distance_half_km) x sum over incidents i and months t' <= t of share(i, b, t') x "
        "2^(-(t - t') / half_life_months); distance is the shortest on the ellipsoid between nearest points, 0 where "
        "two units touch; each 'across the border with' is the same sum over units of one country, 'own country' that "
        "over the other units of the unit's own; low and high are the 90 % band of place: in each of 99 draws every "
        "incident that may lie in several units, on either side, is put, whole, into one of them by its shares, the "
        "draw is summed, and the 5th smallest and 5th largest sum are the ends, widened to hold the value; n counts "
        "the incidents of the last two half-lives that may lie across the border within reach"
    ),
    empty=(
        "0: a source covers the month for a country across the border within reach, and no incident is on record. "
        "No data: no unit of another mapped country lies within reach, so what happens there is not known; add its "
        "boundaries and incidents. No data, too, where no source of incidents covers the month for any country across "
        "the border within reach; whether the unit's own country is covered makes no difference."
    ),
    reference=(
        "Buhaug and Gleditsch 2008, doi:10.1111/j.1468-2478.2008.00499.x (conflict in the neighbourhood); Hegre and "
        "others 2021, doi:10.1177/0022343320962157 (decayed conflict history of neighbours); Framework of Analysis for "
        "Atrocity Crimes, A/70/741-S/2016/71, indicator 8.2 (spill-over from neighbouring countries)"
    ),
    parameters=(
        HALF_LIFE,
        Parameter("reach_km", 150, "km", 10, 200, "how far across the border a unit may be, from edge to edge"),
        Parameter("distance_half_km", 50, "km", 5, 200, "distance at which an incident counts half in the sum"),
    ),
    risk_factors=(
        RiskFactor(8, "measured", "armed conflict in neighbouring countries close to the border, by place and month"),
        RiskFactor(1, "proxy", "armed conflict nearby, consistent with instability on this side of the border"),
    ),
    families=("incidents",),
    breaks=(0.1, 1, 3, 10, 30),
    compute=compute,
    explain=explain,
    chance=chance,
    surroundings=True,
    live=("half_life_months",),
    palette="OrRd",
)
