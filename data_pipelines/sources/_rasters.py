"""What the sources of population rasters have in common: one grid, every pixel with data counted."""

import numpy as np
import pandas as pd

from data_pipelines._source import Field, Parsed, Raw
from data_pipelines.readers.grid import read_grid

FIELDS = (
    Field("persons", ("band 1",), "number", "resident persons of the pixel in the year of the raster", "persons"),
)
"""The one band; a density is multiplied by the pixel's area."""


def parsed_raster(raw: Raw, series: str) -> Parsed:
    """Read a population GeoTIFF as persons per pixel; see `read_grid` for how densities are told from counts.

    Rows are pixels with data. The total is `persons_raster`, rounded.

    Parameters
    ----------
    raw
        The file.
    series
        Of which country or region it is.

    Raises
    ------
    FileRefused
        As `read_grid`.
    """
    grid, rejects, notes = read_grid(raw.path)
    pixels = int(np.isfinite(grid.persons).sum())
    total = round(float(np.nansum(grid.persons)))
    return Parsed(
        series=series,
        rows_in=pixels + len(rejects),
        frames={},
        rejects=rejects,
        totals=pd.DataFrame({"measure": ["persons_raster"], "key": [str(grid.year)], "total": [total]}),
        grid=grid,
        pixels=pixels,
        notes=(*notes, f"It holds {total:,} persons in {grid.year}."),
        columns={"band 1": "number"},
    )
