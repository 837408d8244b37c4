"""What happens in the demo country: violence that excites more of itself nearby and soon after (a Hawkes process)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from data_pipelines.demo.land import to_km
from data_pipelines.demo.names import CIVILIANS, GOVERNMENT, INLAND_WATCH, NORTHERN_FRONT, TIDE_LEAGUE
from data_pipelines.demo.settlements import Settlements

FIRST_DAY = np.datetime64("2019-01-01")
LAST_DAY = np.datetime64("2025-12-31")

OFFSPRING_PER_EVENT = 0.55
OFFSPRING_LAG_DAYS = 20.0
OFFSPRING_REACH_KM = 9.0
"""Means. With less than one offspring per event a chain ends by itself: here after 2.2 events on average."""

DYADS = (
    (1, GOVERNMENT, NORTHERN_FRONT),
    (1, GOVERNMENT, TIDE_LEAGUE),
    (2, TIDE_LEAGUE, INLAND_WATCH),
    (3, GOVERNMENT, CIVILIANS),
    (3, NORTHERN_FRONT, CIVILIANS),
    (3, TIDE_LEAGUE, CIVILIANS),
)
"""Who against whom: UCDP's type of violence (1 state-based, 2 non-state, 3 one-sided), side a, side b."""


@dataclass(frozen=True)
class Focus:
    """One seat of violence: where (km), how far it reaches, when, how often by itself, and between whom.

    `weights` are the odds of the six dyads, in their order.
    """

    at_km: tuple[float, float]
    reach_km: float
    first: str
    last: str
    per_month: float
    weights: tuple[int, ...]


FOCI = (
    Focus((-165.0, -20.0), 26.0, "2019-01-01", "2021-06-30", 6.0, (6, 0, 0, 2, 1, 0)),
    Focus((-100.0, 45.0), 20.0, "2020-07-01", "2023-03-31", 5.0, (5, 0, 0, 2, 2, 0)),
    Focus((-90.0, -20.0), 22.0, "2022-02-01", "2024-08-31", 4.5, (4, 1, 1, 2, 1, 1)),
    Focus((105.0, 15.0), 16.0, "2022-06-01", "2025-12-31", 3.5, (0, 4, 3, 1, 0, 2)),
    Focus((160.0, -60.0), 24.0, "2024-01-01", "2025-12-31", 3.0, (0, 3, 4, 1, 0, 2)),
    Focus((-25.0, 35.0), 20.0, "2025-01-01", "2025-12-31", 21.0, (5, 0, 1, 3, 3, 0)),
    Focus((0.0, 0.0), 120.0, "2019-01-01", "2025-12-31", 0.7, (2, 2, 1, 1, 1, 1)),
)
"""The violence moves from the southwest through the middle to the other island, and surges in the last year."""


@dataclass(frozen=True)
class Unrest:
    """Events in order of time: days since `FIRST_DAY`, and the indices of the dyad and of the nearest settlement."""

    day: NDArray[np.int64]
    dyad: NDArray[np.int64]
    settlement: NDArray[np.int64]


def unfold(settlements: Settlements, rng: np.random.Generator) -> Unrest:
    """Draw the events generation by generation until one leaves no offspring inside the period."""
    generation = np.concatenate([_background(focus, rng) for focus in FOCI])
    generations = []
    while len(generation):
        generations.append(generation)
        generation = _offspring(generation, rng)
    time, east, north, dyad = np.concatenate(generations).T
    order = np.argsort(time)
    _, nearest = cKDTree(to_km(settlements.at)).query(np.column_stack((east, north))[order])
    return Unrest(time[order].astype(int), dyad[order].astype(int), np.asarray(nearest))


def _days_since_start(day: np.datetime64) -> float:
    return float((day - FIRST_DAY).astype(int))


def _background(focus: Focus, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the events a focus has of its own: rows of day, km east, km north, dyad."""
    first = _days_since_start(np.datetime64(focus.first))
    last = _days_since_start(np.datetime64(focus.last)) + 1
    number = rng.poisson(focus.per_month * (last - first) / 30.44)
    time = first + (last - first) * rng.random(number)
    place = np.asarray(focus.at_km) + focus.reach_km * rng.standard_normal((number, 2))
    odds = np.asarray(focus.weights) / sum(focus.weights)
    return np.column_stack((time, place, rng.choice(len(odds), size=number, p=odds)))


def _offspring(parents: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the events that a generation sets off, of the same dyad, near in space and time."""
    children = np.repeat(parents, rng.poisson(OFFSPRING_PER_EVENT, len(parents)), axis=0)
    children[:, 0] += rng.exponential(OFFSPRING_LAG_DAYS, len(children))
    children[:, 1:3] += OFFSPRING_REACH_KM * rng.standard_normal((len(children), 2))
    return children[children[:, 0] < _days_since_start(LAST_DAY) + 1]
