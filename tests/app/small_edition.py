"""A tiny finished edition of an invented country, written straight into the tables: what the app is tested on."""

import json
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data_pipelines import warehouse
from data_pipelines.tables import TABLES, Tier
from data_pipelines.workspace import sha256_of
from geo.crs import geometries_to_mercator
from layers._layer import STATUSES, Layer, layers

PERIODS = ("2023-11", "2023-12", "2024-01")
NAMES = ("Alpha", "Bravo Nord", "شمال دارفور", "St. John's & <b>Bold</b>", "Côte d'$or$", "=HYPERLINK(1)")

SOURCES = ("bounds", "events", "people", "places", "tracking")

Draw = Callable[[Layer, int, np.random.Generator], tuple[NDArray[np.float64], NDArray[np.str_]]]
"""Values and statuses of a layer for a number of units."""


def mixed(layer: Layer, count: int, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    """Values in every class, zero among them, and every status."""
    breaks = layer.breaks or (0.5,)
    bounds = np.array([min(0.0, breaks[0] * 1.5), 0.0, *breaks, breaks[-1] * 1.5])
    values = random.choice(bounds, count)
    statuses = random.choice(np.array(STATUSES), count, p=(0.72, 0.07, 0.07, 0.07, 0.07))
    return np.where(np.isin(statuses, ("ok", "stale")), values, np.nan), statuses


def only(status: str, value: float = np.nan) -> Draw:
    """One value and one status everywhere."""
    return lambda _layer, count, _random: (np.full(count, value), np.full(count, status))


def districts(iso3: str = "XAA", west: float = 20.0, south: float = 5.0, step: float = 1.0) -> pd.DataFrame:
    """Three provinces of four square districts each, as rows of `units`; the cells are the districts again."""
    rows = []
    for number in range(12):
        province = number // 4
        box = shapely.box(*(corner := (west + step * (number % 4), south + step * province)), *np.add(corner, step))
        rows.append(("adm2", f"{iso3}{province:02}{number:02}", NAMES[number % 6], f"{iso3}{province:02}", box))
        rows.append(("cell", str(134000 + number), str(134000 + number), f"{iso3}{province:02}{number:02}", box))
    for province in range(3):
        box = shapely.box(west, south + step * province, west + 4 * step, south + step * (province + 1))
        rows.append(("adm1", f"{iso3}{province:02}", f"Province {NAMES[province + 1]}", iso3, box))
    found = pd.DataFrame(rows, columns=["unit", "unit_id", "name", "parent_id", "geometry"])
    return found.assign(iso3=iso3)


def publish(
    workspace: Path,
    shapes: pd.DataFrame,
    draw: Draw = mixed,
    periods: tuple[str, ...] = PERIODS,
    **manifest: object,
) -> Path:
    """Write an edition of these units with drawn values in all three tiers; return the workspace."""
    folder = workspace / "editions" / "e5a11ed1710f"
    folder.mkdir(parents=True)
    frames = _frames(shapes, draw, periods)
    for tier in Tier:
        _write(folder / f"{tier.name}.duckdb", tier, frames)
    files = {f"{tier.name}.duckdb": {"sha256": sha256_of(folder / f"{tier.name}.duckdb")} for tier in Tier}
    document = {**_manifest(shapes, periods), **manifest, "edition": folder.name, "files": files}
    (folder / "manifest.json").write_text(json.dumps(document))
    (workspace / "CURRENT.json").write_text(json.dumps({"edition": folder.name}))
    return workspace


def _write(path: Path, tier: Tier, frames: dict[str, pd.DataFrame]) -> None:
    with warehouse.connect(path) as connection:
        for name, frame in frames.items():
            columns = [c.name for c in TABLES[name].visible(tier) if c.name in frame]
            connection.execute(TABLES[name].ddl(tier=tier))
            if columns:
                connection.register("rows", frame[columns])
                picked = ", ".join("ST_GeomFromWKB(geometry)" if c == "geometry" else f'"{c}"' for c in columns)
                connection.execute(f'INSERT INTO "{name}" ({", ".join(columns)}) SELECT {picked} FROM rows')
                connection.unregister("rows")


def _frames(shapes: pd.DataFrame, draw: Draw, periods: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    units = _units(shapes)
    return {
        "units": units,
        "unit_shapes": _unit_shapes(units),
        "areas": _areas(units),
        "layer_values": _layer_values(units, draw, periods),
        "coverage": _coverage(units),
        "incidents": _incidents(units),
        "sites": _sites(units),
        "unplaced": pd.DataFrame(
            {"record_id": ["x:1"], "table_name": "incidents", "source": "events", "reason": "sea"}
        ),
        "displacement": _displacement(units),
        "row_accounts": pd.DataFrame(
            {
                "snapshot": [f"s/{name}" for name in SOURCES],
                "source": SOURCES,
                "rows_in": 14,
                "loaded": 13,
                "quarantined": 1,
                "superseded": 0,
            }
        ),
    }


def _units(shapes: pd.DataFrame) -> pd.DataFrame:
    units = shapes.sort_values(["unit", "unit_id"]).reset_index(drop=True)
    points = shapely.point_on_surface(units["geometry"].to_numpy())
    units["idx"] = units.groupby("unit").cumcount()
    units["area_km2"] = shapely.area(units["geometry"].to_numpy()) * 12_300
    units["persons"] = 1000.0
    units["longitude"], units["latitude"] = shapely.get_x(points), shapely.get_y(points)
    units["geometry"] = shapely.to_wkb(units["geometry"].to_numpy())
    return units


def _unit_shapes(units: pd.DataFrame) -> pd.DataFrame:
    whole = units[units["unit"] == "adm1"].assign(geometry=lambda rows: shapely.from_wkb(rows["geometry"]))
    countries = whole.groupby("iso3")["geometry"].apply(lambda parts: shapely.union_all(parts.to_numpy()))
    shapes = pd.concat(
        [
            units[["unit", "idx"]].assign(geometry=shapely.from_wkb(units["geometry"])),
            pd.DataFrame({"unit": "adm0", "idx": range(len(countries)), "geometry": countries.to_numpy()}),
        ]
    )
    projected = geometries_to_mercator(shapes["geometry"].to_numpy())
    shapes[["x0", "y0", "x1", "y1"]] = shapely.bounds(projected)
    return shapes.assign(z_min=0, z_max=22, geometry=shapely.to_wkb(projected))


def _areas(units: pd.DataFrame) -> pd.DataFrame:
    admin = units[units["unit"] != "cell"].rename(columns={"unit_id": "area_id"})
    admin["level"] = admin["unit"].map({"adm1": 1, "adm2": 2})
    return admin.assign(country=admin["iso3"], snapshot="s/bounds")


def _layer_values(units: pd.DataFrame, draw: Draw, periods: tuple[str, ...]) -> pd.DataFrame:
    random = np.random.default_rng(7)
    frames = []
    for layer in layers().values():
        for period in periods:
            values, statuses = draw(layer, len(units), random)
            category = _categories(layer, values)
            frames.append(
                units[["unit", "unit_id"]].assign(
                    layer=layer.id,
                    period=date.fromisoformat(f"{period}-01"),
                    value=values,
                    low=values,
                    high=values,
                    category=category,
                    n=3,
                    status=statuses,
                )
            )
    return pd.concat(frames)


def _categories(layer: Layer, values: NDArray[np.float64]) -> list[str | None]:
    """Give every unit with a value one of the layer's categories in turn."""
    names = [category.id for category in layer.categories]
    return [names[n % len(names)] if names and np.isfinite(value) else None for n, value in enumerate(values)]


def _coverage(units: pd.DataFrame) -> pd.DataFrame:
    families = {"incidents": "events", "displacement": "tracking", "sites": "places", "population": "population"}
    rows = [(source, family, iso3) for family, source in families.items() for iso3 in units["iso3"].unique()]
    return pd.DataFrame(rows, columns=["source", "family", "iso3"]).assign(first=None, last=None)


def _incidents(units: pd.DataFrame) -> pd.DataFrame:
    rows = units[units["unit"] == "adm2"].reset_index(drop=True)
    number = rows.index.astype(str)
    deaths = dict.fromkeys(("deaths_best", "deaths_low", "deaths_high", "deaths_civilians"), 3)
    frame = pd.DataFrame(
        {
            "incident_id": "events:" + number,
            "source": "events",
            "native_id": number,
            "date_start": date(2024, 1, 2),
            "date_end": date(2024, 1, 3),
            "longitude": rows["longitude"] + 0.123456789,
            "latitude": rows["latitude"],
            "support": "exact",
            "kind": "one_sided",
            "actor_a": "=cmd|' /C calc'!A0",
            "actor_b": None,
            "is_aggregate": False,
            "is_repaired": False,
            "place": "the village by the well",
            "snapshot": "s/events",
            **deaths,
        }
    )
    frame.loc[0, ["longitude", "latitude"]] = np.nan
    return frame


def _displacement(units: pd.DataFrame) -> pd.DataFrame:
    rows = units[units["unit"] == "adm2"].reset_index(drop=True)
    return pd.DataFrame(
        {
            "displacement_id": "tracking:" + rows.index.astype(str),
            "source": "tracking",
            "iso3": rows["iso3"],
            "operation": "Baseline",
            "assessment": "BA",
            "measure": "stock",
            "level": 2,
            "area_id": rows["unit_id"],
            "date": date(2024, 1, 10),
            "round": 1,
            "persons": 500,
            "snapshot": "s/tracking",
        }
    )


def _sites(units: pd.DataFrame) -> pd.DataFrame:
    rows = units[units["unit"] == "adm2"].reset_index(drop=True)
    return pd.DataFrame(
        {
            "site_id": "places:" + rows.index.astype(str),
            "source": "places",
            "native_id": rows.index.astype(str),
            "kind": "health",
            "name": rows["name"],
            "longitude": rows["longitude"],
            "latitude": rows["latitude"],
            "snapshot": "s/places",
        }
    )


def _manifest(shapes: pd.DataFrame, periods: tuple[str, ...]) -> dict[str, Any]:
    return {
        "built_at": "2024-03-05T10:11:12+00:00",
        "known_on": "2024-03-01",
        "code_version": "0.1.0",
        "synthetic": True,
        "countries": sorted(shapes["iso3"].unique()),
        "country_names": {iso3: f"Republic of {iso3}" for iso3 in sorted(shapes["iso3"].unique())},
        "periods": list(periods),
        "parameters": {name: layer.params() for name, layer in layers().items()},
        "sources": {name: source(name, sorted(shapes["iso3"].unique())) for name in SOURCES},
        "checks": {},
        "unplaced": {"sea": 1},
        "disclaimer": "Invented.",
    }


FEEDS = {"events": "incidents", "tracking": "displacement", "places": "sites", "people": "population"}


def source(name: str, countries: Iterable[str] = ("XAA",)) -> dict[str, Any]:
    """What the manifest says of a source that is issued each year."""
    last = "2024-01" if name in ("events", "tracking") else None
    return {
        "title": f"Register of {name} of the invented country",
        "provider": f"Office of {name}",
        "licence": "CC BY 4.0",
        "terms": "https://example.org/terms",
        "may_pass_on": True,
        "citation": f"Office of {name} (2024). Register.",
        "known_at": "2024-02-03",
        "covers": ["2023-11", last],
        "cadence_days": 365,
        "caveats": ["It is invented."],
        "url": "https://example.org/register",
        "snapshots": [
            {
                "snapshot": f"s/{name}",
                "series": "all",
                "file": f"{name}.csv",
                "sha256": "0" * 64,
                "bytes": 1234,
                "known_at": "2024-02-03",
                "received_at": "2024-02-04T10:00:00+00:00",
                "iso3": None,
                "url": "",
                "notes": ["It has columns that the contract does not know: <i>mood</i>."],
            }
        ],
        "feeds": [{"family": FEEDS[name], "iso3": iso3, "last": last} for iso3 in countries if name in FEEDS],
        "rows_in": 14,
        "loaded": 13,
        "quarantined": 1,
        "superseded": 0,
    }
