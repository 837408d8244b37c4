"""A file that is at hand, kept as a snapshot."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands._options import day
from app.terminal import say

ORDER = 40


def command(
    context: typer.Context,
    source: str,
    file: Path,
    iso3: Annotated[str | None, typer.Option(help="Country the file is about, as SDN.")] = None,
    known_at: Annotated[
        str | None, typer.Option(help="Day it was published, YYYY-MM-DD; default: the file's own, or today.")
    ] = None,
) -> None:
    """Take a local file as a snapshot."""
    from data_pipelines.snapshot import add as keep
    from data_pipelines.workspace import Workspace

    receipt = keep(Workspace(context.obj), source, file, iso3, day(known_at))
    say(f"{receipt.snapshot}: {receipt.rows_in:,} rows, {receipt.quarantined:,} quarantined ({receipt.series})")
    for note in receipt.notes:
        say(note)
