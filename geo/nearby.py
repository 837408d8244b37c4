"""How far polygons are from each other, between their nearest points on the ellipsoid, up to a limit."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geodesy import distance_m, ecef

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Objects = NDArray[np.object_]
Pairs = tuple[Ints, Ints]

SIMPLIFIED_DEG = 0.001
"""Boundaries may move by 111 m: half of the vertices of Sudan's districts go, distances change by less than 222 m."""

SIDE_DEG = 0.1
"""Longer sides are divided, so that the straight line through the earth between their ends is less than 5 m off."""

PIECES_M = (50_000.0, 10_000.0)
"""Boundaries are first compared in pieces of these lengths, as most pairs of sides are too far apart to matter."""


class Near(NamedTuple):
    """Ordered pairs of different units, and the metres between their nearest points."""

    one: Ints
    other: Ints
    dist_m: Floats


class Sides(NamedTuple):
    """Sides of boundaries: the polygon and the piece of each length that each belongs to, and its ends in degrees."""

    owner: Ints
    piece: tuple[Ints, ...]
    start: Floats
    end: Floats


class Pieces(NamedTuple):
    """Pieces of boundaries: their polygon, a point on each, how far it reaches from there, and its parts.

    The parts are `first` to `stop`, among the pieces of the next length or, for the shortest, among the sides.
    """

    owner: Ints
    anchor: Floats
    reach_m: Floats
    first: Ints
    stop: Ints


def polygons_nearby(geometries: Objects, country: Objects, touching: Pairs, within_m: float) -> Near:
    """Return the distances to all polygons nearby, for each polygon that has one of another country nearby.

    Parameters
    ----------
    geometries
        Valid polygons in OGC:CRS84 degrees, within +-180. None and empty ones are near nothing.
    country
        The country that each belongs to.
    touching
        Places in `geometries` of those that overlap or touch, both ways, as `geo.neighbours.queen` returns them.
    within_m
        How far is nearby: metres on the ellipsoid, inclusive.

    Returns
    -------
    Near
        Places in `geometries`, in order of one then other: of the own country and of others. The distance is 0 where
        they touch; else it is that between the nearest points of boundaries simplified by at most 111 m, so it is
        right to 222 m or 0.01 %, whichever is more, at every latitude and across the antimeridian.
    """
    _, nation = np.unique(np.asarray(country).astype(str), return_inverse=True)
    sides = _sides(np.asarray(geometries, dtype=object))
    longest, shorter = _pieces(sides, 0), _pieces(sides, 1)
    touch = Near(*touching, np.zeros(len(touching[0])))

    def measured(candidates: Iterator[Pairs]) -> list[Near]:
        return [_measured(sides, (longest, shorter), pairs, touch, within_m) for pairs in candidates]

    abroad = joined([touch, *measured(_across(longest, nation, within_m))])
    border = _at_border(abroad, nation)
    return at_borders(joined([abroad, *measured(_inside(longest, nation, border, within_m))]), country)


def at_borders(near: Near, country: Objects) -> Near:
    """Return the pairs of those units that have one of another country nearby, in order of one then other."""
    _, nation = np.unique(np.asarray(country).astype(str), return_inverse=True)
    at = np.flatnonzero(_at_border(near, nation)[near.one])
    at = at[np.lexsort((near.other[at], near.one[at]))]
    return Near(near.one[at], near.other[at], near.dist_m[at])


def _at_border(near: Near, nation: Ints) -> Bools:
    border = np.zeros(len(nation), bool)
    border[near.one[nation[near.one] != nation[near.other]]] = True
    return border


def joined(tables: list[Near]) -> Near:
    """Return the rows of some tables, at least one, one table after the other."""
    return Near(*(np.concatenate(column) for column in zip(*tables, strict=True)))


