"""UNHCR's list of places where displaced people lived, to 2020."""

from dataclasses import replace

import numpy as np
import pandas as pd

from data_pipelines._source import Field, Parsed, Raw
from data_pipelines.readers import fields
from data_pipelines.readers.contract import take
from data_pipelines.readers.rows import Rows, twins
from data_pipelines.sources._sites import Sites, note_on_places, parsed_sites

SITES = (
    Field("id", ("pcode",), "code", "the site's id: its country, s, and six digits"),
    Field("name", ("name",), "text", "the site's name"),
    Field("type", ("loc_type",), "text", "who lives there and how, such as IDP Camp"),
    Field("status", ("status",), "code", "1 open, 0 closed"),
    Field("longitude", ("POINT_X",), "number", "where it is", "degrees"),
    Field("latitude", ("POINT_Y",), "number", "where it is", "degrees"),
)
_ROW_NUMBER = "unnamed 1"
KNOWN = (
    *(_ROW_NUMBER, "Country", "name_alt", "loc_subtype", "createdate", "createby", "closedate", "updatedate", "source"),
    *("unhcr_assist", "adjusted_vars", "type"),
)
_ARCHIVED = "archived data - disregard"


def parse_sites(source: str, raw: Raw, rows: Rows) -> Parsed:
    """Return what a file of sites holds.

    Sites have no dates in our tables, and nothing is to be measured against a camp that closed in 2007: closed sites,
    and those that UNHCR says to disregard, are kept without a place.

    Raises
    ------
    FileRefused
        The file lacks columns, or none of its rows can be read.
    """
    taken = take(raw.path, rows.frame, SITES, KNOWN)
    cells = taken.cells
    places = fields.coordinates(cells["latitude"], cells["longitude"])
    status = fields.whole(cells["status"]).values
    is_gone = (status.eq(0) | cells["type"].str.casefold().eq(_ARCHIVED)).fillna(False).to_numpy(dtype=bool)
    said = [name for name in rows.frame.columns if name != _ROW_NUMBER]
    twin_rule, copies = twins(rows.frame[said], cells["id"])
    parsed = parsed_sites(
        source,
        "UNHCR sites world",
        rows,
        Sites(
            native_id=cells["id"],
            kind=pd.Series("displacement_site", index=cells.index, dtype="str"),
            name=cells["name"],
            longitude=np.where(is_gone, np.nan, places.longitude),
            latitude=np.where(is_gone, np.nan, places.latitude),
        ),
        [
            ("coordinates", "its POINT_X or POINT_Y is out of range", places.bad),
            ("status", "its status is not 0 or 1", ~status.between(0, 1).fillna(False)),
            twin_rule,
        ],
        note_on_places("sites", places),
        copies,
    )
    gone = f"{is_gone.sum():,} of {len(cells):,} sites are closed or archived and are kept without a place."
    return replace(parsed, notes=(*taken.notes, *parsed.notes, gone), columns=taken.columns)
