"""Protected sites as OpenStreetMap has them: HOT exports, healthsites.io, extracts as GeoJSON, and tables of nodes."""

from functools import reduce
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

from data_pipelines._source import Parsed, Raw, Source
from data_pipelines.readers.fields import column, columns, coordinates
from data_pipelines.readers.rows import Rows
from data_pipelines.readers.sniff import sniff
from data_pipelines.readers.text import read_rows
from data_pipelines.readers.vector import read_features
from data_pipelines.sources._sites import Sites, parsed_sites
from data_pipelines.tables import SITE_KINDS

_AMENITIES = {
    **dict.fromkeys(("hospital", "clinic", "doctors", "dentist", "pharmacy", "health_post", "health_centre"), "health"),
    **dict.fromkeys(("school", "kindergarten", "college", "university"), "education"),
    **dict.fromkeys(("place_of_worship", "monastery"), "worship"),
    **dict.fromkeys(("library", "archive"), "heritage"),
    "refugee_site": "displacement_site",
}
_BUILDINGS = {
    **dict.fromkeys(("hospital", "clinic"), "health"),
    **dict.fromkeys(("school", "kindergarten", "college", "university"), "education"),
    **dict.fromkeys(("mosque", "church", "cathedral", "chapel", "temple", "synagogue", "monastery"), "worship"),
}
_TAGS = ("site_class", "amenity", "refugee", "place", "healthcare", "building", "historic", "heritage", "tourism")
_TYPES = {"n": "node", "w": "way", "r": "relation"}
_MAIN_SHARE = 0.05


class _Listed(NamedTuple):
    """The records of a file with their places in degrees, NaN where there is none that can be used."""

    rows: Rows
    longitude: np.ndarray
    latitude: np.ndarray
    notes: tuple[str, ...]


def parse(raw: Raw) -> Parsed:
    """Read a zipped shapefile, GeoJSON, or a table with latitude and longitude; ways become a point within them.

    The kind comes from the column `site_class` where there is one, else from the tags `amenity`, `refugee`,
    `healthcare`, `building`, `historic`, `heritage` and `tourism`, in that order. What has no kind, or no place (0, 0
    counts as none: whatever is mapped has a place), is quarantined. A native id is such as ``node/306264590``.

    Raises
    ------
    FileRefused
        The file has no ids of OpenStreetMap, or no tag that tells a kind.
    """
    listed = _listed(raw)
    ids = _ids(raw, listed.rows.frame)
    kind = _kind(raw, listed.rows.frame)
    name = columns(raw.path, listed.rows.frame, {}, {"name": ["name"], "name_en": ["name_en", "name:en"]})
    return parsed_sites(
        source="osm_sites",
        series=f"{raw.iso3 or 'world'} {_main(kind)} {_main(ids.str.extract('^([a-z]+)/', expand=False))}",
        rows=listed.rows,
        sites=Sites(ids, kind, name["name"].fillna(name["name_en"]), listed.longitude, listed.latitude),
        rules=[("coordinates", "it has no place, or one out of range", np.isnan(listed.longitude))],
        notes=listed.notes,
    )


def _listed(raw: Raw) -> _Listed:
    if sniff(raw.path) in ("geojson", "zip"):
        features = read_features(raw.path)
        points = shapely.point_on_surface(features.geometries)
        x, y = shapely.get_x(points), shapely.get_y(points)
        nowhere = (x == 0) & (y == 0)
        return _Listed(features.rows, np.where(nowhere, np.nan, x), np.where(nowhere, np.nan, y), features.notes)
    rows = read_rows(raw.path)
    text = columns(raw.path, rows.frame, {"latitude": ["latitude"], "longitude": ["longitude"]})
    places = coordinates(text["latitude"], text["longitude"])
    return _Listed(rows, places.longitude, places.latitude, ())


def _ids(raw: Raw, frame: pd.DataFrame) -> pd.Series:
    """Return ids such as ``way/12``: written so, or joined from type and number."""
    joined = column(frame, "@id")
    if joined is None and (nodes := column(frame, "osm_node_id")) is not None:
        joined = "node/" + nodes
    if joined is None:
        text = columns(raw.path, frame, {"osm_id": ["osm_id"], "osm_type": ["osm_type"]})
        joined = text["osm_type"].str.lower().str[:1].map(_TYPES).astype("str") + "/" + text["osm_id"]
    return joined.where(joined.str.fullmatch(r"(node|way|relation)/[0-9]+").fillna(value=False).astype(bool))


def _kind(raw: Raw, frame: pd.DataFrame) -> pd.Series:
    """Return the kind of each site, missing where neither class nor tags tell one."""
    tag = columns(raw.path, frame, {}, {name: [name] for name in _TAGS})
    tag = tag.where(tag != "no")
    of_class = tag["site_class"].where(tag["site_class"].isin(SITE_KINDS), "none").where(tag["site_class"].notna())
    is_camp = (tag["refugee"] == "yes") | (tag["place"] == "refugee_camp")
    is_heritage = tag["historic"].notna() | tag["heritage"].notna() | (tag["tourism"] == "museum")
    guesses = [
        of_class,
        tag["amenity"].map(_AMENITIES),
        _named("displacement_site", is_camp),
        _named("health", tag["healthcare"].notna()),
        tag["building"].map(_BUILDINGS),
        _named("heritage", is_heritage),
    ]
    kind = reduce(pd.Series.fillna, guesses)
    return kind.where(kind.isin(SITE_KINDS)).astype("str")


def _named(kind: str, mask: pd.Series) -> pd.Series:
    return pd.Series(kind, index=mask.index, dtype="str").where(mask)


def _main(values: pd.Series) -> str:
    """Return the values that make up a twentieth or more; a few odd tags must not make a new series of a new export."""
    share = values.value_counts(normalize=True)
    return "+".join(sorted(share[share >= _MAIN_SHARE].index))


SOURCE = Source(
    id="osm_sites",
    title="Protected sites in OpenStreetMap",
    provider="OpenStreetMap contributors (through HOT, healthsites.io and others)",
    url="https://www.openstreetmap.org",
    licence="ODbL 1.0",
    terms="Credit OpenStreetMap contributors; databases derived from it are shared under the same licence.",
    citation="© OpenStreetMap contributors, https://www.openstreetmap.org/copyright",
    cadence_days=30,
    tables=("sites",),
    parse=parse,
    caveats=(
        "Completeness differs from place to place: no site on the map does not mean no site on the ground.",
        "A site may be mapped twice, as a node and as a way around it, or no longer be in use.",
    ),
)
