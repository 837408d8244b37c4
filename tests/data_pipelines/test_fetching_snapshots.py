"""`forewatch fetch`: from a provider to snapshots, with what failed told and what was refused kept as evidence."""

import fcntl
import json
import os
import time
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from data_pipelines._source import Fetched, source, sources
from data_pipelines.fetching.download import download
from data_pipelines.fetching.evidence import MOST_KEPT
from data_pipelines.fetching.limits import Patience
from data_pipelines.fetching.web import attempt
from data_pipelines.receive import receive
from data_pipelines.workspace import sha256_of
from geo.errors import DataError, UsageError
from tests import world
from tests.command import forewatch
from tests.provider import Reply, as_json, provider

HOST, DTM = "events.example.org", "dtmapi.iom.int"
QUICK = Patience(attempts=2, first_wait_s=0.01, longest_wait_s=0.01, jitter_s=0, read_s=0.5)
CANARY = "canary-3c0ffee5bad"
FIGURE = {
    "id": 1, "operation": "Testland response", "admin0Name": "Testland", "admin0Pcode": "XTW",
    "admin1Name": "Area XT01", "admin1Pcode": "XT01", "admin2Name": "Area XT0101", "admin2Pcode": "XT0101",
    "numPresentIdpInd": 50, "reportingDate": "2023-06-20T00:00:00", "roundNumber": 3, "assessmentType": "BA",
}  # fmt: skip


def dtm(*records):
    return as_json({"result": list(records), "isSuccess": True, "totalRecordsCount": len(records)})


@pytest.fixture
def server():
    with provider() as running:
        for level in (0, 1):
            running.script(f"{DTM}/v3/displacement/admin{level}", dtm())
        running.script(f"{DTM}/v3/displacement/admin2", dtm(FIGURE))
        yield running


@pytest.fixture
def workspace(tmp_path, server):
    root = tmp_path / "workspace"
    server.stand_in(root, HOST, DTM)
    keys = root / "secrets.toml"
    keys.write_text(f'FOREWATCH_DTM_KEY = "{CANARY}"\n')
    keys.chmod(0o600)
    return root


@pytest.fixture
def events(tmp_path):
    return world.write_events(tmp_path).read_bytes()


@pytest.fixture
def fetching(workspace, monkeypatch):
    """Let `ucdp_ged` fetch as a test says, and return what does so."""

    def run(fetch, iso3=None, since=None):
        ours = replace(source("ucdp_ged"), fetch=fetch, hosts=(HOST,))
        monkeypatch.setattr("data_pipelines.sources.ucdp_ged.SOURCE", ours)
        return receive(workspace, "ucdp_ged", iso3, since, lambda _: None, patience=QUICK)

    return run


def one(name, iso3=None):
    """Return a fetch of one file."""

    def fetch(web, folder, *_):
        yield download(web, f"https://{HOST}/{name}", folder)._replace(iso3=iso3)

    return fetch


def with_key(root, *texts):
    files = [path for path in root.rglob("*") if path.is_file() and path.name != "secrets.toml"]
    return [path for path in files if CANARY.encode() in path.read_bytes()] + [t for t in texts if CANARY in t]


def test_a_source_is_fetched_into_snapshots_once(workspace, server):
    ran = forewatch("fetch", "iom_dtm", "--iso3", "XTW", "--json", workspace=workspace)
    assert ran.code == 0, ran.err
    (received,) = ran.document["received"]
    assert received["new"] is True
    assert (received["rows_in"], received["quarantined"], received["iso3"]) == (1, 0, "XTW")
    assert received["known_at"] == datetime.now(UTC).date().isoformat()
    assert received["url"] == f"https://{DTM}/v3/displacement/admin2?Admin0Pcode=XTW"
    assert server.seen[-1].headers["Ocp-Apim-Subscription-Key"] == CANARY
    again = forewatch("fetch", "iom_dtm", "--iso3", "XTW", workspace=workspace)
    assert again.code == 0, again.err
    assert "False" in again.out
    assert len(list(workspace.glob("snapshots/*/*"))) == 1
    assert with_key(workspace, ran.out, ran.err, again.out, again.err) == []


