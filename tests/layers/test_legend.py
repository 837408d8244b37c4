"""Classes are told apart by everyone, and by their numbers."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.hatch import get_path

from geo.errors import UsageError
from layers._layer import NO_CATEGORY, STATUSES, Category, layers
from layers._legend import PALETTES, SIDES, STATUS_STYLE, ZERO, ZEROS, class_of, classes, is_signed

LAYER = layers()["incident_intensity"]
SIGNED = replace(LAYER, palette="PuOr", breaks=(-100, -10, 10, 100, 1000))
SORTED = replace(LAYER, breaks=(), categories=(Category("up", "More", "#111111"), Category("down", "Fewer", "#eeeeee")))
D65 = np.array([0.95047, 1.0, 1.08883])
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
VISION = {
    "normal": np.eye(3),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
}
"""In linear RGB: Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113, severity 1."""


def lab(colour, vision):
    """Return CIE Lab of an sRGB hex colour as somebody sees it."""
    rgb = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = XYZ @ np.clip(VISION[vision] @ linear, 0, 1) / D65
    f = np.where(seen > 216 / 24389, np.cbrt(seen), (24389 / 27 * seen + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(one, other, vision):
    return float(np.linalg.norm(lab(one, vision) - lab(other, vision)))


def test_lab_is_that_of_known_colours():
    np.testing.assert_allclose(lab("#ffffff", "normal"), [100, 0, 0], atol=0.02)
    np.testing.assert_allclose(lab("#ff0000", "normal"), [53.24, 80.09, 67.20], atol=0.02)


def test_red_and_green_would_not_be_told_apart():
    """ColorBrewer's RdYlGn: the computation sees what the rule is there for."""
    assert apart("#fdae61", "#a6d96a", "normal") > 50
    assert min(apart("#d9ef8b", "#fee08b", vision) for vision in VISION) < 10


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize(("palette", "n"), [(name, n) for name, found in PALETTES.items() for n in range(len(found))])
def test_neighbouring_classes_are_told_apart(palette, vision, n):
    shown = classes(replace(LAYER, palette=palette, breaks=LAYER.breaks[:n]))
    assert all(apart(a.colour, b.colour, vision) > 10 for a, b in pairwise(shown))


@pytest.mark.parametrize("vision", VISION)
def test_higher_classes_are_darker_or_lie_further_from_the_middle(vision):
    for name, palette in PALETTES.items():
        lightness = [lab(colour, vision)[0] for colour in (*([ZEROS[name]] if name in ZEROS else []), *palette)]
        middle = lightness.index(max(lightness)) if name in ZEROS else 0
        assert all(a < b for a, b in pairwise(lightness[: middle + 1]))
        assert all(a > b for a, b in pairwise(lightness[middle:]))


def test_a_ratio_of_about_one_has_the_colour_of_the_middle():
    shown = classes(layers()["source_agreement"])
    assert [c.label for c in shown] == [
        "0", "above 0, under 0.2", "0.2 to under 0.5", "0.5 to under 2", "2 to under 5", "5 or more",
    ]  # fmt: skip
    assert (shown[3].colour, shown[0].colour) == (ZERO, ZEROS["PuOr"])


def test_classes_are_hand_worked():
    few = replace(LAYER, breaks=(0.1, 1000))
    assert [(c.lower, c.upper, c.label) for c in classes(few)] == [
        (0, 0, "0"),
        (0, 0.1, "above 0, under 0.1"),
        (0.1, 1000, "0.1 to under 1,000"),
        (1000, np.inf, "1,000 or more"),
    ]
    assert [c.colour for c in classes(few)] == [ZERO, "#fee8c8", "#fc8d59", "#7f0000"]


@pytest.mark.parametrize(
    ("value", "position"), [(0, 0), (1e-12, 1), (0.0999, 1), (0.1, 2), (29.9, 5), (30, 6), (1e9, 6), (np.nan, -1)]
)
def test_a_value_has_one_class(value, position):
    assert class_of(np.array([[value]]), LAYER).tolist() == [[position]]
    if position >= 0:
        assert classes(LAYER)[position].lower <= value
        assert value <= classes(LAYER)[position].upper


def test_classes_of_a_signed_legend_are_hand_worked():
    assert [(c.lower, c.upper, c.label, c.colour) for c in classes(SIGNED)] == [
        (-np.inf, -100, "under -100", "#542788"),
        (-100, -10, "-100 to under -10", "#b2abd2"),
        (-10, 10, "-10 to under 10", ZERO),
        (10, 100, "10 to under 100", "#fdb863"),
        (100, 1000, "100 to under 1,000", "#b35806"),
        (1000, np.inf, "1,000 or more", "#7f3b08"),
    ]


