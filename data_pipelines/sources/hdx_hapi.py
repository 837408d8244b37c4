"""HDX's Humanitarian API: conflict events, displaced persons and population, as others provide them to HDX.

Three themes in one form, told apart by their columns: pages of JSON from the API, and the CSV files on HDX, which have
an HXL row and say in `warning` and `error` what HDX changed or found wrong. Its displaced persons are IOM DTM's, its
population is COD-PS, and its conflict events are ACLED's own counts: the same records as of those sources, and never
counted beside them.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_pipelines._source import Fetched, Field, Parsed, Raw, Source
from data_pipelines.readers.fields import column
from data_pipelines.readers.text import read_rows
from data_pipelines.sources import _hapi_conflict, _hapi_idps, _hapi_population
from geo.errors import DataError, FileRefused, UsageError

if TYPE_CHECKING:
    from data_pipelines.fetching.pages import Request
    from data_pipelines.fetching.web import Web

ID = "hdx_hapi"
HOST = "hapi.humdata.org"
KEY = "FOREWATCH_HAPI_APP"
PAGE = 10_000
"""Records that the API gives at once, at most."""
THEMES = {
    "conflict_events": "coordination-context/conflict-events",
    "idps": "affected-people/idps",
    "population": "geography-infrastructure/baseline-population",
}
"""Name of a theme's files -> its address in the API."""


def parse(raw: Raw) -> Parsed:
    """Read a file of one theme; see the `read` of each theme.

    Raises
    ------
    FileRefused
        The file is of none of the themes, lacks columns, or none of its records can be read.
    """
    rows = read_rows(raw.path)
    if column(rows.frame, "event_type") is not None:
        return _hapi_conflict.read(raw, rows, ID)
    if column(rows.frame, "reporting_round") is not None or column(rows.frame, "assessment_type") is not None:
        return _hapi_idps.read(raw, rows, ID)
    if column(rows.frame, "age_range") is not None:
        population = _hapi_population.read(raw, rows)
        return replace(population, series=f"population {raw.asked or population.series}")
    raise FileRefused(
        f"The file '{raw.path.name}' has none of the columns event_type, reporting_round or age_range, by which HDX "
        "HAPI's conflict events, displaced persons and population are told; its other themes are not read."
    )


def fetch(web: "Web", folder: Path, iso3: str | None, since: date | None) -> Iterator[Fetched]:
    """Yield a file per theme that has records of a country; see `data_pipelines._source.Source`.

    Raises
    ------
    UsageError
        No country is named, or the key is not set.
    DataError
        The API cannot be asked, or has nothing about the country.
    FileRefused
        A page repeats another, or is none.
    """
    from data_pipelines.fetching.pages import Request, collect, write_pages  # noqa: PLC0415 - httpx takes 0.1 s to import
    from data_pipelines.fetching.web import attempt, secret, shown  # noqa: PLC0415

    if iso3 is None:
        raise UsageError("HDX HAPI is fetched country by country; name one, such as --iso3 SDN.")
    headers, found = {"X-HDX-HAPI-APP-IDENTIFIER": secret(web, KEY)}, 0
    for theme, address in THEMES.items():
        params = {"location_code": iso3, **({"start_date": since.isoformat()} if since else {})}
        first = Request(f"https://{HOST}/api/v2/{address}", {**params, "limit": PAGE, "offset": 0}, headers)
        pages: list[bytes] = []
        with attempt(web, f"{iso3} {theme}"):
            pages = collect(web, first, following=_following, records=lambda page: page["data"])
        if pages and json.loads(pages[0])["data"]:
            found += 1
            path = write_pages(pages, folder / f"hdx_hapi_{theme}_{iso3.lower()}.json")
            asked = f"{iso3} since {since}" if since else iso3
            yield Fetched(path, None, shown(web, first.url, first.params), iso3, asked)
    if not found and not web.failures:
        raise DataError(f"HDX HAPI has no record about {iso3}; ask for another country or an earlier day.")


def _following(request: "Request", document: Any, _: int) -> "Request":  # noqa: ANN401 - a JSON document is anything
    """Return the request for the records after those received; as no total is claimed, an empty page is the end."""
    offset = int(request.params["offset"]) + len(document["data"])
    return replace(request, params={**request.params, "offset": offset})


def _each_once(*contracts: tuple[Field, ...]) -> tuple[Field, ...]:
    """Return the columns of all themes; those of one theme are not required of the others."""
    required = [{each.id for each in contract if each.required} for contract in contracts]
    everywhere = set.intersection(*required)
    by_id = {each.id: replace(each, required=each.id in everywhere) for contract in contracts for each in contract}
    return tuple(by_id.values())


SOURCE = Source(
    id=ID,
    title="HDX Humanitarian API (HAPI): conflict events, displaced persons, population",
    provider="OCHA Centre for Humanitarian Data, from ACLED, IOM DTM, and COD-PS of OCHA and UNFPA",
    url="https://hapi.humdata.org/",
    licence="those of the first providers: ACLED's terms, IOM DTM's terms, CC BY 3.0 IGO for population",
    terms="Figures may be shown and cited with their first provider; rows of ACLED and IOM may not be passed on.",
    citation=(
        "OCHA Centre for Humanitarian Data, HDX Humanitarian API; with Armed Conflict Location & Event Data (ACLED), "
        "acleddata.com; IOM Displacement Tracking Matrix (DTM); and OCHA and UNFPA, COD-PS."
    ),
    cadence_days=30,
    tables=("displacement", "population", "population_groups", "reported_counts"),
    parse=parse,
    fetch=fetch,
    may_pass_on=False,
    caveats=(
        "Conflict events are ACLED's own counts by area and month; their classes overlap and are never added up.",
        "Displaced persons are IOM DTM's stocks, added up over reasons and origins; never added to IOM's own.",
        "Population is COD-PS; never added to COD-PS's own.",
        "Figures of three admin levels in one file are about the same people and events.",
    ),
    fields=_each_once(_hapi_conflict.FIELDS, _hapi_idps.FIELDS, _hapi_population.FIELDS),
    known=_hapi_population.KNOWN,
    hosts=(HOST,),
    keys=(KEY,),
)
