"""GeoJSON as RFC 7946 has it; what the file says of itself stands beside its features."""

from pathlib import Path

from app.exports._content import Content
from geo.rfc7946 import dumps, feature, feature_collection

SUFFIX, SIDECAR = ".geojson", False


def write(content: Content, path: Path) -> None:
    """Write one feature per row, with a null geometry where a row has no place."""
    rows = content.rows.astype(object).where(content.rows.notna(), None).to_dict("records")
    shapes = content.geometry if content.geometry is not None else [None] * len(rows)
    features = [
        feature(shape, {str(k): v for k, v in row.items()}, row.get(content.key))
        for shape, row in zip(shapes, rows, strict=True)
    ]
    path.write_text(dumps(feature_collection(features, **content.about)) + "\n", encoding="utf-8")
