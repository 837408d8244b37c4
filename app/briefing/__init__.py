"""The drawn map: a picture of one layer, month and area with everything a reader must be told.

A picture is a function of the edition, of what was asked for and of how fresh the sources are: drawn twice, it is the
same to the byte until one of them grows older. No day on it comes from a clock; *produced* is the day the edition was
built. What was asked for is kept in the file itself, with the day since when the sources stand as it says.
"""

import json
from io import BytesIO
from typing import Any

import matplotlib as mpl
import numpy as np

from app.boxes import Box
from app.briefing._facts import Facts, gather
from app.briefing._frame import around
from app.briefing._layout import PAGES, compose
from app.briefing._map import unit_boxes
from app.briefing._sheet import FAMILY, Sheet
from app.turns import MOST_WAITING, Turns
from data_pipelines.edition import Edition
from geo.errors import UsageError

__all__ = ["FORMATS", "PAGES", "draw", "sheet_of"]

FORMATS = ("png", "pdf")
DPI = 150
LOOK: dict[Any, Any] = {
    "font.family": FAMILY,
    "text.hinting": "none",  # so that text is as wide when drawn as when measured, on every machine
    "text.parse_math": False,  # a name with two $ is a name
    "pdf.fonttype": 42,  # whole outlines, which can be searched, copied and printed
    "hatch.linewidth": 0.6,
}
ONE_AT_A_TIME = Turns(MOST_WAITING)
"""matplotlib's fonts and settings are shared by all threads of a process."""


def draw(
    edition: Edition,
    layer_id: str,
    unit: str,
    period: str,
    *,
    page: str = "a4",
    format: str = "png",  # noqa: A002 - the word on the command line
    area: str | None = None,
    bbox: Box | None = None,
) -> bytes:
    """Draw the briefing map of one layer and month.

    Parameters
    ----------
    unit
        Kind of unit: adm1, adm2 or cell.
    period
        Month, YYYY-MM.
    page
        a4 or a3, upright or across, whichever shows the area larger; or 16:9.
    format
        png (150 dots per inch) or pdf (vectors, fonts embedded).
    area
        ISO alpha-3 code or P-code of the area to map; None for everything the edition maps.
    bbox
        West, south, east, north in OGC:CRS84 degrees, rounded to 0.01; units that reach into it are mapped.

    Returns
    -------
    picture
        The bytes of the file; the same bytes for the same edition and request.

    Raises
    ------
    UsageError
        Where one of these does not exist.
    Busy
        Where too many wait for theirs already.
    """
    if format not in FORMATS:
        raise UsageError(f"There is no picture format '{format}'; there are {', '.join(FORMATS)}.")
    bbox = None if bbox is None else (round(bbox[0], 2), round(bbox[1], 2), round(bbox[2], 2), round(bbox[3], 2))
    with ONE_AT_A_TIME, mpl.rc_context(LOOK):
        sheet, facts = sheet_of(edition, layer_id, unit, period, page=page, area=area, bbox=bbox)
        buffer = BytesIO()
        sheet.figure.savefig(buffer, format=format, dpi=DPI, metadata=_metadata(facts, format, page, bbox))
    return buffer.getvalue()


def sheet_of(
    edition: Edition,
    layer_id: str,
    unit: str,
    period: str,
    *,
    page: str = "a4",
    area: str | None = None,
    bbox: Box | None = None,
) -> tuple[Sheet, Facts]:
    """Lay out the page of a briefing map, and return it with what it says; parameters are those of `draw`."""
    if page not in PAGES:
        raise UsageError(f"There is no page '{page}'; there are {', '.join(PAGES)}.")
    facts = gather(edition, layer_id, unit, period, area, bbox)
    boxes = unit_boxes(edition, unit)[facts.values["mapped"].to_numpy(bool)]
    frame = around(boxes if bbox is None else np.array([bbox], dtype=float))
    return compose(edition, facts, frame, boxes, page), facts


def _metadata(facts: Facts, format: str, page: str, bbox: Box | None) -> dict[str, Any]:  # noqa: A002
    """Return what the file says of itself: what was asked for and of which edition, as JSON, and no day of drawing."""
    asked: dict[str, Any] = {"layer": facts.layer.id, "unit": facts.unit, "period": facts.period, "page": page}
    asked |= {"area": facts.area, "bbox": bbox, "tier": facts.tier, "edition": facts.edition, "since": facts.since}
    title, request = f"{facts.layer.title}, {facts.area_name}, {facts.period}", json.dumps(asked, sort_keys=True)
    maker = f"Forewatch, code {facts.code_version}"
    if format == "png":
        return {"Title": title, "Description": request, "Software": maker, "Comment": _stamp(facts)}
    return {"Title": title, "Subject": _stamp(facts), "Keywords": request, "Creator": maker, "CreationDate": None}


def _stamp(facts: Facts) -> str:
    marks = ("SYNTHETIC" if facts.synthetic else "", "DRAFT - NOT CLEARED", facts.stale and f"STALE: {facts.stale}")
    return ", ".join(filter(None, marks))
