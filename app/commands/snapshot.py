"""A briefing map as a picture."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands._options import TierName, UnitName, box_of, tier_of
from app.commands._place import check_place, write_file
from app.terminal import say

ORDER = 130


def command(
    context: typer.Context,
    layer: Annotated[str, typer.Option("--layer")],
    period: Annotated[str, typer.Option("--period", help="Month as YYYY-MM.")],
    to: Annotated[Path, typer.Option("--out", help="File to write.")],
    file_format: Annotated[str, typer.Option("--format", help="png or pdf.")] = "png",
    unit: UnitName = "adm2",
    page: Annotated[str, typer.Option(help="a4, a3 or 16:9.")] = "a4",
    area: Annotated[str | None, typer.Option(help="P-code (or ISO alpha-3) of the area to show alone.")] = None,
    bbox: Annotated[str | None, typer.Option(help="west,south,east,north in degrees.")] = None,
    tier: TierName = "public",
) -> None:
    """Draw a briefing map."""
    from app.briefing import draw
    from data_pipelines.edition import current

    check_place(to)
    edition = current(context.obj, tier_of(tier))
    picture = draw(edition, layer, unit, period, page=page, format=file_format, area=area, bbox=box_of(bbox))
    write_file(to, picture)
    say(f"wrote {to}")
