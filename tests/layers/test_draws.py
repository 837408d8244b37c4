"""Draws against the same drawn in the plainest way, and what they promise: order, company, totals, distribution."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from layers import _band, _draws
from layers._band import band, chance_above
from layers._decay import decayed_sum, parts
from layers._draws import DEATHS, DRAWS, PLACE, Deaths, Sum, draws_by_month, ends, triangular, uniform
from layers.civilian_harm import deaths
from tests.layers.panels import Record, World, panel, shuffled, worlds

EVERYTHING = ((0, 0, 0.25), (1, 0, 0.25), (2, 0, 0.5))


def asked(of, half_life=6.0, killed=False):
    """Return the sum of all records of a panel, weighing 1, or their deaths where these are to be drawn."""
    fatal = deaths(of.incidents)
    wanted = fatal.high[of.shares.record] > 0 if killed else np.ones(len(of.shares.record), bool)
    weight = fatal.best if killed else np.ones(len(of.incidents.id))
    return Sum(parts(of.shares, wanted), weight, of.incidents.id, half_life, of.shape, fatal if killed else None)


def value_of(what):
    return decayed_sum(what.of, what.weight, what.half_life_months, what.shape)


def drawn_plainly(what):
    """Return units x months x draws: each record put, whole, into one unit by its chances, month by month."""
    of, total = what.of, np.zeros((*what.shape, DRAWS))
    for record in np.unique(of.record):
        mine = of.record == record
        place = uniform(what.ids[[record]], PLACE)[0]
        amount = np.full(DRAWS, what.weight[record])
        if what.deaths is not None:
            low, best, high = (column[record] for column in what.deaths)
            spread = stats.triang((best - low) / (high - low), low, high - low) if high > low else None
            amount = spread.ppf(uniform(what.ids[[record]], DEATHS)[0]) if spread else np.full(DRAWS, best)
        before = 0.0
        for unit in np.unique(of.unit[mine]):
            here = mine & (of.unit == unit)
            chance = of.share[here].sum()
            there = (before <= place) & (place < before + chance)
            before += chance
            for share, period in zip(of.share[here], of.period[here], strict=True):
                for month in range(period, what.shape[1]):
                    decay = 2.0 ** (-(month - period) / what.half_life_months)
                    total[unit, month] += there * amount * share / chance * decay
    return total


def totals(what):
    """Return units x months x draws of the uncertain records, as they are yielded."""
    found = np.zeros((*what.shape, DRAWS))
    for month, drawn in enumerate(draws_by_month(what)):
        found[drawn.units, month] = drawn.total
    return found


@given(worlds(), st.booleans(), st.sampled_from((1.0, 6.0)))
@settings(deadline=None, max_examples=30)
def test_the_band_is_that_of_records_drawn_one_by_one(world, killed, half_life):
    what = asked(panel(world), half_life, killed)
    plainly, value = drawn_plainly(what), value_of(what)
    ordered = np.sort(plainly, axis=-1)
    low, high = band(value, what)
    np.testing.assert_allclose(low, np.minimum(ordered[..., 4], value), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(high, np.maximum(ordered[..., 94], value), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(totals(what) + _draws.certain_sum(what)[..., None], plainly, rtol=1e-9, atol=1e-9)
    threshold = 1.1 * np.median(plainly) + 0.05
    np.testing.assert_allclose(chance_above(threshold, what), (plainly > threshold).mean(axis=-1))


@given(worlds(), st.integers(0, 2**32 - 1), st.booleans())
@settings(deadline=None, max_examples=30)
def test_the_order_of_parts_changes_nothing(world, seed, killed):
    one, other = (asked(of, killed=killed) for of in (panel(world), shuffled(panel(world), seed)))
    np.testing.assert_array_equal(totals(one), totals(other))
    np.testing.assert_array_equal(band(value_of(one), one), band(value_of(other), other))


def test_another_record_leaves_every_draw_of_the_others_as_it_was():
    few = tuple(Record(parts=EVERYTHING) for _ in range(5))
    alone = panel(World(units=3, records=few))
    more = panel(World(units=3, records=(Record(parts=EVERYTHING), *few)))
    names = np.array(["invented:new", *alone.incidents.id], object)
    with_it = asked(replace(more, incidents=replace(more.incidents, id=names)))
    added = totals(with_it) - totals(asked(alone))
    assert set(np.unique(added[:, 0])) == {0.0, 1.0}
    assert (added[:, 0].sum(axis=0) == 1).all(), "the new record lies in one of the units"


@given(worlds())
@settings(deadline=None, max_examples=30)
def test_a_record_lies_in_one_unit_in_every_draw_and_totals_are_kept(world):
    """Told without decay and when all months are over: the months of a record may differ between its units."""
    what = asked(panel(world), half_life=1e15)
    in_the_end = (totals(what) + _draws.certain_sum(what)[..., None])[:, -1]
    records = np.unique(what.of.record)
    np.testing.assert_allclose(in_the_end.sum(axis=0), np.full(DRAWS, len(records)), rtol=1e-9)
    for record in records:
        only = what._replace(of=_draws._some(what.of, np.flatnonzero(what.of.record == record)))
        places = (totals(only) + _draws.certain_sum(only)[..., None])[:, -1]
        np.testing.assert_allclose(np.sort(places, axis=0)[-1], 1, rtol=1e-9)
        assert ((places > 0).sum(axis=0) == 1).all()


def test_a_record_of_two_layers_lies_in_the_same_unit():
    of = panel(World(units=3, records=(Record(parts=EVERYTHING, deaths=5, deaths_low=2, deaths_high=9),) * 4))
    for record in range(4):
        mine = np.flatnonzero(asked(of).of.record == record)
        counts, killed = (
            totals(what._replace(of=_draws._some(what.of, mine))) for what in (asked(of), asked(of, killed=True))
        )
        np.testing.assert_array_equal(counts > 0, killed > 0)


def test_draws_are_as_the_shares_say_on_average():
    """Each of 2,000 records x 99 draws is an independent trial: four standard errors are 0.4 % of 2,000."""
    records = tuple(Record(parts=EVERYTHING, deaths=4, deaths_low=2, deaths_high=6) for _ in range(2000))
    of = panel(World(units=3, months=1, records=records))
    mean = totals(asked(of))[:, 0].mean(axis=-1)
    np.testing.assert_allclose(mean, [500, 500, 1000], atol=8)
    np.testing.assert_allclose(totals(asked(of, killed=True))[:, 0].mean(axis=-1), [2000, 2000, 4000], atol=40)


def test_numbers_are_uniform_and_streams_have_nothing_in_common():
    ids = np.array([f"invented:{n}" for n in range(2000)], object)
    place, killed = uniform(ids, PLACE), uniform(ids, DEATHS)
    for numbers in (place, killed):
        assert numbers.min() >= 0
        assert numbers.max() < 1
        assert stats.kstest(numbers.ravel(), "uniform").pvalue > 0.001
        assert np.abs(np.corrcoef(numbers.T) - np.eye(DRAWS)).max() < 0.12, "draws are independent of each other"
    assert abs(np.corrcoef(place.ravel(), killed.ravel())[0, 1]) < 0.01
    assert abs(np.corrcoef(place[1:].ravel(), place[:-1].ravel())[0, 1]) < 0.01, "and so are ids that follow"
    np.testing.assert_array_equal(uniform(ids[5:6], PLACE), place[5:6])


def test_numbers_are_known_by_heart():
    """An edition of last year must be made again to the byte: the numbers of an id never change."""
    assert uniform(np.array(["invented:1"], object), PLACE)[0, :2].tolist() == [0.4438180064316839, 0.2522929753176868]


@given(st.lists(st.integers(0, 1000), min_size=3, max_size=3), st.floats(0, 1, exclude_max=True))
def test_deaths_are_those_of_the_triangular_distribution(figures, chance):
    low, best, high = sorted(float(figure) for figure in figures)
    of = Deaths(*(np.array([figure]) for figure in (low, best, high)))
    got = triangular(of, np.array([0]), np.array([[chance]]))[0, 0]
    if low == high:
        assert got == best
    else:
        wanted = stats.triang((best - low) / (high - low), low, high - low).ppf(chance)
        assert got == pytest.approx(wanted, rel=1e-9, abs=1e-6)


def test_the_ends_are_the_fifth_smallest_and_the_fifth_largest():
    rows = np.random.default_rng(3).permuted(np.tile(np.arange(1.0, DRAWS + 1), (4, 1)), axis=1)
    low, high = ends(rows)
    assert low.tolist() == [5] * 4
    assert high.tolist() == [95] * 4


def test_a_gap_in_the_months_of_a_unit_is_not_filled_by_its_neighbour():
    """A part under 2^-27 is rounded away: the record lies in a unit that has no part of this month."""
    record = Record(parts=((0, 0, 0.25), (0, 1, 0.25), (1, 1, 0.5)))
    of = panel(World(units=2, months=2, records=(record,)))
    found = totals(asked(of))
    there = uniform(of.incidents.id, PLACE)[0] >= 0.5
    np.testing.assert_array_equal(found[1, 0], np.zeros(DRAWS))
    np.testing.assert_array_equal(found[0, 0], np.where(there, 0, 0.5))
    np.testing.assert_array_equal(found[1, 1] > 0, there)


@pytest.mark.parametrize("unit", range(3))
@pytest.mark.parametrize("records", [1, 4])
def test_a_unit_drawn_alone_gets_what_it_gets_among_all(unit, records):
    what = asked(panel(World(units=3, records=tuple(Record(parts=EVERYTHING) for _ in range(records)))))
    for whole, alone in zip(draws_by_month(what), draws_by_month(what, np.array([unit])), strict=True):
        assert alone.units.tolist() == [unit]
        np.testing.assert_array_equal(alone.total[0], whole.total[unit])


def test_months_in_pieces_change_nothing(monkeypatch):
    of = panel(World(units=3, records=tuple(Record(parts=EVERYTHING) for _ in range(9))))
    before, whole = totals(asked(of)), band(value_of(asked(of)), asked(of))
    monkeypatch.setattr(_draws, "AT_ONCE", 2)
    monkeypatch.setattr(_band, "BLOCK", 2)
    np.testing.assert_array_equal(totals(asked(of)), before)
    np.testing.assert_array_equal(band(value_of(asked(of)), asked(of)), whole)


@pytest.mark.parametrize(
    "world", [World(units=0), World(months=0), World(), World(records=(Record(parts=((0, 3, 1.0),)),))]
)
def test_little_is_enough(world):
    of = panel(world)
    for killed in (False, True):
        what = asked(of, killed=killed)
        value = value_of(what)
        for matrix in (*band(value, what), chance_above(0.5, what)):
            assert matrix.shape == of.shape
        np.testing.assert_array_equal(band(value, what), [value, value])
        assert len(list(draws_by_month(what))) == of.shape[1]


def test_deaths_that_nobody_gave_are_none():
    of = panel(
        World(
            records=(
                Record(parts=((0, 0, 1.0),), deaths=np.nan),
                Record(parts=((0, 0, 1.0),), deaths=np.nan, deaths_high=9),
            )
        )
    )
    what = asked(of, killed=True)
    low, high = band(value_of(what), what)
    assert low[0, 0] == 0
    assert 6 < high[0, 0] < 9
