"""COD-AB: the administrative boundaries that a country's humanitarian operations agreed on, one level per file."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data_pipelines._source import Fetched, Field, Parsed, Raw, Source
from data_pipelines.iso3166 import ALPHA3
from data_pipelines.readers.contract import Taken, take
from data_pipelines.readers.fields import column, dates, normalised
from data_pipelines.readers.geometries import areas_km2
from data_pipelines.readers.vector import Features, read_features
from data_pipelines.sources import _hdx
from data_pipelines.sources._boundaries import sift_areas
from geo.errors import DataError, FileRefused, UsageError

if TYPE_CHECKING:
    from data_pipelines.fetching.web import Web

_DEEPEST_KNOWN, _DEEPEST_MAPPED = 5, 2
_LANGUAGES = ("en", "fr", "es", "pt")
"""Of old field names, such as ADM2_FR, in order of preference; then any other."""
_IN_LANGUAGES = (*_LANGUAGES, "ar", "fa", "ht", "ku", "my", "ne", "ps", "ru", "so", "ti", "uk", "ur", "vi")
_NAMES = {n: (f"adm{n}_name", *(f"ADM{n}_{language.upper()}" for language in _IN_LANGUAGES)) for n in range(3)}
_FIELDS = (
    Field("adm0_name", _NAMES[0], "text", "name of the country", required=False),
    Field("adm0_pcode", ("adm0_pcode",), "code", "P-code of the country: its ISO alpha-2 code", required=False),
    Field("adm1_name", _NAMES[1], "text", "name of the admin 1 area", required=False),
    Field("adm1_pcode", ("adm1_pcode",), "code", "P-code of the admin 1 area", required=False),
    Field("adm2_name", _NAMES[2], "text", "name of the admin 2 area", required=False),
    Field("adm2_pcode", ("adm2_pcode",), "code", "P-code of the admin 2 area", required=False),
    Field("iso3", ("iso3",), "code", "ISO alpha-3 code of the country", required=False),
    Field("version", ("version", "cod_version"), "text", "version of the country's boundaries", required=False),
    Field("valid_on", ("valid_on", "date"), "day", "day from which this version holds", required=False),
    Field("valid_to", ("valid_to",), "day", "day on which the provider replaced it, if it did", required=False),
)
_KNOWN = (
    *(f"adm{n}_{what}" for n in range(3) for what in ("name1", "name2", "name3", "ref_name", "ref_name1", "ref")),
    *(
        f"ADM{n}{what}"
        for n in range(3)
        for what in ("ALT1EN", "ALT2EN", "ALT1FR", "ALT2FR", "ALT1AR", "ALT2AR", "_TYPE")
    ),
    *("iso2", "lang", "lang1", "lang2", "lang3", "area_sqkm", "center_lat", "center_lon", "Shape_Leng", "Shape_Area"),
    *("OBJECTID", "FID", "fid", "GlobalID", "Area_Km", "Lat", "Long", "dv_adm1_id", "dv_adm2_id"),
)
_DAYS = frozenset(normalised(name) for each in _FIELDS if each.kind == "day" for name in each.names)
_MEMBER = re.compile(r"(?:.*/)?([a-z]{3}_admin[012]\.geojson)", re.IGNORECASE)
UNDETERMINED = frozenset({"SD19", "SD19001", "SS00", "SS0807", "PK1", "PK3", "Conflict"})
"""P-codes of areas whose status is undetermined (Abyei, Jammu and Kashmir, a zone in Lebanon)."""


def parse(raw: Raw) -> Parsed:
    """Read one level of one country's boundaries, with old (ADM2_PCODE) or new (adm2_pcode) field names.

    The level is that of the deepest P-code column. Areas whose P-code another area of the file has are quarantined.

    Raises
    ------
    FileRefused
        The file is of another country than `raw.iso3`, of several, of none that it tells, or below admin 2.
    """
    features = read_features(raw.path)
    level = _level(raw.path, features.rows.frame)
    taken = _taken(raw.path, features.rows.frame, level)
    iso3 = _iso3(raw, taken.cells)
    areas = _areas(raw.path, features, taken.cells, level, iso3)
    without_parent = areas["parent_id"].isna() & (areas["level"] > 0)
    kept = sift_areas(features, areas, "P-code", [("parent", "it has no P-code one level up", without_parent)])
    return Parsed(
        series=f"{iso3} adm{level}",
        rows_in=features.rows.rows_in,
        frames={"areas": kept.areas},
        rejects=kept.rejects,
        repeated=kept.repeated,
        notes=(*taken.notes, *features.notes, *_notes(kept.areas, taken.cells["valid_to"])),
        columns=taken.columns,
    )


def _level(path: Path, frame: pd.DataFrame) -> int:
    """Return the admin level of the deepest P-code column."""
    found = [n for n in range(_DEEPEST_KNOWN, -1, -1) if column(frame, f"adm{n}_pcode") is not None]
    if not found:
        raise FileRefused(f"The file '{path.name}' has no column such as adm1_pcode; give a COD-AB file of one level.")
    if found[0] > _DEEPEST_MAPPED:
        raise FileRefused(f"The file '{path.name}' holds admin level {found[0]}; levels 0, 1 and 2 are mapped.")
    return found[0]


def _taken(path: Path, frame: pd.DataFrame, level: int) -> Taken:
    """Return the columns under their contract; of a level, its P-code and that of the level above are required."""
    required = {f"adm{level}_pcode", *(["adm1_pcode"] if level == 2 else [])}
    fields = [replace(each, required=each.id in required) for each in _FIELDS]
    days = {str(name): frame[name].str.replace("/", "-") for name in frame if normalised(str(name)) in _DAYS}
    return take(path, frame.assign(**days), fields, _KNOWN)


def _iso3(raw: Raw, cells: pd.DataFrame) -> str:
    """Return the one country of a file, from its own columns or from what was said when it was added."""
    of_code = cells["adm0_pcode"].map(
        lambda code: ALPHA3.get(code, code if len(code) == 3 else None), na_action="ignore"
    )
    told = cells["iso3"] if cells["iso3"].notna().any() else of_code
    found = sorted(told.dropna().unique())
    if len(found) > 1:
        raise FileRefused(f"The file '{raw.path.name}' holds areas of {', '.join(found)}; add one file per country.")
    if found and raw.iso3 and found[0] != raw.iso3:
        raise FileRefused(
            f"The file '{raw.path.name}' holds areas of {found[0]}, not of {raw.iso3}; check which is meant."
        )
    if not found and not raw.iso3:
        raise FileRefused(f"The file '{raw.path.name}' does not tell its country; add it with --iso3.")
    return raw.iso3 or str(found[0])


def _areas(path: Path, features: Features, cells: pd.DataFrame, level: int, iso3: str) -> pd.DataFrame:
    """Return all features as rows of the table, good or not."""
    frame = features.rows.frame
    nothing = pd.Series(np.nan, index=frame.index, dtype="str")
    parent = {0: nothing, 1: nothing.fillna(iso3), 2: cells["adm1_pcode"]}[level]
    return pd.DataFrame(
        {
            "area_id": cells[f"adm{level}_pcode"] if level else nothing.fillna(iso3),
            "level": level,
            "name": _required_name(path, frame, level),
            "parent_id": parent,
            "iso3": nothing.fillna(iso3),
            "country": nothing.fillna(iso3) if (named := _name(frame, 0)) is None else named.fillna(iso3),
            "version": cells["version"],
            "valid_on": dates(cells["valid_on"]).values,
            "area_km2": areas_km2(features.geometries),
            "geometry": features.geometries,
        }
    )


def _required_name(path: Path, frame: pd.DataFrame, level: int) -> pd.Series:
    names = _name(frame, level)
    if names is None:
        raise FileRefused(
            f"The file '{path.name}' has no column such as adm{level}_name or ADM{level}_EN; get it again."
        )
    return names


def _name(frame: pd.DataFrame, level: int) -> pd.Series | None:
    """Return each area's name at a level in the first language that has one; None where no column holds names."""
    pattern = re.compile(rf"adm{level}(name|(?!id)[a-z][a-z])")
    found = {match.group(1): str(name) for name in frame.columns if (match := pattern.fullmatch(normalised(str(name))))}
    order = ["name", *_LANGUAGES, *sorted(found)]
    names = list(dict.fromkeys(found[key] for key in order if key in found))
    return reduce(pd.Series.fillna, [frame[name] for name in names]) if names else None


