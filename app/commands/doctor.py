"""Whether this installation is sound."""

import typer

from app.commands._options import Json
from app.terminal import show_json, show_rows

ORDER = 160


def command(context: typer.Context, as_json: Json = False) -> None:
    """Tell whether this installation is sound."""
    from data_pipelines.doctor import examine

    findings = examine(context.obj)
    rows = [f._asdict() for f in findings]
    show_json(rows) if as_json else show_rows(rows, ("check", "ok", "found"))
    if not all(f.ok for f in findings):
        raise typer.Exit(1)
