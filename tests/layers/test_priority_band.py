"""The band of priority and its chances: draw by draw the long way, on simulated truth, and beside its components'."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from layers._composite import score
from layers._composite_draws import NARROW
from layers._composite_parts import figures, spreads
from layers._draws import DRAWS, certain_sum, draws_by_month
from layers._layer import Values
from layers.priority import INGREDIENTS, LAYER
from tests.layers.panels import Record, World, measured, panel, shuffled, worlds
from tests.layers.test_coverage import HALF_LIFE, MONTHS, UNITS, incidents, supports, world_of
from tests.layers.test_coverage import figures as deaths_told

NAMES = (*INGREDIENTS, "priority")
ALONE = dict.fromkeys((f"weight_{name}" for name in INGREDIENTS), 0)


def all_draws(of, found):
    """Weighted mean of the scores of every draw, units x months x draws, in double precision."""
    total, count = np.zeros((*of.shape, DRAWS)), np.zeros((*of.shape, 1))
    for name, one in INGREDIENTS.items():
        values = found[name]
        if values.drawn is None:
            spread = spreads(of.ids, name)[:, None, :].astype(float)
            down, up = ((a - b)[:, :, None] for a, b in ((values.value, values.low), (values.high, values.value)))
            drawn = np.maximum(values.value[:, :, None] + np.where(spread < 0, down, up) * spread, 0)
        else:
            drawn = np.repeat(certain_sum(values.drawn)[:, :, None], DRAWS, axis=2)
            for month, landed in enumerate(draws_by_month(values.drawn)):
                drawn[landed.units, month] += landed.total
        drawn[np.isnan(values.value)] = np.nan
        each = score(drawn.reshape(len(of.ids), -1), one.size(of), one.most).reshape(drawn.shape)
        there = ~np.isnan(each[:, :, :1])
        total, count = total + np.where(there, each, 0), count + there
    return total / np.where(count > 0, count, np.nan)


def outer(of, found, end):
    """Mean of the scores of all components' low or high."""
    each = [score(getattr(found[name], end), one.size(of), one.most) for name, one in INGREDIENTS.items()]
    there = ~np.isnan(each)
    return np.where(there, each, 0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)


