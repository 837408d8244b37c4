"""One value opened: its components, and the records it is made of."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from layers._layer import layer, needed

if TYPE_CHECKING:
    from data_pipelines.edition import Edition, Overrides


def explain(
    edition: "Edition", layer_id: str, unit: str, unit_id: str, period: str, overrides: "Overrides | None"
) -> dict[str, Any]:
    """Return one value with its components and contributions; see `Edition.explain`."""
    chosen = layer(layer_id)
    row = edition.values(layer_id, unit, unit_id, period).iloc[0].to_dict()
    edition.refuse_records(layer_id)
    everywhere = any(layer(name).surroundings for name in needed(layer_id))
    panel = edition.panel(unit, None if everywhere else unit_id)
    at, month = int(np.flatnonzero(panel.ids == unit_id)[0]), edition.periods().index(period)
    values = edition.computed(layer_id, panel, overrides)
    found = values[layer_id]
    if overrides:
        row |= {name: float(getattr(found, name)[at, month]) for name in ("value", "low", "high")}
    parts = chosen.explain(panel, edition.parameters(layer_id, overrides), values, at, month)
    components = {name: float(matrix[at, month]) for name, matrix in found.components.items()}
    return {
        **{str(k): (None if isinstance(v, float) and np.isnan(v) else v) for k, v in row.items()},
        "components": {k: v for k, v in components.items() if np.isfinite(v)},
        "contributions": _beside(edition, [c._asdict() for c in parts]),
        "not_additive": chosen.not_additive,
    }


def _beside(edition: "Edition", rows: list[dict[str, Any]]) -> list[Mapping[str, Any]]:
    """Return contributions with `also_reported_by`: another provider's record of the same, as the tier shows it."""
    ids = [row["record_id"] for row in rows if row["table"] == "incidents"]
    others: dict[str, list[dict[str, Any]]] = {}
    for other in edition.query("also_reported", ids=ids).to_dict("records") if ids else []:
        told = {str(k): v for k, v in other.items() if k != "incident_id"}
        others.setdefault(other["incident_id"], []).append(told)
    return [{**row, "also_reported_by": others.get(row["record_id"], [])} for row in rows]
