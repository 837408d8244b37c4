"""A layer or a table as a file for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands._options import Period, TierName, box_of, tier_of
from app.commands._place import check_place
from app.terminal import say

ORDER = 120


def command(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="A layer or a table.")],
    to: Annotated[Path, typer.Option("--out", help="File to write.")],
    file_format: Annotated[str, typer.Option("--format", help="geojson, gpkg, csv or geotiff.")] = "geojson",
    unit: Annotated[str, typer.Option(help="adm1, adm2, cell, or raster for a surface as geotiff.")] = "adm2",
    period: Period = None,
    tier: TierName = "public",
    bbox: Annotated[str | None, typer.Option(help="west,south,east,north in degrees.")] = None,
) -> None:
    """Write a layer or a table to a file for other programs."""
    from app.exports import write_export
    from data_pipelines.edition import current

    check_place(to)
    edition = current(context.obj, tier_of(tier))
    write_export(edition, what, file_format, to, unit=unit, period=period, bbox=box_of(bbox))
    say(f"wrote {to}")
