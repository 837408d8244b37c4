"""The change of a layer between two editions, split by record into causes that sum to it.

A record's part of a value goes from the first map to the second in three steps: the second's parameters, then its data,
then its month. Each step has one cause, which follows from where the record stands and whether it is the same.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data_pipelines.contributions import contributions
from data_pipelines.edition import Edition
from geo.errors import DataError
from layers._layer import Layer
from layers._panel import Panel

CAUSES: Mapping[str, str] = {
    "new": "happened after the first month",
    "ageing": "older records count less or gave way to newer rounds; later days of records that span months",
    "late_reported": "happened by the end of the first month, and was not known on the first day",
    "revised": "its provider changed the record",
    "deleted": "the record is gone",
    "boundary": "the same record falls to other units, in other boundaries",
    "population": "the same record is shared out, or weighed, by another population",
    "sites": "the same record lies near another list of protected sites",
    "parameter": "the layer's parameters differ, or which provider is counted",
}
BUILT_IN = {"site_threat": ("radius_km",)}
"""Parameters that are applied when an edition is built, so that its shares already hold them."""
EXACT = 1e-9
"""Parts below this are rounding: values are sums of parts down to those of events of 1989."""
STEPS = ("known", "tuned", "same_month", "now")


class Map(NamedTuple):
    """One layer's map: an edition and a month (YYYY-MM)."""

    edition: Edition
    month: str


def split(before: Map, after: Map, chosen: Layer, unit: str) -> pd.DataFrame:
    """Return by unit_id the part of each of `CAUSES` in the change, and how many `records` changed anything.

    Parameters
    ----------
    before, after
        The two maps; the second edition reaches back to the first month.
    chosen
        A layer whose records sum to its values, and that is made of no other layer.
    unit
        Kind of unit.
    """
    rows = _parts(before, after, chosen, unit)
    steps = {"parameter": rows["tuned"] - rows["known"]}
    steps |= {"data": rows["same_month"] - rows["tuned"], "month": rows["now"] - rows["same_month"]}
    facts = _facts(before.edition, after.edition, chosen).reindex(rows["record_id"])
    causes = _causes(facts, before.month, rows["unit_id"].map(_ground(before.edition, after.edition, chosen, unit)))
    long = pd.concat(
        pd.DataFrame({"unit_id": rows["unit_id"], "cause": causes[name], "part": step}) for name, step in steps.items()
    )
    parts = long.groupby(["unit_id", "cause"])["part"].sum().unstack().fillna(0.0)
    moved = np.any([step.abs() > EXACT for step in steps.values()], axis=0)
    records = rows[moved].groupby("unit_id").size()
    return parts.reindex(columns=list(CAUSES), fill_value=0.0).assign(records=records).fillna(0.0)


def _parts(before: Map, after: Map, chosen: Layer, unit: str) -> pd.DataFrame:
    """Return unit_id, record_id and the record's part of the unit's value at each of `STEPS`; 0 where it has none.

    `known` is the first map; `tuned` has the second's parameters too, `same_month` its data as well, `now` its month.
    """
    old, new = (side.edition.manifest["parameters"][chosen.id] for side in (before, after))
    panel_a, panel_b = before.edition.panel(unit), after.edition.panel(unit)
    first_a, first_b = _position(panel_a, before.month), _position(panel_b, before.month)
    known = contributions(panel_a, chosen, old, first_a)
    tuned = known if old == new else contributions(panel_a, chosen, new, first_a)
    same_month = contributions(panel_b, chosen, new, first_b)
    now = contributions(panel_b, chosen, new, _position(panel_b, after.month))
    parts = dict(zip(STEPS, (known, tuned, same_month, now), strict=True))
    return pd.DataFrame(parts).fillna(0.0).rename_axis(["unit_id", "record_id"]).reset_index()


def _position(panel: Panel, month: str) -> int:
    found = np.flatnonzero(panel.periods == np.datetime64(month, "M"))
    if not len(found):
        raise DataError(f"The second edition has no {month}, which is the month of the first; compare other days.")
    return int(found[0])


def _facts(before: Edition, after: Edition, chosen: Layer) -> pd.DataFrame:
    """Return by record_id: its day, its content in each edition (missing where it is not), and `is_switched`.

    A record is switched where its provider is counted in one edition and not in the other, or where a parameter
    differs that the builds had already applied.
    """
    a, b = (edition.query("record_contents").set_index("record_id") for edition in (before, after))
    facts = a.merge(b, how="outer", left_index=True, right_index=True, suffixes=("_a", "_b"))
    old, new = (edition.manifest["parameters"][chosen.id] for edition in (before, after))
    rebuilt = any(old[name] != new[name] for name in BUILT_IN.get(chosen.id, ()))
    held = facts["content_a"].notna() & facts["content_b"].notna()
    return facts.assign(
        date=facts["date_b"].fillna(facts["date_a"]),
        is_switched=rebuilt | (held & (facts["is_counted_a"] != facts["is_counted_b"])),
    )


def _ground(before: Edition, after: Edition, chosen: Layer, unit: str) -> "pd.Series[str]":
    """Return by unit_id what changed under records that are the same: boundaries of its country, sites, or people."""
    a, b = (edition.query("ground_contents").set_index("iso3")["content"] for edition in (before, after))
    countries = after.units(unit).set_index("id")["iso3"]
    moved = countries.map(a[a.index.notna()]) != countries.map(b[b.index.notna()])
    is_relisted = "sites" in chosen.families and not a[a.index.isna()].equals(b[b.index.isna()])
    return moved.map({True: "boundary", False: "sites" if is_relisted else "population"})


def _causes(facts: pd.DataFrame, month: str, ground: "pd.Series[str]") -> dict[str, NDArray[np.object_]]:
    """Return by step the cause of each row, one of `CAUSES`.

    Parameters
    ----------
    facts
        As `_facts` returns them, one row per row.
    month
        The first month; what happened after it is new.
    ground
        As `_ground` returns it, one per row; missing where the unit is not in the second edition.
    """
    is_later = facts["date"].to_numpy("datetime64[M]") > np.datetime64(month, "M")
    is_gone, is_added = facts["content_b"].isna().to_numpy(), facts["content_a"].isna().to_numpy()
    is_same = (facts["content_a"] == facts["content_b"]).to_numpy()
    data = np.where(facts["is_switched"].to_numpy(bool), "parameter", ground.fillna("boundary").to_numpy(object))
    data = np.where(is_same, data, "revised")
    last = np.where(is_later, "new", "ageing").astype(object)
    for cause in (data, last):
        cause[is_added] = np.where(is_later, "new", "late_reported")[is_added]
        cause[is_gone] = "deleted"
    return {"parameter": np.full(len(facts), "parameter", object), "data": data, "month": last}
