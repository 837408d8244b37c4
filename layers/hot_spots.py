"""Where incidents are many among their neighbours, more than chance would place there: Getis-Ord Gi*."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from layers._draws import DRAWS, certain_sum, draws_by_month, ends, uncertain
from layers._layer import (
    NO_CATEGORY,
    Category,
    Contribution,
    Inputs,
    Layer,
    Parameter,
    Params,
    RiskFactor,
    Values,
)
from layers._local import (
    COLD,
    HOT,
    UNREMARKABLE,
    Reach,
    blocks,
    fdr_cutoff,
    gi_star,
    local_moran,
    reach,
    scored,
    two_sided,
)
from layers._panel import Floats, Ints, Panel
from layers._permutation import PERMUTATIONS, pseudo_p
from layers._settle import settled
from layers._surroundings import drawn_sum, records_around

INTENSITY = "incident_intensity"
SEED = 19_920_701


class Month(NamedTuple):
    """The draws of one month, each to be read once and before the next: see `scored`.

    `at` is the month, `units` are those that have a value, `around` says what is near what.
    """

    at: int
    units: Ints
    around: Reach
    far: Floats
    near: Iterator[tuple[slice, Floats]]


def compute(panel: Panel, params: Params, inputs: Inputs) -> Values:
    """Return Gi* of the incident intensity, its band over the places drawn, and whether it is a hot or a cold spot."""
    intensity = inputs[INTENSITY]
    z = gi_star(intensity.value, panel.neighbours)
    least = _least_z(z, params["fdr_percent"] / 100)
    low, high, often = _band(panel, intensity, z, least)
    n = np.asarray(panel.neighbours.astype(np.int64) @ intensity.n) + intensity.n
    components = _components(panel, intensity, z, least, often)
    category = _category(z, least)
    values = settled(intensity.status.copy(), (z, low, high), n, components)
    return replace(values, category=category)


def _least_z(z: Floats, alpha: float) -> Floats:
    """Return, for each month, the z above which a unit is a hot spot, at the false discovery rate alpha."""
    least: Floats = -ndtri(fdr_cutoff(two_sided(z), alpha) / 2)
    return least


def _category(z: Floats, least: Floats) -> NDArray[np.uint8]:
    category = np.full(z.shape, UNREMARKABLE, np.uint8)
    category[z > least] = HOT
    category[z < -least] = COLD
    category[np.isnan(z)] = NO_CATEGORY
    return category


def _components(
    panel: Panel, intensity: Values, z: Floats, least: Floats, often: NDArray[np.uint8]
) -> dict[str, Callable[[], Floats]]:
    """Return how to compute what stands beside z; none of it is needed for the map."""
    return {
        "p by the normal distribution": lambda: two_sided(z),
        "p by permutation": lambda: np.minimum(2 * pseudo_p(intensity.value, panel.neighbours, SEED), 1.0),
        "z above which a unit is a hot spot": lambda: np.broadcast_to(least, z.shape).copy(),
        "chance of being a hot spot": lambda: often / DRAWS,
        "local Moran I": lambda: local_moran(intensity.value, panel.neighbours).i,
        "quadrant of local Moran I": lambda: local_moran(intensity.value, panel.neighbours).quadrant,
    }


def _months(panel: Panel, intensity: Values) -> Iterator[Month]:
    """Yield the draws of each month in which something is uncertain, in order of months."""
    what = drawn_sum(intensity)
    of = what.of
    sure, steps = certain_sum(what), draws_by_month(what)
    doubtful = np.unique(of.unit[uncertain(of, what.deaths)])
    known_only = np.setdiff1d(of.unit, doubtful)
    for block in blocks(np.isfinite(intensity.value), panel.neighbours):
        inside = np.isin(doubtful, block.units)
        units = np.r_[doubtful[inside], known_only[np.isin(known_only, block.units)]]
        around = reach(block, np.asarray(np.searchsorted(block.units, units)))
        x, n = np.empty((len(units), DRAWS)), int(inside.sum())
        for month, drawn in zip(range(block.months.start, block.months.stop), steps, strict=False):
            if drawn.total.any():
                known = sure[units, month][:, None]
                np.add(drawn.total if inside.all() else drawn.total[inside], known[:n], out=x[:n])
                x[n:] = known[n:]
                yield Month(month, block.units, around, *scored(x, around))


def _told(month: Month, tell: Callable[[Floats], Floats]) -> Floats:
    """Return what is told of each unit's draws (rows x draws to one or more numbers a row), numbers x units."""
    far = tell(month.far)
    told = far[:, month.around.kind]
    for rows, found in month.near:
        told[:, month.around.near[rows]] = tell(found)
    return told


def _band(panel: Panel, intensity: Values, z: Floats, least: Floats) -> tuple[Floats, Floats, NDArray[np.uint8]]:
    """Return the 90 % band of z over the draws, which always holds z, and in how many draws a unit is a hot spot.

    The draws are gone through once, as they take most of the time; that number takes an eighth of the room of a chance.
    """
    low, high, often = z.copy(), z.copy(), np.where(z > least, np.uint8(DRAWS), np.uint8(0))
    for month in _months(panel, intensity):
        told = _told(month, partial(_ends_and_often, least[month.at]))
        low[month.units, month.at], high[month.units, month.at], often[month.units, month.at] = told
    return np.fmin(low, z, out=low), np.fmax(high, z, out=high), often


