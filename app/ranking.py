"""Ranks of units with their bands, kept for the newest few views."""

from functools import lru_cache

from app.turns import ONE_AT_A_TIME
from app.variants import Settings, bearing, overrides
from data_pipelines.edition import Edition
from layers._layer import Ranks, needed


def ranks(edition: Edition, layer_id: str, unit: str, period: str, settings: Settings = ()) -> Ranks | None:
    """Return the ranks of all units in a month, by idx; None for layers that are not ranked."""
    with ONE_AT_A_TIME:
        return _ranks(edition, layer_id, unit, period, bearing(settings, needed(layer_id)))


@lru_cache(maxsize=16)
def _ranks(edition: Edition, layer_id: str, unit: str, period: str, settings: Settings) -> Ranks | None:
    return edition.ranks(layer_id, unit, period, overrides(settings))
