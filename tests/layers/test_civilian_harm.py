import numpy as np
import pytest
from scipy import stats

from layers._harm import deaths
from layers._layer import NO_DATA, layers
from layers.civilian_harm import NO_FIGURE, PER_RESIDENTS
from tests.layers.panels import Record, World, explained, measured, panel

HERE = ((0, 0, 1.0),)


def harm(*records, **world):
    return measured(panel(World(records=records, **world)))["civilian_harm"]


def triangular_quantile(chance, low, best, high):
    return stats.triang((best - low) / (high - low), low, high - low).ppf(chance)


def test_deaths_decay_and_carry_their_bounds():
    """Of 99 numbers the 5th smallest is near the 5 % quantile: its rank has a standard error of 2 %."""
    values = harm(Record(parts=HERE, kind="one_sided", deaths=8, deaths_low=6, deaths_high=20))
    assert values.value[0, [0, 6]].tolist() == [8, pytest.approx(4)]
    for month, decay in ((0, 1), (6, 0.5)):
        low, high = values.low[0, month] / decay, values.high[0, month] / decay
        assert triangular_quantile(0.005, 6, 8, 20) < low < triangular_quantile(0.12, 6, 8, 20)
        assert triangular_quantile(0.88, 6, 8, 20) < high < triangular_quantile(0.995, 6, 8, 20)
    assert values.components["one_sided"][0, 0] == 8
    assert values.components["state_based"][0, 0] == 0


def test_places_and_deaths_are_drawn_together():
    """100 incidents, each here or there, of 6 to 20 deaths: worked out from the moments of one of them."""
    somewhere = ((0, 0, 0.5), (1, 0, 0.5))
    values = harm(*[Record(parts=somewhere, deaths=8, deaths_low=6, deaths_high=20)] * 100, units=2)
    mean, variance = (6 + 8 + 20) / 3, (6**2 + 8**2 + 20**2 - 6 * 8 - 6 * 20 - 8 * 20) / 18
    deviation = np.sqrt(100 * (0.5 * (variance + mean**2) - (0.5 * mean) ** 2))
    assert values.value[0, 0] == 400
    assert values.low[0, 0] == 400, "most draws are above the likeliest figures, which the band holds all the same"
    assert values.high[0, 0] == pytest.approx(50 * mean + 1.645 * deviation, abs=0.8 * deviation)


def test_the_chance_is_that_of_draws_above_a_number():
    of = panel(World(records=(Record(parts=HERE, deaths=8, deaths_low=6, deaths_high=20),), units=2, months=2,
                     uncovered={"incidents": (1, 0)}))  # fmt: skip
    layer = layers()["civilian_harm"]
    chance = layer.chance(of, layer.params(), {}, 10.0)
    assert chance[0, 0] == pytest.approx(1 - stats.triang(2 / 14, 6, 14).cdf(10), abs=0.15)
    assert np.isnan(chance[1, 0])
    assert chance[1, 1] == 0
    assert measured(of)["civilian_harm"].status[1, 0] == NO_DATA


def test_an_incident_without_a_figure_counts_0_and_is_noted():
    values = harm(Record(parts=HERE, deaths=np.nan), Record(parts=HERE, deaths=2))
    assert values.value[0, 0] == 2
    assert values.n[0, 0] == 1
    assert values.components[NO_FIGURE][0].tolist() == [1] * 12 + [0] * 12


def test_deaths_that_may_have_been_civilians_widen_the_band_alone():
    of = panel(World(records=(Record(parts=HERE, deaths=0, deaths_low=0, deaths_high=30),)))
    values = measured(of)["civilian_harm"]
    assert [values.low[0, 0], values.value[0, 0]] == [0, 0]
    assert triangular_quantile(0.88, 0, 0, 30) < values.high[0, 0] < triangular_quantile(0.995, 0, 0, 30)
    assert values.n[0, 0] == 0
    assert explained(of, "civilian_harm", 0, 0) == []


def test_a_bound_that_is_missing_or_crosses_is_the_best_figure():
    records = (Record(deaths=5), Record(deaths=5, deaths_low=9, deaths_high=2), Record(deaths=np.nan, deaths_high=4))
    got = deaths(panel(World(records=records)).incidents)
    assert got.low.tolist() == [5, 5, 0]
    assert got.best.tolist() == [5, 5, 0]
    assert got.high.tolist() == [5, 5, 4]


def test_the_rate_needs_residents():
    values = harm(Record(parts=HERE, deaths=3), units=3, persons=(50_000.0, 0.0, np.nan))
    assert values.components[PER_RESIDENTS][0, 0] == 6
    assert np.isnan(values.components[PER_RESIDENTS][1:]).all()
    assert (values.value[1:] == 0).all()
