"""Ranks of units and how far they depend on what was chosen and on what is uncertain.

Draws come first and ranks last: in each of the draws weights, half-life, places, deaths and figures are drawn
together, every unit is scored, and the scores are ranked; a unit's band holds 90 % of its ranks. Adding up the bands of
the parts would be wider than that, as what lifts one unit in a draw often lifts its rivals too.

Saisana, Saltelli and Tarantola 2005, doi:10.1111/j.1467-985X.2005.00350.x (ranks under uncertain weights and data).
"""

import numpy as np
from scipy import sparse

from layers._composite_parts import figures, spreads
from layers._draws import DRAWS, Singles, Sum, draws_by_month, ends, uncertain, uniform
from layers._layer import Ranks, Values
from layers._panel import Floats, Texts

TOP = 10
SETTING = np.uint64(0xA0761D6478BD642F)  # a stream that no record is drawn from


def ranks_of(values: Floats | Singles) -> Floats:
    """Return ranks along the first axis of units x draws: 1 for the highest, ties share the best, NaN stays NaN."""
    ranks = np.full(values.shape, np.nan)
    for column, into in zip(values.T, ranks.T, strict=True):
        there = ~np.isnan(column)
        ordered = np.sort(column[there])
        into[there] = 1 + len(ordered) - np.searchsorted(ordered, column[there], side="right")
    return ranks


def ranked(value: Floats, draws: Floats | Singles) -> Ranks:
    """Return the ranks of values, one per unit, with their band over draws, units x draws, which always holds them."""
    rank, drawn = ranks_of(value[:, None])[:, 0], ranks_of(draws)
    low, high = ends(drawn)
    top_ten = np.where(np.isnan(rank), np.nan, (drawn <= TOP).mean(axis=1))
    return Ranks(rank, np.minimum(low, rank), np.maximum(high, rank), top_ten)


def setting(name: str, low: float, high: float) -> Floats:
    """Return a number for each draw, evenly spread from low to high; which they are depends on the name alone."""
    chance = uniform(np.array([name], object), SETTING)[0]
    return np.asarray(low + (high - low) * chance)


def drawn_once(name: str, values: Values, ids: Texts, period: int, changed: Floats) -> Singles:
    """Return one component of a composite, units x draws.

    Parameters
    ----------
    name
        Id of its layer.
    values
        Of one month, units x 1.
    ids
        Of the units.
    period
        Position of the month in all months.
    changed
        What the half-life is multiplied by, one per draw.
    """
    if values.drawn is not None:
        half_life_months = values.drawn.half_life_months * changed
        return decayed_draws(values.drawn, period, half_life_months).astype(np.float32)
    low, best, high = (matrix[:, 0] for matrix in (values.low, values.value, values.high))
    return figures(spreads(ids, name), low, best, high)


def decayed_draws(what: Sum, period: int, half_life_months: Floats) -> Floats:
    """Return a decayed sum in one month, units x draws, each with the half-life of its draw.

    Records lie in the places, and have the deaths, that every other draw of this number gives them.
    """
    months = np.arange(period + 1)
    left = 2.0 ** (-(period - months)[:, None] / half_life_months)
    total = np.asarray(_certain(what, period) @ left)
    before = np.zeros((0, DRAWS))
    undecayed = draws_by_month(what._replace(half_life_months=np.inf))
    for month, drawn in zip(months, undecayed, strict=False):
        before = before if len(before) else np.zeros(drawn.total.shape)
        new = drawn.total[drawn.arrived] - before[drawn.arrived]
        total[drawn.units[drawn.arrived]] += new * left[month]
        before[drawn.arrived] = drawn.total[drawn.arrived]
    return total


def _certain(what: Sum, period: int) -> sparse.csr_array:
    """Return what the certain records add in each month up to one, units x months."""
    of = what.of
    at = np.flatnonzero(~uncertain(of, what.deaths) & (of.period <= period))
    amount = of.share[at] * what.weight[of.record[at]]
    return sparse.csr_array((amount, (of.unit[at], of.period[at])), shape=(what.shape[0], period + 1))
