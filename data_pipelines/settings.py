"""What `forewatch.toml` in a workspace says: the parameters of layers that differ from their defaults."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo.errors import UsageError
from layers._layer import layer, layers

FILE = "forewatch.toml"
SECTION = "layers"


def parameters(root: Path) -> dict[str, dict[str, float]]:
    """Return the parameters of every layer by id: its defaults, or what `[layers.ID]` of a workspace says.

    Raises
    ------
    UsageError
        Where the file is not TOML, or says something that would not be heeded: an unknown section, layer or parameter,
        or a value that is no number or out of bounds.
    """
    said = _read(root / FILE)
    try:
        unknown = sorted(said.keys() - {SECTION})
        if unknown:
            raise UsageError(f"It says '{unknown[0]}'; it may hold sections [{SECTION}.ID] with parameters of layers.")
        chosen = _table(SECTION, said.get(SECTION, {}))
        for name in chosen:
            layer(name)
        return {name: each.params(_numbers(name, chosen.get(name, {}))) for name, each in layers().items()}
    except UsageError as error:
        raise UsageError(f"{root / FILE} cannot be followed: {error}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as TOML ({error}); mend it and try again.") from None


def _numbers(name: str, said: object) -> Mapping[str, float]:
    values = _table(f"{SECTION}.{name}", said)
    for parameter, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UsageError(f"Parameter '{parameter}' of layer '{name}' is {value!r}; give a number.")
    return values


def _table(name: str, said: object) -> Mapping[str, Any]:
    if not isinstance(said, dict):
        raise UsageError(f"'{name}' is {said!r}; make it a section [{SECTION}.ID] with parameters of a layer.")
    return said
