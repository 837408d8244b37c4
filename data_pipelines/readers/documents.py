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
_CLAIMS = ("totalrecordscount", "totalcount", "total_count", "count")


def read_json(path: Path) -> Rows:
    """Read an array of flat objects, alone or inside ``result``, ``results``, ``data`` or ``items``.

    Nested values are kept as compact JSON text; elements that are not objects are rejects.

    Raises
    ------
    FileRefused
        The text is not JSON, reports a failure, holds no array of records, or fewer or more than it claims.
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
    is_collection = isinstance(document, dict) and document.get("type") == "FeatureCollection"
    records = (_features if is_collection else _records)(path, document)
    first_of = {normalised(key): key for key in reversed(_header(records))}
    for number, record in enumerate(records, start=1):
        if isinstance(record, dict):
            yield number, {name: _text(record.get(key)) or "" for name, key in first_of.items()}


def load(path: Path) -> Any:  # noqa: ANN401 (a JSON document is anything)
    """Return a JSON document; NaN and Infinity are not JSON."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise FileRefused(f"The file '{path.name}' is not JSON ({error}); get it again.") from error


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is not a JSON number")


def _records(path: Path, document: Any) -> list[Any]:  # noqa: ANN401
    """Return the array of records, after what the envelope claims was compared with what it holds."""
    if isinstance(document, list):
        return list(document)
    envelope = {key.lower(): value for key, value in document.items()}
    if envelope.get("issuccess") is False or envelope.get("success") is False:
        raise FileRefused(f"The file '{path.name}' is the report of a failed request; get it again.")
    records: list[Any] | None = next((envelope[key] for key in _LISTS if isinstance(envelope.get(key), list)), None)
    if records is None:
        raise FileRefused(f"The JSON '{path.name}' holds no list of records under {', '.join(_LISTS)}; get it again.")
    for key in _CLAIMS:
        claim = envelope.get(key)
        if type(claim) is int and claim != len(records):
            raise FileRefused(
                f"The file '{path.name}' claims {claim} records and holds {len(records)}; get all its pages."
            )
    return records


def _features(path: Path, document: Any) -> list[Any]:  # noqa: ANN401
    """Return each feature of a collection as one object."""
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise FileRefused(f"The GeoJSON '{path.name}' has no list of features; get it again.")
    return [_flat(feature) for feature in features]


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
