"""A link brings back the view it was made from; whatever else it holds neither fails nor passes unnoticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.state import MAX_QUERY, MAX_ZOOM, OVERLAYS, Camera, Choices, State, first, from_query, required, to_query
from app.variants import VALUE, Knob, Setting, Show, in_order, read_settings, read_show, settings_text
from geo.errors import UsageError

ALLOWED = Choices(
    layers=("civilian_harm", "incident_intensity"),
    units={
        "adm1": frozenset({"XT01", "XT02"}),
        "adm2": frozenset({"XT0101", "Ä & b=c?"}),
        "cell": frozenset({"134000"}),
    },
    periods=("2023-11", "2023-12", "2024-01"),
    newest={"incident_intensity": "2023-12"},
    shows={"incident_intensity": ("low", "high", "above"), "civilian_harm": ("low", "high")},
    knobs={
        ("incident_intensity", "half_life_months"): Knob(1, 60, 6),
        ("civilian_harm", "half_life_months"): Knob(1, 60, 6),
        ("civilian_harm", "weight"): Knob(0, 1, 0.25),
    },
)


def degrees(most: int) -> st.SearchStrategy[float]:
    return st.integers(-most * 10**5, most * 10**5).map(lambda n: n / 10**5)


def settings():
    numbers = {key: st.integers(int(knob.low * 100), int(knob.high * 100)) for key, knob in ALLOWED.knobs.items()}
    chosen = st.fixed_dictionaries({}, optional=numbers)
    return chosen.map(
        lambda found: in_order([Setting(*key, hundredths / 100) for key, hundredths in found.items()], ALLOWED.knobs)
    )


def shows(layer: str) -> st.SearchStrategy[Show]:
    thresholds = st.integers(-(10**9), 10**9).map(lambda n: n / 1000)
    offered = ALLOWED.shown(layer)
    plain = st.sampled_from([Show(what) for what in offered if what != "above"])
    return plain | st.builds(Show, st.just("above"), thresholds) if "above" in offered else plain


@st.composite
def states(draw: st.DrawFn) -> State:
    unit = draw(st.sampled_from(sorted(ALLOWED.units)))
    camera = st.builds(Camera, degrees(180), degrees(85), st.integers(0, MAX_ZOOM))
    layer = draw(st.sampled_from(ALLOWED.layers))
    return State(
        layer=layer,
        unit=unit,
        period=draw(st.sampled_from(ALLOWED.periods)),
        camera=draw(st.none() | camera),
        overlays=tuple(name for name in OVERLAYS if draw(st.booleans())),
        selected=draw(st.sampled_from(["", *sorted(ALLOWED.units[unit])])),
        show=draw(shows(layer)),
        settings=draw(settings()),
    )


@given(states())
def test_a_link_brings_back_the_view(state):
    restored = from_query(f"?{to_query(state)}", ALLOWED)
    assert restored.state == state
    assert restored.notices == ()
    assert len(to_query(state)) <= MAX_QUERY


@given(
    st.text()
    | st.text("vlutcoshp=&?,.:0123456789-%", max_size=80)
    | st.builds("h={}&p=civilian_harm.weight:{}".format, st.text(max_size=9), st.text("0123456789.-e", max_size=9))
)
def test_any_query_gives_a_view_that_exists(query):
    state = from_query(query, ALLOWED).state
    assert state.layer in ALLOWED.layers
    assert state.period in ALLOWED.periods
    assert state.selected in {"", *ALLOWED.units[state.unit]}
    assert state.show.what in ALLOWED.shown(state.layer)
    assert all(ALLOWED.knobs[one.layer, one.name].low <= one.value for one in state.settings)
    assert from_query(to_query(state), ALLOWED).state == state


def test_nothing_asked_for_is_the_newest_month_with_values():
    assert from_query("", ALLOWED).state == first(ALLOWED) == State("incident_intensity", "adm2", "2023-12")
    assert from_query("?l=civilian_harm", ALLOWED).state.period == "2024-01"


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("l=nothing", "layer"),
        ("u=h3", "kind of unit"),
        ("t=2031-01", "month"),
        ("s=XT01", "area"),
        ("c=200,0,5", "place"),
        ("c=20,10,99", "place"),
        ("c=20;10;5", "place"),
        ("o=incidents,tanks", "tanks"),
        ("v=2", "another version"),
        ("zebra=1", "zebra"),
        ("h=median", "median"),
        ("h=above:", "no number"),
        ("h=above:1e5", "no number"),
        ("h=above:٣", "no number"),
        ("h=low:3", "does not show"),
        ("p=incident_intensity.half_life_months:0", "between 1 and 60"),
        ("p=incident_intensity.half_life_months:nan", "between 1 and 60"),
        ("p=incident_intensity.half_life_months", "between 1 and 60"),
        ("p=incident_intensity.colour:3", "no parameter"),
        ("p=x:1,y:2,z:3", "no parameter"),
        ("l=" + "x" * 2000, "too long"),
    ],
)
def test_what_cannot_be_followed_is_told(query, word):
    restored = from_query(query, ALLOWED)
    assert restored.state == first(ALLOWED) or restored.state.overlays == ("incidents",)
    assert len(restored.notices) == 1
    assert word in restored.notices[0]


def test_links_that_were_made_before_there_was_a_choice_show_the_value_with_the_edition_s_parameters():
    state = from_query("v=1&l=civilian_harm&u=adm1&t=2024-01&c=20.00000,10.00000,5&o=sites&s=XT01", ALLOWED).state
    assert (state.show, state.settings) == (VALUE, ())
    assert to_query(state) == "v=1&l=civilian_harm&u=adm1&t=2024-01&c=20.00000,10.00000,5&o=sites&s=XT01"


def test_what_a_layer_does_not_have_falls_back_to_its_value_and_the_rest_of_the_link_is_kept():
    restored = from_query("l=civilian_harm&h=above:3&p=zebra.x:1,civilian_harm.weight:0.5", ALLOWED)
    assert restored.state.show == VALUE
    assert restored.state.settings == (Setting("civilian_harm", "weight", 0.5),)
    assert len(restored.notices) == 2


def test_settings_are_told_in_one_order_without_the_edition_s_own():
    text = "incident_intensity.half_life_months:12,civilian_harm.weight:0.25,civilian_harm.half_life_months:6.50"
    settings = read_settings(text, ALLOWED.knobs)
    assert settings_text(settings) == "civilian_harm.half_life_months:6.5,incident_intensity.half_life_months:12"
    assert read_settings("", ALLOWED.knobs) == ()


def test_a_setting_beyond_its_bounds_is_refused_with_the_bounds():
    with pytest.raises(UsageError, match="'61'; it must be a number between 1 and 60"):
        read_settings("civilian_harm.half_life_months:61", ALLOWED.knobs)


def test_a_threshold_belongs_to_a_chance_alone():
    assert read_show("above:-0.5", ("value", "above")) == Show("above", -0.5)
    for text in ("above", "value:1", "high:", ":", "above:1:2"):
        with pytest.raises(UsageError):
            read_show(text, ("value", "high", "above"))


def test_a_notice_quotes_no_more_than_a_line_of_what_it_was_given():
    (notice,) = from_query("t=" + "<b>" * 300, ALLOWED).notices
    assert len(notice) < 200


def test_the_last_word_of_a_key_given_twice_is_not_heard():
    assert from_query("t=2023-11&t=2024-01", ALLOWED).state.period == "2023-11"


@pytest.mark.parametrize(
    "view",
    [
        ("nothing", "adm1", "2024-01", ""),
        ("civilian_harm", "h3", "2024-01", ""),
        ("civilian_harm", "adm1", "2024-13", ""),
        ("civilian_harm", "adm1", "2024-01", "XT0101"),
    ],
)
def test_a_program_that_asks_for_what_is_not_there_is_refused(view):
    with pytest.raises(UsageError, match="in this edition"):
        required(ALLOWED, *view)


def test_a_view_that_exists_is_let_through():
    assert required(ALLOWED, "civilian_harm", "adm1", "2024-01", "XT01") == State(
        "civilian_harm", "adm1", "2024-01", selected="XT01"
    )
