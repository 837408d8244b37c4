"""Public health facilities of sub-Saharan Africa, 2019: a list put together from ministries by KEMRI-Wellcome Trust."""

import hashlib

import numpy as np
import pandas as pd

from data_pipelines._source import Parsed, Raw, Source
from data_pipelines.readers.fields import columns, coordinates
from data_pipelines.readers.text import read_rows
from data_pipelines.sources._sites import Sites, note_on_places, parsed_sites

_REQUIRED = {
    "country": ["Country"],
    "admin1": ["Admin1"],
    "name": ["Facility name"],
    "type": ["Facility type"],
    "latitude": ["Lat"],
    "longitude": ["Long"],
}


def parse(raw: Raw) -> Parsed:
    """Read the list; facilities without coordinates (2,350 of 98,745) are kept without a place.

    The list has no ids. An id is the hash of country, admin 1, name, type and coordinates as written, and a number
    that tells apart the rows which have all of these in common; it stays as long as the provider leaves them alone.
    """
    rows = read_rows(raw.path)
    text = columns(raw.path, rows.frame, _REQUIRED)
    places = coordinates(text["latitude"], text["longitude"])
    copies = rows.frame.duplicated().to_numpy()
    return parsed_sites(
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
        notes=note_on_places("facilities", places),
        copies=copies,
    )


def _ids(text: pd.DataFrame, copies: np.ndarray) -> pd.Series:
    """Return a hash of what a facility is and where, with the number of its occurrence; copies share one."""
    cells = (text[name].fillna("").tolist() for name in _REQUIRED)
    keys = ["|".join(row) for row in zip(*cells, strict=True)]
    hashes = pd.Series([hashlib.sha256(key.encode()).hexdigest()[:16] for key in keys], index=text.index, dtype="str")
    number = (~pd.Series(copies, index=text.index)).groupby(hashes).cumsum()
    return hashes + "-" + number.astype("str")


SOURCE = Source(
    id="who_facilities",
    title="Public health facilities in sub-Saharan Africa, 2019",
    provider="KEMRI-Wellcome Trust and WHO",
    url="https://doi.org/10.1038/s41597-019-0142-2",
    licence="CC BY 4.0",
    terms="Free to use with credit.",
    citation=(
        "Maina et al. 2019, A spatial database of health facilities managed by the public health sector in sub Saharan "
        "Africa, Scientific Data 6:134, doi:10.1038/s41597-019-0142-2"
    ),
    cadence_days=3650,
    tables=("sites",),
    parse=parse,
    caveats=(
        "State of 2019 and public sector only; whether a facility works today is not known.",
        "Of 98,745 facilities 2,350 have no coordinates; others were placed by the name of their village.",
    ),
)
