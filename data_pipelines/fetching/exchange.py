"""One request and its answer: hosts that are allowed, redirects hop by hop, and which faults are tried again."""

import email.utils
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import httpx
import stamina

from geo.errors import DataError

if TYPE_CHECKING:
    from data_pipelines.fetching.web import Web

MOST_HOPS = 5
T = TypeVar("T")

# It would print the error of each attempt on its own; we say it, once and without keys.
stamina.instrumentation.set_on_retry_hooks(())


class Again(Exception):
    """A fault that may pass, with the seconds that the provider asks to wait, where it does."""

    def __init__(self, sentence: str, wait_s: float | None = None) -> None:
        super().__init__(sentence)
        self.wait_s = wait_s


@dataclass(frozen=True)
class Call:
    """What to ask: the provider's address with its query, the caller's own headers (keys!), and a form to post."""

    url: httpx.URL
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None

    @property
    def place(self) -> str:
        """The address without its query, which may hold a key."""
        return f"{self.url.host}{self.url.path}"


def persist(web: "Web", place: str, attempt_once: Callable[[], T]) -> T:
    """Do something until it works, a fault is one that will not pass, or patience is at its end.

    Raises
    ------
    DataError
        With the last fault, and when to try again if the provider said so.
    """
    patience = web.patience
    attempts = stamina.retry_context(
        on=lambda error: _wait(web, error),
        attempts=patience.attempts,
        timeout=None,
        wait_initial=patience.first_wait_s,
        wait_max=patience.longest_wait_s,
        wait_jitter=patience.jitter_s,
    )
    try:
        for attempt in attempts:
            with attempt:
                if attempt.num > 1:
                    web.tell(f"trying {place} again ({attempt.num} of {patience.attempts})")
                return attempt_once()
    except Again as again:
        raise DataError(f"{again}; {_when(again.wait_s)}.") from None
    raise AssertionError("an attempt neither returned nor failed")


def _wait(web: "Web", error: Exception) -> bool | float:
    """Return whether to try again, or the seconds to wait before that where the provider named them."""
    if not isinstance(error, Again):
        return False
    if error.wait_s is None:
        return True
    web.tell(f"{error} and asks to wait {error.wait_s:,.0f} s")
    longest = min(web.patience.longest_asked_s, web.budget.seconds_left)
    return error.wait_s if error.wait_s <= longest else False


def _when(wait_s: float | None) -> str:
    if wait_s is None:
        return "try again later"
    try:
        then = datetime.now(UTC) + timedelta(seconds=wait_s)
    except OverflowError:
        return "it names no time to try again"
    return f"try again after {then:%Y-%m-%d %H:%M} UTC"


@contextmanager
def response_to(
    web: "Web", call: Call, accept: frozenset[int] = frozenset({200}), own: Mapping[str, str] | None = None
) -> Iterator[httpx.Response]:
    """Send a request, follow redirects to allowed hosts, and yield the answer with its body still to be read.

    Parameters
    ----------
    web
        The door of this run.
    call
        What to ask. Its headers go to its own host only, and its form nowhere else.
    accept
        Statuses that are no fault.
    own
        Headers of ours that go to every hop, such as ``Range``.

    Raises
    ------
    Again
        A fault that may pass: 429, 5xx, no answer in time, a broken connection; also while the body is read.
    DataError
        Any other fault.
    """
    try:
        with _arrive(web, call, accept, own or {}) as response:
            yield response
    except httpx.TimeoutException:
        raise Again(f"{call.place} gave no answer in time") from None
    except (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError) as error:
        if _is_untrusted(error):
            raise DataError(f"The certificate of {call.url.host} cannot be trusted; is somebody in between?") from None
        raise Again(f"The connection to {call.place} broke") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # Its text may quote a header, and so a key.
        raise DataError(f"{call.place} cannot be asked ({type(error).__name__}); check its keys and address.") from None


