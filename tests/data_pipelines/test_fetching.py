"""The door: what is sent where, what is tried again, what is refused, and that no key is ever shown."""

import email.utils
import json
import logging
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from time import monotonic, time

import pytest

from data_pipelines._source import source
from data_pipelines.fetching.exchange import retry_after
from data_pipelines.fetching.limits import Budget, Patience
from data_pipelines.fetching.web import ask, attempt, open_web, secret, shown
from geo.errors import DataError, FileRefused, UsageError
from tests.provider import Reply, as_json, provider, redirect

HOST, OTHER = "data.example.org", "files.example.org"
PLACE = f"{HOST}/api"
URL = f"https://{PLACE}"
QUICK = Patience(attempts=3, first_wait_s=0.01, longest_wait_s=0.02, jitter_s=0, longest_asked_s=1.5, read_s=0.5)
CANARY = "canary-Xj4/9+q=7b1e"


@pytest.fixture
def server():
    with provider() as running:
        yield running


@pytest.fixture
def workspace(tmp_path, server):
    server.stand_in(tmp_path, HOST, OTHER)
    return tmp_path


@pytest.fixture
def said():
    return []


@pytest.fixture
def web(workspace, said):
    ours = replace(source("ucdp_ged"), hosts=(HOST, OTHER), keys=("FOREWATCH_TEST_KEY",))
    with open_web(ours, workspace, said.append, patience=QUICK) as opened:
        yield opened


@pytest.mark.parametrize("address", [f"https://{HOST}/a\x01b", "https://[::1/x", f"https://{HOST}/{'a' * 70_000}"])
def test_an_address_that_is_none_fails_alone(server, web, address):
    with attempt(web, "one of a list"):
        ask(web, address)
    assert "names an address that is none" in web.failures[0][1]
    assert not server.seen


def test_an_answer_has_its_bytes_and_the_day_of_its_last_change(server, web):
    server.script(PLACE, Reply(body=b"[1]", headers={"Last-Modified": "Wed, 05 Nov 2025 23:30:00 GMT"}))
    answer = ask(web, URL, params={"iso3": "XTW", "page": 2})
    assert answer.body == b"[1]"
    assert answer.known_at == date(2025, 11, 5)
    (seen,) = server.seen
    assert (seen.method, seen.query) == ("GET", {"iso3": "XTW", "page": "2"})
    assert seen.headers["User-Agent"].startswith("Forewatch/")


def test_a_day_to_come_is_no_day_of_change(server, web):
    tomorrow = email.utils.format_datetime(datetime.now(UTC) + timedelta(days=2), usegmt=True)
    server.script(PLACE, Reply(body=b"[1]", headers={"Last-Modified": tomorrow}), Reply(body=b"[1]"))
    assert ask(web, URL).known_at is None
    assert ask(web, URL).known_at is None


def test_a_form_is_posted(server, web):
    server.script(PLACE, as_json({"access_token": "x"}))
    ask(web, URL, form={"username": "a@example.org", "scope": "read all"})
    assert server.seen[0].form == {"username": "a@example.org", "scope": "read all"}


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("chunked", [True, False])
def test_what_was_packed_for_the_way_is_unpacked(server, web, packed, chunked):
    body = json.dumps(list(range(10_000))).encode()
    server.script(PLACE, Reply(body=body, packed=packed, chunked=chunked))
    assert ask(web, URL).body == body


@pytest.mark.parametrize(
    "fault",
    [
        Reply(429), Reply(500), Reply(502), Reply(503), Reply(504), Reply(drop=True), Reply(body=b"[1]", wait_s=0.8),
        Reply(body=b"[1, 2]", cut_after=3), Reply(body=b"[1, 2]", chunked=True, cut_after=3),
        Reply(body=b"[1]", length=9), Reply(body=b"[1, 2]" * 99, packed=True, cut_after=30, length=-1),
    ],
)  # fmt: skip
def test_what_may_pass_is_tried_again(server, web, said, fault):
    server.script(PLACE, fault, fault, Reply(body=b"[1]"))
    assert ask(web, URL).body == b"[1]"
    assert server.asked(PLACE) == 3
    assert [text.partition(" again ")[2] for text in said] == ["(2 of 3)", "(3 of 3)"]


def test_patience_ends_with_the_last_fault(server, web):
    server.script(PLACE, Reply(503))
    with pytest.raises(DataError, match=r"data\.example\.org/api is in trouble \(503\); try again later\."):
        ask(web, URL)
    assert server.asked(PLACE) == 3


