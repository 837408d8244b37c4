"""Fetching UNHCR's population figures: those in a country and those from it, or the world's."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_pipelines._source import Fetched

if TYPE_CHECKING:
    from data_pipelines.fetching.pages import Request
    from data_pipelines.fetching.web import Web

HOSTS = ("api.unhcr.org",)
_FIGURES = "https://api.unhcr.org/population/v1/population/"
_FIRST_YEAR = 1951
_PAGE = 1_000


def fetch(web: "Web", folder: Path, iso3: str | None, since: date | None) -> Iterator[Fetched]:
    """Yield the figures of a country as the one of asylum and as the one of origin, or of all pairs of countries.

    Raises
    ------
    DataError, FileRefused
        As of `data_pipelines.fetching.pages.collect`; or a page but the last is short.
    """
    span = f" since {since.year}" if since else ""
    years: dict[str, str | int] = {"yearFrom": since.year if since else _FIRST_YEAR, "yearTo": datetime.now(UTC).year}
    if iso3 is None:
        wanted = {**years, "coa_all": "true", "coo_all": "true"}
        for fetched in _figures(web, folder / "unhcr_world.json", wanted):
            yield fetched._replace(asked=f"world{span}")
    else:
        for word, side, other in (("in", "coa", "coo_all"), ("from", "coo", "coa_all")):
            wanted = {**years, side: iso3, other: "true"}
            for fetched in _figures(web, folder / f"unhcr_{word}_{iso3}.json", wanted):
                yield fetched._replace(iso3=iso3, asked=f"{word} {iso3}{span}")


def _figures(web: "Web", path: Path, wanted: Mapping[str, str | int]) -> Iterator[Fetched]:
    """Yield one file of all pages; none where UNHCR has no figure at all. Without cf_type, codes were UNHCR's own."""
    from data_pipelines.fetching.pages import Request, collect, write_pages  # noqa: PLC0415 - httpx takes 0.1 s
    from data_pipelines.fetching.web import shown  # noqa: PLC0415 - as above

    asked = {**wanted, "cf_type": "ISO", "limit": _PAGE}
    first = Request(_FIGURES, {**asked, "page": 1})
    pages = collect(web, first, following=_following, records=_items, ids=_of)
    address, file = shown(web, _FIGURES, asked), write_pages(pages, path)
    sizes = [len(_items(json.loads(page))) for page in pages]
    if len(set(sizes[:-1])) > 1 or sizes[-1] > sizes[0]:
        sentence = (
            f"Of the {len(sizes)} pages of {_FIGURES} not only the last is shorter than the first; try again later."
        )
        raise web.refusal(sentence, address, file)
    if sizes[0]:
        yield Fetched(file, None, address)


def _following(request: "Request", document: Any, number: int) -> "Request | None":  # noqa: ANN401 (JSON is anything)
    """Return the request for the next page; the answer tells how many pages there are, and not how many figures."""
    is_last = number >= int(document["maxPages"])
    return None if is_last else replace(request, params={**request.params, "page": number + 1})


def _items(document: Any) -> list[Any]:  # noqa: ANN401
    found: list[Any] = document["items"]
    return found


def _of(item: Any) -> tuple[str, ...]:  # noqa: ANN401
    return tuple(str(item[name]) for name in ("year", "coa_iso", "coo_iso", "coa", "coo"))