def test_one_file_that_fails_does_not_lose_the_others(workspace, server):
    server.script(f"{DTM}/v3/displacement/admin1", Reply(404))
    ran = forewatch("fetch", "iom_dtm", "--iso3", "XTW", "--since", "2023-01-01", "--json", workspace=workspace)
    assert ran.code == 1
    assert len(ran.document["received"]) == 1
    (failed,) = ran.document["failed"]
    assert failed["what"] == "XTW admin 1"
    assert "(404)" in failed["why"]
    assert failed["why"] in ran.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("iom_dtn",), "There is no source 'iom_dtn'"),
        (("iom_dtm", "--iso3", "Sudan"), "not an ISO 3166 alpha-3 code"),
        (("iom_dtm", "--since", "May"), "not a date"),
        (("idmc_idu",), "is not set"),
    ],
)
def test_wrong_usage_is_one_sentence(workspace, server, words, sentence):
    ran = forewatch("fetch", *words, workspace=workspace)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert sentence in ran.err
    assert server.seen == []


def test_a_source_without_a_way_to_fetch_says_where_its_files_are(workspace):
    by_hand = [each for each in sources().values() if each.fetch is None]
    assert by_hand
    for each in by_hand:
        with pytest.raises(UsageError, match="forewatch add"):
            receive(workspace, each.id, None, None, print)


def test_keys_that_others_can_read_are_refused(workspace):
    (workspace / "secrets.toml").chmod(0o644)
    ran = forewatch("fetch", "iom_dtm", "--iso3", "XTW", workspace=workspace)
    assert ran.code == 2
    assert "chmod 600" in ran.err
    ran = forewatch("doctor", "--json", workspace=workspace)
    (finding,) = [each for each in ran.document if each["check"].startswith("keys")]
    assert finding["ok"] is False


def test_a_snapshot_keeps_the_provider_s_bytes_its_day_and_its_address(workspace, server, fetching, events):
    changed = {"Last-Modified": "Wed, 05 Jun 2024 01:00:00 GMT"}
    server.script(f"{HOST}/events.csv", Reply(body=events, headers=changed))
    (received,) = fetching(one("events.csv")).received
    assert received.receipt.known_at == "2024-06-05"
    assert received.receipt.url == f"https://{HOST}/events.csv"
    assert received.receipt.sha256 == sha256_of(workspace / "snapshots" / received.receipt.snapshot / "events.csv")
    assert (workspace / "snapshots" / received.receipt.snapshot / "events.csv").read_bytes() == events
    assert list((workspace / "receiving" / "ucdp_ged").iterdir()) == []


def test_a_day_to_come_is_the_day_of_receipt(server, fetching, events):
    server.script(f"{HOST}/events.csv", Reply(body=events))

    def fetch(web, folder, *_):
        yield download(web, f"https://{HOST}/events.csv", folder)._replace(known_at=date(2999, 1, 1))

    (received,) = fetching(fetch).received
    assert received.receipt.known_at == datetime.now(UTC).date().isoformat()


def test_what_its_source_refuses_is_kept_as_evidence(workspace, server, fetching, events):
    server.script(f"{HOST}/events.csv", Reply(body=events.replace(b"latitude", b"lat_y")))
    for _ in range(2):
        (failed,) = fetching(one("events.csv")).failed
        assert "latitude" in failed.why
    (folder,) = (workspace / "refused" / "ucdp_ged").iterdir()
    reason = json.loads((folder / "reason.json").read_text())
    assert reason["reason"] == failed.why
    assert reason["sha256"] == sha256_of(folder / "events.csv")
    assert folder.name.endswith(reason["sha256"][:12])
    assert list(workspace.glob("snapshots/*/*")) == []


def test_evidence_of_many_nights_does_not_fill_the_disk(workspace, server, fetching):
    server.script(f"{HOST}/events.csv", lambda _: Reply(body=f"id,night\n1,{time.monotonic_ns()}\n".encode()))
    folder = workspace / "refused" / "ucdp_ged"
    for night in range(MOST_KEPT + 3):
        old = folder / f"20200101T0000{night:02}Z_{night:012x}"
        old.mkdir(parents=True)
    assert fetching(one("events.csv")).failed
    kept = sorted(path.name for path in folder.iterdir())
    assert len(kept) == MOST_KEPT
    assert kept[0].startswith("20200101T000004Z")


def test_an_answer_that_repeats_the_key_is_kept_nowhere(workspace, server):
    server.script(f"{DTM}/v3/displacement/admin2", dtm({**FIGURE, "operation": f"asked with {CANARY}"}))
    ran = forewatch("fetch", "iom_dtm", "--iso3", "XTW", workspace=workspace)
    assert ran.code == 1
    assert "repeats the key" in ran.err
    (reason,) = workspace.glob("refused/iom_dtm/*/reason.json")
    assert json.loads(reason.read_text())["key_blanked"] is True
    assert with_key(workspace, ran.out, ran.err) == []


