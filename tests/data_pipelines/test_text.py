"""Table files to rows of text: every record is a row or a reject, and a file that was cut off is refused."""

import gzip
import json
import random
from contextlib import suppress
from datetime import datetime
from zipfile import ZipFile

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_pipelines.readers import plain
from data_pipelines.readers.plain import read_plainly
from data_pipelines.readers.rows import sift, staged, twins
from data_pipelines.readers.strict import read_strictly
from data_pipelines.readers.text import plain_records, read_rows
from geo.errors import FileRefused
from tests.data_pipelines.invented import assert_refused, rules, zip_parts
from tests.data_pipelines.test_sniff import SHAPEFILE, archive, tiff

HEADER = ("id", "name", "note")
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0#"), max_size=8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("text")


def put(folder, content, name="file"):
    """Write text or bytes."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def cells(rows):
    """Return the rows' cells, None where missing."""
    return [[None if pd.isna(cell) else cell for cell in row] for row in rows.frame.to_numpy()]


def quoted(cell):
    """Write a cell as RFC 4180 wants it."""
    return '"' + cell.replace('"', '""') + '"'


def assert_balanced(rows):
    assert rows.rows_in == len(rows.frame) + len(rows.rejects)
    assert len(rows.lines) == len(rows.frame)
    assert list(rows.frame.index) == list(range(len(rows.frame)))


