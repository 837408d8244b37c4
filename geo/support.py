"""Supports: where a record may have happened, as weights over small pieces of mapped land, and shares made of them.

A piece of land (an atom) is the part of a 0.05 degree square that lies in one leaf area; the squares nest in
PRIO-GRID cells, so that an atom lies in one leaf area, one admin 1 and one cell. Every support that is coarser than a
point is a row of weights over atoms that sums to 1: by population inside the support, by area where it has none or
where that of a part is unknown.
"""

from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from scipy import sparse

from geo.geodesy import area_km2 as ellipsoidal_area_km2
from geo.geodesy import pairs_within
from geo.grids import cell_id
from geo.raster import band_area_km2, square_id

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SQUARE_DEG = 0.05
PARTS = 5  # a square is drawn with PARTS x PARTS points to find how much of it lies in which area
NEAR_M = 25_000.0  # UCDP where_prec 2: within about 25 km of the place given
DENOMINATOR = 2**26


@dataclass(frozen=True)
class Atoms:
    """Small pieces of mapped land, as columns of equal length.

    `longitude`, `latitude` are the centre of the piece's square (OGC:CRS84), or a point of a piece too small to be
    drawn; `leaf` points into the leaf areas; `cell` is the PRIO-GRID gid; `area_km2` is the piece's land; `persons` who
    live there, NaN where unknown.
    """

    longitude: Floats
    latitude: Floats
    leaf: Ints
    cell: Ints
    area_km2: Floats
    persons: Floats

    def __len__(self) -> int:
        return len(self.leaf)


def atoms_of(leaves: NDArray[np.object_]) -> Atoms:
    """Cut leaf areas into atoms, without population (NaN).

    Parameters
    ----------
    leaves
        Shapely polygons in OGC:CRS84 that do not overlap; a leaf too small to hold a point of the drawing
        (under about 1 km2) becomes one atom.
    """
    leaf, row, column, south, west = _drawn(leaves)
    longitude, latitude = west + (column + 0.5) * SQUARE_DEG / PARTS, south + (row + 0.5) * SQUARE_DEG / PARTS
    square = square_id(longitude, latitude, SQUARE_DEG)
    step = SQUARE_DEG / PARTS
    area = band_area_km2(latitude - step / 2, latitude + step / 2, step).astype(np.float64)
    keys, at = np.unique(square * len(leaves) + leaf, return_inverse=True)
    square, leaf = np.divmod(keys, len(leaves))
    row, column = np.divmod(square, round(360 / SQUARE_DEG))
    x, y = (column + 0.5) * SQUARE_DEG - 180, (row + 0.5) * SQUARE_DEG - 90
    return _with_tiny(leaves, x, y, leaf, sum_by(at, area, len(keys)))


def _drawn(leaves: NDArray[np.object_]) -> tuple[Ints, Ints, Ints, float, float]:
    bounds = np.array([leaf.bounds for leaf in leaves])
    west, south = np.floor(bounds[:, :2].min(axis=0) / SQUARE_DEG) * SQUARE_DEG
    east, north = np.ceil(bounds[:, 2:].max(axis=0) / SQUARE_DEG) * SQUARE_DEG
    step = SQUARE_DEG / PARTS
    shape = round((north - south) / step), round((east - west) / step)
    # The last drawn wins: where neighbours' files overlap, as at Abyei, land goes to the smallest id, as points do.
    numbered = [(leaf, i + 1) for i, leaf in enumerate(leaves)][::-1]
    picture = rasterize(
        numbered,
        out_shape=shape,
        transform=Affine(step, 0.0, west, 0.0, -step, north),
        dtype="int32",
    )[::-1]
    row, column = np.nonzero(picture)
    return picture[row, column].astype(np.int64) - 1, row, column, float(south), float(west)


def _with_tiny(leaves: NDArray[np.object_], x: Floats, y: Floats, leaf: Ints, land: Floats) -> Atoms:
    missing = np.setdiff1d(np.arange(len(leaves)), leaf)
    points = [leaves[i].representative_point() for i in missing]
    centre = np.array([[p.x, p.y] for p in points]).reshape(-1, 2)
    x, y = np.concatenate([x, centre[:, 0]]), np.concatenate([y, centre[:, 1]])
    area = np.concatenate([land, ellipsoidal_area_km2(leaves[missing])])
    return Atoms(x, y, np.concatenate([leaf, missing]), cell_id(x, y), area, np.full(len(x), np.nan))


def sum_by(group: Ints, values: Floats, n: int) -> Floats:
    """Return the sum of values of each of n groups; 0 for a group without any."""
    return np.bincount(group, weights=values, minlength=n).astype(np.float64)


def scaled(persons: Floats, leaf: Ints, official: Floats, area_km2: Floats) -> Floats:
    """Return persons per atom such that each leaf sums to its official figure, where it has one.

    Parameters
    ----------
    persons
        Raster persons per atom; NaN or 0 throughout a leaf spreads its figure by area.
    leaf
        Leaf of each atom.
    official
        Per leaf; NaN where unknown, then the raster's persons stay as they are.
    area_km2
        Land of each atom.
    """
    n = len(official)
    persons = np.nan_to_num(persons)
    found = sum_by(leaf, persons, n)
    land = sum_by(leaf, area_km2, n)
    empty = found[leaf] <= 0
    part = np.where(empty, area_km2 / land[leaf], persons / np.where(empty, 1.0, found[leaf]))
    figure = np.where(np.isnan(official), found, official)
    return part * figure[leaf]


