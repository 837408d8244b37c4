"""What a file is to hold: rows, their places, and what a reader must be told; the same for every format."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from app.boxes import Box, checked, units_in
from app.exports._about import about_layer, about_table
from app.statements import sql
from app.wording import month_ends
from data_pipelines.edition import Edition
from data_pipelines.tables import TABLES, Column, Table
from geo.disclosure import COORDINATE_DECIMALS
from geo.errors import DataError, UsageError
from layers._layer import layer, layers

ON_SCREEN = frozenset({"unit_shapes"})
"""Tables that are only for drawing: simplified, in Web Mercator."""
RECORD_IDS = ("incident_id", "other_id", "displacement_id", "site_id", "record_id", "count_id")
"""Columns that name a record as ``source:native_id``: a row about a record falls under the terms of its source."""


@dataclass(frozen=True)
class Content:
    """What a file is to hold.

    Attributes
    ----------
    name
        Id of the layer or name of the table.
    key
        Column that tells rows apart; empty where none does alone.
    rows
        Text, Int64, float and bool columns; days are ISO text; missing is None or NaN.
    geometry
        One per row in OGC:CRS84 degrees, None where a row has no place; None for a table without places.
    about
        Title, edition, licences, sources, parameters, tier, limits and the meaning of every column.
    unit
        Kind of unit of a layer; empty for a table.
    """

    name: str
    key: str
    rows: pd.DataFrame
    geometry: NDArray[np.object_] | None
    about: dict[str, Any]
    unit: str = ""


def content_of(edition: Edition, what: str, unit: str, period: str | None, bbox: Box | None) -> Content:
    """Read a layer or a table from an edition.

    Raises
    ------
    UsageError
        Where there is no such layer, table, unit or month, or the tier may not show it.
    """
    if what in layers():
        return _layer_content(edition, what, unit, period, bbox)
    return _table_content(edition, what, period, bbox)


def _layer_content(edition: Edition, layer_id: str, unit: str, period: str | None, bbox: Box | None) -> Content:
    chosen, month = layer(layer_id), period or _last_month(edition, layer_id, unit)
    values = edition.values(layer_id, unit, period=month).drop(columns="name")
    units = edition.units(unit).merge(values, on="id")
    shapes = edition.fetch(sql("unit_geometries"), {"unit": unit}).set_index("idx")["geometry"]
    if bbox is not None:
        units = units[units["idx"].isin(units_in(edition, unit, bbox))]
    first, last = month_ends(month)
    rows = _places(edition, unit, units).assign(
        layer=layer_id, unit=unit, period=month, period_start=first.isoformat(), period_end=last.isoformat()
    )
    told = ["value", "low", "high", *(["category"] if chosen.categories else []), "n", "status"]
    rows = rows.join(units[told]).assign(unit_of_value=chosen.unit_of_value)
    rows["n"] = rows["n"].astype("Int64")
    return Content(
        name=layer_id,
        key="gid" if unit == "cell" else f"{unit}_pcode",
        rows=rows.reset_index(drop=True),
        geometry=_geometries(shapes.loc[units["idx"]]),
        about=about_layer(edition, chosen, unit, month, sorted(units["iso3"].unique())),
        unit=unit,
    )


def _last_month(edition: Edition, layer_id: str, unit: str) -> str:
    """Return the last month in which any unit has a value, or the last of all where none ever has."""
    found = edition.fetch(sql("last_month"), {"layer": layer_id, "unit": unit})["period"].iloc[0]
    return edition.periods()[-1] if pd.isna(found) else str(found)


def _places(edition: Edition, unit: str, units: pd.DataFrame) -> pd.DataFrame:
    """Return P-codes and names from the country down to the unit; for a cell its gid and the country of most of it."""
    names = units["iso3"].map(edition.manifest["country_names"])
    found = pd.DataFrame({"adm0_pcode": units["iso3"], "adm0_name": names})
    if unit == "cell":
        return found.assign(gid=units["id"].astype("Int64"))
    if unit == "adm2":
        provinces = edition.units("adm1").set_index("id")["name"]
        found = found.assign(adm1_pcode=units["parent_id"], adm1_name=units["parent_id"].map(provinces))
    return found.assign(**{f"{unit}_pcode": units["id"], f"{unit}_name": units["name"]})


def _table_content(edition: Edition, name: str, period: str | None, bbox: Box | None) -> Content:
    chosen, columns = _shown(edition, name)
    if period is not None:
        raise UsageError(f"Table '{name}' is not given by month; leave the period out.")
    rows, left_out = _passed_on(edition, edition.fetch(_select(chosen, columns)))
    if name == "layer_values":
        months = pd.to_datetime(rows["period"]).dt.strftime("%Y-%m")
        rows["status"] = edition.statuses(rows.rename(columns={"unit_id": "id"}).assign(period=months))
    shapes = rows.pop("geometry") if "geometry" in rows else None
    rows = _typed(rows, columns, COORDINATE_DECIMALS[edition.tier])
    geometry = _geometries(shapes) if shapes is not None else _points(rows)
    if bbox is not None:
        inside = _inside(name, geometry, bbox)
        rows, geometry = rows[inside].reset_index(drop=True), None if geometry is None else geometry[inside]
    key = chosen.key[0] if len(chosen.key) == 1 and chosen.key[0] in rows else ""
    return Content(name, key, rows, geometry, about_table(edition, chosen, columns, rows) | {"left_out": left_out})


def _passed_on(edition: Edition, rows: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the rows whose sources allow them to be handed on, and of the others how many and why not.

    Raises
    ------
    DataError
        Where none may be handed on.
    """
    terms = {name: told["terms"] for name, told in edition.manifest["sources"].items() if not told["may_pass_on"]}
    owner = _owners(rows, list(terms))
    kept = {str(name): int(n) for name, n in owner.value_counts().items()}
    if kept and sum(kept.values()) == len(rows):
        raise DataError(f"The rows of {', '.join(kept)} stay here: {terms[next(iter(kept))]} Export a layer instead.")
    left_out = {name: {"rows": n, "why": terms[name]} for name, n in kept.items()}
    return rows[owner.isna()].reset_index(drop=True), left_out


