"""The arithmetic of decayed sums against sums written out, and its band against places drawn at random."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import _decay
from layers._decay import Z90, band, contributions, count, counted, decayed_sum, parts, place_spread
from tests.layers.panels import Record, World, panel, worlds

HALF_LIFE = 6.0


def written_out(of, weight, half_life):
    """Return the decayed sum by its definition."""
    value = np.zeros(of.shape)
    for r, u, m, s in zip(of.shares.record, of.shares.unit, of.shares.period, of.shares.share, strict=True):
        for t in range(m, of.shape[1]):
            value[u, t] += s * weight[r] * 2 ** (-(t - m) / half_life)
    return value


def band_written_out(of, weight, half_life):
    """Return the band from the variance of each record by itself: in the unit with chance p, or not."""
    variance, least, most = np.zeros(of.shape), np.zeros(of.shape), np.zeros(of.shape)
    for r in range(len(of.incidents.id)):
        for u in range(of.shape[0]):
            mine = (of.shares.record == r) & (of.shares.unit == u)
            chance = of.shares.share[mine].sum()
            for t in range(of.shape[1]):
                seen = mine & (of.shares.period <= t)
                decay = 2.0 ** (-(t - of.shares.period[seen]) / half_life)
                if seen.any():
                    whole = weight[r] * (of.shares.share[seen] * decay).sum() / chance
                    variance[u, t] += whole**2 * chance * (1 - chance)
                    least[u, t] += whole * (chance == 1)
                    most[u, t] += whole
    value, half = written_out(of, weight, half_life), Z90 * np.sqrt(variance)
    return np.maximum(value - half, least), np.minimum(value + half, most)


def all_parts(of):
    return parts(of.shares, np.ones(len(of.shares.share), bool))


@given(worlds(), st.sampled_from((1.0, 6.0, 60.0)))
@settings(deadline=None, max_examples=50)
def test_the_recursion_is_the_sum(world, half_life):
    of = panel(world)
    weight = np.arange(1.0, len(of.incidents.id) + 1)
    got = decayed_sum(all_parts(of), weight, half_life, of.shape)
    np.testing.assert_allclose(got, written_out(of, weight, half_life), rtol=1e-12, atol=1e-12)


@given(worlds(), st.sampled_from((1.0, 6.0)))
@settings(deadline=None, max_examples=50)
def test_the_band_is_that_of_whole_records(world, half_life):
    of = panel(world)
    weight = np.arange(1.0, len(of.incidents.id) + 1)
    known = all_parts(of)
    got = band(known, place_spread(known), weight, half_life, of.shape)
    for mine, other in zip(got, band_written_out(of, weight, half_life), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-6, atol=1e-6)


def test_more_units_than_fit_in_a_block_change_nothing(monkeypatch):
    of = panel(World(units=5, records=tuple(Record(parts=((n % 5, n, 1.0),)) for n in range(10))))
    known, weight = all_parts(of), np.ones(10)
    whole = [decayed_sum(known, weight, 6, of.shape), *band(known, place_spread(known), weight, 6, of.shape)]
    counts = count(known, 12, of.shape)
    monkeypatch.setattr(_decay, "BLOCK", 2)
    again = [decayed_sum(known, weight, 6, of.shape), *band(known, place_spread(known), weight, 6, of.shape)]
    for mine, other in zip(whole, again, strict=True):
        np.testing.assert_array_equal(mine, other)
    np.testing.assert_array_equal(count(known, 12, of.shape), counts)


def test_a_place_that_is_known_has_no_band_however_long_it_took():
    of = panel(World(records=(Record(parts=((0, 2, 0.5), (0, 3, 0.25), (0, 4, 0.25))),)))
    known = all_parts(of)
    value = decayed_sum(known, np.ones(1), HALF_LIFE, of.shape)
    for end in band(known, place_spread(known), np.ones(1), HALF_LIFE, of.shape):
        np.testing.assert_array_equal(end, value)


def test_one_record_in_two_units_is_in_one_of_them():
    of = panel(World(units=2, records=(Record(parts=((0, 0, 0.5), (1, 0, 0.5))),)))
    known = all_parts(of)
    low, high = band(known, place_spread(known), np.ones(1), HALF_LIFE, of.shape)
    assert low[0, 0] == 0, "nothing lies there for certain"
    assert high[0, 0] == 1, "it counts once at most, though 0.5 + 1.6449 x 0.5 is more"


def test_months_of_one_record_are_one_piece():
    """Four independent quarters with chance 1/2 would have a quarter of the variance of one whole."""
    spread_out = tuple((unit, month, 0.125) for unit in (0, 1) for month in range(4))
    of = panel(World(units=2, records=(Record(parts=spread_out),) * 50))
    known = all_parts(of)
    low, high = band(known, place_spread(known), np.ones(50), 60, of.shape)
    keep = 2 ** (-1 / 60)
    whole = (1 + keep + keep**2 + keep**3) / 4
    assert high[0, 3] - low[0, 3] == pytest.approx(2 * Z90 * whole * np.sqrt(50 / 4))


def test_nine_in_ten_true_sums_lie_in_the_band():
    rng = np.random.default_rng(20)
    chances = rng.choice((0.125, 0.25, 0.5), 120)
    rows = tuple(Record(parts=((0, int(rng.integers(24)), p), (1, 0, 1 - p))) for p in chances)
    of = panel(World(units=2, records=rows))
    weight, known = rng.integers(1, 20, 120).astype(float), all_parts(of)
    low, high = (end[0, -1] for end in band(known, place_spread(known), weight, HALF_LIFE, of.shape))
    month = np.array([row.parts[0][1] for row in rows])
    full = weight * 2.0 ** (-(23 - month) / HALF_LIFE)
    truth = (rng.random((20_000, 120)) < chances) @ full
    assert np.mean((low <= truth) & (truth <= high)) == pytest.approx(0.9, abs=0.02)


def test_a_record_is_counted_for_the_window_and_once():
    record = Record(parts=((0, 1, 0.5), (0, 2, 0.25), (0, 9, 0.25)))
    of = panel(World(months=14, records=(record,)))
    got = count(all_parts(of), 3, of.shape)
    assert got[0].tolist() == [0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0]


def test_the_bearing_records_are_those_with_more_than_a_quarter_of_their_weight():
    of = panel(World(records=(Record(parts=((0, 0, 1.0),)),)))
    got = _decay.count_bearing(all_parts(of), HALF_LIFE, of.shape)
    assert got[0].tolist() == [1] * 12 + [0] * 12


def test_rows_of_an_explanation_are_hand_worked():
    records = (Record(parts=((0, 0, 0.5), (0, 6, 0.5))), Record(parts=((0, 12, 1.0),)), Record(parts=((0, 13, 1.0),)))
    of = panel(World(records=records))
    first, second = contributions(of, of.shares, np.array([3.0, 5.0, 7.0]), HALF_LIFE, (0, 12))
    assert first == ("incidents", "invented:001", "2021-01-01", "invented", 1.0, 5.0, 5.0)
    assert second.record_id == "invented:000"
    assert second.share == 1.0
    assert second.contribution == pytest.approx(3 * (0.5 * 0.25 + 0.5 * 0.5))


def test_equal_contributions_stand_in_order_of_record():
    of = panel(World(records=(Record(parts=((0, 0, 1.0),)),) * 3))
    rows = contributions(of, of.shares, np.ones(3), HALF_LIFE, (0, 0))
    assert [row.record_id[-1] for row in rows] == ["0", "1", "2"]


def test_attacks_reported_by_other_providers_are_not_counted():
    of = panel(World(records=(Record(kind="attack_on_health"), Record(kind="one_sided"))))
    assert counted(of.incidents).tolist() == [False, True]
