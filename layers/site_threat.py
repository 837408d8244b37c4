"""How close organised violence came to protected sites lately."""

from functools import partial

import numpy as np

from layers._decay import HALF_LIFE, Parts, Spread, band, contributions, count_bearing, counted, decayed_sum, parts
from layers._layer import Contribution, Inputs, Layer, Parameter, Params, RiskFactor, Values
from layers._panel import Bools, Floats, Ints, Panel
from layers._settle import covered_status, settled

SITE_KINDS = ("health", "education", "worship", "heritage", "displacement_site")


def site_spread(of: Parts, n_sites: Ints) -> Spread:
    """Return the spread of the number of sites near an incident, of which `chance` are expected.

    A whole number is taken for certain: the place is exact, and each site is near it or not. Any other place is
    uncertain, and sites are taken to be near it independently of each other: with expected number e among the n
    sites of the unit the variance is at most e (1 - e / n), the least 0 and the most n. Sites that lie close
    together are near it together, so where they do the band is too narrow.
    """
    expected, n = of.chance, np.maximum(n_sites[of.unit], of.chance)
    certain = np.abs(expected - np.rint(expected)) < 1e-6
    return Spread(
        variance=np.where(certain, 0.0, (1 - expected / n) / expected),
        least=certain.astype(float),
        most=np.where(certain, 1.0, n / expected),
    )


def _wanted(panel: Panel) -> Bools:
    return counted(panel.incidents)[panel.site_shares.record]


def compute(panel: Panel, params: Params, _inputs: Inputs) -> Values:
    """Return the decayed number of incidents near sites, its parts by kind of site (they sum to it)."""
    half_life, shares = params["half_life_months"], panel.site_shares
    of = parts(shares, _wanted(panel))
    one = np.ones(len(panel.incidents.id))
    value = decayed_sum(of, one, half_life, panel.shape)
    low, high = band(of, site_spread(of, panel.n_sites), one, half_life, panel.shape)
    components = {kind: partial(_near_kind, panel, kind, half_life) for kind in SITE_KINDS}
    n = count_bearing(of, half_life, panel.shape)
    return settled(covered_status(_covered(panel)), (value, low, high), n, components)


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
        "P(distance(i, j) <= radius_km) x part(i, t') x 2^(-(t - t') / half_life_months)"
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
    k_public=10,
)
