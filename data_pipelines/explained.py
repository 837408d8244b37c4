"""One value opened: its components, and the records it is made of."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from data_pipelines.live import everywhere, has_room, on_panel
from layers._layer import NO_CATEGORY, Layer, Values, layer, needed

if TYPE_CHECKING:
    from data_pipelines.edition import Edition, Overrides


def explain(
    edition: "Edition", layer_id: str, unit: str, unit_id: str, period: str, overrides: "Overrides | None"
) -> dict[str, Any]:
    """Return one value with its components and contributions; see `Edition.explain`."""
    chosen = layer(layer_id)
    row = {str(name): told for name, told in edition.values(layer_id, unit, unit_id, period).iloc[0].items()}
    edition.refuse_records(layer_id)
    surroundings = any(layer(name).surroundings for name in needed(layer_id))
    if surroundings or (overrides and has_room(edition, layer_id, unit)):
        panel = edition.panel(unit)
        values = everywhere(edition, layer_id, unit, overrides)
    else:
        panel = edition.panel(unit, unit_id)
        values = on_panel(edition, layer_id, panel, overrides)
    at, month = int(np.flatnonzero(panel.ids == unit_id)[0]), edition.periods().index(period)
    found = values[layer_id]
    if overrides:
        row |= _anew(chosen, found, at, month)
    parts = chosen.explain(panel, edition.parameters(layer_id, overrides), values, at, month)
    components = {name: float(matrix[at, month]) for name, matrix in found.components.items()}
    return {
        **{name: (None if isinstance(told, float) and np.isnan(told) else told) for name, told in row.items()},
        "components": {k: v for k, v in components.items() if np.isfinite(v)},
        "contributions": _beside(edition, [c._asdict() for c in parts]),
        "not_additive": chosen.not_additive,
    }


def _anew(layer: Layer, found: Values, at: int, month: int) -> dict[str, Any]:
    """Return the numbers of a value computed anew, and its category."""
    numbers = {name: float(getattr(found, name)[at, month]) for name in ("value", "low", "high")}
    place = NO_CATEGORY if found.category is None else int(found.category[at, month])
    kind = {} if place == NO_CATEGORY else {"category": layer.categories[place].id}
    return {**numbers, "n": int(found.n[at, month]), **kind}


def _beside(edition: "Edition", rows: list[dict[str, Any]]) -> list[Mapping[str, Any]]:
    """Return contributions with `also_reported_by`: another provider's record of the same, as the tier shows it."""
    ids = [row["record_id"] for row in rows if row["table"] == "incidents"]
    others: dict[str, list[dict[str, Any]]] = {}
    for other in edition.query("also_reported", ids=ids).to_dict("records") if ids else []:
        told = {str(k): v for k, v in other.items() if k != "incident_id"}
        others.setdefault(other["incident_id"], []).append(told)
    return [{**row, "also_reported_by": others.get(row["record_id"], [])} for row in rows]
