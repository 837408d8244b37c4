"""An invented island state, XDM, as its raw files would come from their providers; nothing in them is real."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import rasterio
from numpy.typing import NDArray

from data_pipelines.demo import areas, attacks, dtm, ged, people, sites
from data_pipelines.demo.country import Country, found_country, stream
from data_pipelines.demo.names import ISO3
from data_pipelines.demo.settlements import Grid, populate, settle
from data_pipelines.demo.unrest import unfold

EARLIER, LATER = date(2025, 6, 15), date(2026, 1, 15)
"""The two days on which incidents and displacement were known, so that the demo has two clocks.

UCDP releases a whole year in the June after it, so the earlier file ends with 2024.
"""
_NODATA = -99999.0


class RawFile(NamedTuple):
    """One file of the demo: the source to add it to, its path, its country, and the day its content was known."""

    source: str
    path: Path
    iso3: str | None
    known_at: date


class _Content(NamedTuple):
    source: str
    name: str
    content: str | bytes | Grid
    known_at: date
    iso3: str | None = ISO3


def write_demo(folder: Path) -> list[RawFile]:
    """Write the raw files of the demo country, byte for byte the same on every run.

    Parameters
    ----------
    folder
        Where to; created if absent. Files of the same names are overwritten.

    Returns
    -------
    list of RawFile
        In the order in which they may be added: boundaries, population, incidents, displacement, sites, attacks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for item in _contents():
        path = folder / item.name
        _write(path, item.content)
        files.append(RawFile(item.source, path, item.iso3, item.known_at))
    return files


def _write(path: Path, content: str | bytes | Grid) -> None:
    if isinstance(content, Grid):
        _write_raster(path, content)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def _write_raster(path: Path, grid: Grid) -> None:
    """Write counts as WorldPop does: float32, LZW, nodata -99999 at sea."""
    height, width = grid.persons.shape
    with rasterio.open(
        path, "w", "GTiff", width, height, 1, "EPSG:4326", grid.transform, "float32", _NODATA, compress="lzw"
    ) as raster:
        raster.write(np.nan_to_num(grid.persons, nan=_NODATA).astype("float32"), 1)


def _contents() -> Iterator[_Content]:
    """Yield what each file holds; every kind of file draws from a random stream of its own."""
    country = found_country()
    settlements = settle(country, stream(1))
    grid = populate(country, settlements, stream(2))
    unrest = unfold(settlements, stream(3))
    events = ged.code_events(country, settlements, unrest, stream(4))
    persons = _persons_by_district(country, grid)
    present = dtm.stocks(country, settlements, unrest, events["best"].to_numpy(), persons)
    mapped = sites.build_sites(country, settlements, stream(7))
    for level in (0, 1, 2):
        yield _Content("cod_ab", f"xdm_admin{level}.geojson", areas.layer(country, level), date(2019, 2, 1))
    census = people.to_csv(country, people.census(persons, stream(5)))
    yield _Content("cod_ps", "hdx_hapi_population_xdm.csv", census, date(2024, 3, 1))
    yield _Content("worldpop", "xdm_ppp_2024_2km_Aggregated.tif", grid, date(2024, 6, 1))
    first_known = ged.earlier_release(events, "2024-12-31", stream(8))
    yield _Content("ucdp_ged", "conflict_data_xdm_2025-06.csv", ged.to_csv(first_known, with_traps=False), EARLIER)
    yield _Content("ucdp_ged", "conflict_data_xdm_2026-01.csv", ged.to_csv(events, with_traps=True), LATER)
    for known_at in (EARLIER, LATER):
        answer = dtm.answer(country, present, known_at, stream(6))
        yield _Content("iom_dtm", f"dtm_api_xdm_admin2_{known_at:%Y-%m}.json", answer, known_at)
    yield _Content("osm_sites", "xdm_healthsites.geojson", sites.healthsites(mapped), date(2026, 1, 5))
    yield _Content("osm_sites", "xdm_osm_sites.geojson", sites.openstreetmap(mapped), date(2026, 1, 6))
    yield _Content("whc", "xdm_whc_sites.csv", sites.world_heritage(settlements), date(2024, 8, 1), None)
    book = attacks.workbook(country, settlements, unrest, stream(9))
    yield _Content("insecurity_insight", "2019-2025-attacks-on-health-care-xdm.xlsx", book, date(2026, 1, 31), None)


def _persons_by_district(country: Country, grid: Grid) -> NDArray[np.float64]:
    """Return the persons of the grid's cells in each district."""
    on_land = grid.district >= 0
    persons = np.bincount(grid.district[on_land], grid.persons[on_land], minlength=len(country.districts))
    return persons.astype(np.float64)
