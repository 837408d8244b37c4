"""geoBoundaries: openly licensed boundaries of every country, for those that have no common operational data set."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from data_pipelines._source import Fetched, Field, Parsed, Raw, Source
from data_pipelines.readers.contract import take
from data_pipelines.readers.documents import load
from data_pipelines.readers.documents import parse as parse_json
from data_pipelines.readers.geometries import areas_km2
from data_pipelines.readers.rows import printable
from data_pipelines.readers.sniff import sniff
from data_pipelines.readers.vector import Features, collected, read_features
from data_pipelines.sources._boundaries import sift_areas
from geo.errors import FileRefused, UsageError

if TYPE_CHECKING:
    from data_pipelines.fetching.web import Web

_FIELDS = (
    Field("name", ("shapeName",), "text", "name of the area"),
    Field("iso", ("shapeISO",), "code", "ISO 3166-2 code of the area, where there is one", required=False),
    Field("id", ("shapeID",), "code", "id of the area in this build; another build has others"),
    Field("country", ("shapeGroup",), "code", "ISO alpha-3 code of the country"),
    Field("level", ("shapeType",), "code", "admin level, such as ADM1"),
)
_LEVELS = {"ADM0": 0, "ADM1": 1, "ADM2": 2}
_API = "https://www.geoboundaries.org/api/current/gbOpen"
_POINTER = b"version https://git-lfs"
_ON_GITHUB = re.compile(r"https://(?:github\.com|raw\.githubusercontent\.com)/(wmgeolab/geoBoundaries)/(?:raw/)?(.+)")
_MEDIA = r"https://media.githubusercontent.com/media/\1/\2"


class _Release(NamedTuple):
    """What the provider says of a file: the country's name, version, year, day of the build, licence, areas."""

    country: str | None = None
    version: str | None = None
    valid_on: date | None = None
    built_on: date | None = None
    licence: str = ""
    areas: int | None = None


def parse(raw: Raw) -> Parsed:
    """Read one level of one country: GeoJSON as downloaded, or as `fetch` brings it, with what the API says of it.

    An area's id is its ISO 3166-2 code where every area of the file has one of its own, else its shapeID. The files
    name no parents: a province's is its country, a district's is found on the map when an edition is built.

    Raises
    ------
    FileRefused
        The file is a Git LFS pointer, of another country than `raw.iso3`, of several countries or levels, or below
        admin 2.
    """
    features, release = _read(raw.path)
    taken = take(raw.path, features.rows.frame, _FIELDS)
    level = _level(raw.path, taken.cells["level"])
    iso3 = _iso3(raw, taken.cells["country"])
    areas = _areas(features, taken.cells, release, level, iso3)
    kept = sift_areas(features, areas, "shapeID")
    return Parsed(
        series=f"{iso3} adm{level}",
        rows_in=features.rows.rows_in,
        frames={"areas": kept.areas},
        rejects=kept.rejects,
        repeated=kept.repeated,
        notes=(*taken.notes, *features.notes, *_notes(release, level, features.rows.rows_in)),
        columns=taken.columns,
        published=release.built_on,
    )


def _read(path: Path) -> tuple[Features, _Release]:
    """Return the features, and what the provider says of them where the file tells."""
    with path.open("rb") as file:
        if file.read(len(_POINTER)) == _POINTER:
            raise FileRefused(
                f"The file '{path.name}' is a Git LFS pointer, which only stands for the boundaries; get the file from "
                "media.githubusercontent.com, or with `forewatch fetch geoboundaries`."
            )
    document = load(path) if sniff(path) == "geojson" else None
    pages = document.get("pages") if isinstance(document, dict) else None
    if not isinstance(pages, list):
        return read_features(path), _Release()
    said, collection = pages if len(pages) == 2 else ({}, None)
    return collected(path, collection), _release(said if isinstance(said, dict) else {})


def _release(said: Mapping[str, Any]) -> _Release:
    """Return what the API's answer says; its dates are words, and NaN is one of them."""
    words = {key: printable(" ".join(str(value).split())) for key, value in said.items()}
    told = {key: value for key, value in words.items() if value.lower() not in ("nan", "none", "")}
    year, number = told.get("boundaryYearRepresented", ""), told.get("admUnitCount", "")
    return _Release(
        country=told.get("boundaryName"),
        version=told.get("boundaryID"),
        valid_on=date(int(year), 1, 1) if re.fullmatch("(19|20)[0-9]{2}", year) else None,
        built_on=_day(told.get("buildDate", "")),
        licence=", ".join(filter(None, (told.get("boundaryLicense"), told.get("boundarySource")))),
        areas=int(number) if re.fullmatch("[0-9]{1,6}", number) else None,
    )


def _day(words: str) -> date | None:
    """Return the day of such as ``Dec 12, 2023``; None for anything else."""
    try:
        return datetime.strptime(words, "%b %d, %Y").date()  # noqa: DTZ007 (a day, of no time zone)
    except ValueError:
        return None


def _level(path: Path, types: pd.Series) -> int:
    found = sorted(types.dropna().unique())
    if len(found) != 1 or found[0] not in _LEVELS:
        raise FileRefused(
            f"The file '{path.name}' holds the levels {', '.join(found) or 'of none'}; give one of ADM0, ADM1 and ADM2."
        )
    return _LEVELS[found[0]]


