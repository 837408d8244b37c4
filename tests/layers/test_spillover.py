"""Violence across the border: what counts, by how far and how long ago, by hand and against a sum over all pairs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers._border import seen, weights
from layers._draws import DRAWS, Sum, certain_sum, draws_by_month, ends
from layers._layer import NO_DATA, OK, layer
from layers._panel import Near
from layers._surroundings import counted_parts
from layers.spillover import ACROSS, OWN
from tests.layers.panels import Record, World, explained, panel, records

SPILLOVER = layer("spillover")
IN_XDN = ACROSS.format("XDN")


def row_of(countries, world, gap_km=40.0):
    """Return the panel of units in a row, of these countries; each touches the next, with a gap to the one after."""
    of, n = panel(replace(world, units=len(countries))), len(countries)
    unit, other = np.nonzero(~np.eye(n, dtype=bool))
    dist_m = 1000.0 * gap_km * (np.abs(unit - other) - 1)
    kept = dist_m <= 200_000
    return replace(of, iso3=np.array(countries, object), near=Near(unit[kept], other[kept], dist_m[kept].astype(float)))


def measured(of, **params):
    return SPILLOVER.compute(of, SPILLOVER.params(params), {})


def exact(unit, month):
    return Record(parts=((unit, month, 1.0),))


class TestByHand:
    """Units 0 and 1 are in XDM, 2 and 3 in XDN: 1 touches 2, is 40 km from 3, and 0 is 40 and 80 km from them."""

    of = row_of(["XDM", "XDM", "XDN", "XDN"], World(months=13, records=(exact(2, 0), exact(3, 6), exact(1, 6))))

    def test_an_incident_counts_by_distance_and_time(self):
        value = measured(self.of).value
        assert value[1, [0, 6, 12]] == pytest.approx([1, 0.5 + 2**-0.8, 0.25 + 2**-1.8], rel=1e-12)
        assert value[0, [0, 6, 12]] == pytest.approx([2**-0.8, 2**-1.8 + 2**-1.6, 2**-2.8 + 2**-2.6], rel=1e-12)
        assert value[2, [0, 6, 12]] == pytest.approx([0, 1, 0.5], rel=1e-12)

    def test_the_own_country_stands_beside(self):
        own = measured(self.of).components[OWN]
        assert own[0, [5, 6]] == pytest.approx([0, 1])
        assert own[1, 6] == 0
        assert own[2, 6] == pytest.approx(1)
        assert own[3, 6] == pytest.approx(0.5)

    def test_halving_faster_with_distance_and_a_shorter_reach_count_less(self):
        assert measured(self.of, distance_half_km=20).value[0, 0] == pytest.approx(0.25)
        near = measured(self.of, reach_km=30)
        assert near.value[1, 6] == pytest.approx(0.5)
        assert near.status[:, 0].tolist() == [NO_DATA, OK, OK, NO_DATA]

    def test_exactly_at_the_reach_counts(self):
        assert measured(self.of, reach_km=40).value[0, 0] == pytest.approx(2**-0.8)

    def test_n_counts_the_incidents_of_the_last_two_half_lives(self):
        assert measured(self.of).n[1].tolist() == [1] * 6 + [2] * 6 + [1]
        assert measured(self.of, half_life_months=3).n[1].tolist() == [1] * 12 + [0]

    def test_explain_names_each_incident_with_its_distance_and_age(self):
        rows = explained(self.of, "spillover", 1, 6)
        assert [row.record_id for row in rows] == ["invented:001", "invented:000"]
        assert [row.weight for row in rows] == pytest.approx([2**-0.8, 0.5])
        assert [row.share for row in rows] == [1, 1]


def test_an_incident_that_may_lie_on_either_side_counts_with_its_share_on_the_other():
    of = row_of(
        ["XDM", "XDN", "XDN"], World(months=1, records=(Record(parts=((0, 0, 0.5), (1, 0, 0.25), (2, 0, 0.25))),))
    )
    found = measured(of)
    assert found.value[:, 0] == pytest.approx([0.25 + 0.25 * 2**-0.8, 0.5, 0.5 * 2**-0.8])
    assert found.n[:, 0].tolist() == [1, 1, 1]
    assert (found.low[:, 0] == 0).all()
    assert found.high[:, 0] == pytest.approx(
        [1, 1, 2**-0.8]
    )  # wholly in the unit that touches, in over a tenth of draws
    (row,) = explained(of, "spillover", 0, 0)
    assert row.share == 0.5
    assert row.weight == pytest.approx((1 + 2**-0.8) / 2)


def test_a_record_is_drawn_on_one_side_only():
    """A value above a half needs the incident in the unit across the border: its chance is the part of such draws."""
    of = row_of(["XDM", "XDN"], World(months=1, records=(Record(parts=((0, 0, 0.375), (1, 0, 0.625))),)))
    here, there = SPILLOVER.chance(of, SPILLOVER.params(), {}, 0.5)[:, 0]
    assert here + there == 1
    assert here * DRAWS == round(here * DRAWS)
    assert here == pytest.approx(0.625, abs=0.2)


def test_each_border_has_its_own_part():
    of = row_of(["XDN", "XDM", "XDO"], World(months=1, records=(exact(0, 0), exact(2, 0), exact(2, 0))))
    found = measured(of)
    assert found.value[1, 0] == 3
    assert set(found.components) == {OWN, *(ACROSS.format(iso3) for iso3 in ("XDM", "XDN", "XDO"))}
    assert found.components[IN_XDN][:, 0] == pytest.approx([np.nan, 1, 2**-0.8], nan_ok=True)
    assert found.components[ACROSS.format("XDO")][:, 0] == pytest.approx([2 * 2**-0.8, 2, np.nan], nan_ok=True)
    assert found.components[OWN][1, 0] != found.components[OWN][1, 0]


class TestCoverage:
    def test_without_another_country_within_reach_there_is_no_data_and_it_says_what_to_do(self):
        found = measured(row_of(["XDM"] * 3, World(months=2, records=(exact(0, 0),))))
        assert (found.status == NO_DATA).all()
        assert (found.n == 0).all()
        assert "no unit of another mapped country lies within reach" in SPILLOVER.empty

    def test_whether_the_own_country_is_covered_makes_no_difference(self):
        world = World(months=2, records=(exact(1, 0),), uncovered={"incidents": (slice(0, 1), slice(0, 2))})
        found = measured(row_of(["XDM", "XDN"], world))
        assert found.status.tolist() == [[OK, OK], [NO_DATA, NO_DATA]]
        assert found.value[0, 0] == 1

    def test_of_two_countries_the_one_that_is_covered_counts_alone(self):
        """XDN ends with the first month: what happened there is known no longer, nor decays it as if it were."""
        world = World(
            months=2,
            records=(exact(0, 0), exact(2, 0), exact(2, 1)),
            uncovered={"incidents": (slice(0, 1), slice(1, 2))},
        )
        of = row_of(["XDN", "XDM", "XDO"], world)
        found = measured(of)
        assert found.value[1] == pytest.approx([2, 1 + 2 ** (-1 / 6)])
        assert found.n[1].tolist() == [2, 2]
        assert np.isnan(found.components[IN_XDN][1, 1])
        assert [row.record_id for row in explained(of, "spillover", 1, 1)] == ["invented:002", "invented:001"]

    def test_the_band_forgets_a_country_with_its_coverage(self):
        either = Record(parts=((0, 0, 0.5), (1, 0, 0.5)))
        world = World(months=3, records=(either,), uncovered={"incidents": (slice(0, 1), slice(1, 2))})
        found = measured(row_of(["XDN", "XDM", "XDO"], world))
        assert found.high[1] == pytest.approx([1, 0, 2 ** (-2 / 6)])


@st.composite
def borders(draw):
    """Draw a row of up to 7 units of up to three countries, with records and a gap in what is covered."""
    countries = draw(st.lists(st.sampled_from(("XDM", "XDN", "XDO")), min_size=2, max_size=7))
    months = draw(st.integers(1, 20))
    gap = (slice(0, draw(st.integers(0, 2))), slice(draw(st.integers(0, months)), draw(st.integers(0, months))))
    found = tuple(draw(st.lists(records(len(countries), months), max_size=8)))
    world = World(months=months, records=found, uncovered={"incidents": gap})
    return row_of(countries, world, draw(st.sampled_from((5.0, 37.5, 60.0))))


@given(borders(), st.sampled_from((1.0, 6.0, 17.5)), st.sampled_from((10.0, 90.0, 200.0)), st.sampled_from((5.0, 50.0)))
@settings(max_examples=100, deadline=None)
def test_value_parts_and_rows_are_the_sum_over_all_pairs(of, half_life, reach_km, half_km):
    params = SPILLOVER.params({"half_life_months": half_life, "reach_km": reach_km, "distance_half_km": half_km})
    found = SPILLOVER.compute(of, params, {})
    covered, kinds = of.covered["incidents"], ("state_based", "non_state", "one_sided")
    counts = np.isin(of.incidents.kind.astype(str), kinds) & (of.incidents.provider_rank == 0)
    parts = [
        p for p in zip(of.shares.record, of.shares.unit, of.shares.period, of.shares.share, strict=True) if counts[p[0]]
    ]
    names = [name for name in found.components if name != OWN]
    for unit, month in np.ndindex(of.shape):
        beside = {
            int(b): 2 ** (-d / 1000 / half_km)
            for a, b, d in zip(of.near.unit, of.near.other, of.near.dist_m, strict=True)
            if a == unit and of.iso3[b] != of.iso3[unit] and d <= 1000 * reach_km and covered[b, month]
        }
        if not beside:
            assert found.status[unit, month] == NO_DATA
            continue
        terms = [
            (r, s * beside[u] * 2 ** ((m - month) / half_life)) for r, u, m, s in parts if u in beside and m <= month
        ]
        value = sum(term for _, term in terms)
        assert found.value[unit, month] == pytest.approx(value, abs=1e-9)
        assert np.nansum([found.components[name][unit, month] for name in names]) == pytest.approx(value, abs=1e-9)
        rows = SPILLOVER.explain(of, params, {}, unit, month)
        assert sum(row.contribution for row in rows) == pytest.approx(value, abs=1e-9)
        assert {row.record_id for row in rows} == {str(of.incidents.id[r]) for r, _ in terms}
        window = month - int(np.ceil(2 * half_life))
        recent = {(r, covered[u].tobytes()) for r, u, m, _ in parts if u in beside and window < m <= month}
        assert found.n[unit, month] == len(recent)


@given(borders())
@settings(max_examples=50, deadline=None)
def test_the_band_is_that_of_the_draws_of_all_units_summed_by_weight(of):
    found, covered = measured(of), of.covered["incidents"]
    abroad = of.iso3[of.near.unit] != of.iso3[of.near.other]
    around = weights(of, abroad, SPILLOVER.params()["reach_km"], SPILLOVER.params()["distance_half_km"]).toarray()
    one = np.ones(len(of.incidents.id))
    what = Sum(counted_parts(of), one, of.incidents.id, SPILLOVER.params()["half_life_months"], of.shape)
    sure = certain_sum(what)
    for month, drawn in enumerate(draws_by_month(what)):
        draws = np.repeat(sure[:, month, None], DRAWS, axis=1)
        draws[drawn.units] += drawn.total
        low, high = ends(around @ (draws * covered[:, month, None]))
        value, valued = found.value[:, month], found.status[:, month] == OK
        np.testing.assert_allclose(found.low[valued, month], np.minimum(low, value)[valued], atol=1e-9)
        np.testing.assert_allclose(found.high[valued, month], np.maximum(high, value)[valued], atol=1e-9)


@given(borders(), st.integers(0, 2))
@settings(max_examples=50, deadline=None)
def test_chances_and_band_are_of_the_same_draws(of, at):
    """Above the upper end lie fewer than five of 99 draws, and below the lower end no more than that."""
    found = measured(of)
    unit = min(at, len(of.ids) - 1)
    for month in range(of.shape[1]):
        if found.status[unit, month] != OK:
            continue
        high, low = found.high[unit, month], found.low[unit, month]
        assert SPILLOVER.chance(of, SPILLOVER.params(), {}, high + 1e-9)[unit, month] < 5 / DRAWS
        assert SPILLOVER.chance(of, SPILLOVER.params(), {}, low - 1e-9)[unit, month] > 94 / DRAWS


def test_weights_are_of_pairs_within_reach_alone():
    of = row_of(["XDM", "XDN", "XDN"], World(months=1))
    around = weights(of, of.iso3[of.near.unit] != of.iso3[of.near.other], 30, 50)
    assert around.toarray().tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    assert seen(around, np.array([[True], [False], [True]])).tolist() == [[False], [True], [False]]
