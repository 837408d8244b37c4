"""Which risk layers there are, and what each shows and does not show."""

import typer

from app.commands._current import stale_layers
from app.commands._options import Json
from app.terminal import show_json, show_rows

ORDER = 30


def command(context: typer.Context, as_json: Json = False) -> None:
    """List the risk layers with their parameters; where an edition is current, also which are stale, and why."""
    from layers._layer import layers

    stale = stale_layers(context.obj)
    rows = [
        {
            **{
                n: getattr(x, n) for n in ("id", "title", "unit_of_value", "shows", "shows_not", "formula", "reference")
            },
            "parameters": [vars(p) for p in x.parameters],
            "risk_factors": [vars(r) for r in x.risk_factors],
            "stale_because": stale.get(x.id),
        }
        for x in layers().values()
    ]
    show_json(rows) if as_json else show_rows(rows, ("id", "unit_of_value", "title", "stale_because"))