def _ends_and_often(least: float, draws: Floats) -> Floats:
    return np.stack([*ends(draws), np.count_nonzero(draws > least, axis=1)])


def _chance_above(panel: Panel, intensity: Values, z: Floats, least: Floats) -> Floats:
    """Return the part of the draws in which z is above its month's least; 0 or 1 where nothing is uncertain."""
    above = np.where(np.isnan(z), np.nan, z > least)
    for month in _months(panel, intensity):
        above[month.units, month.at] = _told(month, partial(_part_above, least[month.at]))[0]
    return above


def _part_above(least: float, draws: Floats) -> Floats:
    return np.asarray(np.mean(draws > least, axis=1)[None])


def chance(panel: Panel, _params: Params, inputs: Inputs, threshold: float) -> Floats:
    """Return the part of the draws in which z is above a threshold, units x months; NaN where there is no value."""
    intensity = inputs[INTENSITY]
    z = gi_star(intensity.value, panel.neighbours)
    return _chance_above(panel, intensity, z, np.full(panel.shape[1], threshold))


def explain(panel: Panel, _params: Params, inputs: Inputs, unit: int, period: int) -> list[Contribution]:
    """Return the incidents of the unit and its neighbours, the largest first after decay, with contribution 0."""
    return records_around(panel, inputs[INTENSITY], unit, period)


LAYER = Layer(
    id="hot_spots",
    title="Hot spots",
    unit_of_value="z score",
    shows=(
        "Where a unit and those that touch it hold more incidents together than so many would hold if the same "
        "incident intensities stood in random places (hot spot), or fewer (cold spot). It tells a concentration that "
        "stands out from one that chance would place somewhere."
    ),
    shows_not=(
        "It compares units with each other in one month: where violence is everywhere, nothing stands out, and a "
        "country at war may have fewer hot spots than one at peace. Intensity is counted in incidents, not per km2, so "
        "that a large district may be hot for its size; cells are of nearly equal size. The scores rest on the normal "
        "distribution, which few large values stretch: where p by permutation is much larger, trust that one. "
        "It does not say who is responsible and does not look ahead."
    ),
    formula=(
        "value(u, t) = Gi* as a z score = (sum of x - k m) / sqrt(v k (n - k) / (n - 1)), where x is the incident "
        "intensity (in incidents) of u and of the k - 1 units that touch it in an edge or a corner, each with weight "
        "1, and m and v are mean and variance over the n units that have a value in t; 0 where all are alike. Hot and "
        "cold spots: two-sided p below the cut-off of Benjamini and Hochberg for fdr_percent over the units of the "
        "month. low and high are the 90 % band of z over 99 draws of the uncertain places, widened to hold it. Beside "
        f"it: two-sided p by {PERMUTATIONS} conditional permutations, the same for local Moran I; local Moran I "
        "with weights that sum to 1, and its quadrant (1 high among high, 2 low among high, 3 low among low, 4 high "
        "among low, 0 where all are alike). n is the sum over the unit and those that touch it of the incidents of the "
        "last two half-lives; one that may lie in several of them counts in each"
    ),
    empty=(
        "0: the unit with its neighbours is as the average, or all units are alike, as where no incident is on record. "
        "No data: no source of incidents covers the unit in the month; the unit is then left out of the comparison."
    ),
    reference=(
        "Getis and Ord 1992, doi:10.1111/j.1538-4632.1992.tb00261.x and Ord and Getis 1995, "
        "doi:10.1111/j.1538-4632.1995.tb00912.x (Gi*); Anselin 1995, doi:10.1111/j.1538-4632.1995.tb00338.x (local "
        "Moran I, conditional permutation); Caldas de Castro and Singer 2006, doi:10.1111/j.1538-4632.2006.00682.x "
        "(false discovery rate on maps)"
    ),
    parameters=(
        Parameter("fdr_percent", 5, "%", 1, 20, "share of false ones among hot and cold spots that is accepted"),
    ),
    risk_factors=(
        RiskFactor(1, "measured", "armed conflict: where incidents concentrate beyond chance"),
        RiskFactor(11, "proxy", "concentration of violence in neighbouring places is consistent with a pattern"),
    ),
    families=("incidents",),
    categories=(
        Category("cold_spot", "Cold spot", "#4393c3"),
        Category("not_significant", "Not significant", "#e0ddd3"),
        Category("hot_spot", "Hot spot", "#b2182b", stands_out=True),
    ),
    inputs=(INTENSITY,),
    surroundings=True,
    chance=chance,
    compute=compute,
    explain=explain,
    not_additive=(
        "A z score compares a neighbourhood with all units of the month, so that no part of it belongs to one record: "
        "the records of the unit and those that touch it are listed with contribution 0."
    ),
)
