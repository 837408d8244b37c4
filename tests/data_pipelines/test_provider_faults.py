"""Faults of providers, each played by a real server: nothing bad is published, and what was served stays served.

Each fault goes through what `forewatch fetch` does and, where a snapshot came of it, `forewatch build`, in a workspace
that already serves an edition. `FILE` is a CSV file of events that is downloaded, `PAGES` the same events in pages of
JSON; the others go through their source's own `fetch`. Clocks are not waited for: patience is short, days are given.
"""

import csv
import email.utils
import gzip
import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from data_pipelines._source import Fetched, source
from data_pipelines.build import build
from data_pipelines.edition import current
from data_pipelines.fetching.download import download
from data_pipelines.fetching.limits import Budget, Patience
from data_pipelines.fetching.pages import Request, collect, write_pages
from data_pipelines.fetching.web import secret
from data_pipelines.freshness import standings
from data_pipelines.receive import receive
from data_pipelines.snapshot import add
from data_pipelines.tables import Tier
from data_pipelines.workspace import Workspace
from geo.errors import DataError
from tests import world
from tests.provider import Provider, Reply, Step, as_json, provider, redirect

HOST, STORE = "events.example.org", "store.example.org"
FILE, PAGES, DTM, ACLED, UNHCR, COD_AB = "file", "pages", "iom_dtm", "acled", "unhcr", "cod_ab"
LEVEL, READ, LOGIN = "dtmapi.iom.int/v3/displacement/admin", "acleddata.com/api/acled/read", "acleddata.com/oauth/token"
HDX, ZIP = "data.humdata.org/api/3/action/package_show", "data.humdata.org/download/xtw.geojson.zip"
PATH = {
    FILE: f"{HOST}/events.csv", PAGES: f"{HOST}/api", DTM: f"{LEVEL}2", ACLED: READ,
    UNHCR: "api.unhcr.org/population/v1/population/", COD_AB: ZIP,
}  # fmt: skip
COUNTRY = {DTM: "XTW", ACLED: "SDN", UNHCR: "XTW", COD_AB: "XTW"}
PATIENCE = Patience(
    attempts=3, first_wait_s=0.005, longest_wait_s=0.01, jitter_s=0, longest_asked_s=1.0, connect_s=0.5, read_s=0.25
)
NEWER = date(2024, 9, 1)
"""When the new file was last changed, three months after the one that is served."""
SINCE = date(2023, 1, 1)
CANARY = "canary-8f1d0c55aa"

STATES = ["fresh", "due", "overdue", "delinquent"]
SAME, NEW, STOPPED, UNREAD = "nothing came", "a new edition", "the build says no", "a file that no build reads"


def dated(body: bytes, day: date = NEWER, **how) -> Reply:
    """Reply with a file of that day that can be resumed."""
    stamp = email.utils.format_datetime(datetime(day.year, day.month, day.day, tzinfo=UTC), usegmt=True)
    headers = {"Last-Modified": stamp, "ETag": f'"{day}"', **how.pop("headers", {})}
    return Reply(body=body, headers=headers, **how)