@pytest.mark.parametrize("status", [204, 304, 400, 401, 403, 404, 410, 412, 416, 418])
def test_what_will_not_pass_is_not_tried_again(server, web, status):
    server.script(PLACE, Reply(status))
    with pytest.raises(DataError, match=str(status)):
        ask(web, URL)
    assert server.asked(PLACE) == 1


def test_a_wait_that_is_asked_for_is_kept_and_told(server, web, said):
    server.script(PLACE, Reply(429, headers={"Retry-After": "1"}), Reply(body=b"[1]"))
    begun = monotonic()
    assert ask(web, URL).body == b"[1]"
    assert monotonic() - begun >= 1
    assert said[0].endswith("was asked too often (429) and asks to wait 1 s")


def test_a_source_without_keys_does_not_speak_of_one(server, workspace, said):
    server.script(PLACE, Reply(403))
    ours = replace(source("ucdp_ged"), hosts=(HOST,), keys=())
    with (
        open_web(ours, workspace, said.append, patience=QUICK) as web,
        pytest.raises(DataError, match="lets nobody in"),
    ):
        ask(web, URL)


def test_a_wait_that_is_too_long_ends_with_the_time_to_come_back(server, web):
    server.script(PLACE, Reply(429, headers={"Retry-After": "7200"}))
    with pytest.raises(DataError, match=r"asked too often \(429\); try again after 20\d\d-\d\d-\d\d \d\d:\d\d UTC"):
        ask(web, URL)
    server.script(PLACE, Reply(429, headers={"Retry-After": "9" * 40}))
    with pytest.raises(DataError, match="no time"):
        ask(web, URL)
    assert server.asked(PLACE) == 2


def test_a_wait_is_seconds_or_a_date():
    assert retry_after({"retry-after": " 12 "}) == 12
    then = email.utils.formatdate(time() + 100, usegmt=True)
    assert retry_after({"retry-after": then}) == pytest.approx(100, abs=2)
    assert retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    assert [retry_after({"retry-after": text}) for text in ("", "soon", "-5", "²", "1.5")] == [None] * 5
    assert retry_after({}) is None


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "is empty"), (b"\xef\xbb\xbf \n", "is empty"), (b"<!DOCTYPE html><title>Sign in", "web page"),
        (b"\n <html><body>", "web page"), (b"<head>", "web page"),
    ],
)  # fmt: skip
def test_what_is_no_data_is_refused_and_kept_as_evidence(server, web, workspace, body, why):
    server.script(PLACE, Reply(body=body))
    for _ in range(2):
        with pytest.raises(FileRefused, match=why):
            ask(web, URL, params={"a": "b"})
    (folder,) = (workspace / "refused" / "ucdp_ged").iterdir()
    reason = json.loads((folder / "reason.json").read_text())
    assert (folder / reason["file"]).read_bytes() == body
    assert reason["url"] == f"{URL}?a=b"
    assert why in reason["reason"]


@pytest.mark.parametrize(
    "url",
    [
        f"http://{PLACE}", f"https://{HOST}:8443/api", f"https://me@{HOST}/api", f"https://sub.{HOST}/api",
        f"https://{HOST}.evil.org/api", "https://127.0.0.1/api", f"ftp://{HOST}/api", f"file://{HOST}/etc/passwd",
    ],
)  # fmt: skip
def test_only_https_on_the_source_s_own_hosts_is_asked(server, web, url):
    with pytest.raises(DataError, match="nothing was sent"):
        ask(web, url)
    assert server.seen == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_to_an_allowed_host_and_takes_no_key_along(server, web, status):
    server.script(PLACE, redirect(f"https://{HOST}/moved?x=1", status))
    server.script(f"{HOST}/moved", redirect(f"https://{OTHER}/signed?y=2", status))
    server.script(f"{OTHER}/signed", Reply(body=b"[1]"))
    assert ask(web, URL, headers={"X-Key": CANARY}).body == b"[1]"
    assert [seen.headers["X-Key"] for seen in server.seen] == [CANARY, CANARY, None]
    assert server.seen[-1].query == {"y": "2"}


def test_a_redirect_may_be_relative_or_lead_to_the_mirror_itself(server, web):
    server.script(PLACE, redirect("moved"))
    server.script(f"{HOST}/moved", redirect(f"{server.url}/{OTHER}/there"))
    server.script(f"{OTHER}/there", Reply(body=b"[1]"))
    assert ask(web, URL).body == b"[1]"


