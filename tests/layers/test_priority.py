from dataclasses import replace

import numpy as np
import pytest

from geo.errors import UsageError
from layers._composite import geometric_mean, score
from layers._layer import NO_DATA, OK, STALE
from layers.priority import DIMENSIONS, GEOMETRIC, INGREDIENTS, LAYER
from tests.layers.panels import Figure, Record, World, explained, measured, panel

FOUR = World(
    months=10,
    records=(Record(parts=((0, 0, 1.0),), kind="one_sided", deaths=50, deaths_low=20, deaths_high=400),),
    figures=(Figure(0, "2020-01-31", 50_000),),
    exposed=np.full((1, 10, 3), (30_000.0, 10_000.0, 90_000.0)),
)


def hand_worked(x, most):
    return 10 * np.log(1 + x) / np.log(1 + most)


def test_four_scores_are_averaged():
    values = measured(panel(FOUR))["priority"]
    scores = [hand_worked(1, 20), hand_worked(50, 500), hand_worked(0.5, 1), hand_worked(0.3, 1)]
    assert [values.components[name][0, 0] for name in INGREDIENTS] == pytest.approx(scores)
    assert values.value[0, 0] == pytest.approx(np.mean(scores))
    assert values.n[0, 0] == 4
    assert values.low[0, 0] < values.value[0, 0] < values.high[0, 0]


# A unit of 1,000 km2 and 100,000 residents, worked by hand with INFORM's formulas and bounds by which every logarithm
# is a round part of that of its bound; score = 10 log(1 + x) / log(1 + most):
#   incident_intensity     3 incidents per 1,000 km2,   most 7:      10 log 4 / log 8          = 10 x 2/3 = 6.6667
#   civilian_harm          7 deaths per 100,000,        most 511:    10 log 8 / log 512        = 10 x 1/3 = 3.3333
#   displacement_pressure  1 displaced per resident,    most 3:      10 log 2 / log 4          = 10 x 1/2 = 5
#   population_exposure    0.44 of the residents,       most 0.728:  10 log 1.44 / log 1.728   = 10 x 2/3 = 6.6667
BOUNDS = {
    "most_incident_intensity": 7,
    "most_civilian_harm": 511,
    "most_displacement_pressure": 3,
    "most_population_exposure": 0.728,
}
INFORM = World(
    months=2,
    records=(
        *(Record(parts=((0, 0, 1.0),)),) * 2,
        Record(parts=((0, 0, 1.0),), kind="one_sided", deaths=7, deaths_low=7, deaths_high=7),
    ),
    figures=(Figure(0, "2020-01-31", 100_000),),
    exposed=np.full((1, 2, 3), 44_000.0),
)


def worked(world, **weights):
    values = measured(panel(world), {"priority": BOUNDS | weights})["priority"]
    named = (*INGREDIENTS, *DIMENSIONS, GEOMETRIC)
    return float(values.value[0, 0]), [float(values.components[name][0, 0]) for name in named]


def test_an_example_worked_by_hand():
    # arithmetic means within a dimension: violence = (6.6667 + 3.3333) / 2 = 5, people = (5 + 6.6667) / 2 = 5.8333;
    # geometric mean of the two: 5^(1/2) x 5.8333^(1/2) = 2.2361 x 2.4152 = 5.4006;
    # the value, weighted arithmetic mean of all four: (6.6667 + 3.3333 + 5 + 6.6667) / 4 = 21.6667 / 4 = 5.4167
    value, components = worked(INFORM)
    assert components == pytest.approx([6.6667, 3.3333, 5, 6.6667, 5, 5.8333, 5.4006], abs=5e-5)
    assert value == pytest.approx(5.4167, abs=5e-5)


def test_the_example_with_weights():
    # weights 0.4, 0.2, 0.2, 0.2: violence = (0.4 x 6.6667 + 0.2 x 3.3333) / 0.6 = 3.3333 / 0.6 = 5.5556; people as
    # before; geometric 5.5556^0.6 x 5.8333^0.4 = 2.7984 x 2.0247 = 5.6651; value 3.3333 + 0.2 x 11.6667 = 5.6667
    value, components = worked(
        INFORM,
        weight_incident_intensity=0.4,
        weight_civilian_harm=0.2,
        weight_displacement_pressure=0.2,
        weight_population_exposure=0.2,
    )
    assert components[4:] == pytest.approx([5.5556, 5.8333, 5.6651], abs=1e-3)
    assert value == pytest.approx(5.6667, abs=5e-5)


