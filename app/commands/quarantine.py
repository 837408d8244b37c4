"""The rows that were refused, each with its reason."""

import typer

from app.commands._options import Json
from app.terminal import show_json, show_rows

ORDER = 80


def command(context: typer.Context, source: str | None = None, as_json: Json = False) -> None:
    """List the rejected rows with their reasons."""
    from data_pipelines._source import source as known
    from data_pipelines.edition import current
    from data_pipelines.tables import Tier

    if source is not None:
        known(source)
    rows = current(context.obj, Tier.confidential).query("quarantine", source=source).to_dict("records")
    show_json(rows) if as_json else show_rows(rows, ("source", "line", "rule", "reason"))