def _iso3(raw: Raw, groups: pd.Series) -> str:
    found = sorted(groups.dropna().unique())
    if len(found) != 1 or (raw.iso3 and found[0] != raw.iso3):
        raise FileRefused(
            f"The file '{raw.path.name}' holds areas of {', '.join(found) or 'no country'}, not of "
            f"{raw.iso3 or 'one country'} alone; give the file of one country."
        )
    return str(found[0])


def _areas(features: Features, cells: pd.DataFrame, release: _Release, level: int, iso3: str) -> pd.DataFrame:
    """Return all features as rows of the table, good or not."""
    same = pd.Series(iso3, index=cells.index, dtype="str")
    nothing = pd.Series(np.nan, index=cells.index, dtype="str")
    has_own_code = cells["iso"].notna().all() and cells["iso"].is_unique
    return pd.DataFrame(
        {
            "area_id": same if level == 0 else cells["iso"] if has_own_code else cells["id"],
            "level": level,
            "name": cells["name"],
            "parent_id": same if level == 1 else nothing,
            "iso3": same,
            "country": release.country or iso3,
            "version": nothing if release.version is None else nothing.fillna(release.version),
            "valid_on": pd.Series(np.datetime64(release.valid_on, "s"), index=cells.index, dtype="datetime64[s]"),
            "area_km2": areas_km2(features.geometries),
            "geometry": features.geometries,
        }
    ).astype({"country": "str"})


def _notes(release: _Release, level: int, number: int) -> list[str]:
    notes = [f"The boundaries of this country and level are under their own licence: {release.licence}."]
    if not release.licence:
        notes = ["Each country's boundaries have a licence of their own, which this file does not tell."]
    if level == 2:
        notes.append("It names no parents: a district belongs to the province that holds most of it.")
    if release.valid_on:
        notes.append(f"Of the day from which they hold only the year is known: {release.valid_on:%Y}.")
    if release.areas not in (None, number):
        notes.append(f"The API counts {release.areas} areas and the file holds {number}.")
    return notes


def fetch(web: "Web", folder: Path, iso3: str | None, since: date | None) -> Iterator[Fetched]:  # noqa: ARG001
    """Yield levels 0 to 2 of a country, as far as it has them, each with what the API says of it.

    Raises
    ------
    UsageError
        No country is named.
    DataError
        The API cannot be asked, or does not know the country.
    """
    from data_pipelines.fetching.pages import write_pages  # noqa: PLC0415 (httpx takes 0.1 s to import)
    from data_pipelines.fetching.web import ask, attempt  # noqa: PLC0415

    if iso3 is None:
        raise UsageError("Boundaries are fetched by country; name one, such as --iso3 LBY.")
    held = parse_json(f"what the API lists of {iso3}", ask(web, f"{_API}/{iso3}/ALL/").body)
    listed = held if isinstance(held, list) else [held]
    there = {said.get("boundaryType") for said in listed if isinstance(said, dict)}
    for level in (each for each in _LEVELS if each in there):
        found: list[Fetched] = []
        with attempt(web, f"{iso3} {level}"):
            about = ask(web, f"{_API}/{iso3}/{level}/")
            said = parse_json(f"what the API says of {iso3} {level}", about.body)
            url = _address(said)
            boundaries = _boundaries(web, url)
            path = write_pages([about.body, boundaries], folder / f"geoBoundaries-{iso3}-{level}.json")
            found.append(Fetched(path, _release(said).built_on, url, iso3))
        yield from found


def _address(said: Any) -> str:  # noqa: ANN401 (a JSON document)
    """Return the address of the full GeoJSON; at GitHub that of the file itself, where others give its pointer."""
    url = said.get("gjDownloadURL") if isinstance(said, dict) else None
    if not isinstance(url, str):
        raise FileRefused("The API of geoBoundaries names no gjDownloadURL any more; update this source.")
    return _ON_GITHUB.sub(_MEDIA, url)


def _boundaries(web: "Web", url: str) -> bytes:
    """Return the GeoJSON at an address, seen to be whole."""
    from data_pipelines.fetching.web import ask  # noqa: PLC0415

    body = ask(web, url).body
    if body.startswith(_POINTER):
        raise web.refusal("GitHub sent a Git LFS pointer in place of the boundaries; try again later.", url, body)
    parse_json(url.rpartition("/")[2], body)
    return body


SOURCE = Source(
    id="geoboundaries",
    title="geoBoundaries: political administrative boundaries (gbOpen)",
    provider="William & Mary geoLab",
    url="https://www.geoboundaries.org",
    licence="CC BY 4.0, and each country's own",
    terms="Free to use with credit to geoBoundaries and to each country's source, whose licence may ask for more.",
    citation=(
        "Runfola, D. et al. (2020) geoBoundaries: A global database of political administrative boundaries. PLoS ONE "
        "15(4): e0231866, doi:10.1371/journal.pone.0231866"
    ),
    cadence_days=365,
    tables=("areas",),
    parse=parse,
    fetch=fetch,
    fields=_FIELDS,
    hosts=("www.geoboundaries.org", "media.githubusercontent.com", "github.com", "raw.githubusercontent.com"),
    caveats=(
        "Its areas have no P-codes: figures that come by P-code, as displacement and population do, cannot be joined.",
        "Levels come from different sources and years: districts need not nest in provinces.",
        "Files of neighbours overlap and leave gaps along borders, and disputed areas are drawn as each source does.",
    ),
)
