"""Local statistics: whether a value and its neighbours are higher than the same values in random places would be.

With j running over the neighbours of unit i and i itself (k of them), n units, mean m and variance v over the n:
Gi* as a z score is (sum of x_j - k m) / sqrt(v k (n - k) / (n - 1)) (Ord and Getis 1995,
doi:10.1111/j.1538-4632.1995.tb00912.x). Units without a value in a month are left out of it: of n, m, v and k.
In a month in which all values are alike, or a neighbourhood that is all there is, nothing is unusual: z = 0, p = 1.

The conditional permutation holds x_i and places the other n - 1 values at random. The sum of the neighbours' values,
hence Gi*, rises with local Moran I where x_i is above the mean and falls with it where below: both have the same
pseudo p, and it is computed once.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.special import ndtr

from layers._panel import Bools, Floats, Ints

TIE = 1e-12
"""Sums closer than this part of the largest are alike: in another order they round otherwise."""


BLOCK = 256
"""Units at a time: 256 x 420 months are 0.9 MB, so that temporary matrices stay in the cache."""
COLD, UNREMARKABLE, HOT = range(3)
"""What a unit is in a month; hot spots have these categories in this order."""


class Block(NamedTuple):
    """Months in a row in which the same units have a value.

    `units` are places in the panel; `joined` is units x units of the block, 1 for each with itself and where two touch.
    """

    units: Ints
    months: slice
    joined: sparse.csr_array


class Reach(NamedTuple):
    """Which units of a block have something in their neighbourhood, where most of the world has nothing.

    There are `n` units; `far` has -k over the root of k (n - k) / (n - 1) for each different size k of neighbourhoods,
    and `kind` says which is a unit's; `away` are the units with nothing in theirs, `near` the others, and `beside` is 1
    over that root where there is something: a row for each that is near, some rows at a time, a column for each unit
    with anything.
    """

    n: int
    far: Floats
    kind: Ints
    away: Ints
    near: Ints
    beside: tuple[tuple[slice, sparse.csr_array], ...]


def blocks(there: Bools, neighbours: sparse.csr_array) -> Iterator[Block]:
    """Yield months in a row in which the same units have a value; `there` is units x months."""
    joined = sparse.csr_array(neighbours + sparse.eye_array(len(there), format="csr"))
    changes = np.flatnonzero((there[:, 1:] != there[:, :-1]).any(axis=0)) + 1
    edges = [0, *changes.tolist(), there.shape[1]] if there.shape[1] else []
    for first, last in pairwise(edges):
        units = np.flatnonzero(there[:, first])
        some = joined if len(units) == len(there) else sparse.csr_array(joined[units][:, units])
        yield Block(units, slice(first, last), some)


def gi_star(value: Floats, neighbours: sparse.csr_array) -> Floats:
    """Return Gi* as z scores, units x months; NaN where there is no value.

    Parameters
    ----------
    value
        Units x months, NaN where there is none.
    neighbours
        Units x units: 1 where two touch, nothing on the diagonal.
    """
    there, something = np.isfinite(value), np.einsum("ij,ij->i", value, value) != 0
    z = np.empty(value.shape)
    for block in blocks(there, neighbours):
        some = np.flatnonzero(something[block.units])
        around, part = reach(block, some), z[:, block.months]
        far, near = scored(value[:, block.months][block.units[some]], around)
        part[block.units[around.away]] = far[around.kind[around.away]]
        for rows, found in near:
            part[block.units[around.near[rows]]] = found
    z[~there] = np.nan
    return z


def reach(block: Block, some: Ints) -> Reach:
    """Return what is near what; `some` are the places in the block of the units with anything."""
    n = len(block.units)
    size, kind = np.unique(block.joined.sum(axis=1), return_inverse=True)
    spread = _one_over(np.sqrt(size * (n - size) / max(n - 1, 1)))
    beside = sparse.csr_array(block.joined[:, some])
    something = np.diff(beside.indptr) > 0
    near = np.flatnonzero(something)
    beside = sparse.csr_array(sparse.diags_array(spread[kind[near]]) @ beside[near])
    parts = tuple((rows, beside[rows]) for rows in _rows(len(near)))
    return Reach(n, -size * spread, kind, np.flatnonzero(~something), near, parts)


def scored(x: Floats, of: Reach) -> tuple[Floats, Iterator[tuple[slice, Floats]]]:
    """Return Gi* of a block, of `near` some rows at a time while they are in the cache.

    Parameters
    ----------
    x
        Units with anything x months, or draws.
    of
        What is near what.

    Returns
    -------
    far
        A row for each size of neighbourhood: the scores of units with nothing in theirs.
    near
        Which rows of `near` come next, and their scores.
    """
    mean = sum((x[rows].sum(axis=0) for rows in _rows(len(x))), np.zeros(x.shape[1])) / max(of.n, 1)
    scale = _one_over(_deviation(x, mean, of.n))
    far = of.far[:, None] * (mean * scale)
    kind = of.kind[of.near]
    return far, ((rows, beside @ x * scale + far[kind[rows]]) for rows, beside in of.beside)


def _rows(n: int) -> Iterator[slice]:
    return (slice(first, min(first + BLOCK, n)) for first in range(0, n, BLOCK))


def _deviation(x: Floats, mean: Floats, n: int) -> Floats:
    """Return the standard deviation of n values of which those in `x` are not all 0; exactly 0 where all are alike."""
    zeros = n - len(x)
    squares = sum((np.square(x[rows] - mean).sum(axis=0) for rows in _rows(len(x))), zeros * mean**2)
    deviation: Floats = np.sqrt(squares / max(n, 1))
    if not zeros:
        deviation[x.max(axis=0, initial=-np.inf) <= x.min(axis=0, initial=np.inf)] = 0
    return deviation


def _one_over(of: Floats) -> Floats:
    return np.divide(1.0, of, out=np.zeros(of.shape), where=of > 0)


def two_sided(z: Floats) -> Floats:
    """Return the chance of a normal score at least as far from 0; NaN stays NaN."""
    p: Floats = 2 * ndtr(-np.abs(z))
    return p


def fdr_cutoff(p: Floats, alpha: float) -> Floats:
    """Return, for each column of p (units x months), the value below which p is significant.

    Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x, for maps Caldas de Castro and Singer 2006,
    doi:10.1111/j.1538-4632.2006.00682.x: the largest alpha k / n that the k-th smallest of n lies below; where there
    is none, alpha / n. NaN is left out, and a column of nothing else has alpha.
    """
    n = np.maximum(np.isfinite(p).sum(axis=0), 1)
    cutoff = alpha / n
    for month in np.flatnonzero((p < alpha).any(axis=0)):
        lowest = np.sort(p[p[:, month] < alpha, month])
        bound = np.arange(1, len(lowest) + 1) * alpha / n[month]
        cutoff[month] = bound[lowest < bound].max(initial=cutoff[month])
    return np.asarray(cutoff)


class Moran(NamedTuple):
    """Local Moran I and the quadrant of the scatter plot, both units x months; NaN where there is no value.

    Quadrants are numbered as in PySAL: 1 high among high, 2 low among high, 3 low among low, 4 high among low, and 0
    in a month in which all values are alike.
    """

    i: Floats
    quadrant: Floats


def local_moran(value: Floats, neighbours: sparse.csr_array) -> Moran:
    """Return local Moran I with weights that sum to 1 over the neighbours (Anselin 1995).

    I_i = (n - 1) / n x z_i x mean of z_j over the neighbours of i, z in standard deviations from the mean; 0 for a
    unit without neighbours. doi:10.1111/j.1538-4632.1995.tb00338.x; the factor is that of PySAL.
    """
    found = Moran(np.full(value.shape, np.nan), np.full(value.shape, np.nan))
    for block in blocks(np.isfinite(value), neighbours):
        x, n = value[:, block.months][block.units], max(len(block.units), 1)
        mean = x.sum(axis=0) / n
        scale = _one_over(_deviation(x, mean, len(x)))
        z = (x - mean) * scale
        others = block.joined.sum(axis=1).astype(np.float64) - 1
        lag = (block.joined @ z - z) * _one_over(others)[:, None]
        found.i[:, block.months][block.units] = (n - 1) / n * z * lag
        quadrant = np.where(z > 0, np.where(lag > 0, 1, 4), np.where(lag > 0, 2, 3))
        found.quadrant[:, block.months][block.units] = np.where(scale > 0, quadrant, 0)
    return found
