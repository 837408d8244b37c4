"""What an edition is to be made of, hence its id: files, parameters, orders of preference, code, a day asked for."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from data_pipelines import preference
from data_pipelines._source import source
from data_pipelines.measure import Parameters
from data_pipelines.settings import overrides, parameters, primary
from data_pipelines.snapshot import Receipt, vintages
from data_pipelines.vetting import Rules, added_columns, vet
from data_pipelines.workspace import Workspace
from geo.errors import DataError, UsageError

CODE = Path(__file__).parent.parent
FLOORS = ("geo", "layers", "data_pipelines")


@dataclass(frozen=True)
class Plan:
    """What an edition is to be made of.

    Attributes
    ----------
    receipts, parameters, orders
        Files, parameters of layers, and orders of preference.
    as_known_on
        The day asked for, None where none was.
    guards
        What guards found and overrides let pass, as `vetting.vet` returns it.
    notes
        A sentence by snapshot on columns that are new in its series.
    """

    receipts: tuple[Receipt, ...]
    parameters: Parameters
    orders: preference.Orders
    as_known_on: date | None
    guards: tuple[dict[str, Any], ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)


def plan(workspace: Workspace, as_known_on: date | None) -> Plan:
    """Return what a build would be made of; nothing is read but receipts and `forewatch.toml`.

    Raises
    ------
    UsageError
        Where the day is in the future, or `forewatch.toml` cannot be followed.
    DataError
        Where no boundaries were known on the day.
    CheckFailed
        Where a guard finds that a file differs from its vintages before, and no override lets it pass.
    """
    today = datetime.now(UTC).date()
    day = as_known_on or today
    if day > today:
        raise UsageError(f"Nothing is known on {day} yet, which is in the future; give a day that has come.")
    series = vintages(workspace, day)
    receipts = tuple(found[-1] for found in series)
    if not any("areas" in source(r.source).tables for r in receipts):
        raise DataError(
            f"There are no boundaries in {workspace.root} known on {day}; add a file with `forewatch add cod_ab`."
        )
    orders = preference.orders(primary(workspace.root))
    passed = vet(Rules(workspace, overrides(workspace.root), day), series)
    return Plan(receipts, parameters(workspace.root), orders, as_known_on, tuple(passed), added_columns(series))


def edition_id(planned: Plan) -> str:
    """Return the id that the same inputs, parameters and code always have, whenever and for whatever day."""
    inputs = [(r.source, r.series, r.sha256, r.known_at, r.iso3) for r in planned.receipts]
    chosen = (planned.parameters, planned.orders, code_version(), planned.guards)
    text = json.dumps([inputs, *chosen], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@cache
def code_version() -> str:
    """Return a hash of the code an edition depends on: three floors and their SQL."""
    digest = hashlib.sha256()
    for floor in FLOORS:
        for path in sorted((CODE / floor).rglob("*")):
            if path.suffix in {".py", ".sql"}:
                digest.update(str(path.relative_to(CODE)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]
