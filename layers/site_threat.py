"""How close organised violence came to protected sites lately."""

from functools import partial

import numpy as np

from layers._band import band, chance_above
from layers._decay import HALF_LIFE, contributions, count_bearing, counted, decayed_sum, parts
from layers._draws import Sum
from layers._layer import Contribution, Inputs, Layer, Parameter, Params, RiskFactor, Values
from layers._panel import Bools, Floats, Panel, Shares
from layers._settle import covered_status, settled

SITE_KINDS = ("health", "education", "worship", "heritage", "displacement_site")


def _wanted(panel: Panel) -> Bools:
    return counted(panel.incidents)[panel.site_shares.record]


def compute(panel: Panel, params: Params, _inputs: Inputs) -> Values:
    """Return the decayed number of incidents near sites, its parts by kind of site (they sum to it)."""
    half_life, shares = params["half_life_months"], panel.site_shares
    of = parts(shares, _wanted(panel))
    one = np.ones(len(panel.incidents.id))
    value = decayed_sum(of, one, half_life, panel.shape)
    low, high = band(value, _asked(panel, half_life))
    components = {kind: partial(_near_kind, panel, kind, half_life) for kind in SITE_KINDS}
    n = count_bearing(of, half_life, panel.shape)
    return settled(covered_status(_covered(panel)), (value, low, high), n, components)


def _asked(panel: Panel, half_life_months: float) -> Sum:
    """Return what is drawn: each incident in each unit by itself, near its sites there with its chance, or near none.

    How many it is near in another unit is drawn by the same number of the incident, but not such that their sum is.
    """
    shares, (n_units, n_months) = panel.site_shares, panel.shape
    at = np.flatnonzero(_wanted(panel))
    pair, first, which = np.unique(
        shares.record[at] * n_units + shares.unit[at], return_index=True, return_inverse=True
    )
    months, of_month = np.unique(which * n_months + shares.period[at], return_inverse=True)
    same_always = np.lexsort((shares.share[at], of_month))
    total = np.bincount(of_month[same_always], shares.share[at][same_always], len(months))
    record, month = np.divmod(months, max(n_months, 1))
    kind = np.full(len(months), "", object)
    expected = total.astype(np.float64, copy=False)  # of nothing, bincount counts in whole numbers
    each = parts(Shares(record, pair[record] % n_units, month, expected, kind), np.ones(len(months), bool))
    drawn = each._replace(chance=shares.chance[at][first][each.record])
    ids = panel.incidents.id[pair // max(n_units, 1)]
    return Sum(drawn, np.ones(len(pair)), ids, half_life_months, panel.shape)


def chance(panel: Panel, params: Params, _inputs: Inputs, threshold: float) -> Floats:
    """Return the part of the draws in which the value is above a threshold; NaN where there is no value."""
    found = chance_above(threshold, _asked(panel, params["half_life_months"]))
    return np.where(_covered(panel), found, np.nan)


def _near_kind(panel: Panel, kind: str, half_life_months: float) -> Floats:
    of = parts(panel.site_shares, _wanted(panel) & (panel.site_shares.kind == kind))
    return decayed_sum(of, np.ones(len(panel.incidents.id)), half_life_months, panel.shape)


def explain(panel: Panel, params: Params, _inputs: Inputs, unit: int, period: int) -> list[Contribution]:
    """Return the incidents behind one value with the sites expected near each; they sum to it."""
    if not _covered(panel)[unit, period]:
        return []
    weight = counted(panel.incidents).astype(float)
    return contributions(panel, panel.site_shares, weight, params["half_life_months"], (unit, period))


def _covered(panel: Panel) -> Bools:
    return panel.covered["incidents"] & panel.covered["sites"]


LAYER = Layer(
    id="site_threat",
    title="Threat to protected sites",
    unit_of_value="incidents near sites",
    shows=(
        "Organised violence close to places that the law protects: health care, schools, places of worship, heritage "
        "and displacement sites. Each pair of a site and an incident of this month within the radius counts 1, one of "
        "half a year ago 1/2. Where the place of an incident is uncertain, the pair counts with its chance."
    ),
    shows_not=(
        "Being near is not being attacked: it does not say that a site was a target, was hit or is out of use. Lists "
        "of sites are incomplete, so 0 where few or no sites are listed is not safety; units with more listed sites "
        "have higher values, and a site that two lists name counts twice."
    ),
    formula=(
        "value(u, t) = sum over sites j in u, incidents i and months t' <= t of "
        "P(distance(i, j) <= radius_km) x part(i, t') x 2^(-(t - t') / half_life_months); low and high are the 90 % "
        "band of place: in each of 99 draws an incident of uncertain place is near E / c of the unit's sites with "
        "chance c = E^2 / E2, and else near none, where E is the number of sites that it is expected to be near and E2 "
        "the expected square of that number, both over the places where it may lie, so that sites that stand together "
        "are near it together; the draw is summed, and the 5th smallest and 5th largest sum are the ends, widened to "
        "hold the value; n counts the incidents of the last two half-lives"
    ),
    empty=(
        "0: incidents are covered and sites are listed for the country, and no incident came near a listed site of "
        "the unit, or the unit has none on the list. No data: no list of sites for the country, or no source of "
        "incidents for the month. Suppressed: so few sites, here or in a part of the unit, that the value could point "
        "to one."
    ),
    reference=(
        "UN Security Council resolutions 1998 (2011) and 2286 (2016) (schools, hospitals and medical care in armed "
        "conflict); Bowers, Johnson and Pease 2004, doi:10.1093/bjc/azh036 (decay by recency)"
    ),
    parameters=(
        HALF_LIFE,
        Parameter("radius_km", 5, "km", 1, 25, "how close an incident must be; applied when the edition is built"),
    ),
    risk_factors=(
        RiskFactor(7, "proxy", "violence near essential installations and religious or cultural property"),
        RiskFactor(13, "proxy", "violence near hospitals, schools and displaced people"),
        RiskFactor(14, "proxy", "violence near sites where humanitarian operations work"),
    ),
    families=("incidents", "sites"),
    breaks=(0.1, 1, 10, 100, 1000),
    compute=compute,
    explain=explain,
    palette="Purples",
    live=("half_life_months",),
    chance=chance,
    k_public=10,
)
