"""What of a layer is shown, and with which parameters: texts that stand in links and in requests."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from geo.errors import UsageError

CHANCE_BREAKS = (5, 25, 50, 75, 95)  # % of the draws
NUMBER = re.compile(r"-?\d{1,9}(?:\.\d{1,6})?", re.ASCII)
SHOW_WORDS = {"value": "value", "low": "low end of the 90 % band", "high": "high end of the 90 % band"}
ABOVE = "above"
SHOWN = 40  # characters of what somebody else wrote


class Show(NamedTuple):
    """What is painted: `value`, `low`, `high`, or the chance that the value is `above` a threshold in its own unit."""

    what: str = "value"
    threshold: float = 0.0

    def text(self) -> str:
        """Return `value`, or `above:25`."""
        return f"{ABOVE}:{plain_number(self.threshold)}" if self.what == ABOVE else self.what


VALUE = Show()


class Setting(NamedTuple):
    """One parameter of a layer in the stead of the edition's own."""

    layer: str
    name: str
    value: float


Settings = tuple[Setting, ...]
"""In order of layer and name, and none of them the edition's own."""


class Knob(NamedTuple):
    """What a parameter may be set to on the map: from `low` to `high`; `own` is the edition's."""

    low: float
    high: float
    own: float


Knobs = Mapping[tuple[str, str], Knob]
"""By layer and name of the parameter."""


def read_show(text: str, offered: Collection[str]) -> Show:
    """Return what a text asks for.

    Parameters
    ----------
    text
        Such as `low` or `above:25`; whatever it is, this fails with no more than a sentence.
    offered
        What the layer has of `value`, `low`, `high` and `above`.

    Raises
    ------
    UsageError
        Where the layer does not have it, or the threshold is no number.
    """
    what, colon, threshold = text.partition(":")
    if what not in offered or bool(colon) != (what == ABOVE):
        raise UsageError(f"This layer does not show {quoted(text)}; it shows {', '.join(offered)}.")
    if what != ABOVE:
        return Show(what)
    if not NUMBER.fullmatch(threshold):
        raise UsageError(f"The threshold {quoted(threshold)} is no number; write one such as {ABOVE}:25.")
    return Show(what, float(threshold))


def read_setting(text: str, knobs: Knobs) -> Setting:
    """Return the parameter that a text such as `incident_intensity.half_life_months:12` sets.

    Raises
    ------
    UsageError
        Where there is no such parameter to set on the map, or the number is none or out of bounds.
    """
    key, _, number = text.partition(":")
    layer, _, name = key.partition(".")
    knob = knobs.get((layer, name))
    if knob is None:
        raise UsageError(f"There is no parameter {quoted(key)} to change on the map.")
    if not NUMBER.fullmatch(number) or not knob.low <= float(number) <= knob.high:
        bounds = f"{plain_number(knob.low)} and {plain_number(knob.high)}"
        raise UsageError(f"The parameter '{key}' cannot be {quoted(number)}; it must be a number between {bounds}.")
    return Setting(layer, name, float(number))


def in_order(settings: Iterable[Setting], knobs: Knobs) -> Settings:
    """Return settings in one order, those that are the edition's own left out; of two of one parameter, the last."""
    chosen = {(one.layer, one.name): one for one in settings}
    return tuple(chosen[key] for key in sorted(chosen) if chosen[key].value != knobs[key].own)


def read_settings(text: str, knobs: Knobs) -> Settings:
    """Return all parameters that a text sets, split at commas; see `read_setting`."""
    return in_order((read_setting(one, knobs) for one in text.split(",") if one), knobs)


def settings_text(settings: Settings) -> str:
    """Return settings as `read_settings` reads them."""
    return ",".join(f"{layer}.{name}:{plain_number(value)}" for layer, name, value in settings)


def bearing(settings: Settings, layer_ids: Collection[str]) -> Settings:
    """Return those settings that bear on these layers."""
    return tuple(one for one in settings if one.layer in layer_ids)


def overrides(settings: Settings) -> dict[str, dict[str, float]]:
    """Return settings as an edition takes them."""
    found: dict[str, dict[str, float]] = {}
    for layer, name, value in settings:
        found.setdefault(layer, {})[name] = value
    return found


def plain_number(value: float) -> str:
    """Return the shortest text of a number of at most six decimals: 12, 0.25."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def quoted(text: object) -> str:
    """Quote what somebody else wrote, cut to a length that cannot fill the screen."""
    words = str(text)
    return f"'{words[:SHOWN]}…'" if len(words) > SHOWN else f"'{words}'"
