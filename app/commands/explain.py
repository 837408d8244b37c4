"""One value, opened into the records it is made of."""

from typing import Annotated, Any

import typer

from app.commands._options import Json, TierName, UnitName, tier_of
from app.terminal import cell, out, show_json, show_rows

ORDER = 100


def command(
    context: typer.Context,
    layer: str,
    unit_id: Annotated[str, typer.Option("--id", help="P-code or cell.")],
    period: Annotated[str, typer.Option("--period", help="Month as YYYY-MM.")],
    unit: UnitName = "adm2",
    tier: TierName = "confidential",
    as_json: Json = False,
) -> None:
    """Give the records a value is made of, with their contributions."""
    from app.attribution import stale_because
    from data_pipelines.edition import current

    edition = current(context.obj, tier_of(tier))
    found = edition.explain(layer, unit, unit_id, period)
    if as_json:
        show_json(found)
        return
    rows = [{**row, "also reported by": also_by(row["also_reported_by"])} for row in found["contributions"]]
    names = ("table", "record_id", "date", "source", "share", "weight", "contribution")
    show_rows(rows, (*names, *(["also reported by"] if any(row["also reported by"] for row in rows) else [])))
    text = f"{found['name']}, {period}: {cell(found['value'])} [{cell(found['low'])}, {cell(found['high'])}]"
    told = (text, found["status"], found["category"] or "", found["not_additive"])
    for line in filter(None, (stale_because(edition, layer), " ".join(filter(None, told)))):
        out.print(line, markup=False, highlight=False)


def also_by(others: list[dict[str, Any]]) -> str:
    """Return which records of other providers are taken for the same, or their sources where the tier shows no more."""
    return ", ".join(other.get("other_id", other["other_source"]) for other in others)
