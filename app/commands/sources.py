"""Which providers' products can be read, and under which terms."""

from app.commands._options import Json
from app.terminal import show_json, show_rows

ORDER = 20


def command(as_json: Json = False) -> None:
    """List the sources that can be read."""
    from data_pipelines._source import sources

    names = ("id", "title", "provider", "url", "licence", "terms", "citation", "cadence_days", "tables", "caveats")
    rows = [{name: getattr(s, name) for name in names} for s in sources().values()]
    show_json(rows) if as_json else show_rows(rows, ("id", "provider", "licence", "title"))
