"""A source's newest files, got from its provider and kept as snapshots."""

from typing import Annotated

import typer

from app.commands._options import Json, day
from app.terminal import progress, say, show_json, show_rows

ORDER = 50


def command(
    context: typer.Context,
    source: str,
    iso3: Annotated[str | None, typer.Option(help="Country to ask for, as SDN; default all.")] = None,
    since: Annotated[str | None, typer.Option(help="First day to ask for, YYYY-MM-DD.")] = None,
    as_json: Json = False,
) -> None:
    """Get a source's newest files from its provider as snapshots."""
    from data_pipelines.receive import receive

    with progress() as tell:
        outcome = receive(context.obj, source, iso3, day(since), tell)
    names = ("snapshot", "series", "iso3", "known_at", "rows_in", "quarantined", "notes", "url")
    rows = [{**{n: getattr(each.receipt, n) for n in names}, "new": each.is_new} for each in outcome.received]
    failed = [each._asdict() for each in outcome.failed]
    if as_json:
        show_json({"source": source, "received": rows, "failed": failed})
    else:
        show_rows(rows, ("snapshot", "series", "rows_in", "quarantined", "known_at", "new"))
    for each in outcome.failed:
        say(f"{each.what}: {each.why}")
    if outcome.failed:
        raise typer.Exit(1)
