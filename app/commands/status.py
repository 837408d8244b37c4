"""What stands in the current edition, and how fresh it is."""

import typer

from app.commands._current import show_summary
from app.commands._options import Json

ORDER = 70


def command(context: typer.Context, as_json: Json = False) -> None:
    """Tell the current edition, its freshness and its row accounts."""
    from data_pipelines.edition import current
    from data_pipelines.tables import Tier

    show_summary(context.obj, current(context.obj, Tier.public).manifest, as_json)
