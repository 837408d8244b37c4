"""Answers whose address names an edition: they never change, so a browser may keep them for ever."""

from collections.abc import Callable

from flask import Response, abort, request

from data_pipelines.edition import Edition
from data_pipelines.tables import Tier

Current = Callable[[], Edition]
"""Returns the edition that is current now."""

FOR_EVER = "public, max-age=31536000, immutable"


def pinned(current: Current, edition_id: str) -> Edition:
    """Return the current edition where it is the one asked for; otherwise answer 410, as a page may be out of date."""
    edition = current()
    if edition.id != edition_id:
        abort(410, f"Edition '{edition_id[:20]}' has been replaced by {edition.id}; reload the page.")
    return edition


def judged(edition: Edition, mimetype: str, body: Callable[[], bytes]) -> Response:
    """Answer as `immutable` does with what also depends on how fresh the sources are, and so changes with the days.

    What an address answers that names the days an edition depends on (``?days=2024-06-10.2024-06-01``) never changes;
    one that names others is answered 410; one that names none may not be kept without asking again.
    """
    days = request.args.get("days")
    if days not in (None, edition.days):
        abort(410, "A source has grown older since this page was opened; reload the page.")
    response = immutable(edition, mimetype, body, edition.days)
    if days is None and edition.tier == Tier.public:
        response.headers["Cache-Control"] = "no-cache"
    return response


def immutable(edition: Edition, mimetype: str, body: Callable[[], bytes], *more: str) -> Response:
    """Answer with what a function returns, or with 304 without calling it where the browser has it already.

    The tier is part of the tag: two servers may give the same address different contents.
    """
    tag = "-".join((edition.id, edition.tier.name, *more))
    # Flask-Compress appends the encoding to the tag: "tag:gzip".
    held = {known.split(":")[0] for known in request.if_none_match.as_set()}
    response = Response(status=304) if tag in held else Response(body(), mimetype=mimetype)
    response.set_etag(tag)
    if edition.tier == Tier.public:
        response.headers["Cache-Control"] = FOR_EVER
    return response
