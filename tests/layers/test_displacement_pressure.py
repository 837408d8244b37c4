import numpy as np
import pytest

from layers._layer import NO_DATA, NOT_ASSESSED, OK, STALE
from tests.layers.panels import Figure, World, explained, measured, panel


def pressure(*figures, **world):
    return measured(panel(World(figures=figures, **world)))["displacement_pressure"]


def test_the_newest_round_holds_until_the_next():
    values = pressure(
        Figure(0, "2020-03-31", 10_000, round_key="Tracking|BA|1"),
        Figure(0, "2020-06-01", 25_000, round_key="Tracking|BA|2"),
    )
    assert values.value[0, 2:6].tolist() == [0.1, 0.1, 0.1, 0.25]
    assert values.components["displaced persons"][0, 5] == 25_000
    assert values.components["host residents"][0, 5] == 100_000
    assert values.components["months since the round"][0, 2:7].tolist() == [0, 1, 2, 0, 1]


def test_figures_of_one_round_add_up_and_other_operations_are_never_added():
    values = pressure(
        Figure(0, "2020-03-10", 10_000, round_key="Conflict|BA|4"),
        Figure(0, "2020-03-10", 5_000, round_key="Conflict|BA|4"),
        Figure(0, "2020-03-20", 2_000, round_key="Flood|BA|1"),
    )
    assert values.value[0, 2] == 0.02
    assert values.n[0, 2] == 1


def test_of_two_rounds_of_one_day_the_one_that_counted_more_is_shown():
    for order in (1, -1):
        both = (
            Figure(0, "2020-03-10", 9_000, round_key="Crisis|BA|4"),
            Figure(0, "2020-03-10", 4_000, round_key="Crisis|SA|4"),
        )[::order]
        assert pressure(*both).value[0, 2] == 0.09


def test_a_round_before_the_first_month_still_counts():
    values = pressure(Figure(0, "2019-11-30", 1_000), months=8)
    assert values.components["months since the round"][0].tolist() == [2, 3, 4, 5, 6, 7, 8, 9]
    assert values.status[0].tolist() == [OK] * 5 + [STALE] * 3


def test_a_round_of_the_future_is_not_known_yet():
    assert (pressure(Figure(0, "2022-01-01", 1_000)).status == NOT_ASSESSED).all()


def test_an_old_round_is_stale_and_keeps_its_value():
    values = pressure(Figure(0, "2020-01-31", 10_000))
    assert values.status[0].tolist() == [OK] * 7 + [STALE] * 17
    assert (values.value[0] == 0.1).all()


def test_the_age_that_is_too_old_can_be_set():
    of = panel(World(figures=(Figure(0, "2020-01-31", 10_000),)))
    values = measured(of, {"displacement_pressure": {"max_age_months": 1}})["displacement_pressure"]
    assert values.status[0, :4].tolist() == [OK, OK, STALE, STALE]


def test_nobody_found_nobody_went_and_nothing_known_are_three_things():
    values = pressure(
        Figure(0, "2020-06-15", 0),
        Figure(3, "2020-06-15", 70),
        units=4,
        persons=(100.0, 100.0, 100.0, np.nan),
        uncovered={"displacement": (slice(None), slice(0, 5))},
    )
    assert values.status[:, 4].tolist() == [NO_DATA] * 4
    assert values.status[:, 5].tolist() == [OK, NOT_ASSESSED, NOT_ASSESSED, NO_DATA]
    assert values.value[0, 5] == 0
    assert values.n[0, 5] == 1


def test_a_country_once_assessed_stays_assessed_after_its_last_round():
    values = pressure(units=1, uncovered={"displacement": (0, slice(3, 24))})
    assert (values.status == NOT_ASSESSED).all()


def test_a_figure_that_is_shared_out_has_a_band():
    values = pressure(Figure(0, "2020-01-31", 40_000, share=0.25), Figure(0, "2020-01-31", 10_000))
    assert values.value[0, 0] == 0.2
    assert values.low[0, 0] == 0.1, "what lies wholly inside is certain"
    assert values.high[0, 0] == 0.5, "and all of the other area's people may be in the unit"


def test_a_unit_with_a_small_share_of_an_area_has_its_people_in_few_draws():
    values = pressure(Figure(0, "2020-01-31", 40_000, share=2**-8))
    assert [values.low[0, 0], values.value[0, 0], values.high[0, 0]] == [0, 0.4 / 256, 0.4 / 256]


def test_reasons_and_rounds_of_an_area_are_drawn_together_and_areas_apart():
    one = pressure(*[Figure(0, "2020-01-31", 1000, share=0.5, area="XDM01")] * 100)
    many = pressure(*[Figure(0, "2020-01-31", 1000, share=0.5, area=f"XDM{area:03d}") for area in range(100)])
    assert [one.low[0, 0], one.high[0, 0]] == [0, 1]
    assert [many.low[0, 0], many.high[0, 0]] == pytest.approx([0.42, 0.58], abs=0.04)


def test_nine_in_ten_true_stocks_or_more_lie_in_the_band():
    """Where 20 areas share one unit; of fewer, the sum has so few values that the band holds more.

    Seen here: 99.6 % with 1 area, 98.6 % with 3, 91.4 % with 8, 91.0 % with 20. Standard deviations that are added up,
    as if all areas stood or fell together, held 93, 99, 100 and 100 %.
    """
    assert 0.87 <= held(20) <= 0.93
    for areas in (1, 3, 8):
        assert held(areas) >= 0.88


def held(areas, units=1000):
    """Return the part of units, each with areas of its own, whose band holds the true number."""
    rng = np.random.default_rng(17)
    unit = np.repeat(np.arange(units), areas)
    persons, share = rng.integers(100, 20_000, len(unit)), rng.integers(1, 200, len(unit)) / 256
    figures = [
        Figure(int(u), "2020-01-31", float(n), share=s, area=f"XDM{number:06d}")
        for number, (u, n, s) in enumerate(zip(unit, persons, share, strict=True))
    ]
    values = pressure(*figures, units=units, months=1)
    truth = np.bincount(unit, persons * (rng.random(len(unit)) < share)) / 100_000
    return np.mean((values.low[:, 0] <= truth + 1e-9) & (truth - 1e-9 <= values.high[:, 0]))


def test_the_rows_are_the_figures_of_the_round():
    of = panel(
        World(
            figures=(
                Figure(0, "2020-01-31", 40_000, share=0.25, round_key="Tracking|BA|2"),
                Figure(0, "2020-01-30", 20_000, round_key="Tracking|BA|2"),
                Figure(0, "2019-12-31", 70_000, round_key="Tracking|BA|1"),
            )
        )
    )
    rows = explained(of, "displacement_pressure", 0, 3)
    assert [(row.table, row.record_id, row.date, row.share, row.weight) for row in rows] == [
        ("displacement", "figure:001", "2020-01-30", 1.0, 0.2),
        ("displacement", "figure:000", "2020-01-31", 0.25, 0.4),
    ]
