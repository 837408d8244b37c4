"""healthsites.io: health facilities of OpenStreetMap, checked and completed by its members."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from data_pipelines._source import Fetched, Field, Parsed, Raw, Source
from data_pipelines.readers.contract import take
from data_pipelines.readers.documents import load
from data_pipelines.readers.sniff import sniff
from data_pipelines.readers.vector import Features, collected, read_features
from data_pipelines.sources._healthsites_countries import NAMES
from data_pipelines.sources._osm_objects import FIELDS, PERSONAL, ids
from data_pipelines.sources._sites import Sites, parsed_sites
from geo.errors import FileRefused, UsageError

if TYPE_CHECKING:
    from data_pipelines.fetching.pages import Request
    from data_pipelines.fetching.web import Web

_KEY = "FOREWATCH_HEALTHSITES_KEY"
_API = "https://healthsites.io/api/v3/facilities/"
_READ = ("osm_id", "osm_type", "name", "name_en", "amenity", "healthcare")
_FIELDS = (
    *(replace(each, required=each.id in ("osm_id", "osm_type")) for each in FIELDS if each.id in _READ),
    Field("completeness", ("completeness",), "number", "share of the attributes that are filled", "%", required=False),
)
_KNOWN = (
    *(
        "operator",
        "source",
        "speciality",
        "operator_type",
        "operational_status",
        "opening_hours",
        "beds",
        "uuid",
        "url",
    ),
    *("staff_doctors", "staff_nurses", "health_amenity_type", "dispensing", "wheelchair", "emergency", "insurance"),
    *("water_source", "electricity", "is_in_health_area", "is_in_health_zone", "addr_housenumber", "addr_street"),
    *("addr_postcode", "addr_city", "addr_full", "changeset_id", "changeset_version", "changeset_timestamp", "id"),
)


def parse(raw: Raw) -> Parsed:
    """Read facilities as the API gives them, GeoJSON or JSON, pages or one; every one of them is of kind health.

    A native id is such as ``node/306264590``, as in `osm_sites`, so that an object of both lists is one. What names or
    reaches a person is not taken in.

    Raises
    ------
    FileRefused
        The file is not this product.
    """
    features = _features(raw.path)
    taken = take(raw.path, features.rows.frame, _FIELDS, _KNOWN)
    nothing = pd.Series(np.nan, index=taken.cells.index, dtype="str")
    cells = taken.cells.assign(identity=nothing, osm_node_id=nothing)
    points = shapely.point_on_surface(features.geometries)
    x, y = shapely.get_x(points), shapely.get_y(points)
    nowhere = (x == 0) & (y == 0)
    parsed = parsed_sites(
        source="healthsites",
        series=raw.iso3 or "world",
        rows=features.rows,
        sites=Sites(
            native_id=ids(raw.path, cells),
            kind=pd.Series("health", index=cells.index, dtype="str"),
            name=cells["name"].fillna(cells["name_en"]),
            longitude=np.where(nowhere, np.nan, x),
            latitude=np.where(nowhere, np.nan, y),
        ),
        rules=[("coordinates", "it has no place: 0, 0 is none", nowhere)],
        notes=[*taken.notes, *features.notes],
    )
    return replace(parsed, columns=taken.columns)


def _features(path: Path) -> Features:
    """Return facilities with their outline, or their centroid where the API gives that."""
    if sniff(path) != "json":
        return read_features(path, PERSONAL)
    document = load(path)
    pages = document.get("pages") if isinstance(document, dict) else [document]
    if not isinstance(pages, list) or not all(isinstance(page, list) for page in pages):
        raise FileRefused(f"The file '{path.name}' is no list of facilities, but maybe an error report; get it again.")
    features = [_feature(facility) for page in pages for facility in page]
    return collected(path, {"type": "FeatureCollection", "features": features}, PERSONAL)


def _feature(facility: Any) -> Any:  # noqa: ANN401 (a JSON value is anything)
    """Return a facility of the API's JSON as a feature; anything else as it is, to be rejected."""
    if not isinstance(facility, dict):
        return facility
    properties = {key: value for key, value in facility.items() if key not in ("geometry", "centroid")}
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": facility.get("geometry") or facility.get("centroid"),
    }


def fetch(web: "Web", folder: Path, iso3: str | None, since: date | None) -> Iterator[Fetched]:  # noqa: ARG001
    """Yield all facilities of a country; those that changed lately would be no whole list.

    Raises
    ------
    UsageError
        No country is named that healthsites.io knows, or the key is not set.
    """
    from data_pipelines.fetching.pages import Request, collect, write_pages  # noqa: PLC0415 (httpx takes 0.1 s)
    from data_pipelines.fetching.web import secret, shown  # noqa: PLC0415

    if iso3 not in NAMES:
        raise UsageError("Health sites are fetched by a country that healthsites.io has; name one, as --iso3 SDN.")
    asked: dict[str, str | int] = {"country": NAMES[iso3], "output": "geojson", "flat-properties": "true"}
    first = Request(_API, {**asked, "page": 1, "api-key": secret(web, _KEY)})
    pages = collect(web, first, following=_following, records=_listed, ids=_identity)
    path = write_pages(pages, folder / f"healthsites_{iso3}.geojson")
    yield Fetched(path, None, shown(web, _API, asked), iso3)


def _following(asked: "Request", document: Any, received: int) -> "Request":  # noqa: ANN401, ARG001
    return replace(asked, params={**asked.params, "page": received + 1})


def _listed(document: Any) -> list[Any]:  # noqa: ANN401
    features: list[Any] = document["features"]
    return features


def _identity(feature: Any) -> tuple[str, int]:  # noqa: ANN401
    properties = feature["properties"]
    return properties["osm_type"], properties["osm_id"]


SOURCE = Source(
    id="healthsites",
    title="Health facilities (healthsites.io)",
    provider="healthsites.io and OpenStreetMap contributors",
    url="https://healthsites.io",
    licence="ODbL 1.0",
    terms="Credit healthsites.io and OpenStreetMap contributors; databases derived from it are shared alike.",
    citation="healthsites.io, Global Healthsites Mapping Project; © OpenStreetMap contributors",
    cadence_days=180,
    tables=("sites",),
    parse=parse,
    fetch=fetch,
    fields=_FIELDS,
    known=_KNOWN,
    hosts=("healthsites.io",),
    keys=(_KEY,),
    caveats=(
        "The same objects as in OpenStreetMap: one that both lists hold is one site.",
        "Whether a facility works today is seldom known; completeness differs from place to place.",
        "Phone numbers and the names of mappers stay in the file as received, and are taken into no table.",
        "The country is asked for by name and cut out by its outline: a facility near a border may be in two lists.",
    ),
)
