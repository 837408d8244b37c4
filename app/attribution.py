"""Whose work a map or an export rests on."""

from app.statements import sql
from data_pipelines.edition import Edition
from layers._layer import Layer, layers


def families(layer: Layer) -> set[str]:
    """Return the families of records a layer rests on, also through the layers it is made of."""
    return set(layer.families).union(*(families(layers()[name]) for name in layer.inputs))


def bearing(edition: Edition, layer: Layer, countries: list[str]) -> dict[str, bool]:
    """Return the sources that bear on a layer in some countries, by id.

    The value is True for those that give the layer's own records, which come first, and False for those that give the
    areas and the population that place them.
    """
    wanted = {"families": sorted(families(layer)), "countries": countries}
    rows = edition.fetch(sql("bearing_sources"), wanted)
    thematic = set(rows.loc[rows["family"].notna(), "source"])
    return {name: name in thematic for name in sorted(set(rows["source"]), key=lambda n: (n not in thematic, n))}
