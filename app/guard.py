"""What every request must pass and every answer must carry, whatever page or file it is for."""

import json
import logging
import math
from collections.abc import Callable, Mapping
from html import escape
from typing import Any, NoReturn
from urllib.parse import urlsplit

import dash
from flask import Flask, Response, abort, request
from werkzeug.exceptions import HTTPException

from app.pinned import Current
from data_pipelines.tables import Tier
from geo.errors import Busy, DataError, ForewatchError, NoEdition

MAX_BODY = 1_000_000  # bytes; a body of 1.5 GB took a stock server 4.5 GB of memory
CALLBACKS = "/_dash-update-component"
LOG = logging.getLogger(__name__)


def protect(app: dash.Dash, tier: Tier, is_page: Callable[[str], bool], current: Current) -> None:
    """Put the guard before and after every request of an app; call it when all callbacks are registered.

    Parameters
    ----------
    app
        The app, complete.
    tier
        Above public, nothing may be stored by a browser or a proxy.
    is_page
        Tells whether an address is that of a page; Dash would answer any other with an empty page.
    current
        Asked before a page is sent, so that a missing edition is told at once.
    """
    server = app.server
    server.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    headers = _headers(app, tier)

    @server.before_request
    def look() -> None:
        if request.endpoint == "/<path:path>" and not is_page(request.path):
            abort(404, f"There is no page {request.path[:60]}.")
        if is_page(request.path):
            current()
        if request.method == "POST":
            _same_origin()
            _known_callback(app)

    @server.after_request
    def mark(response: Response) -> Response:
        for name, value in headers.items():
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", "no-cache")
        return response

    _answer_errors(server)


def _headers(app: dash.Dash, tier: Tier) -> dict[str, str]:
    policy = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", *app.csp_hashes()]),
        # Components set styles of their own; a style cannot run script.
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    return headers if tier == Tier.public else headers | {"Cache-Control": "no-store"}


def _same_origin() -> None:
    """Refuse a request that another site made the browser send."""
    origin = request.headers.get("Origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.host
    if foreign or request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        abort(403, "This request came from another site; open Forewatch itself.")


def _known_callback(app: dash.Dash) -> None:
    """Refuse a body that the app's own pages would not send: Dash checks neither ids nor numbers.

    Of 1,500 mutated bodies a stock server answered 73 with 500 and 41 with data.
    """
    if request.path != CALLBACKS or not request.is_json:
        abort(400, "This request is none that the pages of Forewatch make.")
    body = _strict_json(request.get_data(cache=True))
    registered = app.callback_map.get(body.get("output")) if isinstance(body.get("output"), str) else None
    if registered is None or "callback" not in registered:
        abort(400, "This request asks for something that the pages of Forewatch do not show; reload the page.")
    expected = {
        "inputs": [(i["id"], i["property"]) for i in registered["inputs"]],
        "state": [(s["id"], s["property"]) for s in registered["state"]],
    }
    for key, slots in expected.items():
        if _slots(body.get(key, [])) != slots:
            abort(400, "This request does not hold what the pages of Forewatch send; reload the page.")
    if not _same_outputs(body) or not _texts(body.get("changedPropIds", [])):
        abort(400, "This request asks for something that the pages of Forewatch do not show; reload the page.")


def _slots(given: object) -> list[tuple[object, object]] | None:
    if not isinstance(given, list) or not all(isinstance(slot, dict) for slot in given):
        return None
    return [(slot.get("id"), slot.get("property")) for slot in given]


def _texts(given: object) -> bool:
    return isinstance(given, list) and all(isinstance(one, str) for one in given)


def _same_outputs(body: Mapping[str, Any]) -> bool:
    outputs = body.get("outputs")
    slots = _slots(outputs if isinstance(outputs, list) else [outputs])
    if not slots or not all(isinstance(part, str) for slot in slots for part in slot):
        return False
    names = [f"{identity}.{name}" for identity, name in slots]
    expected = f"..{'...'.join(names)}.." if isinstance(outputs, list) else names[0]
    return bool(body["output"] == expected)


def _strict_json(raw: bytes) -> dict[str, Any]:
    """Return a JSON object; without NaN, Infinity and numbers beyond a double, which Python would let through."""
    try:
        body = json.loads(raw, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        abort(400, "This request is not JSON as the pages of Forewatch send it.")
    if not isinstance(body, dict):
        abort(400, "This request is not JSON as the pages of Forewatch send it.")
    return body


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _answer_errors(server: Flask) -> None:
    """Answer each error with one sentence; what went wrong inside is written to the log alone."""

    @server.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        return sentence(error.code or 500, error.description or error.name)

    @server.errorhandler(ForewatchError)
    def known(error: ForewatchError) -> Response:
        answer = sentence(
            503 if isinstance(error, NoEdition | Busy) else 409 if isinstance(error, DataError) else 400, str(error)
        )
        if isinstance(error, Busy):
            answer.headers["Retry-After"] = "1"
        return answer

    @server.errorhandler(Exception)
    def unknown(error: Exception) -> Response:
        if request.path.startswith("/_dash-component-suites"):
            return sentence(404, "There is no such file.")
        LOG.error("%s %s failed", request.method, request.path, exc_info=error)
        return sentence(500, "Something went wrong on the server and was written to its log; try again.")


def sentence(code: int, words: str) -> Response:
    """Answer with a status and one sentence: a page for people, nothing for a map that asked for a tile."""
    if request.path.endswith(".mvt"):
        return Response(status=code)
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Forewatch</title>'
        '<link rel="stylesheet" href="/assets/forewatch.css">'
        f'<body class="plain"><main><h1>Forewatch</h1><p>{escape(words)}</p><p><a href="/">To the map</a></p></main>'
        "</body></html>"
    )
    return Response(page, status=code, mimetype="text/html")
