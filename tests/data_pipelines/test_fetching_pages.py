"""Pages: asked for until the provider's own total is reached, refused where they contradict it or each other."""

import json
from dataclasses import replace

import pytest

from data_pipelines._source import source
from data_pipelines.fetching.limits import Patience
from data_pipelines.fetching.pages import Request, collect, write_pages
from data_pipelines.fetching.web import open_web
from data_pipelines.readers.documents import read_geojson, read_json
from geo.errors import DataError, FileRefused
from tests.provider import Reply, as_json, paged, provider

HOST = "api.example.org"
PLACE = f"{HOST}/events"
QUICK = Patience(attempts=2, first_wait_s=0.01, longest_wait_s=0.02, jitter_s=0)
RECORDS = [{"id": i, "deaths": i % 5} for i in range(25)]


@pytest.fixture
def server():
    with provider() as running:
        yield running


@pytest.fixture
def web(tmp_path, server):
    server.stand_in(tmp_path, HOST)
    with open_web(replace(source("ucdp_ged"), hosts=(HOST,)), tmp_path, lambda _: None, patience=QUICK) as opened:
        yield opened


def following(request, _, number):
    return replace(request, params={**request.params, "page": number + 1})


def get(web, **how):
    how = {"records": lambda d: d["data"], "claimed": lambda d: d["total"], "ids": lambda r: r["id"], **how}
    return collect(web, Request(f"https://{PLACE}", {"page": 1, "size": 10}), following=following, **how)


def page(records, total=25):
    return as_json({"data": records, "total": total})


def envelope(records, total):
    return {"data": records, "total": total}


THREE = (RECORDS[:10], RECORDS[10:20], RECORDS[20:])


def test_pages_are_asked_for_until_the_total_is_reached(server, web):
    server.script(PLACE, paged(RECORDS, 10, envelope))
    pages = get(web)
    assert [json.loads(body)["data"] for body in pages] == list(THREE)
    assert [seen.query["page"] for seen in server.seen] == ["1", "2", "3"]


def test_without_a_total_pages_are_asked_for_until_one_is_empty(server, web):
    server.script(PLACE, paged(RECORDS, 10, envelope))
    assert len(get(web, claimed=None)) == 3
    assert len(server.seen) == 4


def test_a_short_page_in_between_is_no_end(server, web):
    server.script(PLACE, page(RECORDS[:4]), page(RECORDS[4:20]), page(RECORDS[20:]))
    assert len(get(web)) == 3


def test_a_total_on_the_first_page_alone_is_enough(server, web):
    server.script(PLACE, page(RECORDS[:10]), page(RECORDS[10:], None))
    assert len(get(web)) == 2


def test_an_empty_answer_is_one_page(server, web):
    server.script(PLACE, page([], 0))
    assert len(get(web)) == 1
    assert len(server.seen) == 1


def test_a_record_that_moved_to_the_next_page_counts_once(server, web):
    server.script(PLACE, page(RECORDS[:10]), page(RECORDS[9:19]), page(RECORDS[18:]))
    assert len(get(web)) == 3


