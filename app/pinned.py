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


def immutable(edition: Edition, mimetype: str, body: Callable[[], bytes]) -> Response:
    """Answer with what a function returns, or with 304 without calling it where the browser has it already.

    The tier is part of the tag: two servers may give the same address different contents.
    """
    tag = f"{edition.id}-{edition.tier.name}"
    # Flask-Compress appends the encoding to the tag: "tag:gzip".
    held = {known.split(":")[0] for known in request.if_none_match.as_set()}
    response = Response(status=304) if tag in held else Response(body(), mimetype=mimetype)
    response.set_etag(tag)
    if edition.tier == Tier.public:
        response.headers["Cache-Control"] = FOR_EVER
    return response
