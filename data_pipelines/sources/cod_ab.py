"""COD-AB: the administrative boundaries that a country's humanitarian operations agreed on, one level per file."""

import re
from functools import reduce
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from data_pipelines._source import Parsed, Raw, Source
from data_pipelines.iso3166 import ALPHA3
from data_pipelines.readers.fields import column, columns, dates, normalised
from data_pipelines.readers.geometries import is_area
from data_pipelines.readers.rows import Rule, sift
from data_pipelines.readers.vector import Features, read_features
from geo.errors import FileRefused
from geo.geodesy import area_km2

_DEEPEST_KNOWN, _DEEPEST_MAPPED = 5, 2
_LANGUAGES = ("en", "fr", "es", "pt")
"""Of old field names, such as ADM2_FR, in order of preference; then any other."""
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
    iso3 = _iso3(raw, features.rows.frame)
    areas = _areas(raw.path, features, level, iso3)
    copies = features.rows.frame.assign(wkb=shapely.to_wkb(features.geometries)).duplicated().to_numpy()
    keep, bad = sift(features.rows, _rules(areas, features, copies))
    kept = areas[keep & ~copies].reset_index(drop=True)
    return Parsed(
        series=f"{iso3} adm{level}",
        rows_in=features.rows.rows_in,
        frames={"areas": kept},
        rejects=[*features.rows.rejects, *bad],
        repeated=int((keep & copies).sum()),
        notes=(*features.notes, *_notes(kept, features.rows.frame)),
    )


def _level(path: Path, frame: pd.DataFrame) -> int:
    """Return the admin level of the deepest P-code column."""
    found = [n for n in range(_DEEPEST_KNOWN, -1, -1) if column(frame, f"adm{n}_pcode") is not None]
    if not found:
        raise FileRefused(f"The file '{path.name}' has no column such as adm1_pcode; give a COD-AB file of one level.")
    if found[0] > _DEEPEST_MAPPED:
        raise FileRefused(f"The file '{path.name}' holds admin level {found[0]}; levels 0, 1 and 2 are mapped.")
    return found[0]


def _iso3(raw: Raw, frame: pd.DataFrame) -> str:
    """Return the one country of a file, from its own columns or from what was said when it was added."""
    told = column(frame, "iso3")
    if told is None:
        codes = columns(raw.path, frame, {}, {"adm0": ["adm0_pcode"]})["adm0"]
        told = codes.map(lambda code: ALPHA3.get(code, code if len(code) == 3 else None), na_action="ignore")
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


def _areas(path: Path, features: Features, level: int, iso3: str) -> pd.DataFrame:
    """Return all features as rows of the table, good or not."""
    frame = features.rows.frame
    required = {"pcode": [f"adm{level}_pcode"]} | ({"parent": ["adm1_pcode"]} if level == 2 else {})
    text = columns(path, frame, required, {"version": ["version"], "valid_on": ["valid_on", "date"]})
    nothing = pd.Series(np.nan, index=frame.index, dtype="str")
    parent = {0: nothing, 1: nothing.fillna(iso3), 2: text.get("parent")}[level]
    return pd.DataFrame(
        {
            "area_id": text["pcode"] if level else nothing.fillna(iso3),
            "level": level,
            "name": _required_name(path, frame, level),
            "parent_id": parent,
            "iso3": nothing.fillna(iso3),
            "country": nothing.fillna(iso3) if (named := _name(frame, 0)) is None else named.fillna(iso3),
            "version": text["version"],
            "valid_on": dates(text["valid_on"].str.replace("/", "-")).values,
            "area_km2": area_km2(features.geometries),
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


def _rules(areas: pd.DataFrame, features: Features, copies: np.ndarray) -> list[Rule]:
    return [
        ("polygon", "it is not a polygon", ~is_area(features.geometries)),
        ("pcode", "it has no P-code", areas["area_id"].isna()),
        ("name", "it has no name", areas["name"].isna()),
        ("parent", "it has no P-code one level up", areas["parent_id"].isna() & (areas["level"] > 0)),
        ("duplicate", "another area of the file has its P-code", areas["area_id"].duplicated() & ~copies),
    ]


def _notes(areas: pd.DataFrame, frame: pd.DataFrame) -> list[str]:
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
    ended = column(frame, "valid_to")
    if ended is not None and ended.notna().any():
        notes.append(f"The provider has replaced {ended.notna().sum()} areas, the last at {ended.max()}.")
    return notes


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
    caveats=(
        "P-codes may change between versions; figures that use the codes of another version do not join.",
        "Files of neighbours overlap and leave gaps along borders; Abyei is in both Sudan's and South Sudan's.",
    ),
)
