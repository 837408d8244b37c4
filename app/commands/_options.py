"""What several commands ask for in the same words, and what is made of the answers."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from geo.errors import UsageError

if TYPE_CHECKING:
    from data_pipelines.tables import Tier

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
UnitName = Annotated[str, typer.Option("--unit", help="adm1, adm2 or cell.")]
Period = Annotated[str | None, typer.Option("--period", help="Month as YYYY-MM.")]
Port = Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.")]
TierName = Annotated[str, typer.Option("--tier", help="public, restricted or confidential.")]


def tier_of(name: str) -> "Tier":
    """Return the tier of a name, or say which there are."""
    from data_pipelines.tables import Tier

    if name not in Tier.__members__:
        raise UsageError(f"There is no tier '{name}'; there are {', '.join(Tier.__members__)}.")
    return Tier[name]


def day(text: str | None) -> date | None:
    """Return an ISO date, or say what one looks like."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is not a date; write it as YYYY-MM-DD.") from None


def box_of(text: str | None) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north in degrees, or say how a box is written."""
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"'{text}' is not a box; write west,south,east,north in degrees.") from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise UsageError(f"'{text}' is not a box on the globe; write west,south,east,north in degrees.")
    return west, south, east, north
