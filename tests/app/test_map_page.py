"""What the map page is made of: charts that show what they are given, a picker that names each layer once, words."""

import json
import math
import re
from dataclasses import replace
from urllib.parse import unquote

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.pages._browser import brief
from app.pages._controls import THEMES, layer_picker, theme
from app.pages._drawer_value import _extent, _reach
from app.pages._sparkline import HEIGHT, LEAST, WIDTH, Point, sparkline
from app.pages._words import component_words, parameter_words, readable
from data_pipelines.edition import current
from data_pipelines.tables import Tier
from layers._layer import Category, layer, layers
from layers._legend import class_of
from tests import world

BOX = re.compile(r'<rect x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)" height="([\d.]+)" fill="([^"]+)"')
NUMBERS = st.floats(-1e6, 1e6) | st.just(math.nan)


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    home = world.built(tmp_path_factory.mktemp("workspace"), tmp_path_factory.mktemp("raw"))
    return current(home.root, Tier.public)


def boxes(points, pointed_out=None):
    """The boxes of a chart: x, y, width, height, colour."""
    svg = unquote(sparkline(points, "words", pointed_out).src)
    return [(*map(float, found[:4]), found[4]) for found in BOX.findall(svg)]


@st.composite
def points(draw):
    value, *ends = draw(NUMBERS), *sorted([draw(NUMBERS), draw(NUMBERS)])
    colour = draw(st.sampled_from(["", "#123456"]))
    return Point(value, *ends, colour)


@given(st.lists(points(), max_size=30))
def test_everything_on_a_chart_is_inside_it(months):
    for x, y, width, height, _ in boxes(months, len(months) - 1):
        assert -0.1 <= x <= x + width <= WIDTH + 1
        assert -0.1 <= y <= y + height <= HEIGHT + 0.11


def test_a_chart_of_numbers_below_zero_says_how_far_down_it_reaches():
    """A month of -43.2 persons a day was drawn over the words 'Up to 0'."""
    assert _reach([math.nan, -43.2]) == "From -43.2 to 0"
    assert _reach([-1.0, 2.0, math.nan]) == "From -1 to 2"
    assert _reach([0.5, math.nan]) == "Up to 0.5"


def test_columns_hang_from_zero_and_stand_on_it():
    below, above = boxes([Point(-3, math.nan, math.nan), Point(1, math.nan, math.nan)])
    assert below[1] == pytest.approx(HEIGHT / 4, abs=0.1)
    assert below[3] == pytest.approx(3 * HEIGHT / 4, abs=0.1)
    assert above[1] == 0
    assert above[3] == pytest.approx(HEIGHT / 4, abs=0.1)


def test_a_band_is_shaded_from_end_to_end():
    column, band = boxes([Point(2, 1, 4)])
    assert column[3] == pytest.approx(HEIGHT / 2, abs=0.1)
    assert band[1] == 0
    assert band[3] == pytest.approx(3 * HEIGHT / 4, abs=0.1)


def test_a_month_of_a_class_is_seen_though_its_number_is_zero():
    (column,) = boxes([Point(0, math.nan, math.nan, "#123456")])
    assert column[3:] == (LEAST, "#123456")


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 0), st.floats(0, 1e9))
def test_bars_stay_in_their_well_and_share_one_zero(number, least, most):
    number = min(max(number, least), most)
    begun, length = (float(text.removesuffix("%")) for text in _extent(number, least, most).values())
    assert 0 <= begun <= begun + length <= 100.11
    zero = begun if number >= 0 else begun + length
    assert zero == pytest.approx(float(_extent(0.0, least, most)["marginInlineStart"].removesuffix("%")), abs=0.11)


def test_the_picker_names_each_layer_once_under_a_heading(edition):
    options = layer_picker(edition, "priority").options
    chosen = [option["value"] for option in options if not option.get("disabled")]
    headings = [option["value"] for option in options if option.get("disabled")]
    assert sorted(chosen) == sorted(layers())
    assert headings == [name for name in THEMES if name in {theme(one) for one in layers().values()}]
    assert options[0] == {"value": THEMES[0], "label": options[0]["label"], "disabled": True}


def test_a_new_layer_finds_its_heading_by_what_it_rests_on():
    like = layer("incident_intensity")
    assert theme(like) == "Violence"
    assert theme(replace(like, families=("incidents", "displacement"))) == "People"
    assert theme(replace(like, families=("incidents", "sites"))) == "Protected sites"
    assert theme(replace(like, categories=(Category("a", "A", "#ffffff"),))) == "Look closer"


def test_what_the_browser_is_told_is_strict_json_that_tells_classes_of_every_kind(edition):
    told = json.loads(json.dumps(brief(edition), allow_nan=False))["layers"]
    assert set(told) == set(layers())
    for one in layers().values():
        found = told[one.id]
        lowers = [c["lower"] for c in found["classes"]]
        assert found["kind"] == (
            "categories" if one.categories else "signed" if one.breaks and one.breaks[0] < 0 else "from_zero"
        )
        assert (lowers[0] is None) == (found["kind"] == "signed")
        assert class_of(np.array(lowers[1:], float), one).tolist() == list(range(1, len(lowers))) or lowers[1] == 0


def test_parts_and_parameters_have_words():
    assert component_words("incident_intensity") == "Incident intensity"
    assert component_words("local Moran I") == "Local Moran I"
    assert component_words("p of the trend") == "p of the trend"
    words = {p.name: parameter_words(p) for one in layers().values() for p in one.parameters if p.name in one.live}
    assert words["half_life_months"] == "Half-life"
    assert words["weight_civilian_harm"] == "Weight of Civilian harm"
    assert all(text[0].isupper() and "_" not in text for text in words.values())


@pytest.mark.parametrize(("value", "words"), [(-0.0001, ">-0.001"), (0.0001, "<0.001"), (-2, "-2"), (None, "–")])
def test_small_numbers_keep_their_sign(value, words):
    assert readable(value) == words
