"""What a file is, by its content and never by its name; what could harm or mislead is refused here.

GDAL picks a driver by content too, so an OGR VRT named `x.csv` reads other files and calls other hosts: only the
kinds listed in `Kind` go any further, each to a reader with one explicit driver.
"""

import re
from pathlib import Path
from typing import Literal

from data_pipelines.readers.archive import zip_kind
from data_pipelines.readers.packed import GZIP, ZIP, content
from data_pipelines.readers.pbf import MAGIC as PBF
from data_pipelines.readers.pbf import check_pbf
from data_pipelines.readers.sqlite import MAGIC as SQLITE
from data_pipelines.readers.sqlite import check_geopackage
from data_pipelines.readers.tiff import check_tiff
from geo.errors import FileRefused

Kind = Literal["csv", "json", "geojson", "xlsx", "zip", "tiff", "gpkg", "pbf"]

_HEAD = 65_536
_BOM = b"\xef\xbb\xbf"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_KNOWN = {
    b"BZh": ("a bzip2 file", "unpack it and give the file inside"),
    b"\xfd7zXZ": ("an xz file", "unpack it and give the file inside"),
    b"7z\xbc\xaf": ("a 7-Zip archive", "unpack it and give the file inside"),
    b"Rar!": ("a RAR archive", "unpack it and give the file inside"),
    b"\x28\xb5\x2f\xfd": ("a Zstandard file", "unpack it and give the file inside"),
    b"\xd0\xcf\x11\xe0": ("an Excel file of before 2007", "save it as .xlsx or CSV"),
    b"%PDF": ("a PDF document", "get the data file itself"),
    b"PAR1": ("a Parquet file", "export it as CSV or GeoJSON"),
    b"\xff\xfe": ("text in UTF-16", "save it as UTF-8"),
    b"\xfe\xff": ("text in UTF-16", "save it as UTF-8"),
}
_HTML = re.compile(rb"<\s*(!doctype\s+html|html|head|body|script|title)\b", re.IGNORECASE)
_VRT = re.compile(rb"<\s*(VRTDataset|OGRVRT\w*)\b", re.IGNORECASE)
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_COLLECTION = re.compile(rb'"type"\s*:\s*"FeatureCollection"')
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def sniff(path: Path) -> Kind:
    """Return what a file is, judged by its bytes.

    Parameters
    ----------
    path
        A local file.

    Returns
    -------
    str
        ``csv`` (as it is, in gzip or alone in a zip), ``json``, ``geojson`` (a FeatureCollection), ``xlsx``, ``zip`` (a
        shapefile, safe to unpack), ``tiff``, ``gpkg`` or ``pbf`` (an extract of OpenStreetMap). All but CSV are whole;
        whether a CSV was cut off only its reader can tell, where it is not packed.

    Raises
    ------
    FileRefused
        The file is empty, a web page, XML (a VRT included), cut off, an unsafe or lying archive, a known format that
        is not read here, or not text at all.
    """
    head = _head(path)
    for magic, (what, remedy) in _KNOWN.items():
        if head.startswith(magic):
            raise FileRefused(f"The file '{path.name}' is {what}; {remedy}.")
    if head.startswith(_TIFF):
        check_tiff(path)
        return "tiff"
    if head.startswith(SQLITE):
        check_geopackage(path)
        return "gpkg"
    if head[4:].startswith(PBF):
        check_pbf(path)
        return "pbf"
    if head.startswith(ZIP):
        kind = zip_kind(path)
        return _packed_kind(path) if kind == "csv" else kind
    if head.startswith(GZIP):
        return _packed_kind(path)
    return _text_kind(path, head.removeprefix(_BOM).lstrip())


def _head(path: Path) -> bytes:
    """Return the first bytes of a file; empty files and things that are not files are refused."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise FileRefused(f"The file '{path.name}' cannot be read ({error.strerror}); check its path.") from error
    if not head.removeprefix(_BOM).strip():
        raise FileRefused(f"The file '{path.name}' is empty; get it again from its provider.")
    return head


def _text_kind(path: Path, head: bytes) -> Kind:
    """Tell CSV, JSON and GeoJSON apart, given the start of the file without byte order mark and blanks."""
    _refuse_markup(path, head)
    if head[:1] in (b"{", b"["):
        return _json_kind(path)
    header = head.splitlines()[0]
    if _CONTROL.search(header) or not _is_utf8(header):
        raise FileRefused(f"The file '{path.name}' is not text nor any format read here; get it again.")
    if b"," not in header and b";" not in header:
        raise FileRefused(f"The file '{path.name}' has no comma or semicolon in its first line; give it as CSV.")
    return "csv"


def _packed_kind(path: Path) -> Kind:
    """Return ``csv`` for one that is packed, and whole; anything else is to be unpacked."""
    head = content(path)[:_HEAD].removeprefix(_BOM).lstrip()
    if not head or head[:1] in (b"{", b"[") or head.startswith((*_KNOWN, *_TIFF, GZIP, SQLITE, ZIP)):
        raise FileRefused(f"The packed file '{path.name}' holds no CSV; unpack it and give the file inside.")
    return _text_kind(path, head)


def _refuse_markup(path: Path, head: bytes) -> None:
    """Refuse web pages and XML; a VRT is refused wherever in the head it stands, as GDAL would find it there."""
    if _VRT.search(head):
        raise FileRefused(f"The file '{path.name}' is a GDAL VRT, which points at other files; give the data itself.")
    if not head.startswith(b"<"):
        return
    if _HTML.search(head[:4096]):
        raise FileRefused(f"The file '{path.name}' is a web page (a login or error page?), not data; get it again.")
    raise FileRefused(f"The file '{path.name}' is XML, which is not read; get it as CSV, GeoJSON or XLSX.")


def _json_kind(path: Path) -> Kind:
    """Tell JSON from GeoJSON; a prefix of a JSON document always has a bracket or a string left open."""
    data = path.read_bytes()
    bare = _STRING.sub(b"", data)
    is_open = b'"' in bare or any(bare.count(a) != bare.count(b) for a, b in ((b"{", b"}"), (b"[", b"]")))
    if is_open:
        raise FileRefused(f"The file '{path.name}' is JSON that is cut off or damaged; get it again.")
    return "geojson" if _COLLECTION.search(data) else "json"


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(data) - 3 and len(data) >= _HEAD - 3
    return True
