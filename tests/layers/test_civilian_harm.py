import numpy as np
import pytest

from layers.civilian_harm import NO_FIGURE, PER_RESIDENTS, deaths
from tests.layers.panels import Record, World, explained, measured, panel

HERE = ((0, 0, 1.0),)


def harm(*records, **world):
    return measured(panel(World(records=records, **world)))["civilian_harm"]


def test_deaths_decay_and_carry_their_bounds():
    values = harm(Record(parts=HERE, kind="one_sided", deaths=8, deaths_low=6, deaths_high=20))
    assert [values.low[0, 0], values.value[0, 0], values.high[0, 0]] == [6, 8, 20]
    assert [values.low[0, 6], values.value[0, 6], values.high[0, 6]] == pytest.approx([3, 4, 10])
    assert values.components["one_sided"][0, 0] == 8
    assert values.components["state_based"][0, 0] == 0


def test_the_bounds_of_place_and_of_deaths_meet():
    """Low is the lower end of the place if the fewest died, high the upper end if the most did."""
    somewhere = ((0, 0, 0.5), (1, 0, 0.5))
    values = harm(*[Record(parts=somewhere, deaths=8, deaths_low=6, deaths_high=20)] * 100, units=2)
    assert values.value[0, 0] == 400
    assert values.low[0, 0] == pytest.approx(300 - 1.6449 * 6 * 5)
    assert values.high[0, 0] == pytest.approx(1000 + 1.6449 * 20 * 5)


def test_an_incident_without_a_figure_counts_0_and_is_noted():
    values = harm(Record(parts=HERE, deaths=np.nan), Record(parts=HERE, deaths=2))
    assert values.value[0, 0] == 2
    assert values.n[0, 0] == 1
    assert values.components[NO_FIGURE][0].tolist() == [1] * 12 + [0] * 12


def test_deaths_that_may_have_been_civilians_widen_the_band_alone():
    of = panel(World(records=(Record(parts=HERE, deaths=0, deaths_low=0, deaths_high=30),)))
    values = measured(of)["civilian_harm"]
    assert [values.low[0, 0], values.value[0, 0], values.high[0, 0]] == [0, 0, 30]
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
