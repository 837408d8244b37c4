"""Ranks and their band, against scipy and against draws of one half-life."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from layers._decay import decayed_sum, parts
from layers._draws import DRAWS, certain_sum, draws_by_month
from layers._ranks import decayed_draws, ranked, ranks_of, setting
from layers.priority import INGREDIENTS, LAYER, ranks
from tests.layers.panels import Figure, Record, World, measured, panel, shuffled, worlds

NAMES = (*INGREDIENTS, "priority")
STEADY = np.full(DRAWS, 6.0)


def ranked_in(of, period, overrides=None):
    return ranks(of, LAYER.params((overrides or {}).get("priority")), measured(of, overrides, NAMES), period)


def drawn_in(of, name, period, half_lives):
    return decayed_draws(measured(of, names=[name])[name].drawn, period, half_lives)


@given(st.lists(st.lists(st.sampled_from((0.0, 1.0, 2.5, 7.0)), min_size=3, max_size=3), min_size=1, max_size=12))
def test_ranks_are_scipys_with_ties_sharing_the_best(rows):
    values = np.array(rows)
    np.testing.assert_array_equal(ranks_of(values), rankdata(-values, axis=0, method="min"))


def test_a_unit_without_a_value_has_no_rank_and_takes_none():
    got = ranked(np.array([3.0, np.nan, 5.0]), np.array([[3.0], [np.nan], [5.0]]) * np.ones(DRAWS))
    assert got.rank.tolist()[::2] == [2, 1]
    assert all(np.isnan(column[1]) for column in got)
    assert got.top_ten.tolist()[::2] == [1, 1]


def test_the_band_holds_ninety_of_a_hundred_ranks():
    # 21 units, and one that stands at every rank from 1 to 20 equally often: of 99 draws the 5th smallest and the
    # 5th largest of its ranks
    place = np.arange(DRAWS) % 20
    others = np.tile(np.arange(20.0)[:, None], DRAWS)
    got = ranked(np.r_[np.arange(20.0), 9.5], np.vstack([others, place - 0.5]))
    assert got.rank[-1] == 11
    drawn = np.sort(21 - place)
    assert (got.low[-1], got.high[-1]) == (drawn[4], drawn[-5])
    assert got.top_ten[-1] == np.mean(21 - place <= 10)


@given(worlds(), st.data())
@settings(deadline=None, max_examples=50)
def test_with_one_half_life_draws_are_those_of_the_layers(world, data):
    of = panel(world)
    period = data.draw(st.integers(0, world.months - 1))
    for name in ("incident_intensity", "civilian_harm"):
        what = measured(of, names=[name])[name].drawn
        expected = np.repeat(certain_sum(what)[:, [period]], DRAWS, axis=1)
        drawn = next(islice(draws_by_month(what), period, None))
        expected[drawn.units] += drawn.total
        np.testing.assert_allclose(decayed_draws(what, period, STEADY), expected, rtol=1e-9, atol=1e-9)


def test_certain_records_decay_with_the_half_life_of_the_draw():
    of = panel(World(units=2, months=13, records=(Record(parts=((0, 0, 1.0),)), Record(parts=((1, 12, 1.0),)))))
    half_lives = 6 * 2.0 ** setting("half_life", -1, 1)
    got = drawn_in(of, "incident_intensity", 12, half_lives)
    assert half_lives.min() < 3.5
    assert half_lives.max() > 11
    np.testing.assert_allclose(got[0], 2 ** (-12 / half_lives), rtol=1e-12)
    assert (got[1] == 1).all()
    once = decayed_sum(parts(of.shares, np.ones(2, bool)), np.ones(2), half_lives[0], of.shape)[:, 12]
    np.testing.assert_allclose(got[:, 0], once, rtol=1e-12)


def test_one_draw_puts_a_record_in_the_same_place_for_both_layers():
    record = Record(parts=((0, 3, 0.5), (1, 3, 0.5)), kind="one_sided", deaths=40, deaths_low=40, deaths_high=40)
    of = panel(World(units=2, months=6, records=(record,) * 5))
    incidents, killed = (drawn_in(of, name, 5, STEADY) for name in ("incident_intensity", "civilian_harm"))
    np.testing.assert_allclose(killed, 40 * incidents)
    assert np.unique(incidents[0].round(9)).size > 3
    np.testing.assert_allclose(incidents.sum(axis=0), 5 * 2 ** (-2 / 6))


def test_more_spread_in_the_weights_widens_the_bands():
    scores = np.random.default_rng(1).uniform(0, 10, (30, 4))
    widths = []
    for spread in (0.0, 0.2, 0.5, 0.9):
        weights = np.stack([setting(name, 1 - spread, 1 + spread) for name in INGREDIENTS])
        got = ranked(scores.mean(axis=1), scores @ weights / weights.sum(axis=0))
        widths.append(float((got.high - got.low).mean()))
    assert widths[0] == 0
    assert widths == sorted(widths)
    assert widths[-1] > widths[1] > 0


def units(*records, **more):
    return World(units=4, months=12, records=records, exposed=np.full((4, 12, 3), (9e3, 5e3, 2e4)), **more)


def bloody(unit, n, share=1.0):
    rest = () if share == 1 else (((unit + 1) % 4, 11, 1 - share),)
    whole = Record(parts=((unit, 11, share), *rest), kind="one_sided", deaths=20, deaths_low=5, deaths_high=60)
    return (whole,) * n


def test_a_unit_ahead_in_every_component_is_first_in_every_draw():
    exposed = np.full((4, 12, 3), (9e3, 5e3, 2e4))
    exposed[2] = (9e4, 8e4, 9.9e4)
    found = tuple(Figure(unit, "2020-11-30", 80_000 if unit == 2 else 3_000) for unit in range(4))
    world = replace(units(*bloody(2, 40), *bloody(0, 3), *bloody(1, 2, 0.5), figures=found), exposed=exposed)
    got = ranked_in(panel(world), 11)
    assert (got.rank[2], got.low[2], got.high[2], got.top_ten[2]) == (1, 1, 1, 1)
    assert (got.low[got.rank > 1] > 1).all()


def test_units_that_are_close_share_their_ranks_by_draws():
    world = units(*bloody(0, 4, 0.5), *bloody(2, 5, 0.5))
    got = ranked_in(panel(world), 11)
    assert (got.low <= got.rank).all()
    assert (got.rank <= got.high).all()
    assert (got.high - got.low).max() >= 2
    assert (got.top_ten == 1).all()


@given(worlds(), st.data())
@settings(deadline=None, max_examples=40)
def test_the_band_holds_the_rank_and_the_order_of_records_changes_nothing(world, data):
    of, period = panel(world), data.draw(st.integers(0, world.months - 1))
    got = ranked_in(of, period)
    value = measured(of)["priority"].value[:, period]
    np.testing.assert_array_equal(got.rank, ranks_of(value[:, None])[:, 0])
    there = ~np.isnan(value)
    for column in got:
        np.testing.assert_array_equal(np.isnan(column), ~there)
    assert (got.low[there] <= got.rank[there]).all()
    assert (got.rank[there] <= got.high[there]).all()
    for before, after in zip(got, ranked_in(shuffled(of, 3), period), strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_component_without_weight_moves_no_rank():
    world = units(*bloody(0, 4), *bloody(2, 5), figures=(Figure(1, "2020-11-30", 90_000),))
    none = {"priority": {"weight_displacement_pressure": 0, "weight_population_exposure": 0}}
    got = ranked_in(panel(world), 11, none)
    assert got.rank.tolist() == [2, 3, 1, 3]
    assert got.high[1] <= 4


def test_the_layer_offers_its_ranks_and_its_parameters_live():
    assert LAYER.ranks is ranks
    assert set(LAYER.live) == {parameter.name for parameter in LAYER.parameters}
    with pytest.raises(KeyError):
        ranks(panel(World()), {}, {}, 0)
