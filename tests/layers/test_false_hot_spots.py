"""Incidents coded to a province's centroid make no hot spot there: in 200 provinces, against the truth and a pin.

Each province is 9 x 9 cells. Providers know nine in ten incidents to the cell and code the tenth to the province, with
the coordinates of its centroid. A map that believes these coordinates pins them all to the cell in the middle; ours
shares them out over the province by its people.
"""

from dataclasses import replace

import numpy as np
from scipy import sparse

from geo import support
from layers._layer import layers
from layers._local import gi_star
from layers._panel import Shares
from tests.layers.panels import World, panel
from tests.layers.test_coverage import incidents

PROVINCES, SIDE, MONTHS, INCIDENTS = 200, 9, 24, 150
CELLS = SIDE**2
CENTRE = CELLS // 2


def touching():
    """Return cells x cells of all provinces: 1 where two touch, in an edge or a corner."""
    line = sparse.diags_array(np.ones((3, SIDE)), offsets=(-1, 0, 1), shape=(SIDE, SIDE))
    square = sparse.csr_array(sparse.kron(line, line) - sparse.eye_array(CELLS))
    square.eliminate_zeros()
    return sparse.csr_array(sparse.kron(sparse.eye_array(PROVINCES), square))


def provinces(seed):
    """Return people by province and cell, and of each incident its province, true cell, month, and if it is coarse."""
    rng = np.random.default_rng(seed)
    people = rng.gamma(0.7, 1, (PROVINCES, CELLS)) + 1e-3
    people /= people.sum(axis=1, keepdims=True)
    violence = people * rng.gamma(1, 1, people.shape)
    province = np.repeat(np.arange(PROVINCES), INCIDENTS)
    along = (violence / violence.sum(axis=1, keepdims=True)).cumsum(axis=1)
    cell = np.minimum((along[province] < rng.random(len(province))[:, None]).sum(axis=1), CELLS - 1)
    return people, province, cell, rng.integers(0, MONTHS, len(province)), rng.random(len(province)) < 0.1


def intensity(record, unit, month, share):
    """Return the incident intensity of every cell in the last month, provinces x cells, and its Gi*."""
    of = panel(World(months=MONTHS))
    n = PROVINCES * CELLS
    there = share > 0
    shares = Shares(record[there], unit[there], month[record[there]], share[there], np.full(there.sum(), "", object))
    covered = {family: np.ones((n, MONTHS), bool) for family in of.covered}
    ids = np.array([f"XDM{number:06d}" for number in range(n)], object)
    sizes = {"area_km2": np.ones(n), "persons": np.ones(n)}
    of = replace(of, ids=ids, **sizes, incidents=incidents(len(month)), shares=shares, covered=covered)
    layer = layers()["incident_intensity"]
    value = layer.compute(of, layer.params(), {}).value[:, -1:]
    return (each.reshape(PROVINCES, CELLS) for each in (value, gi_star(value, touching())))


def centre_is_top(seed):
    """Return in how many provinces the centroid's cell is top, by intensity and by Gi*: the truth, ours and pinned."""
    people, province, cell, month, coarse = provinces(seed)
    record = np.arange(len(cell))
    shared = np.where(coarse[:, None], people[province], np.arange(CELLS) == cell[:, None])
    part, inside = np.nonzero(shared)
    ours = support.exact_shares(part, shared[part, inside])
    pinned = np.where(coarse, CENTRE, cell)
    ways = {
        "truth": (record, province * CELLS + cell, month, np.ones(len(cell))),
        "ours": (part, province[part] * CELLS + inside, month, ours),
        "pinned": (record, province * CELLS + pinned, month, np.ones(len(cell))),
    }
    found = {way: tuple((of.argmax(axis=1) == CENTRE).sum() for of in intensity(*rows)) for way, rows in ways.items()}
    return {way: np.array(number) for way, number in found.items()}


def test_in_200_provinces_the_centroid_is_the_top_hot_spot_no_more_often_than_in_truth():
    """By intensity 3 in truth, 3 by ours, 70 pinned; by Gi* 4, 2 and 9."""
    found = centre_is_top(1)
    assert (found["ours"] <= found["truth"]).all()
    assert (found["pinned"] > 2 * found["truth"]).all(), "a pin would be seen"


def test_in_many_provinces_it_is_so_but_for_chance():
    """Of 16,000 provinces: by intensity 198 in truth, 195 by ours, 5,692 pinned; by Gi* 171, 177 and 542.

    Gi* adds up nine cells, so that a truth and ours differ by chance either way: two standard errors are allowed.
    """
    runs = [centre_is_top(seed) for seed in range(1, 11)]
    truth, ours, pinned = (sum(run[way] for run in runs) for way in ("truth", "ours", "pinned"))
    assert (ours <= truth + 2 * np.sqrt(truth)).all()
    assert (pinned > 2 * truth + 2 * np.sqrt(truth)).all()
