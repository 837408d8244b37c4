"""IOM's DTM API, version 3: all figures of a country at one admin level in one answer."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_pipelines._source import Fetched
from geo.errors import DataError

if TYPE_CHECKING:
    from data_pipelines.fetching.web import Web

HOST = "dtmapi.iom.int"
KEY = "FOREWATCH_DTM_KEY"
_URL = f"https://{HOST}/v3/displacement"
_LEVELS = (0, 1, 2)


def fetch(web: "Web", folder: Path, iso3: str | None, since: date | None) -> Iterator[Fetched]:
    """Yield a file per country and admin level that has figures; see `data_pipelines._source.Source`.

    Raises
    ------
    UsageError
        The key is not set.
    DataError
        The API cannot be asked, or has no figure at all for the country.
    FileRefused
        An answer reports a failure, or holds fewer or more records than it claims.
    """
    from data_pipelines.fetching.web import secret  # noqa: PLC0415 - httpx takes 0.1 s to import

    headers = {"Ocp-Apim-Subscription-Key": secret(web, KEY)}
    found = 0
    for country in [iso3] if iso3 else _countries(web, headers):
        for level in _LEVELS:
            for fetched in _level(web, folder, country, since, level, headers):
                found += 1
                yield fetched
    if not found and not web.failures:
        days = f" since {since}" if since else ""
        raise DataError(f"IOM DTM has no figure for {iso3 or 'any country'}{days}; ask for another country or day.")


def _level(
    web: "Web", folder: Path, iso3: str, since: date | None, level: int, headers: dict[str, str]
) -> Iterator[Fetched]:
    """Yield the file of one level, or none where the API has no figure there; a failure leaves the others be."""
    from data_pipelines.fetching.pages import write_pages  # noqa: PLC0415 - as above
    from data_pipelines.fetching.web import attempt, shown  # noqa: PLC0415

    url = f"{_URL}/admin{level}"
    params: dict[str, str | int] = {"Admin0Pcode": iso3}
    if since:
        params["FromReportingDate"] = since.isoformat()
    pages: list[bytes] = []
    with attempt(web, f"{iso3} admin {level}"):
        pages = _ask(web, url, params, headers)
    if pages and _records(json.loads(pages[0])):
        path = write_pages(pages, folder / f"dtm_{iso3.lower()}_admin{level}.json")
        asked = f"{iso3} adm{level}" + (f" since {since}" if since else "")
        yield Fetched(path, None, shown(web, url, params), iso3, asked)


def _countries(web: "Web", headers: dict[str, str]) -> list[str]:
    """Return the countries that the API has figures of."""
    pages = _ask(web, f"{_URL}/country-list", {}, headers)
    return sorted({str(each["admin0Pcode"]) for page in pages for each in _records(json.loads(page))})


def _ask(web: "Web", url: str, params: dict[str, str | int], headers: dict[str, str]) -> list[bytes]:
    from data_pipelines.fetching.pages import Request, collect  # noqa: PLC0415 - httpx takes 0.1 s to import

    request = Request(url, params, headers)
    return collect(
        web, request, following=lambda *_: None, records=_records, claimed=lambda page: page["totalRecordsCount"]
    )


def _records(document: Any) -> list[Any]:  # noqa: ANN401 - a JSON document is anything
    found: list[Any] = document["result"]
    return found
