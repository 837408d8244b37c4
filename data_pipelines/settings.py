"""What `forewatch.toml` in a workspace says: parameters of layers, mirrors of hosts, primary sources, overrides."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from data_pipelines._source import source
from data_pipelines.guards import GUARDS
from data_pipelines.preference import ORDERS, RASTERS
from data_pipelines.tables import TABLES
from geo.errors import UsageError
from layers._layer import layer, layers

FILE = "forewatch.toml"
SECTIONS = {
    "layers": "[layers.ID] with parameters of a layer",
    "mirrors": '[mirrors] with "host" = "URL"',
    "primary": '[primary] with table = ["source", ...]',
    "overrides": "[[overrides]] with guard, source or snapshot, reason, by and, where it ends, until",
}

_URL = re.compile(r"https?://[^/?#\s]+[^?#\s]*$")


@dataclass(frozen=True)
class Override:
    """One line that lets a guard pass for a source or one snapshot: why, in whose name, and up to which day."""

    guard: str
    reason: str
    by: str
    source: str = ""
    snapshot: str = ""
    until: date | None = None


def parameters(root: Path) -> dict[str, dict[str, float]]:
    """Return the parameters of every layer by id: its defaults, or what `[layers.ID]` of a workspace says.

    Raises
    ------
    UsageError
        Where the file is not TOML, or says something that would not be heeded: an unknown section, layer or parameter,
        or a value that is no number or out of bounds.
    """
    chosen = _section(root, "layers")
    try:
        for name in chosen:
            layer(name)
        return {name: each.params(_numbers(name, chosen.get(name, {}))) for name, each in layers().items()}
    except UsageError as error:
        raise _not_followed(root, error) from None


def mirrors(root: Path) -> dict[str, str]:
    """Return what `[mirrors]` says: host -> the URL that stands in for its scheme and name, without a last slash.

    Raises
    ------
    UsageError
        Where the file cannot be followed, or what stands for a host is no URL of http or https.
    """
    found = {}
    for host, url in _section(root, "mirrors").items():
        if not isinstance(url, str) or not _URL.match(url):
            raise _not_followed(root, f"Mirror '{host}' is {url!r}; give a URL that begins with http:// or https://.")
        found[host] = url.rstrip("/")
    return found


def primary(root: Path) -> dict[str, tuple[str, ...]]:
    """Return what `[primary]` says: table -> its sources in order of preference; empty where it says nothing.

    Raises
    ------
    UsageError
        Where the file cannot be followed, or a source does not exist, stands twice, or does not fill the table.
    """
    found = {}
    for name, said in _section(root, "primary").items():
        chosen = (said,) if isinstance(said, str) else tuple(said) if isinstance(said, list) else ()
        try:
            _check_primary(name, chosen)
        except UsageError as error:
            raise _not_followed(root, error) from None
        found[name] = chosen
    return found


def _check_primary(name: str, chosen: tuple[object, ...]) -> None:
    filled = [*(each.name for each in TABLES.values() if each.staged), RASTERS]
    if name not in filled:
        raise UsageError(f"Sources fill no table '{name}'; they fill {', '.join(filled)}.")
    if not chosen or len({*chosen}) < len(chosen):
        raise UsageError(f"The primary sources of '{name}' must be a list of different sources; name at least one.")
    for each in chosen:
        known = source(str(each))
        if name not in known.tables and known.id not in (ORDERS[RASTERS] if name == RASTERS else ()):
            raise UsageError(
                f"Source '{each}' does not fill '{name}'; name one that does (`forewatch sources --json`)."
            )


def overrides(root: Path) -> tuple[Override, ...]:
    """Return the `[[overrides]]` in the order of the file.

    Raises
    ------
    UsageError
        Where the file cannot be followed, or an override lacks its guard, what it is for, its reason or who says so.
    """
    said = _read(root).get("overrides", [])
    try:
        if not isinstance(said, list):
            raise UsageError(f"'overrides' is {said!r}; write {SECTIONS['overrides']}.")
        return tuple(_override(number, each) for number, each in enumerate(said, 1))
    except UsageError as error:
        raise _not_followed(root, error) from None


def _override(number: int, said: object) -> Override:
    where, names = f"Override {number}", Override.__dataclass_fields__
    if not isinstance(said, dict) or said.keys() - names.keys():
        raise UsageError(f"{where} is {said!r}; it may say {', '.join(names)}.")
    until = said.get("until")
    if until is not None and type(until) is not date:
        raise UsageError(f"{where} ends at {until!r}; give a day without quotes, such as until = 2027-01-31.")
    found = Override(
        **{name: _words(where, name, said.get(name, "")) for name in names if name != "until"}, until=until
    )
    if found.guard not in GUARDS:
        raise UsageError(f"{where} is for guard '{found.guard}'; there are {', '.join(GUARDS)}.")
    if bool(found.source) == bool(found.snapshot):
        raise UsageError(f"{where} must name either a source or a snapshot.")
    if found.source:
        source(found.source)
    return found


def _words(where: str, name: str, said: object) -> str:
    if not isinstance(said, str) or (name in {"guard", "reason", "by"} and not said.strip()):
        raise UsageError(f"{where} has {name} {said!r}; give it as text in quotes.")
    return said


def _section(root: Path, name: str) -> Mapping[str, Any]:
    said = _read(root).get(name, {})
    if not isinstance(said, dict):
        raise _not_followed(root, f"'{name}' is {said!r}; make it a section {SECTIONS[name]}.")
    return said


def _read(root: Path) -> dict[str, Any]:
    path = root / FILE
    try:
        said = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as TOML ({error}); mend it and try again.") from None
    unknown = sorted(said.keys() - SECTIONS.keys())
    if unknown:
        raise _not_followed(root, f"It says '{unknown[0]}'; it may hold {'; '.join(SECTIONS.values())}.")
    return said


def _not_followed(root: Path, why: object) -> UsageError:
    return UsageError(f"{root / FILE} cannot be followed: {why}")


def _numbers(name: str, said: object) -> Mapping[str, float]:
    if not isinstance(said, dict):
        raise UsageError(f"'layers.{name}' is {said!r}; make it a section {SECTIONS['layers']}.")
    for parameter, value in said.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UsageError(f"Parameter '{parameter}' of layer '{name}' is {value!r}; give a number.")
    return said
