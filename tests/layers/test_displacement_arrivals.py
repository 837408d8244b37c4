from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers._layer import NO_DATA, NOT_ASSESSED, OK, STALE, layers
from layers._panel import Stocks
from tests.layers.panels import FIRST_MONTH, Figure, World, explained, panel, shuffled

LAYER = layers()["displacement_arrivals"]
NOTHING = [np.nan] * 24
NAMES = (
    "persons now",
    "persons before",
    "persons in areas not compared",
    "days between the rounds",
    "days since the newest round",
)


def arrivals(*figures, overrides=None, **world):
    return LAYER.compute(panel(World(figures=figures, **world)), LAYER.params(overrides), {})


def rows(*figures, period, unit=0, **world):
    return explained(panel(World(figures=figures, **world)), LAYER.id, unit, period)


def first(number, **more):
    return Figure(0, "2020-01-31", number, **{"round_key": "Tracking|BA|1"} | more)


def second(number, **more):
    return Figure(0, "2020-03-01", number, **{"round_key": "Tracking|BA|2"} | more)


def test_it_is_the_change_between_two_rounds_a_day_by_hand():
    values = arrivals(first(10_000), second(25_000))
    assert values.status[0, :8].tolist() == [NOT_ASSESSED] * 2 + [OK] * 6
    assert values.value[0, 2] == values.low[0, 2] == values.high[0, 2] == 500, "15,000 in the 30 days of a leap year"
    assert values.value[0, 3] == 500, "until the next round"
    assert [values.components[name][0, 2] for name in NAMES] == [25_000, 10_000, 0, 30, 30]
    assert values.components["days since the newest round"][0, 3] == 60
    assert values.n[0, 2] == 2


def test_people_who_left_are_below_zero_and_as_many_as_before_are_zero():
    assert arrivals(first(25_000), second(10_000)).value[0, 2] == -500
    assert arrivals(first(10_000), second(10_000)).value[0, 2] == 0
    assert arrivals(first(300), second(0)).value[0, 2] == -10, "a round that found nobody is no gap"


def test_the_figures_of_both_rounds_sum_to_the_value():
    found = rows(first(10_000), second(20_000), second(5_000), period=4)
    assert [(row.record_id, row.date, row.share, row.weight) for row in found] == [
        ("figure:001", "2020-03-01", 1.0, 20_000 / 30),
        ("figure:000", "2020-01-31", 1.0, -10_000 / 30),
        ("figure:002", "2020-03-01", 1.0, 5_000 / 30),
    ]
    assert sum(row.contribution for row in found) == pytest.approx(500, abs=1e-9)


def test_several_rows_by_reason_of_one_area_are_one_count_whatever_reasons_a_round_has():
    assert arrivals(first(6_000), first(4_000), second(16_000)).value[0, 2] == 200
    assert arrivals(first(10_000), second(8_000), second(5_000), second(3_000)).value[0, 2] == 200


@pytest.mark.parametrize("other", ["Flood|BA|7", "Tracking|SA|2"])
def test_never_across_operations_or_assessments(other):
    values = arrivals(first(10_000), second(70_000, round_key=other))
    assert values.status[0, 2:].tolist() == [NOT_ASSESSED] * 22
    third = Figure(0, "2020-03-31", 13_000, round_key="Tracking|BA|2")
    values = arrivals(first(10_000), second(70_000, round_key=other), third)
    assert values.value[0, 3] == 50, "3,000 in 60 days, over the other series"


def test_of_two_rounds_of_one_day_the_one_that_counted_more_is_shown_with_its_own_series():
    both = (second(13_000), second(400, round_key="Tracking|SA|2"))
    before = (first(10_000), first(100, round_key="Tracking|SA|1"))
    for order in (1, -1):
        assert arrivals(*(*before, *both)[::order]).value[0, 2] == 100


def test_two_rounds_of_one_series_on_one_day_are_never_differenced():
    again = second(16_000, round_key="Tracking|BA|3")
    values = arrivals(first(10_000), second(13_000), again)
    assert values.value[0, 2] == 200, "the one that counted more, against the day before"
    third = Figure(0, "2020-03-11", 17_000, round_key="Tracking|BA|4")
    assert arrivals(first(10_000), again, second(13_000), third).value[0, 2] == 100, "and it is what came before"
    assert arrivals(second(13_000), again).status[0, 2] == NOT_ASSESSED


def test_rounds_too_far_apart_are_not_differenced():
    late = Figure(0, "2020-10-01", 20_000, round_key="Tracking|BA|2")
    values = arrivals(first(10_000), late)
    assert values.status[0].tolist() == [NOT_ASSESSED] * 24, "244 days"
    values = arrivals(first(10_000), late, overrides={"max_gap_days": 244})
    assert values.status[0, 8:].tolist() == [NOT_ASSESSED] + [OK] * 7 + [STALE] * 8
    assert values.value[0, 9] == 10_000 / 244
    assert rows(first(10_000), late, period=10) == []


