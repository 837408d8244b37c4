"""A raster of the edition, handed out as it is: finer than any unit, and only from its own tier on."""

import hashlib
from typing import Any, NamedTuple

import rasterio

from app.boxes import Box
from app.exports._about import about_layer
from data_pipelines.edition import Edition
from data_pipelines.tables import Tier
from geo.errors import NoEdition, UsageError
from layers._layer import layer

RASTER = "raster"
FORMAT = "geotiff"


class Raster(NamedTuple):
    """A cloud-optimised GeoTIFF, and what the metadata beside it say."""

    content: bytes
    about: dict[str, Any]


def raster_of(edition: Edition, what: str, file_format: str, period: str | None, bbox: Box | None) -> Raster:
    """Return the edition's raster of a layer.

    Raises
    ------
    UsageError
        Where there is none, the tier may not read it, or it was asked for in another format, month or box.
    NoEdition
        Where it is not the file that was published.
    """
    content = _read(edition, what)
    if file_format != FORMAT or bbox is not None:
        raise UsageError(f"The raster of '{what}' comes whole, as {FORMAT}; ask for that format and for no box.")
    with rasterio.MemoryFile(content) as memory, memory.open() as raster:
        tags = raster.tags()
    month = tags["period"]
    if period not in {None, month}:
        raise UsageError(f"The raster of '{what}' is of {month}; leave the period out, or ask for --unit cell.")
    about = about_layer(edition, layer(what), RASTER, month, list(edition.manifest["countries"]))
    shown = {tag: tags[tag] for tag in ("unit_of_value", "method", "half_life_months", "bandwidth_km")}
    return Raster(content, about | shown | {"columns": {"band 1": tags["unit_of_value"]}})


def _read(edition: Edition, what: str) -> bytes:
    files = edition.manifest["files"]
    name = next((name for name in files if name.startswith(f"rasters/{what}.")), None)
    if name is None:
        raise UsageError(f"There is no raster of '{what}' in edition {edition.id}; ask for --unit cell.")
    if Tier[files[name]["tier"]] > edition.tier:
        raise UsageError(
            f"The raster of '{what}' is not in the {edition.tier.name} tier, as exact places show in it; ask for the "
            f"{files[name]['tier']} tier, or for --unit cell."
        )
    content: bytes = (edition.folder / name).read_bytes()
    if hashlib.sha256(content).hexdigest() != files[name]["sha256"]:
        raise NoEdition(f"Edition {edition.id} is damaged: {name} is not the file that was published; build again.")
    return content
