"""Conditional permutations: what the neighbours of a unit would sum to if all others' values were placed at random.

One set of random samples serves all units and months. A unit with k neighbours is compared with the sums of the first
k values of each sample; where its own value is among them, the sample's next value stands in, so that each sum is
still k of the n - 1 others, drawn without replacement, each set as likely as any.
"""

import numpy as np
from scipy import sparse

from layers._local import TIE, blocks
from layers._panel import Floats, Ints

PERMUTATIONS = 999


def pseudo_p(value: Floats, neighbours: sparse.csr_array, seed: int, permutations: int = PERMUTATIONS) -> Floats:
    """Return the pseudo p of the neighbours' sum, in the direction in which it lies, units x months.

    Parameters
    ----------
    value
        Units x months, NaN where there is none.
    neighbours
        Units x units: 1 where two touch, nothing on the diagonal.
    seed
        The same seed gives the same p.
    permutations
        How many samples are drawn.

    Returns
    -------
    Floats
        (1 + samples at least as extreme) / (1 + permutations), ties counted as extreme on either side, so that it is
        1 for a unit without neighbours and in a month in which all values are alike; NaN where there is no value.
        Twice this, at most 1, is the two-sided p.
    """
    p = np.full(value.shape, np.nan)
    for block in blocks(np.isfinite(value), neighbours):
        size = np.rint(block.joined.sum(axis=1)).astype(np.int64) - 1
        sample = samples(len(size), int(size.max(initial=0)) + 1, permutations, seed)
        for month in range(block.months.start, block.months.stop):
            x = value[block.units, month]
            extreme = _extreme(x, block.joined @ x - x, size, sample)
            p[block.units, month] = (extreme + 1) / (permutations + 1)
    return p


def samples(n: int, width: int, rows: int, seed: int) -> Ints:
    """Return rows of `width` different numbers below n in random order; each beginning of a row is a random sample."""
    rng = np.random.default_rng(seed)
    found = np.zeros((rows, min(width, n)), np.int64)
    for at in range(found.shape[1]):
        number = rng.integers(0, n - at, rows)
        for taken in np.sort(found[:, :at], axis=1).T:
            number += number >= taken
        found[:, at] = number
    return found


def _extreme(x: Floats, observed: Floats, size: Ints, sample: Ints) -> Ints:
    """Return how many samples lie at least as far out as what is observed, on the side that holds fewer."""
    drawn = x[sample]
    sums = np.cumsum(drawn, axis=1)
    fewest = np.full(len(x), len(sample))
    for k in np.unique(size[size > 0]):
        units = np.flatnonzero(size == k)
        total, spare = sums[:, k - 1], drawn[:, k]
        slack = TIE * k * float(np.abs(x).max())
        least, most = observed - slack, observed + slack
        ordered = np.sort(total)
        above = len(total) - np.searchsorted(ordered, least[units], side="left")
        below = np.searchsorted(ordered, most[units], side="right")
        row, place = np.nonzero(size[sample[:, :k]] == k)
        own = sample[row, place]
        before, after = total[row], total[row] - x[own] + spare[row]
        shift_up = (after >= least[own]).astype(int) - (before >= least[own])
        shift_down = (after <= most[own]).astype(int) - (before <= most[own])
        above += np.bincount(own, shift_up, len(x)).astype(np.int64)[units]
        below += np.bincount(own, shift_down, len(x)).astype(np.int64)[units]
        fewest[units] = np.minimum(above, below)
    return fewest
