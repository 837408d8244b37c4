"""What every layer promises, on random panels: records sum to values, status rules numbers, order means nothing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers._decay import KINDS as COUNTED
from layers._layer import NO_DATA, NOT_ASSESSED, OK, STALE, layers
from layers._panel import Near
from layers.change import AGEING, NEW
from layers.site_threat import SITE_KINDS
from tests.layers.panels import OURS, World, explained, measured, panel, records, renumbered, shuffled, worlds

ADDITIVE = [name for name in OURS if not layers()[name].not_additive]
PARTS = {"incident_intensity": COUNTED, "civilian_harm": COUNTED, "site_threat": SITE_KINDS, "change": (NEW, AGEING)}


@given(worlds())
@settings(deadline=None, max_examples=50)
def test_contributions_sum_to_every_value(world):
    of = panel(world)
    found = measured(of)
    for name in ADDITIVE:
        for unit, period in np.ndindex(of.shape):
            rows = explained(of, name, unit, period, found)
            value = found[name].value[unit, period]
            assert all(row.contribution == row.share * row.weight for row in rows)
            assert rows == [] if np.isnan(value) else abs(sum(row.contribution for row in rows) - value) < 1e-9


@given(worlds())
@settings(deadline=None, max_examples=50)
def test_status_rules_numbers_and_the_band_holds_the_value(world):
    of = panel(world)
    for name, values in measured(of).items():
        valued = np.isin(values.status, (OK, STALE))
        assert np.isin(values.status, (OK, STALE, NO_DATA, NOT_ASSESSED)).all()
        for matrix in (values.value, values.low, values.high):
            assert matrix.shape == of.shape
            assert (np.isfinite(matrix) == valued).all()
        low, value, high = (m[valued] for m in (values.low, values.value, values.high))
        assert (low >= 0).all() or min(layers()[name].breaks, default=-1) < 0
        assert (low <= value).all()
        assert (value <= high).all()
        assert (values.n >= 0).all()
        assert (values.n[~valued] == 0).all()
        for matrix in values.components.values():
            assert matrix.shape == of.shape
            assert np.isnan(matrix[~valued]).all()


@given(worlds())
@settings(deadline=None, max_examples=50)
def test_components_sum_to_the_value(world):
    found = measured(panel(world))
    for name, kinds in PARTS.items():
        total = sum(found[name].components[kind] for kind in kinds)
        np.testing.assert_allclose(total, found[name].value, rtol=1e-12, atol=1e-12)


@given(worlds(), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=50)
def test_the_order_of_records_changes_nothing_at_all(world, seed):
    before, after = measured(panel(world)), measured(shuffled(panel(world), seed))
    for name in OURS:
        for part in ("value", "low", "high", "n", "status", "category"):
            np.testing.assert_array_equal(getattr(before[name], part), getattr(after[name], part))


@given(worlds(), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=50)
def test_the_order_of_incidents_changes_nothing_but_roundings(world, seed):
    """Panels are loaded in order of id; were they not, even draws would be those of the incidents' own ids."""
    before, after = measured(panel(world)), measured(renumbered(panel(world), seed))
    for name in OURS:
        for part in ("value", "low", "high"):
            one, other = getattr(before[name], part), getattr(after[name], part)
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5, err_msg=f"{part} of {name}")
        for part in ("n", "status", "category"):
            np.testing.assert_array_equal(getattr(before[name], part), getattr(after[name], part))


@given(worlds(), st.data())
@settings(deadline=None, max_examples=50)
def test_one_more_incident_never_lowers_what_is_added_up(world, data):
    more = replace(world, records=(*world.records, data.draw(records(world.units, world.months))))
    before, after = measured(panel(world)), measured(panel(more))
    for name in ("incident_intensity", "civilian_harm", "site_threat", "spillover"):
        assert (np.nan_to_num(after[name].value) >= np.nan_to_num(before[name].value)).all()


@given(worlds())
@settings(deadline=None, max_examples=30)
def test_a_panel_of_one_unit_gives_the_same_rows(world):
    """An edition explains a value from the panel of its unit alone."""
    of, last = panel(world), world.months - 1
    for name in [name for name in ADDITIVE if name != "priority" and not layers()[name].surroundings]:
        for unit in range(world.units):
            assert explained(_alone(of, unit), name, 0, last) == explained(of, name, unit, last)


def _alone(of, unit):
    def only(columns):
        kept = {name: column[columns.unit == unit] for name, column in vars(columns).items()}
        return replace(columns, **kept | {"unit": np.zeros(len(kept["unit"]), np.int64)})

    rows = slice(unit, unit + 1)
    return replace(
        of,
        iso3=of.iso3[rows],
        neighbours=of.neighbours[rows, rows],
        near=Near(of.near.unit[:0], of.near.other[:0], of.near.dist_m[:0]),
        ids=of.ids[rows],
        names=of.names[rows],
        area_km2=of.area_km2[rows],
        persons=of.persons[rows],
        n_sites=of.n_sites[rows],
        exposed=of.exposed[rows],
        shares=only(of.shares),
        site_shares=only(of.site_shares),
        stocks=only(of.stocks),
        reported=only(of.reported),
        covered={family: there[rows] for family, there in of.covered.items()},
    )


@pytest.mark.parametrize("name", OURS)
def test_a_world_where_nothing_happened_is_zero_where_it_is_covered(name):
    values = measured(panel(World(units=2)))[name]
    if name.startswith("displacement_"):
        assert (values.status == NOT_ASSESSED).all()
    elif name in ("source_agreement", "spillover", "emerging_hot_spots"):
        assert (values.status == NO_DATA).all()
    elif name == "change":
        assert (values.status[:, 5:] == OK).all()
        assert (values.value[:, 5:] == 0).all()
    elif name == "clusters":
        assert (values.value[:, -12:] == 1).all()
    else:
        assert (values.status == OK).all()
        assert (values.value == 0).all()


@pytest.mark.parametrize("name", OURS)
def test_a_world_without_units_or_months_has_empty_values(name):
    assert measured(panel(World(units=0)))[name].value.shape == (0, 24)
    assert measured(panel(World(months=0)))[name].value.shape == (1, 0)