def test_half_a_year_is_not_too_far():
    half = Figure(0, "2020-08-02", 10_184, round_key="Tracking|BA|2")
    assert arrivals(first(10_000), half).value[0, 7] == 1, "184 days"


def test_a_round_that_does_not_list_a_unit_is_passed_over():
    """Where nobody reported from is unknown, not zero."""
    elsewhere = Figure(1, "2020-03-01", 4_000, round_key="Tracking|BA|2", area="XDM02")
    third = Figure(0, "2020-03-31", 16_000, round_key="Tracking|BA|3")
    values = arrivals(first(10_000), elsewhere, third, units=2)
    assert values.status[0, :3].tolist() == [NOT_ASSESSED] * 2 + [OK]
    assert values.value[0, 2] == 100, "6,000 in the 60 days since it was last listed"
    assert values.status[1, 2] == NOT_ASSESSED


def test_an_area_listed_for_the_first_time_is_no_arrival_and_one_no_longer_listed_no_departure():
    joins = (first(10_000), second(13_000), second(90_000, area="XDM02"))
    values = arrivals(*joins)
    assert values.value[0, 2] == 100
    assert values.components["persons in areas not compared"][0, 2] == 90_000
    leaves = (first(10_000), first(90_000, area="XDM02"), second(13_000))
    assert arrivals(*leaves).value[0, 2] == 100
    assert {row.record_id for row in rows(*leaves, period=2)} == {"figure:000", "figure:002"}


def test_areas_last_listed_in_different_rounds_add_up_by_their_own_days():
    third = [Figure(0, "2020-03-31", n, round_key="Tracking|BA|3", area=a) for n, a in ((16_000, "A"), (700, "B"))]
    values = arrivals(first(10_000, area="A"), first(100, area="B"), second(13_000, area="A"), *third)
    assert values.value[0, 3] == 3_000 / 30 + 600 / 60
    assert values.components["days between the rounds"][0, 3] == 60


def test_a_figure_of_a_province_is_not_compared_with_one_of_a_district():
    values = arrivals(first(10_000, area="XDM", share=0.25), second(13_000, area="XDM01"))
    assert values.status[0, 2] == NOT_ASSESSED


def test_a_change_that_is_shared_out_may_lie_here_whole_or_not_at_all():
    shared = {"area": "XDM", "share": 0.25}
    values = arrivals(first(40_000, **shared), second(52_000, **shared), first(500), second(800))
    assert [end[0, 2] for end in (values.low, values.value, values.high)] == [10, 110, 410]
    fewer = arrivals(first(52_000, **shared), second(40_000, **shared), first(500), second(800))
    assert [end[0, 2] for end in (fewer.low, fewer.value, fewer.high)] == [-390, -90, 10]


def test_an_area_is_drawn_into_the_same_unit_in_both_rounds():
    shared = {"area": "XDM", "share": 0.25}
    values = arrivals(first(40_000, **shared), second(40_000, **shared))
    assert values.low[0, 2] == values.value[0, 2] == values.high[0, 2] == 0
    gone = arrivals(first(30_000, **shared), second(0, **shared))
    assert [end[0, 2] for end in (gone.low, gone.value, gone.high)] == [-1_000, -250, 0]


def test_the_band_of_a_change_holds_the_truth_nine_times_in_ten():
    """In 2,000 units with 30 areas each that may lie in them."""
    rng = np.random.default_rng(7)
    shape = (2000, 30)
    unit, area = (axis.ravel() for axis in np.indices(shape))
    share = rng.integers(1, 16, unit.size) / 16
    now, before = (rng.integers(0, 10_000, unit.size).astype(float) for _ in range(2))
    of = panel(World(units=shape[0], months=3))
    series = [f"T|BA|{u}-{a}" for u, a in zip(unit.tolist(), area.tolist(), strict=True)]
    columns = {
        "id": np.array([f"{n:06d}" for n in range(2 * unit.size)], object),
        "source": np.full(2 * unit.size, "invented", object),
        "day": np.repeat(np.array(["2020-01-31", "2020-03-01"], "datetime64[D]"), unit.size),
        "unit": np.tile(unit, 2),
        "persons": np.r_[before, now],
        "share": np.tile(share, 2),
        "round_key": np.repeat(np.array(["T|BA|1", "T|BA|2"], object), unit.size),
        "series": np.tile(np.array(series, object), 2),
    }
    values = LAYER.compute(replace(of, stocks=Stocks(**columns)), LAYER.params(), {})
    there = rng.random(unit.size) < share
    truth = np.bincount(unit, there * (now - before) / 30, shape[0])
    held = (values.low[:, 2] <= truth + 1e-9) & (truth - 1e-9 <= values.high[:, 2])
    assert 0.88 < held.mean() < 0.92


