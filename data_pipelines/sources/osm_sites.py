"""Protected sites as OpenStreetMap has them: Overpass, extracts, HOT exports, healthsites.io, and tables of nodes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data_pipelines._source import Fetched, Parsed, Raw, Source
from data_pipelines.iso3166 import ALPHA3
from data_pipelines.readers.contract import take
from data_pipelines.readers.documents import parse as parse_json
from data_pipelines.readers.fields import normalised
from data_pipelines.sources import _hdx
from data_pipelines.sources._osm_forms import Listed, listed, up_to
from data_pipelines.sources._osm_objects import FIELDS, OVERPASS_SECONDS, READ, ids, kinds, overpass_query
from data_pipelines.sources._osm_twins import names_of_one
from data_pipelines.sources._sites import Sites, parsed_sites
from geo.errors import FileRefused, UsageError

if TYPE_CHECKING:
    from data_pipelines.fetching.web import Web

_OVERPASS = "https://overpass-api.de/api/interpreter"
_THEMES = ("health_facilities", "education_facilities")
"""Of HOT's exports on HDX, which hold one kind each."""
_MAIN_SHARE = 0.05


def parse(raw: Raw) -> Parsed:
    """Read an answer of Overpass, an extract (.osm.pbf), GeoJSON, a GeoPackage, a shapefile, or a table of nodes.

    The kind comes from the column `site_class` where there is one, else from the tags `amenity`, `refugee`,
    `healthcare`, `building`, `historic`, `heritage` and `tourism`, in that order. What has no kind, or no place (0, 0
    counts as none: whatever is mapped has a place), is quarantined. A native id is such as ``node/306264590``. A node
    within the outline of the same facility counts as a repetition of it.

    Raises
    ------
    FileRefused
        The file has no ids of OpenStreetMap, or Overpass broke it off.
    """
    found = listed(raw)
    frame = found.rows.frame
    taken = take(raw.path, frame[[name for name in frame if normalised(str(name)) in READ]], FIELDS)
    native, kind = ids(raw.path, taken.cells), kinds(taken.cells)
    name = taken.cells["name"].fillna(taken.cells["name_en"])
    twins = np.zeros(len(frame), dtype=bool)
    if found.shapes is not None:
        twins, name = names_of_one(found.shapes, native, taken.cells, kind, name)
    parsed = parsed_sites(
        source="osm_sites",
        series=_series(raw, found, kind, native),
        rows=found.rows,
        sites=Sites(native, kind, name, found.longitude, found.latitude),
        rules=[("coordinates", "it has no place, or one out of range", np.isnan(found.longitude))],
        notes=[*found.notes, *_note_on_twins(twins)],
        superseded=twins,
    )
    return replace(parsed, columns=taken.columns, published=found.published)


def _series(raw: Raw, found: Listed, kind: pd.Series, native: pd.Series) -> str:
    """Return what was asked for; of a file added by hand, the country and the main kinds and types, or all sites."""
    if raw.asked:
        return raw.asked
    where = raw.iso3 or "world"
    types = native.str.extract("^([a-z]+)/", expand=False)
    return f"{where} all" if found.is_all else f"{where} {_main(kind)} {_main(types)}"


def _main(values: pd.Series) -> str:
    """Return the values that make up a twentieth or more; a few odd tags must not make a new series of a new export."""
    share = values.value_counts(normalize=True)
    return "+".join(sorted(share[share >= _MAIN_SHARE].index))


def _note_on_twins(twins: np.ndarray) -> list[str]:
    return (
        [f"{twins.sum():,} nodes lie within the outline of the same facility, and count with it."]
        if twins.any()
        else []
    )


def fetch(web: "Web", folder: Path, iso3: str | None, since: date | None) -> Iterator[Fetched]:  # noqa: ARG001
    """Yield the sites of a country as they are mapped now, from Overpass; a part of them would be no whole list.

    Where Overpass fails, as it does when it is busy, HOT's exports of health and education facilities come instead.

    Raises
    ------
    UsageError
        No country is named, or one without an ISO alpha-2 code.
    DataError
        Nor are there exports.
    """
    from data_pipelines.fetching.web import attempt  # noqa: PLC0415 (httpx takes 0.1 s to import)

    alpha2 = next((two for two, three in ALPHA3.items() if three == iso3), None)
    if iso3 is None or alpha2 is None:
        raise UsageError("Sites are fetched by country; name one by its ISO code, such as --iso3 SDN.")
    found: list[Fetched] = []
    with attempt(web, "Overpass"):
        found.append(_from_overpass(web, folder, iso3, alpha2))
    yield from found
    for theme in () if found else _THEMES:
        dataset = f"hotosm_{iso3.lower()}_{theme}"
        with attempt(web, dataset):
            found += _hdx.fetch_dataset(web, folder, dataset, lambda name: name.endswith("_shp.zip"), iso3)
        yield from (each._replace(asked=f"{iso3} {each.path.stem}") for each in found)
        found.clear()


def _from_overpass(web: "Web", folder: Path, iso3: str, alpha2: str) -> Fetched:
    """Return all sites of a country; an answer that Overpass broke off has status 200 like any other."""
    from httpx import Timeout  # noqa: PLC0415

    from data_pipelines.fetching.web import ask  # noqa: PLC0415

    # It sends nothing until it has found everything, and gives up by itself.
    web.client.timeout = Timeout(OVERPASS_SECONDS, connect=web.patience.connect_s)
    answer = ask(web, _OVERPASS, form={"data": overpass_query(alpha2)})
    try:
        document = parse_json("the answer of Overpass", answer.body)
        if not isinstance(document, dict) or "remark" in document or not document.get("elements"):
            raise FileRefused(f"Overpass broke off its answer for {iso3}, or finds nothing there; try again later.")
    except FileRefused as error:
        raise web.refusal(str(error), _OVERPASS, answer.body) from None
    path = folder / f"overpass_{iso3}.json"
    path.write_bytes(answer.body)
    return Fetched(path, up_to(document), _OVERPASS, iso3, f"{iso3} all")


SOURCE = Source(
    id="osm_sites",
    title="Protected sites in OpenStreetMap",
    provider="OpenStreetMap contributors (through Overpass, HOT, healthsites.io and others)",
    url="https://www.openstreetmap.org",
    licence="ODbL 1.0",
    terms="Credit OpenStreetMap contributors; databases derived from it are shared under the same licence.",
    citation="© OpenStreetMap contributors, https://www.openstreetmap.org/copyright",
    cadence_days=180,
    tables=("sites",),
    parse=parse,
    fetch=fetch,
    fields=FIELDS,
    hosts=("overpass-api.de", *_hdx.HOSTS, "s3.dualstack.us-east-1.amazonaws.com"),
    caveats=(
        "Completeness differs from place to place: no site on the map does not mean no site on the ground.",
        "A site may be mapped twice, as a node and as a way around it, or no longer be in use.",
        "Of an extract or an answer of Overpass only objects that bear a tag of a site are counted as records.",
        "An extract of a large country is better cut down to the tags of sites first: reading has a time limit.",
    ),
)
