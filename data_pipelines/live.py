"""Values of an edition computed anew: with other parameters, and for what is not stored, such as chances and ranks.

Those of all units of a kind are kept until newer ones need their room, so that map, drawer, ranks and chances of one
view are computed once, by whoever asks first; the others wait for it.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, NamedTuple

from geo.errors import UsageError
from layers._layer import Ranks, Values, layer, needed
from layers._panel import Floats, Panel

if TYPE_CHECKING:
    from data_pipelines.edition import Edition, Overrides

ROOM_BYTES = 400_000_000
"""About 15 layers of 700 cells x 432 months with their components; those of a world do not fit and are not kept."""
MATRICES = 13
"""Of a layer with as many components as any has."""


class Key(NamedTuple):
    """What values depend on: `parameters` are those of the layer and of all that it is made of."""

    folder: Path
    tier: str
    unit: str
    layer: str
    parameters: tuple[tuple[str, str, float], ...]


class Told(Mapping[str, Floats]):
    """Components, each computed when it is first asked for, then kept."""

    def __init__(self, of: Mapping[str, Floats]) -> None:
        self._of = of
        self._found: dict[str, Floats] = {}

    def __getitem__(self, name: str) -> Floats:
        """Return one matrix, the same each time; not to be changed."""
        if name not in self._found:
            self._found[name] = self._of[name]
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._of)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._of)


class Kept:
    """Values by what they depend on; the least recently used make room for new ones.

    Parameters
    ----------
    room_bytes
        What all matrices may take together, components included, whether or not anybody asked for them yet.
    """

    def __init__(self, room_bytes: int) -> None:
        self.one_at_a_time = RLock()
        self.room_bytes = room_bytes
        self._values: OrderedDict[Key, Values] = OrderedDict()

    def get(self, key: Key) -> Values | None:
        """Return values, or None where they are not, or no longer, here."""
        with self.one_at_a_time:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Key, values: Values) -> Values:
        """Keep values, if there is room for them at all, and return them with components that are computed once."""
        if _size_bytes(values) > self.room_bytes:
            return values
        with self.one_at_a_time:
            self._values[key] = replace(values, components=Told(values.components))
            self._values.move_to_end(key)
            while sum(map(_size_bytes, self._values.values())) > self.room_bytes:
                self._values.popitem(last=False)
            return self._values[key]


def _size_bytes(values: Values) -> int:
    return (5 + len(values.components)) * values.value.nbytes


KEPT = Kept(ROOM_BYTES)


def has_room(edition: "Edition", layer_id: str, unit: str, kept: Kept = KEPT) -> bool:
    """Return whether a layer's values for all units of a kind and those of the layers it is made of are kept at once.

    Where they are not, as of a world's cells, they are computed anew each time.
    """
    values = len(edition.units(unit)) * len(edition.periods())
    return len(needed(layer_id)) * MATRICES * values * 8 <= kept.room_bytes


def everywhere(
    edition: "Edition", layer_id: str, unit: str, overrides: "Overrides | None" = None, kept: Kept = KEPT
) -> dict[str, Values]:
    """Return a layer's values for all units of a kind, and those of the layers it is made of; not to be changed."""
    found: dict[str, Values] = {}
    with kept.one_at_a_time:
        for name in needed(layer_id):
            key = _key(edition, name, unit, overrides)
            found[name] = kept.get(key) or kept.put(key, _compute(edition, name, edition.panel(unit), overrides, found))
    return found


def _key(edition: "Edition", layer_id: str, unit: str, overrides: "Overrides | None") -> Key:
    parameters = tuple(
        (name, parameter, value)
        for name in needed(layer_id)
        for parameter, value in sorted(edition.parameters(name, overrides).items())
    )
    return Key(edition.folder, edition.tier.name, unit, layer_id, parameters)


def on_panel(
    edition: "Edition", layer_id: str, panel: Panel, overrides: "Overrides | None" = None
) -> dict[str, Values]:
    """Return a layer's values on a panel, and those of the layers it is made of."""
    found: dict[str, Values] = {}
    for name in needed(layer_id):
        found[name] = _compute(edition, name, panel, overrides, found)
    return found


def _compute(
    edition: "Edition", layer_id: str, panel: Panel, overrides: "Overrides | None", found: Mapping[str, Values]
) -> Values:
    return layer(layer_id).compute(panel, edition.parameters(layer_id, overrides), found)


def chance(
    edition: "Edition", layer_id: str, unit: str, threshold: float, overrides: "Overrides | None" = None
) -> Floats:
    """Return the chance that a value is above a threshold; see `Edition.chance`."""
    chosen = layer(layer_id)
    edition.refuse_records(layer_id)
    if chosen.chance is None:
        raise UsageError(f"Layer '{layer_id}' has no chances; choose its value, or the ends of its band.")
    inputs = _inputs(edition, layer_id, unit, overrides)
    return chosen.chance(edition.panel(unit), edition.parameters(layer_id, overrides), inputs, threshold)


def ranks(
    edition: "Edition", layer_id: str, unit: str, period: str, overrides: "Overrides | None" = None
) -> Ranks | None:
    """Return the ranks of all units in a month; see `Edition.ranks`."""
    chosen = layer(layer_id)
    if chosen.ranks is None:
        return None
    edition.refuse_records(layer_id)
    inputs, month = _inputs(edition, layer_id, unit, overrides), edition.periods().index(period)
    return chosen.ranks(edition.panel(unit), edition.parameters(layer_id, overrides), inputs, month)


def _inputs(edition: "Edition", layer_id: str, unit: str, overrides: "Overrides | None") -> dict[str, Values]:
    """Return the values of the layers that one is made of, and not its own, which take longest."""
    found: dict[str, Values] = {}
    for name in layer(layer_id).inputs:
        found |= everywhere(edition, name, unit, overrides)
    return found
