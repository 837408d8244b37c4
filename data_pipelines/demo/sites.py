"""The demo's protected sites as healthsites.io, OpenStreetMap and UNESCO's list give them: where people live.

The traps are those of real files: nameless sites, one at 0, 0, and sites that two files hold.
"""

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_pipelines.demo.country import Country
from data_pipelines.demo.land import to_degrees, to_km
from data_pipelines.demo.names import ISO2, ISO3
from data_pipelines.demo.settlements import Settlements, district_at

FIRST_NODE = 990_000_000_001
"""Far above any node number that OpenStreetMap has given out."""
KINDS = (
    ("hospital", 90_000, {"amenity": "hospital", "healthcare": "hospital"}),
    ("clinic", 30_000, {"amenity": "clinic", "healthcare": "clinic"}),
    ("school", 14_000, {"amenity": "school", "isced:level": "1"}),
    ("college", 300_000, {"amenity": "college"}),
    ("place of worship", 20_000, {"amenity": "place_of_worship"}),
    ("displacement site", 220_000, {"amenity": "refugee_site", "refugee": "yes"}),
)
"""Word, residents per site, and tags."""
NAMED_SHARE = 0.8
HERITAGE = (("Old Harbour of Ixborne (SYNTHETIC)", "Cultural"), ("Wetlands of Fluxandra (SYNTHETIC)", "Natural"))


@dataclass(frozen=True)
class Site:
    """One site as mapped: node number, name (empty where nobody gave one), place in degrees, and its tags."""

    node: int
    name: str
    at: tuple[float, float]
    tags: dict[str, str]

    @property
    def is_health(self) -> bool:
        """Whether healthsites.io lists it."""
        return "healthcare" in self.tags


def build_sites(country: Country, settlements: Settlements, rng: np.random.Generator) -> list[Site]:
    """Return sites scattered around settlements, about as many as their inhabitants need."""
    sites: list[Site] = []
    for word, residents, tags in KINDS:
        numbers = rng.poisson(settlements.persons / residents)
        home = np.repeat(np.arange(len(numbers)), numbers)
        at = _scatter(country, settlements.at[home], rng)
        is_named = rng.random(len(home)) < NAMED_SHARE
        for number, index in enumerate(home.tolist()):
            name = f"{settlements.names[index]} {word} {number + 1} (SYNTHETIC)" if is_named[number] else ""
            longitude, latitude = at[number].tolist()
            sites.append(Site(FIRST_NODE + len(sites), name, (longitude, latitude), tags))
    return sites


def _scatter(country: Country, homes: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return points around 1 km from their settlements; what would fall into the sea stays at the settlement."""
    moved = to_degrees(to_km(homes) + 0.9 * rng.standard_normal(homes.shape)).round(6)
    return np.where((district_at(country, moved) >= 0)[:, None], moved, homes)


def healthsites(sites: list[Site]) -> str:
    """Return the GeoJSON that healthsites.io's API gives for the health facilities among the sites."""
    return _collection([_feature(site, _health_properties(site)) for site in sites if site.is_health])


def _health_properties(site: Site) -> dict[str, Any]:
    attributes = {"name": site.name, **site.tags, "operator": "", "changeset_user": "synthetic", "contact_number": ""}
    return {"osm_id": site.node, "osm_type": "node", "completeness": 12.5, **attributes}


def openstreetmap(sites: list[Site]) -> str:
    """Return an OpenStreetMap extract as GeoJSON: every other site, and a tenth of the health facilities again."""
    listed = [site for site in sites if not site.is_health or site.node % 10 == 0]
    nowhere = Site(FIRST_NODE + 90_000, "School without a place (SYNTHETIC)", (0.0, 0.0), {"amenity": "school"})
    return _collection([_feature(site, _osm_properties(site)) for site in [*listed, nowhere]])


def _osm_properties(site: Site) -> dict[str, Any]:
    return {"@id": f"node/{site.node}", **({"name": site.name} if site.name else {}), **site.tags}


def _feature(site: Site, properties: dict[str, Any]) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": list(site.at)}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _collection(features: list[dict[str, Any]]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features}, indent=1) + "\n"


_WHC_COLUMNS = [
    *("unique_number", "id_no", "rev_bis", "name_en", "name_fr", "short_description_en", "short_description_fr"),
    *("justification_en", "justification_fr", "date_inscribed", "secondary_dates", "danger", "date_end"),
    *("danger_list", "longitude", "latitude", "area_hectares", "C1", "C2", "C3", "C4", "C5", "C6", "N7", "N8", "N9"),
    *("N10", "criteria_txt", "category", "category_short", "states_name_en", "states_name_fr", "region_en"),
    *("region_fr", "iso_code", "udnp_code", "transboundary"),
]


def world_heritage(settlements: Settlements) -> str:
    """Return a world heritage list, in the columns of UNESCO's former CSV, that holds the demo's two sites."""
    out = io.StringIO()
    writer = csv.DictWriter(out, _WHC_COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for number, (name, category) in enumerate(HERITAGE, start=1):
        town = name.split(" of ")[1].removesuffix(" (SYNTHETIC)") + " town"
        longitude, latitude = settlements.at[settlements.names.index(town)].tolist()
        writer.writerow(
            {
                "unique_number": 99_000 + number,
                "id_no": 99_000 + number,
                "name_en": name,
                "name_fr": name,
                "short_description_en": "<p>Invented.</p>",
                "date_inscribed": 1998 + number,
                "danger": 0,
                "longitude": longitude,
                "latitude": latitude,
                "area_hectares": 40 * number,
                "transboundary": 0,
                "category": category,
                "category_short": category[0],
                "states_name_en": "Xandimar (SYNTHETIC)",
                "iso_code": ISO2.lower(),
                "udnp_code": ISO3.lower(),
                "region_en": "Synthetic",
            }
        )
    return "\ufeff" + out.getvalue()
