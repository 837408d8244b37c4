"""Is this file whole? By the trailer or the structure of its kind, whatever its name and its sender say.

A raster, JSON and text go through `data_pipelines.readers.sniff`, as they do before they are read.
"""

import csv
import struct
import zlib
from pathlib import Path

from data_pipelines.readers.archive import MAX_BYTES, members
from data_pipelines.readers.sniff import sniff
from geo.errors import FileRefused

_GZIP, _ZIP, _SQLITE = b"\x1f\x8b", b"PK", b"SQLite format 3\0"
_PBF = b"\x0a\x09OSMHeader"
_PIECE = 1 << 20
_LONGEST_ROW = 1 << 20


def check_whole(path: Path) -> None:
    """Refuse a file that was cut off or damaged, or is no data at all.

    Of a CSV that breaks off at the end of a line, or within its last cell, nothing in the file tells; the length that
    the server claimed and the guards on the number of rows do.

    Raises
    ------
    FileRefused
        The file is empty, a web page, of a kind that is not read here, an unsafe archive, or not whole.
    """
    with path.open("rb") as file:
        head = file.read(64)
    if head.startswith(_GZIP):
        _check_gzip(path)
    elif head.startswith(_ZIP):
        members(path)
    elif head.startswith(_SQLITE):
        _check_sqlite(path, head)
    elif head[4:].startswith(_PBF):
        _check_pbf(path)
    elif sniff(path) == "csv":
        _check_csv(path)


def _cut(path: Path, why: str) -> FileRefused:
    return FileRefused(f"The file '{path.name}' is cut off or damaged ({why}); get it again.")


def _check_gzip(path: Path) -> None:
    """Unpack into nothing; zlib compares the check sum and the length at the end of each member."""
    member, size = zlib.decompressobj(wbits=31), 0
    try:
        with path.open("rb") as file:
            while todo := file.read(_PIECE):
                while todo:
                    member = zlib.decompressobj(wbits=31) if member.eof else member
                    size += len(member.decompress(todo, _PIECE))
                    todo = member.unused_data if member.eof else member.unconsumed_tail
                    if size > MAX_BYTES:
                        raise FileRefused(
                            f"The file '{path.name}' unpacks to over {MAX_BYTES:,} bytes; do not trust it."
                        )
    except zlib.error as error:
        raise _cut(path, str(error)) from error
    if not member.eof:
        raise _cut(path, "its gzip trailer is missing")


def _check_sqlite(path: Path, head: bytes) -> None:
    """Compare a GeoPackage's size with the pages that its header counts."""
    if len(head) < 32:
        raise _cut(path, "its header is not whole")
    (page_size,) = struct.unpack(">H", head[16:18])
    (pages,) = struct.unpack(">I", head[28:32])
    claimed = (65_536 if page_size == 1 else page_size) * pages
    if path.stat().st_size != claimed:
        raise _cut(path, f"it has {path.stat().st_size:,} bytes and its header says {claimed:,}")


def _check_pbf(path: Path) -> None:
    """Walk over the blocks of an OpenStreetMap file: each says its length, and the last ends where the file does."""
    end, at = path.stat().st_size, 0
    with path.open("rb") as file:
        while at < end:
            file.seek(at)
            length = int.from_bytes(file.read(4), "big")
            size = _datasize(file.read(length)) if length <= 65_536 else None
            if size is None:
                raise _cut(path, f"no block begins at byte {at:,}")
            at += 4 + length + size
    if at != end:
        raise _cut(path, "its last block is not whole")


def _datasize(header: bytes) -> int | None:
    """Return field 3 of a protobuf BlobHeader: the bytes that follow; None where there is none."""
    at = 0
    while at < len(header):
        tag, at = header[at], at + 1
        value, at = _varint(header, at)
        if tag == 0x18:
            return value
        at += value if tag & 7 == 2 else 0
    return None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data):
        value |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 0x80:
            break
    return value, at


def _check_csv(path: Path) -> None:
    """Refuse a last line without an end that has fewer cells than the first: a row that was cut."""
    with path.open("rb") as file:
        header = file.readline(_LONGEST_ROW)
        file.seek(max(0, path.stat().st_size - _LONGEST_ROW))
        tail = file.read()
    if tail.endswith((b"\n", b"\r")):
        return
    delimiter = ";" if header.count(b";") > header.count(b",") else ","
    last = tail.splitlines()[-1]
    if len(_cells(last, delimiter)) < len(_cells(header, delimiter)):
        raise _cut(path, "its last row is not whole")


def _cells(line: bytes, delimiter: str) -> list[str]:
    return next(csv.reader([line.decode("utf-8", "replace")], delimiter=delimiter), [])
