from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from layers._layer import NO_CATEGORY, NO_DATA, OK, Values, needed
from layers._local import COLD, HOT, UNREMARKABLE
from layers._mann_kendall import mann_kendall
from layers._patterns import patterns
from layers.emerging_hot_spots import LAYER
from tests.layers.panels import Record, World, measured, panel
from tests.layers.test_legend import VISION, apart

NEEDED = needed(LAYER.id)
STEPS = 12
LEVEL = (4, 6, 5, 6, 4, 5, 6, 4, 5, 4, 6, 5)
"""Hot or cold at every step, and without a trend."""
RISE = tuple(3 + step / 2 for step in range(STEPS))
SERIES = {
    "new": (0, 1, 0, -1, 0, 1, 0, 1, 0, 1, 0, 4),
    "consecutive": (0, 1, 0, -1, 0, 1, 0, 1, 4, 5, 4, 5),
    "intensifying": RISE,
    "persistent": LEVEL,
    "diminishing": RISE[::-1],
    "sporadic": (0, 4, 0, 5, 1, 0, 0, 4, 0, 5, 0, 4),
    "oscillating": (0, 4, 0, -5, 1, 0, 0, 4, 0, 5, 0, 4),
    "historical": (*LEVEL[:11], 1),
}
"""z of a hot spot of each type; from 3 on hot, from -3 down cold."""
NUMBERS = dict(zip(SERIES, range(1, 9), strict=True))


def kinds(z):
    return np.where(z >= 3, HOT, np.where(z <= -3, COLD, UNREMARKABLE)).astype(np.uint8)


def number(series, window=STEPS):
    z = np.array([series], float)
    return int(patterns(z, kinds(z), window, 1, 0.01).pattern[0, -1])


@pytest.mark.parametrize("name", SERIES)
def test_each_of_the_17_patterns_has_its_series(name):
    assert number(SERIES[name]) == NUMBERS[name]
    assert number([-z for z in SERIES[name]]) == -NUMBERS[name]
    assert number([z / 10 for z in SERIES[name]]) == 0, "no pattern"


def test_each_number_has_its_category():
    z = np.array([[sign * step for step in series] for series in SERIES.values() for sign in (1, -1)] + [[0] * STEPS])
    quarters = np.repeat(z, 3, axis=1)
    spots = Values(quarters, quarters, quarters, quarters.astype(int), np.zeros(quarters.shape), {}, kinds(quarters))
    values = LAYER.compute(None, LAYER.params(), {"hot_spots": spots})
    ids = [LAYER.categories[place].id for place in values.category[:, -1]]
    assert ids == [f"{name}_{side}_spot" for name in SERIES for side in ("hot", "cold")] + ["no_pattern"]
    assert values.value[:, -1].tolist() == [sign * n for n in range(1, 9) for sign in (1, -1)] + [0]
    assert len(LAYER.categories) == 17


def test_the_categories_go_from_the_least_to_the_most_alarming():
    rising = [
        "historical",
        "diminishing",
        "sporadic",
        "oscillating",
        "new",
        "consecutive",
        "persistent",
        "intensifying",
    ]
    hot, cold = ([f"{name}_{side}_spot" for name in rising] for side in ("hot", "cold"))
    assert [one.id for one in LAYER.categories] == [*cold[::-1], "no_pattern", *hot]
    assert [one.id for one in LAYER.categories if one.stands_out] == hot