@given(worlds(), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_the_band_and_the_chance_are_those_of_all_draws(world, seed):
    of = panel(world)
    found = measured(of, names=NAMES)
    values, drawn = found["priority"], all_draws(of, found)
    low, high = outer(of, found, "low"), outer(of, found, "high")
    ordered = np.sort(drawn, axis=2)
    wide = (high - low > NARROW) & ~np.isnan(values.value)
    narrow = (high - low <= NARROW) & ~np.isnan(values.value)
    least = np.where(wide, np.minimum(ordered[:, :, 4], values.value), np.minimum(low, values.value))
    most = np.where(wide, np.maximum(ordered[:, :, -5], values.value), np.maximum(high, values.value))
    there = wide | narrow
    np.testing.assert_allclose(values.low[there], least[there], atol=1e-5)
    np.testing.assert_allclose(values.high[there], most[there], atol=1e-5)
    threshold = np.random.default_rng(seed).uniform(0, 10)
    chance = LAYER.chance(of, LAYER.params(), found, threshold)
    clear = wide & (np.abs(drawn - threshold) > 1e-5).all(axis=2)
    np.testing.assert_allclose(chance[clear], (drawn > threshold).mean(axis=2)[clear], atol=1e-12)
    np.testing.assert_array_equal(chance[narrow], (values.value > threshold)[narrow])
    assert np.isnan(chance[~there]).all()


@given(worlds())
@settings(deadline=None, max_examples=25)
def test_the_order_of_records_changes_no_bit(world):
    of = panel(world)
    one, other = (measured(each, names=NAMES) for each in (of, shuffled(of, 5)))
    for part in ("value", "low", "high"):
        np.testing.assert_array_equal(getattr(one["priority"], part), getattr(other["priority"], part))
    chances = [LAYER.chance(of, LAYER.params(), found, 2.0) for found in (one, other)]
    np.testing.assert_array_equal(*chances)


VAGUE = World(
    units=4,
    months=12,
    records=tuple(
        Record(
            parts=((n % 4, n, 0.25), ((n + 1) % 4, n, 0.75)), kind="one_sided", deaths=9, deaths_low=4, deaths_high=30
        )
        for n in range(12)
    ),
    exposed=np.full((4, 12, 3), (9e3, 5e3, 2e4)),
)


@pytest.mark.parametrize("name", [name for name in INGREDIENTS if name != "displacement_pressure"])
def test_with_one_component_alone_its_band_is_that_of_the_component(name):
    of, one = panel(VAGUE), INGREDIENTS[name]
    found = measured(of, {"priority": ALONE | {f"weight_{name}": 1}}, NAMES)
    for end in ("low", "high"):
        own = score(getattr(found[name], end), one.size(of), one.most)
        # of drawn sums the ends are the same draws; of figures the 5th of 99 draws is as near to the end as it falls
        atol = 1e-5 if found[name].drawn is not None else 0.35
        np.testing.assert_allclose(getattr(found["priority"], end), own, atol=atol)


def test_components_that_are_drawn_together_have_a_narrower_band_than_their_ends_taken_together():
    of = panel(VAGUE)
    found = measured(of, names=NAMES)
    width = found["priority"].high - found["priority"].low
    taken_together = outer(of, found, "high") - outer(of, found, "low")
    assert width.mean() < 0.85 * taken_together.mean()


def test_what_is_certain_has_no_band():
    certain = replace(VAGUE, records=(Record(parts=((0, 0, 1.0),)),), exposed=np.full((4, 12, 3), 5e3))
    values = measured(panel(certain), names=NAMES)["priority"]
    np.testing.assert_array_equal(values.low, values.value)
    np.testing.assert_array_equal(values.high, values.value)


def test_nine_in_ten_drawn_figures_lie_between_the_ends_and_half_of_them_above_the_value():
    spread = spreads(np.array([f"XDM{n:04d}" for n in range(2000)], object), "population_exposure")
    low, best, high = (np.full(2000, figure) for figure in (40.0, 50.0, 90.0))
    drawn = figures(spread, low, best, high)
    assert np.mean((drawn >= 40) & (drawn <= 90)) == pytest.approx(0.9, abs=0.005)
    assert np.mean(drawn < 40) == pytest.approx(0.05, abs=0.004)
    assert np.mean(drawn > 50) == pytest.approx(0.5, abs=0.01)
    assert (figures(spread, best, best, best) == 50).all()
    assert (figures(spread, 0 * low, best, high) >= 0).all()
    assert np.isnan(figures(spread, low, np.nan * best, high)).all()
    assert (spreads(np.array(["XDM0001"], object), "displacement_pressure") != spread[1]).any()


RUNS, PER_RUN, PERSONS = 1000, 60, 1000.0


def told_of_people(rng):
    """Return what a layer tells of persons per run, from 19 draws of a normal number, and a further draw, the truth."""
    centre, spread = rng.uniform(200, 700, RUNS), rng.uniform(10, 60, RUNS)
    draws = norm.rvs(centre[:, None], spread[:, None], (RUNS, 20), random_state=rng)
    ends = draws[:, 1:].mean(axis=1), draws[:, 1:].min(axis=1), draws[:, 1:].max(axis=1)
    everywhere = [np.repeat(column, UNITS)[:, None] * np.ones(MONTHS) for column in ends]
    return [column / PERSONS for column in everywhere], draws[:, 0] / PERSONS


def held(seed, weights):
    """Return the part of 1,000 runs in which the band of priority holds the score of the truth."""
    rng = np.random.default_rng(seed)
    run = np.repeat(np.arange(RUNS), PER_RUN)
    chance, month = supports(rng, len(run)), rng.integers(0, MONTHS, len(run))
    low, best, high = deaths_told(rng, len(run))
    whole = world_of(chance, month, run, RUNS)
    sizes = {"area_km2": np.full(RUNS * UNITS, 2000.0), "persons": np.full(RUNS * UNITS, PERSONS)}
    of = replace(whole, incidents=incidents(len(run), (low, best, high)), **sizes)
    found, truth = measured(of, names=("incident_intensity", "civilian_harm")), {}
    for name in ("displacement_pressure", "population_exposure"):
        ends, truth[name] = told_of_people(rng)
        ends = [column * (PERSONS if name == "population_exposure" else 1) for column in ends]
        found[name] = Values(*ends, np.ones(of.shape, int), np.zeros(of.shape, np.uint8))
    known = high == low
    killed = np.where(known, best, rng.triangular(low, best, np.where(known, high + 1, high)))
    here = (chance.cumsum(axis=1) < rng.random(len(run))[:, None]).sum(axis=1) == 0
    left = here * 2.0 ** (-(MONTHS - 1 - month) / HALF_LIFE)
    truth["incident_intensity"] = np.bincount(run, left, RUNS) / 2
    truth["civilian_harm"] = np.bincount(run, left * killed, RUNS) / (PERSONS / 100_000)
    params = LAYER.params(weights | {"most_incident_intensity": 50, "most_civilian_harm": 50_000})
    scores = [10 * np.minimum(np.log1p(truth[n]) / np.log1p(params[f"most_{n}"]), 1) for n in INGREDIENTS]
    truly = np.average(scores, axis=0, weights=[params[f"weight_{name}"] for name in INGREDIENTS])
    band = LAYER.compute(of, params, found)
    return np.mean((band.low[::UNITS, -1] - 1e-5 <= truly) & (truly <= band.high[::UNITS, -1] + 1e-5))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nine_in_ten_true_scores_lie_in_the_band(seed):
    assert 0.87 <= held(seed, {}) <= 0.93


@pytest.mark.parametrize("names", [("incident_intensity", "civilian_harm"), tuple(INGREDIENTS)[2:]])
def test_and_of_violence_or_of_people_alone(names):
    assert 0.87 <= held(4, ALONE | {f"weight_{name}": 0.5 for name in names}) <= 0.93