class TestCsv:
    def test_columns_lines_and_missing_words(self, folder):
        text = "\ufeffid;name;note\r\n1; Abu ;NA\r\n2;Not available;\r\n3;Na;None\r\n"
        rows = read_rows(put(folder, text))
        assert list(rows.frame.columns) == ["id", "name", "note"]
        assert cells(rows) == [["1", "Abu", None], ["2", None, None], ["3", "Na", None]]
        assert list(rows.lines) == [2, 3, 4]
        assert rows.rows_in == 3

    def test_a_comma_in_a_semicolon_file_is_text(self, folder):
        assert cells(read_rows(put(folder, "a;b\n1,5;2,5\n"))) == [["1,5", "2,5"]]

    def test_newlines_in_quotes_belong_to_their_record_which_starts_on_its_own_line(self, folder):
        text = 'id,name,note\n1,"two\nlines, and a comma","says ""no"""\n2,b,c\n'
        rows = read_rows(put(folder, text))
        assert cells(rows) == [["1", "two\nlines, and a comma", 'says "no"'], ["2", "b", "c"]]
        assert list(rows.lines) == [2, 4]
        assert rows.raw(0) == '1,"two\nlines, and a comma","says ""no"""'

    @pytest.mark.parametrize("header", ["a,b", "a,b,"])
    def test_a_trailing_comma_is_no_column(self, folder, header):
        rows = read_rows(put(folder, f"{header}\n1,2,\n3,4,\n"))
        assert list(rows.frame.columns) == ["a", "b"]
        assert cells(rows) == [["1", "2"], ["3", "4"]]

    def test_an_hxl_row_is_no_record_if_half_of_what_it_says_are_tags(self, folder):
        text = "id,name,note\n,#adm1 +name,\n1,a,b\n"
        rows = read_rows(put(folder, text))
        assert (rows.rows_in, list(rows.lines)) == (1, [3])
        assert read_rows(put(folder, "id,name,note\n1,#2 school,\n")).rows_in == 1

    def test_blank_lines_are_no_records_but_count_as_lines(self, folder):
        rows = read_rows(put(folder, "\na,b\n\n1,2\n\n3,4\n\n"))
        assert list(rows.lines) == [4, 6]

    def test_nameless_and_repeated_columns_are_numbered(self, folder):
        rows = read_rows(put(folder, ",a,a,b\n1,2,3,4\n"))
        assert list(rows.frame.columns) == ["unnamed 1", "a", "a (2)", "b"]

    def test_a_file_without_header_takes_the_names_given_if_its_first_cell_is_a_number(self, folder):
        rows = read_rows(put(folder, "1,a\n2,b\n"), names_if_headless=["id", "name"])
        assert (list(rows.frame.columns), list(rows.lines)) == (["id", "name"], [1, 2])
        assert read_rows(put(folder, "id,x\n2,b\n"), names_if_headless=["id", "name"]).frame.columns[1] == "x"

    def test_broken_records_are_rejects_with_line_rule_and_their_own_text(self, folder):
        text = b'a,b\n1\n2,3,4\n5,\xff\n6,\x00\n7,"x"y\n8,9\n'
        rows = read_rows(put(folder, text))
        assert rules(rows) == [(2, "field_count"), (3, "field_count"), (4, "bytes"), (5, "bytes"), (6, "quotes")]
        assert [reject.raw for reject in rows.rejects] == ["1", "2,3,4", "5,\\xff", "6,\\x00", '7,"x"y']
        assert rows.rejects[0].reason == "it has 1 fields where the header has 2"
        assert cells(rows) == [["8", "9"]]
        assert_balanced(rows)

    def test_a_full_record_without_its_newline_is_fine(self, folder):
        assert cells(read_rows(put(folder, "a,b\n1,2\n3,4"))) == [["1", "2"], ["3", "4"]]

    @pytest.mark.parametrize(
        "text", ["a,b,c\n1,2,3\n4,5", 'a,b\n1,2\n3,"x\ny', "a,b\n1,2,\n3,4", b"a,b\n1,caf\xc3", "a,b\n1,2\n3\n"]
    )
    def test_a_file_that_ends_inside_a_record_is_refused(self, folder, text):
        assert_refused(read_rows, put(folder, text), "cut off")

    @pytest.mark.parametrize("last", ["B", ""])
    def test_a_cut_inside_the_last_field_shows_where_the_column_is_one_of_codes(self, folder, last):
        text = "id,type\n" + "".join(f"{n},{'BA' if n % 2 else 'SA'}\n" for n in range(50)) + "50,"
        assert read_rows(put(folder, text + "BA")).rows_in == 51
        assert read_rows(put(folder, text + last + "\n")).rows_in == 51
        assert_refused(read_rows, put(folder, text + last), "cut off", "line end")

    @given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=2, max_size=6), st.data())
    def test_a_cut_before_the_last_comma_of_any_record_is_refused(self, folder, table, data):
        records = [",".join(map(quoted, (f"{n}", *record))) for n, record in enumerate([HEADER, *table])]
        number = data.draw(st.integers(1, len(records) - 1))
        last_cell = len(quoted(table[number - 1][-1]))
        cut = data.draw(st.integers(1, len(records[number]) - last_cell - 1))
        text = "\n".join([*records[:number], records[number][:cut]])
        assert_refused(read_rows, put(folder, text), "file")

    @given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8))
    def test_what_was_written_is_read(self, folder, table):
        records = [",".join(map(quoted, (f"{n}", *record))) for n, record in enumerate([HEADER, *table])]
        rows = read_rows(put(folder, "\n".join(records)))
        assert_balanced(rows)
        assert rows.rejects == []
        assert [row[0] for row in cells(rows)] == [f"{n}" for n in range(1, len(records))]
        assert rows.raw(0) == records[1].rstrip("\r\n")

    @pytest.mark.parametrize(
        "text",
        [
            'id,name,x\n1,"a,x\n2,b,x\n3,"c",x\n4,d,x\n',
            'id,name,x\n1,"a,x\n2,b,x\n3,c,x\n4,d",x\n',
            'id,name,x\n1,"a,x\n2,b,x\n3,c,x\n',
            'id,name,x\n1,"' + "word\n" * 201 + '",x\n',
            'id,name\n1;1;1,"a\n2;2;2,b\n3;3;3,c"\n',
        ],
    )
    def test_a_quotation_mark_that_swallows_rows_is_refused(self, folder, text):
        assert_refused(read_rows, put(folder, text), "swallows", "line 2")

    def test_a_quoted_text_may_look_a_little_like_rows(self, folder):
        text = 'id,name,x\n1,"first, second, third\nand, so, on\n",x\n2,b,x\n'
        assert read_rows(put(folder, text)).rows_in == 2

    @pytest.mark.parametrize("text", ["a,b\n", "a,b\n#x,#y\n", "\n,\n", ',,\n1,"a\n\nb"\n', "a\xff,b\n"])
    def test_a_file_without_records_or_header_is_refused(self, folder, text):
        assert_refused(read_rows, put(folder, text.encode("latin-1")), "file")

    @given(
        st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=10), st.randoms(use_true_random=False)
    )
    def test_mangling_raises_nothing_but_a_refusal_and_loses_no_row(self, folder, table, rng):
        text = "\n".join(",".join(map(quoted, record)) for record in [HEADER, *table]) + "\n"
        with suppress(FileRefused):
            rows = read_rows(put(folder, mangled(text.encode(), rng)))
            assert_balanced(rows)
            assert sum(1 for _ in plain_records(folder / "file")) >= len(rows.frame)


