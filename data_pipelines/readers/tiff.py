"""Is a TIFF whole? Its directories say where every strip and tile ends; a decoder may return rubbish instead of saying.

Layout: TIFF 6.0 section 2, and BigTIFF (64-bit offsets).
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from geo.errors import FileRefused

_WIDTH_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_LETTER = {3: "H", 4: "I", 16: "Q"}
_OFFSETS_AND_LENGTHS = ((273, 279), (324, 325))
"""Tags of strips and of tiles."""
_MAX_DIRECTORIES = 1_000


class _Layout(NamedTuple):
    """Byte order, and the widths that BigTIFF doubles."""

    order: str
    number: str
    offset: str


class _Entry(NamedTuple):
    """One tag: its type, how many values, and where in the file they stand."""

    kind: int
    number: int
    at: int

    @property
    def end(self) -> int:
        """Return the byte after the last value."""
        return self.at + self.number * _WIDTH_BYTES.get(self.kind, 1)


def check_tiff(path: Path) -> None:
    """Refuse a TIFF whose directories or pixels reach beyond the end of the file, or which holds no pixels."""
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            end = max(_ends(file, size))
    except (struct.error, KeyError, ValueError, OverflowError, OSError) as error:
        raise FileRefused(f"The TIFF '{path.name}' is cut off or damaged; get it again.") from error
    if end > size:
        raise FileRefused(f"The TIFF '{path.name}' is cut off or damaged; get it again.")


def _ends(file: BinaryIO, size: int) -> Iterator[int]:
    """Yield the byte after each tag's values and after each strip and tile, of every image."""
    head = file.read(16)
    order = "<" if head[:2] == b"II" else ">"
    is_big = struct.unpack_from(order + "H", head, 2)[0] == 43
    layout = _Layout(order, "Q", "Q") if is_big else _Layout(order, "H", "I")
    (at,) = struct.unpack_from(order + layout.offset, head, 8 if is_big else 4)
    for _ in range(_MAX_DIRECTORIES):
        if not at:
            return
        entries, at = _directory(file, layout, at)
        yield from (entry.end for entry in entries.values())
        for offsets, lengths in _OFFSETS_AND_LENGTHS:
            if offsets in entries:
                starts = _values(file, layout, entries[offsets], size)
                yield from (a + n for a, n in zip(starts, _values(file, layout, entries[lengths], size), strict=True))
    raise ValueError("directories in a circle")


def _directory(file: BinaryIO, layout: _Layout, at: int) -> tuple[dict[int, _Entry], int]:
    """Return one directory's tags and the offset of the next, 0 after the last."""
    file.seek(at)
    (number,) = _unpack(file, layout.order + layout.number)
    start = file.tell()
    room = struct.calcsize("=" + layout.offset)
    entries = {}
    for index in range(min(number, 65_536)):
        file.seek(start + index * (4 + 2 * room))
        tag, kind, count = _unpack(file, f"{layout.order}HH{layout.offset}")
        value_at = file.tell()
        if _WIDTH_BYTES.get(kind, 1) * count > room:
            (value_at,) = _unpack(file, layout.order + layout.offset)
        entries[tag] = _Entry(kind, count, value_at)
    file.seek(start + number * (4 + 2 * room))
    (following,) = _unpack(file, layout.order + layout.offset)
    return entries, following


def _values(file: BinaryIO, layout: _Layout, entry: _Entry, size: int) -> tuple[int, ...]:
    """Return a tag's whole numbers; more of them than the file has bytes is damage."""
    if entry.number > size:
        raise ValueError("more values than bytes")
    file.seek(entry.at)
    return _unpack(file, f"{layout.order}{entry.number}{_LETTER[entry.kind]}")


def _unpack(file: BinaryIO, pattern: str) -> tuple[int, ...]:
    """Read and unpack; short reads raise struct.error."""
    return struct.unpack(pattern, file.read(struct.calcsize(pattern)))
