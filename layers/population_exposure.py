"""How many people live near organised violence, each counted once."""

from functools import partial

import numpy as np

from layers._decay import count, counted, incident_row, parts
from layers._layer import Contribution, Inputs, Layer, Parameter, Params, RiskFactor, Values
from layers._panel import Bools, Panel
from layers._settle import covered_status, per, settled

SHARE_EXPOSED = "share of residents exposed"


def compute(panel: Panel, params: Params, _inputs: Inputs) -> Values:
    """Return the persons exposed as the build found them, and their share of the residents."""
    some = np.flatnonzero(panel.exposed.any(axis=(1, 2)))
    best, low, high = (np.zeros(panel.shape) for _ in range(3))  # units where nobody is near cost no memory
    for which, matrix in enumerate((best, low, high)):
        matrix[some] = panel.exposed[some, :, which]
    of = parts(panel.shares, counted(panel.incidents)[panel.shares.record])
    n = count(of, int(params["window_months"]), panel.shape)
    components = {SHARE_EXPOSED: partial(per, best, panel.persons)}
    return settled(covered_status(_covered(panel)), (best, low, high), n, components)


def explain(panel: Panel, params: Params, _inputs: Inputs, unit: int, period: int) -> list[Contribution]:
    """Return the incidents of the window that may lie in the unit, the likeliest first, each with contribution 0."""
    if not _covered(panel)[unit, period]:
        return []
    shares = panel.shares
    recent = (shares.period <= period) & (shares.period > period - int(params["window_months"]))
    here = np.flatnonzero((shares.unit == unit) & recent & counted(panel.incidents)[shares.record])
    records, which = np.unique(shares.record[here], return_inverse=True)
    share = np.bincount(which, shares.share[here], len(records))
    rows = [incident_row(panel.incidents, record, part, 0.0) for record, part in zip(records, share, strict=True)]
    return sorted(rows, key=lambda row: (-row.share, row.record_id))


def _covered(panel: Panel) -> Bools:
    known = panel.covered["incidents"] & panel.covered["population"] & ~np.isnan(panel.persons)[:, None]
    return known & ~np.isnan(panel.exposed[:, :, 0])


LAYER = Layer(
    id="population_exposure",
    title="People near violence",
    unit_of_value="persons",
    shows=(
        "The number of residents who live within the radius of at least one incident of the last months. Each person "
        "is counted once, however many incidents came near."
    ),
    shows_not=(
        "Living near is not being harmed. It counts where people lived when the population was last estimated: those "
        "who have fled since are still counted at home, and displaced persons are not counted where they are now."
    ),
    formula=(
        "value(u, t) = sum over residents of u of the chance that an incident of the months t - window_months + 1 to t "
        "fell within radius_km; low and high are the 90 % band of place: in each of 19 draws every incident of "
        "uncertain place is put at one place, likelier where more people live, and one of several months into one of "
        "them, the people near any incident are counted once, and the fewest and the most of the draws are the ends, "
        "widened to hold the value; n counts the incidents that may lie in the unit, and people may also be near one "
        "across its border"
    ),
    empty=(
        "0: incidents and population are covered and no resident lives near an incident of the window. No data: no "
        "source of incidents for the month, or the number of residents is unknown."
    ),
    reference=(
        "Tatem 2017, doi:10.1038/sdata.2017.4 (residents on a grid); ACLED, Conflict Exposure methodology (people "
        "within 1, 2 and 5 km of an incident)"
    ),
    parameters=(
        Parameter(
            "window_months",
            12,
            "months",
            1,
            60,
            "months that count, this one included; applied by the build",
            whole=True,
        ),
        Parameter("radius_km", 5, "km", 1, 25, "how close an incident must be; applied when the edition is built"),
    ),
    risk_factors=(
        RiskFactor(1, "measured", "residents who live where there is armed conflict"),
        RiskFactor(13, "proxy", "residents close to hostilities"),
    ),
    families=("incidents", "population"),
    breaks=(1_000, 10_000, 50_000, 200_000, 1_000_000),
    compute=compute,
    explain=explain,
    palette="YlOrRd",
    not_additive=(
        "A person near several incidents is counted once, so no part of the value belongs to one incident alone: the "
        "incidents are listed with their share in the unit and contribution 0."
    ),
)
