"""JSON and GeoJSON documents to rows of text."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from data_pipelines._source import Reject
from data_pipelines.readers.fields import normalised
from data_pipelines.readers.rows import DAMAGE, Rows, build, is_hxl, printable
from geo.errors import FileRefused

_LISTS = ("result", "results", "data", "items")
_TOTALS = ("totalrecordscount", "totalcount", "total_count")
_CLAIMS = (*_TOTALS, "count")
_PAGES = "pages"


def read_json(path: Path) -> Rows:
    """Read an array of flat objects, alone or inside ``result``, ``results``, ``data`` or ``items``.

    A file of pages, ``{"pages": [...]}`` as `data_pipelines.fetching.pages` writes it, is read as one array. Nested
    values are kept as compact JSON text; elements that are not objects are rejects.

    Raises
    ------
    FileRefused
        The text is not JSON, reports a failure, holds no array of records, or fewer or more than it or a page claims.
    """
    return _rows(_records(path, load(path)))


def read_geojson(path: Path) -> Rows:
    """Read a FeatureCollection of points: properties, and ``geometry_longitude``, ``geometry_latitude`` in degrees.

    Features without geometry have neither; features with another geometry than a point are rejects.
    """
    return _rows(_features(path, load(path)))


def plain_documents(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield number and cells of each JSON object or point feature; see `data_pipelines.readers.text.plain_records`."""
    document = load(path)
    records = (_features if _is_collection(document) else _records)(path, document)
    first_of = {normalised(key): key for key in reversed(_header(records))}
    for number, record in enumerate(records, start=1):
        if isinstance(record, dict):
            yield number, {name: _text(record.get(key)) or "" for name, key in first_of.items()}


def load(path: Path) -> Any:  # noqa: ANN401 (a JSON document is anything)
    """Return the JSON document of a file; NaN and Infinity are not JSON."""
    return parse(path.name, path.read_bytes())


def parse(name: str, content: bytes) -> Any:  # noqa: ANN401
    """Return a JSON document, strictly read; `name` is for the message."""
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise FileRefused(f"The file '{name}' is not JSON ({error}); get it again.") from error


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is not a JSON number")


def _pages(document: Any) -> list[Any] | None:  # noqa: ANN401
    """Return the pages of a file of pages; None for any other document."""
    pages = document.get(_PAGES) if isinstance(document, dict) and document.keys() == {_PAGES} else None
    return pages if isinstance(pages, list) else None


def _is_collection(document: Any) -> bool:  # noqa: ANN401
    pages = _pages(document)
    parts = [document] if pages is None else pages
    return any(isinstance(part, dict) and part.get("type") == "FeatureCollection" for part in parts)


def _records(path: Path, document: Any) -> list[Any]:  # noqa: ANN401
    """Return the array of records, after what the envelope claims was compared with what it holds."""
    pages = _pages(document)
    if pages is not None:
        return _of_all_pages(path, pages)
    records = _listed(path, document)
    for claim in _claims(document, _CLAIMS):
        if claim != len(records):
            raise _miscounted(path, claim, len(records))
    return records


def _of_all_pages(path: Path, pages: list[Any]) -> list[Any]:
    """Return the records of all pages, which together are as many as each page claims of the whole.

    A record on two pages, as where one was added to the provider's list meanwhile, may be counted once or twice.
    """
    records = [record for page in pages for record in _listed(path, page)]
    totals = {claim for page in pages for claim in _claims(page, _TOTALS)}
    if any(claim > len(records) for claim in totals):
        raise _miscounted(path, max(totals), len(records))
    distinct = len({json.dumps(record, sort_keys=True) for record in records}) if totals != {len(records)} else 0
    if any(claim < distinct for claim in totals):
        raise _miscounted(path, min(totals), distinct)
    return records


def _listed(path: Path, document: Any) -> list[Any]:  # noqa: ANN401
    """Return the array of records of one document, unless it reports a failure."""
    if isinstance(document, list):
        return list(document)
    envelope = _lowered(document)
    if envelope.get("issuccess") is False or envelope.get("success") is False:
        raise FileRefused(f"The file '{path.name}' is the report of a failed request; get it again.")
    records: list[Any] | None = next((envelope[key] for key in _LISTS if isinstance(envelope.get(key), list)), None)
    if records is None:
        raise FileRefused(f"The JSON '{path.name}' holds no list of records under {', '.join(_LISTS)}; get it again.")
    return records


def _claims(document: Any, keys: tuple[str, ...]) -> list[int]:  # noqa: ANN401
    envelope = _lowered(document)
    return [envelope[key] for key in keys if type(envelope.get(key)) is int]


def _lowered(document: Any) -> dict[str, Any]:  # noqa: ANN401
    return {key.lower(): value for key, value in document.items()} if isinstance(document, dict) else {}


def _miscounted(path: Path, claim: int, held: int) -> FileRefused:
    return FileRefused(f"The file '{path.name}' claims {claim} records and holds {held}; get all its pages.")


def _features(path: Path, document: Any) -> list[Any]:  # noqa: ANN401
    """Return each feature of a collection, or of all pages that are collections, as one object."""
    pages = _pages(document)
    return [
        _flat(feature)
        for collection in ([document] if pages is None else pages)
        for feature in _features_of(path, collection)
    ]


def _features_of(path: Path, document: Any) -> list[Any]:  # noqa: ANN401
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise FileRefused(f"The GeoJSON '{path.name}' has no list of features; get it again.")
    return features


def _flat(feature: Any) -> Any:  # noqa: ANN401
    """Return a point feature's properties and position as one object; anything else as it is, to be rejected."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if geometry is None and isinstance(properties, dict):
        return properties
    point = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
    if not isinstance(properties, dict) or not isinstance(point, list) or len(point) < 2:
        return [feature]
    return {**properties, "geometry_longitude": point[0], "geometry_latitude": point[1]}


def _rows(records: Sequence[Any]) -> Rows:
    """Build rows over the union of all keys, in order of first appearance."""
    header = _header(records)
    good, lines, rejects = [], [], []
    for number, record in enumerate(records, start=1):
        cells = [_text(record.get(key)) for key in header] if isinstance(record, dict) else []
        if number == 1 and is_hxl(cells):
            continue
        rule, reason = _fault(record, cells)
        if rule:
            rejects.append(Reject(number, rule, reason, printable(_dump(record))))
        else:
            good.append(cells)
            lines.append(number)
    return build(header, good, lines, rejects, lambda i: _dump(records[lines[i] - 1]))


def _header(records: Sequence[Any]) -> list[str]:
    """Return all keys, in order of first appearance."""
    return list(dict.fromkeys(key for record in records if isinstance(record, dict) for key in record))


def _fault(record: Any, cells: Sequence[str | None]) -> tuple[str, str]:  # noqa: ANN401
    """Return rule and reason where a record cannot be a row, else two empty texts."""
    if not isinstance(record, dict):
        return "not_a_record", "it is not a flat object, or a feature that is not a point"
    if DAMAGE.search("".join(filter(None, cells))):
        return "bytes", "it holds NUL or half a character"
    return "", ""


def _text(value: Any) -> str | None:  # noqa: ANN401
    """Return a value as text: numbers and truths as JSON writes them."""
    return value if value is None or isinstance(value, str) else _dump(value)


def _dump(value: Any) -> str:  # noqa: ANN401
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