@pytest.mark.parametrize(
    ("series", "expected", "why"),
    [
        ((*LEVEL[:10], 1, 5), 4, "11 of 12 steps are 90 %"),
        ((*LEVEL[:9], 1, 1, 5), 6, "10 of 12 are not"),
        ((1, *LEVEL[1:]), 4, "90 % of the steps, though in a row"),
        ((1, 1, *LEVEL[2:]), 2, "in a row at the end, under 90 %"),
        ((1, *LEVEL[1:11], 1), 0, "10 of 12 and not the last"),
        ((-4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4), 1, "never hot before, though once cold: new is first in the list"),
        ((-4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4), 2, "as before, twice"),
        ((-4, *LEVEL[1:]), 4, "90 % hot, though once cold"),
        ((0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 0, "long ago"),
        ((np.nan, np.nan, *LEVEL[2:]), 4, "10 of 10 steps with a value"),
        ((0, 0, 0, 0, 0, 0, 0, 0, 4, np.nan, 4, 4), 2, "a step without a value does not end a row"),
        ((0, 0, 0, 0, 0, 0, 0, 4, 4, np.nan, 0, 4), 6, "a step that is not hot does"),
        ((4, *(0,) * 11, 4), 1, "what left the window is forgotten"),
        ((0, *LEVEL), 4, "also a step without"),
        ((4, 0, *LEVEL[2:], 4, 5), 4, "and a row that began before it"),
    ],
)
def test_the_edges_of_the_definitions(series, expected, why):
    assert number(series) == expected, why
    assert number([-z for z in series]) == -expected, why


def test_hot_is_tried_before_cold():
    series = np.array((*LEVEL[:11], -4))
    assert number(series) == 8, "a historical hot spot is now a new cold spot"
    assert number(-series) == 1, "a historical cold spot is now a new hot spot"


def plainly(z, kind, alpha=0.01):
    """The definitions word by word, for one series without gaps that ends in its window."""
    trend = mann_kendall(z[None], len(z))
    rising = np.sign(trend.z[0, -1]) if trend.p[0, -1] < alpha else 0
    for on, off, up in ((HOT, COLD, rising), (COLD, HOT, -rising)):
        sign = 1 if on == HOT else -1
        flags, often = kind == on, np.mean(kind == on) >= 0.9
        row = len(flags) - 1 - max([at for at, flag in enumerate(flags) if not flag], default=-1)
        if flags[-1] and not often:
            before = flags[: len(flags) - row].any()
            found = (1 if row == 1 else 2) if not before else (7 if (kind == off).any() else 6)
            return sign * found
        if often:
            return sign * ({1: 3, 0: 4, -1: 5}[int(up)] if flags[-1] else 8)
    return 0


@given(arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(10, 30)), elements=st.sampled_from((-4.0, 0, 3, 5))))
def test_every_series_has_the_pattern_of_the_definitions(z):
    kind = kinds(z)
    found = patterns(z, kind, STEPS, 1, 0.01)
    for unit, step in np.ndindex(z.shape):
        window = slice(max(step - STEPS + 1, 0), step + 1)
        assert found.pattern[unit, step] == plainly(z[unit, window], kind[unit, window])
        assert found.hot[unit, step] == (kind[unit, window] == HOT).sum()
        assert found.cold[unit, step] == (kind[unit, window] == COLD).sum()


@given(arrays(np.float64, (2, 37), elements=st.sampled_from((-4.0, 0, 3, 5, np.nan))))
def test_steps_of_a_quarter_are_three_series(z):
    whole = patterns(z, kinds(z), 4, 3, 0.01)
    for month in range(37):
        part = patterns(z[:, month % 3 : month + 1 : 3], kinds(z)[:, month % 3 : month + 1 : 3], 4, 1, 0.01)
        for of_all, of_one in zip(whole, part, strict=True):
            np.testing.assert_array_equal(of_all[:, month], of_one[:, -1])


OUTBREAK = tuple(Record(parts=((4, month, 1.0),)) for month in range(40, 60) for _ in range(month - 38))
WORLD = World(units=60, months=60, records=OUTBREAK)


def emerging(world, **chosen):
    return measured(panel(world), {LAYER.id: chosen}, NEEDED)[LAYER.id]


def name_of(values, unit, month):
    return LAYER.categories[values.category[unit, month]].id


