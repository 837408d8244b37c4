"""Large files: resumed, measured, unpacked, and believed only when whole."""

import gzip
import io
import json
import re
import sqlite3
import struct
import zipfile
import zlib
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_pipelines._source import source
from data_pipelines.fetching.download import download
from data_pipelines.fetching.limits import Budget, Patience
from data_pipelines.fetching.web import open_web
from data_pipelines.fetching.whole import check_whole
from geo.errors import DataError, FileRefused
from tests.provider import Reply, provider, redirect

HOST, OTHER = "data.example.org", "files.example.org"
PLACE = f"{HOST}/files/events.csv"
URL = f"https://{PLACE}"
QUICK = Patience(attempts=3, first_wait_s=0.01, longest_wait_s=0.02, jitter_s=0, longest_asked_s=1.5, read_s=0.5)
ROWS = "".join(f"{i},XTW,{i * 37 % 1000}\n" for i in range(5_000))
CSV = ("id,iso3,deaths\n" + ROWS).encode()
TAG = {"ETag": '"one"'}


@pytest.fixture
def server():
    with provider() as running:
        yield running


@pytest.fixture
def web(tmp_path, server):
    workspace = tmp_path / "workspace"
    server.stand_in(workspace, HOST, OTHER)
    with open_web(
        replace(source("ucdp_ged"), hosts=(HOST, OTHER)), workspace, lambda _: None, patience=QUICK
    ) as opened:
        yield opened


@pytest.fixture
def into(tmp_path):
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def ranges(server):
    return [seen.headers["Range"] for seen in server.seen]


def test_a_file_comes_whole_with_its_day_and_its_address(server, web, into):
    server.script(PLACE, Reply(body=CSV, headers={"Last-Modified": "Wed, 05 Nov 2025 23:30:00 GMT"}))
    fetched = download(web, URL, into, params={"v": 2})
    assert fetched == (into / "events.csv", date(2025, 11, 5), f"{URL}?v=2", None, "")
    assert fetched.path.read_bytes() == CSV
    assert [path.name for path in into.iterdir()] == ["events.csv"]


@pytest.mark.parametrize("name", ["../up", "/etc/x", "a b", "é", ".", "", "x" * 300, ".hidden"])
def test_a_file_is_named_safely(server, web, into, name):
    server.script(PLACE, Reply(body=CSV))
    path = download(web, URL, into, name=name).path
    assert path.parent == into
    assert re.fullmatch(r"[\w.-]{1,120}", path.name)
    assert path.read_bytes() == CSV


@pytest.mark.parametrize("tag", [TAG, {"Last-Modified": "Wed, 05 Nov 2025 23:30:00 GMT"}])
@pytest.mark.parametrize("how", [{}, {"chunked": True}, {"packed": True}])
def test_a_broken_download_goes_on_where_it_broke(server, web, into, tag, how):
    part = Reply(body=CSV, headers=tag, ranges=True, **how)
    server.script(PLACE, replace(part, cut_after=9_000), replace(part, packed=False, cut_after=9_000), part)
    if "packed" in how:  # a range is one of the packed bytes, as they were sent
        packed = Reply(body=gzip.compress(CSV, mtime=0), headers={**tag, "Content-Encoding": "gzip"}, ranges=True)
        server.script(PLACE, replace(packed, cut_after=9_000), replace(packed, cut_after=5_000), packed)
    assert download(web, URL, into).path.read_bytes() == CSV
    assert ranges(server)[:2] == [None, "bytes=9000-"]
    assert server.seen[1].headers["If-Range"] in tag.values()


def test_a_line_that_breaks_more_often_than_patience_lasts_gets_there_while_it_advances(server, web, into):
    server.script(PLACE, Reply(body=CSV, headers=TAG, ranges=True, cut_after=4_000))
    assert len(CSV) / 4_000 > QUICK.attempts * 4
    assert download(web, URL, into).path.read_bytes() == CSV
    assert ranges(server) == [None, *(f"bytes={k}-" for k in range(4_000, len(CSV), 4_000))]


def test_a_line_that_breaks_at_one_place_ends_with_patience(server, web, into):
    server.script(PLACE, Reply(body=CSV, cut_after=4_000))
    with pytest.raises(DataError, match="broke"):
        download(web, URL, into)
    assert server.asked(PLACE) == 1 + QUICK.attempts


def test_a_run_goes_on_from_what_another_left(server, web, into):
    server.script(PLACE, Reply(body=CSV, headers=TAG, cut_after=9_000), Reply(404))
    with pytest.raises(DataError, match="404"):
        download(web, URL, into)
    server.script(PLACE, Reply(body=CSV, headers=TAG, ranges=True))
    assert download(web, URL, into).path.read_bytes() == CSV
    assert ranges(server)[-1] == "bytes=9000-"


