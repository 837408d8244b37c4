"""The door through which a source asks its provider, and no other way leads out.

A source uses ``ask`` for small answers, ``download.download`` for files, ``pages.collect`` for pages, ``secret`` for
keys. Where it has several files, ``with attempt(web, "what")`` around each lets the others come though one fails.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import httpx

from data_pipelines._source import Source
from data_pipelines.fetching import evidence, keys
from data_pipelines.fetching.bodies import fault_of, whole_body
from data_pipelines.fetching.exchange import Call, persist, response_to
from data_pipelines.fetching.limits import Budget, OverBudget, Patience
from data_pipelines.settings import mirrors
from geo.errors import DataError, FileRefused, ForewatchError, UsageError

PROXY = "FOREWATCH_PROXY"
_OPEN_HEADERS = {"accept", "content-type"}


class Answer(NamedTuple):
    """A small answer: its bytes, the day it was last modified where the provider says so, and its headers."""

    body: bytes
    known_at: date | None
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Web:
    """One run's way to one provider.

    Attributes
    ----------
    source, hosts, keys
        The source's id, the hosts it may reach (matched exactly), and the names of its keys.
    root
        The workspace, where keys may lie and what is refused is kept.
    secrets
        Every key and token this run has used; none of them is ever shown or kept.
    mirrors
        Host -> where it is really asked, from `forewatch.toml`.
    say
        Takes one line of progress.
    failures
        What went wrong inside `attempt`: a name and one sentence each.
    """

    source: str
    hosts: tuple[str, ...]
    keys: tuple[str, ...]
    root: Path
    mirrors: Mapping[str, str]
    budget: Budget
    patience: Patience
    client: httpx.Client
    say: Callable[[str], None]
    secrets: set[str] = field(default_factory=set, repr=False)
    failures: list[tuple[str, str]] = field(default_factory=list)

    def scrubbed(self, text: str) -> str:
        """Return text without the keys of this run."""
        return keys.scrub(text, self.secrets)

    def tell(self, text: str) -> None:
        """Say one line of progress, without the keys of this run."""
        self.say(self.scrubbed(f"{self.source}: {text}"))

    def refusal(self, sentence: str, url: str, content: bytes | Path, name: str = "answer") -> FileRefused:
        """Keep what cannot be believed as evidence, and return the error to raise."""
        reason, shown = self.scrubbed(sentence), self.scrubbed(url)
        if isinstance(content, Path):
            evidence.keep_file(self.root, self.source, content, shown, reason, self.secrets)
        else:
            evidence.keep_bytes(self.root, self.source, content, name, shown, reason, self.secrets)
        return FileRefused(reason)


@contextmanager
def open_web(
    source: Source,
    workspace_root: Path,
    say: Callable[[str], None],
    *,
    patience: Patience | None = None,
    budget: Budget | None = None,
) -> Iterator[Web]:
    """Open the door to one provider for one run.

    Certificates are always checked. Of the environment only `FOREWATCH_PROXY` leads requests elsewhere: proxies, hosts
    and passwords that other programs left there would take keys along. No error that leaves the block holds a key.
    """
    for name in ("httpx", "httpcore"):  # at their lower levels they log addresses and headers, and so keys
        logging.getLogger(name).setLevel(logging.WARNING)
    patience = patience or Patience()
    with _client(patience) as client:
        web = Web(
            source.id, source.hosts, source.keys, workspace_root, mirrors(workspace_root), budget or Budget(), patience,
            client, say,
        )  # fmt: skip
        try:
            yield web
        except ForewatchError as error:
            raise type(error)(web.scrubbed(str(error))) from None


def _client(patience: Patience) -> httpx.Client:
    try:
        return httpx.Client(
            headers={"User-Agent": f"Forewatch/{version('forewatch')}", "Accept-Encoding": "gzip"},
            timeout=httpx.Timeout(patience.read_s, connect=patience.connect_s),
            trust_env=False,
            proxy=os.environ.get(PROXY) or None,
        )
    except (ValueError, httpx.InvalidURL):  # which quote it, and it may hold a password
        raise UsageError(f"{PROXY} is no address of a proxy; write it as http://HOST:PORT.") from None


def secret(web: Web, name: str) -> str:
    """Return a key that was set for this installation, or say in one sentence how to set it; see `keys.key`."""
    value = keys.key(web.root, name)
    web.secrets.add(value)
    return value


def ask(
    web: Web,
    url: str,
    *,
    params: Mapping[str, str | int] | None = None,
    headers: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
) -> Answer:
    """Return a small answer of the provider, whole.

    Parameters
    ----------
    web
        The door of this run.
    url
        https on one of the source's hosts.
    params
        Added to the address's query.
    headers
        Sent to this host only; what they hold is treated as a key.
    form
        Sent as POST, and never redirected.

    Raises
    ------
    DataError
        The provider cannot be reached, is asked too often, or refuses.
    FileRefused
        The answer is empty or a web page; it is kept as evidence.
    """
    call = call_of(web, url, params, headers, form)
    answer = persist(web, call.place, lambda: _ask_once(web, call))
    fault = fault_of(answer.body)
    if fault:
        raise web.refusal(f"The answer of {call.place} {fault}; try again later.", str(call.url), answer.body)
    return answer


def _ask_once(web: Web, call: Call) -> Answer:
    with response_to(web, call) as response:
        body = whole_body(web, response, call.place)
        return Answer(body, last_modified(response.headers), response.headers)


def call_of(
    web: Web,
    url: str,
    params: Mapping[str, str | int] | None,
    headers: Mapping[str, str] | None,
    form: Mapping[str, str] | None = None,
) -> Call:
    """Return what to ask; every long word of its headers counts as a key from here on, as a token may be one."""
    for name, text in (headers or {}).items():
        if name.lower() not in _OPEN_HEADERS:
            web.secrets.update(word for word in (text, *text.split()) if len(word) >= 8)
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:  # of a list that a provider sends, in which another may be sound
        raise DataError(
            f"{web.source} names an address that is none ({web.scrubbed(url)[:80]!r}); try again later."
        ) from None
    return Call(address.copy_merge_params(dict(params)) if params else address, headers or {}, form)


def shown(web: Web, url: str, params: Mapping[str, str | int] | None = None) -> str:
    """Return an address with its query for a receipt, without any key of this run."""
    address = httpx.URL(url)
    return web.scrubbed(str(address.copy_merge_params(dict(params)) if params else address))


def last_modified(headers: Mapping[str, str]) -> date | None:
    """Return the day a provider last changed what it sent, in UTC; None where it says none, or one to come."""
    try:
        day = parsedate_to_datetime(headers.get("last-modified", "")).astimezone(UTC).date()
    except (ValueError, OverflowError):
        return None
    return day if day <= datetime.now(UTC).date() else None


@contextmanager
def attempt(web: Web, what: str) -> Iterator[None]:
    """Let one file of several fail: the fault is noted and told at the end, and the source goes on to the next.

    A run that is over its budget, or lacks a key, ends nonetheless.
    """
    try:
        yield
    except OverBudget:
        raise
    except DataError as error:
        web.failures.append((what, web.scrubbed(str(error))))
        web.tell(f"{what} failed")
