"""A provider that plays a script: a real HTTP server on 127.0.0.1, for tests of what fetches.

    with provider() as server:
        server.script("ucdp.uu.se/ged.zip", Reply(503), Reply(body=content, cut_after=100), Reply(body=content))
        server.stand_in(workspace, "ucdp.uu.se")       # writes [mirrors] of the workspace's forewatch.toml
        ...                                            # the real `forewatch fetch`, or a source's own `fetch`
        assert [seen.query for seen in server.seen] == [...]

The n-th request of a path gets its n-th reply, and the last reply is given for ever. A reply may also be a function
from `Seen` to `Reply`, for pages that depend on the query (`paged` makes one) and for whatever a script cannot say. A
path without a script is a 404.
"""

import gzip
import json
import socket
import ssl
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit


class Seen(NamedTuple):
    """One request as it arrived; `query` and `form` have the last value of each name."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Message
    form: Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """What is answered, and how the answer is spoilt.

    Attributes
    ----------
    length
        The Content-Length claimed: the right one if None, none at all if -1 (the end of the connection ends the body).
    cut_after
        Bytes of the body after which the connection is dropped.
    chunked
        Send in chunks; a cut leaves the last chunk out.
    packed
        Pack the body with gzip for the way, and say so.
    ranges
        Heed Range, and If-Range by the ETag or Last-Modified among `headers`.
    wait_s
        Seconds before anything is answered.
    trickle_s
        Seconds between one byte of the body and the next.
    drop
        End the connection without any answer.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    cut_after: int | None = None
    chunked: bool = False
    packed: bool = False
    ranges: bool = False
    wait_s: float = 0.0
    trickle_s: float = 0.0
    drop: bool = False


Step = Reply | Callable[[Seen], Reply]


def as_json(document: object, **how: Any) -> Reply:
    """Reply with a JSON document."""
    return Reply(body=json.dumps(document).encode(), headers={"Content-Type": "application/json"}, **how)


def redirect(to: str, status: int = 302) -> Reply:
    """Reply with a redirect."""
    return Reply(status, headers={"Location": to})


def paged(
    records: Sequence[Any], size: int, envelope: Callable[[list[Any], int], Any], page: str = "page", first: int = 1
) -> Callable[[Seen], Reply]:
    """Reply with pages of records: `envelope(records of the page, records in all)`, page numbers in the query."""

    def answer(seen: Seen) -> Reply:
        start = (int(seen.query.get(page, first)) - first) * size
        return as_json(envelope(list(records[start : start + size]), len(records)))

    return answer


class Provider:
    """A running server: its address, its scripts by path (``host/rest`` as of the real provider), what it has seen."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.seen: list[Seen] = []
        self._scripts: dict[str, list[Step]] = {}
        self._asked: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()

    def script(self, path: str, *steps: Step) -> None:
        """Say what is answered at a path, from the next request on."""
        self._scripts["/" + path.lstrip("/")] = list(steps)
        self._asked["/" + path.lstrip("/")] = 0

    def stand_in(self, workspace: Path, *hosts: str) -> None:
        """Let a workspace ask this server instead of some hosts; what else its settings say stays."""
        workspace.mkdir(parents=True, exist_ok=True)
        lines = [f'"{host}" = "{self.url}/{host}"' for host in hosts]
        with (workspace / "forewatch.toml").open("a") as file:
            file.write("\n".join(["[mirrors]", *lines, ""]))

    def asked(self, path: str) -> int:
        """Return how often a path was asked."""
        return sum(seen.path == "/" + path.lstrip("/") for seen in self.seen)

    def reply_to(self, seen: Seen) -> Reply:
        """Return what the script says, and note the request."""
        with self._lock:
            self.seen.append(seen)
            steps = self._scripts.get(seen.path, [Reply(404)])
            step = steps[min(self._asked[seen.path], len(steps) - 1)]
            self._asked[seen.path] += 1
        return step(seen) if callable(step) else step


class _Server(ThreadingHTTPServer):
    provider: Provider
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that hangs up is what many tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._answer({name: values[-1] for name, values in parse_qs(form).items()})

    def _answer(self, form: Mapping[str, str]) -> None:
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        reply = self.server.provider.reply_to(Seen(self.command, parts.path, query, self.headers, form))
        time.sleep(reply.wait_s)
        if reply.drop:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
            self.close_connection = True
        else:
            self._send(*_ranged(reply, self.headers))

    def _send(self, reply: Reply, headers: Mapping[str, str]) -> None:
        body = gzip.compress(reply.body, mtime=0) if reply.packed else reply.body
        self.send_response(reply.status)
        for name, value in {**headers, **_framing(reply, body)}.items():
            self.send_header(name, value)
        self.end_headers()
        sent = body if reply.cut_after is None else body[: reply.cut_after]
        for piece in _pieces(sent, reply):
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" if reply.chunked else piece)
            time.sleep(reply.trickle_s)
        if reply.chunked and reply.cut_after is None:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = self.close_connection or reply.cut_after is not None or reply.length is not None


def _framing(reply: Reply, body: bytes) -> dict[str, str]:
    packed = {"Content-Encoding": "gzip"} if reply.packed else {}
    if reply.chunked:
        return {"Transfer-Encoding": "chunked", **packed}
    if reply.length == -1:
        return {"Connection": "close", **packed}
    return {"Content-Length": str(len(body) if reply.length is None else reply.length), **packed}


def _pieces(body: bytes, reply: Reply) -> Iterator[bytes]:
    size = 1 if reply.trickle_s else 65_536
    return (body[i : i + size] for i in range(0, len(body), size))


def _ranged(reply: Reply, asked: Message) -> tuple[Reply, dict[str, str]]:
    """Return the part of a reply that Range asks for, where the reply heeds it and If-Range names its file."""
    headers, wanted = dict(reply.headers), asked.get("Range", "")
    names_it = asked.get("If-Range") in (None, headers.get("ETag"), headers.get("Last-Modified"))
    if not (reply.ranges and wanted and names_it and reply.status == 200):
        return reply, headers
    start, size = int(wanted.removeprefix("bytes=").rstrip("-")), len(reply.body)
    if start >= size:
        return Reply(416), {**headers, "Content-Range": f"bytes */{size}"}
    headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
    return Reply(**{**vars(reply), "status": 206, "body": reply.body[start:]}), headers


@contextmanager
def provider(certificate: Path | None = None) -> Iterator[Provider]:
    """Run a provider until the block ends; with a certificate and its key it speaks https."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.provider = Provider(f"http{'s' if certificate else ''}://127.0.0.1:{server.server_address[1]}")
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server.provider
        finally:
            server.shutdown()
            thread.join()
