"""The map, served to browsers."""

from typing import Annotated

import typer

from app.commands._options import Port, TierName, tier_of

ORDER = 150


def command(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Port = 8050,
    tier: TierName = "public",
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer.")] = 1,
) -> None:
    """Serve the map."""
    from app.server import run

    run(context.obj, tier_of(tier), host, port, workers)
