"""The pointer of a workspace: which edition is current, and which were before."""

import json
from pathlib import Path
from typing import Any

from geo.errors import NoEdition


def history(pointer: Path) -> list[str]:
    """Return the editions a pointer names, the current one first."""
    return list(named_by(pointer)["history"])


def named_by(pointer: Path) -> dict[str, Any]:
    """Return what a pointer says: the current edition, its days, and the `history` of those before."""
    try:
        named: dict[str, Any] = json.loads(pointer.read_text())
        named["history"] = list(dict.fromkeys([named["edition"], *named.get("history", [])]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NoEdition(f"{pointer} is damaged; remove it and run `forewatch build` again.") from None
    return named
