"""Population rasters to persons per pixel; a density is told from a count, or the file is refused."""

import re
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyproj
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from data_pipelines._source import PopulationGrid, Reject
from data_pipelines.readers.sniff import sniff
from geo.crs import CRS84
from geo.errors import FileRefused
from geo.raster import pixel_area_km2

Floats = NDArray[np.float64]

MAX_PIXELS = 100_000_000
"""0.8 GB as float64; a country at 100 m can have more, its product at 1 km has a hundredth."""
MOST_BROKEN = 0.01
PLAUSIBLE_PER_KM2 = (1.5, 1500.0)
"""Mean density of a country's or continent's land: Mongolia has 2 persons per km2, Bangladesh 1,300."""
HECTARES_PER_KM2 = 100.0

_UNITS = {
    "pixel": re.compile(r"\b(ppp|counts?|popcount|ghs pop|landscan|pop \d{4} (cn|uc))\b|\b(per|/) ?(pixel|cell)\b"),
    "km2": re.compile(r"\b(pd|density|densities)\b|(per|/) ?(km2|km\^2|km²|sq(uare)?\.? ?(km|kilomet))"),
    "hectare": re.compile(r"\bpph\b|(per|/) ?(ha\b|hectare)"),
}
"""Words by which providers name the unit, with blanks for underscores."""
_YEAR = re.compile(r"(?<![0-9Rr])(?<!adjusted_to_)(19|20)[0-9]{2}(?![0-9A-Za-z])")
_SAYING_TAGS = ("imagedescription", "description", "title", "units", "unit", "year")


class Gridded(NamedTuple):
    """A population grid in persons per pixel, its rejected pixels, and sentences on how it was read."""

    grid: PopulationGrid
    rejects: list[Reject]
    notes: tuple[str, ...]


class _Band(NamedTuple):
    """What a GeoTIFF holds: values with NaN for no data, and all that it says of itself, in lower case."""

    values: Floats
    transform: Affine
    name: str
    sayings: str
    has_nodata: bool


def read_grid(path: Path) -> Gridded:
    """Read a GeoTIFF of population, north up in WGS84 degrees, as persons per pixel.

    Whether it holds counts or a density is read from its name and tags (WorldPop's ppp, pd and pph; GPW's count and
    density); where they do not tell, the mean density of its land under each reading decides, and must be plausible
    under exactly one. A density is multiplied by the area of each pixel on the ellipsoid.

    Parameters
    ----------
    path
        A local file; its name is read for the unit and the year.

    Returns
    -------
    Gridded
        Persons per pixel, NaN for no data. Pixels that are negative or infinite are rejects (line: the raster's row,
        from 1); one repeated negative value in a raster that declares none is taken for "no data", with a note.

    Raises
    ------
    FileRefused
        Not a GeoTIFF, another coordinate system, rotated, several bands, too large, no year, nobody in it, more than
        1 % of its pixels broken, or neither count nor density for certain.
    """
    if sniff(path) != "tiff":
        raise FileRefused(f"The file '{path.name}' is not a GeoTIFF; give the population raster as GeoTIFF.")
    band = _read(path)
    values, rejects, notes = _without_broken(band)
    area_km2 = np.asarray(pixel_area_km2(band.transform, len(values)), dtype=np.float64)[:, None]
    persons, how = _persons(band, values, area_km2)
    if not np.nansum(persons) > 0:
        raise FileRefused(f"The raster '{path.name}' holds no persons; check that it is a population raster.")
    return Gridded(PopulationGrid(persons, band.transform, _year(band)), rejects, (*notes, how))


def _read(path: Path) -> _Band:
    """Read the one band by the GeoTIFF driver alone, without sidecar files."""
    options = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "NO"}
    try:
        with warnings.catch_warnings(), rasterio.Env(**options), _opened(path) as dataset:
            reason = _unfit(dataset)
            if reason:
                raise FileRefused(f"The raster '{path.name}' {reason}.")
            values = dataset.read(1, masked=True).astype(np.float64).filled(np.nan)
            tags = {**dataset.tags(), **dataset.tags(1)}
            said = [v for k, v in tags.items() if k.lower().removeprefix("tifftag_") in _SAYING_TAGS]
            sayings = " ".join(filter(None, [path.stem, dataset.descriptions[0], dataset.units[0], *said]))
            words = re.sub("[_-]", " ", sayings).lower()
            return _Band(values, dataset.transform, path.name, words, dataset.nodata is not None)
    except (RasterioError, MemoryError) as error:
        raise FileRefused(f"The raster '{path.name}' cannot be read ({error}); get it again.") from error


