"""Which risk layers there are, and what each shows and does not show."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from app.commands._current import stale_layers
from app.commands._options import Json
from app.terminal import show_json, show_rows

if TYPE_CHECKING:
    from layers._layer import Layer

ORDER = 30
AS_IT_IS = (
    "id", "title", "unit_of_value", "shows", "shows_not", "formula", "empty", "reference", "families", "inputs",
    "surroundings", "not_additive",
)  # fmt: skip


def command(context: typer.Context, as_json: Json = False) -> None:
    """List the risk layers with their parameters; where an edition is current, also which are stale, and why."""
    from layers._layer import layers

    stale = stale_layers(context.obj)
    rows = [{**_method(layer), "stale_because": stale.get(layer.id)} for layer in layers().values()]
    show_json(rows) if as_json else show_rows(rows, ("id", "unit_of_value", "title", "stale_because"))


def _method(layer: "Layer") -> dict[str, Any]:
    """Return how a layer is computed, as its file says it."""
    from layers._legend import classes
    from layers.framework import FRAMEWORK

    live, told = set(layer.live), {name: getattr(layer, name) for name in AS_IT_IS}
    return {
        **told,
        "parameters": [{**asdict(one), "live": one.name in live} for one in layer.parameters],
        "categories": [one._asdict() for one in layer.categories],
        "classes": [{"label": one.label, "colour": one.colour} for one in classes(layer)],
        "risk_factors": [{**asdict(one), "title": FRAMEWORK[one.number].title} for one in layer.risk_factors],
    }
