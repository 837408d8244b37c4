"""What a briefing map says: everything on it, read from the edition before anything is drawn."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pandas as pd

from app.attribution import age_words, bearing, parameters, stale_because
from app.boxes import Box, units_in
from app.briefing._sheet import can_be_drawn
from app.statements import sql
from data_pipelines.edition import Edition, known_unit
from geo.errors import UsageError
from layers._layer import Layer, layer

FEW = 20
"""Districts that are named one by one; more are named by their provinces."""


@dataclass(frozen=True)
class Source:
    """One source that bears on the map.

    `thematic` if it gives the records of the layer itself, not the areas and the population that place them;
    `age` says through which month it speaks, when it was known and how fresh that is;
    `loaded` counts its records, `rejected` its quarantined rows, `unplaced` its records in no unit, by reason.
    """

    title: str
    provider: str
    licence: str
    known_on: str
    age: str
    thematic: bool
    loaded: int
    rejected: int
    unplaced: dict[str, int]


@dataclass(frozen=True)
class Facts:
    """Everything a briefing map says.

    Attributes
    ----------
    values
        One row per unit of the kind, by idx: idx, id, name, parent_id, iso3, area_km2, longitude, latitude, value,
        low, high, status, `painted`: what its colour follows, which is the value or the place of its category, and
        `mapped`: whether it belongs to the area asked for.
    names
        Units whose names are written on the map, largest first: name, longitude, latitude.
    as_of
        Day the newest source that bears on the layer was known, ISO.
    produced
        Day the edition was built, ISO: a picture is made from an edition and holds nothing newer.
    stale
        Why the layer is stale where it is shown, in a sentence; empty where it is not.
    since
        Day, ISO, on which a source last changed its state; on any day from then to the next change, all stand as here.
    """

    layer: Layer
    unit: str
    period: str
    area: str | None
    area_name: str
    values: pd.DataFrame
    names: pd.DataFrame
    sources: tuple[Source, ...]
    parameters: dict[str, float]
    as_of: str
    produced: str
    known_on: str
    edition: str
    code_version: str
    tier: str
    synthetic: bool
    stale: str
    since: str

    @property
    def mapped(self) -> pd.DataFrame:
        """The units that belong to the area asked for."""
        return self.values[self.values["mapped"]]


def gather(
    edition: Edition, layer_id: str, unit: str, period: str, area: str | None = None, bbox: Box | None = None
) -> Facts:
    """Read from an edition what a map of one layer, month and area says.

    Parameters
    ----------
    area
        ISO alpha-3 or P-code; None for everything the edition maps.
    bbox
        West, south, east, north in degrees; units that reach into it are mapped.

    Raises
    ------
    UsageError
        Where the layer, kind of unit, month or area does not exist, or the box is none or holds no unit.
    """
    manifest = edition.manifest
    values = _values(edition, layer_id, known_unit(unit), period)
    values["mapped"] = _mapped(edition, unit, values, area, bbox)
    chosen = layer(layer_id)
    countries = sorted(values.loc[values["mapped"], "iso3"].unique())
    sources = _sources(edition, chosen, countries)
    thematic = [s.known_on for s in sources if s.thematic]
    return Facts(
        layer=chosen,
        unit=unit,
        period=period,
        area=area,
        area_name=("Part of " if bbox else "") + _area_name(edition, area, values),
        values=values,
        names=_names(edition, unit, values),
        sources=sources,
        parameters=parameters(edition, layer_id),
        as_of=max(thematic, default=str(manifest["known_on"])),
        produced=str(manifest["built_at"]),
        known_on=str(manifest["known_on"]),
        edition=edition.id,
        code_version=str(manifest["code_version"]),
        tier=edition.tier.name,
        synthetic=bool(manifest["synthetic"]),
        stale=stale_because(edition, layer_id, countries),
        since=edition.standing_since,
    )


def _values(edition: Edition, layer_id: str, unit: str, period: str) -> pd.DataFrame:
    numbers = edition.values(layer_id, unit, period=period)[["id", "value", "low", "high", "category", "status"]]
    places = {category.id: float(place) for place, category in enumerate(layer(layer_id).categories)}
    numbers["painted"] = numbers.pop("category").map(places).astype(float) if places else numbers["value"]
    units = _named(edition.units(unit))
    if unit == "cell":
        district = _named(edition.units("adm2")).set_index("id")["name"]
        units["name"] = units["parent_id"].map(district).fillna("–") + " (cell " + units["id"] + ")"
    return units.merge(numbers, on="id", how="left")


def _named(units: pd.DataFrame) -> pd.DataFrame:
    """Return units with the P-code in place of a name that the font cannot write: boxes would say nothing."""
    return units.assign(name=units["name"].where(units["name"].map(can_be_drawn), units["id"]))


def _mapped(edition: Edition, unit: str, values: pd.DataFrame, area: str | None, bbox: Box | None) -> "pd.Series[bool]":
    mapped = pd.Series(True, index=values.index) if area is None else _lies_in(edition, values, area)
    if not mapped.any():
        raise UsageError(
            f"Edition {edition.id} has no {unit} in an area '{area}'; give an ISO alpha-3 code or a P-code of an area "
            f"that is no smaller than {unit}, or leave the area out."
        )
    if bbox is not None:
        mapped &= values["idx"].isin(units_in(edition, unit, bbox))
    if not mapped.any():
        raise UsageError(f"No {unit} of edition {edition.id} reaches into the box {bbox}; give one that meets the map.")
    return mapped


def _lies_in(edition: Edition, units: pd.DataFrame, area: str) -> "pd.Series[bool]":
    """Return which units are an area, or lie in it one or two levels down."""
    parent = pd.concat([edition.units(level).set_index("id")["parent_id"] for level in ("adm1", "adm2")])
    above = units["parent_id"]
    return (units["id"] == area) | (units["iso3"] == area) | (above == area) | (above.map(parent) == area)


def _area_name(edition: Edition, area: str | None, values: pd.DataFrame) -> str:
    told = edition.manifest["country_names"]
    codes = sorted(values.loc[values["mapped"], "iso3"].unique())
    countries = [told[iso3] if can_be_drawn(told[iso3]) else iso3 for iso3 in codes]
    if area is None or area in codes:
        return " and ".join(filter(None, [", ".join(countries[:-1]), countries[-1]]))
    found = edition.fetch(sql("area_name"), {"area": area})["name"]
    return f"{next(filter(can_be_drawn, found), area)}, {countries[0]}"


def _names(edition: Edition, unit: str, values: pd.DataFrame) -> pd.DataFrame:
    """Return the provinces' names, or the units' own where few are mapped."""
    mapped = values[values["mapped"]]
    provinces = _named(edition.units("adm1"))
    if unit == "adm2" and len(mapped) <= FEW:
        provinces = mapped
    elif unit == "cell":
        districts = edition.units("adm2").set_index("id")["parent_id"]
        provinces = provinces[provinces["id"].isin(mapped["parent_id"].map(districts))]
    else:
        provinces = provinces[provinces["id"].isin(mapped["parent_id" if unit == "adm2" else "id"])]
    ranked = provinces.sort_values(["area_km2", "id"], ascending=[False, True])
    return ranked[["name", "longitude", "latitude"]].reset_index(drop=True)


def _sources(edition: Edition, chosen: Layer, countries: list[str]) -> tuple[Source, ...]:
    lost = edition.fetch(sql("briefing_unplaced")).groupby("source")
    unplaced = {source: dict(zip(own["reason"], own["n"], strict=True)) for source, own in lost}
    told = edition.manifest["sources"]
    return tuple(
        _source(told[name], age_words(edition, name), thematic, unplaced.get(name, {}))
        for name, thematic in bearing(edition, chosen, countries).items()
    )


def _source(told: dict[str, Any], age: str, thematic: bool, unplaced: dict[str, int]) -> Source:
    return Source(
        title=told["title"],
        provider=told["provider"],
        licence=told["licence"],
        known_on=str(told["known_at"])[:10],
        age=age,
        thematic=thematic,
        loaded=int(told["loaded"]),
        rejected=int(told["quarantined"]),
        unplaced=unplaced,
    )


@dataclass(frozen=True)
class Counts:
    """The records of the sources that a layer itself rests on; placed + unplaced = loaded."""

    loaded: int
    placed: int
    unplaced: dict[str, int]
    rejected: int


def counts(facts: Facts) -> Counts:
    """Add up the records of the thematic sources, those in no unit by reason, the most frequent first."""
    own = [source for source in facts.sources if source.thematic]
    lost = sum((Counter(source.unplaced) for source in own), Counter[str]())
    loaded = sum(source.loaded for source in own)
    return Counts(loaded, loaded - lost.total(), dict(lost.most_common()), sum(source.rejected for source in own))
