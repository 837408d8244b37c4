"""The ground that values stand on: leaf areas, atoms with population, units, their shapes and neighbours."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pandas as pd
import shapely
from affine import Affine
from numpy.typing import NDArray
from scipy import sparse

from data_pipelines import warehouse
from data_pipelines._source import PopulationGrid
from data_pipelines.tables import UNITS, table
from data_pipelines.tables.near_units import NEAR_M
from geo import raster, simplify, support, zonal
from geo.crs import geometries_to_mercator
from geo.errors import DataError
from geo.geodesy import area_km2
from geo.grids import cell_polygon
from geo.nearby import polygons_nearby
from geo.neighbours import queen

Ints = NDArray[np.int64]
Objects = NDArray[np.object_]
# Zooms that share one simplification; the last is drawn from the full shapes.
ZOOMS = ((0, 3), (4, 4), (5, 5), (6, 6), (7, 7), (8, 9), (10, 22))


@dataclass(frozen=True)
class Places:
    """Leaf areas (the finest mapped), the atoms they are cut into, and which unit of each kind an atom lies in.

    `leaf_ids`, `leaf_iso3` and `leaf_adm1` are one per leaf; `ids[kind]` are the units' ids in order;
    `group[kind]` is the number of the unit that each atom lies in.
    """

    leaf_ids: Objects
    leaf_iso3: Objects
    leaf_adm1: Objects
    leaf_shapes: Objects
    atoms: support.Atoms
    ids: dict[str, Objects]
    group: dict[str, Ints]

    def members(self, unit: str) -> sparse.csr_array:
        """Return atoms x units of a kind."""
        return support.membership(self.group[unit], len(self.ids[unit]))


def survey(connection: duckdb.DuckDBPyConnection, grids: list[PopulationGrid]) -> Places:
    """Return the places of a build from its `areas` and `population` tables and its rasters, the preferred one last.

    What the rasters hold of each country is registered as `raster_totals`, for a check.
    """
    areas = _areas(connection)
    leaves = _leaves(areas)
    shapes = leaves["geometry"].to_numpy(object)
    atoms = support.atoms_of(shapes)
    official = _official(connection, leaves["area_id"])
    country = leaves["iso3"].to_numpy(object)[atoms.leaf]
    counted = _raster_persons(atoms, shapes, country, grids)
    by_atom = pd.DataFrame({"iso3": country, "persons": counted})
    connection.register("raster_totals", by_atom.groupby("iso3", as_index=False).sum())
    persons = support.scaled(counted, atoms.leaf, official, atoms.area_km2)
    unknown = np.isnan(official)[atoms.leaf] & np.isnan(counted)
    atoms = replace(atoms, persons=np.where(unknown, np.nan, persons))
    adm1 = leaves["adm1"].to_numpy(object)
    ids = {
        "adm1": np.unique(adm1.astype(str)).astype(object),
        "adm2": leaves["area_id"].to_numpy(object),
        "cell": np.unique(atoms.cell.astype(str)).astype(object),
    }
    group = {
        "adm1": np.searchsorted(ids["adm1"].astype(str), adm1.astype(str))[atoms.leaf],
        "adm2": atoms.leaf,
        "cell": np.searchsorted(ids["cell"].astype(str), atoms.cell.astype(str)),
    }
    return Places(ids["adm2"], leaves["iso3"].to_numpy(object), adm1, shapes, atoms, ids, group)


def _areas(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    frame = warehouse.query(connection, "areas")
    wkb = frame["wkb"].map(bytes).to_numpy(object)
    return frame.drop(columns="wkb").assign(geometry=shapely.from_wkb(wkb))


def _leaves(areas: pd.DataFrame) -> pd.DataFrame:
    """Return the finest areas: admin 2, and each admin 1 that has none below it; in order of id."""
    deepest = areas[areas["level"] == 2]
    without = areas[(areas["level"] == 1) & ~areas["area_id"].isin(deepest["parent_id"])]
    leaves = pd.concat([deepest.assign(adm1=deepest["parent_id"]), without.assign(adm1=without["area_id"])])
    if leaves.empty:
        raise DataError("The boundaries hold no admin 1 or 2 areas; add their files with `forewatch add cod_ab`.")
    return leaves.sort_values("area_id", ignore_index=True)


def _official(connection: duckdb.DuckDBPyConnection, ids: pd.Series) -> NDArray[np.float64]:
    known = warehouse.query(connection, "newest_population").set_index("area_id")["persons"]
    return ids.map(known).to_numpy(np.float64, na_value=np.nan)


def _raster_persons(
    atoms: support.Atoms, leaves: Objects, country: Objects, grids: list[PopulationGrid]
) -> NDArray[np.float64]:
    """Return persons per atom: of each country by the last raster that holds anybody there, else NaN.

    Those of a leaf sum to what the pixels hold inside its own shape, by their exact parts.
    """
    persons = np.full(len(atoms), np.nan)
    for grid, held in zip(grids, _held(leaves, grids), strict=True):
        drawn = raster.spread(
            grid.persons, grid.transform, atoms.longitude, atoms.latitude, atoms.area_km2, support.SQUARE_DEG
        )
        counted = support.scaled(drawn.astype(np.float64), atoms.leaf, held, atoms.area_km2)
        found = np.isin(country.astype(str), np.unique(country[counted > 0].astype(str)))
        persons = np.where(found, counted, persons)
    return persons


def _held(leaves: Objects, grids: list[PopulationGrid]) -> Iterator[NDArray[np.float64]]:
    """Yield what each raster holds in each leaf; rasters of one grid, as of several years, share their parts."""
    known: dict[tuple[Affine, tuple[int, int]], zonal.Coverage] = {}
    for grid in grids:
        key = grid.transform, grid.persons.shape
        known = known if key in known else {key: zonal.coverage(leaves, *key)}
        yield zonal.sums(known[key], grid.persons)


def fill(connection: duckdb.DuckDBPyConnection, places: Places) -> None:
    """Fill `units`, `unit_shapes`, `neighbours` and `near_units`."""
    areas = _areas(connection).set_index("area_id")
    outlines = _outlines(places)
    for unit in UNITS:
        frame = _units(connection, places, unit, areas, outlines)
        warehouse.insert(connection, table("units"), frame)
        shapes = frame["geometry"].to_numpy(object)
        _draw(connection, unit, shapes)
        here, there = queen(shapes)
        ids = places.ids[unit]
        pairs = pd.DataFrame({"unit": unit, "unit_id": ids[here], "neighbour_id": ids[there]})
        warehouse.insert(connection, table("neighbours"), pairs)
        if unit != "cell":
            warehouse.insert(connection, table("near_units"), _nearby(unit, frame, (here, there)))
    _draw(connection, "adm0", np.array(list(outlines.values()), dtype=object))


def _nearby(unit: str, units: pd.DataFrame, touching: tuple[Ints, Ints]) -> pd.DataFrame:
    near = polygons_nearby(units["geometry"].to_numpy(object), touching, NEAR_M)
    ids = pd.Index(units["unit_id"])
    one, other = (pd.Categorical.from_codes(each, categories=ids) for each in (near.one, near.other))
    return pd.DataFrame({"unit": unit, "unit_id": one, "near_id": other, "dist_m": near.dist_m})


def _outlines(places: Places) -> dict[str, shapely.Geometry]:
    return {
        iso3: shapely.union_all(places.leaf_shapes[places.leaf_iso3 == iso3], grid_size=1e-7)
        for iso3 in sorted(set(places.leaf_iso3))
    }


def _units(
    connection: duckdb.DuckDBPyConnection,
    places: Places,
    unit: str,
    areas: pd.DataFrame,
    outlines: dict[str, shapely.Geometry],
) -> pd.DataFrame:
    ids = places.ids[unit]
    land = support.sum_by(places.group[unit], places.atoms.area_km2, len(ids))
    leaf = _main_leaf(places, unit)
    shapes = _cells(ids, outlines) if unit == "cell" else _admin(places, unit, areas)
    inside = shapely.point_on_surface(shapes)
    persons = _residents(connection, places, unit)
    if unit != "cell":
        land = area_km2(shapes)
    parents = {"adm1": places.leaf_iso3[leaf], "adm2": places.leaf_adm1[leaf], "cell": places.leaf_ids[leaf]}
    names = [f"Cell {i}" for i in ids] if unit == "cell" else [areas["name"].get(i, i) for i in ids]
    return pd.DataFrame(
        {
            "unit": unit,
            "unit_id": ids,
            "idx": np.arange(len(ids)),
            "name": names,
            "parent_id": parents[unit],
            "iso3": places.leaf_iso3[leaf],
            "area_km2": land,
            "persons": persons,
            "longitude": shapely.get_x(inside),
            "latitude": shapely.get_y(inside),
            "geometry": shapes,
        }
    )


def _residents(connection: duckdb.DuckDBPyConnection, places: Places, unit: str) -> NDArray[np.float64]:
    """Return persons per unit: cells from their atoms, areas from their leaves' own figures, so that all add up."""
    n = len(places.ids[unit])
    if unit == "cell":
        return support.sum_by(places.group["cell"], places.atoms.persons, n)
    official = _official(connection, pd.Series(places.leaf_ids))
    counted = support.sum_by(places.atoms.leaf, places.atoms.persons, len(official))
    by_leaf = np.where(np.isnan(official), counted, official)
    if unit == "adm2":
        return by_leaf
    adm1 = np.searchsorted(places.ids["adm1"].astype(str), places.leaf_adm1.astype(str))
    return support.sum_by(adm1, by_leaf, n)


