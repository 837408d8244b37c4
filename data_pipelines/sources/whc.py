"""UNESCO's World Heritage list: one point per property."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from data_pipelines._source import Fetched, Field, Parsed, Raw, Source
from data_pipelines.readers.contract import take
from data_pipelines.readers.fields import coordinates
from data_pipelines.readers.text import read_rows
from data_pipelines.sources._sites import Sites, note_on_places, parsed_sites
from geo.errors import DataError, FileRefused

if TYPE_CHECKING:
    from data_pipelines.fetching.pages import Request
    from data_pipelines.fetching.web import Web

_FIELDS = (
    Field("id", ("id_no", "unique_number"), "code", "the property's number on the list"),
    Field("name", ("name_en", "site"), "text", "name in English"),
    Field("latitude", ("latitude",), "number", "of one point of the property", "degrees", required=False),
    Field("longitude", ("longitude",), "number", "of one point of the property", "degrees", required=False),
    Field(
        "coordinates", ("coordinates",), "text", "the same as one object with lon and lat", "degrees", required=False
    ),
)
_LANGUAGES = ("en", "fr", "es", "ru", "ar", "zh")
_KNOWN = (
    *("unique_number", "rev_bis", "date_inscribed", "secondary_dates", "danger", "date_end", "danger_list", "region"),
    *(
        "area_hectares",
        "criteria_txt",
        "category",
        "category_short",
        "category_id",
        "iso_code",
        "iso_codes",
        "udnp_code",
    ),
    *("transboundary", "states_names", "region_code", "components_list", "components_count", "main_image_url", "uuid"),
    *("images_urls", "main_video_url", "elevation", *(f"C{n}" for n in range(1, 7)), *(f"N{n}" for n in range(7, 11))),
    *(f"{what}_{tongue}" for what in ("name", "short_description", "description") for tongue in _LANGUAGES),
    *(f"{what}_{tongue}" for what in ("justification", "states_name", "region") for tongue in _LANGUAGES),
)
_DATASET = "https://data.unesco.org/api/explore/v2.1/catalog/datasets/whc001"
_SELECTED = "id_no,name_en,category,coordinates,states_names,region,date_inscribed,danger"
"""Neither texts nor images: reprinting them needs UNESCO's written permission."""
_PAGE = 100
_TAG = re.compile(r"<[^>]*>")


def parse(raw: Raw) -> Parsed:
    """Read the list, as the former CSV or as records of UNESCO's data portal; names lose their HTML.

    Cultural, mixed and natural properties are all of kind heritage.

    Raises
    ------
    FileRefused
        The file is not this list, or holds fewer records than it claims.
    """
    rows = read_rows(raw.path)
    taken = take(raw.path, rows.frame, _FIELDS, _KNOWN)
    text = _placed(raw.path, taken.cells)
    places = coordinates(text["latitude"], text["longitude"])
    parsed = parsed_sites(
        source="whc",
        series="world",
        rows=rows,
        sites=Sites(
            native_id=text["id"],
            kind=pd.Series("heritage", index=text.index, dtype="str"),
            name=text["name"].map(_plain, na_action="ignore"),
            longitude=places.longitude,
            latitude=places.latitude,
        ),
        rules=[("coordinates", "its coordinates are beyond +-180, +-90 degrees", places.bad)],
        notes=[*taken.notes, *note_on_places("properties", places)],
    )
    return replace(parsed, columns=taken.columns)


def _placed(path: Path, cells: pd.DataFrame) -> pd.DataFrame:
    """Return cells with latitude and longitude, which the portal gives as one object."""
    if cells[["latitude", "longitude"]].notna().any(axis=None):
        return cells
    if cells["coordinates"].isna().all():
        raise FileRefused(
            f"The file '{path.name}' has neither latitude and longitude nor coordinates; get it with them."
        )
    found = [_lon_lat(text) for text in cells["coordinates"]]
    longitude, latitude = (pd.Series(values, index=cells.index, dtype="str") for values in zip(*found, strict=True))
    return cells.assign(longitude=longitude, latitude=latitude)


def _lon_lat(text: object) -> tuple[str | None, str | None]:
    """Return the numbers of such as ``{"lon":67.8,"lat":34.8}`` as text; None where they are not there."""
    try:
        place = json.loads(str(text))
        return str(place["lon"]), str(place["lat"])
    except (ValueError, TypeError, KeyError):
        return None, None


def _plain(marked: str) -> str:
    """Return text without tags and entities: 18 of 1,155 names hold such as ``<em>Tulou</em>``."""
    return " ".join(html.unescape(_TAG.sub("", marked)).split())


def fetch(web: "Web", folder: Path, iso3: str | None, since: date | None) -> Iterator[Fetched]:  # noqa: ARG001
    """Yield the whole list from UNESCO's data portal, which is too short to be cut into countries or days.

    Raises
    ------
    DataError
        The portal cannot be asked, or says nothing of the list.
    FileRefused
        Its pages do not add up to the total that it claims.
    """
    from data_pipelines.fetching.pages import Request, collect, write_pages  # noqa: PLC0415 (httpx takes 0.1 s)
    from data_pipelines.fetching.web import ask, shown  # noqa: PLC0415

    about = ask(web, _DATASET)
    asked: dict[str, str | int] = {"select": _SELECTED, "order_by": "id_no", "limit": _PAGE}
    pages = collect(
        web,
        Request(f"{_DATASET}/records", {**asked, "offset": 0}),
        following=_following,
        records=lambda document: document["results"],
        claimed=lambda document: document["total_count"],
        ids=lambda record: record["id_no"],
    )
    path = write_pages(pages, folder / "whc001.json")
    yield Fetched(path, _changed_on(about.body), shown(web, f"{_DATASET}/records", asked))


def _following(asked: "Request", document: Any, received: int) -> "Request":  # noqa: ANN401, ARG001 (a JSON document)
    return replace(asked, params={**asked.params, "offset": received * _PAGE})


def _changed_on(body: bytes) -> date | None:
    """Return the day on which the portal last changed the list, None where it does not tell."""
    try:
        moment = json.loads(body)["metas"]["default"]["modified"]
        return None if moment is None else datetime.fromisoformat(str(moment)).date()
    except (ValueError, TypeError, KeyError):
        raise DataError("UNESCO's data portal describes its list in a new way; update this source.") from None


SOURCE = Source(
    id="whc",
    title="World Heritage list",
    provider="UNESCO World Heritage Centre",
    url="https://whc.unesco.org/en/syndication",
    licence="© UNESCO World Heritage Centre",
    terms="Credit UNESCO; republishing its data needs its written permission. Descriptions are not kept.",
    citation="UNESCO World Heritage Centre, World Heritage List, https://whc.unesco.org",
    cadence_days=365,
    tables=("sites",),
    parse=parse,
    fetch=fetch,
    fields=_FIELDS,
    known=_KNOWN,
    hosts=("data.unesco.org",),
    may_pass_on=False,
    caveats=(
        "One point per property: a serial site of many components is one point, and a landscape of any size too.",
        "Natural properties are kept as heritage.",
        "The former download is an Excel file of before 2007: save it as .xlsx or CSV, or fetch the list.",
    ),
)