def test_bytes_that_a_power_cut_left_unsure_are_asked_for_again(server, web, into):
    server.script(PLACE, Reply(body=CSV, headers=TAG, cut_after=9_000), Reply(404))
    with pytest.raises(DataError, match="404"):
        download(web, URL, into)
    with (into / "events.csv.part").open("ab") as part:
        part.write(b"\0" * 5_000)
    server.script(PLACE, Reply(body=CSV, headers=TAG, ranges=True))
    assert download(web, URL, into).path.read_bytes() == CSV
    assert ranges(server)[-1] == "bytes=9000-"


@pytest.mark.parametrize("said", ["", "{}", '{"url": 1}', "[]", None])
def test_a_part_of_which_nothing_is_known_begins_anew(server, web, into, said):
    (into / "events.csv.part").write_bytes(b"something else")
    if said is not None:
        (into / "events.csv.part.json").write_text(said)
    server.script(PLACE, Reply(body=CSV, headers=TAG, ranges=True))
    assert download(web, URL, into).path.read_bytes() == CSV
    assert ranges(server) == [None]


def test_what_another_address_left_is_not_gone_on_with(server, web, into):
    server.script(PLACE, Reply(body=CSV, headers=TAG, cut_after=9_000), Reply(404))
    with pytest.raises(DataError, match="404"):
        download(web, URL, into)
    server.script(PLACE, Reply(body=CSV, headers=TAG, ranges=True))
    assert download(web, URL, into, params={"year": 2025}).path.read_bytes() == CSV
    assert ranges(server)[-1] is None


NEW = CSV.replace(b"XTW", b"XTZ")


@pytest.mark.parametrize(
    "rest",
    [
        Reply(body=NEW, headers={"ETag": '"two"'}, ranges=True),  # changed: a whole answer instead of the rest
        Reply(body=NEW, headers=TAG),  # ranges are ignored
        Reply(206, NEW[9_000:], {"ETag": '"two"', "Content-Range": f"bytes 9000-{len(NEW) - 1}/{len(NEW)}"}),
        Reply(206, NEW[9_000:], {**TAG, "Content-Range": f"bytes 9000-{len(NEW)}/{len(NEW) + 1}"}),
        Reply(206, NEW[8_000:], {**TAG, "Content-Range": f"bytes 8000-{len(NEW) - 1}/{len(NEW)}"}),
        Reply(206, NEW[9_000:], TAG),
        Reply(206, NEW[9_000:], {**TAG, "Content-Range": "bytes x-y/z"}),
        Reply(416, headers={**TAG, "Content-Range": f"bytes */{len(NEW)}"}),
        Reply(416),
    ],
)  # fmt: skip
def test_a_rest_of_another_file_is_never_joined_on(server, web, into, rest):
    server.script(
        PLACE, Reply(body=CSV, headers=TAG, cut_after=9_000), rest, Reply(body=NEW, headers={"ETag": '"two"'})
    )
    assert download(web, URL, into).path.read_bytes() == NEW


def test_a_file_without_a_name_for_its_version_begins_anew(server, web, into):
    weak = {"ETag": 'W/"one"'}
    server.script(PLACE, Reply(body=CSV, headers=weak, cut_after=9_000), Reply(body=CSV, headers=weak, ranges=True))
    assert download(web, URL, into).path.read_bytes() == CSV
    assert ranges(server) == [None, None]


def test_a_416_after_the_last_byte_says_that_all_is_there(server, web, into):
    reply = Reply(body=CSV, headers=TAG, chunked=True, ranges=True)
    server.script(PLACE, replace(reply, cut_after=len(CSV)), reply)
    assert download(web, URL, into).path.read_bytes() == CSV


@pytest.mark.parametrize("reply", [Reply(206, CSV[5:]), Reply(416), Reply(206, CSV, {"Content-Range": "bytes 0-9/10"})])
def test_a_part_that_nobody_asked_for_is_refused(server, web, into, reply):
    server.script(PLACE, reply)
    with pytest.raises(DataError, match="another file"):
        download(web, URL, into)
    assert list(into.glob("events.csv")) == []


def test_a_redirect_to_where_files_lie_keeps_the_range(server, web, into):
    server.script(PLACE, redirect(f"https://{OTHER}/x"))
    server.script(f"{OTHER}/x", Reply(body=CSV, headers=TAG, cut_after=500), Reply(body=CSV, headers=TAG, ranges=True))
    assert download(web, URL, into, headers={"X-Key": "0123456789"}).path.name == "events.csv"
    assert ranges(server) == [None, None, "bytes=500-", "bytes=500-"]
    assert [seen.headers["X-Key"] for seen in server.seen] == ["0123456789", None] * 2


