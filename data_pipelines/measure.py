"""Layers onto the tables: every layer for every kind of unit and month."""

from collections.abc import Callable, Mapping
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data_pipelines import warehouse
from data_pipelines.panels import load_panel
from data_pipelines.tables import STATUSES, UNITS, table
from layers._layer import NO_CATEGORY, Layer, Values, layers
from layers._panel import Panel

Say = Callable[[str], None]
Parameters = Mapping[str, Mapping[str, float]]


def measure(connection: duckdb.DuckDBPyConnection, parameters: Parameters, say: Say) -> None:
    """Fill `layer_values`, in order of kind of unit, layer, id and month."""
    for unit in UNITS:
        panel = load_panel(lambda name, **keys: warehouse.query(connection, name, **keys), unit)
        found: dict[str, Values] = {}
        waiting = list(layers().values())
        while waiting:
            each = waiting.pop(0)
            found[each.id] = each.compute(panel, parameters[each.id], found)
            warehouse.insert(connection, table("layer_values"), _rows(each, panel, found[each.id]))
            asked_for = {name for later in waiting for name in later.inputs}
            found = {name: values for name, values in found.items() if name in asked_for}  # of the world, 0.7 GB each
        say(f"measured {len(layers())} layers for {panel.shape[0]} {unit} x {panel.shape[1]} months")


def _rows(layer: Layer, panel: Panel, values: Values) -> pd.DataFrame:
    units, months = panel.shape
    known = values.status.ravel()
    n = pd.array(values.n.ravel(), dtype="Int64")
    n[np.isnan(values.value.ravel())] = pd.NA
    return pd.DataFrame(
        {
            "layer": _repeated(np.zeros(units * months, int), [layer.id]),
            "unit": _repeated(np.zeros(units * months, int), [panel.unit]),
            "unit_id": _repeated(np.repeat(np.arange(units), months), list(panel.ids)),
            "period": np.tile(panel.periods.astype("datetime64[s]"), units),
            "value": pd.array(values.value.ravel(), dtype="Float64"),
            "low": pd.array(values.low.ravel(), dtype="Float64"),
            "high": pd.array(values.high.ravel(), dtype="Float64"),
            "n": n,
            "category": _categories(layer, values),
            "status": _repeated(known, list(STATUSES)),
        }
    )


def _categories(layer: Layer, values: Values) -> "pd.Categorical[str]":
    """Return the id of each value's category, missing where there is none."""
    if values.category is None:
        return _repeated(np.full(values.value.size, -1), [])
    codes = values.category.ravel().astype(int)
    return _repeated(np.where(codes == NO_CATEGORY, -1, codes), [each.id for each in layer.categories])


def _repeated(codes: NDArray[np.integer[Any]], texts: list[str]) -> "pd.Categorical[str]":
    return pd.Categorical.from_codes(codes, categories=pd.Index(texts))
