"""Objects of OpenStreetMap that are protected sites: which tags tell a kind, and how an object is named."""

from collections.abc import Mapping
from functools import reduce
from pathlib import Path

import pandas as pd

from data_pipelines._source import Field
from data_pipelines.readers.fields import normalised
from data_pipelines.tables import SITE_KINDS
from geo.errors import FileRefused

AMENITIES = {
    **dict.fromkeys(("hospital", "clinic", "doctors", "dentist", "pharmacy", "health_post", "health_centre"), "health"),
    **dict.fromkeys(("school", "kindergarten", "college", "university"), "education"),
    **dict.fromkeys(("place_of_worship", "monastery"), "worship"),
    **dict.fromkeys(("library", "archive"), "heritage"),
    "refugee_site": "displacement_site",
}
BUILDINGS = {
    **dict.fromkeys(("hospital", "clinic"), "health"),
    **dict.fromkeys(("school", "kindergarten", "college", "university"), "education"),
    **dict.fromkeys(("mosque", "church", "cathedral", "chapel", "temple", "synagogue", "monastery"), "worship"),
}
ANY_VALUE = ("healthcare", "historic", "heritage")
"""Tags that tell a kind whatever their value, but for ``no``."""
ONE_VALUE = {"tourism": "museum", "refugee": "yes", "place": "refugee_camp"}
OVERPASS_SECONDS = 600
"""That a query may take; an extract of a large country is the better way where that is too short."""
PERSONAL = (
    *("contact_number", "changeset_user", "user", "uid", "phone", "email", "operator:phone"),
    *(f"contact:{by}" for by in ("phone", "mobile", "email", "whatsapp", "facebook", "person", "name")),
)
"""Properties that name or reach a person; they are never taken in."""

TAGS = (
    Field("amenity", ("amenity",), "code", "what the place is, such as hospital or school", required=False),
    Field("refugee", ("refugee",), "code", "yes where it is for refugees", required=False),
    Field("place", ("place",), "code", "formerly refugee_camp for a camp", required=False),
    Field("healthcare", ("healthcare",), "code", "kind of health care given there", required=False),
    Field("building", ("building",), "code", "what the building was built as, such as mosque", required=False),
    Field("historic", ("historic",), "code", "kind of historic place", required=False),
    Field("heritage", ("heritage",), "code", "level of official protection", required=False),
    Field("tourism", ("tourism",), "code", "museum where it is one", required=False),
)
FIELDS = (
    Field("identity", ("@id", "id"), "code", "type and number, such as way/12", required=False),
    Field("osm_id", ("osm_id",), "code", "number of the object among those of its type", required=False),
    Field("osm_type", ("osm_type",), "code", "node, way or relation", required=False),
    Field("osm_node_id", ("osm_node_id",), "code", "number of a node, in tables of nodes", required=False),
    Field("latitude", ("latitude",), "number", "of a node, in tables of nodes", "degrees", required=False),
    Field("longitude", ("longitude",), "number", "of a node, in tables of nodes", "degrees", required=False),
    Field("name", ("name",), "text", "name as mapped, in the local language", required=False),
    Field("name_en", ("name_en", "name:en"), "text", "name in English", required=False),
    Field("site_class", ("site_class",), "code", "kind of site as a table of nodes tells it", required=False),
    *TAGS,
)
READ = frozenset(normalised(name) for each in FIELDS for name in each.names)

_TYPES = {"n": "node", "w": "way", "r": "relation"}


def ids(path: Path, cells: pd.DataFrame) -> pd.Series:
    """Return ids such as ``way/12``, missing where an object tells none; written so, or joined from type and number.

    Parameters
    ----------
    path
        The file, for the message.
    cells
        The columns of `FIELDS`.

    Raises
    ------
    FileRefused
        No column tells ids.
    """
    joined = cells["osm_type"].str.lower().str[:1].map(_TYPES).astype("str") + "/" + cells["osm_id"]
    found = [cells["identity"], "node/" + cells["osm_node_id"], joined]
    of_file = next((column for column in found if column.notna().any()), None)
    if of_file is None:
        raise FileRefused(
            f"The file '{path.name}' has no ids of OpenStreetMap (@id, osm_node_id, or osm_id with osm_type); get it "
            "with them."
        )
    return of_file.where(of_file.str.fullmatch(r"(node|way|relation)/[0-9]+").fillna(value=False).astype(bool))


def kinds(cells: pd.DataFrame) -> pd.Series:
    """Return the kind of each site, missing where neither class nor tags tell one."""
    tag = cells.where(cells != "no")
    of_class = tag["site_class"].where(tag["site_class"].isin(SITE_KINDS), "none").where(tag["site_class"].notna())
    is_camp = (tag["refugee"] == "yes") | (tag["place"] == "refugee_camp")
    is_heritage = tag["historic"].notna() | tag["heritage"].notna() | (tag["tourism"] == "museum")
    guesses = [
        of_class,
        tag["amenity"].map(AMENITIES),
        _named("displacement_site", is_camp),
        _named("health", tag["healthcare"].notna()),
        tag["building"].map(BUILDINGS),
        _named("heritage", is_heritage),
    ]
    kind = reduce(pd.Series.fillna, guesses)
    return kind.where(kind.isin(SITE_KINDS)).astype("str")


def _named(kind: str, mask: pd.Series) -> pd.Series:
    return pd.Series(kind, index=mask.index, dtype="str").where(mask)


def is_wanted(tags: Mapping[str, object]) -> bool:
    """Tell whether an object bears a tag that may tell a kind of site."""
    return any(
        (
            tags.get("amenity") in AMENITIES,
            tags.get("building") in BUILDINGS,
            *(tags.get(tag) not in (None, "no") for tag in ANY_VALUE),
            *(tags.get(tag) == value for tag, value in ONE_VALUE.items()),
        )
    )


def where() -> str:
    """Return the condition of `is_wanted` in OGR SQL."""
    listed = {"amenity": AMENITIES, "building": BUILDINGS}
    return " OR ".join(
        [
            *(f"{tag} IN ({', '.join(repr(value) for value in values)})" for tag, values in listed.items()),
            *(f"({tag} IS NOT NULL AND {tag} <> 'no')" for tag in ANY_VALUE),
            *(f"{tag} = '{value}'" for tag, value in ONE_VALUE.items()),
        ]
    )


def overpass_query(alpha2: str) -> str:
    """Return the query for all objects of a country for which `is_wanted` holds, with outlines, in Overpass QL."""
    listed = {"amenity": AMENITIES, "building": BUILDINGS}
    filters = [
        *(f'["{tag}"~"^({"|".join(values)})$"]' for tag, values in listed.items()),
        *(f'["{tag}"]["{tag}"!="no"]' for tag in ANY_VALUE),
        *(f'["{tag}"="{value}"]' for tag, value in ONE_VALUE.items()),
    ]
    objects = "".join(f"nwr{each}(area.country);" for each in filters)
    country = f'area["ISO3166-1"="{alpha2}"]["boundary"="administrative"]["admin_level"="2"]->.country;'
    return f"[out:json][timeout:{OVERPASS_SECONDS}][maxsize:1073741824];{country}({objects});out body geom;"