PIECES = ["a", "7", "2.0", " ", "NA", "\u00e9", "\n", "\r\n", '"', ",", ";", "\t", "", "#x", "\x1c", "\x85", "\u3000"]
CLEAN = [
    "id,name,note\n1,a,b\n2,c,d\n",
    "id;name;note\r\n1;a,b;c\r\n\r\n2;c;NA",
    '\n\nid,name,note\n,#adm1 +name,\n1,"two\nlines","says ""no"""\n',
    "id,name,\n1,a,\n2,c,\n",
    "id,name\n1,a,\r\n2,c,\r\n",
    "1,a,\u00e9\n2,b, c \n",
]
FAULTY = [
    b"id,name\n1,a\n2\n",
    b"id,name\n1,a,\n2,b\n",
    b"id,name\n1,a\n2,b,\n3,c\n",
    b"id,name\n1,a\n2\n3,c",
    b"id,name\n1,caf\xe9\n",
    b'id,name\n1,a"b\n',
    b'id,name\n1,"a"b\n2,c\n',
    b'id,name\n1,"a\n2,b\n',
    b"id,name\r1,a\r",
    b'id,name\n1,"a\n2,b\n3,c"\n',
    b'id,name\n1,"' + b"word\n" * 201 + b'"\n',
    b"id,name\n1," + b"a" * 140_000 + b"\n",
    b"id,name\n",
    b"id\n1\n",
    b"id,name\n\xef\xbb\xbf1,a\n2,b\n",
]
REJECTED = [
    b"id,name\n1,a\n2\n3,c\n",
    b"id,name\n1,a\r\n2,b,c\r\n3,c\n\n",
    b"id,name\n1,a,\n2,b,c\n3,c,\n",
    b"id,name\n1,a\n2,\0\n\n3,caf\xe9\n4,\xed\xa0\x80\n5\n6,c\n",
    b'id,name\n1,"a\xff\n,"\n\0\n2,b\n',
]


def answer(read, *about):
    """Return rows, or the words of a refusal."""
    try:
        return read(*about)
    except FileRefused as refusal:
        return str(refusal)


def assert_same_rows(rows, others):
    pd.testing.assert_frame_equal(rows.frame, others.frame)
    assert rows.lines.tolist() == others.lines.tolist()
    assert (rows.rows_in, rows.rejects) == (others.rows_in, others.rejects)
    assert [rows.raw(n) for n in range(len(rows.frame))] == [others.raw(n) for n in range(len(rows.frame))]


@pytest.fixture(scope="class", params=[1 << 22, 5])
def _parts_of_any_size(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain, "_PART", request.param)
        yield


