"""Shapefiles in a zip: unpacked by us, never through GDAL's /vsizip, whole by their own record counts, then read.

A `.shp` that was cut off is read by GDAL without an error, the lost half of its features with geometry None.
"""

import shutil
import struct
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from geo.errors import FileRefused

_FILE_CODE = 9994
_HEADER_BYTES = 100
_INDEX_BYTES = 8
"""Of one record in the `.shx`."""


class Layer(NamedTuple):
    """Attributes and WKB (None for a null shape) of each record, the text that tells its coordinate system, and notes.

    The text is empty where nothing tells it; the notes are what GDAL had to say.
    """

    records: list[dict[str, Any]]
    wkb: np.ndarray
    crs: str
    notes: tuple[str, ...]


def read_shapefile(path: Path) -> Layer:
    """Read the one shapefile of a zip.

    Parameters
    ----------
    path
        A zip that `sniff` has found safe and to hold one shapefile.

    Returns
    -------
    Layer
        Geometries as they stand, in the coordinate system that the .prj tells.

    Raises
    ------
    FileRefused
        Its files disagree with each other or with their own headers on their length, or cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="forewatch-") as folder:
        shp, prj = _unpacked(path, Path(folder))
        records = _record_count(path, shp)
        # Its file code has been checked: a file with that code can only be a shapefile to GDAL.
        found = read_layer(shp, lambda what: _damaged(path, what))
        if len(found.wkb) != records:
            raise _damaged(path, f"{records} records, of which {len(found.wkb)} can be read")
        return found._replace(crs=prj)


def _unpacked(path: Path, folder: Path) -> tuple[Path, str]:
    """Unpack the parts of the shapefile under a name of our own, and return the text of its .prj, empty without one.

    `sniff` has counted the bytes that come out.
    """
    with zipfile.ZipFile(path) as archive:
        names = {name.lower(): name for name in archive.namelist()}
        stem = next(name for name in names if name.endswith(".shp")).removesuffix(".shp")
        for end in (".shp", ".shx", ".dbf", ".cpg"):
            if stem + end in names:
                with archive.open(names[stem + end]) as packed, (folder / f"layer{end}").open("wb") as file:
                    shutil.copyfileobj(packed, file)
        prj = archive.read(names[f"{stem}.prj"]) if f"{stem}.prj" in names else b""
    return folder / "layer.shp", prj.decode("utf-8", "replace").strip()


def _record_count(path: Path, shp: Path) -> int:
    """Return the number of records that index and attributes agree on, after all files were found whole.

    Layout: ESRI Shapefile Technical Description (1998); dBASE III header.
    """
    for file in (shp, shp.with_suffix(".shx")):
        head = _head(file, _HEADER_BYTES)
        if struct.unpack_from(">i", head)[0] != _FILE_CODE:
            raise _damaged(path, f"a {file.suffix} that is none")
        if struct.unpack_from(">i", head, 24)[0] * 2 != file.stat().st_size:
            raise _damaged(path, f"a {file.suffix} that is not as long as it says")
    indexed = (shp.with_suffix(".shx").stat().st_size - _HEADER_BYTES) // _INDEX_BYTES
    dbf = shp.with_suffix(".dbf")
    head = _head(dbf, 12)
    records, header_bytes, record_bytes = struct.unpack_from("<IHH", head, 4)
    if dbf.stat().st_size < header_bytes + records * record_bytes or not header_bytes:
        raise _damaged(path, "a .dbf that is shorter than it says")
    if records != indexed:
        raise _damaged(path, f"{indexed} shapes and {records} rows of attributes")
    return indexed


def _head(file: Path, size: int) -> bytes:
    """Return the first bytes of a file, zeros where it is shorter."""
    with file.open("rb") as opened:
        return opened.read(size).ljust(size, b"\0")


def _damaged(path: Path, what: str) -> FileRefused:
    return FileRefused(f"The shapefile in '{path.name}' is cut off or damaged: it has {what}; get it again.")


def read_layer(file: Path, damaged: Callable[[str], FileRefused], layer: str | None = None, **options: Any) -> Layer:  # noqa: ANN401
    """Read one layer by GDAL from a file whose driver its content leaves no doubt about.

    Parameters
    ----------
    file
        A file that has been checked, under a name of our own.
    damaged
        Makes the error from what GDAL complains about.
    layer
        Its name; the only one if None.
    **options
        More for `pyogrio.raw.read`, and open options of the driver.
    """
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            meta, _, wkb, columns = pyogrio.raw.read(file, layer=layer, datetime_as_string=True, **options)
        except (DataSourceError, DataLayerError, FeatureError, UnicodeDecodeError, LookupError) as error:
            raise damaged(f"content that cannot be read ({error})") from error
    values = [[_plain(value) for value in column.tolist()] for column in columns]
    names = [str(name) for name in meta["fields"]]
    rows = zip(*values, strict=True) if values else [()] * len(wkb)
    records = [dict(zip(names, row, strict=True)) for row in rows]
    notes = tuple(dict.fromkeys(f"GDAL says: {warning.message}" for warning in said))
    return Layer(records, wkb, str(meta["crs"] or ""), notes)


def _plain(value: Any) -> Any:  # noqa: ANN401 (a cell is anything)
    """Return a cell with None for NaN, which stands for an empty number."""
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124 (only NaN differs from itself)
