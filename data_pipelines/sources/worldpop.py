"""WorldPop and rasters like it: resident persons on a grid, used to share out what is known of coarse areas only."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_pipelines._source import Fetched, Parsed, Raw, Source
from data_pipelines.iso3166 import ALPHA3
from data_pipelines.readers.documents import parse as parse_json
from data_pipelines.sources._rasters import FIELDS, parsed_raster
from geo.errors import DataError, UsageError

if TYPE_CHECKING:
    from data_pipelines.fetching.web import Web

_API = "https://hub.worldpop.org/rest/data/pop/G2_CN_POP_R25A_1km"
"""Constrained counts at 1 km, release R2025A: one raster per country and year, 2015 to 2030."""


def parse(raw: Raw) -> Parsed:
    """Read a population GeoTIFF as persons per pixel; see `data_pipelines.sources._rasters.parsed_raster`.

    Raises
    ------
    FileRefused
        It is no GeoTIFF of population, or does not tell for certain what it holds.
    """
    return parsed_raster(raw, _series(raw))


def _series(raw: Raw) -> str:
    """Return the country, from the start of a name such as ``sdn_ppp_2020.tif``, or ``world`` for anything larger."""
    start = raw.path.name.split("_", maxsplit=1)[0].upper()
    return raw.iso3 or (start if start in ALPHA3.values() else "world")


def fetch(web: "Web", folder: Path, iso3: str | None, since: date | None) -> Iterator[Fetched]:  # noqa: ARG001
    """Yield the raster of a country for the year of its release; later years are projections.

    Raises
    ------
    UsageError
        No country is named.
    DataError
        WorldPop cannot be asked, or has no such raster.
    FileRefused
        The raster is not whole.
    """
    from data_pipelines.fetching.download import download  # noqa: PLC0415 (httpx takes 0.1 s to import)
    from data_pipelines.fetching.web import ask  # noqa: PLC0415

    if iso3 is None:
        raise UsageError("Population rasters are fetched by country; name one, such as --iso3 SDN.")
    answer = ask(web, _API, params={"iso3": iso3})
    url, released = _newest(iso3, parse_json(f"WorldPop's list for {iso3}", answer.body))
    yield download(web, url, folder)._replace(known_at=released, iso3=iso3)


def _newest(iso3: str, document: Any) -> tuple[str, date]:  # noqa: ANN401 (a JSON document)
    """Return the address of the newest raster that is no projection, and the day of its release."""
    try:
        listed = [
            (int(each["popyear"]), date.fromisoformat(each["date"]), str(each["files"][0]))
            for each in document["data"]
            if each["iso3"] == iso3
        ]
    except (KeyError, TypeError, ValueError, IndexError):
        raise DataError(f"WorldPop's list for {iso3} cannot be read; its format may have changed.") from None
    estimates = [(year, day, url) for year, day, url in listed if year <= day.year and url.lower().endswith(".tif")]
    if not estimates:
        raise DataError(f"WorldPop lists no population raster of {iso3}; look at https://hub.worldpop.org.")
    _, day, url = max(estimates)
    return url, day


SOURCE = Source(
    id="worldpop",
    title="Population grids (WorldPop and others in WGS84)",
    provider="WorldPop, University of Southampton",
    url="https://hub.worldpop.org",
    licence="CC BY 4.0",
    terms="Free to use with credit.",
    citation="WorldPop (www.worldpop.org), School of Geography and Environmental Science, University of Southampton",
    cadence_days=365,
    tables=(),
    parse=parse,
    fetch=fetch,
    fields=FIELDS,
    hosts=("hub.worldpop.org", "data.worldpop.org"),
    caveats=(
        "Modelled from older censuses and satellite images; where people really are after displacement is not known.",
        "It only shares out within areas; the number of residents of an area is the official one where there is any.",
        "Release R2025A is an alpha version that its makers may still change; years after its release are projections.",
    ),
)
