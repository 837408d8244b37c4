import numpy as np
import pytest

from layers._layer import NO_DATA, OK
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


def test_whole_numbers_come_from_exact_places_and_have_no_band():
    values = threat(Record(near=((0, 0, "health", 1.25), (0, 1, "health", 0.75))))
    np.testing.assert_array_equal(values.low, values.value)
    np.testing.assert_array_equal(values.high, values.value)


def test_chances_have_a_band_that_ends_at_all_sites_of_the_unit():
    values = threat(Record(near=((0, 0, "health", 1.5),)), n_sites=(3,))
    half = 1.6449 * np.sqrt(1.5 * (1 - 1.5 / 3))
    assert values.low[0, 0] == pytest.approx(1.5 - half)
    assert values.high[0, 0] == pytest.approx(1.5 + half)
    many = threat(*[Record(near=((0, 0, "health", 0.9),))], n_sites=(1,))
    assert many.high[0, 0] == pytest.approx(1)


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
