import numpy as np
import pytest

from geo.errors import UsageError
from layers._layer import NO_DATA, OK, STALE
from layers.priority import INGREDIENTS, LAYER, score
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
