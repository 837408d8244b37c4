import numpy as np

from layers._layer import NO_DATA, layers
from layers.population_exposure import SHARE_EXPOSED
from tests.layers.panels import Record, World, explained, measured, panel


def test_the_build_s_figures_are_passed_on_with_their_share_of_residents():
    exposed = np.full((1, 24, 3), (25_000.0, 10_000.0, 60_000.0))
    of = panel(World(exposed=exposed, records=(Record(parts=((0, 0, 1.0),)),)))
    values = measured(of)["population_exposure"]
    assert [values.value[0, 3], values.low[0, 3], values.high[0, 3]] == [25_000, 10_000, 60_000]
    assert values.components[SHARE_EXPOSED][0, 3] == 0.25
    assert values.n[0].tolist() == [1] * 12 + [0] * 12


def test_the_panel_itself_is_left_alone():
    of = panel(World(exposed=np.ones((1, 24, 3)), uncovered={"incidents": (0, slice(0, 5))}))
    measured(of)
    assert (of.exposed == 1).all()


def test_without_residents_or_sources_there_is_no_value():
    of = panel(
        World(
            units=3,
            persons=(np.nan, 10.0, 10.0),
            uncovered={"population": (1, slice(None)), "incidents": (2, slice(None))},
        )
    )
    assert (measured(of)["population_exposure"].status == NO_DATA).all()
    assert explained(of, "population_exposure", 0, 0) == []


def test_the_incidents_of_the_window_are_listed_and_claim_no_part():
    records = (
        Record(parts=((0, 0, 1.0),)),
        Record(parts=((0, 5, 0.25), (0, 6, 0.25))),
        Record(parts=((0, 9, 1.0),)),
        Record(parts=((0, 9, 1.0),), kind="attack_on_health"),
    )
    rows = explained(panel(World(records=records)), "population_exposure", 0, 12)
    assert [(row.record_id, row.share, row.weight, row.contribution) for row in rows] == [
        ("invented:002", 1.0, 0.0, 0.0),
        ("invented:001", 0.5, 0.0, 0.0),
    ]
    assert "once" in layers()["population_exposure"].not_additive
