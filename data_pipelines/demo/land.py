"""The ground of the demo country: fractal coasts, and districts that share every border vertex.

Positions are planned in kilometres east and north of the country's centre and turned into degrees once.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

CENTRE = (78.0, -25.0)
"""Open Indian Ocean; the nearest land is more than 1,000 km away."""
KM_PER_DEGREE = (100.95, 110.77)
"""Of longitude and of latitude, at 25 S on WGS 84."""
PRECISION_DEG = 1e-6
"""Every vertex lies on this grid, so that files of six decimals keep borders shared."""


@dataclass(frozen=True)
class Island:
    """One island: centre (km east, north), half axes (km), and how many provinces and districts it is cut into."""

    centre_km: tuple[float, float]
    axes_km: tuple[float, float]
    turn_deg: float
    provinces: int
    districts: int


MAIN_ISLANDS = (
    Island((-92.0, 18.0), (118.0, 68.0), 24.0, provinces=3, districts=24),
    Island((118.0, -42.0), (80.0, 44.0), -38.0, provinces=2, districts=13),
)
OUTER_ISLANDS = tuple(
    Island(centre, axes, turn, 1, 1)
    for centre, axes, turn in (
        ((28.0, 112.0), (17.0, 10.0), 60.0),
        ((62.0, 88.0), (11.0, 8.0), -20.0),
        ((96.0, 104.0), (13.0, 7.0), 15.0),
    )
)
ISLETS = (Island((80.0, 116.0), (4.0, 2.5), 0.0, 0, 0), Island((44.0, 97.0), (3.0, 2.2), 40.0, 0, 0))
"""Too small to be districts; each belongs to the outer island it lies closest to."""


@dataclass(frozen=True)
class Ground:
    """Districts before they are named: geometry (OGC:CRS84), province number and town of each."""

    districts: NDArray[np.object_]
    province: NDArray[np.int64]
    towns_km: NDArray[np.float64]


def to_degrees(km: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return longitude and latitude of points given in km east and north of the centre, shape (n, 2)."""
    return np.asarray(np.asarray(CENTRE) + km / np.asarray(KM_PER_DEGREE))


def to_km(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return km east and north of the centre of points given in longitude and latitude, shape (n, 2)."""
    return np.asarray((degrees - np.asarray(CENTRE)) * np.asarray(KM_PER_DEGREE))


def apart_km(points_km: NDArray[np.float64], others_km: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance of every point (row) from every other (column), both given in km east and north."""
    return np.asarray(np.hypot(*(points_km[:, None] - others_km[None]).transpose(2, 0, 1)))


def shape_ground(rng: np.random.Generator) -> Ground:
    """Draw the islands and cut them into districts, ordered by province and within it from north to south."""
    parts = [_cut(island, rng) for island in MAIN_ISLANDS]
    parts.append(_outer_islands(rng))
    offsets = np.cumsum([0, *(part.province.max() + 1 for part in parts)])
    province = np.concatenate([part.province + offset for part, offset in zip(parts, offsets[:-1], strict=True)])
    towns = np.concatenate([part.towns_km for part in parts])
    order = np.lexsort((-towns[:, 1], province))
    districts = np.concatenate([part.districts for part in parts])
    return Ground(districts[order], province[order], towns[order])


def _outer_islands(rng: np.random.Generator) -> Ground:
    """Return the outer islands, each one district of one province, with the islets joined to the nearest."""
    islands = [_coast(island, rng) for island in OUTER_ISLANDS]
    owned: list[list[shapely.Polygon]] = [[island] for island in islands]
    for islet in ISLETS:
        coast = _coast(islet, rng)
        owned[int(np.argmin(shapely.distance(islands, coast)))].append(coast)
    districts = np.array([shapely.union_all(parts, grid_size=PRECISION_DEG) for parts in owned])
    return Ground(districts, np.zeros(len(owned), int), np.array([island.centre_km for island in OUTER_ISLANDS]))


def _coast(island: Island, rng: np.random.Generator) -> shapely.Polygon:
    """Return an island's outline as a polygon in degrees."""
    angles = np.linspace(0, 2 * np.pi, 15)[:-1]
    radii = 1 + 0.75 * (rng.random(len(angles)) - 0.5)
    turn = np.radians(island.turn_deg)
    x = island.axes_km[0] * radii * np.cos(angles)
    y = island.axes_km[1] * radii * np.sin(angles)
    outline = np.column_stack((x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)))
    depth = 6 if max(island.axes_km) > 50 else 3
    ring = roughen(np.vstack((outline, outline[:1])) + island.centre_km, rng, depth, 0.7)
    whole = shapely.make_valid(shapely.Polygon(to_degrees(ring)))
    parts = shapely.get_parts(shapely.set_precision(whole, PRECISION_DEG))
    largest = parts[int(np.argmax(shapely.area(parts)))]
    return shapely.Polygon(largest.exterior)


