"""Two providers of incidents beside each other."""

import numpy as np
import pytest

from layers._layer import NO_DATA, OK, layers
from layers.source_agreement import COUNTED, OTHER
from tests.layers.panels import FIRST_MONTH, Record, World, explained, panel

LAYER = layers()["source_agreement"]


def incidents(n, rank, month=0, unit=0):
    return (Record(parts=((unit, month, 1.0),), provider_rank=rank),) * n


def measured(world, **overrides):
    return LAYER.compute(panel(world), LAYER.params(overrides), {})


def at(values, unit=0, period=0):
    return values.value[unit, period], values.low[unit, period], values.high[unit, period], values.n[unit, period]


def test_twice_as_many_by_the_other_is_a_ratio_of_two():
    value, low, high, n = at(measured(World(records=(*incidents(10, 0), *incidents(20, 1)))))
    assert (value, n) == (2, 30)
    assert 1 < low < 2 < high < 4.2


def test_months_that_one_of_them_does_not_cover_are_left_out():
    """The other's file begins in month 3: what the first has before is not held against it."""
    records = (*incidents(5, 0, month=1), *incidents(2, 0, month=4), *incidents(2, 1, month=4))
    values = measured(
        World(
            records=records,
            uncovered={"other_incidents": (slice(None), slice(0, 3)), "other_counts": (slice(None), slice(None))},
        )
    )
    assert values.status[0, :3].tolist() == [NO_DATA] * 3
    assert at(values, period=4)[0] == 1
    assert values.components[COUNTED][0, 4] == 2


def test_the_window_ends_after_its_months():
    records = (*incidents(4, 0, month=0), *incidents(1, 0, month=5), *incidents(2, 1, month=5))
    values = measured(World(records=records), window_months=5)
    assert at(values, period=4)[0] == 0
    assert at(values, period=5)[0] == 2
    assert values.status[0, 10] == NO_DATA


def test_nothing_by_either_is_nothing_to_compare():
    values = measured(World(units=2, records=incidents(3, 0, unit=1)))
    assert values.status[:, 0].tolist() == [NO_DATA, OK]
    assert at(values, unit=1)[:2] == (0, 0)
    assert at(values, unit=1)[2] == pytest.approx(1.71, abs=0.01)  # 3 of 3: the share's upper limit is 1 - 0.05^(1/3)


def test_violence_that_the_counted_provider_does_not_see_stands_out():
    value, low, high, n = at(measured(World(records=incidents(4, 1)), most=50))
    assert (value, high, n) == (50, 50, 4)
    assert low == pytest.approx(0.05 ** (1 / 4) / (1 - 0.05 ** (1 / 4)))


def test_without_a_second_provider_there_is_no_data_anywhere():
    gone = {family: (slice(None), slice(None)) for family in ("other_incidents", "other_counts")}
    assert (measured(World(records=incidents(3, 0), uncovered=gone)).status == NO_DATA).all()


def test_attacks_and_demonstrations_are_not_compared():
    other = (Record(parts=((0, 0, 1.0),), kind=kind, provider_rank=1) for kind in ("demonstration", "attack_on_health"))
    assert at(measured(World(records=(*incidents(1, 0), *other))))[0] == 0


def test_counts_by_area_stand_in_for_incidents_and_say_nothing_of_cells():
    world = World(
        records=incidents(4, 0), counts=((0, 0, 6),), uncovered={"other_incidents": (slice(None), slice(None))}
    )
    of = panel(world)
    values = LAYER.compute(of, LAYER.params(), {})
    assert at(values)[0] == 1.5
    assert at(values)[3] == 10
    assert (values.components[OTHER][0, :12] == 6).all()
    object.__setattr__(of, "unit", "cell")
    assert (LAYER.compute(of, LAYER.params(), {}).status == NO_DATA).all()


def test_the_records_of_both_are_listed_with_their_share_and_no_contribution():
    records = (Record(parts=((0, 0, 0.25), (1, 0, 0.75))), *incidents(1, 1, month=3), *incidents(1, 0, month=20))
    rows = explained(panel(World(units=2, records=records, counts=((0, 2, 7),))), "source_agreement", 0, 5)
    assert {(row.record_id, row.share, row.contribution) for row in rows} == {
        ("invented:000", 0.25, 0.0), ("invented:001", 1.0, 0.0), ("count:000", 7.0, 0.0),
    }  # fmt: skip
    assert {row.date for row in rows if row.table == "reported_counts"} == {f"{FIRST_MONTH + 2}-01"}


def test_other_layers_count_one_provider_alone():
    one, both = World(records=incidents(3, 0)), World(records=(*incidents(3, 0), *incidents(5, 1)))
    for name in ("incident_intensity", "civilian_harm", "site_threat", "population_exposure"):
        found = [layers()[name].compute(panel(world), layers()[name].params(), {}) for world in (one, both)]
        np.testing.assert_array_equal(found[0].value, found[1].value)
        np.testing.assert_array_equal(found[0].n, found[1].n)