@pytest.mark.parametrize(
    "to",
    ["https://login.hotel.example/", f"http://{HOST}/api", "//evil.example/x", "http://127.0.0.1:1/x", "ftp://x/y"],
)
def test_a_redirect_elsewhere_is_not_followed(server, web, to):
    server.script(PLACE, redirect(to))
    with pytest.raises(DataError, match="nothing was sent"):
        ask(web, URL)
    assert len(server.seen) == 1


def test_a_redirect_in_a_circle_ends(server, web):
    server.script(PLACE, redirect(URL))
    with pytest.raises(DataError, match="never arrived"):
        ask(web, URL)
    assert len(server.seen) == 5


def test_a_key_is_not_redirected(server, web, monkeypatch):
    monkeypatch.setenv("FOREWATCH_TEST_KEY", CANARY)
    server.script(PLACE, lambda seen: redirect(f"https://{OTHER}/x?key={CANARY}" if "key" in seen.query else URL))
    with pytest.raises(DataError, match="redirects a key"):
        ask(web, URL, params={"key": secret(web, "FOREWATCH_TEST_KEY")})
    with pytest.raises(DataError, match="redirects a form"):
        ask(web, URL, form={"password": CANARY})
    assert len(server.seen) == 2


def test_nobody_there_is_one_sentence(workspace, said):
    ours = replace(source("ucdp_ged"), hosts=("gone.example.org",))
    (workspace / "forewatch.toml").write_text('[mirrors]\n"gone.example.org" = "http://127.0.0.1:9"\n')
    with open_web(ours, workspace, said.append, patience=QUICK) as web, pytest.raises(DataError, match="broke"):
        ask(web, "https://gone.example.org/x")


@pytest.mark.parametrize(
    ("budget", "what"), [(Budget(requests=2), "requests"), (Budget(bytes=5), "bytes"), (Budget(seconds=0), "seconds")]
)
def test_a_run_costs_no_more_than_it_may(server, workspace, said, budget, what):
    server.script(PLACE, Reply(body=b"[1]"))
    ours = replace(source("ucdp_ged"), hosts=(HOST,))

    def fetch(web):
        for _ in range(3):
            with attempt(web, "a file"):
                ask(web, URL)

    with (
        open_web(ours, workspace, said.append, patience=QUICK, budget=budget) as web,
        pytest.raises(DataError, match=f"used all the {what} it may cost"),
    ):
        fetch(web)
    assert len(server.seen) <= 2


def test_a_trickle_ends_with_the_seconds_of_the_run(server, workspace, said):
    server.script(PLACE, Reply(body=b"[" + b"1," * 500, trickle_s=0.02))
    ours, begun = replace(source("ucdp_ged"), hosts=(HOST,)), monotonic()
    with (
        open_web(ours, workspace, said.append, patience=QUICK, budget=Budget(seconds=0.5)) as web,
        pytest.raises(DataError, match="seconds"),
    ):
        ask(web, URL)
    assert monotonic() - begun < 2