@pytest.mark.usefixtures("_parts_of_any_size")
class TestTheFastWay:
    """It gives the strict one's answer, or none where a fault is not plainly that of one record."""

    @pytest.mark.parametrize("text", CLEAN)
    @pytest.mark.parametrize("names", [(), ("id", "name", "note")])
    def test_files_without_fault_take_it(self, folder, text, names):
        content = text.encode()
        rows = read_plainly(folder / "file", content, names)
        assert_same_rows(rows, read_strictly(folder / "file", content, names))

    @pytest.mark.parametrize("content", REJECTED)
    def test_records_with_a_fault_are_set_aside(self, folder, content):
        rows = read_plainly(folder / "file", content)
        assert rows.rejects
        assert_same_rows(rows, read_strictly(folder / "file", content, ()))

    @pytest.mark.parametrize("content", FAULTY)
    def test_other_faults_are_for_the_strict_way(self, folder, content):
        assert read_plainly(folder / "file", content) is None

    @given(
        st.lists(
            st.lists(st.lists(st.sampled_from(PIECES), max_size=4).map("".join), min_size=3, max_size=3), min_size=2
        ),
        st.sampled_from(["\n", "\r\n"]),
        st.sampled_from([",", ";"]),
        st.booleans(),
        st.randoms(use_true_random=False),
    )
    def test_any_other_is_read_alike_both_ways(self, folder, table, newline, mark, is_whole, rng):
        ends = mark * rng.randint(0, 1) + newline
        records = [mark.join(c if c.isalnum() else quoted(c) for c in cells) + ends for cells in [HEADER, *table]]
        content = "".join(records)[: None if rng.randint(0, 3) else -len(newline)].encode()
        content = content if is_whole else mangled(content, rng)
        names = HEADER if rng.randint(0, 1) else ()
        rows = answer(read_plainly, folder / "file", content, names)
        if rows is not None:
            strict = answer(read_strictly, folder / "file", content, names)
            assert rows == strict if isinstance(rows, str) else assert_same_rows(rows, strict) is None

    def test_columns_that_are_not_wanted_are_read_for_some_rows_only(self, folder):
        path = put(folder, "ID,The Name,note,\n1,a,x,\n2,b,y,\n3,c,z,\n")
        rows = read_rows(path, wanted=["id", "the_name", "more"])
        assert list(rows.frame.columns) == ["ID", "The Name"]
        assert rows.whole(np.array([0, 2])).to_numpy().tolist() == [["1", "a", "x"], ["3", "c", "z"]]
        assert list(read_rows(path, wanted=["more"]).frame.columns) == ["ID", "The Name", "note"]

    def test_copies_are_told_by_all_columns(self, folder):
        rows = read_rows(put(folder, "id,note\n1,x\n1,y\n2,x\n2,x\n"), wanted=["id"])
        (_, _, differing), copies = twins(rows.frame, rows.frame["id"], rows.whole)
        assert (list(differing), list(copies)) == ([True, True, False, False], [False, False, False, True])


class TestPacked:
    TEXT = "id,name\n" + "".join(f"{n},name {n}\n" for n in range(500))

    def test_it_is_read_as_what_it_holds(self, folder):
        packed = put(folder, gzip.compress(self.TEXT.encode(), mtime=0), "packed")
        assert_same_rows(read_rows(packed), read_rows(put(folder, self.TEXT)))
        assert list(plain_records(packed)) == list(plain_records(folder / "file"))

    def test_alone_in_a_zip_it_is_read_too(self, folder):
        packed = zip_parts(folder / "packed.zip", {"GEDEvent_v25_1.csv": self.TEXT})
        assert_same_rows(read_rows(packed), read_rows(put(folder, self.TEXT)))

    @given(st.data())
    def test_a_cut_or_changed_one_is_refused(self, folder, data):
        content = bytearray(gzip.compress(self.TEXT.encode(), mtime=0))
        cut = data.draw(st.integers(3, len(content) - 1))
        assert_refused(read_rows, put(folder, bytes(content[:cut])), "cut off or damaged")
        content[-8 + cut % 8] ^= 1 + cut % 255
        assert_refused(read_rows, put(folder, bytes(content)), "cut off or damaged")

    def test_a_bomb_is_refused(self, folder):
        assert_refused(read_rows, put(folder, gzip.compress(b"a,b\n" * 5_000_000, mtime=0)), "bomb")

    @pytest.mark.parametrize("content", [b"", b"[1]", b"PK\x03\x04", b"II*\0", gzip.compress(b"a,b\n1,2\n")])
    def test_what_is_no_csv_is_refused(self, folder, content):
        assert_refused(read_rows, put(folder, gzip.compress(content)), "holds no CSV; unpack it")


