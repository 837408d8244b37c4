"""The reader of editions: the only thing the app sees of the data."""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data_pipelines import live, warehouse
from data_pipelines.explained import explain
from data_pipelines.freshness import Standing, judged_on, late_months, late_sources, standings
from data_pipelines.handle import Handle
from data_pipelines.panels import covered, load_panel
from data_pipelines.pointer import history, named_by
from data_pipelines.tables import UNITS, Tier
from data_pipelines.workspace import Workspace, sha256_of
from geo.errors import DataError, NoEdition, UsageError
from layers._layer import NO_DATA, STALE, STATUSES, Ranks, Values, families, layer
from layers._panel import Bools, Floats, Panel

__all__ = ["Edition", "Standing", "current", "history", "known_unit"]

DAYS = ("known_on", "as_known_on")
"""What the pointer says, and not the edition: the same edition may be built again, live or for a past day."""
Days = tuple[tuple[str, str | None], ...]
Overrides = Mapping[str, Mapping[str, float]]
"""Parameters by layer that are asked for in the stead of the edition's own."""


class Edition:
    """One finished build, read at one tier on one day: immutable, verified when opened, safe for many threads.

    Attributes
    ----------
    judged_on
        Day on which its sources are judged: the day it is read, but for one as known on a day, and an invented country.
    standings
        How fresh each source is on that day.
    """

    def __init__(self, folder: Path, tier: Tier, today: date | None = None, days: Days = ()) -> None:
        self.folder = folder
        self.tier = tier
        self.manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text()) | dict(days)
        self.id: str = self.manifest["edition"]
        self.judged_on = judged_on(self.manifest, today or datetime.now(UTC).date())
        self.standings: dict[str, Standing] = standings(self.manifest, self.judged_on)
        self.database = folder / f"{tier.name}.duckdb"
        self._handle = Handle(self.database)
        self._verify()

    def _verify(self) -> None:
        expected = self.manifest["files"][self.database.name]["sha256"]
        if sha256_of(self.database) != expected:
            raise NoEdition(
                f"Edition {self.id} is damaged: {self.database.name} is not the file that was published; build again."
            )

    def fetch(self, statement: str, params: Mapping[str, object] | None = None) -> pd.DataFrame:
        """Run one SQL statement, which comes from a ``.sql`` file, with values bound by name (``$name``)."""
        try:
            return self._handle.fetch(statement, params or {})
        except (duckdb.BinderException, duckdb.CatalogException):
            raise NoEdition(
                f"Edition {self.id} was built by another version of Forewatch; run `forewatch build` again."
            ) from None

    def blob(self, statement: str, params: Mapping[str, object]) -> bytes:
        """Run one SQL statement that returns one binary value; empty where it is null."""
        return self._handle.blob(statement, params)

    def query(self, name: str, **params: object) -> pd.DataFrame:
        """Run a file of ``sql/queries`` with bound values."""
        text = warehouse.sql("queries", name)
        return self.fetch(text, {k: v for k, v in params.items() if f"${k}" in text})

    def periods(self) -> list[str]:
        """Return the months that values are given for, as YYYY-MM, in order."""
        return list(self.manifest["periods"])

    @property
    def standing_since(self) -> str:
        """The day, ISO, on which a source last changed its state: what depends on their states stays the same since."""
        return max(standing.since for standing in self.standings.values()).isoformat()

    @property
    def days(self) -> str:
        """The two days that what is served depends on beside the id: known on, and standing since; for addresses."""
        return f"{self.manifest['known_on']}.{self.standing_since}"

    def late_sources(self, layer_id: str, countries: Collection[str] | None = None) -> list[str]:
        """Return the delinquent sources of a layer's records; where there is one, the layer is stale."""
        return late_sources(self.manifest, self.standings, layer(layer_id), countries)

    @cached_property
    def _covered(self) -> dict[str, Bools]:
        months = np.array(self.periods(), "datetime64[M]")
        return covered(self.query("coverage"), np.array(self.manifest["countries"], object), months)

    def _late(self, layer_id: str) -> Bools:
        """Return countries x months: those that nobody speaks of, though a delinquent source should."""
        late = self.late_sources(layer_id)
        return late_months(self.manifest, late, layer(layer_id), self._covered)

    def _countries(self, unit: str) -> "pd.Series[int]":
        """Return the place of each unit's country in the manifest, by id of the unit, in order of idx."""
        units = self.units(unit)
        places = pd.Index(self.manifest["countries"]).get_indexer(units["iso3"])
        return pd.Series(places, index=units["id"])

    @lru_cache(maxsize=64)  # noqa: B019 - few editions are open at once, each for days
    def _ever(self, layer_id: str, unit: str) -> "pd.Series[bool]":
        """Return, by id of the unit in order of idx, whether it ever had a value: what never had one is not late."""
        ids = self.units(unit)["id"]
        return ids.isin(self.query("ever_valued", layer=layer_id, unit=unit)["unit_id"]).set_axis(ids)

    def statuses(self, rows: pd.DataFrame) -> "pd.Series[str]":
        """Return the statuses of values as they are read today: what a late source leaves out is stale, not absent.

        This and `matrix` are the only doors to `layer_values`, so that map, table, export and picture agree.

        Parameters
        ----------
        rows
            layer, unit, id, period (YYYY-MM) and status as it is stored.
        """
        found = rows["status"].copy()
        for (layer_id, unit), own in rows.groupby(["layer", "unit"], sort=False):
            late = self._late(str(layer_id))
            if late.any():
                place = own["id"].map(self._countries(str(unit)))
                month = pd.Index(self.periods()).get_indexer(pd.Index(own["period"]))
                ever = own["id"].map(self._ever(str(layer_id), str(unit))).astype(bool)
                found[own.index[(own["status"] == "no_data") & ever & late[place, month]]] = "stale"
        return found

    def units(self, unit: str) -> pd.DataFrame:
        """Return the units of a kind by idx: idx, id, name, parent_id, iso3, area_km2, persons, longitude, latitude."""
        known_unit(unit)
        return self.query("units", unit=unit)

    def values(self, layer_id: str, unit: str, unit_id: str | None = None, period: str | None = None) -> pd.DataFrame:
        """Return values: layer, unit, id, name, period, value, low, high, n, status; by id, then month.

        Raises
        ------
        UsageError
            Where the layer, kind of unit, unit or month does not exist; an empty answer is never silent.
        """
        known_unit(unit)
        layer(layer_id)
        rows = self.query("values", layer=layer_id, unit=unit, unit_id=unit_id, period=self._month(period))
        if rows.empty and not self.periods():
            raise UsageError(f"Edition {self.id} has no months; add incidents or displacement and build again.")
        if rows.empty:
            raise UsageError(f"There is no {unit} '{unit_id}' in edition {self.id}; see `forewatch export areas`.")
        return rows.assign(status=self.statuses(rows))

    def _month(self, period: str | None) -> str | None:
        if period is None:
            return None
        periods = self.periods()
        if period not in periods:
            known = f"it has {periods[0]} to {periods[-1]}, as YYYY-MM" if periods else "it has none"
            raise UsageError(f"There is no month '{period}' in edition {self.id}; {known}.")
        return f"{period}-01"

    def matrix(self, layer_id: str, unit: str, column: str = "value") -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Return values (NaN where there is none), or `low` or `high`, and status codes, units by idx x months.

        Of a layer with categories they are places in its categories, not its numbers: what the map is painted by.
        """
        known_unit(unit)
        categories = [each.id for each in layer(layer_id).categories]
        rows = self.query("matrix", layer=layer_id, unit=unit)
        shape = (len(self.units(unit)), len(self.periods()))
        codes = rows["status"].map(STATUSES.index).to_numpy(np.uint8).reshape(shape)
        if categories:
            rows[column] = rows["category"].map({name: at for at, name in enumerate(categories)})
        return rows[column].to_numpy(np.float32).reshape(shape), self._judged(layer_id, unit, codes)

    def _judged(self, layer_id: str, unit: str, codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return status codes as they are read today: what a late source leaves out is stale."""
        late = self._late(layer_id)
        if not late.any():
            return codes
        missed = late[self._countries(unit)] & self._ever(layer_id, unit).to_numpy(bool)[:, None]
        judged: NDArray[np.uint8] = np.where((codes == NO_DATA) & missed, np.uint8(STALE), codes)
        return judged

    def panel(self, unit: str, unit_id: str | None = None) -> Panel:
        """Return the panel of all units of a kind, or of one."""
        return self._panel_of_one(unit, unit_id) if unit_id is not None else self._panel_of_all(unit)

    @lru_cache(maxsize=8)  # noqa: B019 - few editions are open at once, each for days
    def _panel_of_all(self, unit: str) -> Panel:
        return load_panel(self.query, known_unit(unit), None)

    @lru_cache(maxsize=8)  # noqa: B019 - one unit's panel is small; apart, or they would push out those of all units
    def _panel_of_one(self, unit: str, unit_id: str) -> Panel:
        return load_panel(self.query, known_unit(unit), unit_id)

    def parameters(self, layer_id: str, overrides: Overrides | None = None) -> dict[str, float]:
        """Return the parameters of a layer in this edition, or those asked for in their stead."""
        own = self.manifest["parameters"].get(layer(layer_id).id)
        if own is None:
            raise NoEdition(f"Edition {self.id} was built before there was '{layer_id}'; run `forewatch build` again.")
        return layer(layer_id).params({**own, **(overrides or {}).get(layer_id, {})})

    def computed(self, layer_id: str, panel: Panel, overrides: Overrides | None = None) -> dict[str, Values]:
        """Return a layer's values on a panel, and those of the layers it is made of."""
        return live.on_panel(self, layer_id, panel, overrides)

    def live(self, layer_id: str, unit: str, overrides: Overrides) -> Values:
        """Return a layer's values for all units of a kind with other parameters than the edition was built with."""
        self.refuse_records(layer_id)
        found = live.everywhere(self, layer_id, unit, overrides)[layer_id]
        return replace(found, status=self._judged(layer_id, unit, found.status))

    def chance(self, layer_id: str, unit: str, threshold: float, overrides: Overrides | None = None) -> Floats:
        """Return the chance that a value is above a threshold, units x months; NaN where there is no value.

        Raises
        ------
        UsageError
            Where nothing of the layer is drawn.
        """
        return live.chance(self, layer_id, unit, threshold, overrides)

    def ranks(self, layer_id: str, unit: str, period: str, overrides: Overrides | None = None) -> Ranks | None:
        """Return the ranks of all units in a month with their bands; None for layers that are not ranked."""
        return live.ranks(self, layer_id, unit, period, overrides)

    def explain(
        self, layer_id: str, unit: str, unit_id: str, period: str, overrides: Overrides | None = None
    ) -> dict[str, Any]:
        """Return one value with its components and the records it is made of.

        The contributions sum to the value, unless `not_additive` says why they do not.
        """
        return explain(self, layer_id, unit, unit_id, period, overrides)

    def refuse_records(self, layer_id: str) -> None:
        """Raise DataError where the records behind a layer are not in this tier."""
        if self.tier == Tier.public and {"sites", "other_counts"} & families(layer(layer_id)):
            raise DataError(f"The records behind '{layer_id}' are not in the public tier; ask for the restricted tier.")

    def neighbours(self, unit: str, unit_id: str) -> list[str]:
        """Return the ids of the units that touch one, in order."""
        rows = self.query("neighbours", unit=known_unit(unit), unit_id=unit_id)
        return [str(n) for n in rows["neighbour_id"]]


