import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import support
from geo.geodesy import area_km2, distance_m

LEAVES = np.array([shapely.box(30, 10, 31.3, 11), shapely.box(31.3, 10, 32, 11), shapely.box(30, 11, 32, 11.7)])


def peopled(leaves=LEAVES, seed=1):
    atoms = support.atoms_of(leaves)
    persons = np.random.default_rng(seed).gamma(0.3, 1000, len(atoms))
    return support.Atoms(**{**vars(atoms), "persons": persons})


def test_atoms_hold_each_leafs_land_and_lie_in_one_cell():
    atoms = support.atoms_of(LEAVES)
    found = support.sum_by(atoms.leaf, atoms.area_km2, 3)
    assert found == pytest.approx(area_km2(LEAVES), rel=0.001)
    assert set(atoms.cell) == {row * 720 + column for row in (200, 201, 202, 203) for column in (421, 422, 423, 424)}


def test_a_leaf_too_small_to_be_drawn_is_one_atom():
    leaves = np.array([shapely.box(30, 10, 30.5, 10.5), shapely.box(30.5004, 10.2004, 30.5006, 10.2006)])
    atoms = support.atoms_of(leaves)
    assert list(atoms.leaf).count(1) == 1
    assert atoms.area_km2[atoms.leaf == 1] == pytest.approx(area_km2(leaves)[1:])


def test_official_figures_are_met_exactly_where_they_exist():
    atoms = peopled()
    official = np.array([1_000_000.0, np.nan, 5.0])
    persons = support.scaled(atoms.persons, atoms.leaf, official, atoms.area_km2)
    found = support.sum_by(atoms.leaf, persons, 3)
    assert found[[0, 2]] == pytest.approx([1_000_000, 5])
    assert found[1] == pytest.approx(atoms.persons[atoms.leaf == 1].sum())


def test_a_leaf_without_raster_people_is_filled_by_area():
    atoms = support.atoms_of(LEAVES)
    persons = support.scaled(np.zeros(len(atoms)), atoms.leaf, np.array([100.0, 200.0, 300.0]), atoms.area_km2)
    first = atoms.leaf == 0
    assert persons[first] == pytest.approx(100 * atoms.area_km2[first] / atoms.area_km2[first].sum())


def test_group_weights_follow_population_and_sum_to_one():
    atoms = peopled()
    weights = support.group_weights(atoms, atoms.leaf, 3)
    assert np.asarray(weights.sum(axis=1)) == pytest.approx(np.ones(3))
    first = atoms.leaf == 0
    assert weights[[0]].toarray()[0][first] == pytest.approx(atoms.persons[first] / atoms.persons[first].sum())


def test_a_group_with_people_unknown_in_a_part_goes_by_area():
    atoms = peopled()
    atoms = support.Atoms(**{**vars(atoms), "persons": np.where(atoms.leaf == 1, np.nan, atoms.persons)})
    weights = support.group_weights(atoms, (atoms.leaf == 2).astype(np.int64), 2).toarray()
    expected = np.where(atoms.leaf < 2, atoms.area_km2, 0)
    assert weights[0] == pytest.approx(expected / expected.sum())
    assert weights[1] == pytest.approx(
        np.where(atoms.leaf == 2, atoms.persons, 0) / atoms.persons[atoms.leaf == 2].sum()
    )


def test_circles_stay_within_25_km_and_in_their_country():
    atoms = peopled()
    country = np.array([0, 1, 0])
    weights = support.circle_weights(atoms, np.array([31.25]), np.array([10.5]), np.array([0]), country).toarray()[0]
    reached = weights > 0
    assert weights.sum() == pytest.approx(1)
    assert not (reached & (atoms.leaf == 1)).any()
    assert distance_m(31.25, 10.5, atoms.longitude[reached], atoms.latitude[reached]).max() <= support.NEAR_M


def test_overlapping_files_give_land_to_the_smallest_id_as_points_do():
    leaves = np.array([shapely.box(30, 10, 31, 11), shapely.box(30.5, 10, 31.5, 11)])
    atoms = support.atoms_of(leaves)
    assert atoms.longitude[atoms.leaf == 1].min() > 31


def test_a_circle_without_land_of_its_country_is_taken_for_its_leaf():
    leaves = np.array([shapely.box(30, 10, 31, 11), shapely.box(30.2, 10.2, 30.3, 10.3)])
    atoms = peopled(leaves)
    weights = support.circle_weights(
        atoms, np.array([30.7]), np.array([10.7]), np.array([1]), np.array([0, 1])
    ).toarray()[0]
    assert weights.sum() == pytest.approx(1)
    assert set(atoms.leaf[weights > 0]) == {1}


records = st.lists(st.tuples(st.integers(0, 5), st.floats(1e-12, 1e6)), min_size=1, max_size=60)


@given(records)
def test_exact_shares_sum_to_exactly_one_in_any_order(parts):
    record, weight = (np.array(column) for column in zip(*parts, strict=True))
    share = support.exact_shares(record, weight.astype(float))
    for each in set(record):
        mine = share[record == each]
        assert sum(mine) == 1.0
        assert sum(mine[::-1]) == 1.0
    assert (share * support.DENOMINATOR == np.round(share * support.DENOMINATOR)).all()
    whole = support.sum_by(record, weight.astype(float), 6)[record]
    assert np.abs(share - weight / whole).max() <= 1 / support.DENOMINATOR


@given(records, st.randoms())
def test_shuffled_rows_get_the_same_shares_where_weights_differ(parts, random):
    parts = list(dict.fromkeys(parts))
    record, weight = (np.array(column) for column in zip(*parts, strict=True))
    order = np.array(random.sample(range(len(parts)), len(parts)))
    share = support.exact_shares(record, weight.astype(float))
    again = support.exact_shares(record[order], weight[order].astype(float))
    assert np.abs(share[order] - again).max() <= 1 / support.DENOMINATOR


days = st.dates(np.datetime64("1989-01-01").item(), np.datetime64("2030-12-31").item())


@given(st.lists(st.tuples(days, st.integers(0, 400)), min_size=1, max_size=20))
def test_month_shares_are_days_of_the_month_over_all_days(spans):
    start = np.array([s for s, _ in spans], "datetime64[D]")
    end = start + np.array([n for _, n in spans])
    record, month, share = support.month_shares(start, end)
    for i in range(len(spans)):
        assert share[record == i].sum() == pytest.approx(1)
        every_day = np.arange(start[i], end[i] + 1).astype("datetime64[M]")
        months, counts = np.unique(every_day, return_counts=True)
        assert list(month[record == i]) == list(months)
        assert share[record == i] == pytest.approx(counts / counts.sum())
