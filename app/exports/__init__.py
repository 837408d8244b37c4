"""What planners take away: layers and tables as files for other programs.

A format is one file in this folder, named for its id, that holds `SUFFIX`, `SIDECAR` and `write`.
Every file says of itself whose work it rests on, at which tier it was read and what it does not imply: in the file
where the format has a place for it, and in a `.metadata.json` beside it where it has none that readers show.
"""

import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

from app.boxes import Box
from app.exports._content import content_of
from app.exports._raster import RASTER, raster_of
from data_pipelines.edition import Edition
from geo.errors import UsageError
from geo.rfc7946 import dumps

__all__ = ["formats", "write_export"]


@cache
def formats() -> dict[str, ModuleType]:
    """Return every format by id, found by the files in this folder."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    return {name: import_module(f"{__name__}.{name}") for name in names}


def write_export(
    edition: Edition,
    what: str,
    format: str,  # noqa: A002 - the word on the command line
    out: Path,
    *,
    unit: str = "adm2",
    period: str | None = None,
    bbox: Box | None = None,
) -> None:
    """Write one month of a layer, or a table, to a file; a reader sees the old file or the whole new one.

    Parameters
    ----------
    what
        Id of a layer or name of a table that the edition's tier may show.
    format
        csv, geojson, geotiff or gpkg.
    out
        The file; a metadata file is written beside it, but for GeoJSON, which holds its own.
    unit
        Kind of unit of a layer: adm1, adm2 or cell; or raster, for the edition's own surface of it as GeoTIFF.
    period
        Month of a layer, YYYY-MM; None for the last with values.
    bbox
        West, south, east, north in OGC:CRS84 degrees: only units that reach into it, or rows that lie in it.

    Raises
    ------
    UsageError
        Where one of these does not exist, or cannot be had together.
    """
    if format not in formats():
        raise UsageError(f"There is no format '{format}'; there are {', '.join(formats())}.")
    if not out.parent.is_dir() or out.is_dir():
        raise UsageError(f"'{out}' cannot be written as a file; make the folder '{out.parent}' or name another file.")
    chosen = formats()[format]
    if unit == RASTER:
        raster = raster_of(edition, what, format, period, bbox)
        _put(out, what, chosen, lambda made: made.write_bytes(raster.content), raster.about)
    else:
        content = content_of(edition, what, unit, period, bbox)
        _put(out, content.name, chosen, lambda made: chosen.write(content, made), content.about)


def _put(
    out: Path, name: str, chosen: ModuleType, write: Callable[[Path], object], about: Mapping[str, object]
) -> None:
    """Write a file and the metadata beside it under other names, then give them their own."""
    with TemporaryDirectory(dir=out.parent, prefix=".forewatch-") as folder:
        made = Path(folder) / f"{name}{chosen.SUFFIX}"
        write(made)
        if chosen.SIDECAR:
            beside = made.with_suffix(".json")
            beside.write_text(dumps(about) + "\n", encoding="utf-8")
            beside.replace(out.with_name(f"{out.name}.metadata.json"))
        made.replace(out)
