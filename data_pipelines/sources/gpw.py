"""Gridded Population of the World (GPW): census counts spread evenly over the areas they were counted in."""

import re

from data_pipelines._source import Parsed, Raw, Source
from data_pipelines.sources._rasters import FIELDS, parsed_raster
from geo.errors import FileRefused

_NAME = re.compile(r"gpw[_-]v4[_-]population[_-](count|density)(?P<adjusted>.*unwpp)?.*\.tiff?", re.IGNORECASE)


def parse(raw: Raw) -> Parsed:
    """Read a raster under the name that its provider gave it, as nothing in the file tells the product or the year.

    Counts and densities, as reported or adjusted to the United Nations' national totals, are read alike.

    Raises
    ------
    FileRefused
        The file has another name, or is no GeoTIFF of population.
    """
    name = _NAME.fullmatch(raw.path.name)
    if name is None:
        raise FileRefused(
            f"The file '{raw.path.name}' is not named as GPW v4 names its rasters, such as gpw_v4_population_count_"
            "rev11_2020_30_min.tif; give it under its own name."
        )
    return parsed_raster(raw, f"{raw.iso3 or 'world'}{' adjusted' if name['adjusted'] else ''}")


SOURCE = Source(
    id="gpw",
    title="Gridded Population of the World, version 4 (GPWv4)",
    provider="CIESIN, Columbia University, and NASA SEDAC",
    url="https://doi.org/10.7927/H4JW8BX5",
    licence="CC BY 4.0",
    terms="Free to use with credit.",
    citation=(
        "CIESIN, Columbia University (2018) Gridded Population of the World, Version 4 (GPWv4): Population Count, "
        "Revision 11. NASA Socioeconomic Data and Applications Center (SEDAC), doi:10.7927/H4JW8BX5"
    ),
    cadence_days=0,
    tables=(),
    parse=parse,
    fields=FIELDS,
    caveats=(
        "It is not fetched, as it needs a login: get the GeoTIFF of a year at https://www.earthdata.nasa.gov.",
        "People are spread evenly over each census area: within one it tells nothing of where they live.",
        "Counts of 2000 to 2020 are extrapolated from censuses around 2010; it will not be continued.",
        "Where another raster, such as WorldPop's, shows anybody in a country, that one is used.",
    ),
)
