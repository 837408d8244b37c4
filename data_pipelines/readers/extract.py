"""Extracts of OpenStreetMap (.osm.pbf): the objects that bear wanted tags, read by GDAL."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from data_pipelines.readers.shapefile import Layer, read_layer
from geo.errors import FileRefused

_LAYERS = {"points": "node", "lines": "way", "multipolygons": "relation"}


def read_pbf(path: Path, tags: Sequence[str], where: str) -> Layer:
    """Read the objects of an extract that bear certain tags: nodes, ways and multipolygons.

    Parameters
    ----------
    path
        A file that `sniff` has found to be a whole extract.
    tags
        The tags to give back; an object has the key of each, None where it does not bear it.
    where
        OGR SQL over these tags, that tells which objects are wanted.

    Returns
    -------
    Layer
        Tags with ``@id`` (such as ``way/12``) and geometry of each; closed ways that bear one of the tags, and
        relations that are multipolygons, as polygons.

    Raises
    ------
    FileRefused
        GDAL cannot read it.
    """
    records: list[dict[str, Any]] = []
    wkb: list[np.ndarray] = []
    notes: list[str] = []
    with tempfile.TemporaryDirectory(prefix="forewatch-") as folder:
        extract, rules = Path(folder) / "extract.osm.pbf", Path(folder) / "osmconf.ini"
        # Beside the file GDAL would look for others; under this ending and head it opens nothing but an extract.
        shutil.copyfile(path, extract)
        rules.write_text(_configuration(tags))
        for name, kind in _LAYERS.items():
            layer = read_layer(extract, lambda what: _damaged(path, what), name, where=where, CONFIG_FILE=str(rules))
            records += [_identified(record, kind) for record in layer.records]
            wkb.append(layer.wkb)
            notes += layer.notes
    return Layer(records, np.concatenate(wkb), "OGC:CRS84", tuple(dict.fromkeys(notes)))


def _configuration(tags: Sequence[str]) -> str:
    """Return the rules for GDAL's driver: which closed ways are areas, and which tags become columns."""
    layers = [f"[{name}]\nosm_id=yes\nother_tags=no\nattributes={','.join(tags)}" for name in _LAYERS]
    return "\n".join([f"closed_ways_are_polygons={','.join(tags)}", "attribute_name_laundering=no", *layers])


def _identified(record: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return tags with the id as OpenStreetMap writes it; the layer of polygons holds ways and relations."""
    tags = {key: value for key, value in record.items() if key not in ("osm_id", "osm_way_id")}
    way = record.get("osm_way_id")
    return {"@id": f"way/{way}" if way else f"{kind}/{record['osm_id']}", **tags}


def _damaged(path: Path, what: str) -> FileRefused:
    return FileRefused(f"The extract '{path.name}' is cut off or damaged: it has {what}; get it again.")
