"""Is an extract of OpenStreetMap (.osm.pbf) whole, and up to which day? By the lengths of its blocks, and its header.

Layout: https://wiki.openstreetmap.org/wiki/PBF_Format, of which only the blocks and the header are read here.
"""

import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO

from geo.errors import FileRefused

MAGIC = b"\n\tOSMHeader"
"""What a file begins with, after the four bytes that are the length of its first block's header."""
_MAX_HEADER_BYTES = 65_536
_MAX_BLOCK_BYTES = 33_554_432
_TYPE, _DATA_SIZE = 1, 3
_RAW, _ZLIB = 1, 3
_TIMESTAMP = 32
"""Field numbers: of a block's header, of its blob, and of the HeaderBlock."""
_LAST_SECOND = 4_102_444_800
"""Since 1970, of the year 2099."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def check_pbf(path: Path) -> None:
    """Refuse an extract whose blocks reach beyond its end, or that holds no data."""
    with path.open("rb") as file:
        kinds = [kind for kind, _, _ in _blocks(path, file)]
    if kinds[:1] != ["OSMHeader"] or "OSMData" not in kinds:
        raise _damaged(path)


def published(path: Path) -> date | None:
    """Return the day up to which an extract holds edits, None where its header does not tell."""
    with path.open("rb") as file:
        for _, at, size in _blocks(path, file):
            file.seek(at)
            blob = dict(_fields(file.read(size)))
            header = dict(_fields(_inflated(blob)))
            moment = header.get(_TIMESTAMP)
            if isinstance(moment, int) and 0 < moment <= _LAST_SECOND:
                return datetime.fromtimestamp(moment, UTC).date()
            return None
    return None


def _inflated(blob: dict[int, int | bytes]) -> bytes:
    """Return the content of a blob that is stored plain or packed by zlib; empty for any other packing."""
    plain, packed = blob.get(_RAW), blob.get(_ZLIB)
    if isinstance(plain, bytes):
        return plain
    try:
        return zlib.decompressobj().decompress(packed, _MAX_BLOCK_BYTES) if isinstance(packed, bytes) else b""
    except zlib.error:
        return b""


def _blocks(path: Path, file: BinaryIO) -> Iterator[tuple[str, int, int]]:
    """Yield type, first byte and bytes of the blob of each block."""
    end, at = path.stat().st_size, 0
    while at < end:
        file.seek(at)
        length = struct.unpack(">I", file.read(4).ljust(4, b"\xff"))[0]
        if length > _MAX_HEADER_BYTES:
            raise _damaged(path)
        header = dict(_fields(file.read(length)))
        kind, size = header.get(_TYPE), header.get(_DATA_SIZE)
        start = at + 4 + length
        if not isinstance(kind, bytes) or not isinstance(size, int) or size > _MAX_BLOCK_BYTES or start + size > end:
            raise _damaged(path)
        yield kind.decode("ascii", "replace"), start, size
        at = start + size


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of each field of a protocol buffer; what follows damage is left out."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            value, at = _varint(message, at)
            yield number, value
        elif wire == _BYTES:
            size, at = _varint(message, at)
            yield number, message[at : at + size]
            at += size
        elif wire in (_FIXED32, _FIXED64):
            at += 4 if wire == _FIXED32 else 8
        else:
            return


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Return a number in base 128, lowest digits first, and where it ends."""
    value = shift = 0
    while at < len(message):
        value |= (message[at] & 0x7F) << shift
        shift += 7
        at += 1
        if message[at - 1] < 0x80:
            break
    return value, at


def _damaged(path: Path) -> FileRefused:
    return FileRefused(f"The extract '{path.name}' is cut off or damaged; get it again.")
