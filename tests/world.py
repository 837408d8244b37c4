"""A tiny invented country, XTW, in the providers' own formats: four square districts in two provinces.

XT0101 | XT0102 | XT0201 | XT0202       30, 30.5, 31, 31.5, 32 east; 10 to 11 north
   XT01 (pop. 300)    XT02 (pop. 700)
"""

import csv
import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

from data_pipelines.build import build
from data_pipelines.snapshot import add
from data_pipelines.sources.ucdp_ged import HEADER
from data_pipelines.workspace import Workspace
from geo.grids import cell_id

ISO3 = "XTW"
KNOWN_AT = date(2024, 6, 1)
DISTRICTS = {"XT0101": 30.0, "XT0102": 30.5, "XT0201": 31.0, "XT0202": 31.5}
POPULATION = {"XT0101": 100, "XT0102": 200, "XT0201": 300, "XT0202": 400}


def event(number: int, day: str, longitude: float, latitude: float, **other: object) -> dict[str, object]:
    """One row of UCDP GED: an exact event with one civilian dead on one day, but for what is said otherwise."""
    gid = int(cell_id(np.array([longitude]), np.array([latitude]))[0])
    return {
        **dict.fromkeys(HEADER, ""),
        "id": number, "relid": f"XTW-{number}", "year": day[:4], "active_year": 1, "code_status": "Clear",
        "type_of_violence": 3, "side_a": "Group A (invented)", "side_b": "Civilians", "where_prec": 1,
        "where_coordinates": "a secret village", "latitude": latitude, "longitude": longitude,
        "geom_wkt": f"POINT ({longitude} {latitude})", "priogrid_gid": gid, "country": "Testland", "iso3": ISO3,
        "region": "Africa", "event_clarity": 1, "date_prec": 1, "date_start": day, "date_end": day,
        "deaths_a": 0, "deaths_b": 0, "deaths_civilians": 1, "deaths_unknown": 0, "best": 1, "high": 1, "low": 1,
        **other,
    }  # fmt: skip


EVENTS = (
    event(1, "2023-01-10", 30.2, 10.4),
    event(2, "2023-01-20", 30.7, 10.6, deaths_civilians=4, best=4, high=9, low=2),
    event(3, "2023-02-25", 30.75, 10.6, date_end="2023-03-04", where_prec=2),
    event(4, "2023-03-05", 31.2, 10.5, where_prec=3, type_of_violence=1, deaths_a=2, best=3, high=3, low=3),
    event(5, "2023-03-15", 31.4, 10.5, where_prec=4, deaths_civilians=7, best=7, high=7, low=7),
    event(6, "2023-04-01", 30.5, 10.5),
    event(7, "2023-04-02", 33.0, 10.5),
    event(8, "2023-04-03", 31.0, 10.2, where_prec=6),
    event(9, "2023-06-30", 31.9, 10.9, type_of_violence=2, side_b="Group B (invented)"),
)
FIGURES = (
    (1, "2023-02-15", "XT0101", 10), (1, "2023-02-15", "XT0201", 30),
    (2, "2023-05-20", "XT0101", 20), (2, "2023-05-20", "XT0201", 15), (2, "2023-05-20", "XT0202", 40),
)  # fmt: skip


def write_rows(path: Path, rows: Iterable[dict[str, object]], delimiter: str = ",") -> Path:
    """Write rows of equal keys as a CSV file."""
    rows = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_events(folder: Path, events: Iterable[dict[str, object]] = EVENTS) -> Path:
    """Write events as UCDP GED."""
    return write_rows(folder / "ged.csv", events)