def roughen(line: NDArray[np.float64], rng: np.random.Generator, depth: int, strength: float) -> NDArray[np.float64]:
    """Return a line made fractal by midpoint displacement, its own vertices kept.

    Parameters
    ----------
    line
        Vertices, shape (n, 2), in km.
    depth
        Times each segment is halved.
    strength
        Largest sideways shift of a midpoint is half of this share of its segment's length.
    """
    for _ in range(depth):
        start, step = line[:-1], np.diff(line, axis=0)
        shift = strength * (rng.random((len(step), 1)) - 0.5)
        middle = start + step / 2 + shift * np.column_stack((-step[:, 1], step[:, 0]))
        line = np.vstack((np.stack((start, middle), axis=1).reshape(-1, 2), line[-1:]))
    return line


def _cut(island: Island, rng: np.random.Generator) -> Ground:
    """Cut one island into districts along roughened Voronoi borders of its towns, and group those into provinces."""
    coast = _coast(island, rng)
    towns = _spread_towns(island, coast, rng)
    borders = [shapely.LineString(to_degrees(border)) for border in _borders(towns, rng)]
    noded = shapely.union_all([coast.exterior, *borders], grid_size=PRECISION_DEG)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inner = shapely.point_on_surface(faces)
    faces, inner = faces[shapely.intersects(coast, inner)], inner[shapely.intersects(coast, inner)]
    nearest = apart_km(to_km(shapely.get_coordinates(inner)), towns).argmin(axis=1)
    districts = np.array([shapely.coverage_union_all(faces[nearest == i]) for i in range(len(towns))])
    return Ground(districts, _group(towns, island.provinces), towns)


def _spread_towns(island: Island, coast: shapely.Polygon, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return one town per district in km: close together near the island's first town, far apart away from it."""
    reach = max(island.axes_km) * 1.6
    candidates = np.asarray(island.centre_km) + reach * (2 * rng.random((6000, 2)) - 1)
    inland = shapely.buffer(coast, -4 / KM_PER_DEGREE[1])
    on_land = candidates[shapely.contains_xy(inland, to_degrees(candidates))]
    towns = on_land[:1]
    for crowding in (0.26, 0.22, 0.18, 0.14, 0.10):
        for candidate in on_land:
            apart = apart_km(towns, candidate[None])[:, 0]
            if len(towns) < island.districts and apart.min() > 9 + crowding * apart[0]:
                towns = np.vstack((towns, candidate))
    return np.asarray(towns)


def _borders(towns: NDArray[np.float64], rng: np.random.Generator) -> list[NDArray[np.float64]]:
    """Return the Voronoi edges between towns, roughened, in km; both sides share each edge."""
    box = shapely.box(*(towns.min(axis=0) - 90), *(towns.max(axis=0) + 90))
    edges = shapely.voronoi_polygons(shapely.MultiPoint(towns), extend_to=box, only_edges=True)
    pieces = [shapely.get_coordinates(part) for part in shapely.get_parts(shapely.segmentize(edges, 18))]
    pieces.sort(key=lambda piece: tuple(piece[[0, -1]].round(3).ravel()))
    return [roughen(piece, rng, 4, 0.36) for piece in pieces]


def _group(towns: NDArray[np.float64], number: int) -> NDArray[np.int64]:
    """Return a province number per town: k-means started west to east, so that it needs no random draw."""
    order = np.argsort(towns[:, 0])
    centres = np.array([towns[part].mean(axis=0) for part in np.array_split(order, number)])
    for _ in range(10):
        group = np.asarray(apart_km(towns, centres).argmin(axis=1))
        centres = np.array([towns[group == i].mean(axis=0) for i in range(number)])
    return group
