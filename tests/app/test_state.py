"""A link brings back the view it was made from; whatever else it holds neither fails nor passes unnoticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.state import MAX_QUERY, MAX_ZOOM, OVERLAYS, Camera, Choices, State, first, from_query, required, to_query
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
)


def degrees(most: int) -> st.SearchStrategy[float]:
    return st.integers(-most * 10**5, most * 10**5).map(lambda n: n / 10**5)


@st.composite
def states(draw: st.DrawFn) -> State:
    unit = draw(st.sampled_from(sorted(ALLOWED.units)))
    camera = st.builds(Camera, degrees(180), degrees(85), st.integers(0, MAX_ZOOM))
    return State(
        layer=draw(st.sampled_from(ALLOWED.layers)),
        unit=unit,
        period=draw(st.sampled_from(ALLOWED.periods)),
        camera=draw(st.none() | camera),
        overlays=tuple(name for name in OVERLAYS if draw(st.booleans())),
        selected=draw(st.sampled_from(["", *sorted(ALLOWED.units[unit])])),
    )


@given(states())
def test_a_link_brings_back_the_view(state):
    restored = from_query(f"?{to_query(state)}", ALLOWED)
    assert restored.state == state
    assert restored.notices == ()
    assert len(to_query(state)) <= MAX_QUERY


@given(st.text() | st.text("vlutcos=&?,.0123456789-%", max_size=80))
def test_any_query_gives_a_view_that_exists(query):
    state = from_query(query, ALLOWED).state
    assert state.layer in ALLOWED.layers
    assert state.period in ALLOWED.periods
    assert state.selected in {"", *ALLOWED.units[state.unit]}
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
        ("l=" + "x" * 2000, "too long"),
    ],
)
def test_what_cannot_be_followed_is_told(query, word):
    restored = from_query(query, ALLOWED)
    assert restored.state == first(ALLOWED) or restored.state.overlays == ("incidents",)
    assert len(restored.notices) == 1
    assert word in restored.notices[0]


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
