"""What the current edition says of itself: its accounts, its freshness, and which layers are stale."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.terminal import out, show_json, show_rows


def show_summary(workspace: Path, manifest: Mapping[str, Any], as_json: bool) -> None:
    """Print the accounts of an edition, its checks, and how fresh and stale it is today."""
    summary = _summary(workspace, manifest)
    if as_json:
        show_json(summary)
        return
    rows = [{"source": name, **facts} for name, facts in summary["sources"].items()]
    names = ("rows_in", "loaded", "quarantined", "superseded", "known_at", "known_through", "freshness", "due_on")
    show_rows(rows, ("source", *names))
    for line in _lines(summary):
        out.print(line, markup=False, highlight=False)


def _summary(workspace: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    from app.attribution import known_through
    from data_pipelines.edition import current
    from data_pipelines.tables import Tier

    edition = current(workspace, Tier.public)
    sources = {
        name: {
            **{key: facts[key] for key in ("rows_in", "loaded", "quarantined", "superseded", "known_at")},
            "known_through": known_through(edition, name) or None,
            "freshness": edition.standings[name].state,
            "due_on": edition.standings[name].due_on,
        }
        for name, facts in manifest["sources"].items()
    }
    keys = ("edition", "known_on", "built_at", "countries", "synthetic", "checks", "unplaced", "seconds", "peak_mb")
    return {
        **{key: manifest[key] for key in keys},
        "sources": sources,
        "judged_on": edition.judged_on,
        "stale": {name: reason for name, reason in stale_layers(workspace).items() if reason},
        "primary": manifest.get("primary", {}),
    }


def _lines(summary: Mapping[str, Any]) -> Iterator[str]:
    for name, reason in summary["stale"].items():
        yield f"{name}: {reason}"
    for table, chosen in summary["primary"].items():
        for country, others in chosen["not_counted"].items():
            where = "" if country == "*" else f" of {country}"
            yield f"{table}{where}: from {chosen['counted'][country]}, and not also from {', '.join(others)}"
    for reason, n in summary["unplaced"].items():
        yield f"unplaced {n:>7,}  {reason}"
    yield (
        f"edition {summary['edition']} known on {summary['known_on']}: {len(summary['checks'])} checks passed, "
        f"{summary['seconds']} s, {summary['peak_mb']:,} MB"
    )


def stale_layers(workspace: Path) -> dict[str, str]:
    """Return by layer why it is stale in the current edition, empty where it is not; nothing without an edition."""
    from app.attribution import stale_because
    from data_pipelines.edition import current
    from data_pipelines.tables import Tier
    from geo.errors import NoEdition
    from layers._layer import layers

    try:
        edition = current(workspace, Tier.public)
    except NoEdition:
        return {}
    return {name: stale_because(edition, name) for name in layers()}