def write_areas(folder: Path, level: int, iso3: str = ISO3) -> Path:
    """Write the boundaries of one level as COD-AB."""
    parts = ({"XT": 30.0}, {"XT01": 30.0, "XT02": 31.0}, DISTRICTS)[level]
    wide = (2.0, 1.0, 0.5)[level]
    features = []
    for code, west in parts.items():
        ring = [[west, 10], [west + wide, 10], [west + wide, 11], [west, 11], [west, 10]]
        names = {f"adm{n}_{k}": v for n in range(level + 1) for k, v in _names(code, n).items()}
        about = {"iso2": "XT", "iso3": iso3, "version": "v01", "valid_on": "2020-01-01", "valid_to": None}
        features.append(
            {"type": "Feature", "properties": names | about, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        )
    path = folder / f"xtw_admin{level}.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def _names(code: str, level: int) -> dict[str, str]:
    pcode = {0: "XT", 1: code[:4], 2: code}[level]
    return {"name": f"Area {pcode}" if level else "Testland", "pcode": pcode}


def write_population(folder: Path) -> Path:
    """Write people by area, sex and age as HDX HAPI gives COD-PS."""
    totals = POPULATION | {"XT01": 300, "XT02": 700, "": 1000}
    rows = [_people(code, sex, age, n) for code, n in totals.items() for sex, age, n in _groups(n)]
    return write_rows(folder / "hdx_hapi_population_xtw.csv", rows)


def _groups(n: int) -> list[tuple[str, str, int]]:
    half = n // 2
    by_age = [(s, a, half // 2) for s in ("f", "m") for a in ("0-14", "15+")] + [
        ("all", "0-14", half),
        ("all", "15+", half),
    ]
    return [("all", "all", n), ("f", "all", half), ("m", "all", half), *by_age]


def _people(code: str, sex: str, age: str, n: int) -> dict[str, object]:
    low, _, high = age.partition("-") if age != "all" else ("None", "", "None")
    return {
        "location_code": ISO3, "has_hrp": "False", "in_gho": "False",
        "provider_admin1_name": "", "provider_admin2_name": "",
        "admin1_code": code[:4] or f"{ISO3}-XXX", "admin1_name": f"Area {code[:4]}" if code else "UNSPECIFIED",
        "admin2_code": code if len(code) > 4 else f"{code or ISO3}-XXX", "admin2_name": "UNSPECIFIED",
        "gender": sex, "age_range": age, "min_age": low.strip("+"), "max_age": high or "None", "population": n,
        "reference_period_start": "2023-01-01", "reference_period_end": "2023-12-31",
    }  # fmt: skip


def write_displacement(folder: Path, figures: Iterable[tuple[int, str, str, int]] = FIGURES) -> Path:
    """Write displaced persons as the DTM file for one country."""
    rows = [
        {
            "id": 1000 + i, "operation": "Testland response", "admin0Name": "Testland", "admin0Pcode": ISO3,
            "admin1Name": f"Area {code[:4]}", "admin1Pcode": code[:4], "admin2Name": f"Area {code}",
            "admin2Pcode": code, "numPresentIdpInd": persons, "reportingDate": f"{day}T00:00:00",
            "yearReportingDate": day[:4], "monthReportingDate": int(day[5:7]), "roundNumber": number,
            "assessmentType": "BA",
        }
        for i, (number, day, code, persons) in enumerate(figures)
    ]  # fmt: skip
    return write_rows(folder / "dtm_xtw.csv", rows, ";")


def write_sites(folder: Path) -> Path:
    """Write protected sites as OSM nodes: twelve health posts and three schools in the first district, one far away."""
    places = [(30.2 + 0.001 * i, 10.4, "health", "clinic") for i in range(12)]
    places += [(30.3, 10.7 + 0.01 * i, "education", "school") for i in range(3)]
    places += [(31.7, 10.5, "worship", "place_of_worship"), (50.0, 10.5, "health", "hospital")]
    rows = [
        {
            "osm_node_id": 100 + i, "latitude": y, "longitude": x, "name": f"Secret name {i}", "name_en": "",
            "amenity": amenity, "site_class": kind, "country_file": "testland",
        }
        for i, (x, y, kind, amenity) in enumerate(places)
    ]  # fmt: skip
    return write_rows(folder / "nodes.csv", rows)


def write_raster(folder: Path, west: float = 30) -> Path:
    """Write a population raster of counts: everyone of a district lives in its middle."""
    persons = np.zeros((20, 40), np.float32)
    for begins, n in zip(DISTRICTS.values(), POPULATION.values(), strict=True):
        column = round((begins - 30) / 0.05)
        persons[9:11, column + 4 : column + 6] = n / 4
    path = folder / "xtw_ppp_2023.tif"
    profile = {"driver": "GTiff", "width": 40, "height": 20, "count": 1, "dtype": "float32", "crs": "OGC:CRS84"}
    with rasterio.open(path, "w", transform=Affine(0.05, 0, west, 0, -0.05, 11), **profile) as raster:
        raster.write(persons, 1)
    return path


def fill(workspace: Path, folder: Path) -> Workspace:
    """Add every file of the invented country to a workspace."""
    home = Workspace(workspace)
    for source, path in (
        ("cod_ab", write_areas(folder, 1)),
        ("cod_ab", write_areas(folder, 2)),
        ("cod_ps", write_population(folder)),
        ("worldpop", write_raster(folder)),
        ("ucdp_ged", write_events(folder)),
        ("iom_dtm", write_displacement(folder)),
        ("osm_sites", write_sites(folder)),
    ):
        add(home, source, path, ISO3 if source != "worldpop" else None, KNOWN_AT)
    return home


def built(workspace: Path, folder: Path) -> Workspace:
    """Add every file and build."""
    home = fill(workspace, folder)
    build(home, None, lambda _: None)
    return home
