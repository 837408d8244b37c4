"""The reader of editions: the only thing the app sees of the data."""

import json
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data_pipelines import warehouse
from data_pipelines.freshness import freshness
from data_pipelines.panels import load_panel
from data_pipelines.tables import UNITS, Tier
from data_pipelines.workspace import Workspace, sha256_of
from geo.errors import DataError, NoEdition, UsageError
from layers._layer import STATUSES, Values, layer
from layers._panel import Panel

DAYS = ("known_on", "as_known_on")
"""What the pointer says, and not the edition: the same edition may be built again, live or for a past day."""
Days = tuple[tuple[str, str | None], ...]


class Edition:
    """One finished build, read at one tier: immutable, verified when opened, safe to use from many threads."""

    def __init__(self, folder: Path, tier: Tier, days: Days = ()) -> None:
        self.folder = folder
        self.tier = tier
        self.manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text()) | dict(days)
        self.id: str = self.manifest["edition"]
        self.database = folder / f"{tier.name}.duckdb"
        self._lock = Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._verify()

    def _verify(self) -> None:
        expected = self.manifest["files"][self.database.name]["sha256"]
        if sha256_of(self.database) != expected:
            raise NoEdition(
                f"Edition {self.id} is damaged: {self.database.name} is not the file that was published; build again."
            )

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._connection is None:
                self._connection = warehouse.connect(self.database, read_only=True, threads=1)
            return self._connection.cursor()

    def _reopen(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def fetch(self, statement: str, params: Mapping[str, object] | None = None) -> pd.DataFrame:
        """Run one SQL statement with bound values; after a fatal error of DuckDB the handle is rebuilt, once.

        Parameters
        ----------
        statement
            From a ``.sql`` file; never put together from input.
        params
            Bound values by name (``$name``).
        """
        try:
            return self._cursor().execute(statement, dict(params or {})).df()
        except (duckdb.BinderException, duckdb.CatalogException):
            raise NoEdition(
                f"Edition {self.id} was built by another version of Forewatch; run `forewatch build` again."
            ) from None
        except duckdb.FatalException:
            self._reopen()
            return self._cursor().execute(statement, dict(params or {})).df()

    def blob(self, statement: str, params: Mapping[str, object]) -> bytes:
        """Run one SQL statement that returns one binary value, such as a vector tile; empty where it is null."""
        row = self._cursor().execute(statement, dict(params)).fetchone()
        return bytes(row[0]) if row and row[0] is not None else b""

    def query(self, name: str, **params: object) -> pd.DataFrame:
        """Run a file of ``sql/queries`` with bound values."""
        text = warehouse.sql("queries", name)
        return self.fetch(text, {k: v for k, v in params.items() if f"${k}" in text})

    def periods(self) -> list[str]:
        """Return the months that values are given for, as YYYY-MM, in order."""
        return list(self.manifest["periods"])

    def freshness(self, today: date) -> dict[str, str]:
        """Return how fresh each source is on a day: fresh, due, overdue or delinquent."""
        told = self.manifest["sources"]
        return {n: freshness(date.fromisoformat(s["known_at"]), today, s["cadence_days"]) for n, s in told.items()}

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
        return rows

    def _month(self, period: str | None) -> str | None:
        if period is None:
            return None
        periods = self.periods()
        if period not in periods:
            known = f"it has {periods[0]} to {periods[-1]}, as YYYY-MM" if periods else "it has none"
            raise UsageError(f"There is no month '{period}' in edition {self.id}; {known}.")
        return f"{period}-01"

    def matrix(self, layer_id: str, unit: str) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Return values (NaN where there is none) and status codes, units by idx x months as in `periods`."""
        known_unit(unit)
        layer(layer_id)
        rows = self.query("matrix", layer=layer_id, unit=unit)
        shape = (len(self.units(unit)), len(self.periods()))
        codes = rows["status"].map(STATUSES.index).to_numpy(np.uint8)
        return rows["value"].to_numpy(np.float32).reshape(shape), codes.reshape(shape)

    def panel(self, unit: str, unit_id: str | None = None) -> Panel:
        """Return the panel of all units of a kind, or of one."""
        return load_panel(self.query, known_unit(unit), unit_id)

    def computed(self, layer_id: str, panel: Panel) -> dict[str, Values]:
        """Return a layer's values on a panel, and those of the layers it is made of, with this edition's parameters."""
        found: dict[str, Values] = {}
        for name in (*layer(layer_id).inputs, layer_id):
            found[name] = layer(name).compute(panel, self.manifest["parameters"][name], found)
        return found

    def explain(self, layer_id: str, unit: str, unit_id: str, period: str) -> dict[str, Any]:
        """Return one value with its components and the records it is made of.

        The contributions sum to the value, unless `not_additive` says why they do not.
        """
        row = self.values(layer_id, unit, unit_id, period).iloc[0].to_dict()
        chosen = layer(layer_id)
        if "sites" in chosen.families and self.tier == Tier.public:
            raise DataError(f"The records behind '{layer_id}' are not in the public tier; ask for the restricted tier.")
        panel = self.panel(unit, unit_id)
        month = self.periods().index(period)
        values = self.computed(layer_id, panel)
        parts = chosen.explain(panel, self.manifest["parameters"][layer_id], values, 0, month)
        components = {name: float(matrix[0, month]) for name, matrix in values[layer_id].components.items()}
        return {
            **{str(k): (None if isinstance(v, float) and np.isnan(v) else v) for k, v in row.items()},
            "components": {k: v for k, v in components.items() if np.isfinite(v)},
            "contributions": [c._asdict() for c in parts],
            "not_additive": chosen.not_additive,
        }

    def neighbours(self, unit: str, unit_id: str) -> list[str]:
        """Return the ids of the units that touch one, in order."""
        rows = self.query("neighbours", unit=known_unit(unit), unit_id=unit_id)
        return [str(n) for n in rows["neighbour_id"]]


def known_unit(unit: str) -> str:
    """Return the kind of unit, or say which there are."""
    if unit not in UNITS:
        raise UsageError(f"There is no unit '{unit}'; there are {', '.join(UNITS)}.")
    return unit


def current(workspace: Path, tier: Tier) -> Edition:
    """Return the current edition of a workspace at a tier; the same object until another one is published.

    Raises
    ------
    NoEdition
        Where nothing has been built, or what was built is damaged.
    """
    pointer = Workspace(workspace).pointer
    if not pointer.exists():
        raise NoEdition(f"There is no edition in {workspace}; run `forewatch build` or `forewatch demo` first.")
    named = _read(pointer)
    folder = Workspace(workspace).editions / named["history"][0]
    days = tuple((name, named[name]) for name in DAYS if name in named)
    return _opened(folder, tier, days)


def history(pointer: Path) -> list[str]:
    """Return the editions a pointer names, the current one first."""
    return list(_read(pointer)["history"])


def _read(pointer: Path) -> dict[str, Any]:
    try:
        named: dict[str, Any] = json.loads(pointer.read_text())
        named["history"] = list(dict.fromkeys([named["edition"], *named.get("history", [])]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NoEdition(f"{pointer} is damaged; remove it and run `forewatch build` again.") from None
    return named


@lru_cache(maxsize=4)
def _opened(folder: Path, tier: Tier, days: Days) -> Edition:
    if not (folder / "manifest.json").exists():
        raise NoEdition(f"Edition {folder.name} is named as current but is not there; run `forewatch build` again.")
    try:
        return Edition(folder, tier, days)
    except (OSError, ValueError, KeyError):
        raise NoEdition(f"Edition {folder.name} is damaged: a file of it cannot be read; build again.") from None
