"""Two maps compared, and why they differ."""

from typing import Annotated

import typer

from app.commands._options import Json, UnitName
from app.terminal import out, progress, show_json, show_rows

ORDER = 110


def command(
    context: typer.Context,
    first: Annotated[str, typer.Option("--from", help="Day, YYYY-MM-DD, or id of an edition.")],
    second: Annotated[str, typer.Option("--to", help="Day, YYYY-MM-DD, or id of an edition.")],
    layer: Annotated[str, typer.Option("--layer")] = "incident_intensity",
    unit: UnitName = "adm2",
    as_json: Json = False,
) -> None:
    """Compare the map as known on two days, and split every change into its causes."""
    from data_pipelines.diff import diff as compare
    from data_pipelines.workspace import Workspace

    with progress() as tell:
        found = compare(Workspace(context.obj), first, second, layer, unit, tell)
    if as_json:
        show_json(found)
        return
    rows = [{**row, **{k: round(part, 9) for k, part in (row["parts"] or {}).items()}} for row in found["changes"]]
    present = [cause for cause in found["causes"] if any(row.get(cause) for row in rows)]
    show_rows(rows, ("id", "name", "from", "to", "change", *present))
    ends = [f"{found[end]['month']} (edition {found[end]['edition']})" for end in ("from", "to")]
    lines = [f"{layer} from {ends[0]} to {ends[1]}", *(f"{cause}: {found['causes'][cause]}" for cause in present)]
    for line in (*lines, found["not_additive"]):
        out.print(line, markup=False, highlight=False)