def test_an_outbreak_is_new_for_a_quarter_and_then_goes_on():
    values = emerging(WORLD)
    assert [name_of(values, 4, month) for month in range(40, 45)] == ["new_hot_spot"] * 3 + ["consecutive_hot_spot"] * 2
    assert values.value[4, 40:44].tolist() == [1, 1, 1, 2]
    assert name_of(values, 15, 50) == "no_pattern"
    assert values.components["quarters as a hot spot"][4, 46] == 3
    assert values.components["trend of z (Mann-Kendall Z)"][4, 59] > 2
    assert values.components["p of the trend"][4, 59] < 0.05
    assert (values.low == values.value)[values.status == OK].all()
    assert (values.high == values.value)[values.status == OK].all()


def test_the_first_ten_quarters_have_no_pattern_yet():
    values = emerging(WORLD)
    assert (values.status[:, :27] == NO_DATA).all()
    assert (values.category[:, :27] == NO_CATEGORY).all()
    assert (values.status[:, 27:] == OK).all()
    assert values.components["quarters with a value"][0, [27, 30, 33, 59]].tolist() == [10, 11, 12, 12]


def test_a_month_without_a_value_has_none_and_later_ones_count_what_there_is():
    gap = {"incidents": (slice(4, 5), slice(45, 46))}
    values = emerging(replace(WORLD, uncovered=gap))
    assert values.status[4].tolist() == [NO_DATA] * 27 + [OK] * 18 + [NO_DATA] + [OK] * 14
    assert values.components["quarters with a value"][4, 48] == 11


def test_the_window_and_the_trend_can_be_chosen():
    for window, quarters in ((30, 10), (36, 12), (59, 19), (60, 20)):
        assert np.nanmax(emerging(WORLD, window_months=window).components["quarters with a value"]) == quarters
    rng = np.random.default_rng(8)
    unsteady = [Record(parts=((4, m, 1.0),)) for m in range(90) for _ in range(rng.poisson(9))]
    beside = [Record(parts=((50, m, 1.0),)) for m in range(90) for _ in range(rng.poisson(5))]
    world = replace(WORLD, months=90, records=tuple(unsteady + beside))
    strict, loose = (emerging(world, trend_percent=percent).value[4, 27:] for percent in (0.1, 10))
    assert np.isin(strict, (3, 4, 5)).all()
    assert (loose == 4).sum() < (strict == 4).sum()
    assert (loose[strict != 4] == strict[strict != 4]).all()


def test_the_records_of_the_neighbourhood_are_told():
    of = panel(WORLD)
    inputs = measured(of, names=NEEDED)
    rows = LAYER.explain(of, LAYER.params(), inputs, 5, 41)
    assert {row.record_id for row in rows} == {f"invented:{n:03d}" for n in range(2 + 3)}
    assert all(row.contribution == 0 for row in rows)
    assert LAYER.not_additive
    assert LAYER.surroundings


def test_the_trend_test_finds_more_than_it_should_as_the_layer_says():
    """Poisson counts that never change, decayed with a half-life of 6 months: 13 of 100 series of 12 quarters."""
    rng = np.random.default_rng(1)
    value = rng.poisson(1, (4000, 200)).astype(float)
    for month in range(1, 200):
        value[:, month] += 2 ** (-1 / 6) * value[:, month - 1]
    found = mann_kendall(value[:, 199 - 33 :: 3], 12).p[:, -1] < 0.01
    assert "in 13 of 100 places" in LAYER.shows_not
    assert 0.12 < found.mean() < 0.14


@pytest.mark.parametrize("vision", VISION)
def test_any_two_patterns_are_told_apart(vision):
    colours = [category.colour for category in LAYER.categories]
    assert all(apart(one, other, vision) > 25 for one, other in combinations(colours, 2))
    spots = [category.colour for category in LAYER.categories if category.id != "no_pattern"]
    assert all(apart(colour, "#ffffff", vision) > 20 for colour in spots)
