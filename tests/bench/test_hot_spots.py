"""Gi* of every month of a world of cells, beside esda's analytic Gi* of single months."""

import time
import warnings

import esda
import libpysal
import numpy as np
import pytest
from scipy import sparse

from layers._local import fdr_cutoff, gi_star, two_sided
from layers._mann_kendall import mann_kendall
from layers._permutation import PERMUTATIONS, pseudo_p

ROWS, COLUMNS, MONTHS, INCIDENTS = 250, 260, 420, 390_000
MOST_RATIO = 1 / 1000


@pytest.fixture(scope="module")
def world():
    """65,000 cells, each touching eight others, and incidents in 3,000 clusters of very different size, decayed."""
    rng = np.random.default_rng(1)
    cells = ROWS * COLUMNS
    place = np.stack(np.divmod(np.arange(cells), COLUMNS))
    steps = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]
    pairs = np.concatenate([_touching(place, np.array(step)[:, None]) for step in steps], axis=1)
    size = rng.pareto(1, 3000)
    centre = rng.integers(0, cells, 3000)[rng.choice(3000, INCIDENTS, p=size / size.sum())]
    cell = np.clip(centre + rng.integers(-3, 4, INCIDENTS) + COLUMNS * rng.integers(-3, 4, INCIDENTS), 0, cells - 1)
    value = np.bincount(cell * MONTHS + rng.integers(0, MONTHS, INCIDENTS), minlength=cells * MONTHS)
    value = value.astype(float).reshape(cells, MONTHS)
    for month in range(1, MONTHS):
        value[:, month] += 2 ** (-1 / 6) * value[:, month - 1]
    return value, sparse.csr_array((np.ones(pairs.shape[1]), tuple(pairs)), (cells, cells))


def _touching(place, step):
    other = place + step
    inside = ((other >= 0) & (other < [[ROWS], [COLUMNS]])).all(axis=0)
    return np.flatnonzero(inside), (other[0] * COLUMNS + other[1])[inside]


def took(function, *given, **options):
    """Return what a function gives and the seconds of CPU it took, which the machine's other work hardly touches."""
    start = time.process_time()
    found = function(*given, **options)
    return found, time.process_time() - start


def of_esda(x, weights, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return esda.G_Local(x, weights, transform="B", star=True, **{"permutations": 0} | options)


def test_gi_star_of_every_month_takes_a_thousandth_of_esda_a_month(world):
    """By turns, the least time of each, as other work on the machine only ever adds."""
    value, neighbours = world
    weights = libpysal.weights.WSP(sparse.csr_matrix(neighbours)).to_W(silence_warnings=True)
    ours, theirs, filled = [], [], []
    for month in (0, MONTHS // 2, MONTHS - 1):
        for _ in range(2):
            z, seconds = took(gi_star, value, neighbours)
            ours.append(seconds / MONTHS)
        g, seconds = took(of_esda, value[:, month], weights)
        theirs.append(seconds)
        again, seconds = took(of_esda, value[:, month], g.w)
        filled.append(seconds)
        for found in (g, again):
            np.testing.assert_allclose(z[:, month], found.Zs, rtol=0, atol=1e-9)
    ratio = min(ours) / min(theirs)
    p, p_seconds = took(two_sided, z)
    rest = {
        "all p": p_seconds,
        "all cut-offs": took(fdr_cutoff, p, 0.05)[1],
        "Mann-Kendall of 36 months at each": took(mann_kendall, z, 36)[1],
    }
    print(
        f"\n{len(value):,} cells x {MONTHS} months: Gi* {min(ours) * 1e3:.2f} ms of CPU a month, esda "
        f"{min(theirs):.2f} s, 1 / {1 / ratio:,.0f} of it (1 / {min(filled) / min(ours):,.0f} with a diagonal in its "
        "weights before); " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in rest.items())
    )
    assert ratio <= MOST_RATIO


def test_a_year_of_permutations_takes_less_than_a_tenth_of_them_for_one_month_by_esda(world):
    value, neighbours = world
    weights = libpysal.weights.WSP(sparse.csr_matrix(neighbours)).to_W(silence_warnings=True)
    fewer = PERMUTATIONS // 10
    _, seconds = took(pseudo_p, value[:, -12:], neighbours, 1)
    _, peer = took(of_esda, value[:, -1], weights, permutations=fewer, n_jobs=1, seed=1)
    print(
        f"\n{len(value):,} cells: {PERMUTATIONS} permutations of 12 months {seconds:.2f} s of CPU, {fewer} of one "
        f"month by esda {peer:.2f} s"
    )
    assert seconds < peer
