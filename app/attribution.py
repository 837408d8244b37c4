"""Whose work a map or an export rests on, how old it is, and when that makes the map stale."""

from collections.abc import Collection
from typing import NamedTuple

from app.statements import sql
from app.wording import day_words, month_words, standing_words
from data_pipelines.edition import Edition
from layers._layer import Layer, families, layer, needed


def bearing(edition: Edition, layer: Layer, countries: list[str]) -> dict[str, bool]:
    """Return the sources that bear on a layer in some countries, by id.

    The value is True for those that give the layer's own records, which come first, and False for those that give the
    areas and the population that place them.
    """
    wanted = {"families": sorted(families(layer)), "countries": countries}
    rows = edition.fetch(sql("bearing_sources"), wanted)
    thematic = set(rows.loc[rows["family"].notna(), "source"])
    return {name: name in thematic for name in sorted(set(rows["source"]), key=lambda n: (n not in thematic, n))}


def parameters(edition: Edition, layer_id: str) -> dict[str, float]:
    """Return the parameters a layer's values rest on: its own, and as ``layer.name`` those of what it is made of."""
    used = {name: edition.manifest["parameters"].get(name, {}) for name in needed(layer_id)}
    behind = {f"{name}.{n}": value for name, own in used.items() if name != layer_id for n, value in own.items()}
    return {**used[layer_id], **behind}


class Age(NamedTuple):
    """How old one source of a layer's own records is: its title, how fresh it is, and both in words."""

    title: str
    state: str
    words: str


def ages(edition: Edition, layer_id: str) -> list[Age]:
    """Return how old the sources are whose records a layer rests on, in order of id."""
    wanted, told = families(layer(layer_id)), edition.manifest["sources"]
    fed = [name for name in sorted(told) if any(feed["family"] in wanted for feed in told[name]["feeds"])]
    return [Age(told[name]["title"], edition.standings[name].state, _brief_words(edition, name)) for name in fed]


def _brief_words(edition: Edition, source: str) -> str:
    """Return what fits beside a legend: all there is to say of a source that is not fresh, little of one that is."""
    standing, through = edition.standings[source], known_through(edition, source)
    if standing.state != "fresh":
        return age_words(edition, source)
    last = f"through {month_words(through)}" if through else f"known on {day_words(standing.known_at.isoformat())}"
    return f"{last}, fresh"


def known_through(edition: Edition, source: str) -> str:
    """Return the last month a source speaks about, such as 2024-03; empty where it is not about months."""
    return str(edition.manifest["sources"][source]["covers"][1] or "")[:7]


def age_words(edition: Edition, source: str) -> str:
    """Return through which month a source speaks, when its newest file was known and how fresh that is."""
    standing, through = edition.standings[source], known_through(edition, source)
    where = f" for {standing.country}" if standing.country else ""
    parts = [f"through {month_words(through)}"] if through else []
    return ", ".join([*parts, f"known on {day_words(standing.known_at.isoformat())}{where}", standing_words(standing)])


def stale_because(edition: Edition, layer_id: str, countries: Collection[str] | None = None) -> str:
    """Return why a layer is stale, in a sentence; empty where it is not."""
    late = edition.late_sources(layer_id, countries)
    if not late:
        return ""
    told = [f"{edition.manifest['sources'][name]['title']}, {age_words(edition, name)}" for name in late]
    return f"This layer is stale: {'; '.join(told)}."
