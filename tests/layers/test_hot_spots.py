from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.special import ndtri

from geo.errors import DataError
from layers._draws import DRAWS, Sum, certain_sum, draws_by_month
from layers._layer import NO_CATEGORY, NO_DATA, OK, needed
from layers._local import COLD, HOT, UNREMARKABLE, gi_star, two_sided
from layers._surroundings import counted_parts
from layers.hot_spots import LAYER
from tests.layers.panels import Record, World, measured, panel, shuffled, worlds

SIDE, MONTHS = 12, 14
CHANCE, LEAST = "chance of being a hot spot", "z above which a unit is a hot spot"


def grid(world):
    """The same world on a square grid in the stead of a row, each cell touching eight others."""
    of = panel(world)
    row, column = np.divmod(np.arange(world.units), SIDE)
    apart = np.maximum(np.abs(np.subtract.outer(row, row)), np.abs(np.subtract.outer(column, column)))
    return replace(of, neighbours=sparse.csr_array((apart == 1).astype(float)))


def outbreak(count, *units, month=0):
    return [Record(parts=((unit, month, 1.0),)) for unit in units for _ in range(count)]


def vague(count, *units, month=0):
    return [Record(parts=tuple((unit, month, 1 / len(units)) for unit in units)) for _ in range(count)]


def found(of, **chosen):
    return measured(of, {LAYER.id: chosen}, needed(LAYER.id))


CORNER, FAR = (0, 1, SIDE, SIDE + 1), (SIDE - 1, SIDE * SIDE - 1)
WORLD = World(units=SIDE * SIDE, months=MONTHS, records=tuple(outbreak(5, *CORNER) + vague(6, *FAR, month=3)))


@pytest.fixture(scope="module")
def spots():
    return found(grid(WORLD))[LAYER.id]