@pytest.mark.parametrize(
    ("replies", "why"),
    [
        ([page(RECORDS[:10]), page([])], "claim 25 records and hold 10"),
        ([page(RECORDS[:10]), page(RECORDS[:10])], "the same page as one before"),
        ([page(RECORDS[:10]), page(RECORDS[10:20], 26)], "total changed from 25 to 26"),
        ([page(RECORDS[:10]), page([{"id": 3, "deaths": 99}])], "record 3 came twice, and not the same"),
        ([page(RECORDS, 24), page([], 24)], "claim 24 records and hold 25"),
        ([page(RECORDS[:10]), page(RECORDS[9:19]), page(RECORDS[19:24]), page([])], "claim 25 records and hold 24"),
        ([page(RECORDS[:10], "25")], "a total that is no number"),
        ([page(RECORDS[:10], True)], "a total that is no number"),
        ([page({"a": 1})], "no list of records"),
        ([page([{"name": "no id"}])], "its format has changed"),
        ([page([{"id": []}])], "its format has changed"),
        ([as_json({"error": "quota"})], "it is an error report"),
        ([as_json({"success": False, "data": []})], "it reports a failure"),
        ([as_json("what")], "it is an error report"),
        ([Reply(body=b'{"data": [NaN], "total": 1}')], "is not JSON"),
        ([Reply(body=b'{"data": ["\xff"], "total": 1}')], "is not JSON"),
        ([Reply(body=b'{"data": [1, 2')], "is not JSON"),
    ],
)
def test_pages_that_cannot_be_believed_are_refused_and_kept(server, web, replies, why):
    server.script(PLACE, *replies)
    with pytest.raises(FileRefused, match=why):
        get(web)
    (folder,) = (web.root / "refused" / "ucdp_ged").iterdir()
    assert why in json.loads((folder / "reason.json").read_text())["reason"]
    assert (folder / "pages.txt").read_bytes() == b"\n".join(r.body for r in replies)


def test_there_is_an_end_to_pages(server, web):
    server.script(PLACE, lambda seen: page([{"id": seen.query["page"]}], None))
    with pytest.raises(FileRefused, match="more than 5 of them"):
        get(web, claimed=None, most=5)
    assert len(server.seen) == 5


def test_a_page_that_never_comes_fails_them_all(server, web):
    server.script(PLACE, page(RECORDS[:10]), Reply(503))
    with pytest.raises(DataError, match="503"):
        get(web)


def test_pages_lie_in_one_file_byte_for_byte_and_are_read_as_one_list(server, web, tmp_path):
    server.script(PLACE, paged(RECORDS, 10, lambda r, n: {"TotalCount": n, "Result": r}))
    pages = get(web, records=lambda d: d["Result"], claimed=lambda d: d["TotalCount"])
    path = write_pages(pages, tmp_path / "pages.json")
    assert all(body in path.read_bytes() for body in pages)
    assert len(read_json(path).frame) == 25


@pytest.mark.parametrize("pages", [[b"[1]"], [b"\xef\xbb\xbf[{}]\n", b" [ ]"], []])
def test_what_is_written_is_json_of_the_same_pages(tmp_path, pages):
    path = write_pages(pages, tmp_path / "pages.json")
    assert json.loads(path.read_text())["pages"] == [json.loads(body.decode("utf-8-sig")) for body in pages]


def read(path, *pages):
    path.write_text(json.dumps({"pages": pages}))
    return read_json(path).frame


def test_what_pages_claim_is_held_against_their_sum(tmp_path):
    path, a, b = tmp_path / "pages.json", [{"id": 1}, {"id": 2}], [{"id": 3}]
    assert len(read(path, {"totalCount": 3, "data": a}, {"totalCount": 3, "data": b})) == 3
    assert len(read(path, {"totalCount": 3, "data": a}, {"data": [*b, a[0]]})) == 4
    assert len(read(path, a, b)) == 3
    for wrong in (2, 4):
        with pytest.raises(FileRefused, match=f"claims {wrong} records"):
            read(path, {"totalCount": wrong, "data": a}, {"totalCount": wrong, "data": b})
    with pytest.raises(FileRefused, match="failed request"):
        read(path, {"data": a}, {"isSuccess": False, "data": []})
    with pytest.raises(FileRefused, match="no list of records"):
        read(path, {"data": a}, 5)


def test_pages_of_points_are_read_as_one_collection(tmp_path):
    path = tmp_path / "pages.json"
    feature = {"type": "Feature", "properties": {"a": "b"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}
    path.write_text(json.dumps({"pages": [{"type": "FeatureCollection", "features": [feature]}] * 2}))
    assert len(read_geojson(path).frame) == 2