def _notes(areas: pd.DataFrame, ended: pd.Series) -> list[str]:
    """Return sentences on areas of undetermined status, and on days that are missing or past."""
    notes = []
    special = areas[areas["area_id"].isin(UNDETERMINED) | areas["parent_id"].isin(UNDETERMINED)]
    if len(special):
        listed = ", ".join(
            f"{area.name} ({area.area_id})" for area in special[["name", "area_id"]].itertuples(index=False)
        )
        notes.append(f"The status of these areas is undetermined, they are kept under their own codes: {listed}.")
    if areas["valid_on"].isna().any():
        notes.append(f"The day from which they hold is not known of {areas['valid_on'].isna().sum()} areas.")
    if ended.notna().any():
        notes.append(f"The provider has replaced {ended.notna().sum()} areas, the last at {ended.max()}.")
    return notes


def fetch(web: "Web", folder: Path, iso3: str | None, since: date | None) -> Iterator[Fetched]:  # noqa: ARG001
    """Yield levels 0 to 2 of a country from HDX: the members of its zip of GeoJSON; no level has days to be left out.

    Raises
    ------
    UsageError
        No country is named.
    DataError
        HDX has no boundaries of it, or none as GeoJSON; or as of `data_pipelines.sources._hdx.fetch_dataset`.
    """
    if iso3 is None:
        raise UsageError("Boundaries are fetched by country; name one, such as --iso3 SDN.")
    wanted = _hdx.fetch_dataset(web, folder, f"cod-ab-{iso3.lower()}", lambda name: name.endswith(".geojson.zip"), iso3)
    for packed in wanted:
        levels = list(_levels(packed.path, folder))
        if not levels:
            raise DataError(
                f"The archive '{packed.path.name}' on HDX holds no file such as {iso3.lower()}_admin1.geojson; look "
                "at it, and add its files with `forewatch add`."
            )
        for path in levels:
            yield packed._replace(path=path)


def _levels(packed: Path, folder: Path) -> Iterator[Path]:
    """Unpack the levels that are mapped, byte for byte; the archive has been read to its end already."""
    with zipfile.ZipFile(packed) as archive:
        members = {found[1].lower(): name for name in archive.namelist() if (found := _MEMBER.fullmatch(name))}
        for name, member in sorted(members.items()):
            path = folder / name
            path.write_bytes(archive.read(member))
            yield path


SOURCE = Source(
    id="cod_ab",
    title="Common Operational Datasets: administrative boundaries",
    provider="OCHA and national authorities",
    url="https://data.humdata.org/dashboards/cod",
    licence="CC BY 3.0 IGO",
    terms="Free to use with credit; the boundaries and names do not imply endorsement by the United Nations.",
    citation="OCHA, Common Operational Datasets: administrative boundaries (COD-AB), via HDX",
    cadence_days=365,
    tables=("areas",),
    parse=parse,
    fetch=fetch,
    fields=_FIELDS,
    known=_KNOWN,
    hosts=_hdx.HOSTS,
    caveats=(
        "P-codes may change between versions; figures that use the codes of another version do not join.",
        "Files of neighbours overlap and leave gaps along borders; Abyei is in both Sudan's and South Sudan's.",
    ),
)