def test_a_hot_spot_is_where_many_incidents_are_near_each_other(spots):
    hot = np.flatnonzero(spots.category[:, 0] == HOT)
    assert set(CORNER) <= set(hot)
    assert {unit // SIDE for unit in hot} | {unit % SIDE for unit in hot} <= {0, 1, 2}
    assert (spots.category[:, 0][spots.value[:, 0] < 1] == UNREMARKABLE).all()


def test_the_score_is_hand_worked(spots):
    # 20 incidents in 144 cells, 5 in each of four: mean 20 / 144, variance 100 / 144 - mean^2; the corner and the three
    # cells that touch it hold all 20 in k = 4
    mean = 20 / 144
    spread = np.sqrt((100 / 144 - mean**2) * 4 * 140 / 143)
    assert spots.value[0, 0] == pytest.approx((20 - 4 * mean) / spread)
    assert spots.n[0, 0] == 20
    assert spots.n[2, 0] == 10, "of the two cells that it touches"


def test_the_false_discovery_rate_can_be_chosen(spots):
    strict, loose = (found(grid(WORLD), fdr_percent=at)[LAYER.id] for at in (1, 20))
    assert (strict.value == spots.value).all()
    assert 0 < (strict.category == HOT).sum() < (loose.category == HOT).sum()
    assert (strict.components[LEAST] > loose.components[LEAST]).all()


def test_the_category_is_that_of_the_p_below_the_cutoff_of_its_month(spots):
    p = two_sided(spots.value)
    for month in range(MONTHS):
        ordered = np.sort(p[:, month])
        passed = np.flatnonzero(ordered < 0.05 * np.arange(1, len(p) + 1) / len(p))
        significant = p[:, month] <= ordered[passed[-1]] if len(passed) else np.zeros(len(p), bool)
        expected = np.where(significant, np.where(spots.value[:, month] > 0, HOT, COLD), UNREMARKABLE)
        assert spots.category[:, month].tolist() == expected.tolist()
        assert spots.components[LEAST][0, month] >= -ndtri(0.025)


def test_only_uncertain_places_give_a_band(spots):
    assert (spots.low[:, :3] == spots.value[:, :3]).all()
    assert (spots.high[:, :3] == spots.value[:, :3]).all()
    assert (spots.low[:, 3:] < spots.value[:, 3:]).any()
    assert (spots.high[:, 3:] > spots.value[:, 3:]).any()


def drawn_z(of, intensity, half_life):
    """Gi* of every draw the long way: all units, months, draws."""
    one = np.ones(len(of.incidents.id))
    what = Sum(counted_parts(of), one, of.incidents.id, half_life, of.shape)
    drawn = np.repeat(certain_sum(what)[:, :, None], DRAWS, axis=2)
    for month, landed in enumerate(draws_by_month(what)):
        drawn[landed.units, month] += landed.total
    drawn[~np.isfinite(intensity)] = np.nan
    return np.stack([gi_star(drawn[:, :, draw], of.neighbours) for draw in range(DRAWS)], axis=2)


@given(worlds(), st.sampled_from((1.0, 6.0, 13.37)))
@settings(max_examples=40)
def test_the_band_and_the_chance_are_those_of_all_draws_with_the_half_life_of_the_intensity(world, half_life):
    of = panel(world)
    inputs = measured(of, {"incident_intensity": {"half_life_months": half_life}}, needed(LAYER.id))
    intensity, spots = inputs["incident_intensity"].value, inputs[LAYER.id]
    z = drawn_z(of, intensity, half_life)
    ordered = np.sort(z, axis=2)
    np.testing.assert_allclose(spots.low, np.fmin(ordered[:, :, 4], spots.value), atol=1e-9)
    np.testing.assert_allclose(spots.high, np.fmax(ordered[:, :, -5], spots.value), atol=1e-9)
    for threshold in (-0.51, 0.77):
        chance = LAYER.chance(of, LAYER.params(), inputs, threshold)
        expected = np.where(np.isnan(spots.value), np.nan, np.mean(z > threshold, axis=2))
        np.testing.assert_allclose(chance, expected, atol=1e-12)


def test_the_chance_of_being_a_hot_spot_is_that_of_a_score_above_the_least(spots):
    of = grid(WORLD)
    inputs = found(of)
    chance = spots.components[CHANCE]
    assert set(np.unique(chance[:, :3])) == {0.0, 1.0}
    for month in (3, 9):
        least = spots.components[LEAST][0, month]
        np.testing.assert_array_equal(chance[:, month], LAYER.chance(of, LAYER.params(), inputs, least)[:, month])
    assert chance[CORNER[0], 9] == 1
    assert 0 < chance[FAR[0], 9] < 1


def test_a_quadrant_says_high_or_low_among_high_or_low(spots):
    quadrant, moran = spots.components["quadrant of local Moran I"], spots.components["local Moran I"]
    assert quadrant[0, 0] == 1
    assert quadrant[2, 0] == 2
    assert quadrant[SIDE * 6, 0] == 3
    assert moran[0, 0] > 0 > moran[2, 0]


def test_p_by_permutation_is_small_in_a_hot_spot_and_the_same_each_time(spots):
    p = spots.components["p by permutation"]
    assert p[0, 0] == 0.002, "twice 1 / 1,000: no sample was as high"
    assert p[SIDE * 6 + 6, 0] > 0.5
    assert p.max() <= 1
    np.testing.assert_array_equal(p, spots.components["p by permutation"])
    np.testing.assert_array_equal(spots.components["p by the normal distribution"], two_sided(spots.value))


def test_units_that_no_source_covers_are_left_out():
    gap = {"incidents": (slice(0, SIDE), slice(0, MONTHS))}
    values = found(grid(replace(WORLD, uncovered=gap)))[LAYER.id]
    assert (values.status[:SIDE] == NO_DATA).all()
    assert (values.category[:SIDE] == NO_CATEGORY).all()
    assert (values.status[SIDE:] == OK).all()
    mean, n = 10 / 132, 132
    spread = np.sqrt((50 / 132 - mean**2) * 6 * (n - 6) / (n - 1))
    assert values.value[SIDE + 1, 0] == pytest.approx((10 - 6 * mean) / spread)


def test_the_records_of_the_neighbourhood_are_told_the_largest_first():
    far = Record(parts=((7, 0, 1.0),))
    old, new = Record(parts=((0, 0, 1.0),)), Record(parts=((1, 5, 1.0),))
    split = Record(parts=((2, 5, 0.5), (3, 5, 0.5)))
    later = Record(parts=((1, 6, 1.0),))
    other = Record(parts=((1, 5, 1.0),), kind="attack_on_health")
    of = panel(World(units=9, months=12, records=(far, old, new, split, later, other)))
    inputs = found(of)
    rows = LAYER.explain(of, LAYER.params(), inputs, 1, 5)
    assert [(row.record_id, row.share) for row in rows] == [
        ("invented:002", 1.0),
        ("invented:001", 1.0),
        ("invented:003", 0.5),
    ]
    assert all(row.contribution == row.weight == 0 for row in rows)
    assert LAYER.not_additive
    assert LAYER.surroundings


def test_nothing_is_told_where_there_is_no_value():
    of = panel(World(units=3, months=4, records=(), uncovered={"incidents": (slice(0, 1), slice(0, 4))}))
    assert LAYER.explain(of, LAYER.params(), found(of), 0, 2) == []


def test_the_records_told_first_are_those_that_count_most_by_the_half_life_of_the_intensity():
    recent, older = Record(parts=((1, 5, 0.25), (0, 5, 0.75))), Record(parts=((1, 0, 1.0),))
    of = panel(World(units=9, months=12, records=(recent, *[older] * 2)))
    of = replace(of, neighbours=sparse.csr_array(of.neighbours.shape))
    for half_life, first in ((1, "invented:000"), (60, "invented:001")):
        chosen = {"incident_intensity": {"half_life_months": half_life}}
        rows = LAYER.explain(of, LAYER.params(), measured(of, chosen, needed(LAYER.id)), 1, 8)
        assert rows[0].record_id == first


def test_an_intensity_without_its_sum_is_refused():
    of = panel(World(units=3, months=2))
    bare = {"incident_intensity": replace(found(of)["incident_intensity"], drawn=None)}
    with pytest.raises(DataError, match="comes without the sum that it is"):
        LAYER.compute(of, LAYER.params(), bare)


def test_the_categories_go_from_the_least_to_the_most_alarming():
    assert [(one.id, one.stands_out) for one in LAYER.categories] == [
        ("cold_spot", False),
        ("not_significant", False),
        ("hot_spot", True),
    ]
    assert [LAYER.categories[place].id for place in (COLD, UNREMARKABLE, HOT)] == [one.id for one in LAYER.categories]


def test_the_order_of_records_changes_no_bit_of_the_band():
    of = grid(WORLD)
    one, other = found(of)[LAYER.id], found(shuffled(of, 3))[LAYER.id]
    for part in ("value", "low", "high", "category"):
        np.testing.assert_array_equal(getattr(one, part), getattr(other, part))
    np.testing.assert_array_equal(one.components[CHANCE], other.components[CHANCE])
