"""The web application: pages, tiles, values and downloads of the edition that is current at each request."""

import os
import socket
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import dash
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component
from flask import Flask, Response, jsonify, send_from_directory
from flask_compress import Compress

from app import downloads, guard, tiles, values
from app.pages import page_at, pages
from app.pinned import Current
from app.state import choices, from_query
from app.wording import DRAFT, SYNTHETIC, SYNTHETIC_LINE, day_words
from data_pipelines.edition import Edition, current
from data_pipelines.tables import Tier
from geo.errors import UsageError

ASSETS = Path(__file__).parent / "assets"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
COMPRESSED = ("text/html", "text/css", "text/javascript", "application/javascript", "application/json")
ONE_DAY = 86_400
INDEX = """<!doctype html>
<html lang="en">
  <head>{%metas%}<title>{%title%}</title>{%favicon%}{%css%}</head>
  <body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body>
</html>
"""


def create_app(workspace: Path, tier: Tier) -> dash.Dash:
    """Return the app that shows a workspace's current edition at a tier.

    The edition is looked up at each request, so that a newly published one is served without a restart. Where there
    is none, pages answer 503 and say what to do.
    """
    edition_now = partial(current, workspace, tier)
    server = Flask("app", static_folder=None)
    server.config["COMPRESS_MIMETYPES"] = [*COMPRESSED, values.BINARY, tiles.TILE, "application/geo+json"]
    server.config["SEND_FILE_MAX_AGE_DEFAULT"] = ONE_DAY
    Compress(server)
    server.after_request(_whole)  # before the compression: the last function added is the first to run
    app = dash.Dash(
        "app",
        server=server,
        title="Forewatch",
        update_title=None,
        index_string=INDEX,
        assets_folder=str(ASSETS),
        # A page's components come with the page, after Dash has checked the shell's callbacks.
        suppress_callback_exceptions=True,
    )
    app.layout = partial(_shell, edition_now)
    _register_routes(server, edition_now)
    _register_pages(app, edition_now)
    guard.protect(app, tier, lambda path: page_at(path) is not None, edition_now)
    return app


def _whole(response: Response) -> Response:
    """Read a file that is sent; Flask-Compress compresses files piece by piece and leaves them open."""
    response.direct_passthrough = False
    response.make_sequence()
    return response


def _register_routes(server: Flask, edition_now: Current) -> None:
    for part in (tiles, values, downloads):
        server.register_blueprint(part.blueprint(edition_now))

    @server.get("/health")
    def health() -> Response:
        edition = edition_now()
        return jsonify(edition=edition.id, tier=edition.tier.name, days=edition.days)

    @server.get("/basemap/<name>.json")
    def basemap(name: str) -> Response:
        return send_from_directory(ASSETS / "basemap", f"{name}.json", max_age=ONE_DAY)


def _register_pages(app: dash.Dash, edition_now: Current) -> None:
    for page in pages().values():
        page.register(app, edition_now)

    @app.callback(Output("page", "children"), Input("address", "pathname"), State("address", "search"))
    def open_page(path: object, query: object) -> Component:
        found = page_at(path) if isinstance(path, str) else None
        if found is None:
            raise UsageError("There is no such page; go to the map.")
        (page, part), edition, asked = found, edition_now(), query if isinstance(query, str) else ""
        return page.layout(edition, replace(from_query(asked, choices(edition)), part=part, query=asked))

    @app.callback(Output("pages", "children"), Input("address", "pathname"))
    def mark_page(path: object) -> list[Component]:
        return _links(path if isinstance(path, str) else "")


def _shell(edition_now: Current) -> Component:
    """Return what is round every page."""
    edition = edition_now()
    return html.Div([_header(edition), html.Main(id="page"), dcc.Location(id="address", refresh=False)], id="shell")


def _header(edition: Edition) -> Component:
    told = edition.manifest
    invented = html.Span(SYNTHETIC, className="badge alarm", title=SYNTHETIC_LINE)
    newest = max(str(source["known_at"]) for source in told["sources"].values())
    links = html.Nav(_links(""), id="pages", **{"aria-label": "Pages"})
    return html.Header(
        className="top",
        children=[
            html.H1(["Forewatch", html.Span(", ".join(told["country_names"][iso3] for iso3 in told["countries"]))]),
            html.Span(f"{edition.tier.name} tier", className=f"badge {edition.tier.name}"),
            *([invented] if told["synthetic"] else []),
            html.Span(DRAFT, className="badge"),
            links,
            html.Span(f"Newest data of {day_words(newest)}", className="known"),
        ],
    )


def _links(path: str) -> list[Component]:
    """Return links to the pages, the one that an address belongs to marked as such."""
    found = page_at(path)
    here = found[0].path if found else ""
    return [
        html.A(page.title, href=page.path, **({"aria-current": "page"} if page.path == here else {}))
        for page in pages().values()
    ]


def run(workspace: Path, tier: Tier, host: str, port: int, workers: int = 1) -> None:
    """Serve until interrupted; print the address once it can be opened.

    Parameters
    ----------
    host
        Addresses other than this machine's own are for the public tier alone: there is no login.
    workers
        Processes, of 16 threads each.

    Raises
    ------
    UsageError
        Where the tier must not be served to others, or the port is taken.
    """
    here = host in LOOPBACK
    if not here and tier > Tier.public:
        raise UsageError(
            f"The {tier.name} tier is not served on {host}, where others can reach it; leave --host out, or serve the "
            "public tier."
        )
    _refuse_taken_port(host, port)
    options = ["--config", "python:app.listening", "--bind", _address(host, port), "--workers", str(workers)]
    served = f"app.server:load({str(workspace.resolve())!r}, {tier.name!r}, {here})"
    sys.stdout.flush()
    # A process that is forked after it imported DuckDB crashes when it ends, so gunicorn starts anew and forks first.
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *options, served])  # noqa: S606 - no shell, our own words


def load(workspace: str, tier: str, here: bool) -> Flask:
    """Return what gunicorn serves; for this machine alone where `here` says so."""
    server: Flask = create_app(Path(workspace), Tier[tier]).server
    if here:  # another site may have its name point to this machine, and read what it serves
        server.config["TRUSTED_HOSTS"] = ["127.0.0.1", "localhost", "[::1]"]
    return server


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UsageError(
                f"Port {port} of {host} cannot be used ({error.strerror}); choose another with --port."
            ) from None
