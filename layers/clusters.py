"""Where the last months held more incidents than place and time alone explain: a prospective scan of space and time.

The null is the permutation model: it takes the number of incidents of each place and of each month as they are and
asks whether the two go together. A model with a population at risk would need one, and that of organised violence is
not the residents: battles in an empty desert would be clusters at any time, and a city at peace would never be one.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from layers._decay import counted, incident_row
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
from layers._scan import Cluster, scan
from layers._settle import settled

SHORTEST_STUDY = 12
P_CLUSTER, P_STRONG = 0.05, 0.01
SEED = 20_010_605


Found = dict[int, list[Cluster]]
Numbers = TypeVar("Numbers", Floats, Ints)


class Study(NamedTuple):
    """What is scanned for one month: months start to end (the month itself) of the panel, and the units that count."""

    start: int
    end: int
    units: Bools


def compute(panel: Panel, params: Params, _inputs: Inputs) -> Values:
    """Return, for the newest months, the p of the best cluster that holds each unit, and the cluster's shape."""
    where, found = _incidents(panel), Found()
    status = np.full(panel.shape, NO_DATA, np.uint8)
    for study in _studies(panel, params):
        status[study.units, study.end] = OK
        found[study.end] = _clusters(panel, params, study, where, int(params["replicates"]))
    value = _painted(np.ones(panel.shape), found, lambda cluster: cluster.p)
    n = _painted(np.zeros(panel.shape, np.int64), found, lambda cluster: cluster.observed)
    values = settled(status, (value, value, value), n, _components(panel, params, found))
    return replace(values, category=_category(value))


def _incidents(panel: Panel) -> Ints:
    """Return which shares place an incident for good: more than half of it, so that each has at most one."""
    return np.flatnonzero(counted(panel.incidents)[panel.shares.record] & (panel.shares.share > 0.5))


def _studies(panel: Panel, params: Params) -> Iterator[Study]:
    """Yield the study of each of the newest months that incidents are covered in, where it is long enough."""
    covered = panel.covered["incidents"]
    months = np.flatnonzero(covered.any(axis=0))
    for end in months[-int(params["months_mapped"]) :]:
        start = max(int(end) - int(params["study_months"]) + 1, int(months[0]))
        if end - start + 1 >= SHORTEST_STUDY:
            yield Study(start, int(end), np.asarray(covered[:, start : end + 1].all(axis=1)))