def events():
    """Sixty events in the districts of the invented country, and eight in each of six neighbours."""
    own = [world.event(i, f"2023-{1 + i % 6:02}-{1 + i % 28:02}", 30.1 + 0.03 * i, 10.5) for i in range(60)]
    abroad = [{"country": f"{letter}land", "iso3": f"XT{letter}"} for letter in "ABCDEF"]
    return own + [world.event(1_000 + i, f"2023-{1 + i % 6:02}-15", 33.2, 12.5, **abroad[i // 8]) for i in range(48)]


def as_csv(rows) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def changed(row, **values):
    return {**row, **values}


OLD = events()
GOOD = [*OLD, *(world.event(2_000 + i, "2023-06-30", 30.2, 10.4) for i in range(4))]
CSV = as_csv(GOOD)


def renamed(old, new):
    return as_csv([{new if name == old else name: value for name, value in row.items()} for row in GOOD])


ALL = len(GOOD)


def page(records, total=ALL):
    return as_json({"TotalCount": total, "Result": records})


HALVES = (GOOD[:50], GOOD[50:])
FIGURE = {
    "operation": "Testland response", "admin0Name": "Testland", "admin0Pcode": "XTW", "admin1Name": "Area XT01",
    "admin1Pcode": "XT01", "admin2Name": "Area XT0101", "admin2Pcode": "XT0101", "numPresentIdpInd": 50,
    "reportingDate": "2023-06-20T00:00:00", "yearReportingDate": 2023, "monthReportingDate": 6, "roundNumber": 3,
    "assessmentType": "BA",
}  # fmt: skip
FIGURES = [
    *({**FIGURE, "id": 1_000 + i, "roundNumber": n, "reportingDate": f"{day}T00:00:00", "yearReportingDate": 2023,
       "monthReportingDate": int(day[5:7]), "admin1Name": f"Area {code[:4]}", "admin1Pcode": code[:4],
       "admin2Name": f"Area {code}", "admin2Pcode": code, "numPresentIdpInd": persons}
      for i, (n, day, code, persons) in enumerate(world.FIGURES)),
    {**FIGURE, "id": 2_000},
]  # fmt: skip


def dtm(records, **envelope):
    said = {"isSuccess": True, "statusCode": 200, "errorMessages": [], "totalRecordsCount": len(records)}
    return as_json({"result": records, **said, **envelope})


def zipped(content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("events.csv", content)
    return buffer.getvalue()


def flipped(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]


def in_seconds(seconds):
    return email.utils.format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def budget_of(**limits):
    return lambda: Budget(**limits)


ELSEWHERE = {
    f"{LEVEL}0": dtm([]), f"{LEVEL}1": dtm([]), LOGIN: as_json({"access_token": f"{CANARY}-token"}),
    HDX: as_json({"result": {"resources": [{"url": f"https://{ZIP}", "last_modified": "2024-09-01"}]}}),
}  # fmt: skip
"""What the providers answer at their other addresses, unless a fault says otherwise."""


def figures(items, pages=2):
    return as_json({"page": 1, "maxPages": pages, "items": items})


SPREAD = [
    {"year": 2000 + i, "coo_iso": "XTW", "coa_iso": "XTV", "coo": "XTW", "coa": "XTV", "refugees": i} for i in range(9)
]


@dataclass(frozen=True)
class Fault:
    """What a provider does, what comes of it, and what is said of a failure (a part of the sentence)."""

    name: str
    steps: tuple[Step, ...]
    then: str
    why: str = ""
    by: str = FILE
    also: dict[str, Step] = field(default_factory=dict)
    budget: Callable[[], Budget | None] = field(default=lambda: None)


def fault(name, *steps, then=SAME, **more):
    return Fault(name, steps, then, **more)


BUSY, FINE, PORTAL = Reply(429), dated(CSV), "https://portal.example.net/login"
MID = dated(CSV, cut_after=7_000, ranges=True)
REST = {"ETag": '"2024-09-01"', "Content-Range": f"bytes 7000-{len(CSV)}/{len(CSV) + 1}"}
FAULTS = [
    # asked too often, in trouble
    fault("429 once, wait in seconds", Reply(429, headers={"Retry-After": "0"}), FINE, then=NEW),
    fault("429 once, wait as a date", Reply(429, headers={"Retry-After": in_seconds(0)}), FINE, then=NEW),
    fault("429 once, no wait", BUSY, FINE, then=NEW),
    fault("429 once, a wait that is none", Reply(429, headers={"Retry-After": "soon"}), FINE, then=NEW),
    fault("429, an hour", Reply(429, headers={"Retry-After": "3600"}), why="try again after 20"),
    fault("429, a date in a year", Reply(429, headers={"Retry-After": in_seconds(3e7)}), why="try again after 20"),
    fault("429, for ever", BUSY, why="asked too often"),
    fault("500 once", Reply(500), FINE, then=NEW),
    fault("502 twice", Reply(502), Reply(502), FINE, then=NEW),
    fault("503 with a page", Reply(503, b"<html>maintenance"), FINE, then=NEW),
    fault("500 for ever", Reply(500), why="in trouble (500)"),
    fault("503 for ever", Reply(503, headers={"Retry-After": "0"}), why="in trouble (503)"),
    # the line
    fault("nobody answers in time, once", dated(CSV, wait_s=0.6), FINE, then=NEW),
    fault("nobody answers in time", dated(CSV, wait_s=0.6), why="no answer in time"),
    fault("reset before the answer", Reply(drop=True), FINE, then=NEW),
    fault("broken in the middle, resumed", MID, dated(CSV, ranges=True), then=NEW),
    fault("broken again and again, resumed", *[MID] * 8, dated(CSV, ranges=True), then=NEW),
    fault("broken in the middle, for ever", replace(MID, ranges=False), why="broke"),
    fault("chunked and cut", dated(CSV, chunked=True, cut_after=5_000), why="broke"),
    fault("chunked and cut, once", dated(CSV, chunked=True, cut_after=5_000), FINE, then=NEW),
    fault("no length, and cut in a row", dated(CSV[:-40], length=-1), why="last row is not whole"),
    fault("no length, and cut after a row", dated(CSV[: CSV.index(b"\n40,") + 1], length=-1), then=STOPPED),
    fault("longer than it claims", dated(CSV, length=len(CSV) - 40), why="last row is not whole"),
    fault("shorter than it claims", dated(CSV, length=len(CSV) + 40), why="broke"),
    fault("a trickle", dated(CSV, trickle_s=0.02), why="seconds it may cost", budget=budget_of(seconds=0.3)),
    fault("too large, as claimed", FINE, why="more than the run may receive", budget=budget_of(bytes=9_000)),
    fault("too large, unclaimed", dated(CSV, length=-1), why="used all the bytes", budget=budget_of(bytes=9_000)),
    fault("too many pages", *(page(GOOD[i : i + 1]) for i in range(9)), by=PAGES, why="used all the requests",
          budget=budget_of(requests=5)),
    # resuming
    fault("changed while it was resumed", MID, dated(CSV, headers={"ETag": '"other"'}, ranges=True), then=NEW),
    fault("ranges ignored", MID, replace(FINE, ranges=False), then=NEW),
    fault("a rest of another length", MID, Reply(206, CSV[7_000:] + b"x", REST), FINE, then=NEW),
    fault("416, and begun anew", MID, Reply(416), FINE, then=NEW),
    fault("416 at once", Reply(416), why="another file"),
    fault("304 unasked", Reply(304), why="status 304"),
    # packing
    fault("gzip for the way, whole", dated(CSV, packed=True), then=NEW),
    fault("gzip for the way, cut", dated(CSV, packed=True, cut_after=800), why="broke"),
    fault("a gzip file, cut", dated(gzip.compress(CSV)[:-5]), why="cut off or damaged"),
    fault("a zip file, cut", dated(zipped(CSV)[:-30]), why="cut off or damaged"),
    fault("a zip file, one byte flipped", dated(flipped(zipped(CSV))), why="damaged"),
    fault("an unknown packing", dated(CSV, headers={"Content-Encoding": "br"}), why="'br', which nobody asked for"),
    # something else with 200
    fault("a web page", dated(b"<!DOCTYPE html><title>Welcome to the hotel</title>"), why="web page"),
    fault("a web page instead of JSON", Reply(body=b"<html>Rate limit"), by=PAGES, why="web page"),
    fault("nothing", dated(b""), why="is empty"),
    fault("nothing instead of JSON", Reply(), by=PAGES, why="is empty"),
    fault("a header and no row", dated(CSV.splitlines(keepends=True)[0]), why="holds no record"),
    fault("an error report", as_json({"error": "quota exceeded"}), by=PAGES, why="error report"),
    fault("a failure with success", dtm([], isSuccess=False, errorMessages=["x"]), by=DTM, why="reports a failure"),
    # redirects and places
    fault("a captive portal", redirect(PORTAL), why="none of its hosts"),
    fault("a captive portal for an API", redirect(PORTAL, 307), by=PAGES, why="none of its hosts"),
    fault("a redirect to http", redirect(f"http://{HOST}/events.csv"), why="only https"),
    fault("a redirect in a circle", redirect(f"https://{HOST}/events.csv"), why="never arrived"),
    fault("a redirect to a store of its own", redirect(f"https://{STORE}/x"), then=NEW, also={f"{STORE}/x": FINE}),
    fault("moved away", Reply(404), why="404"),
    fault("withdrawn", Reply(410), why="410"),
    # keys
    fault("an expired token", Reply(401), by=DTM, why="has expired (401); renew FOREWATCH_DTM_KEY"),
    fault("no access", Reply(403), by=DTM, why="lacks access (403)"),
    # pages
    fault("two pages", page(HALVES[0]), page(HALVES[1]), by=PAGES, then=NEW),
    fault("a short page in between", page(GOOD[:9]), page(GOOD[9:]), by=PAGES, then=NEW),
    fault("an empty list", page([], 0), by=PAGES, why="holds no record"),
    fault("an empty page before the end", page(HALVES[0]), page([]), by=PAGES, why=f"claim {ALL} records and hold 50"),
    fault("a repeated page", page(HALVES[0]), by=PAGES, why="same page"),
    fault("a page that fails for ever", page(HALVES[0]), Reply(502), by=PAGES, why="in trouble (502)"),
    fault("no end of pages", lambda s: page([changed(GOOD[0], id=9_000 + int(s.query["page"]))], None), by=PAGES,
          why="more than 20 of them"),
    fault("no total", page(HALVES[0], None), page(HALVES[1], None), page([], None), by=PAGES, then=NEW),
    fault("a total that changes", page(HALVES[0]), page(HALVES[1], 99), by=PAGES, why="total changed"),
    fault("a total larger than given", page(HALVES[0], 200), page(HALVES[1], 200), page([], 200), by=PAGES,
          why=f"hold {ALL}"),
    fault("a total smaller than given", page(GOOD, 80), page([], 80), by=PAGES, why=f"claim 80 records and hold {ALL}"),
    fault("a total that is text", page(GOOD, str(ALL)), by=PAGES, why="no number"),
    fault("a record on two pages", page(HALVES[0]), page(GOOD[49:]), by=PAGES, then=NEW),
    fault("a record missed between pages", page(HALVES[0]), page(GOOD[49:-1]), page([]), by=PAGES,
          why=f"hold {ALL - 1}"),
    fault("a record twice, not the same", page(HALVES[0]), page([changed(GOOD[3], best=999), *HALVES[1]]), by=PAGES,
          why="twice, and not the same"),
    # JSON
    fault("cut JSON", Reply(body=b'{"TotalCount": 2, "Result": [{"id": 1'), by=PAGES, why="not JSON"),
    fault("NaN", Reply(body=b'{"TotalCount": 1, "Result": [{"id": NaN}]}'), by=PAGES, why="not JSON"),
    fault("bytes that are no UTF-8", Reply(body=b'{"Result": ["\xe9"], "TotalCount": 1}'), by=PAGES, why="not JSON"),
    fault("a byte order mark", Reply(body=b"\xef\xbb\xbf" + page(GOOD).body), by=PAGES, then=NEW),
    fault("a byte order mark before CSV", dated(b"\xef\xbb\xbf" + CSV), then=NEW),
    fault("the claimed total of one page is not met", dtm(FIGURES, totalRecordsCount=9), by=DTM, why="claim 9 records"),
    # the contract
    fault("a column renamed", dated(renamed("latitude", "lat_y")), why="latitude"),
    fault("a column removed", dated(renamed("date_start", "")), why="date_start"),
    fault("a column retyped", dated(as_csv([changed(r, latitude="north") for r in GOOD])), why="latitude"),
    fault("a column added", dated(as_csv([changed(r, colour="red") for r in GOOD])), then=NEW),
    fault("columns in another order", dated(as_csv([dict(reversed(r.items())) for r in GOOD])), then=NEW),
    fault("an unknown code in each row", dated(as_csv([changed(r, type_of_violence=9) for r in GOOD])),
          why="type_of_violence is not"),
    fault("a column gone from an API", dtm([{k: v for k, v in r.items() if k != "numPresentIdpInd"} for r in FIGURES]),
          by=DTM, why="numPresentIdpInd"),
    # the content
    fault("records revised", dated(as_csv([changed(r, best=3, high=9, deaths_civilians=3) for r in GOOD])), then=NEW),
    fault("a few records deleted", dated(as_csv([*GOOD[:7], *GOOD[9:]])), then=NEW),
    fault("half of the rows", dated(as_csv(GOOD[::2])), then=STOPPED),
    fault("a country missing", dated(as_csv([r for r in GOOD if r["iso3"] != "XTC"])), then=STOPPED),
    fault("nothing of the last months", dated(as_csv([r for r in GOOD if r["date_start"] < "2023-04"])), then=STOPPED),
    fault("an older file than the present one", dated(as_csv(OLD[:5] + OLD[6:]), date(2024, 2, 1)), then=UNREAD),
    fault("the present file once more", dated(as_csv(OLD), world.KNOWN_AT), then=UNREAD),
    # other providers
    fault("a login that is refused", page([]), by=ACLED, also={LOGIN: Reply(401)}, why="has expired (401); renew"),
    fault("a login that gives no token", page([]), by=ACLED, also={LOGIN: as_json({"ok": 1})}, why="gave no token"),
    fault("a token without access", Reply(403), by=ACLED, why="lacks access (403)"),
    fault("no data with success", as_json({"success": True, "data": []}), by=ACLED, why="gave it no event of SDN"),
    fault("fewer figures on a page", figures(SPREAD[:2]), figures(SPREAD[2:]), by=UNHCR, why="shorter than the first"),
    fault("a page of figures twice", figures(SPREAD[:4]), by=UNHCR, why="same page"),
    fault("a data set that was emptied", Reply(404), by=COD_AB, also={HDX: as_json({"result": {"resources": []}})},
          why="holds no such file any more"),
    fault("a catalogue of another form", Reply(404), by=COD_AB, also={HDX: as_json({"no": 1})}, why="cannot be read"),
    fault("a store elsewhere", redirect("https://else.example.net/x.zip"), by=COD_AB, why="none of its hosts"),
    fault("an archive without the levels", Reply(body=zipped(b"a,b\n1,2\n")), by=COD_AB, why="holds no file such as"),
    fault("new figures", dtm(FIGURES), by=DTM, then=NEW),
]  # fmt: skip


def fetch_file(web, folder, *_):
    """Download one file, with a key in its query."""
    yield download(web, f"https://{PATH[FILE]}", folder, params={"key": secret(web, "FOREWATCH_TEST_KEY")})


def fetch_pages(web, folder, *_):
    """Collect pages as UCDP's API has them."""
    pages = collect(
        web, Request(f"https://{PATH[PAGES]}", {"page": 0}),
        following=lambda request, _, n: replace(request, params={"page": n}), records=lambda d: d["Result"],
        claimed=lambda d: d["TotalCount"], ids=lambda record: record["id"], most=20,
    )  # fmt: skip
    yield Fetched(write_pages(pages, folder / "events.json"), NEWER, f"https://{PATH[PAGES]}")


FETCH = {FILE: fetch_file, PAGES: fetch_pages}


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Path:
    """A workspace with the invented country; `built` builds its edition."""
    folder, root = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("served")
    (folder / "events.csv").write_bytes(as_csv(OLD))
    for name, path, iso3 in (
        ("cod_ab", world.write_areas(folder, 1), "XTW"), ("cod_ab", world.write_areas(folder, 2), "XTW"),
        ("cod_ps", world.write_population(folder), "XTW"), ("ucdp_ged", folder / "events.csv", None),
        ("iom_dtm", world.write_displacement(folder), "XTW"),
    ):  # fmt: skip
        add(Workspace(root), name, path, iso3, world.KNOWN_AT)
    return root


@pytest.fixture(scope="module")
def server():
    with provider() as running:
        yield running


@pytest.fixture(scope="module")
def built(served) -> dict[tuple, dict | str]:
    """What came of a build by the days and records it was made of, so that the same records are built once."""
    made = {}
    try_to_build(served, made)
    return made


@pytest.fixture
def workspace(served, built, tmp_path, server: Provider, monkeypatch) -> Path:  # noqa: ARG001 - it builds what is served
    """A workspace of its own that serves the same edition; its files are links, as nothing ever writes into one."""
    root = tmp_path / "workspace"
    shutil.copytree(served, root, copy_function=os.link)
    server.stand_in(root, HOST, STORE, *{path.partition("/")[0] for path in [*PATH.values(), *ELSEWHERE]} - {HOST})
    for key in ("TEST_KEY", "DTM_KEY", "ACLED_USER", "ACLED_PASSWORD"):
        monkeypatch.setenv(f"FOREWATCH_{key}", CANARY)
    return root


def everything_served(root):
    files = [root / "CURRENT.json", *sorted(p for p in (root / "editions").rglob("*") if p.is_file())]
    return {path: path.stat().st_mtime_ns if path.suffix == ".duckdb" else path.read_bytes() for path in files}


def states(manifest, name):
    """Return when a source's file was known, and its states when 0.5, 1.2, 1.7 and 3 of its cadence have passed."""
    known_at = date.fromisoformat(manifest["sources"][name]["known_at"])
    cadence = timedelta(source(name).cadence_days)
    return known_at, [standings(manifest, known_at + k * cadence)[name].state for k in (0.5, 1.2, 1.7, 3)]


def records_of(path):
    """Return the records of a file of events, whatever their order, their pages, and the file's byte order mark."""
    text = path.read_text("utf-8-sig")
    if path.suffix == ".csv":
        rows = list(csv.DictReader(io.StringIO(text)))
    else:
        rows = [record for each in json.loads(text)["pages"] for record in each.get("Result", [each])]
    return frozenset(tuple(sorted((name, str(value)) for name, value in row.items())) for row in rows)


def is_fetched(path):
    return path.name == "events.csv" or (path.suffix == ".json" and path.name.startswith(("events", "dtm")))


def try_to_build(root, built):
    """Build, unless the same records were built before; return the manifest, or the sentence of the refusal."""
    key = tuple((p.parent.name[:10], records_of(p)) for p in sorted(root.glob("snapshots/*/*/*")) if is_fetched(p))
    if key not in built:
        try:
            built[key] = build(Workspace(root), None, lambda _: None)
        except DataError as error:
            built[key] = str(error)
    return built[key]


def test_there_are_at_least_sixty_faults_each_of_its_own_name():
    assert len({each.name for each in FAULTS}) == len(FAULTS) >= 60


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case.name)
def test_a_fault_of_a_provider_publishes_nothing_bad(case, workspace, server, built, monkeypatch):
    name = "ucdp_ged" if case.by in FETCH else case.by
    server.script(PATH[case.by], *case.steps)
    for path, step in {**ELSEWHERE, **case.also}.items():
        server.script(path, step)
    if case.by in FETCH:
        ours = replace(source(name), fetch=FETCH[case.by], hosts=(HOST, STORE), keys=("FOREWATCH_TEST_KEY",))
        monkeypatch.setattr(f"data_pipelines.sources.{name}.SOURCE", ours)
    before, served, said = everything_served(workspace), current(workspace, Tier.public).manifest, []

    outcome = receive(workspace, name, COUNTRY.get(name), SINCE, said.append, patience=PATIENCE, budget=case.budget())

    assert bool(outcome.received) == (case.then != SAME), outcome
    assert bool(outcome.failed) == (case.then == SAME), outcome
    assert case.why in " ".join(each.why for each in outcome.failed)
    assert all(each.receipt.quarantined == 0 and each.receipt.known_at for each in outcome.received)
    made = try_to_build(workspace, built) if outcome.received else "nothing to build from"
    assert isinstance(made, str) == (case.then in (SAME, STOPPED)), made
    if case.then == NEW:
        assert made["edition"] != served["edition"]
        assert states(made, name) == (datetime.now(UTC).date() if case.by == DTM else NEWER, STATES)
    else:
        assert {path: kept for path, kept in everything_served(workspace).items() if path in before} == before
        assert name not in served["sources"] or states(served, name) == (world.KNOWN_AT, STATES)
        assert current(workspace, Tier.public).id == served["edition"]
    assert with_key(workspace, [*said, *map(str, outcome.failed)]) == []


def with_key(root, texts):
    """Return what holds the key: files of the workspace, and what was said."""
    files = [path for path in root.rglob("*") if path.is_file() and "editions" not in path.parts]
    return [p for p in files if CANARY.encode() in p.read_bytes()] + [text for text in texts if CANARY in text]