def mangled(content: bytes, rng: random.Random) -> bytes:
    """Damage bytes in a few places: replaced, inserted, cut out, doubled."""
    content = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(content) + 1)
        noise = bytes(rng.choices(b'",;\n\r\0\xff#1a \xc3', k=rng.randint(1, 3)))
        content[at : at + rng.randint(0, 3)] = rng.choice([noise, b"", content[at : at + 40] * 2])
    return bytes(content)


class TestJson:
    @pytest.mark.parametrize(
        "document",
        [
            [{"id": 1, "x": 2.5}, {"id": 2, "y": True}],
            {"result": [{"id": 1, "x": 2.5}, {"id": 2, "y": True}], "totalRecordsCount": 2, "isSuccess": True},
            {"data": [{"id": 1, "x": 2.5}, {"id": 2, "y": True}]},
            {"TotalCount": 2, "Result": [{"id": 1, "x": 2.5}, {"id": 2, "y": True}]},
        ],
    )
    def test_records_alone_or_in_an_envelope(self, folder, document):
        rows = read_rows(put(folder, json.dumps(document)))
        assert list(rows.frame.columns) == ["id", "x", "y"]
        assert cells(rows) == [["1", "2.5", None], ["2", None, "true"]]
        assert (list(rows.lines), rows.raw(1)) == ([1, 2], '{"id":2,"y":true}')

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ('{"result": [{"id": 1}], "totalRecordsCount": 2}', "claims 2 records and holds 1"),
            ('{"result": [], "isSuccess": false, "errorMessages": ["no key"]}', "failed request"),
            ('{"message": "Forbidden"}', "no list of records"),
            ('{"data": [{"id": NaN}]}', "not JSON"),
            ('[{"id": 1}, ]', "not JSON"),
            ("[" * 50_000 + "]" * 50_000, "not JSON"),
            ('[{"id": ' + "9" * 5_000 + "}]", "not JSON"),
            ("[]", "holds no record"),
        ],
    )
    def test_a_document_that_is_not_all_there_is_refused(self, folder, text, words):
        assert_refused(read_rows, put(folder, text), words)

    def test_what_is_no_record_is_a_reject(self, folder):
        rows = read_rows(put(folder, '[{"id": 1}, 7, null, {"id": "a\\u0000"}, {"id": "\\ud800"}, {"id": {"a": [1]}}]'))
        assert rules(rows) == [(2, "not_a_record"), (3, "not_a_record"), (4, "bytes"), (5, "bytes")]
        assert cells(rows) == [["1"], ['{"a":[1]}']]
        assert all(reject.raw.encode() for reject in rows.rejects)
        assert_balanced(rows)

    def test_names_that_differ_in_case_stay_apart_and_the_first_counts(self, folder):
        path = put(folder, '[{"best": 1}, {"Best": 2, "best": 3, "\\ud800": 4}]')
        assert list(read_rows(path).frame.columns) == ["best", "Best", "\\ud800"]
        assert [record["best"] for _, record in plain_records(path)] == ["1", "3"]

    def test_points_give_their_position_and_other_geometries_are_rejects(self, folder):
        features = [
            {"type": "Feature", "properties": {"id": 1}, "geometry": {"type": "Point", "coordinates": [30.5, 12]}},
            {"type": "Feature", "properties": {"id": 2}, "geometry": None},
            {"type": "Feature", "properties": {"id": 3}, "geometry": {"type": "LineString", "coordinates": [[1, 2]]}},
            {"type": "Feature", "properties": None, "geometry": {"type": "Point", "coordinates": [1, 2]}},
        ]
        rows = read_rows(put(folder, json.dumps({"type": "FeatureCollection", "features": features})))
        assert list(rows.frame.columns) == ["id", "geometry_longitude", "geometry_latitude"]
        assert cells(rows) == [["1", "30.5", "12"], ["2", None, None]]
        assert rules(rows) == [(3, "not_a_record"), (4, "not_a_record")]


