"""Bodies of answers: counted, unpacked where they were packed for the way, and looked at before they are believed."""

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import httpx

from data_pipelines.fetching.exchange import Again
from data_pipelines.readers.archive import MAX_BYTES
from geo.errors import DataError, FileRefused

if TYPE_CHECKING:
    from data_pipelines.fetching.web import Web

MOST_IN_MEMORY = 200_000_000
"""Bytes of one small answer; the largest page seen, 10,000 rows of ACLED with notes, has 12 MB."""
_PIECE = 1 << 20
_PAGE = re.compile(rb"<\s*(!doctype\s+html|html|head|body|script|title)\b", re.IGNORECASE)


def received(web: "Web", response: httpx.Response, place: str) -> Iterator[bytes]:
    """Yield the pieces of a body as they come over the line, each taken off the budget."""
    for piece in response.iter_raw():
        web.budget.spend(place, received=len(piece))
        yield piece


def whole_body(web: "Web", response: httpx.Response, place: str) -> bytes:
    """Return a small body, unpacked.

    Raises
    ------
    Again
        It was packed for the way and ends too early.
    FileRefused
        It has more than `MOST_IN_MEMORY` bytes.
    """
    body = bytearray()
    for piece in unpacked(received(web, response, place), encoding_of(response, place), place):
        body += piece
        if len(body) > MOST_IN_MEMORY:
            raise FileRefused(f"The answer of {place} is larger than {MOST_IN_MEMORY:,} bytes; ask for less at once.")
    return bytes(body)


def encoding_of(response: httpx.Response, place: str) -> str:
    """Return how a body was packed for the way: ``gzip``, or empty; we ask for no other."""
    encoding: str = response.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return ""
    if encoding not in ("gzip", "x-gzip"):
        raise DataError(f"{place} packed its answer as '{encoding[:20]}', which nobody asked for; try again later.")
    return "gzip"


def unpacked(pieces: Iterable[bytes], encoding: str, place: str) -> Iterator[bytes]:
    """Yield what pieces hold, after the check sum and the length at the end of each gzip member were found right."""
    return _gunzipped(pieces, place) if encoding else iter(pieces)


def _gunzipped(pieces: Iterable[bytes], place: str) -> Iterator[bytes]:
    member, size = zlib.decompressobj(wbits=31), 0
    try:
        for piece in pieces:
            todo = piece
            while todo:
                if member.eof:
                    member = zlib.decompressobj(wbits=31)
                out = member.decompress(todo, _PIECE)
                todo = member.unused_data if member.eof else member.unconsumed_tail
                size += len(out)
                if size > MAX_BYTES:
                    raise FileRefused(f"The answer of {place} would unpack to over {MAX_BYTES:,} bytes (a bomb?).")
                yield out
    except zlib.error:
        raise Again(f"The answer of {place} was packed and is damaged") from None
    if not member.eof:
        raise Again(f"The answer of {place} was packed and is cut off")


def fault_of(head: bytes) -> str:
    """Say what is wrong with the start of a body; empty where it may be data."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:4096]
    if not start:
        return "is empty"
    if start.startswith(b"<") and _PAGE.search(start):
        return "is a web page (a login or an error page?), not data"
    return ""