def _owners(rows: pd.DataFrame, keepers: list[str]) -> pd.Series:
    """Return for each row which of the keepers it is of, by its own column or else a record's id; None if of none."""
    owner = pd.Series([None] * len(rows), index=rows.index, dtype="object")
    for name in ["source"] if "source" in rows else [column for column in RECORD_IDS if column in rows]:
        said = rows[name].astype("str").str.split(":").str[0]  # of no rows, too, which partition does not bear
        owner = owner.where(~said.isin(keepers) | owner.notna(), said)
    return owner


def _shown(edition: Edition, name: str) -> tuple[Table, tuple[Column, ...]]:
    """Return a table and the columns the edition's tier may show."""
    tables = sorted(set(TABLES) - ON_SCREEN)
    if name not in tables:
        known = f"layers {', '.join(sorted(layers()))} and tables {', '.join(tables)}"
        raise UsageError(f"There is no layer or table '{name}'; there are {known}.")
    columns = TABLES[name].visible(edition.tier)
    if not columns:
        tier = min(column.tier for column in TABLES[name].columns).name
        raise UsageError(f"Table '{name}' is not in the {edition.tier.name} tier; ask for --tier {tier}.")
    return TABLES[name], columns


def _select(table: Table, columns: tuple[Column, ...]) -> str:
    """Return the statement that reads a table in a fixed order; every name in it comes from the contract."""
    order = [f'"{c.name}"' for c in columns if c.name in table.key] or [f'"{c.name}"' for c in columns]
    picked = ["ST_AsWKB(geometry) AS geometry" if c.name == "geometry" else f'"{c.name}"' for c in columns]
    return f'SELECT {", ".join(picked)} FROM "{table.name}" ORDER BY {", ".join(order)}'  # noqa: S608


def _typed(rows: pd.DataFrame, columns: tuple[Column, ...], decimals: int) -> pd.DataFrame:
    """Return rows with days as ISO text, whole numbers whole also where some are missing, coordinates rounded."""
    typed = {}
    for column in columns:
        if column.name == "geometry":
            continue
        values = rows[column.name]
        if column.type == "DATE":
            values = pd.to_datetime(values).dt.strftime("%Y-%m-%d")
        elif column.type in ("INTEGER", "BIGINT"):
            values = values.astype("Int64")
        elif column.name in ("longitude", "latitude"):
            values = values.round(decimals)
        typed[column.name] = values
    return pd.DataFrame(typed)


def _geometries(wkb: "pd.Series[bytes]") -> NDArray[np.object_]:
    return np.asarray(shapely.from_wkb([bytes(one) for one in wkb]), dtype=object)


def _points(rows: pd.DataFrame) -> NDArray[np.object_] | None:
    """Return the points of rows that have coordinates at this tier, None for those without."""
    if not {"longitude", "latitude"} <= set(rows):
        return None
    known = rows[["longitude", "latitude"]].notna().all(axis=1).to_numpy()
    points = np.full(len(rows), None, dtype=object)
    points[known] = shapely.points(rows.loc[known, ["longitude", "latitude"]].to_numpy(float))
    return points


def _inside(name: str, geometry: NDArray[np.object_] | None, bbox: Box) -> NDArray[np.bool_]:
    """Return which rows reach into a box; of places only as exact as the file will give them."""
    if geometry is None:
        raise UsageError(f"Table '{name}' has no places at this tier; leave the box out, or ask for a higher tier.")
    return np.asarray(shapely.intersects(geometry, shapely.box(*checked(bbox))), dtype=bool)
