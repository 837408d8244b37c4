"""Displacement figures drawn: whether the people that a figure counted in an area are in a unit that shares it."""

import numpy as np

from layers._draws import DRAWS, PLACE, ends, uniform
from layers._panel import Floats, Ints, Stocks

AT_ONCE = 2048  # sums: with a few figures each, x 99 draws, they stay in the cache


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
    at = at[np.argsort(entry[at], kind="stable")]
    areas, area = np.unique(stocks.series[at].astype(str), return_inverse=True)
    place = uniform(areas.astype(object), PLACE)
    first = np.flatnonzero(np.r_[True, entry[at][1:] != entry[at][:-1]][: len(at)])
    doubtful = entry[at][first]
    drawn = np.empty((len(doubtful), DRAWS))
    edges = np.append(first, len(at))
    for start in range(0, len(first), AT_ONCE):
        stop = min(start + AT_ONCE, len(first))
        part = slice(edges[start], edges[stop])
        there = place[area[part]] < stocks.share[at[part], None]
        drawn[start:stop] = np.add.reduceat(there * stocks.persons[at[part], None], first[start:stop] - edges[start])
    low, high = sure, sure.copy()
    least, most = ends(drawn)
    low[doubtful] += least
    high[doubtful] += most
    return low, high
