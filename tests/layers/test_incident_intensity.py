import numpy as np
import pytest

from layers._layer import NO_DATA, OK, layers
from layers.incident_intensity import PER_AREA
from tests.layers.panels import Record, World, explained, measured, panel


def test_half_is_left_after_six_months():
    values = measured(panel(World(records=(Record(parts=((0, 0, 1.0),)),))))["incident_intensity"]
    assert values.value[0, 0] == 1
    assert values.value[0, 6] == pytest.approx(0.5)
    assert values.value[0, 12] == pytest.approx(0.25)
    np.testing.assert_array_equal(values.low, values.value)
    np.testing.assert_array_equal(values.high, values.value)


def test_the_half_life_can_be_set():
    of = panel(World(records=(Record(parts=((0, 0, 1.0),)),)))
    assert measured(of, {"incident_intensity": {"half_life_months": 1}})["incident_intensity"].value[0, 3] == 0.125


def test_an_incident_of_unknown_district_counts_in_each_with_its_chance():
    shared = Record(parts=((0, 0, 0.75), (1, 0, 0.25)))
    values = measured(panel(World(units=2, records=(shared,))))["incident_intensity"]
    assert values.value[:, 0].tolist() == [0.75, 0.25]
    assert values.n[:, 0].tolist() == [1, 1]
    assert values.low[:, 0].tolist() == [0, 0], "it lies, whole, in one of the two"
    assert values.high[:, 0].tolist() == [1, 1]


def test_the_band_is_that_of_places_drawn():
    """Of 400 incidents with chance 1/4 here, 5 % of the draws have at most 86: 8.7 is a standard deviation."""
    values = measured(panel(World(units=2, records=(Record(parts=((0, 0, 0.25), (1, 0, 0.75))),) * 400)))
    found = values["incident_intensity"]
    assert found.value[0, 0] == 100
    assert found.low[0, 0] == pytest.approx(86, abs=7)
    assert found.high[0, 0] == pytest.approx(114, abs=7)
    assert found.low[:, 0].sum() + found.high[::-1, 0].sum() == pytest.approx(800), "what is not here is there"
    np.testing.assert_allclose(found.low[:, 6], found.low[:, 0] / 2, rtol=1e-6)


def test_the_chance_is_that_of_draws_above_a_number():
    records = (Record(parts=((0, 0, 1.0),)), Record(parts=((0, 0, 0.25), (1, 0, 0.75))))
    of = panel(World(units=2, records=records, months=2, uncovered={"incidents": (0, 1)}))
    layer = layers()["incident_intensity"]
    for threshold, here, there in ((0.5, 1, 0.75), (1.5, 0.25, 0), (2.5, 0, 0)):
        chance = layer.chance(of, layer.params(), {}, threshold)
        assert chance[0, 0] == pytest.approx(here, abs=0.15)
        assert chance[1, 0] == pytest.approx(there, abs=0.15)
        assert np.isnan(chance[0, 1])


def test_the_rate_is_per_thousand_square_kilometres():
    values = measured(panel(World(area_km2=(4000.0,), records=(Record(parts=((0, 0, 1.0),)),))))["incident_intensity"]
    assert values.components[PER_AREA][0, 0] == 0.25


def test_attacks_are_left_to_their_own_providers():
    of = panel(World(records=(Record(parts=((0, 0, 1.0),), kind="attack_on_health"),)))
    assert (measured(of)["incident_intensity"].value == 0).all()
    assert explained(of, "incident_intensity", 0, 0) == []


def test_months_that_no_source_covers_have_no_value_but_what_happened_before_is_remembered():
    of = panel(World(records=(Record(parts=((0, 5, 1.0),)),), uncovered={"incidents": (0, slice(0, 8))}))
    values = measured(of)["incident_intensity"]
    assert values.status[0].tolist() == [NO_DATA] * 8 + [OK] * 16
    assert values.value[0, 11] == pytest.approx(0.5)
    assert explained(of, "incident_intensity", 0, 7) == []
    assert len(explained(of, "incident_intensity", 0, 8)) == 1
