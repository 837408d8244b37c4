from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers._layer import NO_CATEGORY, NO_DATA, OK
from layers.clusters import LAYER, compute, explain
from tests.layers.panels import Record, World, panel, shuffled, worlds

MONTHS, UNITS = 40, 12
CALM = tuple(Record(parts=((unit, month, 1.0),)) for unit in range(UNITS) for month in range(0, MONTHS, 2))
BURST = tuple(Record(parts=((3, MONTHS - 1 - n % 2, 1.0),)) for n in range(12))
COARSE = (Record(parts=((3, MONTHS - 1, 0.5), (4, MONTHS - 1, 0.5))),)
LATEST = MONTHS - 1


def found(world, **chosen):
    of = panel(world)
    params = LAYER.params(chosen)
    return of, params, compute(of, params, {})


def test_a_burst_in_one_unit_is_a_strong_cluster_there_and_nowhere_else():
    _, _, values = found(World(units=UNITS, months=MONTHS, records=CALM + BURST))
    now = values.value[:, LATEST]
    assert now[3] == 0.001
    assert (now[[0, 6, 7, 8, 9, 10, 11]] > 0.05).all()
    ids = [LAYER.categories[place].id for place in values.category[:, LATEST]]
    assert ids[3] == "strong"
    assert {ids[unit] for unit in (0, 6, 7, 8)} == {"none"}
    assert (values.low[:, LATEST] == now).all()
    assert (values.high[:, LATEST] == now).all()


def test_its_shape_stands_beside_it():
    # the study is the last 36 months, 18 of which have one incident in each unit:
    # C = 12 x 18 + 12 = 228, C_z = 18 + 12 = 30, the last two months hold 12 + 12 = 24, of which unit 3 has 1 + 12 = 13
    _, _, values = found(World(units=UNITS, months=MONTHS, records=CALM + BURST))
    of = {name: matrix[3, LATEST] for name, matrix in values.components.items()}
    assert of["incidents in the cluster"] == values.n[3, LATEST] == 13
    assert of["incidents expected"] == pytest.approx(30 * 24 / 228)
    assert of["observed / expected"] == pytest.approx(13 / (30 * 24 / 228))
    assert (of["months"], of["units in the cluster"], of["radius km"]) == (2, 1, 0)
    assert of["incidents left out"] == 0


def test_a_cluster_may_cover_units_without_incidents():
    # the circle of 40 km round unit 2 reaches unit 4, hence unit 3 and, on the other side, 0 and 1
    two = tuple(Record(parts=((unit, LATEST, 1.0),)) for unit in (2, 4) for _ in range(6))
    calm = tuple(record for record in CALM if record.parts[0][0] in (2, 4, *range(7, UNITS)))
    _, _, values = found(World(units=UNITS, months=MONTHS, records=calm + two))
    assert values.value[:, LATEST].tolist()[:5] == [0.001] * 5
    assert values.components["units in the cluster"][3, LATEST] == 5
    assert values.components["radius km"][3, LATEST] == 40
    assert values.n[3, LATEST] == 12


def test_incidents_of_which_no_unit_and_month_holds_more_than_half_are_left_out_and_counted():
    without = found(World(units=UNITS, months=MONTHS, records=CALM + BURST))[2]
    of, params, values = found(World(units=UNITS, months=MONTHS, records=CALM + BURST + COARSE * 5))
    np.testing.assert_array_equal(values.value, without.value)
    assert values.components["incidents left out"][[3, 4, 5], LATEST].tolist() == [2.5, 2.5, 0]
    assert len(explain(of, params, {}, 3, LATEST)) == 13


def test_the_records_behind_it_are_those_in_its_cylinder():
    of, params, values = found(World(units=UNITS, months=MONTHS, records=CALM + BURST))
    rows = explain(of, params, {}, 3, LATEST)
    assert len(rows) == values.n[3, LATEST]
    assert {(row.share, row.weight, row.contribution) for row in rows} == {(1.0, 0.0, 0.0)}
    assert {row.date for row in rows} == {"2023-03-01", "2023-04-01"}
    assert "no sum" in LAYER.not_additive
    assert explain(of, params, {}, 3, 5) == []


def test_a_unit_in_no_cluster_has_p_1_and_no_records():
    of, params, values = found(World(units=UNITS, months=MONTHS, records=BURST))
    lone = int(np.flatnonzero(values.value[:, LATEST] == 1)[0])
    assert values.n[lone, LATEST] == 0
    assert explain(of, params, {}, lone, LATEST) == []


def test_only_the_newest_months_that_incidents_cover_are_mapped():
    ends = {"incidents": (slice(None), slice(38, 40))}
    _, _, values = found(World(units=UNITS, months=MONTHS, records=CALM, uncovered=ends), months_mapped=3)
    assert np.flatnonzero((values.status == OK).all(axis=0)).tolist() == [35, 36, 37]
    assert (values.status[:, [0, 34, 38, 39]] == NO_DATA).all()
    assert ((values.category == NO_CATEGORY) == (values.status == NO_DATA)).all()


def test_a_month_needs_a_year_of_study_and_a_unit_that_was_covered_all_along():
    _, _, short = found(World(units=2, months=14))
    assert np.flatnonzero((short.status == OK).all(axis=0)).tolist() == [11, 12, 13]
    gap = {"incidents": (slice(4, 5), slice(20, 21))}
    _, _, values = found(World(units=UNITS, months=MONTHS, records=CALM + BURST, uncovered=gap))
    assert (values.status[:, LATEST] == NO_DATA).tolist() == [unit == 4 for unit in range(UNITS)]
    assert (values.components["incidents in the cluster"][3, LATEST]) == 13


def test_neither_the_order_of_records_nor_earlier_months_of_the_panel_change_anything():
    of, params, values = found(World(units=UNITS, months=MONTHS, records=CALM + BURST + COARSE))
    again = compute(shuffled(of, 5), params, {})
    np.testing.assert_array_equal(values.value, again.value)
    np.testing.assert_array_equal(values.category, again.category)
    fewer = compute(of, LAYER.params({"months_mapped": 2}), {})
    np.testing.assert_array_equal(fewer.value[:, -2:], values.value[:, -2:])


def test_what_another_provider_reports_is_not_counted():
    _, _, values = found(World(units=UNITS, months=MONTHS, records=CALM + BURST))
    beside = tuple(replace(record, provider_rank=1) for record in BURST * 3)
    doubled = found(World(units=UNITS, months=MONTHS, records=CALM + BURST + beside))[2]
    np.testing.assert_array_equal(doubled.value, values.value)


@given(
    worlds(),
    st.sampled_from((12, 120)),
    st.sampled_from((1, 12)),
    st.sampled_from((10, 200)),
    st.sampled_from((1, 60)),
)
@settings(deadline=None, max_examples=40)
def test_at_every_bound_n_is_the_number_of_records_told(world, study, longest, radius, mapped):
    chosen = {"study_months": study, "max_months": longest, "max_radius_km": radius, "months_mapped": mapped}
    of, params, values = found(world, replicates=99, **chosen)
    valued = values.status == OK
    assert valued.any(axis=0).sum() <= mapped
    assert ((values.value[valued] >= 0.01) & (values.value[valued] <= 1)).all()
    for unit, period in np.ndindex(of.shape):
        rows = explain(of, params, {}, unit, period)
        assert len(rows) == len({row.record_id for row in rows}) == values.n[unit, period]
        assert valued[unit, period] or not rows
