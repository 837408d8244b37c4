import csv
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.disclosure import COORDINATE_DECIMALS, formula_safe

DANGEROUS = "=+-@|%＝＋－＠｜％﹦﹢﹣"


@pytest.mark.parametrize("first", DANGEROUS)
@pytest.mark.parametrize("blanks", ["", " ", "\u00a0", "\u3000", "\t", "\r\n"])
def test_no_text_begins_like_a_formula(first, blanks):
    text = f"{blanks}{first}cmd|' /C calc'!A0"
    assert formula_safe(text) == f"'{text}"


@pytest.mark.parametrize("first", "\t\r\n")
def test_no_text_begins_with_a_tab_or_a_line_end(first):
    assert formula_safe(f"{first}Al Fasher") == f"'{first}Al Fasher"


@pytest.mark.parametrize("text", ["", " ", "Al Fasher", "'quoted", "a=b", "5-10", "12 %", "الفاشر", "#name", "1e3"])
def test_harmless_text_is_left_alone(text):
    assert formula_safe(text) == text


@pytest.mark.parametrize("number", ["-12.5", "+3", "-0", "-.5", "+1e-7", "-5."])
def test_numbers_are_left_alone(number):
    assert formula_safe(number) == number


@pytest.mark.parametrize("text", ["-1+1", "+1 ", "--1", "-", "+", "-inf", "-nan", "-1_000", "-٣", "-1\n"])
def test_what_only_looks_like_a_number_is_not_one(text):
    assert formula_safe(text) == f"'{text}"


@given(st.text())
def test_text_is_kept_whole_and_quoted_at_most_once(text):
    safe = formula_safe(text)
    assert safe in (text, f"'{text}")
    assert formula_safe(safe) == safe


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_no_workbook_takes_it_for_a_formula(text):
    sheet = openpyxl.Workbook().active
    sheet["A1"] = formula_safe(text)
    assert sheet["A1"].data_type == "s"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_it_survives_a_csv_file(text):
    file = io.StringIO(newline="")
    csv.writer(file).writerow([formula_safe(text), "x"])
    file.seek(0)
    assert next(csv.reader(file)) == [formula_safe(text), "x"]


def test_coordinates_get_coarser_towards_the_public():
    assert COORDINATE_DECIMALS == {0: 2, 1: 5, 2: 7}
    with pytest.raises(TypeError):
        COORDINATE_DECIMALS[0] = 7
