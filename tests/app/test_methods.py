"""The Methods page: every layer told in full as its file tells it, the fourteen risk factors, links that lead on."""

import re
from dataclasses import replace

import numpy as np
import pytest

from app.pages import page_at
from app.pages._methods_framework import framework_screen
from app.pages._methods_layer import method
from app.pages._methods_legend import meanings
from app.pages._methods_text import broken, cited, formula_of, is_equation, meanings_of, typeset, with_names
from app.state import Restored, choices, first
from data_pipelines.edition import current
from data_pipelines.tables import Tier
from layers._layer import layer, layers
from layers._legend import STATUS_STYLE, classes
from layers.framework import FRAMEWORK, NOT_MEASURABLE
from tests.app.small_edition import districts, only, publish
from tests.app.test_data_page import hrefs
from tests.app.test_dictionary import texts
from tests.command import forewatch


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    """An edition built with a half-life of 9 months, which is not the default."""
    parameters = {name: one.params() for name, one in layers().items()}
    parameters["incident_intensity"]["half_life_months"] = 9
    home = publish(tmp_path_factory.mktemp("methods"), districts(), only("ok", 1), parameters=parameters)
    return current(home, Tier.public)


def shown(edition, path: str) -> object:
    page, part = page_at(path)
    return page.layout(edition, Restored(first(choices(edition)), part=part))


def plain(component: object) -> str:
    """All words of a component as a reader takes them: names in one piece, and every space the same."""
    return re.sub(r"_ +", "_", " ".join(texts(component).replace("\u00a0", " ").split()))


def letters(text: str) -> str:
    """What of a formula neither case nor signs can change; x is a sign of multiplication in some of them."""
    return re.sub(r"[\W_x]", "", text.lower())


def colours(component: object) -> list[str]:
    if isinstance(component, list | tuple):
        return [colour for one in component for colour in colours(one)]
    own = [component.style["background"]] if getattr(component, "style", None) else []
    return own + colours(getattr(component, "children", None) or [])


# ---- a layer in full ----


@pytest.fixture(params=sorted(layers()))
def one(request):
    return layers()[request.param]


def test_a_layer_is_told_as_its_file_tells_it(edition, one):
    words = plain(shown(edition, f"/methods/{one.id}"))
    for told in (one.title, one.unit_of_value, one.shows, one.shows_not, one.not_additive):
        assert plain(told) in words
    clauses = [clause for part in formula_of(one.formula) for clause in part]
    assert sorted(letters(one.formula)) == sorted(letters(" ".join(clauses)))
    assert [clause for clause in clauses if letters(clause) not in letters(words)] == []
    for _, reason in meanings_of(one.empty)[0]:
        assert letters(reason) in letters(words)
    for work in re.split(r"; (?![^(]*\))", one.reference):
        assert letters(work) in letters(words)
    for number, _, indicator in ((risk.number, risk.grade, risk.indicator) for risk in one.risk_factors):
        assert f"{number}. {FRAMEWORK[number].title}" in words
        assert indicator in words


def test_its_parameters_stand_with_what_this_edition_used(edition, one):
    words = plain(method(edition, one))
    for parameter in one.parameters:
        assert parameter.name in words
        assert letters(parameter.meaning) in letters(words)
        assert parameter.unit == "1" or parameter.unit in words


def test_a_parameter_that_is_not_at_its_default_stands_out(edition):
    one = replace(layer("incident_intensity"), live=())
    assert "half_life_months 9 6 1 to 60 months" in plain(method(edition, one))
    bold = re.search(r"Strong\((\S+)\)", repr(method(edition, one)).partition("Parameters of")[2])
    assert bold[1] == "'9'"
    assert "Strong('6')" not in repr(method(edition, layer("civilian_harm")))


def test_parameters_that_can_be_changed_on_the_map_are_marked(edition):
    one = replace(layer("site_threat"), live=("radius_km",))
    words = plain(method(edition, one))
    assert "radius_km live" in words
    assert "half_life_months live" not in words
    assert "Parameters marked live can be changed on the map" in words
    assert "marked live" not in plain(method(edition, replace(one, live=())))


def test_its_colours_are_those_of_the_map(edition, one):
    found = colours(method(edition, one))
    assert found[-len(classes(one)) :] == [each.colour for each in classes(one)]
    assert all(each.label in plain(method(edition, one)) for each in classes(one))


def test_each_reason_for_no_value_has_its_look():
    found = colours(meanings(layer("displacement_pressure")))
    assert found[0] == "#f7f7f7"
    for look, status in zip(found[1:], ("not_assessed", "no_data", "stale"), strict=True):
        assert look.endswith(STATUS_STYLE[status].colour)
        assert STATUS_STYLE[status].ink in look
    assert len(set(found)) == 4


def test_it_names_the_sources_of_this_edition_and_says_where_there_is_none(edition):
    words = plain(method(edition, layer("source_agreement")))
    assert "Incidents Register of events of the invented country" in words
    assert "Incidents of another provider No source of this edition" in words
    assert "Made of the layers Incident intensity" in plain(method(edition, layer("priority")))


def test_it_says_whether_contributions_sum(edition, one):
    words = plain(method(edition, one)).partition("Do contributions sum to the value? ")[2]
    assert words.startswith("No. " if one.not_additive else "Yes: ")


def test_the_index_lists_every_layer_and_the_page_holds_each_in_full(edition):
    page = shown(edition, "/methods")
    assert {f"#{name}" for name in layers()} <= set(hrefs(page))
    assert all(plain(one.shows) in plain(page) for one in layers().values())


