"""Is this file whole? By the trailer or the structure of its kind, whatever its name and its sender say.

All but what is packed go through `data_pipelines.readers.sniff`, as they do before they are read.
"""

import csv
import zlib
from pathlib import Path

from data_pipelines.readers.archive import MAX_BYTES, members
from data_pipelines.readers.packed import GZIP, ZIP
from data_pipelines.readers.sniff import sniff
from geo.errors import FileRefused

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
        head = file.read(4)
    if head.startswith(GZIP):
        _check_gzip(path)
    elif head.startswith(ZIP):
        members(path)
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