class TestXlsx:
    def put(self, folder, *sheets):
        """Write sheets of rows as a workbook."""
        book = openpyxl.Workbook()
        book.remove(book.active)
        for number, rows in enumerate(sheets, start=1):
            page = book.create_sheet(f"Sheet {number}")
            for row in rows:
                page.append(row)
        book.save(folder / "book.xlsx")
        return folder / "book.xlsx"

    def test_title_and_hxl_rows_are_no_records_and_dates_are_iso(self, folder):
        table = [
            ["Incidents", None, None],
            [],
            ["Date ", "Killed", "Note"],
            ["#date +occurred", "#affected +killed"],
            [datetime(2023, 1, 5), 2, None],  # noqa: DTZ001 (cells have no time zone)
            [],
            [datetime(2023, 1, 6), 2.5, True],  # noqa: DTZ001
        ]
        rows = read_rows(self.put(folder, table, [["other"]]))
        assert list(rows.frame.columns) == ["Date", "Killed", "Note"]
        assert cells(rows) == [["2023-01-05T00:00:00", "2", None], ["2023-01-06T00:00:00", "2.5", "True"]]
        assert (list(rows.lines), rows.rows_in) == ([5, 7], 2)

    def test_a_sheet_is_taken_by_name_or_refused(self, folder):
        path = self.put(folder, [["a", "b"], [1, 2]], [["c", "d"], [3, 4]], [])
        assert cells(read_rows(path, sheet="Sheet 2")) == [["3", "4"]]
        assert_refused(lambda p: read_rows(p, sheet="Sheet 9"), path, "no sheet 'Sheet 9'", "Sheet 2")
        assert_refused(lambda p: read_rows(p, sheet="Sheet 3"), path, "is empty")

    def test_values_beyond_the_header_are_rejects(self, folder):
        rows = read_rows(self.put(folder, [["a", "b"], [1, 2, 3], [4, 5]]))
        assert rules(rows) == [(2, "cells")]
        assert rows.rejects[0].raw == "1,2,3"
        assert_balanced(rows)

    def test_a_damaged_part_is_refused(self, folder):
        path = folder / "broken.xlsx"
        with ZipFile(self.put(folder, [["a", "b"], [1, 2]])) as whole, ZipFile(path, "w") as broken:
            for name in whole.namelist():
                content = whole.read(name)
                broken.writestr(name, content[: len(content) // 2] if "sheet1" in name else content)
        assert_refused(read_rows, path, "cannot be read")


def test_a_raster_or_shapefile_is_no_table(folder):
    assert_refused(read_rows, put(folder, archive(SHAPEFILE)), "not a table")
    assert_refused(read_rows, put(folder, tiff()), "not a table")


def test_plain_records_stand_as_they_are_on_the_same_lines(folder):
    path = put(folder, 'ID,The Name,ID\n#id,#name,#id\n1, a ,x\n"2\n",NA,y\n')
    assert list(plain_records(path)) == [
        (3, {"id": "1", "thename": " a "}),
        (4, {"id": "2\n", "thename": "NA"}),
    ]
    assert list(plain_records(put(folder, '[{"The ID": 1.0, "x": null}, 3]'))) == [(1, {"theid": "1.0", "x": ""})]


def test_a_row_is_rejected_once_by_the_first_rule_it_breaks(folder):
    rows = read_rows(put(folder, "a,b\n1,2\n3,4\n5,6\n"))
    keep, rejects = sift(rows, [("one", "says one", [True, False, False]), ("two", "says two", [True, True, False])])
    assert list(keep) == [False, False, True]
    assert [tuple(reject) for reject in rejects] == [(2, "one", "says one", "1,2"), (3, "two", "says two", "3,4")]


def test_copies_are_told_from_contradictions(folder):
    rows = read_rows(put(folder, "id,x\n1,a\n1,a\n2,a\n2,b\n2,a\n,a\n,a\n3,a\n"))
    (name, _, differing), copies = twins(rows.frame, rows.frame["id"])
    assert name == "duplicate_id"
    assert list(differing) == [False, False, True, True, True, False, False, False]
    assert list(copies) == [False, True, False, False, True, False, False, False]


def test_staged_rows_have_the_table_s_columns_and_no_other():
    with pytest.raises(KeyError):
        staged("provider_totals", {"measure": ["a"]})
    frame = staged("provider_totals", {"total": [1], "key": "k", "measure": "m", "source": "s", "more": 1})
    assert list(frame.columns) == ["source", "measure", "key", "total"]