def test_every_link_leads_to_a_page_a_place_on_it_or_the_web(edition):
    for path in ("/methods", "/methods/framework", *(f"/methods/{name}" for name in layers())):
        for href in hrefs(shown(edition, path)):
            inside = re.split(r"[?#]", href)[0]
            of_an_invented_source = inside.removeprefix("/data/") in edition.manifest["sources"]
            assert href.startswith(("https://doi.org/10.", "#")) or page_at(inside) or of_an_invented_source, href
    assert page_at("/methods/nonsense") is None


# ---- the risk factors ----


def test_all_fourteen_stand_with_grade_reason_and_layers(edition):
    words = plain(framework_screen(edition))
    for number, factor in FRAMEWORK.items():
        after = words.partition(f"{number}. {factor.title} {factor.grade} {factor.note} ")[2]
        assert after
        assert after.startswith("No layer: this gap stays open.") == (factor.grade == NOT_MEASURABLE)
    for one in layers().values():
        for risk in one.risk_factors:
            assert f"{one.title} ({risk.grade}): {risk.indicator}" in words
    assert "consistent with, and never a finding of, any crime" in words


def test_a_layer_without_a_value_in_the_edition_says_so(tmp_path):
    def draw(one, count, random):
        return only("no_data" if one.id == "civilian_harm" else "ok", 1)(one, count, random)

    def all_but_one(one, count, random):
        values, statuses = draw(one, count, random)
        return np.where(statuses == "ok", values, np.nan), statuses

    words = plain(framework_screen(current(publish(tmp_path, districts(), all_but_one), Tier.public)))
    assert words.count("no value in this edition") == len(layer("civilian_harm").risk_factors)
    assert re.search(r"Civilian harm \(measured\): [^·]*· map · no value in this edition", words)
    assert re.search(r"Incident intensity \(measured\): [^·]*· map · newest value January 2024", words)


# ---- formulas, meanings and literature ----


def test_a_formula_is_taken_apart_into_value_band_and_number():
    found = formula_of(
        "value = a / b; two of one day, the later (or none; see there). Low and high are its ends, .. and so on; cut "
        "at 0. More: where p is low; fewer: no. n counts."
    )
    assert found.value == ("value = a / b", "two of one day, the later (or none; see there)")
    assert found.band == ("Low and high are its ends, .. and so on", "cut at 0")
    assert found.beside == ("More: where p is low", "fewer: no")
    assert found.records == ("n counts",)
    assert [is_equation(clause) for clause in found.value] == [True, False]


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("a x b <= c", "a × b ≤ c"),
        ("x = 2 x y", "x = 2 × y"),
        ("2^(-(t - t') / h) x s", "2<Sup −(t − t′) / h> × s"),
        ("r^2 km2", "r<Sup 2> km²"),
        ("the unit's x is t'", "the unit's x is t′"),
        ("sum of w_ij x_j", "sum of w<Sub ij> x<Sub j>"),
        ("half_life_months", "half_life_months"),
        ("2^(a", "2<Sup a>"),
        ("a^", "a^"),
    ],
)
def test_what_is_typed_is_set_as_print(typed, printed):
    pieces = [
        piece if isinstance(piece, str) else f"<{type(piece).__name__} {piece.children}>" for piece in typeset(typed)
    ]
    assert "".join(pieces) == printed


def test_what_zero_and_each_status_mean_is_told_apart():
    text = "0: nobody came. No data: nobody looked; or Stale: no. Stale: it is late. What is more."
    found, rest = meanings_of(text)
    assert [one.words for one in found] == ["0", "No data", "Stale"]
    assert [one.reason for one in found][1:] == ["Nobody looked; or Stale: no.", "It is late. What is more."]
    assert rest == ""
    assert meanings_of("There is none.") == ([], "There is none.")


def test_a_doi_becomes_a_link_without_the_stop_behind_it():
    first_work, second_work = cited(
        "A and B 2004 (C; D), doi:10.1093/bjc/azh036 (decay); E 2001, doi:10.1111/1467.00186."
    )
    assert [cell.href for cell in first_work if not isinstance(cell, str)] == ["https://doi.org/10.1093/bjc/azh036"]
    assert [cell.href for cell in second_work if not isinstance(cell, str)] == ["https://doi.org/10.1111/1467.00186"]


def test_a_name_may_be_broken_behind_an_underline_and_nowhere_else():
    assert plain(broken("max_age_months")) == "max_age_months"
    assert [type(cell).__name__ for cell in broken("max_age_months")] == ["str", "Wbr", "str", "Wbr", "str"]
    assert plain(with_names("older than `max_age_months`, 5 % of it")) == "older than max_age_months , 5 % of it"


# ---- the command line ----


def test_the_command_tells_the_same_as_the_page(tmp_path):
    rows = forewatch("layers", "--json", cwd=tmp_path).document
    for row, one in zip(rows, layers().values(), strict=True):
        told = ("formula", "empty", "reference", "not_additive", "surroundings", "shows", "shows_not")
        assert all(row[name] == getattr(one, name) for name in told)
        assert [parameter["name"] for parameter in row["parameters"] if parameter["live"]] == [
            parameter.name for parameter in one.parameters if parameter.name in one.live
        ]
        assert all({"unit", "low", "high", "default", "meaning"} <= set(parameter) for parameter in row["parameters"])
        assert [category["id"] for category in row["categories"]] == [category.id for category in one.categories]
        assert [each["colour"] for each in row["classes"]] == [each.colour for each in classes(one)]
        assert [(risk["title"], risk["grade"]) for risk in row["risk_factors"]] == [
            (FRAMEWORK[risk.number].title, risk.grade) for risk in one.risk_factors
        ]