@contextmanager
def _arrive(web: "Web", call: Call, accept: frozenset[int], own: Mapping[str, str]) -> Iterator[httpx.Response]:
    here = call
    for _ in range(MOST_HOPS):
        request = _request(web, here, own)
        web.budget.spend(here.place, requests=1)
        response = web.client.send(request, stream=True)
        try:
            if response.status_code in accept:
                yield response
                return
            if not response.has_redirect_location:
                raise _fault(web, here, response)
            here = _next(web, here, response)
        finally:
            response.close()
    raise DataError(f"{call.place} was redirected {MOST_HOPS} times and never arrived; try again later.")


def _request(web: "Web", call: Call, own: Mapping[str, str]) -> httpx.Request:
    check_allowed(web, call.url)
    method = "GET" if call.form is None else "POST"
    return web.client.build_request(method, mirrored(web, call.url), headers={**own, **call.headers}, data=call.form)


def check_allowed(web: "Web", url: httpx.URL) -> None:
    """Refuse an address that is not https on one of the source's own hosts."""
    if url.scheme != "https" or url.port is not None or url.userinfo:
        raise DataError(
            f"{web.source} would be fetched from {url.scheme}://{url.netloc.rpartition(b'@')[2].decode()}, and only "
            "https on its usual port is used; nothing was sent."
        )
    if url.host not in web.hosts:
        raise DataError(
            f"{web.source} would be fetched from {url.host}, which is none of its hosts ({', '.join(web.hosts)}): a "
            "login page of the network, or a change at the provider; nothing was sent there."
        )


def mirrored(web: "Web", url: httpx.URL) -> httpx.URL:
    """Return where an address of the provider is really asked: at the mirror of its host, if there is one."""
    mirror = web.mirrors.get(url.host)
    return url if mirror is None else httpx.URL(mirror.rstrip("/") + url.raw_path.decode())


def _unmirrored(web: "Web", url: httpx.URL) -> httpx.URL:
    """Return the provider's address for one at a mirror, as redirects there lead to the mirror itself."""
    for host, mirror in web.mirrors.items():
        base = mirror.rstrip("/") + "/"
        if str(url).startswith(base):
            return httpx.URL(f"https://{host}/{str(url).removeprefix(base)}")
    return url


def _next(web: "Web", call: Call, response: httpx.Response) -> Call:
    """Return the call that a redirect asks for, without the caller's headers where it leads to another host."""
    if call.form is not None:
        raise DataError(
            f"{call.place} redirects a form with keys, which is not followed; the address may have changed."
        )
    url = _unmirrored(web, response.url.join(response.headers["location"]))
    check_allowed(web, url)
    if url.host == call.url.host:
        return replace(call, url=url)
    if web.scrubbed(str(url)) != str(url):
        raise DataError(f"{call.place} redirects a key to {url.host}, which is not followed.")
    return Call(url)


def _fault(web: "Web", call: Call, response: httpx.Response) -> Exception:
    """Return what a status that is no success means, as one sentence."""
    status = response.status_code
    if status == 429:
        return Again(f"{call.place} says that it was asked too often (429)", retry_after(response.headers))
    if status >= 500:
        return Again(f"{call.place} is in trouble ({status})", retry_after(response.headers))
    return DataError(f"{call.place} {_refused(status, ' and '.join(web.keys))}.")


def _refused(status: int, keys: str) -> str:
    if status in (401, 403) and not keys:
        return f"lets nobody in ({status}); it may want a key now, or keep this network out"
    known = {
        401: f"does not know the key or it has expired (401); renew {keys}",
        403: f"says that the key lacks access (403); ask the provider what {keys} may read",
        404: "has nothing there (404); the provider may have moved it, or has none for this request",
        410: "has nothing there any more (410); the provider has moved or withdrawn it",
    }
    return known.get(status, f"answered with status {status}, which was not expected; try again later")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a provider asks to wait, given as seconds or as a date; None where it does not."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        then = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max(0.0, (then - datetime.now(UTC)).total_seconds())


def _is_untrusted(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
