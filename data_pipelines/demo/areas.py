"""The demo's boundaries as OCHA's COD-AB GeoJSON gives them, one file per admin level."""

import json
from collections.abc import Iterable
from typing import Any

import shapely

from data_pipelines.demo.country import Area, Country
from data_pipelines.demo.names import COUNTRY, ISO2, ISO3

VERSION = "v01"
VALID_ON = "2018-06-30"


def layer(country: Country, level: int) -> str:
    """Return the GeoJSON of admin level 0, 1 or 2; neighbours share every vertex of their border."""
    areas = ((country.whole,), country.provinces, country.districts)[level]
    collection = {
        "type": "FeatureCollection",
        "name": f"{ISO3.lower()}_admin{level}",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
        "features": list(_features(areas, level, {p.code: p.name for p in country.provinces})),
    }
    return json.dumps(collection) + "\n"


def _features(areas: Iterable[Area], level: int, provinces: dict[str, str]) -> Iterable[dict[str, Any]]:
    for area in areas:
        chain = [(2, area.name, area.code)] if level == 2 else []
        province = area.parent if level == 2 else area.code
        chain += [(1, provinces[province], province)] if level else []
        names: dict[str, Any] = {}
        for number, name, code in [*chain, (0, COUNTRY, ISO2)]:
            names |= {f"adm{number}_name": name, **{f"adm{number}_name{i}": None for i in (1, 2, 3)}}
            names[f"adm{number}_pcode"] = code
        yield {
            "type": "Feature",
            "properties": {**({} if level else {"iso2": ISO2, "iso3": ISO3}), **names, **_facts(area, level)},
            "geometry": json.loads(shapely.to_geojson(area.geometry)),
        }


def _facts(area: Area, level: int) -> dict[str, Any]:
    """Return what the provider says of an area besides its names."""
    return {
        "valid_on": VALID_ON,
        "valid_to": None,
        "area_sqkm": round(area.area_km2, 4),
        "version": VERSION,
        "lang": "en",
        "lang1": None,
        "lang2": None,
        "lang3": None,
        f"adm{level}_ref_name": area.name,
        "center_lat": area.anchor[1],
        "center_lon": area.anchor[0],
    }
