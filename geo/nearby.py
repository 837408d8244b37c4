"""How far polygons are from each other, between their nearest points on the ellipsoid, up to a limit."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geodesy import distance_m, ecef

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Objects = NDArray[np.object_]
Pairs = tuple[Ints, Ints]

SIMPLIFIED_DEG = 0.001
"""Boundaries may move by 111 m: half of the vertices of Sudan's districts go, distances change by less than 222 m."""

SIDE_DEG = 0.1
"""Longer sides are divided, so that the straight line through the earth between their ends is less than 5 m off."""

PIECES_M = (32_000.0, 8_000.0)
"""Boundaries are first compared in pieces of these lengths, as most pairs of sides are too far apart to matter."""


class Near(NamedTuple):
    """Ordered pairs of different units, and the metres between their nearest points."""

    one: Ints
    other: Ints
    dist_m: Floats


class Sides(NamedTuple):
    """Sides of boundaries, each from one corner to the next: the polygon and the piece of each length it belongs to.

    `corner` is the first of a side's two corners, which are given in degrees and in earth-centred metres.
    """

    owner: Ints
    piece: tuple[Ints, ...]
    corner: Ints
    degrees: Floats
    metres: Floats


class Pieces(NamedTuple):
    """Pieces of boundaries: their polygon, a point on each, how far it reaches from there, and its parts.

    The parts are `first` to `stop`, among the pieces of the next length or, for the shortest, among the sides; a side
    is a piece as well, with itself as its part.
    """

    owner: Ints
    anchor: Floats
    reach_m: Floats
    first: Ints
    stop: Ints


def polygons_nearby(geometries: Objects, touching: Pairs, within_m: float) -> Near:
    """Return the distances of polygons to all others nearby.

    Parameters
    ----------
    geometries
        Valid polygons in OGC:CRS84 degrees, within +-180. None and empty ones are near nothing.
    touching
        Places in `geometries` of those that overlap or touch, both ways, as `geo.neighbours.queen` returns them.
    within_m
        How far is nearby: metres on the ellipsoid, inclusive.

    Returns
    -------
    Near
        Places in `geometries`, both ways, in order of one then other. The distance is 0 where they touch; else it is
        that between the nearest points of boundaries simplified by at most 111 m, so it is right to 222 m or 0.01 %,
        whichever is more, at every latitude and across the antimeridian.
    """
    sides = _sides(np.asarray(geometries, dtype=object))
    levels = _pieces(sides, 0), _pieces(sides, 1), _each(sides)
    touch = Near(*touching, np.zeros(len(touching[0])))
    known = np.sort(touch.one * len(geometries) + touch.other)
    candidates = _candidates(levels[0], known, len(geometries), within_m)
    return joined([touch, *(_measured(sides, levels, pairs, within_m) for pairs in candidates)])


def joined(tables: list[Near]) -> Near:
    """Return the rows of some tables, at least one, in order of one then other."""
    one, other, dist_m = (np.concatenate(column) for column in zip(*tables, strict=True))
    order = np.lexsort((other, one))
    return Near(one[order], other[order], dist_m[order])


