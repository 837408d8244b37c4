"""GeoTIFF: a layer by cell as a cloud-optimised raster of 0.5 degree."""

import json
from pathlib import Path

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.io import MemoryFile
from rasterio.shutil import copy

from app.exports._content import Content
from geo.errors import UsageError
from geo.grids import cell_bounds
from layers._layer import STATUSES, layer

SUFFIX, SIDECAR = ".tif", True
CELL_DEG = 0.5
NUMBERS = ("value", "low", "high")
TAGS = (
    *("title", "layer", "unit", "period", "unit_of_value", "edition", "tier", "licence", "attribution", "disclaimer"),
    *("stale", "standing_since"),
)


def write(content: Content, path: Path) -> None:
    """Write value, low, high and status, and the category of layers that have any, as float32 bands.

    NaN outside the cells, and where there is no value.

    Raises
    ------
    UsageError
        Where the content is not a layer by cell, or holds no cell.
    """
    if content.unit != "cell":
        raise UsageError(f"A GeoTIFF holds cells, and '{content.name}' was asked for by other units; add --unit cell.")
    if content.rows.empty:
        raise UsageError(f"No cell of '{content.name}' lies in the box; give one that meets the map.")
    boxes = cell_bounds(content.rows["gid"].to_numpy(np.int64))
    bands = _bands(content, boxes)
    profile = {
        "driver": "GTiff",
        "dtype": "float32",
        "count": len(bands),
        "height": bands.shape[1],
        "width": bands.shape[2],
        "crs": "EPSG:4326",
        "transform": Affine(CELL_DEG, 0, boxes[:, 0].min(), 0, -CELL_DEG, boxes[:, 3].max()),
        "nodata": np.nan,
    }
    with MemoryFile() as memory:
        with memory.open(**profile) as raster:
            raster.write(bands)
            raster.descriptions = (
                *NUMBERS,
                *(f"{name}: {_numbered(codes)}" for name, codes in _codes(content).items()),
            )
            raster.update_tags(**{tag: content.about[tag] for tag in TAGS}, **_as_json(content))
        copy(memory.name, path, driver="COG", compress="DEFLATE")


def _codes(content: Content) -> dict[str, tuple[str, ...]]:
    """Return the columns of texts that become bands, and the texts in order of their codes."""
    kinds = tuple(kind.id for kind in layer(content.name).categories)
    return {"status": STATUSES, **({"category": kinds} if kinds else {})}


def _numbered(codes: tuple[str, ...]) -> str:
    return ", ".join(f"{code} {text}" for code, text in enumerate(codes))


def _as_json(content: Content) -> dict[str, str]:
    return {tag: json.dumps(content.about[tag]) for tag in ("synthetic", "freshness")}


def _bands(content: Content, boxes: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return bands x rows x columns, north up."""
    column = np.rint((boxes[:, 0] - boxes[:, 0].min()) / CELL_DEG).astype(int)
    row = np.rint((boxes[:, 3].max() - boxes[:, 3]) / CELL_DEG).astype(int)
    codes = _codes(content)
    bands = np.full((len(NUMBERS) + len(codes), row.max() + 1, column.max() + 1), np.nan, dtype=np.float32)
    bands[: len(NUMBERS), row, column] = content.rows[list(NUMBERS)].to_numpy(np.float32).T
    for band, (name, texts) in enumerate(codes.items(), len(NUMBERS)):
        bands[band, row, column] = content.rows[name].map({text: code for code, text in enumerate(texts)})
    return bands
