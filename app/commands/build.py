"""An edition made from the snapshots."""

from typing import Annotated

import typer

from app.commands._current import show_summary
from app.commands._options import Json, day
from app.terminal import progress

ORDER = 60


def command(
    context: typer.Context,
    as_known_on: Annotated[str | None, typer.Option(help="Use what was known on that day, YYYY-MM-DD.")] = None,
    as_json: Json = False,
) -> None:
    """Build an edition from the snapshots and make it current."""
    from data_pipelines.build import build as run
    from data_pipelines.workspace import Workspace

    with progress() as tell:
        manifest = run(Workspace(context.obj), day(as_known_on), tell)
    show_summary(context.obj, manifest, as_json)
