"""What every value of one month is made of: the records behind each unit, with their parts of its value."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pandas as pd

from layers._layer import Layer, Params
from layers._panel import Incidents, Ints, Near, Panel, Reported, Shares, SiteShares, Stocks

Placed = TypeVar("Placed", Reported, Shares, SiteShares, Stocks)
Columns = TypeVar("Columns", Incidents, Reported, Shares, SiteShares, Stocks)


def contributions(panel: Panel, layer: Layer, params: Params, month: int) -> pd.Series:
    """Return what each record adds to each unit's value of a month, whether or not a source covers the month.

    Parameters
    ----------
    panel
        Of all units of a kind.
    layer
        One whose records sum to its values, and that is made of no other layer.
    params
        Its parameters.
    month
        Position of the month in the panel.

    Returns
    -------
    pandas.Series
        Indexed by unit_id and record_id, both text; empty where no record bears on any value.
    """
    everywhere = {family: np.ones(panel.shape, bool) for family in panel.covered}
    whole = replace(panel, covered=everywhere)
    places = ((whole, at) for at in range(len(panel.ids))) if layer.surroundings else ((u, 0) for u in each_unit(whole))
    rows = [
        (of.ids[at], row.record_id, row.contribution)
        for of, at in places
        for row in layer.explain(of, params, {}, at, month)
    ]
    found = pd.DataFrame(rows, columns=["unit_id", "record_id", "part"]).astype({"part": float})
    return found.set_index(["unit_id", "record_id"])["part"]


def each_unit(panel: Panel) -> Iterator[Panel]:
    """Yield the panel of each unit alone, with its own records and no others."""
    tables = (panel.shares, panel.site_shares, panel.stocks, panel.reported)
    rows = [_by_unit(columns.unit, len(panel.ids)) for columns in tables]
    for unit in range(len(panel.ids)):
        only = slice(unit, unit + 1)
        shares, near = _alone(panel.shares, rows[0][unit]), _alone(panel.site_shares, rows[1][unit])
        records = np.unique(np.concatenate([shares.record, near.record]))
        yield replace(
            panel,
            ids=panel.ids[only],
            names=panel.names[only],
            iso3=panel.iso3[only],
            area_km2=panel.area_km2[only],
            persons=panel.persons[only],
            incidents=_taken(panel.incidents, records),
            shares=replace(shares, record=np.searchsorted(records, shares.record).astype(np.int64)),
            site_shares=replace(near, record=np.searchsorted(records, near.record).astype(np.int64)),
            n_sites=panel.n_sites[only],
            stocks=_alone(panel.stocks, rows[2][unit]),
            reported=_alone(panel.reported, rows[3][unit]),
            exposed=panel.exposed[only],
            neighbours=panel.neighbours[only, only],
            near=_no_one(panel.near),
            covered={family: there[only] for family, there in panel.covered.items()},
        )


def _no_one(near: Near) -> Near:
    return Near(near.unit[:0], near.other[:0], near.dist_m[:0])


def _by_unit(unit: Ints, units: int) -> list[Ints]:
    """Return the places of each unit's rows, in their order."""
    order = np.argsort(unit, kind="stable")
    return np.split(order, np.searchsorted(unit[order], np.arange(1, units)))


def _alone(columns: Placed, at: Ints) -> Placed:
    """Return some rows of one of the panel's tables, in the one unit there is."""
    return replace(_taken(columns, at), unit=np.zeros(len(at), np.int64))


def _taken(columns: Columns, at: Ints) -> Columns:
    """Return some rows of one of the panel's tables of columns."""
    return replace(columns, **{name: values[at] for name, values in vars(columns).items()})
