"""UNESCO's World Heritage list: one point per property."""

import html
import re

import pandas as pd

from data_pipelines._source import Parsed, Raw, Source
from data_pipelines.readers.fields import columns, coordinates
from data_pipelines.readers.text import read_rows
from data_pipelines.sources._sites import Sites, note_on_places, parsed_sites

_REQUIRED = {
    "id": ["id_no", "unique_number"],
    "name": ["name_en", "site"],
    "latitude": ["latitude"],
    "longitude": ["longitude"],
}
_TAG = re.compile(r"<[^>]*>")


def parse(raw: Raw) -> Parsed:
    """Read the list; cultural, mixed and natural properties are all of kind heritage. Names lose their HTML."""
    rows = read_rows(raw.path)
    text = columns(raw.path, rows.frame, _REQUIRED)
    places = coordinates(text["latitude"], text["longitude"])
    return parsed_sites(
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
        notes=note_on_places("properties", places),
    )


def _plain(marked: str) -> str:
    """Return text without tags and entities: 18 of 1,155 names hold such as ``<em>Tulou</em>``."""
    return " ".join(html.unescape(_TAG.sub("", marked)).split())


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
    may_pass_on=False,
    caveats=(
        "One point per property: a serial site of many components is one point, and a landscape of any size too.",
        "Natural properties are kept as heritage.",
    ),
)