def _sides(geometries: Objects) -> Sides:
    """Return the sides of simplified boundaries, in the order of polygons and along their rings."""
    simple = shapely.segmentize(shapely.simplify(geometries, SIMPLIFIED_DEG), SIDE_DEG)
    polygons, owner = shapely.get_parts(simple, return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    ends, ring = shapely.get_coordinates(rings, return_index=True)
    at = np.flatnonzero(ring[1:] == ring[:-1])
    start, end, ring = ends[at], ends[at + 1], ring[at]
    length_m = np.linalg.norm(ecef(*end.T) - ecef(*start.T), axis=1)
    along_m = np.cumsum(length_m) - length_m
    opens = np.r_[True, ring[1:] != ring[:-1]][: len(ring)]
    along_m -= along_m[opens][np.cumsum(opens) - 1]
    steps = (np.r_[True, np.diff(along_m // size) != 0][: len(ring)] for size in PIECES_M)
    return Sides(owner[polygon[ring]], tuple(np.cumsum(opens | step) - 1 for step in steps), start, end)


def _pieces(sides: Sides, level: int) -> Pieces:
    piece = sides.piece[level]
    first = np.flatnonzero(np.r_[True, piece[1:] != piece[:-1]][: len(piece)])
    last = np.r_[first[1:], len(piece)][: len(first)] - 1
    start, end = ecef(*sides.start.T), ecef(*sides.end.T)
    anchor = start[(first + last + 1) // 2]
    far = np.maximum(*(np.linalg.norm(ends - anchor[piece], axis=1) for ends in (start, end)))
    below = sides.piece[level + 1] if level + 1 < len(sides.piece) else np.arange(len(piece))
    reach_m = np.maximum.reduceat(far, first) if len(first) else far
    return Pieces(sides.owner[first], anchor, reach_m, below[first], below[last] + 1)


def _across(pieces: Pieces, nation: Ints, within_m: float) -> Iterator[Pairs]:
    """Yield the pairs of pieces, of one country and of a later one, whose polygons may be near."""
    of = nation[pieces.owner]
    for country in range(nation.max(initial=0)):
        yield _candidates(pieces, np.flatnonzero(of == country), np.flatnonzero(of > country), within_m)


def _inside(pieces: Pieces, nation: Ints, border: Bools, within_m: float) -> Iterator[Pairs]:
    """Yield the pairs of pieces of polygons of one country that may be near, the first of them at its border."""
    of = nation[pieces.owner]
    for country in np.unique(of[border[pieces.owner]]):
        own = np.flatnonzero(of == country)
        one, other = _candidates(pieces, own[border[pieces.owner[own]]], own, within_m)
        # of two at the border each is the other's second: once is enough
        once = ~border[pieces.owner[other]] | (pieces.owner[one] < pieces.owner[other])
        yield one[once], other[once]


def _candidates(pieces: Pieces, some: Ints, others: Ints, within_m: float) -> Pairs:
    """Return the pairs of some pieces and others, of different polygons, that may hold points within the limit."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 - takes 0.3 s, which reading a file need not wait for

    if not (len(some) and len(others)):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    a = pieces.anchor[some]
    most = within_m + pieces.reach_m[some].max() + pieces.reach_m[others].max()
    boxed = ((pieces.anchor[others] >= a.min(axis=0) - most) & (pieces.anchor[others] <= a.max(axis=0) + most)).all(1)
    others = others[boxed]
    near = cKDTree(a).sparse_distance_matrix(cKDTree(pieces.anchor[others]), most, output_type="ndarray")
    one, other = some[near["i"]], others[near["j"]]
    good = near["v"] <= within_m + pieces.reach_m[one] + pieces.reach_m[other]
    good &= pieces.owner[one] != pieces.owner[other]
    return one[good], other[good]


def _measured(sides: Sides, levels: tuple[Pieces, ...], pairs: Pairs, touch: Near, within_m: float) -> Near:
    """Return the distances, both ways, between the polygons of pairs of pieces that do not touch."""
    size = int(sides.owner.max(initial=0)) + 1
    key = levels[0].owner[pairs[0]] * size + levels[0].owner[pairs[1]]
    apart = np.flatnonzero(~np.isin(key, touch.one * size + touch.other))
    apart = apart[np.argsort(key[apart], kind="stable")]
    one, other = pairs[0][apart], pairs[1][apart]
    for pieces in levels:
        one, other = _closest(pieces, one, other, within_m)
        one, other = _parts(pieces, one, other)
    start = ecef(*sides.start.T)
    length_m = np.linalg.norm(ecef(*sides.end.T) - start, axis=1)
    one, other = _closest(Pieces(sides.owner, start, length_m, sides.owner, sides.owner), one, other, within_m)
    here, there, dist_m = _nearest(sides, one, other)
    kept = dist_m <= within_m
    here, there, dist_m = here[kept], there[kept], dist_m[kept]
    return Near(np.concatenate([here, there]), np.concatenate([there, here]), np.concatenate([dist_m, dist_m]))


def _closest(pieces: Pieces, one: Ints, other: Ints, within_m: float) -> Pairs:
    """Return those of the pairs, in order of polygons, that may hold the nearest points of their two polygons."""
    if not len(one):
        return one, other
    chord_m = np.linalg.norm(pieces.anchor[one] - pieces.anchor[other], axis=1)
    first, pair = _runs(pieces.owner[one], pieces.owner[other])
    nearest_m = np.minimum(np.minimum.reduceat(chord_m, first), within_m)
    kept = chord_m - pieces.reach_m[one] - pieces.reach_m[other] <= nearest_m[pair]
    return one[kept], other[kept]


def _runs(here: Ints, there: Ints) -> Pairs:
    """Return where each run of equal pairs begins, and the number of the run that each belongs to."""
    new = np.r_[True, (here[1:] != here[:-1]) | (there[1:] != there[:-1])][: len(here)]
    return np.flatnonzero(new), np.cumsum(new) - 1


def _parts(pieces: Pieces, one: Ints, other: Ints) -> Pairs:
    """Return all pairs of a part of one and a part of the other."""
    many_one, many_other = (pieces.stop[each] - pieces.first[each] for each in (one, other))
    total = many_one * many_other
    row = np.repeat(np.arange(len(one)), total)
    inner = np.arange(len(row)) - np.repeat(np.cumsum(total) - total, total)
    step_one, step_other = np.divmod(inner, many_other[row])
    return pieces.first[one][row] + step_one, pieces.first[other][row] + step_other


def _nearest(sides: Sides, one: Ints, other: Ints) -> Near:
    """Return the distance between the nearest points of each pair of polygons, of pairs of sides in their order.

    Of two sides that do not cross, one's end is the nearest point.
    """
    ends = ((one, other, sides.start), (one, other, sides.end), (other, one, sides.start), (other, one, sides.end))
    found = [_to_side(sides, point[a], b) for a, b, point in ends]
    chord_m = np.stack([chord for chord, _ in found])
    best = chord_m.argmin(axis=0)
    first, pair = _runs(sides.owner[one], sides.owner[other])
    order = np.lexsort((chord_m.min(axis=0), pair))[first]
    points = np.stack([point[a[order]] for a, _, point in ends])
    feet = np.stack([foot[order] for _, foot in found])
    chosen, row = best[order], np.arange(len(order))
    dist_m = distance_m(*points[chosen, row].T, *feet[chosen, row].T)
    return Near(sides.owner[one[order]], sides.owner[other[order]], dist_m)


def _to_side(sides: Sides, point: Floats, side: Ints) -> tuple[Floats, Floats]:
    """Return the metres through the earth from points to the nearest points of sides, and these in degrees."""
    start, end = sides.start[side], sides.end[side]
    a, b, p = ecef(*start.T), ecef(*end.T), ecef(*point.T)
    square = np.maximum(((b - a) ** 2).sum(axis=1), 1e-12)
    part = np.clip(((p - a) * (b - a)).sum(axis=1) / square, 0, 1)[:, None]
    return np.linalg.norm(a + part * (b - a) - p, axis=1), start + part * (end - start)
