"""Fetching UCDP GED: the newest yearly release, and the candidate releases of the months after it.

Which releases there are is asked, as UCDP keeps to no day: a yearly one is such as `ged251-csv.zip` and ends with the
year before; candidate ones are such as `GEDEvent_v26_01_26_06.csv` (January to June, revised) and
`GEDEvent_v26_0_7.csv` (July alone). For one country the API has the same releases, and wants a token.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from data_pipelines._source import Fetched
from data_pipelines.sources._ged_release import FIRST_YEAR, asked_for
from data_pipelines.sources._gleditsch_ward import ISO3
from geo.errors import DataError, UsageError

if TYPE_CHECKING:
    from data_pipelines.fetching.pages import Request
    from data_pipelines.fetching.web import Web

HOSTS = ("ucdp.uu.se", "ucdpapi.pcr.uu.se")
KEYS = ("FOREWATCH_UCDP_TOKEN",)
_FILES = "https://ucdp.uu.se/downloads"
_API = "https://ucdpapi.pcr.uu.se/api/gedevents"
_YEARS_BACK = 3
"""A yearly release comes out in the middle of the year; one of three years ago is the last that is still of use."""
_QUARTERS = (12, 9, 6, 3)
_PAGE = 1_000


class _Release(NamedTuple):
    """One release: its version as the API names it, its file, what it is, and the days that it is about.

    Releases that are a `product`, such as ``candidate 2025-07``, replace each other.
    """

    version: str
    path: str
    product: str
    first: date
    last: date


def fetch(web: "Web", folder: Path, iso3: str | None, since: date | None) -> Iterator[Fetched]:
    """Yield the releases that are about days since one: of the world as files, of a country from the API.

    Raises
    ------
    UsageError
        UCDP has no number for the country, or the API's token is not set.
    DataError
        No yearly release is found, or as of `data_pipelines.fetching`.
    """
    from data_pipelines.fetching.download import download  # noqa: PLC0415 - httpx takes 0.1 s to import
    from data_pipelines.fetching.web import attempt, secret  # noqa: PLC0415 - as above

    headers = {"x-ucdp-access-token": secret(web, KEYS[0])} if iso3 else {}
    country = _number(iso3) if iso3 else 0
    for release in _releases(web, datetime.now(UTC).date()):
        if since and release.last < since:
            continue
        found: list[Fetched] = []
        with attempt(web, release.path.rpartition("/")[2]):
            if iso3:
                found = _country(web, folder, release, iso3, country, headers)
            else:
                found = [download(web, f"{_FILES}/{release.path}", folder)]
        asked = asked_for(iso3, release.product, release.first, release.last)
        yield from (each._replace(asked=asked) for each in found)


def _number(iso3: str) -> int:
    """Return the number by which UCDP knows a country."""
    numbers = [number for number, code in ISO3.items() if code == iso3]
    if not numbers:
        raise UsageError(f"UCDP has no number for {iso3}; fetch without --iso3 for the events of the world.")
    return numbers[-1]


def _releases(web: "Web", today: date) -> Iterator[_Release]:
    """Yield the newest yearly release and the candidate releases of the months since, as far as they exist."""
    for year in range(today.year, today.year - _YEARS_BACK, -1):
        if _exists(web, path := f"ged/ged{year % 100:02}1-csv.zip"):
            yield _Release(f"{year % 100:02}.1", path, "yearly", date(FIRST_YEAR, 1, 1), date(year - 1, 12, 31))
            for later in range(year, today.year + 1):
                yield from _candidates(web, later, 12 if later < today.year else today.month - 1)
            return
    raise DataError(f"There is no yearly release of UCDP GED at {_FILES}/ged; get it by hand and use `forewatch add`.")


def _candidates(web: "Web", year: int, months: int) -> Iterator[_Release]:
    """Yield the release of most months of a year together, and those of single months after it."""
    short, first = f"{year % 100:02}", 1
    for month in (month for month in _QUARTERS if month <= months):
        if _exists(web, path := f"candidateged/GEDEvent_v{short}_01_{short}_{month:02}.csv"):
            days = date(year, 1, 1), _end(year, month)
            yield _Release(f"{short}.01.{short}.{month:02}", path, f"candidate {year}", *days)
            first = month + 1
            break
    for month in range(first, months + 1):
        if _exists(web, path := f"candidateged/GEDEvent_v{short}_0_{month}.csv"):
            days = date(year, month, 1), _end(year, month)
            yield _Release(f"{short}.0.{month}", path, f"candidate {year}-{month:02}", *days)


def _end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - date.resolution


def _exists(web: "Web", path: str) -> bool:
    """Ask whether there is a file, without receiving it; a web page in its place, as for unknown addresses, is none."""
    from data_pipelines.fetching.exchange import persist, response_to  # noqa: PLC0415 - httpx takes 0.1 s to import
    from data_pipelines.fetching.web import call_of  # noqa: PLC0415 - as above

    call = call_of(web, f"{_FILES}/{path}", None, None)

    def ask_once() -> bool:
        with response_to(web, call, frozenset({200, 404})) as response:
            return response.status_code == 200 and "html" not in response.headers.get("content-type", "")

    return persist(web, call.place, ask_once)


def _country(
    web: "Web", folder: Path, release: _Release, iso3: str, number: int, headers: dict[str, str]
) -> list[Fetched]:
    """Return one file of all pages of a country's events in a release; none where it has no event."""
    from data_pipelines.fetching.pages import Request, collect, write_pages  # noqa: PLC0415 - as above
    from data_pipelines.fetching.web import shown  # noqa: PLC0415 - as above

    url, wanted = f"{_API}/{release.version}", {"Country": number, "pagesize": _PAGE}
    first = Request(url, {**wanted, "page": 0}, headers)
    pages = collect(web, first, following=_following, records=_events, claimed=_claimed, ids=lambda event: event["id"])
    if not _events(json.loads(pages[0])):
        web.tell(f"{release.version} has no event of {iso3}")
        return []
    path = folder / f"ged_{release.version}_{iso3}.json"
    return [Fetched(write_pages(pages, path), None, shown(web, url, wanted), iso3)]


def _following(request: "Request", document: Any, number: int) -> "Request | None":  # noqa: ANN401 (JSON is anything)
    return replace(request, params={**request.params, "page": number}) if number < int(document["TotalPages"]) else None


def _events(document: Any) -> list[Any]:  # noqa: ANN401
    found: list[Any] = document["Result"]
    return found


def _claimed(document: Any) -> int:  # noqa: ANN401
    return int(document["TotalCount"])
