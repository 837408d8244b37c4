"""Public health facilities of sub-Saharan Africa, 2019: a list put together from ministries by KEMRI-Wellcome Trust."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data_pipelines._source import Fetched, Field, Parsed, Raw, Source
from data_pipelines.readers.contract import take
from data_pipelines.readers.fields import coordinates
from data_pipelines.readers.text import read_rows
from data_pipelines.sources._sites import Sites, note_on_places, parsed_sites

if TYPE_CHECKING:
    from data_pipelines.fetching.web import Web

_FIELDS = (
    Field("country", ("Country",), "text", "name of the country"),
    Field("admin1", ("Admin1",), "text", "name of the admin 1 area"),
    Field("name", ("Facility name",), "text", "name of the facility"),
    Field("type", ("Facility type",), "text", "type of the facility in the country's own words"),
    Field("latitude", ("Lat",), "number", "of the facility or its village", "degrees"),
    Field("longitude", ("Long",), "number", "of the facility or its village", "degrees"),
)
_KNOWN = ("Ownership", "LL source", "iso3c", "facility_type_9", "Tier", "Tier_name")
_FILE = "https://springernature.figshare.com/ndownloader/files/14379593"
_PUBLISHED = date(2019, 7, 25)
"""Of the article; the file has not changed since."""


def parse(raw: Raw) -> Parsed:
    """Read the list; facilities without coordinates (2,350 of 98,745) are kept without a place.

    The list has no ids. An id is the hash of country, admin 1, name, type and coordinates as written, and a number
    that tells apart the rows which have all of these in common; it stays as long as the provider leaves them alone.
    """
    rows = read_rows(raw.path)
    taken = take(raw.path, rows.frame, _FIELDS, _KNOWN)
    text = taken.cells
    places = coordinates(text["latitude"], text["longitude"])
    copies = rows.frame.duplicated().to_numpy()
    parsed = parsed_sites(
        source="who_facilities",
        series="sub-Saharan Africa",
        rows=rows,
        sites=Sites(
            native_id=_ids(text, copies),
            kind=pd.Series("health", index=text.index, dtype="str"),
            name=text["name"],
            longitude=places.longitude,
            latitude=places.latitude,
        ),
        rules=[("coordinates", "its coordinates are beyond +-180, +-90 degrees", places.bad)],
        notes=[*taken.notes, *note_on_places("facilities", places)],
        copies=copies,
    )
    return replace(parsed, columns=taken.columns)


def _ids(text: pd.DataFrame, copies: np.ndarray) -> pd.Series:
    """Return a hash of what a facility is and where, with the number of its occurrence; copies share one."""
    cells = (text[name].fillna("").tolist() for name in text)
    keys = ["|".join(row) for row in zip(*cells, strict=True)]
    hashes = pd.Series([hashlib.sha256(key.encode()).hexdigest()[:16] for key in keys], index=text.index, dtype="str")
    number = (~pd.Series(copies, index=text.index)).groupby(hashes).cumsum()
    return hashes + "-" + number.astype("str")


def fetch(web: "Web", folder: Path, iso3: str | None, since: date | None) -> Iterator[Fetched]:  # noqa: ARG001
    """Yield the one workbook that its authors deposited, of all countries.

    Raises
    ------
    DataError
        The deposit cannot be reached.
    FileRefused
        The file is not whole.
    """
    from data_pipelines.fetching.download import download  # noqa: PLC0415 (httpx takes 0.1 s to import)

    yield download(web, _FILE, folder, name="ssa_mfl_130219.xlsx")._replace(known_at=_PUBLISHED)


SOURCE = Source(
    id="who_facilities",
    title="Public health facilities in sub-Saharan Africa, 2019",
    provider="KEMRI-Wellcome Trust and WHO",
    url="https://doi.org/10.1038/s41597-019-0142-2",
    licence="CC BY 4.0",
    terms="Free to use with credit; the deposited file itself is under CC0.",
    citation=(
        "Maina et al. 2019, A spatial database of health facilities managed by the public health sector in sub Saharan "
        "Africa, Scientific Data 6:134, doi:10.1038/s41597-019-0142-2"
    ),
    cadence_days=3650,
    tables=("sites",),
    parse=parse,
    fetch=fetch,
    fields=_FIELDS,
    known=_KNOWN,
    hosts=(
        "springernature.figshare.com",
        "ndownloader.figshare.com",
        "s3-eu-west-1.amazonaws.com",
    ),
    caveats=(
        "State of 2019 and public sector only; whether a facility works today is not known.",
        "Of 98,745 facilities 2,350 have no coordinates; others were placed by the name of their village.",
    ),
)
