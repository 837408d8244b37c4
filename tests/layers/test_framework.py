from layers._layer import layers
from layers.framework import FRAMEWORK, MEASURED, NOT_MEASURABLE, PROXY


def test_the_fourteen_factors_stand_with_their_grade_and_the_reason():
    assert list(FRAMEWORK) == list(range(1, 15))
    assert len({factor.title for factor in FRAMEWORK.values()}) == 14
    assert {factor.grade for factor in FRAMEWORK.values()} == {MEASURED, PROXY, NOT_MEASURABLE}
    assert all(factor.note.endswith(".") for factor in FRAMEWORK.values())


def test_what_is_said_to_be_in_the_data_is_in_a_layer_and_nothing_else_is():
    named = {risk.number for layer in layers().values() for risk in layer.risk_factors}
    assert named == {number for number, factor in FRAMEWORK.items() if factor.grade != NOT_MEASURABLE}


def test_no_layer_claims_more_than_the_framework_page_does():
    claims = {risk.number for layer in layers().values() for risk in layer.risk_factors if risk.grade == MEASURED}
    assert claims <= {number for number, factor in FRAMEWORK.items() if factor.grade == MEASURED}


def test_intent_is_never_scored():
    assert FRAMEWORK[10].grade == NOT_MEASURABLE