def test_what_is_too_large_is_not_begun(server, tmp_path, into):
    server.stand_in(tmp_path, HOST)
    server.script(PLACE, Reply(body=CSV))
    ours = replace(source("ucdp_ged"), hosts=(HOST,))
    with (
        open_web(ours, tmp_path, print, patience=QUICK, budget=Budget(bytes=1_000)) as web,
        pytest.raises(DataError, match="more than the run may receive"),
    ):
        download(web, URL, into)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(body=b""), "is empty"), (Reply(body=b"<!doctype html><p>Sign in"), "is a web page"),
        (Reply(body=CSV[:-9], length=-1), "last row"), (Reply(body=gzip.compress(CSV)[:-3]), "gzip trailer"),
        (Reply(body=CSV, length=len(CSV) - 9), "last row"), (Reply(body=b'{"data": [1, 2', length=-1), "cut off"),
        (Reply(body=b"\x00\x01\x02"), "not text"),
    ],
)  # fmt: skip
def test_what_is_not_whole_is_refused_and_kept_as_evidence(server, web, into, reply, why):
    server.script(PLACE, reply)
    with pytest.raises(FileRefused, match=why):
        download(web, URL, into)
    (folder,) = (web.root / "refused" / "ucdp_ged").iterdir()
    assert why in json.loads((folder / "reason.json").read_text())["reason"]
    assert (folder / "events.csv").is_file()


def test_what_was_packed_for_the_way_and_is_damaged_is_refused(server, web, into):
    packed = gzip.compress(CSV, mtime=0)
    for body, why in ((packed[:-4], "cut off"), (packed[:-4] + b"\0\0\0\0", "damaged"), (b"\0" + packed, "damaged")):
        server.script(PLACE, Reply(body=body, headers={"Content-Encoding": "gzip"}))
        with pytest.raises(FileRefused, match=why):
            download(web, URL, into)


def test_a_length_that_is_never_reached_is_a_fault(server, web, into):
    server.script(PLACE, Reply(body=CSV, length=len(CSV) + 5))
    with pytest.raises(DataError, match="broke"):
        download(web, URL, into)


def test_other_packing_than_was_asked_for_is_a_fault(server, web, into):
    server.script(PLACE, Reply(body=CSV, headers={"Content-Encoding": "br"}))
    with pytest.raises(DataError, match="'br', which nobody asked for"):
        download(web, URL, into)


def zipped(name="events.csv", content=CSV, **how):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, **how) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def geopackage(folder):
    path = folder / "a.gpkg"
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA application_id = {int.from_bytes(b'GPKG')}")
        database.execute(
            "CREATE TABLE t AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 5000) SELECT * FROM n"
        )
    database.close()
    return path.read_bytes()


def pbf():
    """Blocks as an OpenStreetMap file has them: length, header (type, datasize), data."""

    def block(kind, data):
        size, tail = len(data), b""
        while size > 0x7F:
            tail, size = tail + bytes([size & 0x7F | 0x80]), size >> 7
        header = b"\x0a" + bytes([len(kind)]) + kind + b"\x18" + tail + bytes([size])
        return struct.pack(">I", len(header)) + header + data

    return block(b"OSMHeader", b"x" * 40) + block(b"OSMData", zlib.compress(CSV)) * 3


def kinds(folder):
    return {
        "csv": CSV.rstrip(b"\n"), "gz": gzip.compress(CSV), "members.gz": gzip.compress(CSV[:50]) + gzip.compress(CSV),
        "zip": zipped(), "json": json.dumps({"data": [{"a": '} "]', "b": [i]} for i in range(99)]}).encode(),
        "gpkg": geopackage(folder), "pbf": pbf(),
    }  # fmt: skip


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory):
    return kinds(tmp_path_factory.mktemp("kinds"))


KINDS = ("gz", "zip", "json", "gpkg", "pbf")


@pytest.mark.parametrize("kind", [*KINDS, "csv", "members.gz"])
def test_a_whole_file_is_taken(whole_files, tmp_path, kind):
    path = tmp_path / "file"
    path.write_bytes(whole_files[kind])
    check_whole(path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_anywhere_is_refused(whole_files, tmp_path_factory, kind):
    path = tmp_path_factory.mktemp("cut") / "file"
    content = whole_files[kind]

    @settings(max_examples=40)
    @given(st.integers(0, len(content) - 1))
    def cut(k):
        path.write_bytes(content[:k])
        if kind == "pbf" and k in _ends(content):
            return
        with pytest.raises(FileRefused):
            check_whole(path)

    cut()


def _ends(content):
    """Where blocks end: a file cut there is one with fewer blocks, which only its length tells."""
    first = content.index(b"OSMData") - 6
    return {first + n * ((len(content) - first) // 3) for n in range(3)}


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_a_flipped_byte_inside_is_seen(whole_files, tmp_path, kind):
    content = bytearray(whole_files[kind])
    content[len(content) // 2] ^= 0xFF
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(FileRefused, match="damaged"):
        check_whole(path)


def test_a_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb"
    path.write_bytes(zipped(content=b"\0" * 30_000_000))
    with pytest.raises(FileRefused, match="bomb"):
        check_whole(path)
