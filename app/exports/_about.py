"""What a file says of itself, so that it can be read, credited and checked by somebody who never saw the map."""

import math
from typing import Any

import pandas as pd

from app.attribution import bearing, known_through, parameters, stale_because
from app.wording import CONSISTENT_WITH, month_words
from data_pipelines.edition import Edition
from data_pipelines.tables import Column, Table
from layers._layer import Layer
from layers._legend import STATUS_STYLE

SOURCE_FACTS = ("title", "provider", "licence", "terms", "citation", "known_at", "covers")
COLUMNS = {
    "adm0_pcode": "country, ISO 3166 alpha-3",
    "adm0_name": "name of the country as its provider gives it, or its code",
    "adm1_pcode": "P-code of the admin 1 area",
    "adm1_name": "name of the admin 1 area",
    "adm2_pcode": "P-code of the admin 2 area",
    "adm2_name": "name of the admin 2 area",
    "gid": "PRIO-GRID cell of 0.5 degree",
    "layer": "id of the layer",
    "unit": "kind of unit",
    "period": "month",
    "period_start": "first day of the month",
    "period_end": "last day of the month",
    "value": "the layer's value; missing unless status is ok or stale",
    "low": "lower end of the 90 % band",
    "high": "upper end of the 90 % band",
    "n": "records that bear on the value",
    "status": "; ".join(f"{name}: {style.label}" for name, style in STATUS_STYLE.items()),
    "unit_of_value": "what value, low and high are counted in",
}


def about_layer(edition: Edition, layer: Layer, unit: str, period: str, countries: list[str]) -> dict[str, Any]:
    """Return what a file of one layer and month says of itself."""
    sources = bearing(edition, layer, countries)
    names = [edition.manifest["country_names"][iso3] for iso3 in countries]
    return {
        "title": f"{layer.title}, {', '.join(names)}, {month_words(period)}",
        **_common(edition, list(sources)),
        "stale": stale_because(edition, layer.id, countries),
        "layer": layer.id,
        "unit": unit,
        "period": period,
        "unit_of_value": layer.unit_of_value,
        "parameters": parameters(edition, layer.id),
        "formula": layer.formula,
        "shows": layer.shows,
        "shows_not": layer.shows_not,
        "empty": layer.empty,
        "reference": layer.reference,
        "caution": CONSISTENT_WITH,
        "columns": COLUMNS | _categories(layer),
    }


def _categories(layer: Layer) -> dict[str, str]:
    """Return what the column of the class means, where there is one."""
    words = "; ".join(f"{one.id}: {one.words}" for one in layer.categories)
    return {"category": words} if words else {}


def about_table(edition: Edition, table: Table, columns: tuple[Column, ...], rows: pd.DataFrame) -> dict[str, Any]:
    """Return what a file of one table says of itself."""
    named = sorted(rows["source"].dropna().unique()) if "source" in rows else sorted(edition.manifest["sources"])
    return {
        "title": f"{table.name}: {table.grain}",
        **_common(edition, [name for name in named if name in edition.manifest["sources"]]),
        "table": table.name,
        "caution": CONSISTENT_WITH,
        "columns": {c.name: f"{c.meaning}{f' ({c.unit})' if c.unit else ''}" for c in columns},
    }


def _common(edition: Edition, sources: list[str]) -> dict[str, Any]:
    manifest = edition.manifest
    told = {name: _source(edition, name) for name in sources}
    return {
        "edition": edition.id,
        "synthetic": bool(manifest["synthetic"]),
        "tier": edition.tier.name,
        "known_on": manifest["known_on"],
        "built_at": manifest["built_at"],
        "generated_from": {"code_version": manifest["code_version"], "edition": edition.id},
        "licence": "; ".join(dict.fromkeys(f"{source['title']}: {source['licence']}" for source in told.values())),
        "attribution": "; ".join(source["citation"].rstrip(".") for source in told.values()),
        "sources": told,
        "freshness": {name: source["freshness"]["state"] for name, source in told.items()},
        "standing_since": edition.standing_since,
        "disclaimer": manifest["disclaimer"],
    }


def _source(edition: Edition, name: str) -> dict[str, Any]:
    """Return what a file says of one source, and how fresh it was when the file was written."""
    standing = edition.standings[name]
    facts = {fact: _known(edition.manifest["sources"][name].get(fact)) for fact in SOURCE_FACTS}
    due_on = standing.due_on.isoformat() if standing.due_on else None
    fresh = {"state": standing.state, "since": standing.since.isoformat(), "due_on": due_on}
    return {**facts, "known_through": known_through(edition, name) or None, "freshness": fresh}


def _known(fact: Any) -> Any:  # noqa: ANN401 - a member of a JSON document
    """Return a fact of the manifest, with null for the numbers that stand for nothing."""
    if isinstance(fact, list):
        return [_known(one) for one in fact]
    return None if isinstance(fact, float) and math.isnan(fact) else fact