def test_the_environment_leads_no_request_elsewhere(server, workspace, said, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.script(PLACE, Reply(body=b"[1]"))
    with open_web(replace(source("ucdp_ged"), hosts=(HOST,)), workspace, said.append, patience=QUICK) as web:
        assert ask(web, URL).body == b"[1]"


def test_a_proxy_that_is_named_for_forewatch_is_used(server, tmp_path, said, monkeypatch):
    monkeypatch.setenv("FOREWATCH_PROXY", server.url)
    (tmp_path / "forewatch.toml").write_text(f'[mirrors]\n"{HOST}" = "http://elsewhere.example"\n')
    with (
        open_web(replace(source("ucdp_ged"), hosts=(HOST,)), tmp_path, said.append, patience=QUICK) as web,
        pytest.raises(DataError, match="404"),
    ):
        ask(web, URL)
    assert [seen.headers["Host"] for seen in server.seen] == ["elsewhere.example"]


@pytest.mark.parametrize("text", ["proxy:3128", f"ftp://me:{CANARY}@proxy.example"])
def test_a_proxy_that_is_none_is_one_sentence_without_its_password(workspace, said, monkeypatch, text):
    monkeypatch.setenv("FOREWATCH_PROXY", text)
    with pytest.raises(UsageError, match=r"is no address of a proxy; write it as http://HOST:PORT\.$") as error:
        open_web(source("ucdp_ged"), workspace, said.append).__enter__()
    assert "canary" not in str(error.value)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not there, which makes the certificate")
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path, said):
    pem = tmp_path / "own.pem"
    words = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -keyout {pem} -out {tmp_path}/cert"
    subprocess.run([*words.split(), "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    pem.write_text(pem.read_text() + (tmp_path / "cert").read_text())
    with provider(certificate=pem) as server:
        server.script(PLACE, Reply(body=b"[1]"))
        server.stand_in(tmp_path, HOST)
        ours = replace(source("ucdp_ged"), hosts=(HOST,))
        with (
            open_web(ours, tmp_path, said.append, patience=QUICK) as web,
            pytest.raises(DataError, match=f"certificate of {HOST} cannot be trusted"),
        ):
            ask(web, URL)
    assert (server.seen, said) == ([], [])


def test_one_file_of_several_may_fail(server, web):
    server.script(PLACE, Reply(404), Reply(body=b"[1]"))
    got = []
    for name in "ab":
        with attempt(web, name):
            got.append(ask(web, URL).body)
    assert got == [b"[1]"]
    assert [name for name, _ in web.failures] == ["a"]


def test_a_key_comes_from_the_environment_or_from_a_file_of_its_owner(web, workspace, monkeypatch):
    path = workspace / "secrets.toml"
    with pytest.raises(UsageError, match=r"FOREWATCH_TEST_KEY is not set.*secrets\.toml"):
        secret(web, "FOREWATCH_TEST_KEY")
    path.write_text(f'FOREWATCH_TEST_KEY = "{CANARY}"\n')
    for mode in (0o644, 0o640, 0o604, 0o660):
        path.chmod(mode)
        with pytest.raises(UsageError, match="chmod 600"):
            secret(web, "FOREWATCH_TEST_KEY")
    path.chmod(0o600)
    assert secret(web, "FOREWATCH_TEST_KEY") == CANARY
    monkeypatch.setenv("FOREWATCH_TEST_KEY", "of the environment")
    assert secret(web, "FOREWATCH_TEST_KEY") == "of the environment"


@pytest.mark.parametrize("text", [f"{CANARY}", f"KEY = {CANARY}", "KEY = 5", "[KEY]\na = 1", "\xff"])
def test_a_file_of_keys_that_cannot_be_read_is_not_quoted(web, workspace, text):
    path = workspace / "secrets.toml"
    path.write_bytes(text.encode("latin-1"))
    path.chmod(0o600)
    with pytest.raises(UsageError, match="cannot be read") as error:
        secret(web, "FOREWATCH_TEST_KEY")
    assert "canary" not in str(error.value)


@pytest.mark.parametrize("value", ["two\nlines", "passé-simple", "nul\0-and-more", "short"])
def test_a_key_that_is_none_is_not_sent(web, monkeypatch, value):
    monkeypatch.setattr("os.environ", {"FOREWATCH_TEST_KEY": value})
    with pytest.raises(UsageError, match="copy it again"):
        secret(web, "FOREWATCH_TEST_KEY")


def test_an_address_is_shown_without_its_key(web, monkeypatch):
    monkeypatch.setenv("FOREWATCH_TEST_KEY", CANARY)
    text = shown(web, URL, {"iso3": "XTW", "key": secret(web, "FOREWATCH_TEST_KEY")})
    assert text == f"{URL}?iso3=XTW&key=***"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(401), Reply(403), Reply(500), Reply(drop=True), redirect(f"https://evil.example/?key={CANARY}"),
        Reply(body=b"<html>" + CANARY.encode()), Reply(body=b""), Reply(418, headers={"X": CANARY}),
    ],
)  # fmt: skip
def test_a_key_is_never_shown_logged_or_kept(server, web, workspace, said, monkeypatch, caplog, capfd, reply):
    monkeypatch.setenv("FOREWATCH_TEST_KEY", CANARY)
    server.script(PLACE, reply)
    logging.getLogger().setLevel(logging.DEBUG)
    key = secret(web, "FOREWATCH_TEST_KEY")
    with caplog.at_level(logging.DEBUG), pytest.raises(DataError) as error:
        ask(web, URL, params={"key": key}, headers={"Authorization": f"Bearer {key}-too"})
    assert server.seen[0].query["key"] == CANARY
    everything = [str(error.value), repr(error.value), repr(web), caplog.text, *capfd.readouterr(), *said]
    everything += [path.read_text("latin-1") for path in workspace.rglob("*") if path.is_file()]
    everything += [str(path) for path in workspace.rglob("*")]
    assert [text for text in everything if "canary" in text] == []