def _opened(path: Path) -> rasterio.DatasetReader:
    warnings.simplefilter("ignore", NotGeoreferencedWarning)  # it is refused right after
    return rasterio.open(path, driver="GTiff")


def _unfit(dataset: rasterio.DatasetReader) -> str:
    """Say why a raster cannot be taken, and what to do; empty where it can."""
    transform = dataset.transform
    if dataset.crs is None or not pyproj.CRS.from_wkt(dataset.crs.to_wkt()).equals(CRS84, ignore_axis_order=True):
        return "is not in WGS84 degrees; get the product in EPSG:4326, as counts cannot be reprojected without loss"
    if transform.b or transform.d or transform.a <= 0 or transform.e >= 0:
        return "is not north up; export it north up"
    west, south, east, north = dataset.bounds
    if west < -180.001 or east > 180.001 or south < -90.001 or north > 90.001:
        return f"reaches beyond +-180, +-90 degrees ({west}, {south}, {east}, {north}); export it within them"
    if dataset.count != 1 or dataset.scales != (1.0,) or dataset.offsets != (0.0,):
        return "has several bands, or scaled values; export one band of plain numbers"
    if dataset.width * dataset.height > MAX_PIXELS:
        return f"has {dataset.width * dataset.height:,} pixels, more than {MAX_PIXELS:,}; get the product at 1 km"
    return ""


def _without_broken(band: _Band) -> tuple[Floats, list[Reject], tuple[str, ...]]:
    """Split off what cannot be a number of persons."""
    values = band.values
    broken = (values < 0) | np.isinf(values)
    if not broken.any():
        return values, [], ()
    found = np.unique(values[broken])
    clean = np.where(broken, np.nan, values)
    if len(found) == 1 and np.isfinite(found[0]) and not band.has_nodata:
        return clean, [], (f"The raster declares no value for no data; {found[0]:g} was taken for it.",)
    if broken.sum() > MOST_BROKEN * np.isfinite(values).sum():
        raise FileRefused(
            f"The raster '{band.name}' holds {broken.sum():,} pixels that are negative or infinite, such as "
            f"{found[0]:g}; declare that value as no data."
        )
    rejects = [
        Reject(int(row) + 1, "persons", "it is negative or infinite", f"column {column + 1}: {values[row, column]:g}")
        for row, column in np.argwhere(broken)
    ]
    return clean, rejects, ()


def _persons(band: _Band, values: Floats, area_km2: Floats) -> tuple[Floats, str]:
    """Return persons per pixel, and a sentence on how the values were read."""
    factors: dict[str, Floats | float] = {"pixel": 1.0, "km2": area_km2, "hectare": area_km2 * HECTARES_PER_KM2}
    named = [unit for unit, pattern in _UNITS.items() if pattern.search(band.sayings)]
    unit, why = (named[0], "as its name or tags say") if len(named) == 1 else _plausible(band, values, area_km2)
    persons = values * factors[unit]
    mean = _per_km2(persons, area_km2)
    return persons, f"The values are persons per {unit}, {why}; the mean is {mean:,.1f} persons per km2 of land."


def _plausible(band: _Band, values: Floats, area_km2: Floats) -> tuple[str, str]:
    """Return the one unit under which the mean density is plausible, and that this is why."""
    count, density = _per_km2(values, area_km2), _per_km2(values * area_km2, area_km2)
    low, high = PLAUSIBLE_PER_KM2
    is_count, is_density = low <= count <= high, low <= density <= high
    if is_count == is_density:
        raise FileRefused(
            f"Whether '{band.name}' holds persons per pixel or per km2 is not certain (its land would have "
            f"{count:,.3g} or {density:,.3g} persons per km2); put the word count or density into its name."
        )
    return "pixel" if is_count else "km2", "which alone is plausible"


def _per_km2(persons: Floats, area_km2: Floats) -> float:
    """Return the mean density of all pixels with data, 0 where there are none."""
    land = np.where(np.isfinite(persons), area_km2, 0.0).sum()
    return float(np.nansum(persons) / land) if land else 0.0


def _year(band: _Band) -> int:
    """Return the one year that the name, or else a tag, tells.

    Neither WorldPop's release, such as R2024B, is the year, nor that of the totals that GPW is ``adjusted_to``.
    """
    years = {int(found.group()) for found in _YEAR.finditer(band.name)}
    years = years or {int(found.group()) for found in _YEAR.finditer(band.sayings)}
    if len(years) != 1:
        raise FileRefused(
            f"The raster '{band.name}' does not tell its year ({sorted(years) or 'none found'}); put it into its name, "
            "such as sdn_ppp_2020.tif."
        )
    return years.pop()
