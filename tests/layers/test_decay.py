"""The arithmetic of decayed sums against sums written out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import _decay
from layers._decay import contributions, count, counted, decayed_sum, parts
from tests.layers.panels import Record, World, panel, worlds

HALF_LIFE = 6.0


def written_out(of, weight, half_life):
    """Return the decayed sum by its definition."""
    value = np.zeros(of.shape)
    for r, u, m, s in zip(of.shares.record, of.shares.unit, of.shares.period, of.shares.share, strict=True):
        for t in range(m, of.shape[1]):
            value[u, t] += s * weight[r] * 2 ** (-(t - m) / half_life)
    return value


def all_parts(of):
    return parts(of.shares, np.ones(len(of.shares.share), bool))


@given(worlds(), st.sampled_from((1.0, 6.0, 60.0)))
@settings(deadline=None, max_examples=50)
def test_the_recursion_is_the_sum(world, half_life):
    of = panel(world)
    weight = np.arange(1.0, len(of.incidents.id) + 1)
    got = decayed_sum(all_parts(of), weight, half_life, of.shape)
    np.testing.assert_allclose(got, written_out(of, weight, half_life), rtol=1e-12, atol=1e-12)


def test_more_units_than_fit_in_a_block_change_nothing(monkeypatch):
    of = panel(World(units=5, records=tuple(Record(parts=((n % 5, n, 1.0),)) for n in range(10))))
    known, weight = all_parts(of), np.ones(10)
    whole = decayed_sum(known, weight, 6, of.shape)
    counts = count(known, 12, of.shape)
    monkeypatch.setattr(_decay, "BLOCK", 2)
    np.testing.assert_array_equal(decayed_sum(known, weight, 6, of.shape), whole)
    np.testing.assert_array_equal(count(known, 12, of.shape), counts)


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
