"""Every layer is documented, bounded and sourced, whoever adds it."""

import inspect
import re
from itertools import pairwise

import pytest

from geo.errors import UsageError
from layers._layer import NO_CATEGORY, layer, layers
from layers._legend import classes, is_signed
from layers.framework import FRAMEWORK

TEXTS = ("title", "unit_of_value", "shows", "shows_not", "formula", "empty", "reference")
FAMILIES = {"incidents", "other_incidents", "other_counts", "displacement", "sites", "population"}
JARGON = re.compile(r"(?i)\b(perpetrators?|guilty|crimes? (was|were) committed|proves?)\b")


@pytest.fixture(params=sorted(layers()))
def one(request):
    return layers()[request.param]


def test_it_says_what_it_is(one):
    assert layer(one.id) is one
    assert all(getattr(one, text).strip() for text in TEXTS)
    assert all(len(text) > 60 and text.endswith(".") for text in (one.shows, one.shows_not, one.empty))


def test_it_says_where_it_comes_from(one):
    assert re.search(r"doi:10\.\d{4,}/\S+|\bS/\d{4}/\d+|\b[AE]/\S+\d|resolutions? \d+ \(\d{4}\)", one.reference)


def test_its_parameters_have_bounds_and_units(one):
    assert len({p.name for p in one.parameters}) == len(one.parameters)
    for parameter in one.parameters:
        assert parameter.low <= parameter.default <= parameter.high
        assert parameter.low < parameter.high
        assert parameter.unit
        assert parameter.meaning
    assert one.params() == {p.name: p.default for p in one.parameters}


def test_its_parameters_cannot_leave_their_bounds(one):
    for parameter in one.parameters:
        with pytest.raises(UsageError, match=parameter.name):
            one.params({parameter.name: parameter.high + 1})
    with pytest.raises(UsageError, match="has no parameter 'nonsense'"):
        one.params({"nonsense": 1})


def test_its_risk_factors_are_those_of_the_framework(one):
    numbers = [risk.number for risk in one.risk_factors]
    assert set(numbers) <= set(FRAMEWORK)
    assert len(set(numbers)) == len(numbers) > 0
    assert all(risk.indicator for risk in one.risk_factors)


def test_its_legend_has_fixed_classes_that_can_be_drawn(one):
    colours = [each.colour for each in classes(one)]
    assert all(re.fullmatch(r"#[0-9a-f]{6}", colour) for colour in colours)
    assert len(set(colours)) == len(colours)
    if one.categories:
        assert one.breaks == ()
        assert len(colours) == len(one.categories)
        return
    assert one.breaks
    assert all(a < b for a, b in pairwise(one.breaks))
    signed = is_signed(one)
    assert signed == (one.breaks[0] < 0)
    assert len(colours) == len(one.breaks) + (1 if signed else 2)


def test_its_categories_can_be_told_apart(one):
    for of in ("id", "words", "colour"):
        assert len({getattr(each, of) for each in one.categories}) == len(one.categories) < NO_CATEGORY
    assert all(re.fullmatch(r"[a-z0-9_]+", each.id) and each.words.strip() for each in one.categories)


def test_what_can_be_changed_on_the_map_is_a_parameter(one):
    assert set(one.live) <= {parameter.name for parameter in one.parameters}
    assert len(set(one.live)) == len(one.live)


def test_its_formula_says_how_the_value_its_band_and_its_number_come_about(one):
    assert re.search(r"\bvalue(\(u, t\))? = ", one.formula)
    assert re.search(r"(?:^|; |\. )low\b.*\bhigh\b", one.formula, re.IGNORECASE)
    assert re.search(r"(?:^|; |\. )n (counts|is) ", one.formula)


def test_parameters_named_in_its_words_are_its_own(one):
    known = {parameter.name for each in layers().values() for parameter in each.parameters}
    named = set(re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b", f"{one.formula} {one.empty}")) & known
    assert named <= {parameter.name for parameter in one.parameters}


def test_it_rests_on_families_and_layers_that_there_are(one):
    assert one.families
    assert set(one.families) <= FAMILIES
    assert set(one.inputs) <= set(layers())


def test_it_accuses_nobody(one):
    assert [text for text in TEXTS if JARGON.search(getattr(one, text))] == []


def test_a_number_of_months_or_draws_that_is_used_whole_cannot_be_said_in_parts(one):
    """change took lag_months = 2.5, said so on the map, and used 2."""
    source = inspect.getsource(inspect.getmodule(one.compute))
    for parameter in one.parameters:
        assert parameter.whole == (f'int(params["{parameter.name}"])' in source)
        if parameter.whole:
            assert one.params({parameter.name: parameter.high}) == one.params({parameter.name: float(parameter.high)})
            with pytest.raises(UsageError, match="whole number"):
                one.params({parameter.name: parameter.low + 0.5})
