"""Values computed anew are computed once for everybody, kept within their room, and those of the map and its drawer."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_pipelines.edition import current
from data_pipelines.live import Kept, Key, everywhere, has_room, on_panel
from data_pipelines.tables import Tier
from geo.errors import UsageError
from layers._layer import NO_CATEGORY, Values, layers, needed
from tests import world

MANY = 100_000_000


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    built = world.built(tmp_path_factory.mktemp("workspace"), tmp_path_factory.mktemp("raw"))
    return current(built.root, Tier.confidential)


def values(units, components=()):
    matrix = np.ones((units, 10))
    return Values(
        matrix, matrix, matrix, matrix.astype(int), matrix.astype(np.uint8), dict.fromkeys(components, matrix)
    )


def key(number, edition):
    return Key(edition.folder, "public", "adm2", "clusters", (("clusters", "bound", float(number)),))


@pytest.mark.parametrize("name", layers())
def test_what_is_kept_is_what_a_layer_computes(edition, name):
    kept, panel = Kept(MANY), edition.panel("adm2")
    first, again = (everywhere(edition, name, "adm2", None, kept) for _ in range(2))
    own = on_panel(edition, name, panel)
    assert list(first) == needed(name) == list(own)
    for layer in first:
        assert again[layer] is first[layer], "computed once"
        for part in ("value", "low", "high", "n", "status"):
            np.testing.assert_array_equal(getattr(first[layer], part), getattr(own[layer], part))
        assert list(first[layer].components) == list(own[layer].components)
        for component in first[layer].components:
            np.testing.assert_array_equal(first[layer].components[component], own[layer].components[component])
            assert first[layer].components[component] is again[layer].components[component]


def test_only_parameters_that_bear_on_a_layer_compute_it_anew(edition):
    kept = Kept(MANY)
    own = everywhere(edition, "priority", "adm2", None, kept)
    slower = everywhere(edition, "priority", "adm2", {"incident_intensity": {"half_life_months": 12}}, kept)
    weighed = everywhere(edition, "priority", "adm2", {"priority": {"weight_civilian_harm": 1}}, kept)
    others = everywhere(edition, "priority", "adm2", {"clusters": {"max_radius_km": 100}}, kept)
    anew = [{name for name in own if other[name] is not own[name]} for other in (slower, weighed, others)]
    assert anew == [{"incident_intensity", "priority"}, {"priority"}, set()]
    assert everywhere(edition, "priority", "adm1", None, kept)["priority"].value.shape != own["priority"].value.shape


def test_threads_that_ask_at_once_are_given_one_answer(edition):
    kept = Kept(MANY)
    asked = [{"incident_intensity": {"half_life_months": 3 + n % 3}} for n in range(24)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda other: everywhere(edition, "emerging_hot_spots", "adm2", other, kept), asked))
    for name in needed("emerging_hot_spots"):
        assert len({id(one[name]) for one in found}) == 3
        assert all(one[name] is found[n % 3][name] for n, one in enumerate(found))


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 6)), max_size=30))
def test_no_more_is_kept_than_there_is_room_for_and_the_newest_always(edition, asked):
    # 10 months of 8 bytes x (5 + 2 components): a unit takes 560 bytes
    kept, sizes = Kept(8 * 560), {}
    for number, units in asked:
        got = kept.put(key(number, edition), values(units, ("one", "other")))
        assert kept.get(key(number, edition)) is got
        sizes.pop(number, None)
        sizes[number] = units
        newest = np.cumsum(list(sizes.values())[::-1])
        there = [n for n, total in zip(list(sizes)[::-1], newest, strict=True) if total <= 8]
        sizes = {n: size for n, size in sizes.items() if n in there}
        assert [kept.get(key(n, edition)) is not None for n in range(7)] == [n in sizes for n in range(7)]
        for n in sizes:  # asking for all of them made the last one asked for the newest
            assert kept.get(key(n, edition)) is not None


def test_what_was_asked_for_lately_stays(edition):
    kept = Kept(3 * 10 * 8 * 5)
    for number in range(3):
        kept.put(key(number, edition), values(1))
    kept.get(key(0, edition))
    kept.put(key(3, edition), values(1))
    assert [kept.get(key(n, edition)) is not None for n in range(4)] == [True, False, True, True]


def test_what_is_larger_than_all_room_is_returned_and_nothing_goes_for_it(edition):
    kept, large = Kept(10 * 8 * 5), values(2)
    kept.put(key(0, edition), values(1))
    assert kept.put(key(1, edition), large) is large
    assert kept.get(key(0, edition)) is not None
    assert kept.get(key(1, edition)) is None


@pytest.mark.parametrize(("name", "parameter"), [(name, one.live[0]) for name, one in layers().items() if one.live])
def test_a_value_opened_with_other_parameters_is_that_of_the_map(edition, name, parameter):
    own = edition.parameters(name)[parameter]
    bounds = next(one for one in layers()[name].parameters if one.name == parameter)
    asked = {name: {parameter: (own + bounds.high) / 2}}
    shown, panel = edition.live(name, "adm2", asked), edition.panel("adm2")
    for unit, month in np.ndindex(panel.shape):
        if month % 5 or np.isnan(shown.value[unit, month]):
            continue
        told = edition.explain(name, "adm2", panel.ids[unit], edition.periods()[month], asked)
        assert (told["value"], told["low"], told["high"], told["n"]) == tuple(
            getattr(shown, part)[unit, month] for part in ("value", "low", "high", "n")
        )
        place = NO_CATEGORY if shown.category is None else shown.category[unit, month]
        assert told["category"] == (None if place == NO_CATEGORY else layers()[name].categories[place].id)


@pytest.mark.parametrize("name", layers())
def test_room_for_a_layer_is_room_for_all_that_it_is_made_of(edition, name):
    kept = Kept(MANY)
    assert has_room(edition, name, "adm2", kept)
    found = everywhere(edition, name, "adm2", None, kept)
    taken = sum((5 + len(one.components)) * one.value.nbytes for one in found.values())
    assert not has_room(edition, name, "adm2", Kept(taken - 1))


def test_units_that_are_opened_do_not_push_out_the_panel_of_all(edition):
    whole, ids = edition.panel("cell"), edition.units("cell")["id"]
    for unit_id in ids[:20]:
        edition.panel("cell", unit_id)
    assert edition.panel("cell") is whole


def test_a_layer_without_chances_says_so(edition):
    with pytest.raises(UsageError, match="Layer 'population_exposure' has no chances"):
        edition.chance("population_exposure", "adm2", 1.0)