def test_the_files_before_a_failure_are_kept(server, fetching, events):
    server.script(f"{HOST}/a.csv", Reply(body=events))

    def fetch(web, folder, *_):
        yield download(web, f"https://{HOST}/a.csv", folder)
        yield download(web, f"https://{HOST}/b.csv", folder)

    outcome = fetching(fetch)
    assert len(outcome.received) == len(outcome.failed) == 1


def test_the_files_after_a_failure_come_where_the_source_goes_on(server, fetching, events):
    server.script(f"{HOST}/b.csv", Reply(body=events))

    def fetch(web, folder, *_):
        for name in ("a.csv", "b.csv"):
            found: list[Fetched] = []
            with attempt(web, name):
                found.append(download(web, f"https://{HOST}/{name}", folder))
            yield from found

    outcome = fetching(fetch)
    assert len(outcome.received) == 1
    assert [each.what for each in outcome.failed] == ["a.csv"]


def test_a_file_that_is_there_for_another_country_fails_alone(server, fetching, events):
    changed = {"Last-Modified": "Wed, 05 Jun 2024 01:00:00 GMT"}
    server.script(f"{HOST}/events.csv", Reply(body=events, headers=changed))
    assert fetching(one("events.csv")).received
    (failed,) = fetching(one("events.csv", "XTW")).failed
    assert "was added for no one country" in failed.why


def test_of_two_files_of_a_series_that_are_both_given_out_the_later_one_is_read(server, fetching, events):
    """Some providers list the file of the year before as well; it is not taken for one that was restored."""

    def fetch(web, folder, *_):
        for name in ("a.csv", "b.csv"):
            with attempt(web, name):
                yield download(web, f"https://{HOST}/{name}", folder)

    longer = events + events.splitlines(keepends=True)[-1].replace(b"\n9,", b"\n10,").replace(b"9,XTW-9", b"10,XTW-10")
    server.script(f"{HOST}/a.csv", Reply(body=events, headers={"Last-Modified": "Wed, 05 Jun 2024 01:00:00 GMT"}))
    later = Reply(body=longer, headers={"Last-Modified": "Thu, 05 Jun 2025 01:00:00 GMT"})
    server.script(f"{HOST}/b.csv", later, later, Reply(404))
    assert [each.is_new for each in fetching(fetch).received] == [True, True]
    assert [each.is_new for each in fetching(fetch).received] == [False, False]
    broken = fetching(fetch)
    assert ([each.is_new for each in broken.received], len(broken.failed)) == ([False], 1)


def test_no_file_at_all_is_said(fetching):
    (failed,) = fetching(lambda *_: iter(()), "SDN", date(2024, 1, 1)).failed
    assert "has no file of SDN since 2024-01-01" in failed.why


def test_a_run_goes_on_with_what_the_last_one_left_for_a_week(workspace, server, fetching, events):
    reply = Reply(body=events, headers={"ETag": '"a"'}, ranges=True)
    server.script(f"{HOST}/events.csv", replace(reply, cut_after=600), Reply(404))
    assert fetching(one("events.csv")).failed
    folder = workspace / "receiving" / "ucdp_ged"
    assert sorted(path.name for path in folder.iterdir()) == ["events.csv.part", "events.csv.part.json"]
    (folder / "left.csv").write_bytes(b"")
    (folder / "old.part").write_bytes(b"")
    os.utime(folder / "old.part", (0, 0))
    server.script(f"{HOST}/events.csv", reply)
    assert fetching(one("events.csv")).received
    assert server.seen[-1].headers["Range"] == "bytes=600-"
    assert list(folder.iterdir()) == []


def test_one_source_is_fetched_by_one_process_at_a_time(workspace, fetching):
    lock = workspace / "receiving" / "ucdp_ged.lock"
    lock.parent.mkdir()
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(DataError, match="another process"):
            fetching(one("events.csv"))


def test_an_error_of_a_source_itself_holds_no_key(fetching, monkeypatch):
    monkeypatch.setenv("FOREWATCH_TEST_KEY", CANARY)

    def fetch(web, *_):
        web.secrets.add(CANARY)
        raise UsageError(f"Not with {CANARY}.")

    with pytest.raises(UsageError, match=r"Not with \*\*\*\."):
        fetching(fetch)
