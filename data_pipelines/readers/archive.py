"""Zip files from outside: safe to unpack, whole, and what they claim to be, or refused."""

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Literal

from geo.errors import FileRefused

MAX_MEMBERS = 1_000
MAX_BYTES = 2_000_000_000
"""Of all members together, unpacked."""
MAX_RATIO = 200
"""Unpacked over packed bytes; real shapefiles reach 35, workbooks 8, and a 10 GB bomb of 36 MB has 284."""
RATIO_FREE_BYTES = 10_000_000
_CHUNK = 1 << 20


def zip_kind(path: Path) -> Literal["csv", "zip", "xlsx"]:
    """Return ``xlsx`` for a workbook, ``csv`` for a CSV alone, ``zip`` for a shapefile, after every member was read.

    Raises
    ------
    FileRefused
        The archive cannot be trusted (see `members`), or holds neither a workbook, a CSV alone nor one whole shapefile.
    """
    return _kind(path, members(path))


def members(path: Path) -> list[str]:
    """Return the names of a zip file's members, after every one of them was read to its end.

    Raises
    ------
    FileRefused
        A member would land outside its folder, is a link, encrypted or there twice; the archive is a bomb by what it
        declares or by what comes out, or is cut off or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found = archive.infolist()
            _check_declared(path, found)
            for member in found:
                _read_through(path, archive, member)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise FileRefused(f"The archive '{path.name}' is cut off or damaged ({error}); get it again.") from error
    return [member.filename for member in found]


def _check_declared(path: Path, found: list[zipfile.ZipInfo]) -> None:
    """Refuse by the directory alone: 0.4 ms where unpacking a bomb never ends."""
    if len(found) > MAX_MEMBERS:
        raise FileRefused(f"The archive '{path.name}' holds {len(found)} files, more than {MAX_MEMBERS}; unpack it.")
    names = [m.filename for m in found]
    if len(set(names)) < len(names):
        raise FileRefused(f"The archive '{path.name}' holds two files of one name; get it again.")
    for member in found:
        reason = _unsafe(member)
        if reason:
            raise FileRefused(f"The archive '{path.name}' holds {member.filename!r}, {reason}; do not trust it.")
    total, packed = sum(m.file_size for m in found), sum(m.compress_size for m in found)
    if total > MAX_BYTES or (total > RATIO_FREE_BYTES and total > MAX_RATIO * min(packed, path.stat().st_size)):
        raise FileRefused(f"The archive '{path.name}' would unpack to {total} bytes (a bomb?); do not trust it.")


def _unsafe(member: zipfile.ZipInfo) -> str:
    """Say why a member may not be unpacked; empty where it may."""
    name = member.orig_filename
    parts = PurePosixPath(name).parts
    if name.startswith("/") or "\\" in name or ":" in name or "\0" in name or ".." in parts:
        return "a path outside its folder"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "a link to another file"
    return "an encrypted file" if member.flag_bits & 1 else ""


def _read_through(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Unpack one member into nothing, counting; the CRC at its end is checked by zipfile."""
    seen = 0
    with archive.open(member) as file:
        while chunk := file.read(_CHUNK):
            seen += len(chunk)
    if seen != member.file_size:
        raise FileRefused(f"The archive '{path.name}' declares a wrong size for {member.filename!r}; get it again.")


def _kind(path: Path, names: list[str]) -> Literal["csv", "zip", "xlsx"]:
    """Tell a workbook, a CSV and a shapefile by the names inside."""
    if {"[Content_Types].xml", "xl/workbook.xml"} <= set(names):
        return "xlsx"
    if len(names) == 1 and names[0].lower().endswith(".csv"):
        return "csv"
    lower = {name.lower() for name in names}
    shapes = [name for name in lower if name.endswith(".shp")]
    if len(shapes) != 1:
        raise FileRefused(f"The archive '{path.name}' holds {len(shapes)} shapefiles, not one; give the file inside.")
    stem = shapes[0].removesuffix(".shp")
    absent = [end for end in (".shx", ".dbf") if stem + end not in lower]
    if absent:
        raise FileRefused(f"The shapefile in '{path.name}' lacks its {' and '.join(absent)}; get it again.")
    return "zip"