def test_the_example_where_displacement_was_never_assessed():
    # people is exposure alone, 6.6667; three weights of 0.25 are left: value = 16.6667 / 3 = 5.5556, and the geometric
    # mean has the exponents 0.5 / 0.75 and 0.25 / 0.75: 5^(2/3) x 6.6667^(1/3) = 2.9240 x 1.8821 = 5.5032
    value, components = worked(replace(INFORM, figures=()))
    assert np.isnan(components[2])
    assert components[4:] == pytest.approx([5, 6.6667, 5.5032], abs=5e-5)
    assert value == pytest.approx(5.5556, abs=5e-5)


def test_the_example_where_nobody_is_displaced_or_near():
    # nobody displaced: people = (0 + 6.6667) / 2 = 3.3333, geometric (5 x 3.3333)^(1/2) = 4.0825, value 16.6667 / 4;
    # and nobody near either: the geometric mean is 0, and the value is what violence alone comes to, 10 / 4 = 2.5
    nobody = replace(INFORM, figures=(Figure(0, "2020-01-31", 0),))
    value, components = worked(nobody)
    assert components[4:] == pytest.approx([5, 3.3333, 4.0825], abs=5e-5)
    assert value == pytest.approx(4.1667, abs=5e-5)
    value, components = worked(replace(nobody, exposed=np.zeros((1, 2, 3))))
    assert components[4:] == pytest.approx([5, 0, 0])
    assert value == pytest.approx(2.5)


def test_informs_risk_is_the_cube_root_of_its_three_dimensions():
    three = [(np.array([dimension]), np.array([1.0])) for dimension in (2.0, 4.0, 8.0)]
    assert geometric_mean(three, (1,)) == pytest.approx([4.0])
    assert np.isnan(geometric_mean([(np.array([3.0]), np.array([0.0]))], (1,))).all()


def test_weights_and_bounds_can_be_set():
    chosen = {f"weight_{name}": 0 for name in INGREDIENTS} | {"weight_civilian_harm": 0.5, "most_civilian_harm": 50}
    values = measured(panel(FOUR), {"priority": chosen})["priority"]
    assert values.value[0, 0] == 10
    assert values.n[0, 0] == 1


def test_at_least_one_weight_is_needed():
    none = {f"weight_{name}": 0 for name in INGREDIENTS}
    with pytest.raises(UsageError, match="All weights of layer 'priority' are 0"):
        measured(panel(FOUR), {"priority": none})


def test_a_missing_component_leaves_its_weight_to_the_others():
    values = measured(panel(World(months=3, records=FOUR.records, persons=(np.nan,))))["priority"]
    assert values.n[0, 0] == 1
    assert values.value[0, 0] == pytest.approx(hand_worked(1, 20))
    assert np.isnan(values.components["civilian_harm"]).all()


def test_without_incidents_there_is_no_priority_however_many_are_displaced():
    of = panel(World(figures=FOUR.figures, uncovered={"incidents": (0, slice(0, 3))}))
    found = measured(of)
    assert found["priority"].status[0, :7].tolist() == [NO_DATA] * 3 + [OK] * 4
    assert explained(of, "priority", 0, 0, found) == []


def test_a_stale_component_makes_it_stale():
    assert measured(panel(FOUR))["priority"].status[0].tolist() == [OK] * 7 + [STALE] * 3
    unweighed = {"weight_displacement_pressure": 0}
    assert (measured(panel(FOUR), {"priority": unweighed})["priority"].status == OK).all()


def test_the_rows_are_its_components():
    of = panel(FOUR)
    found = measured(of)
    rows = explained(of, "priority", 0, 0, found)
    assert [(row.table, row.record_id, row.date, row.share) for row in rows] == [
        ("layer_values", name, "2020-01-01", 0.25) for name in INGREDIENTS
    ]
    assert [row.weight for row in rows] == [found["priority"].components[name][0, 0] for name in INGREDIENTS]


def test_values_of_protected_sites_cannot_be_found_out_from_it():
    assert "site_threat" not in LAYER.inputs


def test_scores_run_from_0_to_10():
    value = np.array([[0.0, 1.0, 20.0, 1e9, np.nan]])
    got = score(value, np.array([1.0]), 20)
    assert got[0, [0, 2, 3]].tolist() == pytest.approx([0, 10, 10])
    assert got[0, 1] == pytest.approx(hand_worked(1, 20))
    assert np.isnan(got[0, 4])
