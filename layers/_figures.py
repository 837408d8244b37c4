"""Displacement figures drawn: whether the people that a figure counted in an area are in a unit that shares it."""

import numpy as np

from layers._draws import DRAWS, PLACE, ends, uniform
from layers._panel import Floats, Ints, Stocks


def figure_ends(stocks: Stocks, entry: Ints, n_entries: int) -> tuple[Floats, Floats]:
    """Return the 90 % band of persons, low and high, of sums of figures.

    A figure shared out over units is drawn as if all its people were in one of them, with its share for a chance, so
    that the band says how far off the share may be; the figures of one area, by reason of displacement, are drawn
    together, and so are its rounds.

    Parameters
    ----------
    stocks
        The figures.
    entry
        Which sum each figure belongs to.
    n_entries
        How many sums there are.
    """
    sure = np.bincount(entry, np.where(stocks.share == 1, stocks.persons, 0.0), n_entries).astype(np.float64)
    at = np.flatnonzero(stocks.share < 1)
    doubtful, row = np.unique(entry[at], return_inverse=True)
    areas, area = np.unique(stocks.series[at].astype(str), return_inverse=True)
    places = np.ascontiguousarray(uniform(areas.astype(object), PLACE).T)
    persons, share = stocks.persons[at], stocks.share[at]
    drawn = np.empty((DRAWS, len(doubtful)))
    for draw, place in enumerate(places):
        drawn[draw] = np.bincount(row, persons * (place[area] < share), len(doubtful))
    low, high = sure, sure.copy()
    least, most = ends(np.ascontiguousarray(drawn.T))
    low[doubtful] += least
    high[doubtful] += most
    return low, high