def membership(groups: Ints, n: int) -> sparse.csr_array:
    """Return atoms x groups with 1 where an atom lies in a group; `groups` is -1 where it lies in none."""
    inside = np.flatnonzero(groups >= 0)
    ones = np.ones(len(inside))
    return sparse.csr_array((ones, (inside, groups[inside])), shape=(len(groups), n))


def group_weights(atoms: Atoms, groups: Ints, n: int) -> sparse.csr_array:
    """Return groups x atoms: each row the chance that a record known only to the group happened at each atom."""
    return _normalised(membership(groups, n).T.tocsr(), atoms)


def circle_weights(atoms: Atoms, longitude: Floats, latitude: Floats, leaf: Ints, country: Ints) -> sparse.csr_array:
    """Return places x atoms: chances within 25 km of each place, inside its own country.

    Parameters
    ----------
    longitude, latitude
        Places in OGC:CRS84.
    leaf
        Leaf area each place lies in; a place with no atom of its country near, in a sliver, is taken for its leaf.
    country
        Country of each leaf.
    """
    place, atom, _ = pairs_within(longitude, latitude, atoms.longitude, atoms.latitude, NEAR_M)
    same = country[leaf[place]] == country[atoms.leaf[atom]]
    place, atom = place[same], atom[same]
    for lost in np.setdiff1d(np.arange(len(longitude)), place):
        own = np.flatnonzero(atoms.leaf == leaf[lost])
        place, atom = np.append(place, np.full(len(own), lost)), np.append(atom, own)
    inside = sparse.csr_array((np.ones(len(place)), (place, atom)), shape=(len(longitude), len(atoms)))
    return _normalised(inside, atoms)


def _normalised(inside: sparse.csr_array, atoms: Atoms) -> sparse.csr_array:
    by_persons = inside * np.nan_to_num(atoms.persons)[None, :]
    by_area = inside * atoms.area_km2[None, :]
    persons = np.asarray(by_persons.sum(axis=1)).ravel()
    area = np.asarray(by_area.sum(axis=1)).ravel()
    use_persons = ((persons > 0) & (inside @ np.isnan(atoms.persons) == 0)).astype(float)
    mixed = (
        by_persons * (use_persons / np.where(persons > 0, persons, 1))[:, None]
        + by_area * ((1 - use_persons) / np.where(area > 0, area, 1))[:, None]
    )
    mixed = sparse.csr_array(mixed)
    mixed.eliminate_zeros()
    return mixed


def dyadic(weight: Floats) -> Floats:
    """Return numbers rounded to multiples of 2^-26, whose sums are the same in any order (see `exact_shares`)."""
    return np.asarray(np.rint(weight * DENOMINATOR) / DENOMINATOR)


def exact_shares(record: Ints, weight: Floats) -> Floats:
    """Return weights as multiples of 2^-26 that sum to exactly 1 for each record, by largest remainder.

    Such numbers add up without rounding in any order, so totals are conserved to the last death and do not depend on
    the order of rows: 26 bits leave 27 of a double for counts, which is 134 million (with 30 bits, the 10,763,116
    displaced of one round in Sudan were off by 4e-9). A part under 2^-27 may become 0.

    Parameters
    ----------
    record
        Number of the record that each part belongs to; equal numbers need not stand together.
    weight
        Positive parts; each record's are scaled to sum to 1 first.
    """
    if not len(record):
        return np.zeros(0)
    records, at = np.unique(record, return_inverse=True)
    scaled_weight = weight / sum_by(at, weight, len(records))[at] * DENOMINATOR
    whole = np.floor(scaled_weight)
    missing = DENOMINATOR - sum_by(at, whole, len(records)).astype(np.int64)
    order = np.lexsort((np.arange(len(at)), -(scaled_weight - whole), at))
    first = np.searchsorted(at[order], np.arange(len(records)))
    rank = np.arange(len(at)) - first[at[order]]
    whole[order] += rank < missing[at[order]]
    return whole / DENOMINATOR


def month_shares(
    start: NDArray[np.datetime64], end: NDArray[np.datetime64]
) -> tuple[Ints, NDArray[np.datetime64], Floats]:
    """Return (record, month, share): the days from start to end, both included, shared out over months."""
    first, last = start.astype("datetime64[M]"), end.astype("datetime64[M]")
    count = (last - first).astype(np.int64) + 1
    record = np.repeat(np.arange(len(start)), count)
    offset = np.arange(len(record)) - np.repeat(np.cumsum(count) - count, count)
    month = first[record] + offset
    begins = np.maximum(month.astype("datetime64[D]"), start[record])
    ends = np.minimum((month + 1).astype("datetime64[D]") - 1, end[record])
    days = (ends - begins).astype(np.int64) + 1
    return record, month, days / ((end - start).astype(np.int64) + 1)[record]
