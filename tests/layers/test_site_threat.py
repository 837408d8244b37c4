import numpy as np
import pytest

from layers._layer import NO_DATA, OK, layers
from tests.layers.panels import Record, World, explained, measured, panel


def threat(*records, **world):
    return measured(panel(World(records=records, **world)))["site_threat"]


def test_pairs_of_site_and_incident_decay_and_add_up():
    two = Record(near=((0, 0, "health", 2.0), (0, 0, "worship", 1.0)))
    values = threat(two, Record(near=((0, 6, "health", 1.0),)))
    assert values.value[0, 0] == 3
    assert values.value[0, 6] == pytest.approx(2.5)
    assert values.components["health"][0, 6] == pytest.approx(2)
    assert values.components["worship"][0, 6] == pytest.approx(0.5)
    assert values.n[0, [0, 6]].tolist() == [1, 2]


def test_exact_places_have_no_band():
    values = threat(Record(near=((0, 0, "health", 1.25), (0, 1, "health", 0.75))))
    np.testing.assert_array_equal(values.low, values.value)
    np.testing.assert_array_equal(values.high, values.value)


def test_an_incident_is_near_sites_that_stand_together_or_near_none():
    values = threat(Record(near=((0, 0, "health", 1.0), (0, 0, "worship", 0.5)), near_chance=0.25))
    assert [values.low[0, 0], values.value[0, 0], values.high[0, 0]] == [0, 1.5, 6]
    assert [values.low[0, 6], values.high[0, 6]] == pytest.approx([0, 3])


def test_the_months_of_an_incident_are_drawn_as_one_and_its_units_each_by_itself():
    of = panel(World(units=2, records=(
        Record(near=((0, 0, "health", 0.25), (0, 1, "health", 0.25), (1, 0, "health", 0.75)), near_chance=0.5),
    )))  # fmt: skip
    layer = layers()["site_threat"]
    chance = layer.chance(of, layer.params(), {}, 0.4)
    assert chance[0, 0] == chance[0, 1] == chance[1, 0] == pytest.approx(0.5, abs=0.15)
    values = measured(of)["site_threat"]
    assert values.high[:, 0].tolist() == [0.5, 1.5]
    assert values.high[0, 1] == pytest.approx(0.5 * 2 ** (-1 / 6) + 0.5)


def test_a_unit_without_a_listed_site_is_0_and_a_country_without_a_list_is_no_data():
    values = threat(units=2, n_sites=(0, 0), uncovered={"sites": (1, slice(None))})
    assert values.status[0].tolist() == [OK] * 24
    assert (values.value[0] == 0).all()
    assert values.status[1].tolist() == [NO_DATA] * 24


def test_an_attack_from_another_provider_is_not_counted_again():
    assert (threat(Record(kind="attack_on_health", near=((0, 0, "health", 1.0),))).value == 0).all()


def test_the_rows_say_how_many_sites_are_expected_near():
    of = panel(World(records=(Record(near=((0, 0, "health", 0.5), (0, 0, "education", 2.0))),)))
    (row,) = explained(of, "site_threat", 0, 6)
    assert row.table == "incidents"
    assert row.share == 2.5
    assert row.weight == pytest.approx(0.5)
