"""WorldPop and rasters like it: resident persons on a grid, used to share out what is known of coarse areas only."""

import numpy as np
import pandas as pd

from data_pipelines._source import Parsed, Raw, Source
from data_pipelines.iso3166 import ALPHA3
from data_pipelines.readers.grid import read_grid


def parse(raw: Raw) -> Parsed:
    """Read a population GeoTIFF as persons per pixel; see `read_grid` for how densities are told from counts.

    Rows are pixels with data. The total is `persons_raster`, rounded.

    Raises
    ------
    FileRefused
        As `read_grid`.
    """
    grid, rejects, notes = read_grid(raw.path)
    pixels = int(np.isfinite(grid.persons).sum())
    total = round(float(np.nansum(grid.persons)))
    return Parsed(
        series=_series(raw),
        rows_in=pixels + len(rejects),
        frames={},
        rejects=rejects,
        totals=pd.DataFrame({"measure": ["persons_raster"], "key": [str(grid.year)], "total": [total]}),
        grid=grid,
        pixels=pixels,
        notes=(*notes, f"It holds {total:,} persons in {grid.year}."),
    )


def _series(raw: Raw) -> str:
    """Return the country, from the start of a name such as ``sdn_ppp_2020.tif``, or ``world`` for anything larger."""
    start = raw.path.name.split("_", maxsplit=1)[0].upper()
    return raw.iso3 or (start if start in ALPHA3.values() else "world")


SOURCE = Source(
    id="worldpop",
    title="Population grids (WorldPop, GPW and others in WGS84)",
    provider="WorldPop, University of Southampton",
    url="https://hub.worldpop.org",
    licence="CC BY 4.0",
    terms="Free to use with credit.",
    citation="WorldPop (www.worldpop.org), School of Geography and Environmental Science, University of Southampton",
    cadence_days=365,
    tables=(),
    parse=parse,
    caveats=(
        "Modelled from older censuses and satellite images; where people really are after displacement is not known.",
        "It only shares out within areas; the number of residents of an area is the official one where there is any.",
    ),
)