def _clusters(panel: Panel, params: Params, study: Study, where: Ints, replicates: int) -> list[Cluster]:
    """Return the clusters of one month; which they are does not depend on the number of replicates, only their p."""
    shares, length = panel.shares, study.end - study.start + 1
    unit, month = shares.unit[where], shares.period[where] - study.start
    here = study.units[unit] & (month >= 0) & (month < length)
    cases = np.zeros((panel.shape[0], length), np.int64)
    np.add.at(cases, (unit[here], month[here]), 1)
    longest = min(int(params["max_months"]), length // 2)
    seed = (SEED, int(panel.periods[study.end].astype(np.int64)) % 2**31)
    clusters = scan(cases, panel.near, 1000 * params["max_radius_km"], longest, replicates, seed)
    return [cluster._replace(units=cluster.units[study.units[cluster.units]]) for cluster in clusters]


def _painted(matrix: Numbers, found: Found, what: Callable[[Cluster], float]) -> Numbers:
    """Write a number of the best cluster that holds the unit, units x months; the rest is left as it is."""
    for month, clusters in found.items():
        for cluster in reversed(clusters):
            matrix[cluster.units, month] = what(cluster)
    return matrix


def _category(value: Floats) -> NDArray[np.uint8]:
    """Return the place of each p among the categories."""
    found = (value <= P_CLUSTER).astype(np.uint8) + (value <= P_STRONG)
    return np.where(np.isnan(value), NO_CATEGORY, found).astype(np.uint8)


def _components(panel: Panel, params: Params, found: Found) -> dict[str, Callable[[], Floats]]:
    of: dict[str, tuple[Callable[[Cluster], float], float]] = {
        "incidents in the cluster": (lambda cluster: cluster.observed, 0.0),
        "incidents expected": (lambda cluster: cluster.expected, 0.0),
        "observed / expected": (lambda cluster: cluster.observed / cluster.expected, 1.0),
        "months": (lambda cluster: cluster.months, 0.0),
        "units in the cluster": (lambda cluster: len(cluster.units), 0.0),
        "radius km": (lambda cluster: cluster.radius_m / 1000, 0.0),
    }

    def painted(what: Callable[[Cluster], float], none: float) -> Floats:
        return _painted(np.full(panel.shape, none), found, what)

    formulas = {name: partial(painted, what, none) for name, (what, none) in of.items()}
    return {**formulas, "incidents left out": partial(_left_out, panel, params)}


def _left_out(panel: Panel, params: Params) -> Floats:
    """Return how many incidents of the study period may lie in the unit and month with half of them or less."""
    shares = panel.shares
    at = np.flatnonzero(counted(panel.incidents)[shares.record])
    placed = np.bincount(shares.record[_incidents(panel)], minlength=len(panel.incidents.id)) > 0
    at = at[~placed[shares.record[at]]]
    monthly, left = np.zeros(panel.shape), np.zeros(panel.shape)
    np.add.at(monthly, (shares.unit[at], shares.period[at]), shares.share[at])
    for study in _studies(panel, params):
        left[:, study.end] = monthly[:, study.start : study.end + 1].sum(axis=1)
    return left


def explain(panel: Panel, params: Params, _inputs: Inputs, unit: int, period: int) -> list[Contribution]:
    """Return the incidents in the cylinder of the best cluster that holds the unit, each with contribution 0.

    Empty where there is no value, and where the unit is in no cluster.
    """
    where, shares = _incidents(panel), panel.shares
    for study in _studies(panel, params):
        if study.end == period and study.units[unit]:
            for cluster in _clusters(panel, params, study, where, 0):
                if unit in cluster.units:
                    recent = (shares.period[where] <= period) & (shares.period[where] > period - cluster.months)
                    here = where[recent & np.isin(shares.unit[where], cluster.units)]
                    rows = [incident_row(panel.incidents, shares.record[at], shares.share[at], 0.0) for at in here]
                    return sorted(rows, key=lambda row: (row.date, row.record_id), reverse=True)
    return []


LAYER = Layer(
    id="clusters",
    title="Clusters now",
    unit_of_value="p",
    shows=(
        "Areas where the last months held more incidents than their own past and the trend everywhere together "
        "explain. Circles round each unit and windows of the last months are all compared, and p is the chance that "
        "the strongest of them would be as strong if place and time had nothing to do with each other. Small p: a "
        "cluster that is alive in this month."
    ),
    shows_not=(
        "A place that is always violent is no cluster: look at intensity for that. A cluster says that incidents "
        "on record gathered, not why nor by whom, and a change in who can report there looks the same. Every month is "
        "tested anew: with nothing going on, 5 months of 100 show a cluster at p of 0.05. Incidents whose place or "
        "month is too coarse are left out. Where the number of incidents rises everywhere at once, nothing stands out."
    ),
    formula=(
        "value = (1 + s) / (1 + replicates) for the best cluster that holds the unit, with s the number of replicates "
        "whose largest LLR is as large; LLR = c ln(c / E) + (C - c) ln((C - c) / (C - E)) for each cylinder in which "
        "c >= 2 and c > E; E = C_z x C_t / C; a cylinder is a circle (a unit with incidents in the study period, alone "
        "or with all units whose nearest point is within r of it, r up to max_radius_km, and at most half of all "
        "incidents) in the last 1 to max_months months; c incidents are in it, C_z in its circle over the last "
        "study_months months, C_t everywhere in its own months, and C in all; E rests on incidents alone, as the "
        "people at risk of violence are not the residents; each replicate gives the incidents' months to the incidents "
        "at random; a further cluster shares no "
        "incident with a better one, and is held against the same largest LLR; an incident counts in the unit and "
        "month that hold more than half of it, and is left out where none do; low and high are the value; n is the "
        "number of incidents in the cluster"
    ),
    empty=(
        "1: the unit is in no cluster, or in one weaker than the strongest of every replicate. No data: no source of "
        "incidents covers the unit in every month of the study period, that is shorter than 12 months, or the month is "
        "not among the newest months_mapped: a scan with its replicates is the dearest of all layers, and it is a tool "
        "for now."
    ),
    reference=(
        "Kulldorff 2001, doi:10.1111/1467-985X.00186 (prospective scan of space and time); Kulldorff, Heffernan, "
        "Hartman, Assuncao and Mostashari 2005, doi:10.1371/journal.pmed.0020059 (permutation model, LLR)"
    ),
    parameters=(
        Parameter("max_radius_km", 100, "km", 10, 200, "largest circle, from the edge of the unit in its middle"),
        Parameter(
            "max_months", 6, "months", 1, 12, "longest window; never more than half of the study period", whole=True
        ),
        Parameter(
            "study_months", 36, "months", 12, 120, "months that say what is usual, this one included", whole=True
        ),
        Parameter("months_mapped", 12, "months", 1, 60, "newest months that a build computes", whole=True),
        Parameter(
            "replicates",
            999,
            "permutations",
            99,
            9999,
            "random permutations; the least p is 1 / (1 + these)",
            whole=True,
        ),
    ),
    risk_factors=(
        RiskFactor(8, "proxy", "a concentration that its own past does not explain, consistent with a sudden outbreak"),
        RiskFactor(1, "proxy", "where and since when armed conflict gathers"),
    ),
    families=("incidents",),
    compute=compute,
    explain=explain,
    categories=(
        Category("none", "no cluster", "#f7f7f7"),
        Category("cluster", f"cluster (p at most {P_CLUSTER})", "#fc8d59", stands_out=True),
        Category("strong", f"strong cluster (p at most {P_STRONG})", "#7f0000", stands_out=True),
    ),
    not_additive=(
        "A chance is no sum, so no part of it belongs to one record: the incidents inside the cluster's circle and "
        "window are listed with their part in its unit and month, and contribution 0."
    ),
    surroundings=True,
)
