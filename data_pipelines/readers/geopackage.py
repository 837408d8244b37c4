"""GeoPackages: the one layer of features, read by GDAL."""

import shutil
import tempfile
from pathlib import Path

import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from data_pipelines.readers.shapefile import Layer, read_layer
from geo.errors import FileRefused


def read_geopackage(path: Path) -> Layer:
    """Read the one layer of features of a GeoPackage.

    Parameters
    ----------
    path
        A file that `sniff` has found to be a whole GeoPackage.

    Returns
    -------
    Layer
        Geometries as they stand, in the coordinate system that the layer tells.

    Raises
    ------
    FileRefused
        It holds no layer or several, or cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="forewatch-") as folder:
        # GDAL opens nothing but a GeoPackage under this ending with this head, and would write a journal beside it.
        copy = Path(folder) / "layer.gpkg"
        shutil.copyfile(path, copy)
        return read_layer(copy, lambda what: _damaged(path, what), _only_layer(path, copy))


def _only_layer(path: Path, copy: Path) -> str:
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(copy) if kind is not None]
    except (DataSourceError, DataLayerError, UnicodeDecodeError) as error:
        raise _damaged(path, f"content that cannot be read ({error})") from error
    if len(layers) != 1:
        raise FileRefused(f"The GeoPackage '{path.name}' holds {len(layers)} layers, not one; export the one wanted.")
    return layers[0]


def _damaged(path: Path, what: str) -> FileRefused:
    return FileRefused(f"The GeoPackage '{path.name}' is cut off or damaged: it has {what}; get it again.")
