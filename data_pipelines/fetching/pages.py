"""Answers in pages: asked for until the provider's own total is reached, and kept as they came."""

import hashlib
import json
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from data_pipelines.fetching.web import Web, ask, shown
from data_pipelines.readers.documents import parse
from geo.errors import FileRefused

T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """What to ask for one page; see `data_pipelines.fetching.web.ask`."""

    url: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Asked:
    """How a source reads its provider's pages; see `collect`."""

    following: Callable[[Request, Any, int], Request | None]
    records: Callable[[Any], list[Any]]
    claimed: Callable[[Any], int | None] | None
    ids: Callable[[Any], Hashable] | None
    most: int


@dataclass
class _SoFar:
    """What the pages so far hold: their bytes, their records, the total that was claimed, and digests of both."""

    bodies: list[bytes] = field(default_factory=list)
    records: int = 0
    total: int | None = None
    pages: set[str] = field(default_factory=set)
    by_id: dict[Hashable, str] = field(default_factory=dict)


def collect(
    web: Web,
    first: Request,
    *,
    following: Callable[[Request, Any, int], Request | None],
    records: Callable[[Any], list[Any]],
    claimed: Callable[[Any], int | None] | None = None,
    ids: Callable[[Any], Hashable] | None = None,
    most: int = 10_000,
) -> list[bytes]:
    """Return every page's own bytes, once they hold as many records as the provider says that there are.

    Parameters
    ----------
    web
        The door of this run.
    first
        The request for the first page.
    following
        The request for the next page, given the last request, its document, and the number of pages received; None
        where there is none.
    records
        The records of a document. What it raises for a document that is none of the provider's pages (an error with
        status 200) is told as that.
    claimed
        The total that a document claims, if it does; without it, pages are asked for until one is empty.
    ids
        A record's own id. Of a record that came twice one counts, as a record that moved to the next page while pages
        were asked for hides another that was missed; without ids every record counts.
    most
        Pages that are asked for at most.

    Raises
    ------
    FileRefused
        A page is no JSON, a repetition of another, or an error; a record came twice and differs; the total changes, is
        not reached, or is exceeded. The pages are kept as evidence.
    DataError
        As of `data_pipelines.fetching.web.ask`.
    """
    asked = _Asked(following, records, claimed, ids, most)
    so_far = _SoFar()
    request: Request | None = first
    while request is not None:
        answer = ask(web, request.url, params=request.params, headers=request.headers)
        so_far.bodies.append(answer.body)
        try:
            request = _after(asked, so_far, request, parse(f"page {len(so_far.bodies)}", answer.body))
        except FileRefused as error:
            raise _refusal(web, first, so_far, error) from None
    return so_far.bodies


def write_pages(pages: list[bytes], path: Path) -> Path:
    """Write pages into one file ``{"pages":[...]}`` in which every page's bytes stand as they came."""
    with path.open("wb") as file:
        file.write(b'{"pages":[')
        for number, page in enumerate(pages):
            file.write((b",\n" if number else b"\n") + page.removeprefix(b"\xef\xbb\xbf").strip())
        file.write(b"\n]}\n")
    return path


def _given(function: Callable[..., T], *arguments: object) -> T:
    """Return what one of a source's functions finds in a page; what it stumbles over is no page of the provider."""
    try:
        return function(*arguments)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError):
        raise FileRefused("it is an error report, or its format has changed") from None


def _after(asked: _Asked, so_far: _SoFar, request: Request, document: object) -> Request | None:
    """Add a page to what was received, and return the request for the next, or None once all is there."""
    found = _take(asked, so_far, document)
    next_one: Request | None = None
    if found and _counted(asked, so_far) != so_far.total:
        next_one = _given(asked.following, request, document, len(so_far.bodies))
    if next_one is None:
        _check_total(asked, so_far)
    elif len(so_far.bodies) >= asked.most:
        raise FileRefused(f"there are more than {asked.most:,} of them")
    if not found and len(so_far.bodies) > 1:
        so_far.bodies.pop()  # it only told the end
    return next_one


def _take(asked: _Asked, so_far: _SoFar, document: object) -> list[Any]:
    """Return the records of a page, unless it repeats or contradicts another."""
    if isinstance(document, dict) and any(document.get(key) is False for key in ("success", "isSuccess")):
        raise FileRefused("it reports a failure")
    found: object = _given(asked.records, document)
    total: object = _given(asked.claimed, document) if asked.claimed else None
    if not isinstance(found, list) or not (total is None or type(total) is int):
        raise FileRefused("it holds no list of records, or a total that is no number")
    if so_far.total is not None and total not in (so_far.total, None):
        raise FileRefused(f"the total changed from {so_far.total} to {total} while they were received")
    so_far.total = so_far.total if total is None else total
    _note(asked, so_far, found)
    return found


def _note(asked: _Asked, so_far: _SoFar, found: list[Any]) -> None:
    page = _digest(found)
    if found and page in so_far.pages:
        raise FileRefused("it is the same page as one before")
    so_far.pages.add(page)
    so_far.records += len(found)
    if asked.ids:
        for record in found:
            _given(_meet, so_far, _given(asked.ids, record), _digest(record))


def _meet(so_far: _SoFar, name: Hashable, digest: str) -> None:
    if so_far.by_id.setdefault(name, digest) != digest:
        raise FileRefused(f"record {str(name)[:60]} came twice, and not the same")


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _counted(asked: _Asked, so_far: _SoFar) -> int:
    return len(so_far.by_id) if asked.ids else so_far.records


def _check_total(asked: _Asked, so_far: _SoFar) -> None:
    counted = _counted(asked, so_far)
    if so_far.total not in (None, counted):
        raise FileRefused(f"they claim {so_far.total:,} records and hold {counted:,}")


def _refusal(web: Web, first: Request, so_far: _SoFar, error: FileRefused) -> FileRefused:
    url = shown(web, first.url, first.params)
    why = str(error).rstrip(".")
    sentence = f"The pages of {first.url} cannot be believed, at number {len(so_far.bodies)}: {why}; try again later."
    return web.refusal(sentence, url, b"\n".join(so_far.bodies), "pages.txt")
