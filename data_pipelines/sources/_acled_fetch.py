"""Fetching ACLED: one file per country and year, and the list of deleted events."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_pipelines._source import Fetched
from data_pipelines.iso3166 import NUMERIC
from geo.errors import DataError, UsageError

if TYPE_CHECKING:
    from data_pipelines.fetching.pages import Request
    from data_pipelines.fetching.web import Web

HOSTS = ("acleddata.com",)
KEYS = ("FOREWATCH_ACLED_USER", "FOREWATCH_ACLED_PASSWORD")
_LOGIN = "https://acleddata.com/oauth/token"
_EVENTS = "https://acleddata.com/api/acled/read"
_DELETED = "https://acleddata.com/api/deleted/read"
_FIRST_YEAR = 1997
_PAGE = 5_000
"""Rows asked for at once; the most that the API gives."""


def fetch(web: "Web", folder: Path, iso3: str | None, since: date | None) -> Iterator[Fetched]:
    """Yield the events of one country by year, and the events deleted since.

    Whole years are fetched, so that a file speaks for its year and one of a year gone by comes to the same again.

    Raises
    ------
    UsageError
        No country is named, or a key is not set.
    DataError
        The account may read nothing of the country, or as of `data_pipelines.fetching.pages.collect`.
    """
    number = _number(iso3)
    headers = {"Authorization": f"Bearer {_token(web)}"}
    limits, has_any = set(), False
    for year in range(since.year if since else _FIRST_YEAR, datetime.now(UTC).year + 1):
        wanted = {"iso": number, "year": year}
        pages = _pages(web, _EVENTS, wanted, headers)
        document = json.loads(pages[0])
        limits.add(_limit(document))
        if _records(document):
            has_any = True
            kept = _kept(web, pages, folder / f"acled_{iso3}_{year}.json", _EVENTS, wanted)
            yield kept._replace(iso3=iso3, asked=f"{iso3} {year}")
    if not has_any:
        raise DataError(_nothing(iso3, sorted(limits - {""})))
    yield from _deleted(web, folder, since, headers)


def _deleted(web: "Web", folder: Path, since: date | None, headers: Mapping[str, str]) -> Iterator[Fetched]:
    """Yield the events of any country that were deleted since; no event is deleted before it happened."""
    wanted = {"deleted_timestamp": str(since), "deleted_timestamp_where": ">="} if since else {}
    pages = _pages(web, _DELETED, wanted, headers)
    if _records(json.loads(pages[0])):
        kept = _kept(web, pages, folder / "acled_deleted.json", _DELETED, wanted)
        yield kept._replace(asked=f"deletions since {since}" if since else "deletions")


def _number(iso3: str | None) -> int:
    """Return a country's number, by which ACLED is asked; its names of countries are its own."""
    found = {alpha: number for number, alpha in NUMERIC.items()}.get(iso3 or "")
    if found is None:
        raise UsageError("ACLED is fetched country by country; name one with --iso3, such as --iso3 SDN.")
    return found


def _token(web: "Web") -> str:
    """Return a token, which lasts a day and is never kept."""
    from data_pipelines.fetching.web import ask, secret  # noqa: PLC0415 - httpx takes 0.1 s to import

    user, password = (secret(web, key) for key in KEYS)
    form = {"username": user, "password": password, "grant_type": "password", "client_id": "acled"}
    answer = ask(web, _LOGIN, form={**form, "scope": "authenticated"})
    try:
        token = json.loads(answer.body)["access_token"]
    except (ValueError, KeyError, TypeError):
        token = None
    if not isinstance(token, str) or not token:
        raise DataError(f"acleddata.com gave no token for {KEYS[0]}; check it and {KEYS[1]} by logging in there.")
    web.secrets.add(token)
    return token


def _pages(web: "Web", url: str, wanted: Mapping[str, str | int], headers: Mapping[str, str]) -> list[bytes]:
    """Return all pages; an answer has no total, so they are asked for until one is empty."""
    from data_pipelines.fetching.pages import Request, collect  # noqa: PLC0415 - as above

    first = Request(url, {"_format": "json", **wanted, "limit": _PAGE, "page": 1}, headers)
    return collect(web, first, following=_following, records=_records, ids=lambda record: record["event_id_cnty"])


def _following(request: "Request", _: Any, number: int) -> "Request":  # noqa: ANN401 (a JSON document is anything)
    from dataclasses import replace  # noqa: PLC0415

    return replace(request, params={**request.params, "page": number + 1})


def _records(document: Any) -> list[Any]:  # noqa: ANN401
    found: list[Any] = document["data"]
    return found


def _limit(document: Any) -> str:  # noqa: ANN401
    """Return the last day that the account may read, where an answer names one."""
    limits = document.get("data_query_restrictions")
    recency = limits.get("date_recency") if isinstance(limits, dict) else None
    return str(recency.get("date") or "")[:10] if isinstance(recency, dict) else ""


def _nothing(iso3: str | None, days: list[str]) -> str:
    """Say why nothing came: an account may log in and still read nothing."""
    until = f" (it may read events up to {days[-1]})" if days else ""
    return (
        f"ACLED knows the account of {KEYS[0]} and gave it no event of {iso3}{until}; ask for earlier days with "
        "--since, or ask ACLED which tier of access the account has."
    )


def _kept(web: "Web", pages: list[bytes], path: Path, url: str, wanted: Mapping[str, str | int]) -> Fetched:
    from data_pipelines.fetching.pages import write_pages  # noqa: PLC0415 - as above
    from data_pipelines.fetching.web import shown  # noqa: PLC0415 - as above

    return Fetched(write_pages(pages, path), None, shown(web, url, {"_format": "json", **wanted}))
