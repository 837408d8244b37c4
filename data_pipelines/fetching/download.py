"""Large files: straight to disk, resumed where a connection broke, and believed only when whole.

What has arrived lies in `NAME.part`, as it came over the line, with `NAME.part.json` beside it; where a run ends before
the file does, the next one that downloads into the same folder goes on from there.
"""

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import httpx

from data_pipelines._source import Fetched
from data_pipelines.fetching.bodies import encoding_of, fault_of, received, unpacked
from data_pipelines.fetching.exchange import Again, Call, persist, response_to
from data_pipelines.fetching.web import Web, call_of, last_modified, shown
from data_pipelines.fetching.whole import check_whole
from data_pipelines.workspace import write_atomically
from geo.errors import DataError, FileRefused

_STATUSES = frozenset({200, 206, 416})
_TOLD_EVERY_S = 5.0


@dataclass(frozen=True)
class _Promise:
    """What the server said of the file of which a part has arrived; without a validator it cannot be resumed.

    `arrived` are the bytes that are safely on disk: after a power cut a file may be longer, and end in zeros.
    """

    url: str
    validator: str
    total: int | None
    encoding: str
    known_at: str | None
    arrived: int = 0


def download(
    web: Web,
    url: str,
    into: Path,
    *,
    name: str | None = None,
    params: Mapping[str, str | int] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Fetched:
    """Download one file, whole, and return it with the day on which its provider last changed it.

    Parameters
    ----------
    web
        The door of this run.
    url
        https on one of the source's hosts.
    into
        An existing folder.
    name
        Of the file; the last part of the address if not given.
    params, headers
        As in `data_pipelines.fetching.web.ask`.

    Raises
    ------
    DataError
        The provider cannot be reached, is asked too often, or refuses; or the run is over its budget.
    FileRefused
        What came is empty, a web page, cut off or damaged; it is kept as evidence.
    """
    call = call_of(web, url, params, headers)
    address = shown(web, url, params)
    part = into / f"{_file_name(name or call.url.path.rpartition('/')[2])}.part"
    most = 0
    promise: _Promise | None = None
    while promise is None:
        most = max(most, _size(part))
        promise = persist(web, call.place, partial(_advance, web, call, part, address, most))
    path = _finish(web, part, promise)
    return Fetched(path, date.fromisoformat(promise.known_at) if promise.known_at else None, address)


def _file_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", text)[-120:].lstrip(".") or "file"


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _advance(web: Web, call: Call, part: Path, address: str, so_far: int) -> _Promise | None:
    """Receive until the end of the file, or return None where it broke but more has arrived than ever before."""
    try:
        return _receive(web, call, part, address)
    except Again:
        if _size(part) > so_far:
            return None
        raise


def _receive(web: Web, call: Call, part: Path, address: str) -> _Promise:
    """Ask for the file, or for the rest of it, and append what comes."""
    held = _promised(part, address)
    start = held.arrived if held and held.validator else 0
    own = {"Range": f"bytes={start}-", "If-Range": held.validator} if held and start else {}
    with response_to(web, call, _STATUSES, own) as response:
        if response.status_code == 200:
            start, held = 0, _promise(response, address)
            _drop(part)
        else:
            held = _resumed(response, start, held, part)
        if held.total is not None and held.total - start > web.budget.bytes:
            raise DataError(f"{call.place} has {held.total:,} bytes, more than the run may receive; ask for less.")
        if response.status_code != 416:
            _write(web, response, part, start, held)
    if held.total is not None and _size(part) != held.total:
        raise Again(f"{call.place} claims {held.total:,} bytes and sent {_size(part):,}")
    return held


def _resumed(response: httpx.Response, start: int, held: _Promise | None, part: Path) -> _Promise:
    """Return what was promised of the file, if what the server sent is its rest; else drop all of it, to begin anew.

    A 416 says that there is no rest, and is right where the file has as many bytes as have arrived.
    """
    match = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", response.headers.get("content-range", "").strip())
    begins, total = match.groups() if match else (None, None)
    is_rest = begins == str(start) if response.status_code == 206 else total == str(start)
    if held is None or not start or not is_rest or not _is_same(response, held, total):
        _drop(part)
        raise Again(f"{response.url.host} went on with another file than it had begun")
    return held


def _is_same(response: httpx.Response, held: _Promise, total: str | None) -> bool:
    """Return whether what the server says of the rest is what it said of the beginning."""
    validators = {_validator(response.headers), held.validator} - {""}
    totals = {total, None if held.total is None else str(held.total)} - {None, "*"}
    return len(validators) == 1 and len(totals) <= 1 and encoding_of(response, held.url) == held.encoding


def _promise(response: httpx.Response, address: str) -> _Promise:
    length = response.headers.get("content-length", "")
    day = last_modified(response.headers)
    return _Promise(
        url=address,
        validator=_validator(response.headers),
        total=int(length) if length.isdigit() else None,
        encoding=encoding_of(response, address),
        known_at=day.isoformat() if day else None,
    )


def _validator(headers: Mapping[str, str]) -> str:
    """Return what a server can recognise its file by: a strong ETag, else the time of its last change."""
    etag = headers.get("etag", "")
    return etag if etag and not etag.startswith("W/") else headers.get("last-modified", "")


def _beside(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _promised(part: Path, address: str) -> _Promise | None:
    """Return what was said of the file of which a part lies there; None where there is none, or it is another's."""
    if not part.exists():
        return None
    try:
        held = _Promise(**json.loads(_beside(part).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return held if held.url == address and held.arrived <= _size(part) else None


def _drop(part: Path) -> None:
    part.unlink(missing_ok=True)
    _beside(part).unlink(missing_ok=True)


def _write(web: Web, response: httpx.Response, part: Path, start: int, promise: _Promise) -> None:
    """Append what comes, and note how far it came, also where it breaks off."""
    with part.open("r+b" if start else "wb") as file:
        file.seek(start)
        file.truncate()
        try:
            for piece in _told(web, received(web, response, str(response.url.host)), start, promise):
                file.write(piece)
        finally:
            file.flush()
            os.fsync(file.fileno())
            write_atomically(_beside(part), asdict(replace(promise, arrived=file.tell())))


def _told(web: Web, pieces: Iterator[bytes], at: int, promise: _Promise) -> Iterator[bytes]:
    """Yield pieces and say now and then how many bytes there are."""
    told, of = time.monotonic(), f" of {promise.total / 1e6:,.1f}" if promise.total else ""
    for piece in pieces:
        yield piece
        at += len(piece)
        if time.monotonic() - told > _TOLD_EVERY_S:
            told = time.monotonic()
            web.tell(f"{at / 1e6:,.1f}{of} MB")


def _finish(web: Web, part: Path, promise: _Promise) -> Path:
    """Unpack what was packed for the way, and return the file once it is seen to be whole."""
    path = part.with_name(part.stem)
    try:
        _unpack(part, path, promise)
        _check(path)
    except (FileRefused, Again) as error:
        raise web.refusal(f"{str(error).rstrip('.')}.", promise.url, path) from None
    finally:
        _drop(part)
    return path


def _unpack(part: Path, path: Path, promise: _Promise) -> None:
    if not promise.encoding:
        part.replace(path)
        return
    with part.open("rb") as packed, path.open("wb") as file:
        for piece in unpacked(iter(partial(packed.read, 1 << 20), b""), promise.encoding, promise.url):
            file.write(piece)


def _check(path: Path) -> None:
    with path.open("rb") as file:
        fault = fault_of(file.read(4_200))
    if fault:
        raise FileRefused(f"The file '{path.name}' {fault}; try again later.")
    check_whole(path)