def _sides(geometries: Objects) -> Sides:
    """Return the sides of simplified boundaries, in the order of polygons and along their rings."""
    simple = shapely.segmentize(shapely.simplify(geometries, SIMPLIFIED_DEG), SIDE_DEG)
    polygons, owner = shapely.get_parts(simple, return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    degrees, ring = shapely.get_coordinates(rings, return_index=True)
    metres = ecef(*degrees.T)
    corner = np.flatnonzero(ring[1:] == ring[:-1])
    ring = ring[corner]
    length_m = np.linalg.norm(metres[corner + 1] - metres[corner], axis=1)
    along_m = np.cumsum(length_m) - length_m
    opens = np.r_[True, ring[1:] != ring[:-1]][: len(ring)]
    along_m -= along_m[opens][np.cumsum(opens) - 1]
    steps = (np.r_[True, np.diff(along_m // size) != 0][: len(ring)] for size in PIECES_M)
    pieces = tuple(np.cumsum(opens | step) - 1 for step in steps)
    return Sides(owner[polygon[ring]], pieces, corner, degrees, metres)


def _pieces(sides: Sides, level: int) -> Pieces:
    piece = sides.piece[level]
    first = np.flatnonzero(np.r_[True, piece[1:] != piece[:-1]][: len(piece)])
    last = np.r_[first[1:], len(piece)][: len(first)] - 1
    anchor = sides.metres[sides.corner[(first + last + 1) // 2]]
    ends = (sides.metres[sides.corner + end] for end in (0, 1))
    far = np.maximum(*(np.linalg.norm(each - anchor[piece], axis=1) for each in ends))
    below = sides.piece[level + 1] if level + 1 < len(sides.piece) else np.arange(len(piece))
    reach_m = np.maximum.reduceat(far, first) if len(first) else far
    return Pieces(sides.owner[first], anchor, reach_m, below[first], below[last] + 1)


def _each(sides: Sides) -> Pieces:
    """Return every side as a piece of its own."""
    a, b = sides.metres[sides.corner], sides.metres[sides.corner + 1]
    number = np.arange(len(a))
    return Pieces(sides.owner, (a + b) / 2, np.linalg.norm(b - a, axis=1) / 2, number, number + 1)


def _candidates(pieces: Pieces, touching: Ints, size: int, within_m: float) -> Iterator[Pairs]:
    """Yield the pairs of pieces that may hold points within the limit, of polygons that do not touch.

    `touching` are the pairs of those that do, as one number each (one x size + other), sorted. All pairs of pieces of
    two polygons come at once, and in order of polygons.
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415 - takes 0.3 s, which reading a file need not wait for

    everything, farthest_m = cKDTree(pieces.anchor), pieces.reach_m.max(initial=0)
    for start, stop in _spans(pieces.owner):
        most_m = within_m + pieces.reach_m[start:stop].max() + farthest_m
        some = cKDTree(pieces.anchor[start:stop])
        near = some.sparse_distance_matrix(everything, most_m, output_type="ndarray")
        one, other = near["i"] + start, near["j"]
        good = near["v"] <= within_m + pieces.reach_m[one] + pieces.reach_m[other]
        good &= pieces.owner[one] < pieces.owner[other]
        one, other = one[good], other[good]
        key = pieces.owner[one] * size + pieces.owner[other]
        place = np.searchsorted(touching, key)
        apart = np.flatnonzero(np.r_[touching, -1][place] != key)
        apart = apart[np.argsort(key[apart], kind="stable")]
        yield one[apart], other[apart]


def _spans(owner: Ints) -> Iterator[tuple[int, int]]:
    """Yield spans of about 1,000 pieces (a million pairs on land), each with all pieces of its polygons."""
    first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]][: len(owner)])
    cuts = first[np.r_[True, np.diff(first // 1000) > 0][: len(first)]]
    yield from pairwise([*cuts.tolist(), len(owner)])


def _measured(sides: Sides, levels: tuple[Pieces, ...], pairs: Pairs, within_m: float) -> Near:
    """Return the distances, both ways, between the polygons of pairs of pieces, given in order of polygons."""
    one, other = pairs
    for pieces in levels:
        one, other = _closest(pieces, one, other, within_m)
        one, other = _parts(pieces, one, other)
    here, there, dist_m = _nearest(sides, one, other)
    kept = dist_m <= within_m
    here, there, dist_m = here[kept], there[kept], dist_m[kept]
    return Near(np.concatenate([here, there]), np.concatenate([there, here]), np.concatenate([dist_m, dist_m]))


def _closest(pieces: Pieces, one: Ints, other: Ints, within_m: float) -> Pairs:
    """Return those of the pairs, in order of polygons, that may hold the nearest points of their two polygons."""
    if not len(one):
        return one, other
    off = pieces.anchor[one] - pieces.anchor[other]
    chord_m = np.sqrt(np.einsum("ij,ij->i", off, off))
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

    Of two sides that do not cross, an end of one is the nearest point.
    """
    corners = [(each, sides.corner[each] + end) for each in (one, other) for end in (0, 1)]
    found = [_to_sides(sides, point, to) for (_, point), to in zip(corners, (other, other, one, one), strict=True)]
    chord_m = np.stack([chord for chord, _ in found])
    first, pair = _runs(sides.owner[one], sides.owner[other])
    best = np.lexsort((chord_m.min(axis=0), pair))[first]
    way, row = chord_m[:, best].argmin(axis=0), np.arange(len(best))
    point = np.stack([point[best] for _, point in corners])[way, row]
    part = np.stack([part[best] for _, part in found])[way, row][:, None]
    start = sides.corner[np.where(way < 2, other[best], one[best])]
    foot = (1 - part) * sides.degrees[start] + part * sides.degrees[start + 1]
    dist_m = distance_m(*sides.degrees[point].T, *foot.T)
    return Near(sides.owner[one[best]], sides.owner[other[best]], dist_m)


def _to_sides(sides: Sides, corner: Ints, side: Ints) -> tuple[Floats, Floats]:
    """Return the metres through the earth from corners to the nearest points of sides, and how far along these are."""
    a, b = sides.metres[sides.corner[side]], sides.metres[sides.corner[side] + 1]
    along, to = b - a, sides.metres[corner] - a
    square = np.maximum(np.einsum("ij,ij->i", along, along), 1e-12)
    part = np.clip(np.einsum("ij,ij->i", to, along) / square, 0, 1)
    return np.linalg.norm(to - part[:, None] * along, axis=1), part
