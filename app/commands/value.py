"""The values of a layer, by unit and month."""

from typing import Annotated

import typer

from app.commands._options import Json, Period, TierName, UnitName, tier_of
from app.terminal import out, show_json, show_rows

ORDER = 90


def command(
    context: typer.Context,
    layer: str,
    unit: UnitName = "adm2",
    unit_id: Annotated[str | None, typer.Option("--id", help="P-code or cell.")] = None,
    period: Period = None,
    tier: TierName = "confidential",
    as_json: Json = False,
) -> None:
    """Give the values of a layer."""
    from app.attribution import stale_because
    from data_pipelines.edition import current

    edition = current(context.obj, tier_of(tier))
    rows = edition.values(layer, unit, unit_id, period).to_dict("records")
    stale = stale_because(edition, layer)
    if as_json:
        show_json([{**row, "stale_because": stale} for row in rows])
        return
    kinds = ("category",) if any(row["status"] in {"ok", "stale"} and row["category"] for row in rows) else ()
    show_rows(rows, ("id", "name", "period", "value", "low", "high", *kinds, "n", "status"))
    if stale:
        out.print(stale, markup=False, highlight=False)
