"""Columns of text to typed columns: what cannot be read is marked, never guessed."""

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_pipelines.readers.fields import column, columns, coordinates, dates, whole
from geo.errors import FileRefused


def text(*cells):
    return pd.Series(cells, dtype="str")


def listed(typed):
    """Return values as Python ones, with "bad" where the text cannot be read."""
    return ["bad" if b else None if pd.isna(v) else v for v, b in zip(typed.values, typed.bad, strict=True)]


def test_whole_numbers():
    cells = text("300380.0", "-1", None, "007", "x", "1.5", "1e3", "1,000", "٣", "9" * 18, "9" * 19, "-0.000")
    assert listed(whole(cells)) == [300380, -1, None, 7, "bad", "bad", "bad", "bad", "bad", int("9" * 18), "bad", 0]


@given(st.integers(-(10**17), 10**17))
def test_every_whole_number_comes_back(number):
    assert listed(whole(text(str(number), f"{number}.00"))) == [number, number]


@given(st.lists(st.text(max_size=30)))
def test_no_text_raises(cells):
    for typed in (whole(text(*cells)), dates(text(*cells), month_first=True)):
        assert len(typed.bad) == len(cells)
    assert not coordinates(text(*cells), text(*cells[::-1])).bad[[not cell.strip() for cell in cells]].any()


@pytest.mark.parametrize(
    ("latitude", "longitude", "position"),
    [
        ("13.5", "22.25", (22.25, 13.5)),
        ("13,5", "-22,25", (-22.25, 13.5)),
        ("0", "0.000", None),
        ("0", "5", (5, 0)),
        (None, "5", None),
        ("5", None, None),
        ("censored by HDX", "5", None),
        ("90", "-180", (-180, 90)),
        ("91", "5", "bad"),
        ("5", "180.01", "bad"),
        ("inf", "5", "bad"),
        ("500", "1000", "bad"),
        ("91", "words", None),
    ],
)
def test_positions(latitude, longitude, position):
    east, north, bad = coordinates(text(latitude), text(longitude))
    assert bad[0] == (position == "bad")
    assert np.isnan(east[0]) == np.isnan(north[0]) == (position in (None, "bad"))
    if isinstance(position, tuple):
        assert (east[0], north[0]) == position


@pytest.mark.parametrize(
    "cell",
    [
        *("2023-02-28", "2023-02-28 00:00:00", "2023-02-28 00:00:00.000", "2023-02-28T23:59:59"),
        *("2023-02-28T00:00:00.000Z", "2023-02-28 13:00"),
    ],
)
def test_days_lose_their_time_of_day(cell):
    assert listed(dates(text(cell))) == [pd.Timestamp(2023, 2, 28)]
    assert dates(text(cell)).values.dtype == "datetime64[s]"


@pytest.mark.parametrize(
    "cell", ["2023-02-30", "2023-13-01", "28.02.2023", "2023", "20230228", "0001-01-01", "2023-1-1"]
)
def test_what_is_no_day_is_marked(cell):
    assert listed(dates(text(cell))) == ["bad"]


def test_the_month_comes_first_only_where_the_caller_says_so():
    cells = text("02/28/2023 00:00:00", "2/8/2023", "28/02/2023", "2023-02-28")
    assert listed(dates(cells)) == ["bad", "bad", "bad", pd.Timestamp(2023, 2, 28)]
    day = pd.Timestamp(2023, 2, 28)
    assert listed(dates(cells, month_first=True)) == [day, pd.Timestamp(2023, 2, 8), "bad", day]


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_every_day_comes_back(day):
    cells = text(day.isoformat(), f"{day.month:02}/{day.day:02}/{day.year} 00:00:00")
    assert listed(dates(cells, month_first=True)) == [pd.Timestamp(datetime(day.year, day.month, day.day))] * 2  # noqa: DTZ001


def test_columns_are_found_whatever_case_blanks_and_punctuation():
    frame = pd.DataFrame({"SiND Event ID": ["1"], "Admin_1 ": ["x"], "admin 1": ["y"]}, dtype="str")
    assert column(frame, "SIND ID", "sind event id")[0] == "1"
    assert column(frame, "admin1")[0] == "x"
    assert column(frame, "admin2") is None


def test_all_missing_columns_are_named_with_those_there_are():
    frame = pd.DataFrame({"id": ["1"], "line\nbreak": ["x"]}, dtype="str")
    with pytest.raises(FileRefused) as caught:
        columns(Path("f.csv"), frame, {"id": ("id",), "best": ("best", "best_est"), "day": ("date",)})
    words = "lacks the columns best or best_est, date (it has id, line break)"
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_optional_columns_that_are_not_there_are_all_missing():
    found = columns(Path("f.csv"), pd.DataFrame({"ID": ["1"]}, dtype="str"), {"id": ("id",)}, {"round": ("round",)})
    assert found["id"].tolist() == ["1"]
    assert found["round"].isna().all()
    assert found["round"].dtype == "str"