def _main_leaf(places: Places, unit: str) -> Ints:
    """Return for each unit the leaf with most of its land."""
    pairs = pd.DataFrame({"unit": places.group[unit], "leaf": places.atoms.leaf, "land": places.atoms.area_km2})
    sums = pairs.groupby(["unit", "leaf"]).sum().reset_index()
    most = sums.sort_values(["unit", "land", "leaf"], ascending=[True, False, True]).drop_duplicates("unit")
    return np.asarray(most["leaf"], dtype=np.int64)


def _cells(ids: Objects, outlines: dict[str, shapely.Geometry]) -> Objects:
    """Return the mapped land of each PRIO-GRID cell; a sliver that vanishes is drawn as the whole cell."""
    everything = shapely.union_all(list(outlines.values()))
    squares = cell_polygon(ids.astype(np.int64))
    clipped = np.array([shapely.clip_by_rect(everything, *s.bounds) for s in squares], dtype=object)
    polygons = np.array([_polygonal(c) for c in clipped], dtype=object)
    return np.where(shapely.is_empty(polygons), squares, polygons)


def _polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [p for p in shapely.get_parts(shapely.make_valid(shape)) if p.geom_type in {"Polygon", "MultiPolygon"}]
    return shapely.union_all(parts) if parts else shapely.Polygon()


def _admin(places: Places, unit: str, areas: pd.DataFrame) -> Objects:
    """Return the provider's own shapes; an admin 1 without one is drawn from its parts."""
    known = areas["geometry"]
    parts = places.leaf_shapes
    shapes = [
        known[i] if i in known.index else shapely.union_all(parts[places.leaf_adm1 == i]) for i in places.ids[unit]
    ]
    return np.array(shapes, dtype=object)


def _draw(connection: duckdb.DuckDBPyConnection, unit: str, shapes: Objects) -> None:
    projected = geometries_to_mercator(shapes)
    for low, high in ZOOMS:
        drawn = projected if high == ZOOMS[-1][1] else simplify.for_zoom(projected, high)
        box = shapely.bounds(drawn)
        frame = pd.DataFrame(box, columns=["x0", "y0", "x1", "y1"]).assign(
            unit=unit, idx=np.arange(len(drawn)), z_min=low, z_max=high, geometry=drawn
        )
        warehouse.insert(connection, table("unit_shapes"), frame)
