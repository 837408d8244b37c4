"""Hostile text: whatever stands in a file, every record is accounted for, and no exception but a sentence escapes."""

import csv
import json
import random

import pytest

from data_pipelines._source import Raw, source
from geo.errors import FileRefused
from tests.torture.files import HEADLINES, events, figures
from tests.world import write_rows

ROWS, FILES = 10_000, 400
GARBAGE = (
    "", " ", "NA", "-1", "1e999", "nan", "inf", "0x10", "९", "99999999999999999999", "1,5", "=HYPERLINK(1)", "\t",
    "2023-02-30", "0000-00-00", "12/31/2023 25:61", "POINT (1 2", "'; DROP TABLE incidents; --", "<script>alert(1)",
    "\u202eabc", "\ufeff", "a" * 5_000, 'say ""hi""', "line\nbreak", "\r", "Δ", "None", "{}", "[]", "\\N", "-0",
)  # fmt: skip


def accounted(source_id, path, records=None):
    """Parse a file; return whether it was taken, after asserting that its account holds."""
    refusal, parsed = None, None
    try:
        parsed = source(source_id).parse(Raw(path, f"{source_id}/test", "XTW"))
    except FileRefused as error:
        refusal = str(error)
    if parsed is None:
        assert refusal.endswith(".")
        assert "\n" not in refusal
        return False
    assert parsed.rows_in == parsed.loaded + len(parsed.rejects) + parsed.repeated
    if records is not None:
        assert parsed.rows_in == records
    for reject in parsed.rejects:
        assert reject.line >= 1
        assert reject.rule
        assert reject.reason
        reject.raw.encode()
    return True


def hostile(rng, row):
    """Return a row with some of its cells replaced by garbage."""
    spoilt = rng.sample(sorted(row), rng.randint(1, 6))
    return {name: rng.choice(GARBAGE) if name in spoilt else value for name, value in row.items()}


@pytest.mark.parametrize("source_id", ["ucdp_ged", "iom_dtm"])
def test_ten_thousand_hostile_rows_are_all_accounted_for(tmp_path, source_id):
    rng = random.Random(1)
    good = events() if source_id == "ucdp_ged" else figures()
    rows = [*good, *(hostile(rng, {**rng.choice(good), "id": 10_000 + i}) for i in range(ROWS))]
    path = write_rows(tmp_path / "rows.csv", rows)
    assert accounted(source_id, path, _records(path.read_bytes()))
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(rows))
    assert accounted(source_id, path, len(rows))


def insert(*pieces):
    """Return damage that puts one of the pieces in."""
    return lambda rng, data, at: data[:at] + rng.choice(pieces) + data[at:]


def too_many_fields(rng, data, at):
    """Put delimiters at the end of a line."""
    end = data.find(b"\n", at)
    return data if end < 0 else data[:end] + b"," * rng.randint(1, 3) + data[end:]


def too_few_fields(_, data, at):
    """Take a delimiter out."""
    comma = data.find(b",", at)
    return data if comma < 0 else data[:comma] + data[comma + 1 :]


MUTATIONS = {
    "quote": insert(b'"'),
    "nul": insert(b"\0"),
    "encoding": insert(b"\xe9", b"\xff\xfe", b"\xc3", b"\xed\xa0\x80"),
    "line": insert(b"\n", b"\r\n", b"\r", b"\n\n"),
    "many": too_many_fields,
    "few": too_few_fields,
    "cut": lambda _, data, at: data[:at],
    "shuffled": lambda rng, data, at: (
        data[:at] + data[(other := rng.randrange(at, len(data))) : other + 40] + data[at:]
    ),
}


def mutate(rng, data, kind):
    """Return a CSV file's bytes with one kind of damage below its header, at one to four random places."""
    for _ in range(rng.randint(1, 4)):
        header = data.index(b"\n") + 1
        if header < len(data):
            data = MUTATIONS[kind](rng, data, rng.randrange(header, len(data)))
    return data


@pytest.mark.parametrize("kind", list(MUTATIONS))
def test_damaged_files_are_refused_or_fully_accounted_for(tmp_path, kind):
    """400 files, and the records that are counted are those that Python's own reader finds where it can read them."""
    rng = random.Random(kind)
    whole = write_rows(tmp_path / "whole.csv", events()[:60]).read_bytes()
    path, taken = tmp_path / "file.csv", 0
    for _ in range(FILES // len(MUTATIONS)):
        data = mutate(rng, whole, kind)
        path.write_bytes(data)
        taken += accounted("ucdp_ged", path, _records(data))
    print(f"\n{kind}: {taken} of {FILES // len(MUTATIONS)} files taken, the others refused")


def _records(data):
    """Return how many records Python's strict reader finds below the header; None where it stumbles."""
    text = data.decode("utf-8-sig", "surrogateescape")
    try:
        records = list(csv.reader(text.splitlines(keepends=True), strict=True))
    except csv.Error:
        return None
    return sum(bool(record) for record in records) - 1


def test_the_hostile_words_are_read_as_they_stand(tmp_path):
    """A headline with quotes, commas and newlines is one cell of one record."""
    path = write_rows(tmp_path / "rows.csv", events())
    assert any("\n" in words for words in HEADLINES)
    assert accounted("ucdp_ged", path, len(events()))