def known_unit(unit: str) -> str:
    """Return the kind of unit, or say which there are."""
    if unit not in UNITS:
        raise UsageError(f"There is no unit '{unit}'; there are {', '.join(UNITS)}.")
    return unit


def current(workspace: Path, tier: Tier, today: date | None = None) -> Edition:
    """Return the current edition of a workspace at a tier; the same object until another is published or a day begins.

    Parameters
    ----------
    workspace, tier
        Where, and for whom.
    today
        Day to judge its sources on; None for the day it is (UTC).

    Raises
    ------
    NoEdition
        Where nothing has been built, or what was built is damaged.
    """
    pointer = Workspace(workspace).pointer
    if not pointer.exists():
        raise NoEdition(f"There is no edition in {workspace}; run `forewatch build` or `forewatch demo` first.")
    named = named_by(pointer)
    folder = Workspace(workspace).editions / named["history"][0]
    days = tuple((name, named[name]) for name in DAYS if name in named)
    return _opened(folder, tier, today or datetime.now(UTC).date(), days)


@lru_cache(maxsize=4)
def _opened(folder: Path, tier: Tier, today: date, days: Days) -> Edition:
    if not (folder / "manifest.json").exists():
        raise NoEdition(f"Edition {folder.name} is named as current but is not there; run `forewatch build` again.")
    try:
        return Edition(folder, tier, today, days)
    except (OSError, ValueError, KeyError):
        raise NoEdition(f"Edition {folder.name} is damaged: a file of it cannot be read; build again.") from None
