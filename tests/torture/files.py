"""Whole files in every format that is read, invented, each large enough that a cut can fall anywhere."""

import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import openpyxl
import shapely

from tests.data_pipelines.invented import feature, write_geojson, write_raster, write_shapefile
from tests.world import event, write_rows

RECORDS = 400
HEADLINES = ("Attack on a market", 'They said "no"', "Two killed,\nthree hurt", "", "قرية؛ سوق", "A; B, and C")


def events() -> list[dict[str, object]]:
    """Events of one province over four years, with quoted commas, quotes, newlines and Arabic."""
    rng = np.random.default_rng(7)
    days = np.datetime64("2019-01-01") + np.sort(rng.integers(0, 1500, RECORDS))
    east, north = rng.uniform(30.01, 31.99, RECORDS).round(6), rng.uniform(10.01, 10.99, RECORDS).round(6)
    return [
        event(
            1000 + i, str(days[i]), float(east[i]), float(north[i]),
            source_headline=HEADLINES[i % len(HEADLINES)], source_article=HEADLINES[(i * 5) % len(HEADLINES)],
        )
        for i in range(RECORDS)
    ]  # fmt: skip


def as_csv(path: Path) -> Path:
    """Write UCDP GED as CSV."""
    return write_rows(path, events())


def as_gzip(path: Path) -> Path:
    """Write the CSV packed by gzip."""
    path.write_bytes(gzip.compress(as_csv(path).read_bytes(), mtime=0))
    return path


def as_zip(path: Path) -> Path:
    """Write the CSV alone in a zip, as UCDP's downloads are."""
    content = as_csv(path).read_bytes()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("GEDEvent_v25_1.csv", content)
    return path


def as_geojson(path: Path) -> Path:
    """Write the events as points."""
    rows = events()
    return write_geojson(path, [feature(row, shapely.Point(row["longitude"], row["latitude"])) for row in rows])


def figures() -> list[dict[str, object]]:
    """Displacement in four districts over a hundred rounds."""
    return [
        {
            "id": i + 1, "operation": "Testland response", "admin0Name": "Testland", "admin0Pcode": "XTW",
            "admin1Name": "Area", "admin1Pcode": f"XT0{i % 2 + 1}", "admin2Name": "Area",
            "admin2Pcode": f"XT0{i % 2 + 1}0{i // 2 % 2 + 1}", "numPresentIdpInd": 100 + i,
            "reportingDate": f"{2015 + i // 48}-{i // 4 % 12 + 1:02d}-15T00:00:00", "yearReportingDate": 2015 + i // 48,
            "monthReportingDate": i // 4 % 12 + 1, "roundNumber": i // 4 + 1, "assessmentType": "BA",
        }
        for i in range(RECORDS)
    ]  # fmt: skip


def as_json(path: Path) -> Path:
    """Write DTM figures as the API answers them."""
    rows = figures()
    path.write_text(json.dumps({"result": rows, "isSuccess": True, "totalRecordsCount": len(rows)}))
    return path


def as_workbook(path: Path) -> Path:
    """Write attacks on health care as a workbook."""
    book = openpyxl.Workbook()
    names = (
        "Date", "Country", "Country ISO", "Admin 1", "Latitude", "Longitude", "Geo Precision", "Health Workers Killed",
        "SiND Event ID",
    )  # fmt: skip
    book.active.append(names)
    for i in range(RECORDS):
        book.active.append(
            (f"2023-{i % 12 + 1:02d}-15", "Testland", "XTW", "Area", 10.5, 30.5, "(2) 25 km precision", i % 3, 100 + i)
        )
    book.save(path)
    return path


def sites() -> tuple[dict[str, list[object]], list[shapely.Point]]:
    """Health posts as OpenStreetMap has them."""
    rng = np.random.default_rng(3)
    columns: dict[str, list[object]] = {
        "osm_id": list(range(1, RECORDS + 1)),
        "osm_type": ["node"] * RECORDS,
        "amenity": ["hospital", "clinic"] * (RECORDS // 2),
        "name": [f"Health post {i} (invented)" for i in range(RECORDS)],
    }
    return columns, list(shapely.points(rng.uniform(30, 32, RECORDS), rng.uniform(10, 11, RECORDS)))


def as_shapefile(path: Path) -> Path:
    """Write health posts as a shapefile in a zip."""
    return write_shapefile(path, *sites())


def as_geopackage(path: Path) -> Path:
    """Write health posts as a GeoPackage."""
    columns, points = sites()
    gpd.GeoDataFrame(columns, geometry=points, crs="EPSG:4326").to_file(path, driver="GPKG")
    return path


def as_raster(path: Path) -> Path:
    """Write a population raster of 200 x 200 pixels."""
    persons = np.random.default_rng(5).gamma(1, 50, (200, 200)).astype("float32")
    layout = {"compress": "lzw", "tiled": True, "blockxsize": 64, "blockysize": 64}
    return write_raster(path, persons, pixel=0.01, tags={"units": "persons per pixel", "year": "2023"}, **layout)


class Format(NamedTuple):
    """A format: the source that reads it, the country it is added for, the end of its name, and what writes it."""

    source: str
    iso3: str | None
    end: str
    write: Callable[[Path], Path]


FORMATS = {
    "csv": Format("ucdp_ged", None, "csv", as_csv),
    "csv_gz": Format("ucdp_ged", None, "csv.gz", as_gzip),
    "zip": Format("ucdp_ged", None, "zip", as_zip),
    "geojson": Format("ucdp_ged", None, "geojson", as_geojson),
    "json": Format("iom_dtm", None, "json", as_json),
    "xlsx": Format("insecurity_insight", None, "xlsx", as_workbook),
    "shapefile": Format("osm_sites", "XTW", "zip", as_shapefile),
    "gpkg": Format("osm_sites", "XTW", "gpkg", as_geopackage),
    "geotiff": Format("worldpop", "XTW", "tif", as_raster),
}
