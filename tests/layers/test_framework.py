"""The fourteen risk factors: their titles, and that each is graded as the layers that bear on it allow."""

import pytest

from layers._layer import layers
from layers.framework import FRAMEWORK, GRADES, GROUPS, MEASURED, NOT_MEASURABLE, PROXY

TITLES = (
    "Situations of armed conflict or other forms of instability",
    "Record of serious violations of international human rights and humanitarian law",
    "Weakness of State structures",
    "Motives or incentives",
    "Capacity to commit atrocity crimes",
    "Absence of mitigating factors",
    "Enabling circumstances or preparatory action",
    "Triggering factors",
    "Intergroup tensions or patterns of discrimination against protected groups",
    "Signs of an intent to destroy in whole or in part a protected group",
    "Signs of a widespread or systematic attack against any civilian population",
    "Signs of a plan or policy to attack any civilian population",
    "Serious threats to those protected under international humanitarian law",
    "Serious threats to humanitarian or peacekeeping operations",
)
# What a note says is on the map, and the layers that show it.
NOTED = (
    (1, "Armed conflict and displacement", {"incident_intensity", "displacement_pressure"}),
    (1, "gather, spread or change", {"hot_spots", "emerging_hot_spots", "change"}),
    (2, "Killings of civilians", {"civilian_harm"}),
    (7, "Displaced people who arrive or are present", {"displacement_arrivals", "displacement_pressure"}),
    (7, "essential, religious or cultural sites", {"site_threat"}),
    (8, "Spill-over of hostilities", {"spillover"}),
    (8, "sudden starts", {"change", "emerging_hot_spots", "clusters"}),
    (11, "gravity", {"civilian_harm"}),
    (13, "Deaths of civilians", {"civilian_harm"}),
    (13, "hospitals, schools and displaced people", {"site_threat"}),
    (14, "where humanitarian operations work", {"site_threat"}),
)


def bearing_on(number):
    return {(name, risk.grade) for name, one in layers().items() for risk in one.risk_factors if risk.number == number}


def test_the_titles_are_those_of_the_framework_to_the_letter():
    assert list(FRAMEWORK) == list(range(1, 15))
    assert tuple(factor.title for factor in FRAMEWORK.values()) == TITLES
    assert all(factor.note.endswith(".") for factor in FRAMEWORK.values())


def test_they_stand_once_each_under_the_headings_of_the_framework():
    assert [number for numbers in GROUPS.values() for number in numbers] == list(FRAMEWORK)
    assert list(GRADES) == [MEASURED, PROXY, NOT_MEASURABLE]


@pytest.mark.parametrize("number", FRAMEWORK)
def test_a_factor_has_the_best_grade_that_a_layer_has_for_it(number):
    grades = {grade for _, grade in bearing_on(number)}
    assert FRAMEWORK[number].grade == next((grade for grade in GRADES if grade in grades), NOT_MEASURABLE)


@pytest.mark.parametrize(("number", "words", "names"), NOTED)
def test_what_a_note_says_is_shown_by_layers(number, words, names):
    assert words in FRAMEWORK[number].note
    assert names <= {name for name, _ in bearing_on(number)}


def test_every_layer_bears_on_a_factor():
    assert {name for number in FRAMEWORK for name, _ in bearing_on(number)} == set(layers())


def test_intent_is_never_scored():
    assert FRAMEWORK[10].grade == NOT_MEASURABLE