@pytest.mark.parametrize(
    ("value", "position"),
    [
        *((-np.inf, 0), (-100.1, 0), (-100, 1), (-10.1, 1), (-10, 2), (-0.0, 2), (0, 2), (9.9, 2), (10, 3)),
        *((999, 4), (1000, 5), (np.inf, 5), (np.nan, -1)),
    ],
)
def test_a_value_with_a_sign_has_one_class(value, position):
    assert class_of(np.array([[value]]), SIGNED).tolist() == [[position]]


def test_zero_may_be_a_bound_of_a_signed_legend_and_lies_above_it():
    shown = classes(replace(SIGNED, breaks=(-5, 0, 5)))
    assert [c.label for c in shown] == ["under -5", "-5 to under 0", "0 to under 5", "5 or more"]
    assert [c.colour for c in shown] == ["#2d004b", "#b2abd2", ZERO, "#fdb863"], "as dark as far from the middle"
    assert class_of(np.array([0.0]), replace(SIGNED, breaks=(-5, 0, 5))).tolist() == [2]


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize(("below", "above"), [(1, 0), (1, 1), (2, 1), (2, 2), (3, 3), (1, 4), (4, 2), (4, 4)])
def test_classes_of_a_signed_legend_are_told_apart_and_darken_from_the_middle(below, above, vision):
    breaks = (*range(-below, 0), *range(1, above + 1))
    colours = [c.colour for c in classes(replace(SIGNED, breaks=breaks))]
    lightness = [lab(colour, vision)[0] for colour in colours]
    assert all(apart(a, b, vision) > 17.6 for a, b in pairwise(colours))
    assert all(apart(a, b, vision) > 70.4 for a in colours[:below] for b in colours[below + 1 :])
    assert lightness[: below + 1] == sorted(lightness[: below + 1])
    assert lightness[below:] == sorted(lightness[below:], reverse=True)
    assert colours[below] == ZERO


def test_a_signed_legend_takes_a_palette_that_diverges():
    with pytest.raises(UsageError, match="needs 6 colours and palette 'OrRd' has 0; take fewer breaks or one of PuOr"):
        classes(replace(SIGNED, palette="OrRd"))
    with pytest.raises(UsageError, match="needs 10 colours and palette 'PuOr' has 8"):
        classes(replace(SIGNED, breaks=tuple(range(-5, 0))))
    assert set(SIDES) <= set(PALETTES)


def test_a_category_is_a_class_with_its_words_and_colour():
    assert classes(SORTED) == ((0, 1, "More", "#111111"), (1, 2, "Fewer", "#eeeeee"))
    assert class_of(np.array([[0, NO_CATEGORY], [1, 0]], np.uint8), SORTED).tolist() == [[0, -1], [1, 0]]
    assert class_of(np.array([1.0, np.nan]), SORTED).tolist() == [1, -1]


def test_a_legend_is_signed_where_its_first_break_is_below_zero():
    signed = replace(SORTED, breaks=(-1.0,))
    assert [is_signed(one) for one in (LAYER, SIGNED, SORTED, signed)] == [False, True, False, False]


def test_a_layer_cannot_have_more_classes_than_colours():
    with pytest.raises(UsageError, match="needs 7 colours and palette 'OrRd' has 6; take fewer breaks"):
        classes(replace(LAYER, breaks=(1, 2, 3, 4, 5, 6)))
    with pytest.raises(UsageError, match="palette 'RdYlGn' has 0"):
        classes(replace(LAYER, palette="RdYlGn"))


def test_the_five_statuses_look_different_even_in_black_and_white():
    assert tuple(STATUS_STYLE) == STATUSES
    assert len({style.hatch for style in STATUS_STYLE.values()}) == 5
    assert len({style.label for style in STATUS_STYLE.values()}) == 5
    for style in STATUS_STYLE.values():
        assert len(get_path(style.hatch).vertices) > 0 or style.hatch == ""


@pytest.mark.parametrize("vision", VISION)
def test_lines_of_a_pattern_stand_out_from_their_ground(vision):
    for name, style in STATUS_STYLE.items():
        assert name == "ok" or apart(style.colour, style.ink, vision) > 25


def test_no_data_blames_no_source_as_layers_have_other_reasons_too():
    assert STATUS_STYLE["no_data"].label == "No data: not enough to give a value"