def test_it_is_the_round_that_displacement_pressure_shows():
    figures = (first(10_000), second(25_000), Figure(0, "2020-08-15", 12_000, round_key="Tracking|SA|3"))
    of = panel(World(figures=figures))
    shown = layers()["displacement_pressure"]
    pressure = shown.compute(of, shown.params(), {})
    values = LAYER.compute(of, LAYER.params(), {})
    assert (pressure.status[0, :7] == OK).sum() == 7
    ok = values.status[0] == OK
    np.testing.assert_array_equal(
        values.components["persons now"][0, ok], pressure.components["displaced persons"][0, ok]
    )
    assert values.status[0, 7:].tolist() == [NOT_ASSESSED] * 17, "a series of its own, first met"


def test_an_old_round_is_stale_and_keeps_its_value():
    values = arrivals(first(10_000), second(25_000))
    assert values.status[0, 2:12].tolist() == [OK] * 7 + [STALE] * 3
    assert (values.value[0, 2:] == 500).all()
    sooner = arrivals(first(10_000), second(25_000), overrides={"max_age_months": 1})
    assert sooner.status[0, 2:6].tolist() == [OK, OK, STALE, STALE]


def test_before_a_country_is_tracked_nothing_is_known():
    values = arrivals(Figure(1, "2020-06-30", 50), units=2, uncovered={"displacement": (slice(None), slice(0, 5))})
    assert values.status[:, 4].tolist() == [NO_DATA] * 2
    assert values.status[:, 5].tolist() == [NOT_ASSESSED] * 2


def test_rounds_before_the_first_month_are_compared_too():
    values = arrivals(Figure(0, "2019-11-01", 100), Figure(0, "2019-12-01", 400, round_key="Tracking|BA|2"))
    assert values.value[0, 0] == 10
    assert values.components["days since the newest round"][0, 0] == 61


def test_the_order_of_figures_changes_nothing():
    rng = np.random.default_rng(5)
    figures = [
        Figure(u, str(np.datetime64("2020-01-15") + 30 * r), float(rng.integers(0, 10**6)), share, f"T|BA|{r}", area)
        for r in range(12)
        for u in range(3)
        for area, share in (("A", 1.0), ("B", 0.1), ("C", 1 / 3))
        for _reason in range(3)
    ]
    of = panel(World(units=3, figures=tuple(figures)))
    one = LAYER.compute(of, LAYER.params(), {})
    other = LAYER.compute(shuffled(of, 3), LAYER.params(), {})
    for name in ("value", "low", "high", "n", "status"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert ((one.low < one.value) & (one.value < one.high))[:, 3:].all()


@st.composite
def dense(draw):
    """Draw many figures of few series, so that most can be compared."""
    day, share = st.sampled_from((-300, -9, 20, 20, 80, 190, 270)), st.sampled_from((1.0, 0.25))
    row = st.tuples(day, st.integers(0, 1), st.sampled_from("AB"), st.sampled_from(("X|BA", "X|SA")))
    return tuple(
        Figure(unit, str(FIRST_MONTH.astype("datetime64[D]") + day), persons, share, f"{series}|{day}", area)
        for (day, unit, area, series), persons, share in draw(
            st.lists(st.tuples(row, st.integers(0, 10**6).map(float), share), min_size=8, max_size=40)
        )
    )


def by_loops(figures, unit, last_day):
    """Return the value as the formula is read aloud, None where there is none."""
    known = [f for f in figures if f.unit == unit and np.datetime64(f.day) <= last_day]
    if not known:
        return None

    def persons(day, key, area=None):
        counted = [f for f in known if (f.day, f.round_key) == (day, key) and area in (None, f.area)]
        return sum(f.persons * f.share for f in counted)

    day, key = max({(f.day, f.round_key) for f in known}, key=lambda r: (np.datetime64(r[0]), persons(*r), r[1]))
    rates = []
    for area in sorted({f.area for f in known if f.round_key == key}):
        like = key.rpartition("|")[0]
        days = [f.day for f in known if f.area == area and f.round_key.startswith(like + "|")]
        before = max((d for d in days if np.datetime64(d) < np.datetime64(day)), default=None, key=np.datetime64)
        n_days = 999 if before is None else int((np.datetime64(day) - np.datetime64(before)).astype(int))
        if n_days <= 190:
            then = next(f.round_key for f in known if f.day == before and f.round_key.startswith(like + "|"))
            rates.append((persons(day, key, area) - persons(before, then, area)) / n_days)
    return sum(rates) if rates else None


@given(dense())
@settings(deadline=None, max_examples=200)
def test_it_is_the_formula_read_aloud_and_its_figures_sum_to_it(figures):
    of = panel(World(units=2, months=14, figures=figures))
    values = LAYER.compute(of, LAYER.params(), {})
    for unit, month in np.ndindex(of.shape):
        value = values.value[unit, month]
        expected = by_loops(figures, unit, (FIRST_MONTH + month + 1).astype("datetime64[D]") - 1)
        assert np.isnan(value) if expected is None else value == pytest.approx(expected, abs=1e-9)
        found = explained(of, LAYER.id, unit, month)
        assert found == [] if expected is None else abs(sum(row.contribution for row in found) - value) < 1e-9
        assert (len(found) if expected is None else values.n[unit, month]) == len(found)
