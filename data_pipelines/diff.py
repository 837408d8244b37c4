"""Two days compared: how every unit's value changed from the map of one to the map of the other, and why."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data_pipelines.build import known_on
from data_pipelines.causes import CAUSES, EXACT, Map, split
from data_pipelines.edition import Edition, known_unit
from data_pipelines.tables import Tier
from data_pipelines.workspace import Workspace
from geo.errors import CheckFailed, DataError, UsageError
from layers._layer import Layer, layer

Say = Callable[[str], None]
_EDITION = re.compile(r"[0-9a-f]{12}")
_END_OF_TIME = date(9999, 12, 31)


@dataclass(frozen=True)
class Side:
    """What is compared: an edition and a month, as they were asked for, and that month's `name, value` by unit_id."""

    asked: str
    map: Map
    values: pd.DataFrame


def diff(workspace: Workspace, first: str, second: str, layer_id: str, unit: str, say: Say) -> dict[str, Any]:
    """Compare the map as known on one day with the map as known on another, unit by unit.

    Parameters
    ----------
    workspace
        Where; an edition of a day that is not there is built beside, and never becomes current.
    first, second
        Each a day (YYYY-MM-DD), which stands for the newest month by then that has a value, or the id of an edition,
        which stands for its newest month and its own parameters.
    layer_id, unit
        Layer and kind of unit.
    say
        Told each step of a build.

    Returns
    -------
    dict
        `from` and `to` (asked, edition, month), `layer`, `unit`, `unit_of_value`, `causes` (in words), `changes` (one
        per unit that changed, the largest first: id, name, from, to, change, parts, records), `totals`, and
        `not_additive`. Parts are by cause and sum to the change. Both are null where a unit that both editions have
        has no value in one; a unit that one edition alone has changes from or to 0, by its boundary. Parts, sums and
        numbers of records are null, too, for a layer that `not_additive` says cannot be split.

    Raises
    ------
    UsageError
        What is asked for does not exist, or the second month lies before the first.
    DataError
        A side has no value of the layer, or the second edition does not reach back to the first month.
    CheckFailed
        An edition's records do not sum to its values, as when another version built it.
    """
    chosen = layer(layer_id)
    before, after = (_side(workspace, asked, chosen, known_unit(unit), say) for asked in (first, second))
    if before.map.month > after.map.month:
        raise UsageError(
            f"{first} stands for {before.map.month} and {second} for {after.map.month}, which is earlier; swap them."
        )
    rows = _whole(before.values, after.values)
    reason = _not_split(chosen)
    if not reason:
        rows = _with_parts(rows, split(before.map, after.map, chosen, unit))
    return {
        "from": _told(before),
        "to": _told(after),
        "layer": layer_id,
        "unit": unit,
        "unit_of_value": chosen.unit_of_value,
        "causes": dict(CAUSES),
        "changes": _changes(rows, is_split=not reason),
        "totals": _totals(rows, is_split=not reason),
        "not_additive": reason,
    }


def _not_split(chosen: Layer) -> str:
    """Return why the change of a layer cannot be split by record; empty where it can."""
    if chosen.inputs:
        return "Its parts are other layers, not records; compare these to see which records changed."
    return chosen.not_additive


def _side(workspace: Workspace, asked: str, chosen: Layer, unit: str, say: Say) -> Side:
    if _EDITION.fullmatch(asked):
        folder, until = _folder(workspace, asked), _END_OF_TIME
    else:
        until = _day(asked)
        folder = known_on(workspace, until, say)
    edition = Edition(folder, Tier.confidential)
    month = edition.query("newest_month", layer=chosen.id, unit=unit, day=until)["period"].iloc[0]
    if pd.isna(month):
        raise DataError(f"Edition {edition.id} has no value of '{chosen.id}' for any {unit} by {asked}.")
    rows = edition.query("values", layer=chosen.id, unit=unit, unit_id=None, period=f"{month}-01")
    return Side(asked, Map(edition, str(month)), rows.set_index("id")[["name", "value"]])


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is neither a date, as YYYY-MM-DD, nor the id of an edition.") from None


def _folder(workspace: Workspace, edition: str) -> Path:
    for folder in (workspace.editions / edition, workspace.replays / edition):
        if (folder / "manifest.json").is_file():
            return folder
    raise UsageError(f"There is no edition '{edition}' in {workspace.root}; give a day, and it is built.")


def _told(side: Side) -> dict[str, str]:
    return {"asked": side.asked, "edition": side.map.edition.id, "month": side.map.month}


def _whole(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return by unit_id: name, both values, the change, and whether one edition alone has the unit."""
    both = before.merge(after, how="outer", left_index=True, right_index=True, suffixes=("_a", "_b"))
    in_first, in_second = both.index.isin(before.index), both.index.isin(after.index)
    start, end = both["value_a"].where(in_first, 0.0), both["value_b"].where(in_second, 0.0)
    names = both["name_b"].fillna(both["name_a"])
    return pd.DataFrame({"name": names, "from": both["value_a"], "to": both["value_b"], "change": end - start}).assign(
        is_lone=~(in_first & in_second)
    )


def _with_parts(whole: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Return the units with their parts, which sum to the change of each.

    Raises
    ------
    CheckFailed
        Where they do not, so that an edition does not hold the records its values were made of.
    """
    causes, lone = list(CAUSES), whole["is_lone"]
    rows = whole.join(parts.reindex(whole.index).fillna(0.0))
    rows.loc[lone, causes] = 0.0
    rows.loc[lone, "boundary"] = rows["change"]
    wrong = (rows[causes].sum(axis=1) - rows["change"]).abs() > EXACT * np.maximum(1.0, rows["change"].abs())
    if wrong.any():
        raise CheckFailed(
            f"The records of {int(wrong.sum())} units do not sum to their change (the first: {wrong.idxmax()}); an "
            "edition was built by another version: build it again."
        )
    return rows


def _changes(rows: pd.DataFrame, *, is_split: bool) -> list[dict[str, Any]]:
    """Return the units that changed, the largest first; what is left of events of 1989 differs by rounding alone."""
    moved = (rows["change"].abs() > EXACT) | (rows["change"].isna() & rows[["from", "to"]].notna().any(axis=1))
    if is_split:
        moved |= rows["change"].notna() & (rows[list(CAUSES)].abs() > EXACT).any(axis=1)
    order = rows.loc[moved, "change"].abs().sort_values(ascending=False, kind="stable").index
    told = zip(order, rows.loc[order].to_dict("records"), strict=True)
    return [_change(str(unit_id), row, is_split=is_split) for unit_id, row in told]


def _change(unit_id: str, row: Mapping[Any, Any], *, is_split: bool) -> dict[str, Any]:
    numbers = {name: _known(row[name]) for name in ("from", "to", "change")}
    parts = {cause: row[cause] for cause in CAUSES} if is_split and numbers["change"] is not None else None
    records = int(row["records"]) if parts is not None else None
    return {"id": unit_id, "name": row["name"], **numbers, "parts": parts, "records": records}


def _totals(rows: pd.DataFrame, *, is_split: bool) -> dict[str, Any]:
    """Return sums over the units that can be compared, and how many there are."""
    both = rows[rows["change"].notna()]
    sums = {n: math.fsum(both[n].fillna(0.0)) if is_split else None for n in ("from", "to", "change")}
    parts = {cause: math.fsum(both[cause]) for cause in CAUSES} if is_split else None
    counts = {"units": len(both), "units_changed": int((both["change"].abs() > EXACT).sum())}
    return {**sums, "parts": parts, **counts, "units_without_a_value": len(rows) - len(both)}


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
