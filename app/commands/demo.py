"""Forewatch's invented country, built and shown: what there is to see before any data are at hand."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands._options import Port
from app.terminal import progress, say

ORDER = 10


def command(
    context: typer.Context,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Build only.")] = False,
    port: Port = 8050,
) -> None:
    """Build the invented demo country and open its map."""
    import tempfile

    from data_pipelines.build import build as run
    from data_pipelines.demo import write_demo
    from data_pipelines.snapshot import add as keep
    from data_pipelines.tables import Tier
    from data_pipelines.workspace import Workspace

    home = Workspace(context.obj)
    with tempfile.TemporaryDirectory() as folder:
        for source_id, path, iso3, known_at in write_demo(Path(folder)):
            keep(home, source_id, path, iso3, known_at)
    with progress() as tell:
        manifest = run(home, None, tell)
    say(f"edition {manifest['edition']} of the SYNTHETIC demo country is ready")
    if not no_serve:
        from app.server import run as serve_map

        serve_map(context.obj, Tier.public, "127.0.0.1", port, 1)
